"""The cities that a roll names, for readers who walk through all of them."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import UnitType, UrbanClass


@dataclass(frozen=True, slots=True)
class Entry:
    """A city as the roll names it, which need not be what it is called today."""

    city_code: str
    name_vi: str
    unit_type: UnitType
    urban_class: UrbanClass


def roll_entries(
    session: Session, roll_code: str, code_after: str = "", limit: int | None = None
) -> list[Entry]:
    """What the roll enumerates as known now, in order of the cities' codes."""
    rows = session.execute(
        text("""
            SELECT city.code AS city_code, e.name_vi, e.unit_type, e.urban_class
            FROM roll_entry e JOIN roll ON roll.id = e.roll_id JOIN city ON city.id = e.city_id
            WHERE roll.code = :roll AND upper_inf(e.known) AND city.code > :after
            ORDER BY city.code LIMIT :limit
        """),
        {"roll": roll_code, "after": code_after, "limit": limit},
    )
    return [
        Entry(r.city_code, r.name_vi, UnitType(r.unit_type), UrbanClass(r.urban_class))
        for r in rows
    ]
