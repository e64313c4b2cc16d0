"""The city's desk: opening a use case and writing its draft."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms, questionnaire
from api.deps import Acting, Db, Files, Form, FormWithFiles, Me, Today
from api.fields import field_names
from api.i18n import gettext, instant
from api.pages.city_view import (
    Desk,
    notice,
    own_desk,
    own_version,
    problem_options,
    progress,
    see,
)
from api.pages.files import proof, take_in
from api.rendering import page
from api.talk import talk
from registry.actions import declare
from registry.actions.act import Act
from registry.actions.threads import reply
from registry.domain.difference import differences
from registry.domain.errors import FieldProblem, InvalidInput, NotFound, Stale, WrongState
from registry.domain.model import PUBLIC_STATES, REASON_REQUIRED, Action
from registry.domain.standard import STANDARD, Kind
from registry.domain.thread_intake import ReplyDraft
from registry.domain.use_case import UseCaseDraft, UseCaseText
from registry.queries import deciding, entries
from registry.queries.entries import Ruling, Version
from registry.queries.products import product_names

router = APIRouter(prefix="/desk/{city_code}")

# Answers to comments are typed in the form too, each in a box named after its thread.
_ANSWER = "answer-"


@router.get("/use-cases/new")
def new_use_case(request: Request, db: Db, me: Me, city_code: str) -> Response:
    return _start_page(request, db, own_desk(db, me, city_code), {}, {})


@router.post("/use-cases/new")
def start_use_case(
    request: Request, db: Db, me: Me, act: Acting, city_code: str, form: Form
) -> Response:
    own = own_desk(db, me, city_code)
    typed: dict[str, Any] = {
        "title": forms.text(form, "title"),
        "problem_ids": forms.texts(form, "problem_ids"),
    }
    try:
        version = declare.start_use_case(act, city_code, UseCaseDraft.read(typed))
    except InvalidInput as error:
        return _start_page(request, db, own, typed, forms.sentences(error.problems))
    return see(own.address(f"/versions/{version.id}/edit?done=started"))


@router.get("/versions/{version_id:uuid}/edit")
def edit_form(
    request: Request,
    db: Db,
    me: Me,
    today: Today,
    city_code: str,
    version_id: UUID,
    done: str = "",
) -> Response:
    own = own_desk(db, me, city_code)
    version = own_version(db, own, version_id)
    if Action.EDIT not in version.actions(me.actor):
        return see(own.address(f"/versions/{version.id}"))
    typed = questionnaire.stored(version.draft)
    return _edit_page(request, db, own, version, today, typed, done=done)


@router.post("/versions/{version_id:uuid}/edit")
def save_draft(
    request: Request,
    db: Db,
    me: Me,
    act: Acting,
    today: Today,
    files: Files,
    city_code: str,
    version_id: UUID,
    sent: FormWithFiles,
) -> Response:
    """Saves the draft; for our own script, which saves by itself, the answer is JSON."""
    own = own_desk(db, me, city_code)
    version = own_version(db, own, version_id)
    taken = take_in(act, files, city_code, sent)
    shapes, refused = questionnaire.shapes(sent)
    typed = questionnaire.typed(taken.texts | shapes)
    seen, then = forms.revision(taken.texts), forms.text(taken.texts, "then")
    by_itself = then == "autosave"
    answers = {
        name: forms.text(sent.texts, name) for name in sent.texts if name.startswith(_ANSWER)
    }
    try:
        draft = _read(typed, refused + taken.problems)
        # The draft is saved and the answer sent, or neither.
        with act.session.begin_nested():
            if then.startswith(_ANSWER):
                _answer(act, version_id, then, answers.get(then, ""))
            saved = declare.save_draft(act, version_id, draft, seen)
    except InvalidInput as error:
        if by_itself:
            places = questionnaire.places(taken.texts, error.problems)
            return _not_saved(HTTPStatus.UNPROCESSABLE_ENTITY, places)
        wrong = questionnaire.sentences(error.problems)
        return _edit_page(
            request, db, own, version, today, typed, seen=seen, errors=wrong, answers=answers
        )
    except Stale:
        if by_itself:
            return _not_saved(HTTPStatus.PRECONDITION_FAILED, [])
        theirs = own_version(db, own, version_id)
        return _edit_page(request, db, own, theirs, today, typed, mine=draft, answers=answers)
    if by_itself:
        return _saved(saved.revision, saved.updated_at, draft, today)
    return see(own.address(_after(then, version_id)))


def _read(typed: Mapping[str, Any], refused: list[FieldProblem]) -> UseCaseText:
    """The draft that was typed. Raises InvalidInput, also for files that were `refused`."""
    try:
        draft = UseCaseDraft.read(questionnaire.given(typed))
    except InvalidInput as error:
        raise InvalidInput([*error.problems, *refused]) from None
    if refused:
        raise InvalidInput(refused)
    return draft


def _after(then: str, version_id: UUID) -> str:
    """Where each of the form's buttons leads once the draft is saved."""
    if then == "check":
        return f"/versions/{version_id}?done=saved#check"
    if then.startswith(_ANSWER):
        return f"/versions/{version_id}/edit?done=answered#thread-{then.removeprefix(_ANSWER)}"
    if then == "declare":
        return f"/problems/new?draft={version_id}"
    more_rows = any(f.name == then and f.kind is Kind.ROWS for f in STANDARD.fields)
    back = f"#{then}" if more_rows else ""
    return f"/versions/{version_id}/edit?done=saved{back}"


def _saved(revision: int, at: datetime, draft: UseCaseText, today: date) -> Response:
    answers = progress(draft, today)
    return JSONResponse(
        {
            "revision": revision,
            "words": gettext("Saved at %(time)s.") % {"time": instant(at)},
            "given": answers.words,
            "progress": {group.key: group.status for group in questionnaire.groups(draft, today)},
        }
    )


def _not_saved(status: HTTPStatus, wrong: list[tuple[str, str]]) -> Response:
    """What is wrong, each with the id of its field."""
    return JSONResponse(
        {"errors": [{"id": place, "words": words} for place, words in wrong]}, status
    )


def _start_page(
    request: Request, db: Session, own: Desk, values: dict[str, Any], errors: dict[str, str]
) -> Response:
    return page(
        request,
        "city/start.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        desk=own,
        problems=problem_options(db, own),
        names=field_names(),
        values=values,
        errors=errors,
    )


def _edit_page(
    request: Request,
    db: Session,
    own: Desk,
    version: Version,
    today: date,
    typed: dict[str, Any],
    *,
    seen: int | None = None,
    errors: dict[str, str] | None = None,
    mine: UseCaseText | None = None,
    answers: Mapping[str, str] | None = None,
    done: str = "",
) -> Response:
    """The form with what was typed. `mine` is set when a colleague saved `version` meanwhile:
    saving again then goes over the colleague's text, on purpose."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    text = mine or version.draft.upgraded()
    drafts = [version.draft] if mine is None else [version.draft, mine]
    rulings = entries.rulings(db, version.use_case_id)
    records = deciding.records(db, [ruling.position for ruling in rulings])
    answered = _answered(rulings)
    versions = entries.versions(db, own.actor, use_case_code=version.use_case_code)
    dated = text.describes_from is not None or _follows_approved(version, versions)
    groups = questionnaire.groups(text, today, without=() if dated else ("describes_from",))
    return page(
        request,
        "city/edit.html",
        status=status if mine is None else HTTPStatus.PRECONDITION_FAILED,
        desk=own,
        version=version,
        revision=version.revision if seen is None else seen,
        editable=Action.EDIT in version.actions(own.actor),
        values={**questionnaire.flat(typed), **(answers or {})},
        rows=questionnaire.row_counts(typed, groups),
        errors=errors or {},
        hints=questionnaire.hints(text),
        conflict=mine is not None,
        mine=mine,
        theirs=version.draft.upgraded(),
        changes=() if mine is None else differences(version.draft, mine),
        chosen={p.id: p for p in entries.problems(db, own.home.code)},
        proof=proof(db, own.city_id, *drafts, hashes=questionnaire.files_named(typed)),
        answered=answered,
        answered_record=None if answered is None else records.get(answered.position),
        talk=talk(
            db,
            own.actor,
            versions,
            rulings,
            records,
            own.address(f"/versions/{version.id}"),
        ),
        progress=progress(version.draft, today),
        problems=problem_options(db, own, typed["problem_ids"]),
        groups=groups,
        names=field_names(),
        suggestions={"product": product_names(db)},
        notice=notice(done),
        Kind=Kind,
    )


def _answered(rulings: Sequence[Ruling]) -> Ruling | None:
    """The decision this draft has to answer, if the last one asks for an answer."""
    last = next(iter(rulings), None)
    return last if last is not None and last.action in REASON_REQUIRED else None


def _follows_approved(version: Version, versions: Sequence[Version]) -> bool:
    return any(v.number < version.number and v.state in PUBLIC_STATES for v in versions)


def _answer(act: Act, version_id: UUID, name: str, text: str) -> None:
    """Sends the answer typed beside a field. Raises InvalidInput naming its box."""
    thread = name.removeprefix(_ANSWER)
    if not thread.isdecimal():
        raise NotFound
    try:
        reply(act, version_id, int(thread), ReplyDraft.read({"text": text}))
    except InvalidInput as error:
        wrong = [FieldProblem(f"/{name}", p.code, p.params) for p in error.problems]
        raise InvalidInput(wrong) from None
    except WrongState:
        raise InvalidInput([FieldProblem(f"/{name}", "settled_meanwhile")]) from None
