"""The ministry's queue: what waits, the next in line, in whose hands, what was read, approvals."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from api import waiting
from api.answers import as_json, personal
from api.audience import Audience
from api.deps import Acting, Db, IfMatch, Me, Now
from api.openapi import changing, moving, only, refusals
from api.paging import Cursor, Limit, following, place
from api.refusals import words_of
from api.v1.findings import FindingShape, finding
from api.v1.shapes import Code, Instant, Shape, VersionNumber
from api.v1.version_shapes import VersionShape, whole
from registry.actions import leases, reading, saved_filters
from registry.domain.desk import freed
from registry.domain.errors import Forbidden, NotFound
from registry.domain.intake import AssignmentDraft, HandBackDraft
from registry.domain.kinds import Draft
from registry.domain.model import Action, ProblemArea, ReviewState, UnitType, UrbanClass
from registry.domain.permissions import can
from registry.domain.waiting import Held, QueueFilter
from registry.queries import entries
from registry.queries import waiting as lists
from registry.queries.entries import Version
from registry.queries.findings import open_findings
from registry.queries.moments import moment
from registry.queries.reviewers import who_may_decide
from registry.queries.waiting import Waiting

router = APIRouter(tags=["review"], dependencies=only(Audience.MINISTRY))

_VERSION = "/use-cases/{code}/versions/{n}"
_READING = refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class WaitingShape(Shape):
    """An entry of the queue, as the caller meets it. `due_on` is the last day within the service
    target; `why_not` is the code of the refusal where the caller cannot decide it."""

    use_case: str
    number: int
    revision: int
    state: ReviewState
    title: str
    title_en: str
    city_code: str
    areas: list[ProblemArea]
    urban_class: UrbanClass | None
    unit_type: UnitType | None
    risk: str
    submitted_at: Instant
    updated_at: Instant
    due_on: date
    held: Held
    lease_until: Instant | None
    second_reading: bool
    disputed: bool
    new: bool
    read: bool
    actions: list[Action]
    why_not: str | None


class QueueCounts(Shape):
    """Each number is what one would see who chose it, all else as it was asked for."""

    submitted: int
    in_review: int
    overdue: int
    soon: int
    mine: int
    new: int
    total: int


class QueuePage(Shape):
    """`seen_until`, sent to /review/seen, makes all that is here now no longer new."""

    items: list[WaitingShape]
    counts: QueueCounts
    seen_until: Instant
    next: str | None


class NextShape(Shape):
    """`version` is null where nothing is left that the caller may take up."""

    version: VersionShape | None


class ReviewerShape(Shape):
    id: UUID
    name: str


class ReviewerList(Shape):
    items: list[ReviewerShape]


class CandidateShape(Shape):
    use_case: str
    number: int
    revision: int
    found: list[FindingShape]


class CandidateList(Shape):
    items: list[CandidateShape]


class ApprovalItem(Draft):
    """A version as it was seen. Criterion 3 is confirmed for each by itself."""

    use_case: Annotated[str, Field(max_length=40)]
    number: Annotated[int, Field(ge=1, le=1_000_000)]
    revision: Annotated[int, Field(ge=0, le=1_000_000_000)]
    ai_confirmed: Literal[True]


class ApprovalBody(Draft):
    items: Annotated[list[ApprovalItem], Field(min_length=1, max_length=reading.MOST_TOGETHER)]


class ApprovalOutcome(Shape):
    """`code` and `title` say why it was not approved; without them and not approved, the caller's
    opinion is recorded and a second reader has to read it."""

    use_case: str
    number: int
    state: ReviewState | None
    code: str | None
    title: str | None


class ApprovalOutcomes(Shape):
    items: list[ApprovalOutcome]


class SeenBody(Draft):
    until: datetime


@router.get("/review/queue", response_model=QueuePage, responses=_READING)
def queue(
    request: Request,
    db: Db,
    me: Me,
    now: Now,
    wanted: waiting.Wanted,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """What waits, narrowed and in the order asked for."""
    start = place(cursor, _place) or 0
    found = lists.queue(db, me.actor, now, wanted, limit=limit + 1, offset=start)
    address = following(request, start + limit) if len(found) > limit else None
    counts = lists.tally(db, me.actor, now, wanted)
    shape = QueuePage(
        items=[_waiting(line, me, now) for line in found[:limit]],
        counts=QueueCounts(
            submitted=counts.states[ReviewState.SUBMITTED],
            in_review=counts.states[ReviewState.IN_REVIEW],
            overdue=counts.overdue,
            soon=counts.soon,
            mine=counts.mine,
            new=counts.new,
            total=counts.total,
        ),
        seen_until=moment(db, now).known_at,
        next=address,
    )
    return personal(as_json(shape, address))


@router.post("/review/next", response_model=NextShape, responses=changing())
def take_next(act: Acting, wanted: QueueFilter) -> Response:
    """Takes up the first entry of this list that the caller may decide; of several callers at once
    each gets another."""
    version = leases.take_next(act, wanted)
    shown = None if version is None else entries.version(act.session, act.actor, version.id)
    return personal(
        as_json(NextShape(version=None if shown is None else whole(shown))),
        revision=None if shown is None else shown.revision,
    )


@router.post("/review/seen", status_code=HTTPStatus.NO_CONTENT, responses=changing())
def seen(act: Acting, body: SeenBody) -> Response:
    """What came or changed until then is no longer new to the caller."""
    until = body.until if body.until.tzinfo else body.until.replace(tzinfo=UTC)
    saved_filters.seen(act, until)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/review/approvals", response_model=CandidateList, responses=_READING)
def candidates(db: Db, me: Me, now: Now) -> Response:
    """What the caller has read and could decide, and what was found in each: only where nothing
    weighs more than a note, entries are approved together."""
    lines = lists.read(db, me.actor, now, reading.MOST_TOGETHER)
    versions = entries.versions_by_id(db, me.actor, [line.version_id for line in lines])
    found = open_findings(db, list(versions), moment(db, now))
    items = [
        CandidateShape(
            use_case=line.use_case_code,
            number=line.number,
            revision=line.revision,
            found=[finding(each) for each in found.get(line.version_id, ())],
        )
        for line in lines
    ]
    return personal(as_json(CandidateList(items=items)))


@router.post("/review/approvals", response_model=ApprovalOutcomes, responses=changing())
def approve(act: Acting, db: Db, body: ApprovalBody) -> Response:
    """Approves each of these, a decision of its own; one that is refused hinders no other."""
    versions = [_found(db, act, each.use_case, each.number) for each in body.items]
    asked = [
        reading.Asked(version.id, each.revision)
        for version, each in zip(versions, body.items, strict=True)
    ]
    outcomes = reading.approve_read(act, asked)
    return personal(as_json(ApprovalOutcomes(items=_outcomes(versions, outcomes))))


@router.post(f"{_VERSION}/hand-back", response_model=VersionShape, responses=moving())
def hand_back(
    act: Acting, db: Db, code: Code, n: VersionNumber, revision: IfMatch, draft: HandBackDraft
) -> Response:
    """Puts an entry back into the queue: its holder, or the lead."""
    leases.hand_back(act, _found(db, act, code, n).id, draft, revision)
    return _answer(db, act, code, n)


@router.get(
    f"{_VERSION}/assignment",
    response_model=ReviewerList,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def assignable(act: Acting, db: Db, code: Code, n: VersionNumber) -> Response:
    """To whom the lead can give an entry: those who may decide it."""
    version = _found(db, act, code, n)
    if not can(act.actor, Action.REASSIGN, version.subject):
        raise Forbidden
    people = who_may_decide(db, freed(version.subject))
    items = [
        ReviewerShape(id=each.id, name=each.name)
        for each in people
        if each.id is not None and each.id != version.subject.holder_id
    ]
    return personal(as_json(ReviewerList(items=items)))


@router.post(f"{_VERSION}/assignment", response_model=VersionShape, responses=moving())
def assign(
    act: Acting, db: Db, code: Code, n: VersionNumber, revision: IfMatch, draft: AssignmentDraft
) -> Response:
    """The lead gives an entry that is in review to another reviewer."""
    leases.reassign(act, _found(db, act, code, n).id, draft, revision)
    return _answer(db, act, code, n)


@router.post(f"{_VERSION}/reading", response_model=VersionShape, responses=moving())
def mark_read(act: Acting, db: Db, code: Code, n: VersionNumber, revision: IfMatch) -> Response:
    """Records that the caller, who may decide it, has read this text; once is enough."""
    reading.mark_read(act, _found(db, act, code, n).id, revision)
    return _answer(db, act, code, n)


def _waiting(line: Waiting, me: Me, now: datetime) -> WaitingShape:
    refusal = line.why_not(me.actor, now)
    given: dict[str, object] = {
        "use_case": line.use_case_code,
        "held": line.held_by(me.actor, now),
        "second_reading": bool(line.subject.reader_ids) and not line.subject.disputed,
        "disputed": line.subject.disputed,
        "actions": list(line.actions(me.actor, now)),
        "why_not": None if refusal is None else refusal.code,
    }
    names = WaitingShape.model_fields.keys() - given.keys()
    return WaitingShape.model_validate({name: getattr(line, name) for name in names} | given)


def _outcomes(
    versions: Sequence[Version], outcomes: Sequence[reading.Outcome]
) -> list[ApprovalOutcome]:
    return [
        ApprovalOutcome(
            use_case=version.use_case_code,
            number=version.number,
            state=each.state,
            code=None if each.refusal is None else each.refusal.code,
            title=None if each.refusal is None else words_of(each.refusal),
        )
        for version, each in zip(versions, outcomes, strict=True)
    ]


def _found(db: Db, act: Acting, code: str, number: int) -> Version:
    """Raises NotFound where there is no submitted version that the caller may see."""
    for version in entries.versions(db, act.actor, use_case_code=code):
        if version.number == number and version.submitter_id is not None:
            return version
    raise NotFound


def _answer(db: Db, act: Acting, code: str, number: int) -> Response:
    version = _found(db, act, code, number)
    return personal(as_json(whole(version)), revision=version.revision)


def _place(text: str) -> int:
    start = int(text)
    if not 0 <= start <= 1_000_000:
        raise ValueError(text)
    return start
