"""The city's desk: what the public reports as wrong in its entries, and the city's answers."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms
from api.deps import Acting, Db, Form, Me, Today
from api.fields import field_names
from api.i18n import gettext, mark
from api.pages.city_view import Desk, own_desk, see
from api.refusals import status_of, words_of
from api.rendering import page
from registry.actions import error_desk as acts
from registry.domain.error_intake import AnswerDraft
from registry.domain.error_reports import FOR_THE_CITY, Outcome, ReportAct, ReportState
from registry.domain.errors import InvalidInput, NotFound, RegistryError, WrongState
from registry.domain.model import Action
from registry.queries import entries
from registry.queries import error_reports as queries
from registry.queries.error_reports import Report

router = APIRouter(prefix="/desk/{city_code}/reports")

_NAMES = {
    "outcome": mark("What the city does"),
    "version": mark("In which version"),
    "text": mark("Answer"),
}


@router.get("")
def every(request: Request, db: Db, me: Me, today: Today, city_code: str) -> Response:
    own = own_desk(db, me, city_code)
    return page(
        request,
        "city/reports.html",
        desk=own,
        reports=queries.of_city(db, own.city_id),
        names=field_names(),
        today=today,
    )


@router.get("/{report_id:uuid}")
def one(
    request: Request,
    db: Db,
    me: Me,
    today: Today,
    city_code: str,
    report_id: UUID,
    done: str = "",
) -> Response:
    own = own_desk(db, me, city_code)
    return _page(request, db, own, today, report_id, done=done)


@router.post("/{report_id:uuid}")
def answer(
    request: Request,
    act: Acting,
    me: Me,
    today: Today,
    city_code: str,
    report_id: UUID,
    form: Form,
) -> Response:
    own = own_desk(act.session, me, city_code)
    found = _own_report(act.session, own, report_id)
    typed = {name: forms.text(form, name) for name in AnswerDraft.model_fields}
    try:
        acts.answer(act, found.id, AnswerDraft.read(forms.filled(typed)))
    except (InvalidInput, WrongState) as error:
        return _page(request, act.session, own, today, report_id, typed=typed, refused=error)
    return see(own.address(f"/reports/{report_id}?done=answered"))


def _page(
    request: Request,
    db: Session,
    own: Desk,
    today: Today,
    report_id: UUID,
    *,
    done: str = "",
    typed: dict[str, Any] | None = None,
    refused: RegistryError | None = None,
) -> Response:
    found = _own_report(db, own, report_id)
    problems = refused.problems if isinstance(refused, InvalidInput) else ()
    versions = []
    if found.about.use_case_code:
        versions = entries.versions(db, own.actor, use_case_code=found.about.use_case_code)
    may = own.may(Action.ANSWER_REPORT) and ReportAct.ANSWER in found.possible(today)
    return page(
        request,
        "city/report.html",
        status=HTTPStatus.OK if refused is None else status_of(refused),
        desk=own,
        report=found,
        may_answer=may,
        versions=versions,
        outcomes=forms.options(Outcome),
        values=typed or {},
        errors=forms.sentences(problems),
        refused="" if refused is None or problems else words_of(refused),
        names={name: gettext(words) for name, words in _NAMES.items()},
        fields=field_names(),
        notice=gettext(mark("The answer was sent.")) if done == "answered" else "",
        today=today,
        ReportState=ReportState,
    )


def _own_report(db: Session, own: Desk, report_id: UUID) -> Report:
    """Raises NotFound for another city's, and for what was not given to this one."""
    found = queries.report(db, report_id)
    if found is None or found.city_id != own.city_id or found.state not in FOR_THE_CITY:
        raise NotFound
    return found
