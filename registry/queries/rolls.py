"""The cities that a roll names, for readers who walk through all of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import UnitType, UrbanClass
from registry.queries.coverage import Roll, rolls
from registry.queries.moments import Moment


@dataclass(frozen=True, slots=True)
class Entry:
    """A city as the roll names it, which need not be what it is called today."""

    city_code: str
    name_vi: str
    unit_type: UnitType
    urban_class: UrbanClass


def roll_entries(
    session: Session,
    roll_code: str,
    code_after: str = "",
    limit: int | None = None,
    *,
    known: Moment | None = None,
) -> list[Entry]:
    """What the roll enumerates as known then (default: now), in order of the cities' codes."""
    rows = session.execute(
        text("""
            SELECT city.code AS city_code, e.name_vi, e.unit_type, e.urban_class
            FROM roll_entry e JOIN roll ON roll.id = e.roll_id JOIN city ON city.id = e.city_id
            WHERE roll.code = :roll AND city.code > :after
                AND CASE WHEN CAST(:position AS bigint) IS NULL THEN upper_inf(e.known)
                    ELSE e.known @> CAST(:position AS bigint) END
            ORDER BY city.code LIMIT :limit
        """),
        {
            "roll": roll_code,
            "after": code_after,
            "limit": limit,
            "position": None if known is None else known.position,
        },
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


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a roll: a class or a province by its code, and how many cities it names there."""

    key: str
    name_vi: str
    name_en: str
    cities: int


@dataclass(frozen=True, slots=True)
class Onward:
    """A city on one roll and not on the other, by its name there; `kin` are those of the other
    roll that it goes on in, or that went on in it."""

    code: str
    name: str
    kin: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Against:
    """A roll held against the one of its series before it. `classes` are numbers of cities on both
    by (class before, class after), where the two differ."""

    roll: Roll
    enumerated: int
    both: int
    came: tuple[Onward, ...]
    left: tuple[Onward, ...]
    renamed: tuple[tuple[Entry, Entry], ...]
    classes: tuple[tuple[UrbanClass, UrbanClass, int], ...]


@dataclass(frozen=True, slots=True)
class RollInWhole:
    """A roll with what it names, as known at a moment. `before` is None for a series' first."""

    roll: Roll
    enumerated: int
    by_class: tuple[Part, ...]
    by_province: tuple[Part, ...]
    before: Against | None


_NAMED = text("""
    SELECT city.code AS city_code, e.name_vi, e.unit_type, e.urban_class,
        coalesce(p.province_code, '') AS province_code,
        coalesce(province.name_vi, '') AS province_vi,
        coalesce(province.name_en, '') AS province_en
    FROM roll_entry e
    JOIN roll ON roll.id = e.roll_id
    JOIN city ON city.id = e.city_id
    LEFT JOIN city_period_known p ON p.city_id = city.id AND p.valid @> roll.valid_from
        AND p.known @> CAST(:position AS bigint)
    LEFT JOIN province_known province ON province.code = p.province_code
        AND province.valid @> roll.valid_from AND province.known @> CAST(:position AS bigint)
    WHERE roll.code = :roll AND e.known @> CAST(:position AS bigint)
    ORDER BY city.code
""")
_KIN = text("""
    SELECT old.code AS predecessor, new.code AS successor
    FROM city_lineage l JOIN city old ON old.id = l.predecessor_id
    JOIN city new ON new.id = l.successor_id
    WHERE old.code = ANY(:codes) OR new.code = ANY(:codes)
    ORDER BY 1, 2
""")


def roll_in_whole(session: Session, moment: Moment, code: str) -> RollInWhole | None:
    """None where there is no roll of this code. The day of `moment` does not matter: a roll has
    its own."""
    every = [roll for roll, _ in rolls(session)]
    roll = next((each for each in every if each.code == code), None)
    if roll is None:
        return None
    rows = session.execute(_NAMED, {"roll": code, "position": moment.position}).all()
    earlier = [r for r in every if r.series is roll.series and r.valid_from < roll.valid_from]
    previous = max(earlier, key=lambda each: each.valid_from, default=None)
    classes = Counter(row.urban_class for row in rows)
    provinces = Counter((row.province_code, row.province_vi, row.province_en) for row in rows)
    return RollInWhole(
        roll=roll,
        enumerated=len(rows),
        by_class=tuple(Part(c.value, "", "", classes[c]) for c in UrbanClass if classes[c]),
        by_province=tuple(Part(*key, number) for key, number in sorted(provinces.items())),
        before=None if previous is None else _against(session, moment, previous, _entries(rows)),
    )


def _entries(rows: Any) -> dict[str, Entry]:
    return {
        row.city_code: Entry(
            row.city_code, row.name_vi, UnitType(row.unit_type), UrbanClass(row.urban_class)
        )
        for row in rows
    }


def _against(session: Session, moment: Moment, previous: Roll, now: Mapping[str, Entry]) -> Against:
    rows = session.execute(_NAMED, {"roll": previous.code, "position": moment.position})
    then = _entries(rows)
    both = [(then[code], now[code]) for code in sorted(then.keys() & now.keys())]
    came, left = sorted(now.keys() - then.keys()), sorted(then.keys() - now.keys())
    forward: dict[str, list[str]] = {}
    backward: dict[str, list[str]] = {}
    for row in session.execute(_KIN, {"codes": [*came, *left]}):
        forward.setdefault(row.predecessor, []).append(row.successor)
        backward.setdefault(row.successor, []).append(row.predecessor)
    changed = Counter(
        (old.urban_class, new.urban_class)
        for old, new in both
        if old.urban_class is not new.urban_class
    )
    order = list(UrbanClass)
    return Against(
        roll=previous,
        enumerated=len(then),
        both=len(both),
        came=tuple(_onward(now[code], backward, then) for code in came),
        left=tuple(_onward(then[code], forward, now) for code in left),
        renamed=tuple((old, new) for old, new in both if old.name_vi != new.name_vi),
        classes=tuple(
            (old, new, changed[old, new])
            for old, new in sorted(changed, key=lambda pair: [order.index(c) for c in pair])
        ),
    )


def _onward(entry: Entry, kin: Mapping[str, list[str]], other: Mapping[str, Entry]) -> Onward:
    found = tuple(other[code] for code in kin.get(entry.city_code, ()) if code in other)
    return Onward(entry.city_code, entry.name_vi, found)
