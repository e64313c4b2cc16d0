"""The ministry's desk: what two readers differ on, which waits for the lead, and how often they do.

For all of its people: what a reader said is behind none of these lines.
"""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api import forms
from api.audience import Audience, open_to
from api.deps import Db
from api.pages.listing import Words
from api.refusals import status_of
from api.rendering import page
from registry.domain.errors import InvalidInput
from registry.domain.intake import SpanDraft
from registry.queries import opinions

router = APIRouter(prefix="/review/differences", dependencies=[open_to(Audience.MINISTRY)])


@router.get("")
def every(request: Request, db: Db, since: Words = "", until: Words = "") -> HTMLResponse:
    span, errors, status = SpanDraft(), {}, HTTPStatus.OK
    typed = {"since": since, "until": until}
    try:
        span = SpanDraft.read({name: forms.iso_date(day) for name, day in typed.items()})
    except InvalidInput as error:
        errors, status = forms.sentences(error.problems), status_of(error)
    pairs = opinions.agreement(db, span.since, span.until)
    return page(
        request,
        "review/differences.html",
        status=status,
        differences=opinions.differences(db),
        pairs=pairs,
        total=opinions.in_all(pairs),
        typed=typed,
        errors=errors,
    )
