"""What the public register held at a moment: the use cases once approved, and their successors."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import Action, ProblemArea, ReviewState, Stage
from registry.queries.moments import Moment


@dataclass(frozen=True, slots=True)
class Published:
    """A use case in the version that governed it, with its state as known and its stage on the day.

    `stage` is None where no stage is certain on that day; `stage_reported` says that the city
    reported it after the text; `counts` says whether a city counts by it on that day. The keys are
    those of the search; a provider that was withheld when the text was written is empty.
    """

    code: str
    version: int
    version_id: UUID
    title: str
    title_en: str
    summary: str
    summary_en: str
    city_code: str
    city_vi: str
    city_en: str
    areas: tuple[ProblemArea, ...]
    state: ReviewState
    stage: Stage | None
    stage_since: str | None
    stage_reported: bool
    counts: bool
    approved_at: datetime
    product: str
    product_key: str
    provider: str
    provider_key: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader looks for; None or empty: no matter. `words` may lack their marks; `product`
    and `provider` are keys as `registry.queries.makers` makes them; `codes` those of use cases."""

    city_id: int | None = None
    area: ProblemArea | None = None
    stage: Stage | None = None
    words: str = ""
    product: str = ""
    provider: str = ""
    codes: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """A recorded decision that a use case also stands for a successor, and the one that takes it
    back, where there is one."""

    city_code: str
    city_vi: str
    city_en: str
    effective_on: date
    legal_basis: str
    recorded_at: datetime
    ended_on: date | None
    end_reason: str
    ended_at: datetime | None


_STATE = {
    Action.APPROVE: ReviewState.APPROVED,
    Action.REINSTATE: ReviewState.APPROVED,
    Action.SUSPEND: ReviewState.SUSPENDED,
    Action.REVOKE: ReviewState.REVOKED,
}


def stage_of_the_day(case: str, version: str, submitted: str) -> str:
    """The stage of the day, as SQL: by what the city reported since the text, else by the text."""
    return f"""
        SELECT stage, since, reported FROM (
            SELECT r.stage, CAST(r.effective_on AS text) AS since, true AS reported,
                r.effective_on, r.position
            FROM stage_report r
            WHERE r.use_case_id = {case} AND r.position > {submitted}
                AND r.position <= :position AND r.effective_on <= :on
            UNION ALL
            SELECT told.stage, told.since, false, NULL, NULL FROM version_stage told
            WHERE told.version_id = {version} AND told.period @> CAST(:on AS date)
        ) said ORDER BY reported DESC, effective_on DESC, position DESC LIMIT 1
    """


# The names of the city on the day.
NAMED_THEN = """LEFT JOIN LATERAL (
        SELECT name_vi, name_en FROM city_period WHERE city_period.city_id = city.id
        ORDER BY valid @> CAST(:on AS date) DESC, valid LIMIT 1
    ) period ON true"""
# The stage of the day, and words of the names of city and entry, whatever their marks.
FITS = f"""(CAST(:stage AS text) IS NULL OR :stage = (
            SELECT stage FROM (
                {stage_of_the_day("u.id", "v.id", "v.submitted_position")}
            ) on_the_day
        ))
        AND (CAST(:words AS text) = '' OR strpos(lower(unaccent(concat_ws(
                ' ', period.name_vi, period.name_en, v.content ->> 'title',
                v.content ->> 'title_en'
            ))), lower(unaccent(CAST(:words AS text)))) > 0)"""
# Only a live version can be suspended, revoked or reinstated, so the last of these decisions
# names both the version and its state.
_FROM = f"""
    FROM (
        SELECT DISTINCT ON (use_case_id) use_case_id, version_id, action FROM decision
        WHERE action IN ('approve', 'suspend', 'revoke', 'reinstate') AND position <= :position
            AND (CAST(:named AS uuid[]) IS NULL OR use_case_id = ANY(:named))
        ORDER BY use_case_id, position DESC
    ) last
    JOIN use_case u ON u.id = last.use_case_id
    JOIN use_case_version v ON v.id = last.version_id
    JOIN city ON city.id = u.city_id
    {NAMED_THEN}
    WHERE (CAST(:city_id AS bigint) IS NULL OR u.city_id = :city_id OR EXISTS (
            SELECT FROM carry_over c WHERE c.use_case_id = u.id AND c.to_city_id = :city_id
                AND c.position <= :position AND c.effective_on <= :on AND NOT EXISTS (
                    SELECT FROM carry_over_end e WHERE e.use_case_id = c.use_case_id
                        AND e.to_city_id = c.to_city_id AND e.position > c.position
                        AND e.position <= :position AND e.effective_on <= :on
                )
        ))
        AND (CAST(:area AS text) IS NULL OR EXISTS (
            SELECT FROM version_problem vp JOIN problem p ON p.id = vp.problem_id
            WHERE vp.version_id = v.id AND p.area = :area
        ))
        AND (CAST(:product AS text) = '' OR product_key(v.content) = :product)
        AND (CAST(:provider AS text) = '' OR provider_key(v.content) = :provider)
        AND {FITS}
"""
# What is dear to look up is looked up for the page's rows only.
_ROWS = text(f"""
    WITH page AS (
        SELECT u.id, u.code, v.id AS version_id, v.number AS version,
            v.content ->> 'title' AS title, v.content ->> 'title_en' AS title_en,
            v.content ->> 'summary' AS summary, v.content ->> 'summary_en' AS summary_en,
            city.code AS city_code, period.name_vi AS city_vi, period.name_en AS city_en,
            coalesce(v.content ->> 'product', '') AS product, product_key(v.content) AS product_key,
            CASE provider_key(v.content) WHEN '' THEN '' ELSE v.content ->> 'provider' END
                AS provider,
            provider_key(v.content) AS provider_key,
            v.submitted_position, last.action, (
                SELECT max(event.recorded_at) FROM decision d JOIN event USING (position)
                WHERE d.use_case_id = u.id AND d.version_id = v.id AND d.action = 'approve'
                    AND d.position <= :position
            ) AS approved_at
        {_FROM}
        ORDER BY approved_at DESC, u.code LIMIT :limit OFFSET :offset
    )
    SELECT page.*, on_the_day.stage, on_the_day.since AS stage_since,
        coalesce(on_the_day.reported, false) AS stage_reported,
        ARRAY(
            SELECT DISTINCT p.area FROM version_problem vp JOIN problem p ON p.id = vp.problem_id
            WHERE vp.version_id = page.version_id ORDER BY 1
        ) AS areas,
        EXISTS (
            SELECT FROM standing s WHERE s.use_case_id = page.id AND s.outcome = 'counted'
                AND s.valid @> CAST(:on AS date) AND s.known @> CAST(:position AS bigint)
        ) AS counts
    FROM page
    LEFT JOIN LATERAL (
        {stage_of_the_day("page.id", "page.version_id", "page.submitted_position")}
    ) on_the_day ON true
    ORDER BY approved_at DESC, code
""")
_COUNT = text(f"SELECT count(*) {_FROM}")
# By an index; which text governs is asked only of these.
_NAMED = text("""
    SELECT DISTINCT use_case_id FROM use_case_version
    WHERE submitted_position IS NOT NULL
        AND (CAST(:product AS text) = '' OR product_key(content) = :product)
        AND (CAST(:provider AS text) = '' OR plain_provider(content) = :provider)
""")
_BY_CODE = text("SELECT id FROM use_case WHERE code = ANY(:codes)")


def published(
    session: Session,
    moment: Moment,
    wanted: Wanted | None = None,
    *,
    limit: int | None = None,
    offset: int = 0,
) -> list[Published]:
    """The use cases wanted, the latest approved first."""
    values = {**_values(session, moment, wanted or Wanted()), "limit": limit, "offset": offset}
    return [_published(row) for row in session.execute(_ROWS, values)]


def published_in_parts(
    session: Session, moment: Moment, wanted: Wanted, part: int
) -> Iterator[Sequence[Published]]:
    """The same, so many at a time."""
    values = {**_values(session, moment, wanted), "limit": None, "offset": 0}
    found = session.execute(_ROWS, values, execution_options={"yield_per": part})
    for rows in found.partitions():
        yield [_published(row) for row in rows]


def how_many(session: Session, moment: Moment, wanted: Wanted) -> int:
    return int(session.scalar(_COUNT, _values(session, moment, wanted)) or 0)


def carried_over(session: Session, use_case_code: str) -> list[CarriedOver]:
    """For which successors the use case stands as well, in the order of the decisions."""
    rows = session.execute(
        text("""
            SELECT city.code AS city_code, period.name_vi AS city_vi, period.name_en AS city_en,
                c.effective_on, c.legal_basis, event.recorded_at, over.effective_on AS ended_on,
                coalesce(over.reason, '') AS end_reason, over.recorded_at AS ended_at
            FROM carry_over c
            JOIN use_case u ON u.id = c.use_case_id
            JOIN event ON event.position = c.position
            JOIN city ON city.id = c.to_city_id
            LEFT JOIN LATERAL (
                SELECT e.effective_on, e.reason, ending.recorded_at
                FROM carry_over_end e JOIN event ending ON ending.position = e.position
                WHERE e.use_case_id = c.use_case_id AND e.to_city_id = c.to_city_id
                    AND e.position > c.position ORDER BY e.position LIMIT 1
            ) over ON true
            LEFT JOIN LATERAL (
                SELECT name_vi, name_en FROM city_period WHERE city_period.city_id = city.id
                ORDER BY valid @> c.effective_on DESC, valid LIMIT 1
            ) period ON true
            WHERE u.code = :code ORDER BY c.position, city.code
        """),
        {"code": use_case_code},
    )
    return [CarriedOver(**row) for row in rows.mappings()]


def _values(session: Session, moment: Moment, wanted: Wanted) -> dict[str, Any]:
    keys = {"product": wanted.product, "provider": wanted.provider}
    named: list[Any] | None = None
    if any(keys.values()):
        named = list(session.scalars(_NAMED, keys))
    elif wanted.codes is not None:
        named = list(session.scalars(_BY_CODE, {"codes": sorted(wanted.codes)}))
    return {
        **keys,
        "named": named,
        "on": moment.on,
        "position": moment.position,
        "city_id": wanted.city_id,
        "area": wanted.area,
        "stage": wanted.stage,
        "words": wanted.words,
    }


def _published(row: Any) -> Published:
    given: dict[str, Any] = {
        "areas": tuple(ProblemArea(area) for area in row.areas),
        "state": _STATE[Action(row.action)],
        "stage": None if row.stage is None else Stage(row.stage),
    }
    names = Published.__dataclass_fields__.keys() - given.keys()
    return Published(**{name: getattr(row, name) for name in names}, **given)
