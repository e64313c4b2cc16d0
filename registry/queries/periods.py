"""Reporting periods as they stand, and which entries came too late for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.periods import Phase, phase
from registry.queries.moments import today


@dataclass(frozen=True, slots=True)
class Extension:
    """A cut-off put off, and why; by role, not by name."""

    cut_off: datetime
    reason: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Period:
    """`cut_off` is the one that holds now, `first_cut_off` the one first announced."""

    code: str
    name_vi: str
    name_en: str
    reporting_day: date
    cut_off: datetime
    first_cut_off: datetime
    target_year: int
    recorded_at: datetime
    published_at: datetime | None
    extensions: tuple[Extension, ...]

    def phase(self, now: datetime) -> Phase:
        published = self.published_at is not None
        return phase(self.reporting_day, self.cut_off, published, now, today(now))


@dataclass(frozen=True, slots=True)
class Late:
    """A submitted version that says what was on a reporting day, and came after the cut-off."""

    use_case_code: str
    version: int
    city_code: str
    period_code: str
    period_vi: str
    period_en: str
    submitted_at: datetime
    cut_off: datetime


_PERIODS = text("""
    SELECT p.*, made.recorded_at, done.recorded_at AS published_at
    FROM reporting_period p
    JOIN event made ON made.position = p.position
    LEFT JOIN published_figure f ON f.period_code = p.code
    LEFT JOIN event done ON done.position = f.position
    WHERE CAST(:code AS text) IS NULL OR p.code = :code
    ORDER BY p.reporting_day DESC, p.position DESC
""")
_EXTENSIONS = text("""
    SELECT e.period_code, e.cut_off, e.reason, event.recorded_at
    FROM period_extension e JOIN event USING (position)
    WHERE CAST(:code AS text) IS NULL OR e.period_code = :code
    ORDER BY e.position
""")

# A version reports for the periods on whose day its text has the application in operation. It is
# in time for those for which this or an earlier text of its use case came by the cut-off.
_LATE = text("""
    WITH period AS (
        SELECT p.code, p.name_vi, p.name_en, p.reporting_day, coalesce((
            SELECT e.cut_off FROM period_extension e WHERE e.period_code = p.code
            ORDER BY e.position DESC LIMIT 1
        ), p.cut_off) AS cut_off
        FROM reporting_period p
    ), said AS (
        SELECT v.id, v.use_case_id, v.number, e.recorded_at, s.period AS days
        FROM use_case_version v
        JOIN event e ON e.position = v.submitted_position
        JOIN version_stage s ON s.version_id = v.id AND s.stage = 'operational'
        WHERE CAST(:position AS bigint) IS NULL OR v.submitted_position <= :position
    )
    SELECT DISTINCT ON (said.id) u.code AS use_case_code, said.number AS version,
        city.code AS city_code, period.code AS period_code, period.name_vi AS period_vi,
        period.name_en AS period_en, said.recorded_at AS submitted_at, period.cut_off
    FROM said
    JOIN period ON said.days @> period.reporting_day AND said.recorded_at > period.cut_off
    JOIN use_case u ON u.id = said.use_case_id
    JOIN city ON city.id = u.city_id
    WHERE (CAST(:code AS text) IS NULL OR period.code = :code)
        AND (CAST(:use_cases AS text[]) IS NULL OR u.code = ANY(:use_cases))
        AND NOT EXISTS (
            SELECT FROM said earlier WHERE earlier.use_case_id = said.use_case_id
                AND earlier.days @> period.reporting_day
                AND earlier.recorded_at <= period.cut_off
        )
    ORDER BY said.id, period.reporting_day DESC
""")


def periods(session: Session) -> list[Period]:
    """All periods, the latest reporting day first."""
    return _periods(session, None)


def period(session: Session, code: str) -> Period | None:
    return next(iter(_periods(session, code)), None)


def late(
    session: Session,
    position: int | None = None,
    *,
    period_code: str | None = None,
    use_cases: Sequence[str] | None = None,
) -> dict[tuple[str, int], Late]:
    """Versions that came too late for a period (the latest of several), by use case and number.

    Of those handed in up to a position, or of all; the cut-offs are those that hold now.
    """
    values = {
        "position": position,
        "code": period_code,
        "use_cases": None if use_cases is None else list(use_cases),
    }
    found = (Late(**row) for row in session.execute(_LATE, values).mappings())
    return {(each.use_case_code, each.version): each for each in found}


def _periods(session: Session, code: str | None) -> list[Period]:
    extensions: dict[str, list[Extension]] = {}
    for row in session.execute(_EXTENSIONS, {"code": code}):
        said = Extension(row.cut_off, row.reason, row.recorded_at)
        extensions.setdefault(row.period_code, []).append(said)
    return [
        _period(row, tuple(extensions.get(row.code, ())))
        for row in session.execute(_PERIODS, {"code": code})
    ]


def _period(row: Any, extensions: tuple[Extension, ...]) -> Period:
    return Period(
        code=row.code,
        name_vi=row.name_vi,
        name_en=row.name_en,
        reporting_day=row.reporting_day,
        cut_off=extensions[-1].cut_off if extensions else row.cut_off,
        first_cut_off=row.cut_off,
        target_year=row.target_year,
        recorded_at=row.recorded_at,
        published_at=row.published_at,
        extensions=extensions,
    )
