"""The public's letter box: reporting an error in an entry, and following what becomes of it.

Nothing here is kept by browsers or between: a form carries a stamp, an address a code.
"""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import BeforeValidator
from starlette.responses import Response

from api import forms, i18n
from api.audience import Audience, open_to
from api.deps import Acting, Config, Db, Form, Now, Today
from api.error_form import (
    DISCREET,
    FIELDS,
    Filled,
    filled,
    new_stamp,
    spaced,
    submission,
    unspaced,
)
from api.field_words import sentence
from api.fields import field_names
from api.i18n import gettext, mark
from api.pages.listing import Code
from api.refusals import status_of, words_of
from api.rendering import page
from registry.actions import error_reports as acts
from registry.actions.account import token_hash
from registry.actions.act import Act
from registry.domain.error_reports import KEPT_DAYS, Category, Outcome, ReportAct, ReportState
from registry.domain.errors import (
    FieldProblem,
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    RegistryError,
    TooManyReports,
)
from registry.domain.kinds import blank_to_none
from registry.queries import error_reports as queries
from registry.queries.error_reports import Aimed
from registry.queries.moments import moment
from registry.settings import Settings

router = APIRouter(dependencies=[open_to(Audience.PUBLIC)])

Shown = Annotated[int | None, BeforeValidator(blank_to_none), Query(ge=1, le=1_000_000)]
Tracking = Annotated[str, Path(max_length=100)]

NAMES = {
    "category": mark("What is wrong"),
    "field": mark("Which part of the entry"),
    "text": mark("What is wrong, and what would be right"),
    "contact": mark("Your e-mail address"),
    "website": mark("Leave this empty"),
}
_NOTICES = {
    "sent": mark("Your report came in. Thank you."),
    "withdrawn": mark("You have withdrawn the report. What you wrote was deleted."),
    "forgotten": mark("Your address was deleted. The report goes on."),
}


@router.get("/use-cases/{code}/report")
def use_case_form(
    request: Request, db: Db, config: Config, now: Now, code: Code, version: Shown = None
) -> Response:
    aimed = queries.use_case_aimed_at(db, code, version)
    return _form(request, aimed, new_stamp(config, aimed.about, now))


@router.post("/use-cases/{code}/report")
def report_use_case(
    request: Request,
    act: Acting,
    config: Config,
    now: Now,
    code: Code,
    form: Form,
    version: Shown = None,
) -> Response:
    aimed = queries.use_case_aimed_at(act.session, code, version)
    return _sent(request, act, config, aimed, filled(config, aimed.about, form, now))


@router.get("/cities/{code}/report")
def city_form(request: Request, db: Db, config: Config, now: Now, code: Code) -> Response:
    aimed = queries.city_aimed_at(db, code, moment(db, now))
    return _form(request, aimed, new_stamp(config, aimed.about, now))


@router.post("/cities/{code}/report")
def report_city(
    request: Request, act: Acting, config: Config, now: Now, code: Code, form: Form
) -> Response:
    aimed = queries.city_aimed_at(act.session, code, moment(act.session, now))
    return _sent(request, act, config, aimed, filled(config, aimed.about, form, now))


@router.get("/reports")
def ask_for_code(request: Request) -> Response:
    return page(request, "public/error_code.html", headers=DISCREET, values={}, errors={})


@router.post("/reports")
def find(request: Request, db: Db, form: Form) -> Response:
    typed = forms.text(form, "code")
    code = unspaced(typed)
    if queries.tracked(db, token_hash(code)) is None:
        return page(
            request,
            "public/error_code.html",
            status=HTTPStatus.NOT_FOUND,
            headers=DISCREET,
            values={"code": typed},
            errors={"/code": gettext(mark("There is no report of this code. Check each sign."))},
        )
    return _see(code)


@router.get("/reports/{tracking}")
def track(
    request: Request, db: Db, config: Config, today: Today, tracking: Tracking, done: str = ""
) -> Response:
    found = queries.tracked(db, token_hash(tracking))
    if found is None:
        raise NotFound
    return page(
        request,
        "public/error_report.html",
        headers=DISCREET,
        report=found,
        code=spaced(tracking),
        path=f"/reports/{tracking}",
        address=f"{config.site}/{i18n.current()}/reports/{tracking}",
        has_contact=queries.has_contact(db, found.id),
        possible=found.possible(today),
        today=today,
        names=field_names(),
        kept_days=KEPT_DAYS,
        notice=gettext(_NOTICES.get(done, "")),
        sent=done == "sent",
        ReportAct=ReportAct,
        ReportState=ReportState,
        Outcome=Outcome,
    )


@router.post("/reports/{tracking}/withdraw")
def withdraw(act: Acting, tracking: Tracking) -> Response:
    acts.withdraw(act, tracking)
    return _see(tracking, "withdrawn")


@router.post("/reports/{tracking}/forget")
def forget(act: Acting, tracking: Tracking) -> Response:
    acts.forget_contact(act, tracking)
    return _see(tracking, "forgotten")


def _sent(request: Request, act: Act, config: Settings, aimed: Aimed, given: Filled) -> Response:
    if given.draft is None or given.ticket is None or given.problems:
        refused = InvalidInput(given.problems)
        return _form(request, aimed, given.stamp, given.typed, refused)
    sender = submission(request, config, given.ticket.nonce)
    try:
        # Its own savepoint: the page that says no is shown by the same transaction.
        with act.session.begin_nested():
            sent = acts.send(act, aimed, given.draft, sender)
    except IdempotencyKeyReused:
        again = InvalidInput([FieldProblem("", "form_sent_already")])
        stamp = new_stamp(config, aimed.about, act.clock())
        return _form(request, aimed, stamp, given.typed, again)
    except (InvalidInput, TooManyReports) as error:
        return _form(request, aimed, given.stamp, given.typed, error)
    return _see(sent.code, "sent")


def _form(
    request: Request,
    aimed: Aimed,
    stamp: str,
    typed: Any = None,
    refused: RegistryError | None = None,
) -> Response:
    problems = refused.problems if isinstance(refused, InvalidInput) else ()
    general = [sentence(each) for each in problems if not each.pointer]
    if refused is not None and not isinstance(refused, InvalidInput):
        general.append(words_of(refused))
    number = aimed.about.version
    return page(
        request,
        "public/error_form.html",
        status=HTTPStatus.OK if refused is None else status_of(refused),
        headers=DISCREET,
        aimed=aimed,
        address=f"/{i18n.current()}{aimed.about.path}/report"
        + ("" if number is None else f"?version={number}"),
        stamp=stamp,
        values=typed or dict.fromkeys(FIELDS, ""),
        errors=forms.sentences(each for each in problems if each.pointer),
        refused=general,
        names={name: gettext(words) for name, words in NAMES.items()},
        categories=forms.options(Category),
        kept_days=KEPT_DAYS,
    )


def _see(code: str, done: str = "") -> Response:
    query = f"?done={done}" if done else ""
    return RedirectResponse(
        f"/{i18n.current()}/reports/{code}{query}", HTTPStatus.SEE_OTHER, headers=DISCREET
    )
