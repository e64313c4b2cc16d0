"""What waits for a decision, as one of the ministry's people sees it, and what is next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from unicodedata import normalize
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.desk import DeskPolicy, as_met, lease_ended
from registry.domain.errors import RegistryError
from registry.domain.model import Action, Actor, ProblemArea, ReviewState, Subject
from registry.domain.permissions import check
from registry.domain.waiting import SOON_DAYS, Held, Order, QueueFilter, Reading, Round, Service
from registry.domain.workflow import available
from registry.queries.moments import VIET_NAM, today
from registry.queries.opinions import READERS_SQL, with_readers
from registry.queries.periods import late

STATES = (ReviewState.SUBMITTED, ReviewState.IN_REVIEW)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry of the queue. `previous` is where the submitted version before it ended, None for
    the first one of its use case. `due_on` is the last day within the service target. `new` and
    `read` are this reader's: changed since they last said "seen", and read by them."""

    version_id: UUID
    use_case_code: str
    number: int
    revision: int
    state: ReviewState
    title: str
    title_en: str
    city_code: str
    city_vi: str
    city_en: str
    province_vi: str
    province_en: str
    areas: tuple[ProblemArea, ...]
    urban_class: str | None
    unit_type: str | None
    risk: str
    submitted_at: datetime
    updated_at: datetime
    due_on: date
    reviewer_id: UUID | None
    lease_until: datetime | None
    previous: ReviewState | None
    new: bool
    read: bool
    subject: Subject

    def held_by(self, actor: Actor, now: datetime) -> Held:
        if self.state is not ReviewState.IN_REVIEW:
            return Held.NOBODY
        if self.reviewer_id == actor.user_id:
            return Held.ME
        return Held.NOBODY if lease_ended(self.lease_until, now) else Held.OTHERS

    def actions(self, actor: Actor, now: datetime) -> tuple[Action, ...]:
        return available(actor, as_met(actor, self.subject, self.lease_until, now))

    def why_not(self, actor: Actor, now: datetime) -> RegistryError | None:
        """Why this person can neither take it up nor decide it; None where they can."""
        met = as_met(actor, self.subject, self.lease_until, now)
        needed = Action.CLAIM if met.state is ReviewState.SUBMITTED else Action.APPROVE
        try:
            check(actor, needed, met)
        except RegistryError as refusal:
            return refusal
        return None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many there are: each number is what one would see who chose it, all else as chosen."""

    states: dict[ReviewState, int]
    overdue: int
    soon: int
    mine: int
    new: int
    total: int


_FROM = f"""
    FROM use_case_version v
    JOIN use_case u ON u.id = v.use_case_id
    JOIN city ON city.id = u.city_id
    JOIN event submitted ON submitted.position = v.submitted_position
    CROSS JOIN LATERAL (
        SELECT CAST(submitted.recorded_at AT TIME ZONE '{VIET_NAM.key}' AS date) AS day
    ) handed_in
    LEFT JOIN desk_policy ON desk_policy.valid @> handed_in.day
    CROSS JOIN LATERAL (
        SELECT handed_in.day + coalesce(desk_policy.service_days, :service_days) AS due_on,
            CASE
                WHEN v.state <> 'in_review' THEN 'nobody'
                WHEN v.reviewer_id = :me THEN 'me'
                WHEN v.lease_until > :now THEN 'others'
                ELSE 'nobody'
            END AS held
    ) desk
    CROSS JOIN LATERAL (
        SELECT desk.held <> 'me' AND v.updated_at > coalesce(
            (SELECT seen_until FROM desk_visit WHERE user_id = :me), '-infinity') AS new
    ) mind
    CROSS JOIN LATERAL (SELECT {READERS_SQL} AS readers) opinions
    LEFT JOIN LATERAL (
        SELECT name_vi, name_en, province_code, urban_class, unit_type FROM city_period
        WHERE city_period.city_id = city.id
        ORDER BY valid @> CAST(:on AS date) DESC, valid DESC LIMIT 1
    ) period ON true
    LEFT JOIN province ON province.code = period.province_code
        AND province.valid @> CAST(:on AS date)
    WHERE v.state IN ('submitted', 'in_review')
"""
_OLDER = """SELECT older.state FROM use_case_version older
    WHERE older.use_case_id = v.use_case_id AND older.number < v.number
        AND older.submitted_position IS NOT NULL
    ORDER BY older.number DESC LIMIT 1"""
_READ = """EXISTS (
    SELECT FROM version_reading r
    WHERE r.version_id = v.id AND r.user_id = :me AND r.content_hash = v.content_hash
)"""
_LINE = f"""
    SELECT v.id AS version_id, u.code AS use_case_code, v.number, v.revision, v.state,
        v.content ->> 'title' AS title, v.content ->> 'title_en' AS title_en,
        city.code AS city_code, u.city_id, period.name_vi AS city_vi, period.name_en AS city_en,
        coalesce(province.name_vi, '') AS province_vi,
        coalesce(province.name_en, '') AS province_en,
        period.urban_class, period.unit_type, coalesce(v.content ->> 'risk_level', '') AS risk,
        ARRAY(SELECT DISTINCT p.area FROM version_problem vp JOIN problem p ON p.id = vp.problem_id
              WHERE vp.version_id = v.id ORDER BY 1) AS areas,
        submitted.recorded_at AS submitted_at, v.updated_at, desk.due_on, v.reviewer_id,
        v.lease_until, v.author_id, v.submitter_id, ({_OLDER}) AS previous, mind.new,
        {_READ} AS read, opinions.readers
"""

# What each question of a filter asks; those of `_FACETS` are counted one by one as well.
_ASKS = {
    "province": "period.province_code = :province",
    "urban_class": "period.urban_class = :urban_class",
    "unit_type": "period.unit_type = :unit_type",
    "area": """EXISTS (
        SELECT FROM version_problem vp JOIN problem p ON p.id = vp.problem_id
        WHERE vp.version_id = v.id AND p.area = :area)""",
    "risk": "coalesce(nullif(v.content ->> 'risk_level', ''), 'not_classified') = :risk",
    "late": """(u.code, v.number) IN (
        SELECT * FROM unnest(CAST(:late_codes AS text[]), CAST(:late_numbers AS integer[])))""",
    "q": """strpos(
        lower(unaccent(concat_ws(' ', v.content ->> 'title', v.content ->> 'title_en', u.code,
            period.name_vi, period.name_en))),
        lower(unaccent(:q))) > 0""",
}
_ROUNDS = {Round.FIRST: f"({_OLDER}) IS NULL", Round.REVISION: f"({_OLDER}) IS NOT NULL"}
_READINGS = {
    Reading.SECOND: "cardinality(opinions.readers) = 1",
    Reading.DISPUTED: "cardinality(opinions.readers) > 1",
}
_SERVICES = {
    Service.OVERDUE: "desk.due_on < CAST(:on AS date)",
    Service.SOON: f"desk.due_on - CAST(:on AS date) BETWEEN 0 AND {SOON_DAYS}",
}
_ORDERS = {
    Order.AGE: "v.submitted_position",
    Order.SERVICE: "desk.due_on, v.submitted_position",
    Order.CHANGED: "v.updated_at DESC, v.submitted_position DESC",
}


def queue(
    session: Session,
    actor: Actor,
    now: datetime,
    wanted: QueueFilter,
    *,
    limit: int = 50,
    offset: int = 0,
) -> list[Waiting]:
    """A page of what waits, in the order asked for."""
    return _lines(session, actor, now, wanted, limit=limit, offset=offset)


def free(session: Session, actor: Actor, now: datetime, wanted: QueueFilter) -> Iterator[Waiting]:
    """What this person may take up, in the order asked for: what they hold already is not next."""
    offset = 0
    nobodys = wanted.model_copy(update={"held": Held.NOBODY})
    while lines := _lines(session, actor, now, nobodys, offset=offset):
        yield from (line for line in lines if Action.CLAIM in line.actions(actor, now))
        offset += len(lines)


def read(session: Session, actor: Actor, now: datetime, limit: int) -> list[Waiting]:
    """What this person has read and holds, or may take up: the oldest first."""
    more = f"AND {_READ} AND desk.held <> 'others'"
    lines = _lines(session, actor, now, QueueFilter(), more, limit=limit)
    return [line for line in lines if line.why_not(actor, now) is None]


def tally(session: Session, actor: Actor, now: datetime, wanted: QueueFilter) -> Tally:
    """All numbers in one question."""
    facets = _facets(wanted)

    def count(name: str, condition: str | None = None) -> str:
        others = [asked for facet, asked in facets.items() if facet != name]
        chosen = facets.get(name) if condition is None else condition
        return " AND ".join([*others, chosen or "true"]) or "true"

    counted = {
        **{state.value: count("state", f"v.state = '{state.value}'") for state in STATES},
        "overdue": count("service", _SERVICES[Service.OVERDUE]),
        "soon": count("service", _SERVICES[Service.SOON]),
        "mine": count("held", "desk.held = 'me'"),
        "new": count("new", "mind.new"),
        "total": count(""),
    }
    columns = ", ".join(
        f"count(*) FILTER (WHERE {condition}) AS {name}" for name, condition in counted.items()
    )
    rest = " ".join(f"AND {asked}" for asked in _asked(wanted))
    found = session.execute(
        text(f"SELECT {columns} {_FROM} {rest}"), _values(session, actor, now, wanted)
    )
    row = found.mappings().one()
    return Tally(
        states={state: row[state.value] for state in STATES},
        **{name: row[name] for name in ("overdue", "soon", "mine", "new", "total")},
    )


def provinces(session: Session, actor: Actor, now: datetime) -> list[tuple[str, str, str]]:
    """Code and names of the provinces that something waits from."""
    rows = session.execute(
        text(f"""
            SELECT DISTINCT province.code, province.name_vi, province.name_en {_FROM}
                AND province.code IS NOT NULL
            ORDER BY 1
        """),
        _values(session, actor, now, QueueFilter()),
    )
    return [(row.code, row.name_vi, row.name_en) for row in rows]


def ended_leases(session: Session, now: datetime) -> list[UUID]:
    """What is in review under a lease that has ended."""
    return list(
        session.scalars(
            text("""
                SELECT id FROM use_case_version
                WHERE state = 'in_review' AND (lease_until IS NULL OR lease_until <= :now)
                ORDER BY submitted_position
            """),
            {"now": now},
        )
    )


def _facets(wanted: QueueFilter) -> dict[str, str]:
    found: dict[str, str] = {}
    if wanted.state is not None:
        found["state"] = "v.state = :state"
    if wanted.service is not None:
        found["service"] = _SERVICES[wanted.service]
    if wanted.held is not None:
        found["held"] = "desk.held = :held"
    if wanted.new:
        found["new"] = "mind.new"
    return found


def _asked(wanted: QueueFilter) -> Sequence[str]:
    found = [asked for name, asked in _ASKS.items() if getattr(wanted, name)]
    if wanted.round is not None:
        found.append(_ROUNDS[wanted.round])
    if wanted.reading is not None:
        found.append(_READINGS[wanted.reading])
    return found


def _lines(
    session: Session,
    actor: Actor,
    now: datetime,
    wanted: QueueFilter,
    more: str = "",
    *,
    limit: int = 50,
    offset: int = 0,
) -> list[Waiting]:
    asked = " ".join(f"AND {each}" for each in (*_asked(wanted), *_facets(wanted).values()))
    rows = session.execute(
        text(f"""
            {_LINE} {_FROM} {asked} {more}
            ORDER BY {_ORDERS[wanted.order]} LIMIT {limit:d} OFFSET {offset:d}
        """),
        _values(session, actor, now, wanted),
    )
    return [_line(row) for row in rows]


def _values(session: Session, actor: Actor, now: datetime, wanted: QueueFilter) -> dict[str, Any]:
    found = {
        **wanted.model_dump(mode="json"),
        "q": normalize("NFC", wanted.q).strip(),
        "me": actor.user_id,
        "now": now,
        "on": today(now),
        "service_days": DeskPolicy().service_days,
    }
    if wanted.late:
        keys = list(late(session, period_code=wanted.late))
        found["late_codes"] = [code for code, _ in keys]
        found["late_numbers"] = [number for _, number in keys]
    return found


def _line(row: Any) -> Waiting:
    state = ReviewState(row.state)
    given: dict[str, Any] = {
        "state": state,
        "areas": tuple(ProblemArea(area) for area in row.areas),
        "previous": None if row.previous is None else ReviewState(row.previous),
        "subject": with_readers(
            Subject(
                row.city_id,
                state,
                row.author_id,
                row.submitter_id,
                holder_id=row.reviewer_id if state is ReviewState.IN_REVIEW else None,
            ),
            row.readers,
        ),
    }
    names = Waiting.__dataclass_fields__.keys() - given.keys()
    return Waiting(**{name: getattr(row, name) for name in names}, **given)
