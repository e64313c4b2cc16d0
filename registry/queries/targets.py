"""The targets of all four indicators of Decision 699/QĐ-BTTTT."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Aim:
    """What an indicator is to reach by the end of a year: a share or a number of people."""

    indicator: int
    year: int
    percent: int | None
    people: int | None
    text_vi: str
    text_en: str
    legal_basis: str


def all_targets(session: Session) -> list[Aim]:
    rows = session.execute(
        text("""
            SELECT indicator, year, percent, people, text_vi, text_en, legal_basis
            FROM target ORDER BY indicator, year
        """)
    )
    return [Aim(**row) for row in rows.mappings()]
