"""The ministry's desk: the filters of the queue that each person keeps."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms, waiting
from api.deps import Acting, Db, Form, Me
from api.pages.review_desk import see
from api.refusals import status_of, words_of
from api.rendering import page
from registry.actions import saved_filters as acts
from registry.domain.errors import InvalidInput, NotFound, RegistryError, TooMany
from registry.domain.model import Actor
from registry.domain.waiting import MOST_SAVED, QueueFilter, SavedFilterDraft
from registry.queries.saved_filters import saved_filters

router = APIRouter(prefix="/filters")


@router.get("")
def kept(request: Request, db: Db, me: Me, wanted: waiting.Wanted) -> HTMLResponse:
    return _page(request, db, me.actor, wanted)


@router.post("")
def save(request: Request, act: Acting, me: Me, form: Form) -> Response:
    """Keeps the list one was looking at under a name."""
    wanted = waiting.of_form(form)
    try:
        acts.save_filter(act, _draft(form, wanted))
    except (InvalidInput, TooMany) as refused:
        return _page(request, act.session, me.actor, wanted, form=form, refused=refused)
    return see(f"{waiting.address(wanted)}&done=filter-saved")


@router.post("/{filter_id}")
def change(request: Request, act: Acting, me: Me, form: Form, filter_id: UUID) -> Response:
    """Renames it, makes it the default or no longer, or deletes it."""
    if forms.text(form, "action") == "delete":
        acts.delete_filter(act, filter_id)
        return see("/review/filters")
    mine = {each.id: each for each in saved_filters(act.session, me.actor)}
    if filter_id not in mine:
        raise NotFound
    try:
        acts.change_filter(act, filter_id, _draft(form, mine[filter_id].wanted))
    except InvalidInput as refused:
        return _page(
            request, act.session, me.actor, QueueFilter(), form=form, refused=refused, of=filter_id
        )
    return see("/review/filters")


def _page(
    request: Request,
    db: Session,
    actor: Actor,
    wanted: QueueFilter,
    *,
    form: Mapping[str, Any] | None = None,
    refused: RegistryError | None = None,
    of: UUID | None = None,
) -> HTMLResponse:
    problems = refused.problems if isinstance(refused, InvalidInput) else ()
    return page(
        request,
        "review/filters.html",
        status=HTTPStatus.OK if refused is None else status_of(refused),
        saved=saved_filters(db, actor),
        wanted=wanted,
        typed=forms.text(form or {}, "name"),
        errors=forms.sentences(problems),
        refusal=words_of(refused) if isinstance(refused, TooMany) else "",
        of=of,
        most=MOST_SAVED,
        address=waiting.address,
    )


def _draft(form: Mapping[str, Any], wanted: QueueFilter) -> SavedFilterDraft:
    return SavedFilterDraft.read(
        {
            "name": forms.text(form, "name"),
            "wanted": wanted,
            "default": forms.text(form, "default") == "yes",
        }
    )
