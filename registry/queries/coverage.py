"""How many cities count, of how many: the national figure and its parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from registry.domain.counting import RULE
from registry.domain.coverage import Tally, Target, Verdict, next_target, target_for
from registry.domain.model import RollSeries
from registry.queries.moments import Moment
from registry.queries.targets import all_targets

INDICATOR = 2


class GroupBy(StrEnum):
    PROVINCE = "province"
    URBAN_CLASS = "class"
    UNIT_TYPE = "unit_type"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class Roll:
    """A denominator, as the reader should see it named."""

    id: int
    code: str
    series: RollSeries
    name_vi: str
    name_en: str
    valid_from: date
    official_total: int | None
    source_vi: str
    source_en: str
    source_url: str
    legal_basis: str
    note_vi: str
    note_en: str


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the roll. Names are empty where `key` is a code list's own word."""

    key: str
    name_vi: str
    name_en: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Coverage:
    """A figure with everything it rests on. `roll` is None when no roll is in force."""

    moment: Moment
    rule: str
    roll: Roll | None
    tally: Tally
    target: Target
    next_target: Target | None
    groups: tuple[Group, ...] = ()

    @property
    def verdict(self) -> Verdict:
        return self.tally.verdict(self.target)

    @property
    def missing(self) -> int | None:
        return self.tally.missing(self.target)


def coverage(
    session: Session,
    moment: Moment,
    series: RollSeries = RollSeries.URBAN,
    group_by: GroupBy | None = None,
) -> Coverage:
    """Coverage(D, T) by rule 2024-1 on the roll in force (domain.md §3)."""
    aims = targets(session, moment)
    roll = roll_in_force(session, moment, series)
    counted, enumerated = 0, 0
    if roll is not None:
        row = session.execute(_TOTAL, _clocks(moment, roll)).one()
        counted, enumerated = row.counted, row.enumerated
    return Coverage(
        moment=moment,
        rule=RULE,
        roll=roll,
        tally=Tally(counted, enumerated, None if roll is None else roll.official_total),
        target=target_for(aims, moment.on),
        next_target=next_target(aims, moment.on),
        groups=() if roll is None or group_by is None else _groups(session, moment, roll, group_by),
    )


def targets(session: Session, at: Moment) -> Sequence[Target]:
    """The targets of the share of cities that hold on a day, as known, by year."""
    return [
        Target(aim.year, aim.percent)
        for aim in all_targets(session, at)
        if aim.indicator == INDICATOR and aim.percent is not None
    ]


def roll_in_force(session: Session, moment: Moment, series: RollSeries) -> Roll | None:
    """The newest roll of a series on that day, as known; of two for one day, the later word."""
    row = session.execute(
        text(f"""
            SELECT {_ROLL} FROM roll
            WHERE series = :series AND valid_from <= :on AND in_force_position <= :position
            ORDER BY valid_from DESC, in_force_position DESC LIMIT 1
        """),
        {"series": series.value, "on": moment.on, "position": moment.position},
    ).one_or_none()
    return None if row is None else _roll(row)


def rolls_in_force(session: Session, moment: Moment, series: RollSeries) -> list[Roll]:
    """Every roll that is in force on some day until `moment.on`, as known: one follows another."""
    rows = session.execute(
        text(f"""
            SELECT DISTINCT ON (valid_from) {_ROLL} FROM roll
            WHERE series = :series AND valid_from <= :on AND in_force_position <= :position
            ORDER BY valid_from, in_force_position DESC
        """),
        {"series": series.value, "on": moment.on, "position": moment.position},
    )
    return [_roll(row) for row in rows]


def rolls(session: Session) -> list[tuple[Roll, int]]:
    """All rolls with the number of cities each enumerates now, newest first."""
    rows = session.execute(
        text(f"""
            SELECT {_ROLL}, (SELECT count(*) FROM roll_entry e
                             WHERE e.roll_id = roll.id AND upper_inf(e.known)) AS enumerated
            FROM roll ORDER BY series DESC, valid_from DESC, code
        """)
    )
    return [(_roll(row), row.enumerated) for row in rows]


_ROLL = """id, code, series, name_vi, name_en, valid_from, official_total, source_vi, source_en,
    source_url, legal_basis, note_vi, note_en"""

# The cities of the roll as known, and those of them that count on the day, as known.
_ENTRY = """
    entry AS (
        SELECT city_id, urban_class FROM roll_entry
        WHERE roll_id = :roll_id AND known @> CAST(:position AS bigint)
    )
"""
_COUNTED = """
    counted AS (
        SELECT DISTINCT {columns} FROM standing
        WHERE outcome = 'counted' AND valid @> CAST(:on AS date)
            AND known @> CAST(:position AS bigint)
    )
"""
_PARTS = f"WITH {_ENTRY}, {_COUNTED.format(columns='city_id')}"
_TOTAL = text(
    _PARTS
    + """
    SELECT count(*) AS enumerated, count(counted.city_id) AS counted
    FROM entry LEFT JOIN counted USING (city_id)
    """
)
_NO_NAMES = "'' AS name_vi, '' AS name_en"


def _by_city(key: str, names: str = _NO_NAMES, source: str = "part") -> TextClause:
    return text(f"""
        {_PARTS}, part AS (
            SELECT {key} AS key, count(*) AS enumerated, count(counted.city_id) AS counted
            FROM entry
            LEFT JOIN counted USING (city_id)
            LEFT JOIN city_period_known period
                ON period.city_id = entry.city_id AND period.valid @> CAST(:on AS date)
                AND period.known @> CAST(:position AS bigint)
            GROUP BY 1
        )
        SELECT part.*, {names} FROM {source} ORDER BY key
    """)


_GROUPS = {
    # Names are looked up for each province and not for each of its cities.
    GroupBy.PROVINCE: _by_city(
        "coalesce(period.province_code, '')",
        "coalesce(province.name_vi, '') AS name_vi, coalesce(province.name_en, '') AS name_en",
        "part LEFT JOIN province_known province ON province.code = key"
        " AND province.valid @> CAST(:on AS date)"
        " AND province.known @> CAST(:position AS bigint)",
    ),
    GroupBy.URBAN_CLASS: _by_city("entry.urban_class"),
    GroupBy.UNIT_TYPE: _by_city("coalesce(period.unit_type, '')"),
    # Every city may choose any problem, so each area is measured against the whole roll.
    GroupBy.AREA: text(
        f"""
        WITH {_ENTRY}, {_COUNTED.format(columns="city_id, problem_id")}
        SELECT problem.area AS key, {_NO_NAMES},
            (SELECT count(*) FROM entry) AS enumerated,
            count(DISTINCT counted.city_id) AS counted
        FROM counted JOIN entry USING (city_id) JOIN problem ON problem.id = counted.problem_id
        GROUP BY 1 ORDER BY 1
        """
    ),
}


def _groups(session: Session, moment: Moment, roll: Roll, group_by: GroupBy) -> tuple[Group, ...]:
    whole = roll.official_total if group_by is GroupBy.AREA else None
    return tuple(
        Group(row.key, row.name_vi, row.name_en, Tally(row.counted, row.enumerated, whole))
        for row in session.execute(_GROUPS[group_by], _clocks(moment, roll))
    )


def _clocks(moment: Moment, roll: Roll) -> dict[str, Any]:
    return {"on": moment.on, "position": moment.position, "roll_id": roll.id}


def _roll(row: Any) -> Roll:
    fields = {name: getattr(row, name) for name in Roll.__dataclass_fields__}
    return Roll(**{**fields, "series": RollSeries(row.series)})
