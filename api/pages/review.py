"""The ministry's desk: the queue, the entries decided on. `review_entry` has the entry itself,
`review_hands` what is done from a list, `review_filters` the filters that people keep."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BeforeValidator
from starlette.responses import Response

from api import waiting
from api.audience import Audience, open_to
from api.deps import Db, Me, Now, Today
from api.pages import review_entry, review_filters, review_hands, review_threads, review_together
from api.pages.listing import PAGE_SIZE, Leaf, Words, nearest
from api.pages.review_desk import see
from api.refusals import words_of
from api.rendering import page
from registry.domain.error_reports import ReportState
from registry.domain.errors import Forbidden
from registry.domain.kinds import blank_to_none
from registry.domain.model import Actor, ProblemArea, ReviewState, UnitType, UrbanClass
from registry.domain.waiting import RISKS, Held, Order, Reading, Round, Service
from registry.queries import review
from registry.queries import waiting as lists
from registry.queries.error_reports import Wanted, how_many
from registry.queries.moments import moment
from registry.queries.moments import today as day_of
from registry.queries.periods import late, periods
from registry.queries.saved_filters import saved_filters
from registry.queries.waiting import Waiting

router = APIRouter(prefix="/review", dependencies=[open_to(Audience.MINISTRY)])

State = Annotated[ReviewState | None, BeforeValidator(blank_to_none), Query()]
Number = Annotated[int, Query(alias="page", ge=1)]

# Decisions that can still be changed are what one comes back for.
_LIVE = (ReviewState.APPROVED, ReviewState.SUSPENDED, ReviewState.REVOKED)
# What one chooses from, by the question it answers.
_CHOICES = {
    "state": lists.STATES,
    "urban_class": UrbanClass,
    "unit_type": UnitType,
    "area": ProblemArea,
    "risk": RISKS,
    "round": Round,
    "service": Service,
    "held": Held,
    "reading": Reading,
    "order": Order,
}


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as its reader meets it: `days` waiting, `left` until the service target is missed
    (negative once it is), in whose hands, and why they cannot decide it, if they cannot."""

    line: Waiting
    days: int
    left: int
    held: Held
    why_not: str


@router.get("")
def queue(
    request: Request,
    db: Db,
    me: Me,
    now: Now,
    wanted: waiting.Wanted,
    number: Number = 1,
    everything: Annotated[str, Query(alias="all")] = "",
    done: Words = "",
) -> Response:
    saved = saved_filters(db, me.actor)
    default = next((each for each in saved if each.default), None)
    if default is not None and not request.url.query and not everything:
        return see(waiting.address(default.wanted))
    counts = lists.tally(db, me.actor, now, wanted)
    at = nearest(number, counts.total)
    found = lists.queue(db, me.actor, now, wanted, limit=PAGE_SIZE, offset=(at - 1) * PAGE_SIZE)
    answer = page(
        request,
        "review/queue.html",
        leaf=Leaf([_row(line, me.actor, now) for line in found], counts.total, at),
        counts=counts,
        late=late(db, use_cases=[line.use_case_code for line in found]),
        wanted=wanted,
        chosen=wanted.given(),
        choices=_CHOICES,
        provinces=lists.provinces(db, me.actor, now),
        periods=periods(db),
        saved=saved,
        reports_unread=how_many(db, Wanted(ReportState.RECEIVED), day_of(now)),
        seen_at=moment(db, now).known_at,
        done=review_hands.notice(done),
    )
    waiting.remember(request, answer, wanted)
    return answer


@router.get("/entries")
def entries(
    request: Request,
    db: Db,
    today: Today,
    q: Words = "",
    state: State = None,
    number: Number = 1,
) -> HTMLResponse:
    counts = review.counts(db, today, review.Filter(review.DECIDED, words=q))
    wanted = review.Filter(_only(state, review.DECIDED) if state else _LIVE, words=q)
    total = sum(counts[each] for each in wanted.states)
    at = nearest(number, total)
    lines = review.decided(db, today, wanted, limit=PAGE_SIZE, offset=(at - 1) * PAGE_SIZE)
    return page(
        request,
        "review/entries.html",
        leaf=Leaf(lines, total, at),
        counts=counts,
        late=late(db, use_cases=[line.use_case_code for line in lines]),
        chosen={name: value for name, value in (("q", q), ("state", state)) if value},
        states=review.DECIDED,
    )


def _row(line: Waiting, actor: Actor, now: datetime) -> Row:
    today: date = day_of(now)
    refusal = line.why_not(actor, now)
    # That somebody's role decides nothing is not said on every line.
    told = refusal is not None and type(refusal) is not Forbidden
    return Row(
        line,
        (today - day_of(line.submitted_at)).days,
        (line.due_on - today).days,
        line.held_by(actor, now),
        words_of(refusal) if told and refusal is not None else "",
    )


def _only(state: ReviewState | None, states: tuple[ReviewState, ...]) -> tuple[ReviewState, ...]:
    """The states to list: the one asked for, as far as this list shows it."""
    return states if state is None else tuple(each for each in states if each is state)


router.include_router(review_filters.router)
router.include_router(review_together.router)
router.include_router(review_hands.router)
router.include_router(review_entry.router)
router.include_router(review_threads.router)
