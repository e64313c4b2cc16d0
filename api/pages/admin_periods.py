"""The administrator's desk: reporting periods, their cut-offs, publishing the figure of one."""

from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms, i18n
from api.audience import Audience, open_to
from api.deps import Acting, Config, Db, Form, Me, Now
from api.i18n import gettext, mark
from api.pages.listing import Code
from api.refusals import words_of
from api.rendering import page
from api.report import document
from api.report_file import handed_over, known_kind
from registry.actions import periods as acts
from registry.domain.errors import (
    FieldProblem,
    InvalidInput,
    NotFound,
    PeriodOpen,
    RegistryError,
    RollMissing,
    Stale,
    WrongState,
)
from registry.domain.model import REGISTER, Action
from registry.domain.period_intake import ExtensionDraft, PeriodDraft, PublicationDraft
from registry.domain.periods import Phase
from registry.domain.permissions import check
from registry.queries.coverage import coverage, targets
from registry.queries.figures import SERIES, figure
from registry.queries.moments import moment
from registry.queries.periods import Period, late, period, periods
from registry.queries.reports import report, reviewing

router = APIRouter(prefix="/admin/periods", dependencies=[open_to(Audience.MINISTRY)])

_NAMES = {
    "code": mark("Code of the period"),
    "name_vi": mark("Name of the period in Vietnamese"),
    "name_en": mark("Name of the period in English"),
    "reporting_day": mark("Reporting day"),
    "target_year": mark("Measured against the target of"),
    "cut_off_day": mark("Last day for submissions"),
    "cut_off_time": mark("Time of that day"),
    "reason": mark("Reason"),
    "counted": mark("Cities counted"),
    "total": mark("Cities in total"),
}
_DAYS = ("reporting_day", "cut_off_day")
_NOTICES = {
    "announced": mark("The period was announced."),
    "extended": mark("The cut-off was put off."),
    "published": mark("The figure was published."),
}


@router.get("")
def every(request: Request, db: Db, me: Me, now: Now) -> Response:
    check(me.actor, Action.MANAGE_PERIODS, REGISTER)
    found = [(each, each.phase(now)) for each in periods(db)]
    return page(request, "admin/periods.html", periods=found)


@router.get("/new")
def new_form(request: Request, db: Db, me: Me, now: Now) -> Response:
    check(me.actor, Action.MANAGE_PERIODS, REGISTER)
    return _new_page(request, db, now, {})


@router.post("/new")
def new(request: Request, me: Me, act: Acting, now: Now, form: Form) -> Response:
    check(me.actor, Action.MANAGE_PERIODS, REGISTER)
    typed = {name: forms.text(form, name) for name in PeriodDraft.model_fields}
    try:
        made = acts.announce(act, PeriodDraft.read(_given(typed)))
    except InvalidInput as error:
        return _new_page(request, act.session, now, typed, error)
    return _see(made.code, "announced")


@router.get("/{period_code}")
def one(request: Request, db: Db, me: Me, now: Now, period_code: Code, done: str = "") -> Response:
    check(me.actor, Action.MANAGE_PERIODS, REGISTER)
    return _period_page(request, db, now, period_code, done=done)


@router.post("/{period_code}/extend")
def extend(
    request: Request, me: Me, act: Acting, now: Now, period_code: Code, form: Form
) -> Response:
    check(me.actor, Action.MANAGE_PERIODS, REGISTER)
    typed = {name: forms.text(form, name) for name in ExtensionDraft.model_fields}
    try:
        acts.extend(act, period_code, ExtensionDraft.read(_given(typed)))
    except (InvalidInput, WrongState) as error:
        return _period_page(request, act.session, now, period_code, typed=typed, refused=error)
    return _see(period_code, "extended")


@router.post("/{period_code}/publish")
def publish(
    request: Request, me: Me, act: Acting, now: Now, period_code: Code, form: Form
) -> Response:
    """Publishes the figure that the form showed; another one is shown again."""
    check(me.actor, Action.MANAGE_PERIODS, REGISTER)
    seen = {name: forms.text(form, name) for name in PublicationDraft.model_fields}
    try:
        acts.publish(act, period_code, PublicationDraft.read(seen))
    except (InvalidInput, PeriodOpen, RollMissing, Stale, WrongState) as error:
        return _period_page(request, act.session, now, period_code, refused=error)
    return _see(period_code, "published")


@router.get("/{period_code}/report.{kind}")
def report_file(db: Db, me: Me, now: Now, config: Config, period_code: Code, kind: str) -> Response:
    """The ministry's report: as known now, with late entries and what reviewers did."""
    check(me.actor, Action.MANAGE_PERIODS, REGISTER)
    known_kind(kind)
    found = _period(db, period_code)
    when = moment(db, now, found.reporting_day)
    made = report(db, found, when)
    since = None if made.before is None else made.before.period.cut_off
    address = f"{config.site}/{i18n.current()}/figures/{period_code}"
    told = document(made, address, reviewing(db, when, since))
    return handed_over(told, kind, period_code, {"Cache-Control": "private, no-store"})


def _period_page(
    request: Request,
    db: Session,
    now: datetime,
    code: str,
    *,
    typed: dict[str, str] | None = None,
    refused: RegistryError | None = None,
    done: str = "",
) -> Response:
    found = _period(db, code)
    when = moment(db, now, found.reporting_day)
    problems = refused.problems if isinstance(refused, InvalidInput) else ()
    return page(
        request,
        "admin/period.html",
        status=HTTPStatus.OK if refused is None else HTTPStatus.UNPROCESSABLE_ENTITY,
        period=found,
        phase=found.phase(now),
        Phase=Phase,
        figure=coverage(db, when, SERIES),
        published=figure(db, code),
        late=sorted(late(db, when.position, period_code=code).items()),
        values=typed or {},
        errors=forms.sentences(problems),
        refused="" if refused is None or problems else words_of(refused),
        names=_names(),
        notice=gettext(_NOTICES[done]) if done in _NOTICES else "",
    )


def _new_page(
    request: Request,
    db: Session,
    now: datetime,
    typed: dict[str, str],
    refused: InvalidInput | None = None,
) -> Response:
    known = targets(db, moment(db, now))
    return page(
        request,
        "admin/period_new.html",
        status=HTTPStatus.OK if refused is None else HTTPStatus.UNPROCESSABLE_ENTITY,
        values=typed,
        errors={} if refused is None else forms.sentences(_as_asked(refused.problems)),
        names=_names(),
        years=[(str(target.year), f"{target.year}: {target.percent}%") for target in known],
    )


def _as_asked(problems: Iterable[FieldProblem]) -> list[FieldProblem]:
    """In the order in which the form asks."""
    return sorted(problems, key=lambda p: list(_NAMES).index(p.pointer.removeprefix("/")))


def _period(db: Session, code: str) -> Period:
    found = period(db, code)
    if found is None:
        raise NotFound
    return found


def _given(typed: dict[str, str]) -> dict[str, str]:
    given = forms.filled(typed)
    return given | {name: forms.iso_date(given[name]) for name in _DAYS if name in given}


def _names() -> dict[str, str]:
    return {name: gettext(words) for name, words in _NAMES.items()}


def _see(code: str, done: str) -> Response:
    address = f"/{i18n.current()}/admin/periods/{code}?done={done}"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)
