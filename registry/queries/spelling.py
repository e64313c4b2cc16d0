"""Codes as people spell them: in another case, without the zeros that a spreadsheet dropped."""

import re
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session


class Noun(StrEnum):
    """What bears a code."""

    CITY = "city"
    PROVINCE = "province"
    ROLL = "roll"
    USE_CASE = "use_case"


_TABLES = {Noun.CITY: "city", Noun.PROVINCE: "province", Noun.ROLL: "roll"}
_CASE = re.compile(r"(.+)-0*([0-9]{1,9})")


def respelt(session: Session, noun: Noun, written: str) -> str | None:
    """The one code that is meant by another spelling of it; None for a code as it is, for none,
    and where there are several.

    A use case's code is made from its city's without asking whether there is such a use case: who
    may know that is asked at the door one is sent to.
    """
    if noun is Noun.USE_CASE:
        match = _CASE.fullmatch(written)
        if match is None:
            return None
        city = respelt(session, Noun.CITY, match[1]) or match[1]
        found = f"{city}-{int(match[2]):03d}"
        return None if found == written else found
    codes = session.scalars(
        text(f"""
            SELECT DISTINCT code FROM {_TABLES[noun]}
            WHERE ltrim(lower(code), '0') = ltrim(lower(:written), '0') LIMIT 2
        """),
        {"written": written},
    ).all()
    return codes[0] if len(codes) == 1 and codes[0] != written else None
