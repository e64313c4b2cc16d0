"""What happened in the register that everybody may know of, event by event.

Decisions on public versions, what cities declared and took back, rolls, published figures: the
ledger's own kinds of events, newest first. Returns and rejections concern the city alone.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.deciding import Number
from registry.domain.model import ProblemArea, Stage
from registry.queries.moments import Moment


class Kind(StrEnum):
    """An event's kind, as the ledger names it."""

    APPROVED = "version.approve"
    SUSPENDED = "version.suspend"
    REVOKED = "version.revoke"
    REINSTATED = "version.reinstate"
    STAGE_REPORTED = "use_case.stage_reported"
    CARRIED_OVER = "use_case.carried_over"
    CARRY_OVER_ENDED = "use_case.carry_over_ended"
    PROBLEM_DECLARED = "problem.declared"
    PROBLEM_WITHDRAWN = "problem.withdrawn"
    ROLL_IN_FORCE = "roll.in_force"
    ROLL_NAMED = "roll.named"
    FIGURE_PUBLISHED = "figure.published"


DECISIONS = (Kind.APPROVED, Kind.SUSPENDED, Kind.REVOKED, Kind.REINSTATED)
FIGURES = (Kind.FIGURE_PUBLISHED,)


@dataclass(frozen=True, slots=True)
class Happening:
    """One event. `recorded_at` is UTC, `effective_on` the day in Viet Nam from which it holds.

    `key` is the code of a use case, roll or period, or a problem's id. The city is that of the
    use case or problem, empty where the event concerns the whole register. `number` is that of a
    decision's record, `stage` what a city reported, `reason` what was given as one.
    """

    position: int
    recorded_at: datetime
    kind: Kind
    key: str
    version: int | None
    title: str
    title_en: str
    reason: str
    effective_on: date | None
    stage: Stage | None
    number: Number | None
    city_code: str
    city_vi: str
    city_en: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which happenings; None: no matter. A city also has what happens to a use case carried over
    to it, a province what happens in cities that are or were in it."""

    kinds: Collection[Kind] | None = None
    city_id: int | None = None
    area: ProblemArea | None = None
    province: str | None = None


EVERYTHING = Wanted()

# The version whose text names a use case between two decisions: the one approved last by then.
_NAMED = """
    JOIN use_case u ON u.id = {fact}.use_case_id
    JOIN LATERAL (
        SELECT v.id, v.number, v.content FROM decision d JOIN use_case_version v
            ON v.id = d.version_id
        WHERE d.use_case_id = u.id AND d.action = 'approve' AND d.position <= {fact}.position
        ORDER BY d.position DESC LIMIT 1
    ) v ON true
"""
_CASE = """u.city_id, u.id AS use_case_id, v.id AS version_id, NULL::text AS area,
    u.code AS key, v.number AS version, v.content ->> 'title' AS title,
    coalesce(v.content ->> 'title_en', '') AS title_en"""
_PROBLEM = """p.city_id, NULL::uuid, NULL::uuid, p.area, p.id::text, NULL::int, p.title,
    p.title_en"""
_NO_CASE = "NULL::bigint, NULL::uuid, NULL::uuid, NULL::text"
_BOUNDS = "{position} > :after AND {position} <= :until"


def _between(position: str) -> str:
    return _BOUNDS.format(position=position)


_HAPPENED = f"""
    SELECT h.* FROM (
        SELECT d.position, 'version.' || d.action AS kind, {_CASE}, d.reason,
            d.effective_from AS effective_on, NULL::text AS stage
        FROM decision d
        JOIN use_case u ON u.id = d.use_case_id
        JOIN use_case_version v ON v.id = d.version_id
        WHERE d.action IN ('approve', 'suspend', 'revoke', 'reinstate')
            AND {_between("d.position")}
        UNION ALL
        SELECT s.position, 'use_case.stage_reported', {_CASE}, s.reason, s.effective_on, s.stage
        FROM stage_report s {_NAMED.format(fact="s")} WHERE {_between("s.position")}
        UNION ALL
        SELECT DISTINCT ON (c.position) c.position, 'use_case.carried_over', {_CASE},
            c.legal_basis, c.effective_on, NULL
        FROM carry_over c {_NAMED.format(fact="c")} WHERE {_between("c.position")}
        UNION ALL
        SELECT DISTINCT ON (c.position) c.position, 'use_case.carry_over_ended', {_CASE},
            c.reason, c.effective_on, NULL
        FROM carry_over_end c {_NAMED.format(fact="c")} WHERE {_between("c.position")}
        UNION ALL
        SELECT p.declared_position, 'problem.declared', {_PROBLEM}, '', NULL, NULL
        FROM problem p WHERE {_between("p.declared_position")}
        UNION ALL
        SELECT p.withdrawn_position, 'problem.withdrawn', {_PROBLEM}, p.withdrawn_reason,
            p.withdrawn_on, NULL
        FROM problem p WHERE {_between("p.withdrawn_position")}
        UNION ALL
        SELECT e.position, e.kind, {_NO_CASE}, roll.code, NULL, roll.name_vi, roll.name_en,
            roll.legal_basis, roll.valid_from, NULL
        FROM event e JOIN roll ON roll.code = e.subject_id
        WHERE e.kind IN ('roll.in_force', 'roll.named') AND {_between("e.position")}
        UNION ALL
        SELECT f.position, 'figure.published', {_NO_CASE}, p.code, NULL, p.name_vi, p.name_en,
            '', f.as_of, NULL
        FROM published_figure f JOIN reporting_period p ON p.code = f.period_code
        WHERE {_between("f.position")}
    ) h
    WHERE (CAST(:kinds AS text[]) IS NULL OR h.kind = ANY(:kinds))
        AND (CAST(:city_id AS bigint) IS NULL OR h.city_id = :city_id OR EXISTS (
            SELECT FROM carry_over c
            WHERE c.use_case_id = h.use_case_id AND c.to_city_id = :city_id
                AND c.position <= h.position AND NOT EXISTS (
                    SELECT FROM carry_over_end e
                    WHERE e.use_case_id = c.use_case_id AND e.to_city_id = c.to_city_id
                        AND e.position > c.position AND e.position < h.position
                )
        ))
        AND (CAST(:area AS text) IS NULL OR h.area = :area OR EXISTS (
            SELECT FROM version_problem vp JOIN problem p ON p.id = vp.problem_id
            WHERE vp.version_id = h.version_id AND p.area = :area
        ))
        AND (CAST(:province AS text) IS NULL OR EXISTS (
            SELECT FROM city_period p
            WHERE p.city_id = h.city_id AND p.province_code = :province
        ))
"""
_ROWS = text(f"""
    WITH page AS ({_HAPPENED} ORDER BY h.position DESC LIMIT :limit OFFSET :offset)
    SELECT page.*, event.recorded_at, r.year, r.serial, coalesce(city.code, '') AS city_code,
        coalesce(period.name_vi, '') AS city_vi, coalesce(period.name_en, '') AS city_en
    FROM page
    JOIN event ON event.position = page.position
    LEFT JOIN decision_record r ON r.position = page.position
    LEFT JOIN city ON city.id = page.city_id
    LEFT JOIN LATERAL (
        SELECT name_vi, name_en FROM city_period WHERE city_period.city_id = city.id
        ORDER BY valid @> CAST(:on AS date) DESC, valid LIMIT 1
    ) period ON true
    ORDER BY page.position DESC
""")
_COUNTS = text(f"SELECT kind, count(*) AS number FROM ({_HAPPENED}) h GROUP BY kind")


def happenings(
    session: Session,
    until: Moment,
    wanted: Wanted = EVERYTHING,
    *,
    after: int = 0,
    limit: int | None = None,
    offset: int = 0,
) -> list[Happening]:
    """What was recorded after a position and is known at `until`, newest first."""
    values = {
        **_values(until, wanted, after),
        "on": until.on,
        "limit": limit,
        "offset": offset,
    }
    return [_happening(row) for row in session.execute(_ROWS, values)]


def how_many(
    session: Session, until: Moment, wanted: Wanted = EVERYTHING, *, after: int = 0
) -> dict[Kind, int]:
    """The same, counted by kind; kinds of which there is nothing are left out."""
    rows = session.execute(_COUNTS, _values(until, wanted, after))
    found = {Kind(row.kind): row.number for row in rows}
    return {kind: found[kind] for kind in Kind if kind in found}


def spans(
    session: Session, kinds: Sequence[str], until: Moment
) -> dict[str, tuple[datetime, datetime]]:
    """Of each kind of event (`problem.` names all that begin so) the times of the first and the
    last one known, UTC; kinds without any are left out."""
    rows = session.execute(
        text("""
            SELECT wanted.kind, min(e.recorded_at) AS first, max(e.recorded_at) AS last
            FROM unnest(CAST(:kinds AS text[])) wanted(kind)
            JOIN event e ON starts_with(e.kind, wanted.kind) AND e.position <= :position
            GROUP BY 1
        """),
        {"kinds": list(kinds), "position": until.position},
    )
    return {row.kind: (row.first, row.last) for row in rows}


def _values(until: Moment, wanted: Wanted, after: int) -> dict[str, Any]:
    return {
        "after": after,
        "until": until.position,
        "kinds": None if wanted.kinds is None else [kind.value for kind in wanted.kinds],
        "city_id": wanted.city_id,
        "area": wanted.area,
        "province": wanted.province,
    }


def _happening(row: Any) -> Happening:
    given: dict[str, Any] = {
        "kind": Kind(row.kind),
        "stage": None if row.stage is None else Stage(row.stage),
        "number": None if row.year is None else Number(row.year, row.serial),
    }
    names = Happening.__dataclass_fields__.keys() - given.keys()
    return Happening(**{name: getattr(row, name) for name in names}, **given)
