"""The lines behind indicators 1, 3 and 4: reported by one, approved or returned by another."""

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, BeforeValidator, Field

from api.answers import Content, as_json, personal, public
from api.audience import Audience, open_to
from api.deps import Acting, Config, Db, Me, When
from api.idempotency import CreationKey, create
from api.openapi import creating, only, reading, refusals
from api.v1.indicators import Which
from api.v1.shapes import Instant, Shape
from registry.actions import indicators as acts
from registry.domain.errors import NotFound
from registry.domain.indicator_intake import (
    EntryDecisionDraft,
    Stated,
    digest,
    read_lines,
    sealed,
)
from registry.domain.indicators import (
    EntryAction,
    EntryState,
    Indicator,
    LineKind,
    LineVerdict,
    kinds_of,
)
from registry.domain.kinds import Draft, blank_to_none
from registry.domain.model import REGISTER, Action
from registry.domain.permissions import can, check
from registry.queries import indicators as queries
from registry.queries.indicators import Entry, Wanted

router = APIRouter(tags=["indicators"])
_MOST = 1_000

Kind = Annotated[LineKind | None, BeforeValidator(blank_to_none), Query()]


class RulingShape(Shape):
    position: int
    recorded_at: Instant
    action: EntryAction
    reason: str
    effective_from: date | None


class LineShape(Shape):
    """A line as it was reported. Of a person who completed a course nothing is shown."""

    id: UUID
    indicator: int
    kind: LineKind
    code: str
    parent: str
    since: date
    until: date | None
    amount: int | None
    content: dict[str, Any]
    state: EntryState
    position: int
    recorded_at: Instant
    rulings: list[RulingShape]


class LineList(Shape):
    items: list[LineShape]
    total: int


class ReportDraft(Draft):
    """Lines of one kind; each as the form of this kind has it. `dry_run`: say what each would do,
    and record nothing."""

    kind: LineKind
    lines: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=5_000)]
    dry_run: bool = False


class JudgedLine(Shape):
    line: int
    code: str
    verdict: LineVerdict


class ReportReceipt(Shape):
    """`position` is that of the ledger's event; null for a dry run."""

    position: int | None
    lines_sha256: str
    lines: list[JudgedLine]


class DecisionDraft(EntryDecisionDraft):
    """One decision on some lines."""

    entries: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=5_000)]


class DecisionReceipt(Shape):
    position: int
    entries: list[UUID]


@router.get(
    "/indicator-lines",
    response_model=LineList,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
    dependencies=only(Audience.MINISTRY),
)
def lines(
    db: Db,
    me: Me,
    indicator: Indicator | None = None,
    kind: Kind = None,
    state: EntryState | None = None,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> Response:
    """Lines as they were reported, with where they stand; the oldest first."""
    if not can(me.actor, Action.REVIEW_INDICATOR, REGISTER):
        check(me.actor, Action.REPORT_INDICATOR, REGISTER)
    asked = Wanted(indicator, kind, state)
    found = queries.entries(db, asked, limit=limit, offset=offset)
    total = queries.how_many(db, asked)
    return personal(as_json(LineList(items=[_line(each) for each in found], total=total)))


@router.get(
    "/indicator-lines/{entry_id}",
    response_model=LineShape,
    responses=reading(HTTPStatus.NOT_FOUND),
    dependencies=[open_to(Audience.PUBLIC)],
)
def line(request: Request, db: Db, when: When, entry_id: UUID) -> Response:
    """A line that was approved, with what was decided of it since."""

    def answer() -> Content:
        found = queries.entry(db, entry_id)
        if found is None or not found.public:
            raise NotFound
        return as_json(_line(found))

    return public(request, when, answer)


@router.post(
    "/indicators/{n}/lines",
    status_code=HTTPStatus.CREATED,
    response_model=ReportReceipt,
    responses=creating(),
    dependencies=only(Audience.MINISTRY),
)
def report(
    request: Request,
    act: Acting,
    me: Me,
    config: Config,
    n: Which,
    key: CreationKey,
    draft: ReportDraft,
) -> Response:
    """Reports lines; they count once somebody else has approved them."""
    check(me.actor, Action.REPORT_INDICATOR, REGISTER)
    if draft.kind not in kinds_of(n):
        raise NotFound
    stated = sealed(read_lines(draft.kind, draft.lines), config.secret_of_people)

    def make() -> tuple[BaseModel, str]:
        judged = acts.judge(act, n, draft.kind, stated)
        position = None if draft.dry_run else acts.report(act, n, draft.kind, stated)
        receipt = ReportReceipt(
            position=position,
            lines_sha256=digest(stated),
            lines=[
                JudgedLine(line=index, code=_shown_key(each.line), verdict=each.verdict)
                for index, each in enumerate(judged)
            ],
        )
        return receipt, f"/api/v1/indicators/{n.value}/rows"

    # What is remembered of the request is made of keys: no identity number goes into its hash.
    told = _Told(kind=draft.kind, dry_run=draft.dry_run, lines_sha256=digest(stated))
    return create(request, act, key, told, make, revision=None)


class _Told(BaseModel):
    kind: LineKind
    dry_run: bool
    lines_sha256: str


@router.post(
    "/indicator-decisions",
    status_code=HTTPStatus.CREATED,
    response_model=DecisionReceipt,
    responses=creating(),
    dependencies=only(Audience.MINISTRY),
)
def decide(
    request: Request, act: Acting, me: Me, key: CreationKey, draft: DecisionDraft
) -> Response:
    """Approves, returns or revokes lines together; nobody decides on what they reported."""
    check(me.actor, Action.REVIEW_INDICATOR, REGISTER)

    def make() -> tuple[BaseModel, str]:
        position = acts.decide(act, draft.entries, draft)
        receipt = DecisionReceipt(position=position, entries=list(draft.entries))
        return receipt, f"/api/v1/events?after={position - 1}"

    return create(request, act, key, draft, make, revision=None)


def _line(found: Entry) -> LineShape:
    return LineShape(
        id=found.id,
        indicator=found.indicator.value,
        kind=found.kind,
        code="" if found.is_person else found.key,
        parent=found.parent,
        since=found.start,
        until=found.end,
        amount=found.amount,
        content=found.content,
        state=found.state,
        position=found.position,
        recorded_at=found.recorded_at,
        rulings=[RulingShape.model_validate(each) for each in found.rulings],
    )


def _shown_key(found: Stated) -> str:
    return "" if found.person else found.key
