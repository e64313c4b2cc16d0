"""The ministry's desk: the queue, the entries decided on. `review_entry` has the entry itself."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BeforeValidator

from api.audience import Audience, open_to
from api.deps import Db, Me, Today
from api.pages import review_entry, review_threads
from api.pages.listing import PAGE_SIZE, Leaf, Words, nearest
from api.rendering import page
from registry.domain.kinds import blank_to_none
from registry.domain.model import ProblemArea, ReviewState
from registry.queries import review
from registry.queries.moments import today as day_of
from registry.queries.periods import late

router = APIRouter(prefix="/review", dependencies=[open_to(Audience.MINISTRY)])

Area = Annotated[ProblemArea | None, BeforeValidator(blank_to_none), Query()]
State = Annotated[ReviewState | None, BeforeValidator(blank_to_none), Query()]
Number = Annotated[int, Query(alias="page", ge=1)]

# Decisions that can still be changed are what one comes back for.
_LIVE = (ReviewState.APPROVED, ReviewState.SUSPENDED, ReviewState.REVOKED)


@router.get("")
def queue(
    request: Request,
    db: Db,
    me: Me,
    today: Today,
    province: Words = "",
    area: Area = None,
    state: State = None,
    number: Number = 1,
) -> HTMLResponse:
    wanted = review.Filter(review.WAITING, province, area)
    counts = review.counts(db, today, wanted)
    wanted = replace(wanted, states=_only(state, review.WAITING))
    total = sum(counts[each] for each in wanted.states)
    at = nearest(number, total)
    lines = review.queue(db, today, wanted, limit=PAGE_SIZE, offset=(at - 1) * PAGE_SIZE)
    return page(
        request,
        "review/queue.html",
        leaf=Leaf([(line, (today - day_of(line.submitted_at)).days) for line in lines], total, at),
        counts=counts,
        late=late(db, use_cases=[line.use_case_code for line in lines]),
        chosen=_given(province=province, area=area, state=state),
        provinces=review.provinces(db, today, review.WAITING),
        areas=ProblemArea,
        states=review.WAITING,
        me=me.actor,
    )


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
        chosen=_given(q=q, state=state),
        states=review.DECIDED,
    )


def _only(state: ReviewState | None, states: tuple[ReviewState, ...]) -> tuple[ReviewState, ...]:
    """The states to list: the one asked for, as far as this list shows it."""
    return states if state is None else tuple(each for each in states if each is state)


def _given(**filters: object) -> dict[str, object]:
    return {name: value for name, value in filters.items() if value}


router.include_router(review_entry.router)
router.include_router(review_threads.router)
