"""The administrator's desk: a list on its way to a roll - its lines, its changes, its effect."""

from collections import defaultdict
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms, i18n
from api.deps import Acting, Db, Form, Me, Now
from api.field_words import sentence
from api.i18n import gettext, mark
from api.pages.admin_confirming import page_asked, seen, unconfirmed_words, word_for
from api.pages.admin_roll_forms import beside_changes, beside_lines, heir_choices, line_choices
from api.pages.listing import leaf_of
from api.refusals import status_of, words_of
from api.rendering import page
from registry.actions import roll_drafts as acts
from registry.actions.roll_force import put_in_force
from registry.domain.errors import (
    InvalidInput,
    NotFound,
    RegistryError,
    Stale,
    WrongState,
)
from registry.domain.model import REGISTER, Action, RollDraftState
from registry.domain.permissions import check
from registry.domain.roll_changes import ChangeKind
from registry.queries.roll_drafts import Dossier, RollDraft, dossier, roll_draft
from registry.queries.roll_effect import effects, left_behind

router = APIRouter(prefix="/drafts/{draft_id}")

_NOTICES = {
    "taken-in": mark("The list was taken in. Nothing is in force yet: look through what changes."),
    "chosen": mark("The choices were recorded."),
    "confirmed": mark("The changes were confirmed."),
    "in-force": mark("The roll was put in force."),
    "discarded": mark("The list was put aside."),
}
# Kinds of which the city is on the list no more, or goes on in others as well.
GONE_ON = frozenset(
    {ChangeKind.MERGED, ChangeKind.SPLIT, ChangeKind.SUCCEEDED, ChangeKind.DISSOLVED}
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that was refused: what was typed, what is wrong with it."""

    values: dict[str, Any]
    errors: dict[str, str]
    refused: RegistryError


@router.get("")
def show(request: Request, db: Db, me: Me, now: Now, draft_id: UUID, done: str = "") -> Response:
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    return _overview(request, db, now, draft_id, done=done)


@router.post("")
def change(request: Request, me: Me, act: Acting, now: Now, draft_id: UUID, form: Form) -> Response:
    """Records which cities lines are, puts the list in force or aside, as `action` says."""
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    revision = forms.revision(form)
    try:
        match forms.text(form, "action"):
            case "choose":
                acts.choose(act, draft_id, line_choices(form), revision)
                done = "chosen"
            case "force":
                put_in_force(act, draft_id, revision)
                done = "in-force"
            case "discard":
                acts.discard(act, draft_id, revision)
                done = "discarded"
            case _:
                raise NotFound
    except InvalidInput as error:
        attempt = Attempt(form, beside_lines(error, form), error)
        return _overview(request, act.session, now, draft_id, attempt=attempt)
    except (Stale, WrongState) as error:
        attempt = Attempt(form, {}, error)
        return _overview(request, act.session, now, draft_id, attempt=attempt)
    return _see(draft_id, f"?done={done}")


@router.get("/{kind}")
def changes(
    request: Request,
    db: Db,
    me: Me,
    now: Now,
    draft_id: UUID,
    kind: ChangeKind,
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
    done: str = "",
) -> Response:
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    return _changes_page(request, db, now, draft_id, kind, number=number, done=done)


@router.post("/{kind}")
def confirm(
    request: Request,
    me: Me,
    act: Acting,
    now: Now,
    draft_id: UUID,
    kind: ChangeKind,
    form: Form,
) -> Response:
    """Confirms the ticked changes or all of the kind, or names successors, as `action` says."""
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    at = page_asked(form)
    try:
        match forms.text(form, "action"):
            case "confirm" | "confirm-all":
                found = _dossier(act.session, now, draft_id)
                of_kind = found.plan.of(kind)
                word = word_for(form, of_kind, found.draft.is_confirmed, lambda c: c.decree)
                acts.confirm(act, draft_id, word, forms.revision(form))
                done = "confirmed"
            case "heirs":
                acts.choose(act, draft_id, heir_choices(form), forms.revision(form))
                done = "chosen"
            case _:
                raise NotFound
    except InvalidInput as error:
        attempt = Attempt(form, beside_changes(error, form), error)
        return _changes_page(request, act.session, now, draft_id, kind, number=at, attempt=attempt)
    except (Stale, WrongState) as error:
        attempt = Attempt(form, {}, error)
        return _changes_page(request, act.session, now, draft_id, kind, number=at, attempt=attempt)
    if done == "chosen":
        return _see(draft_id, f"?done={done}")
    return _see(draft_id, f"/{kind}?done={done}&page={at}")


def _dossier(db: Session, now: Now, draft_id: UUID) -> Dossier:
    draft = roll_draft(db, draft_id)
    if draft is None:
        raise NotFound
    return dossier(db, draft, now)


def _overview(
    request: Request,
    db: Session,
    now: Now,
    draft_id: UUID,
    *,
    done: str = "",
    attempt: Attempt | None = None,
) -> Response:
    found = _dossier(db, now, draft_id)
    is_open = found.draft.state is RollDraftState.OPEN
    kinds = [(kind, found.plan.of(kind)) for kind in ChangeKind]
    return page(
        request,
        "admin/roll_draft.html",
        status=HTTPStatus.OK if attempt is None else status_of(attempt.refused),
        found=found,
        draft=found.draft,
        is_open=is_open,
        kinds=[
            (kind, len(those), sum(found.draft.is_confirmed(c) for c in those))
            for kind, those in kinds
            if those
        ],
        effects=effects(db, found, now) if is_open else [],
        left_behind=left_behind(db, found) if is_open else [],
        hindrances=_hindrances(found) if is_open else [],
        confirmed=_confirmed(found.draft),
        values={} if attempt is None else attempt.values,
        errors={} if attempt is None else attempt.errors,
        refused="" if attempt is None else words_of(attempt.refused),
        notice=gettext(_NOTICES.get(done, "")),
    )


def _confirmed(draft: RollDraft) -> list[tuple[ChangeKind, str, list[str]]]:
    """What people gave their word for, by kind and legal basis."""
    together = defaultdict(list)
    for key, word in sorted(draft.confirmed.items()):
        kind, _, code = key.partition(":")
        together[ChangeKind(kind), word.decree].append(code)
    return [(kind, decree, codes) for (kind, decree), codes in together.items()]


def _hindrances(found: Dossier) -> list[str]:
    """In a few words, not one for each of hundreds of changes."""
    said = [(p.pointer.split("/")[1], p) for p in found.hindrances]
    lines = [p for part, p in said if part == "lines" and p.pointer.count("/") > 1]
    words = [f"{gettext('Line')} {p.pointer.split('/')[2]}: {sentence(p)}" for p in lines[:20]]
    words += [sentence(p) for part, p in said if part == "lines" and p.pointer.count("/") == 1]
    return words + unconfirmed_words(len(found.unconfirmed))


def _changes_page(
    request: Request,
    db: Session,
    now: Now,
    draft_id: UUID,
    kind: ChangeKind,
    *,
    number: int,
    done: str = "",
    attempt: Attempt | None = None,
) -> Response:
    found = _dossier(db, now, draft_id)
    of_kind = found.plan.of(kind)
    leaf = leaf_of(of_kind, number)
    return page(
        request,
        "admin/roll_changes.html",
        status=HTTPStatus.OK if attempt is None else status_of(attempt.refused),
        found=found,
        draft=found.draft,
        is_open=found.draft.state is RollDraftState.OPEN,
        kind=kind,
        goes_on=kind in GONE_ON,
        leaf=leaf,
        open_ones=sum(not found.draft.is_confirmed(c) for c in of_kind),
        seen=seen(of_kind),
        values=attempt.values if attempt else {"decree": str(found.draft.facts["legal_basis"])},
        errors={} if attempt is None else attempt.errors,
        refused="" if attempt is None else words_of(attempt.refused),
        notice=gettext(_NOTICES.get(done, "")),
    )


def _see(draft_id: UUID, rest: str) -> Response:
    address = f"/{i18n.current()}/admin/rolls/drafts/{draft_id}{rest}"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)
