"""The ministry's desk: lines of indicators 1, 3 and 4 that wait for a reviewer, each in full."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms, i18n, indicator_words
from api.audience import Audience, open_to
from api.deps import Acting, Db, Form, Me
from api.i18n import gettext, mark
from api.pages.admin_indicators import Kind, Which
from api.pages.listing import PAGE_SIZE, Leaf, nearest
from api.refusals import status_of, words_of
from api.rendering import page
from registry.actions import indicators as acts
from registry.domain.errors import InvalidInput, NotFound, OwnWork, RegistryError, WrongState
from registry.domain.indicator_intake import EntryDecisionDraft
from registry.domain.indicators import MOVES, EntryAction, EntryState, LineKind
from registry.domain.model import REGISTER, Action, Actor, Subject
from registry.domain.permissions import can, check
from registry.queries import indicators as queries
from registry.queries.indicators import Wanted

router = APIRouter(prefix="/review/indicators", dependencies=[open_to(Audience.MINISTRY)])

_NOTICES = {
    "approve": mark("Approved."),
    "return": mark("Returned."),
    "revoke": mark("Revoked."),
}
_NAMES = {
    "entries": mark("Lines"),
    "reason": mark("Reason"),
    "effective_from": mark("First day on which it no longer holds"),
}
Number = Annotated[int, Query(alias="page", ge=1)]


@router.get("")
def queue(
    request: Request,
    db: Db,
    me: Me,
    indicator: Which = None,
    kind: Kind = None,
    number: Number = 1,
    done: str = "",
) -> Response:
    _may_look(me.actor)
    chosen = Wanted(indicator, kind, EntryState.REPORTED)
    return _queue_page(request, db, me.actor, chosen, number, done=done)


@router.post("")
def decide_several(
    request: Request,
    me: Me,
    act: Acting,
    form: Form,
    indicator: Which = None,
    kind: Kind = None,
    number: Number = 1,
) -> Response:
    """Approves or returns the lines that were ticked, as `action` says."""
    check(me.actor, Action.REVIEW_INDICATOR, REGISTER)
    try:
        draft = EntryDecisionDraft.read(_given(form))
        acts.decide(act, _ids(form), draft)
    except (InvalidInput, OwnWork, WrongState) as error:
        chosen = Wanted(indicator, kind, EntryState.REPORTED)
        return _queue_page(request, act.session, me.actor, chosen, number, form=form, refused=error)
    return RedirectResponse(
        f"/{i18n.current()}/review/indicators?done={draft.action}", HTTPStatus.SEE_OTHER
    )


@router.get("/{entry_id}")
def one(request: Request, db: Db, me: Me, entry_id: UUID, done: str = "") -> Response:
    _may_look(me.actor)
    return _entry_page(request, db, me.actor, entry_id, done=done)


@router.post("/{entry_id}")
def decide(request: Request, me: Me, act: Acting, entry_id: UUID, form: Form) -> Response:
    check(me.actor, Action.REVIEW_INDICATOR, REGISTER)
    try:
        draft = EntryDecisionDraft.read(_given(form))
        acts.decide(act, [entry_id], draft)
    except (InvalidInput, OwnWork, WrongState) as error:
        return _entry_page(request, act.session, me.actor, entry_id, form=form, refused=error)
    return RedirectResponse(
        f"/{i18n.current()}/review/indicators/{entry_id}?done={draft.action}", HTTPStatus.SEE_OTHER
    )


def _may_look(actor: Actor) -> None:
    if not can(actor, Action.REPORT_INDICATOR, REGISTER):
        check(actor, Action.REVIEW_INDICATOR, REGISTER)


def _given(form: dict[str, Any]) -> dict[str, Any]:
    names = ("action", "reason", "effective_from", "from_the_start")
    given: dict[str, Any] = forms.filled({name: forms.text(form, name) for name in names})
    if "effective_from" in given:
        given["effective_from"] = forms.iso_date(given["effective_from"])
    return given


def _ids(form: dict[str, Any]) -> list[UUID]:
    """The lines ticked; nonsense is a line that there is not."""
    try:
        return [UUID(text) for text in forms.texts(form, "entries")]
    except ValueError:
        raise NotFound from None


def _queue_page(
    request: Request,
    db: Session,
    actor: Actor,
    wanted: Wanted,
    number: int,
    *,
    done: str = "",
    form: dict[str, Any] | None = None,
    refused: RegistryError | None = None,
) -> Response:
    total = queries.how_many(db, wanted)
    at = nearest(number, total)
    found = queries.entries(db, wanted, limit=PAGE_SIZE, offset=(at - 1) * PAGE_SIZE)
    chosen = {"indicator": wanted.indicator, "kind": wanted.kind}
    return page(
        request,
        "review/indicators.html",
        leaf=Leaf([(entry, _may_decide(actor, entry)) for entry in found], total, at),
        chosen={name: value.value for name, value in chosen.items() if value is not None},
        kinds=LineKind,
        may_review=can(actor, Action.REVIEW_INDICATOR, REGISTER),
        ticked=[] if form is None else forms.texts(form, "entries"),
        **_said(form, refused, done),
    )


def _entry_page(
    request: Request,
    db: Session,
    actor: Actor,
    entry_id: UUID,
    *,
    done: str = "",
    form: dict[str, Any] | None = None,
    refused: RegistryError | None = None,
) -> Response:
    entry = queries.entry(db, entry_id)
    if entry is None:
        raise NotFound
    actions = [action for state, action in MOVES if state is entry.state]
    return page(
        request,
        "review/indicator.html",
        entry=entry,
        fields=indicator_words.names(entry.kind),
        said=indicator_words.said(entry.kind, entry.content),
        actions=actions if _may_decide(actor, entry) else [],
        is_own=entry.author_id == actor.user_id,
        EntryAction=EntryAction,
        **_said(form, refused, done),
    )


def _said(form: dict[str, Any] | None, refused: RegistryError | None, done: str) -> dict[str, Any]:
    problems = refused.problems if isinstance(refused, InvalidInput) else ()
    return {
        "status": HTTPStatus.OK if refused is None else status_of(refused),
        "values": {} if form is None else form,
        "errors": forms.sentences(problems),
        "refused": "" if refused is None or problems else words_of(refused),
        "names": {name: gettext(words) for name, words in _NAMES.items()},
        "notice": gettext(_NOTICES.get(done, "")),
    }


def _may_decide(actor: Actor, entry: queries.Entry) -> bool:
    return can(actor, Action.REVIEW_INDICATOR, Subject(author_id=entry.author_id))
