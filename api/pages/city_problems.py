"""The city's desk: its pressing problems - declare one, read it, withdraw it."""

from http import HTTPStatus
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms
from api.deps import Acting, Db, Form, Me
from api.fields import problem_names
from api.pages.city_view import Desk, notice, own_desk, own_version, see
from api.refusals import status_of, words_of
from api.rendering import page
from registry.actions import declare
from registry.domain.errors import InvalidInput, NotFound, RegistryError, Stale, WrongState
from registry.domain.intake import ProblemDraft, ProblemWithdrawalDraft
from registry.domain.model import Action, BasisKind, ProblemArea
from registry.queries import entries
from registry.queries.entries import Problem, Version
from registry.queries.links import broken

router = APIRouter(prefix="/desk/{city_code}/problems")

_FIELDS = tuple(ProblemDraft.model_fields)
_DATES = ("declared_on", "basis_date")


@router.get("/new")
def problem_form(
    request: Request, db: Db, me: Me, city_code: str, draft: UUID | None = None, want: str = ""
) -> Response:
    """To go back to: `draft` is the version one was writing, `want` the example of another city."""
    back = {"draft": "" if draft is None else str(draft), "want": want}
    return _form_page(request, own_desk(db, me, city_code), back, {})


@router.post("/new")
def declare_problem(
    request: Request, db: Db, me: Me, act: Acting, city_code: str, form: Form
) -> Response:
    own = own_desk(db, me, city_code)
    typed = {name: forms.text(form, name) for name in (*_FIELDS, "draft", "want")}
    given = {name: typed[name] for name in _FIELDS}
    given |= {name: forms.iso_date(typed[name]) for name in _DATES}
    writing = _draft_being_written(db, own, typed["draft"])
    try:
        problem = declare.declare_problem(act, city_code, ProblemDraft.read(forms.filled(given)))
    except InvalidInput as error:
        return _form_page(request, own, typed, forms.sentences(error.problems))
    if writing is not None:
        return see(own.address(f"/versions/{writing.id}/edit?done=problem#problem"))
    if typed["want"]:
        return see(own.address(f"/want/{quote(typed['want'], safe='')}?problem={problem.id}"))
    return see(own.address(f"/problems/{problem.id}?done=problem"))


@router.get("/{problem_id:uuid}")
def show_problem(
    request: Request, db: Db, me: Me, city_code: str, problem_id: UUID, done: str = ""
) -> Response:
    own = own_desk(db, me, city_code)
    return _problem_page(request, db, own, problem_id, done=done)


@router.post("/{problem_id:uuid}")
def withdraw_problem(
    request: Request,
    db: Db,
    me: Me,
    act: Acting,
    city_code: str,
    problem_id: UUID,
    form: Form,
) -> Response:
    own = own_desk(db, me, city_code)
    _own_problem(db, own, problem_id)
    typed = {name: forms.text(form, name) for name in ("reason", "withdrawn_on")}
    given = typed | {"withdrawn_on": forms.iso_date(typed["withdrawn_on"])}
    try:
        draft = ProblemWithdrawalDraft.read(forms.filled(given))
        declare.withdraw_problem(act, problem_id, draft, forms.revision(form))
    except InvalidInput as error:
        wrong = forms.sentences(error.problems)
        return _problem_page(request, db, own, problem_id, typed, wrong)
    except (Stale, WrongState) as refused:
        return _problem_page(request, db, own, problem_id, typed, refused=refused)
    return see(own.address(f"/problems/{problem_id}?done=problem-withdrawn"))


def _draft_being_written(db: Session, own: Desk, text: str) -> Version | None:
    if not text:
        return None
    try:
        return own_version(db, own, UUID(text))
    except ValueError:
        raise NotFound from None


def _own_problem(db: Session, own: Desk, problem_id: UUID) -> Problem:
    problem = entries.problem(db, problem_id)
    if problem is None or problem.city_id != own.city_id:
        raise NotFound
    return problem


def _form_page(
    request: Request, own: Desk, values: dict[str, str], errors: dict[str, str]
) -> Response:
    return page(
        request,
        "city/problem_form.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        desk=own,
        values=values,
        errors=errors,
        areas=forms.options(ProblemArea),
        bases=forms.options(BasisKind),
        names=problem_names(),
    )


def _problem_page(
    request: Request,
    db: Session,
    own: Desk,
    problem_id: UUID,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    refused: RegistryError | None = None,
    done: str = "",
) -> Response:
    problem = _own_problem(db, own, problem_id)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return page(
        request,
        "city/problem.html",
        status=status if refused is None else status_of(refused),
        desk=own,
        problem=problem,
        broken=broken(db, [problem.basis_url]),
        addressed_by=[
            v
            for v in entries.latest_versions(db, own.actor, city_code=own.home.code)
            if problem.id in v.draft.problem_ids
        ],
        may_withdraw=problem.withdrawn_at is None and own.may(Action.WITHDRAW_PROBLEM),
        values=values or {},
        errors=errors or {},
        names=problem_names(),
        refused="" if refused is None else words_of(refused),
        notice=notice(done),
    )
