"""The city's desk: opening a use case and writing its draft."""

from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms
from api.deps import Acting, Db, Form, Me, Today
from api.fields import field_names, sections
from api.pages.city_view import (
    Desk,
    notice,
    own_desk,
    own_version,
    problem_options,
    progress,
    see,
)
from api.rendering import page
from registry.actions import declare
from registry.domain.difference import differences
from registry.domain.errors import InvalidInput, Stale
from registry.domain.model import PUBLIC_STATES, REASON_REQUIRED, Action, Stage, Technique
from registry.domain.use_case import UseCaseDraft
from registry.queries import entries
from registry.queries.entries import Ruling, Version

router = APIRouter(prefix="/desk/{city_code}")

_TEXTS = (
    *("title", "title_en", "summary", "summary_en", "solution", "technique_detail"),
    *("deployer", "provider", "application_area", "public_contact", "describes_from"),
)
_TICKED = ("problem_ids", "techniques")
_ROWS: Mapping[str, tuple[str, ...]] = {
    "stages": ("stage", "since"),
    "evidence": ("url", "title", "published"),
}
_ROW_DATES = frozenset({"since", "published"})
_EMPTY_ROWS = 2


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
    return _edit_page(request, db, own, version, today, _typed_from(version.draft), done=done)


@router.post("/versions/{version_id:uuid}/edit")
def save_draft(
    request: Request,
    db: Db,
    me: Me,
    act: Acting,
    today: Today,
    city_code: str,
    version_id: UUID,
    form: Form,
) -> Response:
    own = own_desk(db, me, city_code)
    version = own_version(db, own, version_id)
    typed = _typed(form)
    seen = forms.revision(form)
    try:
        draft = UseCaseDraft.read(_given(typed))
        declare.save_draft(act, version_id, draft, seen)
    except InvalidInput as error:
        wrong = forms.sentences(error.problems)
        return _edit_page(request, db, own, version, today, typed, seen=seen, errors=wrong)
    except Stale:
        theirs = own_version(db, own, version_id)
        return _edit_page(request, db, own, theirs, today, typed, mine=draft)
    return see(own.address(_after(forms.text(form, "then"), version_id)))


# The buttons that ask for more rows, and the section to come back to.
_MORE = {"stages": "dates", "evidence": "proof"}


def _after(then: str, version_id: UUID) -> str:
    """Where each of the form's buttons leads once the draft is saved."""
    if then == "check":
        return f"/versions/{version_id}?done=saved#check"
    if then == "declare":
        return f"/problems/new?draft={version_id}"
    back = f"#{_MORE[then]}" if then in _MORE else ""
    return f"/versions/{version_id}/edit?done=saved{back}"


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
    mine: UseCaseDraft | None = None,
    done: str = "",
) -> Response:
    """The form with what was typed. `mine` is set when a colleague saved `version` meanwhile:
    saving again then goes over the colleague's text, on purpose."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return page(
        request,
        "city/edit.html",
        status=status if mine is None else HTTPStatus.PRECONDITION_FAILED,
        desk=own,
        version=version,
        revision=version.revision if seen is None else seen,
        editable=Action.EDIT in version.actions(own.actor),
        values=_flat(typed),
        rows={name: len(typed[name]) + _EMPTY_ROWS for name in _ROWS},
        errors=errors or {},
        conflict=mine is not None,
        mine=mine,
        changes=() if mine is None else differences(version.draft, mine),
        chosen={p.id: p for p in entries.problems(db, own.home.code)},
        answered=_answered(db, version),
        follows_approved=_follows_approved(db, own, version),
        progress=progress(version.draft, today),
        problems=problem_options(db, own, typed["problem_ids"]),
        sections=sections(),
        names=field_names(),
        stages=forms.options(Stage),
        techniques=forms.options(Technique),
        notice=notice(done),
    )


def _answered(db: Session, version: Version) -> Ruling | None:
    """The decision this draft has to answer, if the last one asks for an answer."""
    last = next(iter(entries.rulings(db, version.use_case_id)), None)
    return last if last is not None and last.action in REASON_REQUIRED else None


def _follows_approved(db: Session, own: Desk, version: Version) -> bool:
    others = entries.versions(db, own.actor, use_case_code=version.use_case_code)
    return any(v.number < version.number and v.state in PUBLIC_STATES for v in others)


def _typed(form: Mapping[str, Any]) -> dict[str, Any]:
    """The whole form as it was typed, without its empty rows."""
    return {
        **{name: forms.text(form, name) for name in _TEXTS},
        **{name: forms.texts(form, name) for name in _TICKED},
        **{name: forms.rows(form, name, fields) for name, fields in _ROWS.items()},
    }


def _typed_from(draft: UseCaseDraft) -> dict[str, Any]:
    """A stored draft as its author would have typed it."""
    content = draft.content()
    content["describes_from"] = forms.typed_date(content["describes_from"])
    for name in _ROWS:
        content[name] = [
            {f: forms.typed_date(cell) if f in _ROW_DATES else cell for f, cell in row.items()}
            for row in content[name]
        ]
    return content


def _given(typed: dict[str, Any]) -> dict[str, Any]:
    """What was typed, as the draft reads it."""
    rows = {
        name: [
            forms.filled({f: forms.iso_date(c) if f in _ROW_DATES else c for f, c in row.items()})
            for row in typed[name]
        ]
        for name in _ROWS
    }
    return typed | rows | {"describes_from": forms.iso_date(typed["describes_from"])}


def _flat(typed: dict[str, Any]) -> dict[str, Any]:
    """The same by the names of the form's fields: `stages-0-since`."""
    cells = {
        f"{name}-{index}-{field}": cell
        for name in _ROWS
        for index, row in enumerate(typed[name])
        for field, cell in row.items()
    }
    return typed | cells
