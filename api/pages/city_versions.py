"""The city's desk: a version as its reviewer reads it - check, submit, withdraw, write the next."""

from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms
from api.deps import Acting, Db, Form, Me, Today
from api.errors import sentence, status_of, words_of
from api.fields import field_names, field_of, sections
from api.pages.city_view import (
    Desk,
    notice,
    own_desk,
    own_version,
    progress,
    see,
)
from api.pages.files import proof
from api.rendering import page
from registry.actions import declare
from registry.domain.errors import (
    FieldProblem,
    InvalidInput,
    NotFound,
    RegistryError,
    Stale,
    WrongState,
)
from registry.domain.intake import SubmissionDraft, WithdrawalDraft
from registry.domain.model import PUBLIC_STATES, Action, ReviewState
from registry.queries import desk, entries

router = APIRouter(prefix="/desk/{city_code}/versions/{version_id:uuid}")


@router.get("")
def show_version(
    request: Request,
    db: Db,
    me: Me,
    today: Today,
    city_code: str,
    version_id: UUID,
    done: str = "",
) -> Response:
    own = own_desk(db, me, city_code)
    return _version_page(request, db, own, version_id, today, done=done)


@router.post("")
def move_version(
    request: Request,
    db: Db,
    me: Me,
    act: Acting,
    today: Today,
    city_code: str,
    version_id: UUID,
    form: Form,
) -> Response:
    """Submits the version, withdraws it or opens the next, as the form's `action` says."""
    own = own_desk(db, me, city_code)
    own_version(db, own, version_id)
    typed = {name: forms.text(form, name) for name in _TYPED}
    seen = forms.revision(form)
    try:
        match forms.text(form, "action"):
            case Action.SUBMIT:
                declare.submit(act, version_id, seen, SubmissionDraft.read(_letter(form)))
                after = f"{version_id}?done=submitted"
            case Action.WITHDRAW:
                why = WithdrawalDraft.read({"reason": typed["reason"]})
                declare.withdraw(act, version_id, why, seen)
                after = f"{version_id}?done=withdrawn"
            case Action.REVISE:
                after = f"{declare.revise(act, version_id, seen).id}/edit?done=revised"
            case _:
                raise NotFound
    except (InvalidInput, Stale, WrongState) as refused:
        return _version_page(request, db, own, version_id, today, typed=typed, refused=refused)
    return see(own.address(f"/versions/{after}"))


_TYPED = ("reason", "letter_number", "letter_date", "letter_file")


def _letter(form: dict[str, Any]) -> dict[str, str]:
    return {
        "letter_number": forms.text(form, "letter_number"),
        "letter_date": forms.iso_date(forms.text(form, "letter_date")),
    }


def _version_page(
    request: Request,
    db: Session,
    own: Desk,
    version_id: UUID,
    today: date,
    *,
    typed: dict[str, str] | None = None,
    refused: RegistryError | None = None,
    done: str = "",
) -> Response:
    version = own_version(db, own, version_id)
    problems = {p.id: p for p in entries.problems_by_id(db, version.draft.problem_ids)}
    rulings = entries.rulings(db, version.use_case_id)
    answers = progress(version.draft, today)
    wrong = forms.sentences(refused.problems) if isinstance(refused, InvalidInput) else {}
    withdrawn = [
        FieldProblem(f"/problem_ids/{place}", "problem_withdrawn")
        for place, problem_id in enumerate(version.draft.problem_ids)
        if problems[problem_id].withdrawn_at is not None
    ]
    return page(
        request,
        "city/version.html",
        status=HTTPStatus.OK if refused is None else status_of(refused),
        desk=own,
        version=version,
        versions=entries.versions(db, own.actor, use_case_code=version.use_case_code),
        rulings=rulings,
        ruling=next((r for r in rulings if r.version == version.number), None),
        actions=version.actions(own.actor),
        progress=answers,
        lacking=[
            (p.pointer[1:].replace("/", "-"), field_names()[field_of(p)], sentence(p))
            for p in (*answers.missing, *withdrawn)
        ],
        signers=desk.signers(db, own.city_id),
        problems=problems,
        proof=proof(db, own.city_id, version.draft),
        sections=sections(version.standard),
        values=typed or {},
        errors={p: words for p, words in wrong.items() if p.removeprefix("/") in _TYPED},
        refused="" if refused is None else words_of(refused),
        is_public=version.state in PUBLIC_STATES,
        notice=notice(done),
        Action=Action,
        ReviewState=ReviewState,
    )
