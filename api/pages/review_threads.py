"""The ministry's desk: comments on an entry, for its city or among colleagues."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api.deps import Acting, Form, Me, Now
from api.pages.listing import Code
from api.pages.review_desk import find
from api.pages.review_entry import answered_with
from api.talk import Refused, answer, begin

router = APIRouter()

ThreadId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.post("/{use_case_code}/{number}/threads")
def start(
    request: Request, act: Acting, me: Me, now: Now, form: Form, use_case_code: Code, number: int
) -> Response:
    version = find(act.session, me.actor, use_case_code, number)
    done = begin(act, version, form)
    return answered_with(request, act.session, me.actor, now, version, done)


@router.post("/{use_case_code}/{number}/threads/{thread}")
def reply(
    request: Request,
    act: Acting,
    me: Me,
    now: Now,
    form: Form,
    use_case_code: Code,
    number: int,
    thread: ThreadId,
) -> Response:
    version = find(act.session, me.actor, use_case_code, number)
    done: int | Refused = answer(act, version, thread, form)
    return answered_with(request, act.session, me.actor, now, version, done)
