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


@dataclass(frozen=True, slots=True)
class ListedCity:
    """A city as a roll names it, with what else the register says of it on the roll's day."""

    city_code: str
    name_vi: str
    name_en: str
    unit_type: UnitType
    urban_class: UrbanClass
    province_code: str


def listed_cities(session: Session, roll_code: str) -> list[ListedCity]:
    """What the roll enumerates as known now, in order of the cities' codes."""
    rows = session.execute(
        text("""
            SELECT city.code AS city_code, e.name_vi, e.unit_type, e.urban_class,
                coalesce(p.name_en, '') AS name_en, coalesce(p.province_code, '') AS province_code
            FROM roll_entry e JOIN roll ON roll.id = e.roll_id JOIN city ON city.id = e.city_id
            LEFT JOIN city_period p ON p.city_id = city.id AND p.valid @> roll.valid_from
            WHERE roll.code = :roll AND upper_inf(e.known)
            ORDER BY city.code
        """),
        {"roll": roll_code},
    )
    return [
        ListedCity(
            city_code=r.city_code,
            name_vi=r.name_vi,
            name_en=r.name_en,
            unit_type=UnitType(r.unit_type),
            urban_class=UrbanClass(r.urban_class),
            province_code=r.province_code,
        )
        for r in rows
    ]
