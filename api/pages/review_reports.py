"""The ministry's desk: reports of errors, read, judged, given to their city, and closed."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BeforeValidator
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms
from api.audience import Audience, open_to
from api.deps import Acting, Db, Form, Me, Now, Today
from api.fields import field_names
from api.i18n import gettext, mark
from api.pages.listing import PAGE_SIZE, Leaf, nearest
from api.pages.review_desk import see
from api.refusals import status_of, words_of
from api.rendering import page
from registry.actions import error_desk as acts
from registry.domain.error_intake import ClosingDraft, DismissalDraft, ForwardDraft, ReturnDraft
from registry.domain.error_reports import (
    ASKING,
    KEPT_DAYS,
    LONGEST_DAYS,
    Category,
    ReportAct,
    ReportState,
    last_day,
    reads_reporter,
)
from registry.domain.errors import InvalidInput, NotFound, OwnWork, RegistryError, WrongState
from registry.domain.kinds import blank_to_none
from registry.domain.model import REGISTER, Action, Actor
from registry.domain.permissions import can, check
from registry.queries import error_reports as queries
from registry.queries.desk_policy import policy
from registry.queries.error_reports import Wanted
from registry.queries.moments import today as day_of

router = APIRouter(prefix="/review/reports", dependencies=[open_to(Audience.MINISTRY)])

State = Annotated[ReportState | None, BeforeValidator(blank_to_none), Query()]
Kind = Annotated[Category | None, BeforeValidator(blank_to_none), Query()]
Number = Annotated[int, Query(alias="page", ge=1)]

# The field of each act's form, for the draft's `text`.
_TEXTS = {
    ReportAct.FORWARD: "wording",
    ReportAct.DISMISS: "reason",
    ReportAct.RETURN: "lack",
    ReportAct.CLOSE: "remark",
}
_NAMES = {
    "wording": mark("What the city is to read"),
    "due_on": mark("Last day for the answer"),
    "reason": mark("Why it is not taken up"),
    "lack": mark("What the answer lacks"),
    "remark": mark("What the public reads, or a remark for the reporter"),
    "published": mark("Report and answer are shown on the page of the entry"),
}
_NOTICES = {
    "dismiss": mark("The report was not taken up."),
    "forward": mark("The report was given to the city."),
    "return": mark("The answer was sent back to the city."),
    "close": mark("The report was closed."),
}


@router.get("")
def queue(
    request: Request,
    db: Db,
    me: Me,
    today: Today,
    state: State = None,
    category: Kind = None,
    late: bool = False,
    number: Number = 1,
) -> Response:
    check(me.actor, Action.VIEW_QUEUE, REGISTER)
    wanted = Wanted(state, category, late)
    total = queries.how_many(db, wanted, today)
    at = nearest(number, total)
    found = queries.queue(db, wanted, today, limit=PAGE_SIZE, offset=(at - 1) * PAGE_SIZE)
    chosen = {"state": state, "category": category, "late": "true" if late else None}
    return page(
        request,
        "review/reports.html",
        leaf=Leaf(found, total, at),
        counts=queries.counts(db),
        late=queries.how_many(db, Wanted(overdue=True), today),
        chosen={name: str(value) for name, value in chosen.items() if value is not None},
        categories=forms.options(Category),
        names=field_names(),
        today=today,
    )


@router.get("/{report_id:uuid}")
def one(request: Request, db: Db, me: Me, now: Now, report_id: UUID, done: str = "") -> Response:
    check(me.actor, Action.VIEW_QUEUE, REGISTER)
    return _page(request, db, me.actor, now, report_id, notice=_NOTICES.get(done, ""))


@router.post("/{report_id:uuid}")
def act_on(
    request: Request, act: Acting, me: Me, now: Now, report_id: UUID, form: Form
) -> Response:
    """Does what the button says: dismiss, forward, send back or close."""
    check(me.actor, Action.MODERATE_REPORT, REGISTER)
    pressed = forms.text(form, "action")
    if pressed not in set(_TEXTS):
        raise NotFound
    doing = ReportAct(pressed)
    try:
        _do(act, report_id, doing, form)
    except (InvalidInput, OwnWork, WrongState) as error:
        return _page(
            request, act.session, me.actor, now, report_id, form=form, doing=doing, refused=error
        )
    return see(f"/review/reports/{report_id}?done={doing}")


def _do(act: Acting, report_id: UUID, doing: ReportAct, form: dict[str, Any]) -> None:
    given: dict[str, Any] = forms.filled({"text": forms.text(form, _TEXTS[doing])})
    if doing is ReportAct.DISMISS:
        acts.dismiss(act, report_id, DismissalDraft.read(given))
    elif doing in ASKING:
        given["due_on"] = forms.iso_date(forms.text(form, "due_on"))
        if doing is ReportAct.FORWARD:
            acts.forward(act, report_id, ForwardDraft.read(given))
        else:
            acts.send_back(act, report_id, ReturnDraft.read(given))
    else:
        given["published"] = forms.text(form, "published") == "true"
        acts.close(act, report_id, ClosingDraft.read(given))


def _page(
    request: Request,
    db: Session,
    actor: Actor,
    now: Now,
    report_id: UUID,
    *,
    notice: str = "",
    form: dict[str, Any] | None = None,
    doing: ReportAct | None = None,
    refused: RegistryError | None = None,
) -> Response:
    found = queries.report(db, report_id)
    if found is None:
        raise NotFound
    today = day_of(now)
    problems = refused.problems if isinstance(refused, InvalidInput) else ()
    errors = forms.sentences(problems)
    if doing is not None and "/text" in errors:
        errors[f"/{_TEXTS[doing]}"] = errors.pop("/text")
    may = can(actor, Action.MODERATE_REPORT, found.subject)
    forwarded = found.forwarded
    return page(
        request,
        "review/report.html",
        status=HTTPStatus.OK if refused is None else status_of(refused),
        report=found,
        words=queries.words(db, actor, found),
        reads=reads_reporter(actor, found.city_id),
        own_city=found.city_id in actor.city_ids,
        possible=found.possible(today) if may else frozenset(),
        policy_day=last_day(today, policy(db, today).report_days),
        longest_days=LONGEST_DAYS,
        kept_days=KEPT_DAYS,
        values=form or {"remark": forwarded.text if forwarded else ""},
        errors=errors,
        refused="" if refused is None or problems else words_of(refused),
        names={name: gettext(words) for name, words in _NAMES.items()},
        fields=field_names(),
        notice=gettext(notice),
        today=today,
        ReportAct=ReportAct,
        ReportState=ReportState,
    )
