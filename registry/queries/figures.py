"""Published figures, the rows they are made of, and what was learned of their day since."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.coverage import Tally, Target, Verdict
from registry.domain.model import RollSeries
from registry.domain.periods import Basis, FigureRow
from registry.queries import changes
from registry.queries.changes import Change
from registry.queries.cities import cities
from registry.queries.coverage import coverage
from registry.queries.moments import Moment

SERIES = RollSeries.URBAN


@dataclass(frozen=True, slots=True)
class Figure:
    """A published figure. `moment` is what it knew; `rows` are empty in lists of figures."""

    code: str
    name_vi: str
    name_en: str
    moment: Moment
    position: int
    published_at: datetime
    rule: str
    roll_code: str
    roll_vi: str
    roll_en: str
    tally: Tally
    target: Target
    rows: tuple[FigureRow, ...]
    rows_sha256: bytes

    @property
    def verdict(self) -> Verdict:
        return self.tally.verdict(self.target)

    @property
    def missing(self) -> int | None:
        return self.tally.missing(self.target)


@dataclass(frozen=True, slots=True)
class Since:
    """What is known now of a figure's day. `tally` is what would be counted today."""

    moment: Moment
    tally: Tally
    entered: tuple[Change, ...]
    left: tuple[Change, ...]

    def differs(self, figure: Figure) -> bool:
        return bool(self.entered or self.left) or self.tally != figure.tally


# The version by which a case counts is that of the decision that governs the day.
_BASES = text("""
    WITH counting AS (
        SELECT s.city_id, s.use_case_id, array_agg(DISTINCT p.area ORDER BY p.area) AS areas
        FROM standing s JOIN problem p ON p.id = s.problem_id
        WHERE s.outcome = 'counted' AND s.valid @> CAST(:on AS date)
            AND s.known @> CAST(:position AS bigint)
        GROUP BY 1, 2
    ), governing AS (
        SELECT DISTINCT ON (use_case_id) use_case_id, version_id FROM decision
        WHERE action IN ('approve', 'suspend', 'revoke', 'reinstate') AND position <= :position
            AND (effective_from IS NULL OR effective_from <= :on)
        ORDER BY use_case_id, position DESC
    )
    SELECT counting.city_id, u.code AS use_case, v.number AS version, counting.areas
    FROM counting
    JOIN use_case u ON u.id = counting.use_case_id
    JOIN governing ON governing.use_case_id = u.id
    JOIN use_case_version v ON v.id = governing.version_id
    ORDER BY counting.city_id, u.code
""")

_FIGURES = """
    SELECT f.*, p.name_vi, p.name_en, roll.name_vi AS roll_vi, roll.name_en AS roll_en,
        event.recorded_at AS published_at
    FROM published_figure f
    JOIN reporting_period p ON p.code = f.period_code
    JOIN roll ON roll.code = f.roll_code
    JOIN event ON event.position = f.position
"""


def figure_rows(session: Session, moment: Moment) -> list[FigureRow]:
    """Every city of the roll in force with what the rule says of it, in order of code."""
    bases: dict[int, list[Basis]] = {}
    for row in session.execute(_BASES, {"on": moment.on, "position": moment.position}):
        basis = Basis(row.use_case, row.version, tuple(row.areas))
        bases.setdefault(row.city_id, []).append(basis)
    return [
        FigureRow(
            city=city.code,
            name_vi=city.name_vi,
            name_en=city.name_en,
            unit_type=city.unit_type,
            urban_class=city.urban_class,
            province=city.province_code,
            province_vi=city.province_vi,
            province_en=city.province_en,
            outcome=city.outcome.value,
            cases=tuple(bases.get(city.id, ())),
        )
        for city in cities(session, moment, SERIES)
    ]


def figures(session: Session) -> list[Figure]:
    """All published figures without their rows, the latest first."""
    rows = session.execute(text(f"{_FIGURES} ORDER BY f.position DESC"))
    return [replace(_figure(row), rows=()) for row in rows]


def figure(session: Session, period_code: str) -> Figure | None:
    row = session.execute(
        text(f"{_FIGURES} WHERE f.period_code = :code"), {"code": period_code}
    ).one_or_none()
    return None if row is None else _figure(row)


def since(session: Session, found: Figure, now: Moment) -> Since:
    """What the register knows by `now` of the figure's day."""
    on_day = Moment(found.moment.on, now.position, now.known_at)
    then = {row.city: (row.name_vi, row.name_en) for row in found.rows if row.counts}
    present = changes.counted(session, on_day, SERIES)
    entered, left = changes.causes(session, found.moment, on_day, then, present, SERIES)
    return Since(on_day, coverage(session, on_day, SERIES).tally, entered, left)


def _figure(row: Any) -> Figure:
    return Figure(
        code=row.period_code,
        name_vi=row.name_vi,
        name_en=row.name_en,
        moment=Moment(row.as_of, row.known_position, row.known_at),
        position=row.position,
        published_at=row.published_at,
        rule=row.rule,
        roll_code=row.roll_code,
        roll_vi=row.roll_vi,
        roll_en=row.roll_en,
        tally=Tally(row.counted, row.enumerated, row.official_total),
        target=Target(row.target_year, row.target_percent),
        rows=tuple(FigureRow.read(each) for each in row.rows),
        rows_sha256=row.rows_sha256,
    )
