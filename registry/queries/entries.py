"""Problems, use cases, their versions and decisions - each reader sees what is theirs to see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.errors import NotFound
from registry.domain.model import (
    PUBLIC_STATES,
    Action,
    Actor,
    BasisKind,
    ProblemArea,
    ReviewState,
    Subject,
)
from registry.domain.permissions import sees
from registry.domain.use_case import UseCaseText, read_text
from registry.domain.workflow import available
from registry.queries.moments import TODAY_SQL, Moment
from registry.queries.opinions import READERS_SQL, state_for, with_readers


@dataclass(frozen=True, slots=True)
class Problem:
    """A declared problem. Dates of reduced precision are ISO text; times are UTC."""

    id: UUID
    city_code: str
    city_id: int
    area: ProblemArea
    title: str
    title_en: str
    statement: str
    declared_on: str
    basis_kind: BasisKind
    basis_number: str
    basis_date: str | None
    basis_url: str
    declared_at: datetime
    withdrawn_on: date | None
    withdrawn_reason: str | None
    withdrawn_at: datetime | None
    revision: int


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision as readers see it: what, when, why, with which effect - by role, not by name."""

    position: int
    version: int
    action: Action
    reason: str
    ai_confirmed: bool
    effective_from: date | None
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """One version with everything a reader of it may need. Times are UTC.

    `draft` is its text by the standard it was written by, `content` the same as it is stored;
    both without what is withheld from this reader today (`draft.withheld` says why).
    """

    id: UUID
    use_case_id: UUID
    use_case_code: str
    number: int
    state: ReviewState
    draft: UseCaseText
    content: dict[str, Any]
    content_sha256: str | None
    standard: str
    city_id: int
    city_code: str
    city_vi: str
    city_en: str
    author_id: UUID
    submitter_id: UUID | None
    edited_by_id: UUID | None
    reviewer_id: UUID | None
    lease_until: datetime | None
    letter_number: str | None
    letter_date: date | None
    letter_sha256: str | None
    submitted_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    updated_at: datetime
    revision: int
    replaceable: bool
    overtaken: bool
    readers: Sequence[UUID]

    @property
    def subject(self) -> Subject:
        subject = Subject(
            city_id=self.city_id,
            state=self.state,
            author_id=self.author_id,
            submitter_id=self.submitter_id,
            editor_id=self.edited_by_id,
            replaceable=self.replaceable,
            overtaken=self.overtaken,
            holder_id=self.reviewer_id if self.state is ReviewState.IN_REVIEW else None,
        )
        return with_readers(subject, self.readers)

    def actions(self, actor: Actor) -> tuple[Action, ...]:
        """What this reader can do with it now."""
        return available(actor, self.subject)


_PROBLEM = """
    SELECT p.*, city.code AS city_code, declared.recorded_at AS declared_at,
        withdrawn.recorded_at AS withdrawn_at
    FROM problem p
    JOIN city ON city.id = p.city_id
    JOIN event declared ON declared.position = p.declared_position
    LEFT JOIN event withdrawn ON withdrawn.position = p.withdrawn_position
"""

_VERSION = f"""
    SELECT v.*, {TODAY_SQL} AS today, u.code AS use_case_code, city.code AS city_code, u.city_id,
        period.name_vi AS city_vi, period.name_en AS city_en,
        submitted.recorded_at AS submitted_at, withdrawn.recorded_at AS withdrawn_at,
        NOT EXISTS (
            SELECT FROM use_case_version newer
            WHERE newer.use_case_id = v.use_case_id AND newer.number > v.number
                AND newer.state NOT IN ('returned', 'rejected', 'withdrawn')
        ) AS replaceable,
        EXISTS (
            SELECT FROM use_case_version newer
            WHERE newer.use_case_id = v.use_case_id AND newer.number > v.number
                AND newer.state NOT IN ('draft', 'returned', 'rejected', 'withdrawn')
        ) AS overtaken,
        {READERS_SQL} AS readers
    FROM use_case_version v
    JOIN use_case u ON u.id = v.use_case_id
    JOIN city ON city.id = u.city_id
    LEFT JOIN LATERAL (
        SELECT name_vi, name_en FROM city_period
        WHERE city_period.city_id = city.id
        ORDER BY valid @> {TODAY_SQL} DESC, valid DESC LIMIT 1
    ) period ON true
    LEFT JOIN event submitted ON submitted.position = v.submitted_position
    LEFT JOIN event withdrawn ON withdrawn.position = v.withdrawn_position
"""


def problems(session: Session, city_code: str | None = None) -> list[Problem]:
    """Declared problems, of one city or of all, in the order they were declared."""
    where = "" if city_code is None else "WHERE city.code = :code"
    rows = session.execute(
        text(f"{_PROBLEM} {where} ORDER BY p.declared_position"), {"code": city_code}
    )
    return [_problem(row) for row in rows]


def problem(session: Session, problem_id: UUID) -> Problem | None:
    row = session.execute(text(f"{_PROBLEM} WHERE p.id = :id"), {"id": problem_id}).one_or_none()
    return None if row is None else _problem(row)


def problems_by_id(session: Session, ids: Sequence[UUID]) -> list[Problem]:
    rows = session.execute(
        text(f"{_PROBLEM} WHERE p.id = ANY(:ids) ORDER BY p.declared_position"),
        {"ids": list(ids)},
    )
    return [_problem(row) for row in rows]


def problems_after(
    session: Session,
    declared_after: datetime | None,
    limit: int,
    *,
    city_code: str | None = None,
    area: ProblemArea | None = None,
) -> list[Problem]:
    """A page of the declared problems, in the order they were declared."""
    rows = session.execute(
        text(f"""
            {_PROBLEM}
            WHERE (CAST(:after AS timestamptz) IS NULL OR declared.recorded_at > :after)
                AND (CAST(:city AS text) IS NULL OR city.code = :city)
                AND (CAST(:area AS text) IS NULL OR p.area = :area)
            ORDER BY p.declared_position LIMIT :limit
        """),
        {"after": declared_after, "city": city_code, "area": area, "limit": limit},
    )
    return [_problem(row) for row in rows]


def as_known(problem: Problem, moment: Moment) -> Problem:
    """The problem before its withdrawal became known."""
    if problem.withdrawn_at is None or problem.withdrawn_at <= moment.known_at:
        return problem
    return replace(
        problem,
        withdrawn_on=None,
        withdrawn_reason=None,
        withdrawn_at=None,
        revision=problem.revision - 1,
    )


def versions(
    session: Session,
    actor: Actor,
    *,
    city_code: str | None = None,
    use_case_code: str | None = None,
    states: Sequence[ReviewState] = tuple(ReviewState),
) -> list[Version]:
    """The versions `actor` may see, newest first within each use case."""
    rows = session.execute(
        text(f"""
            {_VERSION}
            WHERE {VISIBLE} AND v.state = ANY(:states)
                AND (CAST(:city AS text) IS NULL OR city.code = :city)
                AND (CAST(:use_case AS text) IS NULL OR u.code = :use_case)
            ORDER BY u.code, v.number DESC
        """),
        {
            **visible_to(actor),
            "states": [state.value for state in states],
            "city": city_code,
            "use_case": use_case_code,
        },
    )
    return [_version(row, actor) for row in rows]


def numbered(session: Session, actor: Actor, use_case_code: str, number: int) -> Version:
    """Raises NotFound where there is none that `actor` may see."""
    for each in versions(session, actor, use_case_code=use_case_code):
        if each.number == number:
            return each
    raise NotFound


def version(session: Session, actor: Actor, version_id: UUID) -> Version | None:
    """One version, or None where there is none that `actor` may see."""
    row = session.execute(text(f"{_VERSION} WHERE v.id = :id"), {"id": version_id}).one_or_none()
    found = None if row is None else _version(row, actor)
    return found if found is not None and sees(actor, found.subject) else None


def versions_by_id(session: Session, actor: Actor, ids: Collection[UUID]) -> dict[UUID, Version]:
    """Those of these versions that `actor` may see."""
    rows = session.execute(
        text(f"{_VERSION} WHERE {VISIBLE} AND v.id = ANY(:ids)"),
        {**visible_to(actor), "ids": list(ids)},
    )
    return {row.id: _version(row, actor) for row in rows}


def live_versions(session: Session, actor: Actor, ids: Collection[UUID]) -> dict[str, Version]:
    """Those of these versions that are approved, by the code of their use case, in its order."""
    rows = session.execute(
        text(f"{_VERSION} WHERE v.id = ANY(:ids) AND v.state = 'approved' ORDER BY u.code"),
        {"ids": list(ids)},
    )
    return {row.use_case_code: _version(row, actor) for row in rows}


def latest_versions(
    session: Session, actor: Actor, *, city_code: str | None = None
) -> list[Version]:
    """Of each use case the newest version `actor` may see."""
    newest: dict[UUID, Version] = {}
    for item in versions(session, actor, city_code=city_code):
        newest.setdefault(item.use_case_id, item)
    return list(newest.values())


def rulings(session: Session, use_case_id: UUID) -> list[Ruling]:
    """All decisions on a use case, newest first; for whoever may see its versions."""
    rows = session.execute(
        text("""
            SELECT d.position, v.number AS version, d.action, d.reason, d.ai_confirmed,
                d.effective_from, event.recorded_at AS decided_at
            FROM decision d
            JOIN use_case_version v ON v.id = d.version_id
            JOIN event ON event.position = d.position
            WHERE d.use_case_id = :id ORDER BY d.position DESC
        """),
        {"id": use_case_id},
    )
    return [
        Ruling(
            position=row.position,
            version=row.version,
            action=Action(row.action),
            reason=row.reason,
            ai_confirmed=row.ai_confirmed,
            effective_from=row.effective_from,
            decided_at=row.decided_at,
        )
        for row in rows
    ]


# `permissions.sees`, said in SQL for lists; a test holds the two equal.
VISIBLE = """(
    v.state = ANY(:public_states)
    OR u.city_id = ANY(:own_cities)
    OR (:oversees AND v.submitter_id IS NOT NULL)
)"""


def visible_to(actor: Actor) -> dict[str, Any]:
    return {
        "public_states": sorted(state.value for state in PUBLIC_STATES),
        "own_cities": sorted(actor.city_ids),
        "oversees": actor.oversees,
    }


def _problem(row: Any) -> Problem:
    fields = {name: getattr(row, name) for name in Problem.__dataclass_fields__}
    return Problem(
        **{**fields, "area": ProblemArea(row.area), "basis_kind": BasisKind(row.basis_kind)}
    )


def _version(row: Any, reader: Actor) -> Version:
    digest = None if row.content_hash is None else bytes(row.content_hash).hex()
    whole = read_text(row.standard, row.content)
    insider = reader.oversees or row.city_id in reader.city_ids
    draft = whole if insider else whole.published_on(row.today)
    given: dict[str, Any] = {
        "state": state_for(ReviewState(row.state), row.readers, oversees=reader.oversees),
        "content_sha256": digest,
        "letter_sha256": None if row.letter_sha256 is None else bytes(row.letter_sha256).hex(),
        "draft": draft,
        "content": row.content if draft is whole else draft.content(),
    }
    names = Version.__dataclass_fields__.keys() - given.keys()
    return Version(**{name: getattr(row, name) for name in names}, **given)
