"""Published figures, the rows they are made of, and what was learned of their day since."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.coverage import Tally, Target, Verdict
from registry.domain.model import RollSeries
from registry.domain.periods import Basis, FigureRow, Span, changed_at, overlap
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
class Change:
    """A city that counts for the figure's day as known now and did not then, or the other way.

    `position`, `kind` and `recorded_at` are those of the event that made the difference;
    `use_case_code` names its case where it was about one.
    """

    city_code: str
    city_vi: str
    city_en: str
    position: int
    kind: str
    recorded_at: datetime
    use_case_code: str


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
    then = {row.city: row for row in found.rows if row.counts}
    present = {
        city.code: city
        for city in cities(session, on_day, SERIES)
        if city.outcome.value == "counted"
    }
    entered = [present[code] for code in sorted(present.keys() - then.keys())]
    left = [then[code] for code in sorted(then.keys() - present.keys())]
    names = {row.code: (row.name_vi, row.name_en) for row in entered}
    names |= {row.city: (row.name_vi, row.name_en) for row in left}
    events = _causes(session, found.moment, names.keys())
    changes = {code: Change(code, *names[code], **events[code]) for code in names if code in events}
    return Since(
        moment=on_day,
        tally=coverage(session, on_day, SERIES).tally,
        entered=tuple(changes[row.code] for row in entered if row.code in changes),
        left=tuple(changes[row.city] for row in left if row.city in changes),
    )


def _causes(session: Session, then: Moment, codes: Collection[str]) -> dict[str, dict[str, Any]]:
    """The event by which each city came into the count of a day, or out of it, after a moment."""
    if not codes:
        return {}
    counting, listed = _spans(session, then.on, codes)
    in_force = _rolls(session, then.on)
    positions: dict[str, int] = {}
    for code in codes:
        on_roll = [
            span
            for roll_id, held in in_force.items()
            for span in overlap(held, listed.get((code, roll_id), ()))
        ]
        at = changed_at(overlap(counting.get(code, ()), on_roll), then.position)
        if at is not None:
            positions[code] = at
    rows = session.execute(
        text("""
            SELECT position, kind, recorded_at, subject_type, subject_id FROM event
            WHERE position = ANY(:positions)
        """),
        {"positions": sorted(set(positions.values()))},
    )
    by_position = {
        row.position: {
            "position": row.position,
            "kind": row.kind,
            "recorded_at": row.recorded_at,
            "use_case_code": row.subject_id if row.subject_type == "use_case" else "",
        }
        for row in rows
    }
    return {code: by_position[at] for code, at in positions.items()}


def _spans(
    session: Session, on: date, codes: Collection[str]
) -> tuple[dict[str, list[Span]], dict[tuple[str, int], list[Span]]]:
    """When it was known that a city's cases count on a day, and that a roll names it."""
    counting: dict[str, list[Span]] = {}
    values = {"on": on, "codes": sorted(codes)}
    for row in session.execute(
        text("""
            SELECT city.code, s.known FROM standing s JOIN city ON city.id = s.city_id
            WHERE s.outcome = 'counted' AND s.valid @> CAST(:on AS date)
                AND city.code = ANY(:codes)
        """),
        values,
    ):
        counting.setdefault(row.code, []).append((row.known.lower, row.known.upper))
    listed: dict[tuple[str, int], list[Span]] = {}
    for row in session.execute(
        text("""
            SELECT city.code, e.roll_id, e.known FROM roll_entry e
            JOIN city ON city.id = e.city_id WHERE city.code = ANY(:codes)
        """),
        values,
    ):
        listed.setdefault((row.code, row.roll_id), []).append((row.known.lower, row.known.upper))
    return counting, listed


def _rolls(session: Session, on: date) -> dict[int, list[Span]]:
    """Of each roll, while it was known to be the one in force on a day."""
    rows = session.execute(
        text("""
            SELECT id, valid_from, in_force_position FROM roll
            WHERE series = :series AND valid_from <= :on ORDER BY in_force_position
        """),
        {"series": SERIES.value, "on": on},
    ).all()
    held: list[tuple[int, date, int]] = []
    for row in rows:
        if not held or row.valid_from >= held[-1][1]:
            held.append((row.id, row.valid_from, row.in_force_position))
    ends: Sequence[int | None] = [start for _, _, start in held[1:]]
    return {
        roll_id: [(start, end)]
        for (roll_id, _, start), end in zip(held, [*ends, None], strict=True)
    }


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
