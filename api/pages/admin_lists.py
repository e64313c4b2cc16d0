"""The administrator's desk: lists with their days, what is in force, what was, what will be."""

from datetime import date
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import dated_lists, forms, i18n
from api.audience import Audience, open_to
from api.dated_lists import EntryId, ListName
from api.deps import Acting, Db, Form, Me, Today
from api.i18n import gettext, mark
from api.refusals import status_of, words_of
from api.rendering import page
from registry.actions import lists as acts
from registry.domain.errors import InvalidInput, NotFound, RegistryError, WrongState
from registry.domain.lists import (
    KINDS,
    EndDraft,
    Entry,
    EntryDraft,
    ListKind,
    RetractionDraft,
    Standing,
)
from registry.domain.model import REGISTER, Action
from registry.domain.permissions import check
from registry.domain.standard import STANDARD, STANDARDS, code_lists
from registry.queries.lists import entries, entry, last_decision

router = APIRouter(prefix="/admin/lists", dependencies=[open_to(Audience.MINISTRY)])

_DAYS = {"valid_from", "ends_on"}
_NOTICES = {
    "added": mark("The entry was made. It is in the ledger."),
    "replaced": mark("The entry gives way to the new one on its day. Both are in the ledger."),
    "ended": mark("The end of the entry was recorded."),
    "withdrawn": mark("The entry was withdrawn before it began."),
}


@router.get("")
def every(request: Request, db: Db, me: Me, today: Today) -> Response:
    check(me.actor, Action.MANAGE_LISTS, REGISTER)
    return page(
        request,
        "admin/lists.html",
        lists=[(kind, _by_standing(entries(db, kind), today)) for kind in ListKind],
        Standing=Standing,
        named=dated_lists.named,
        standard=STANDARD,
    )


@router.get("/standard")
def of_the_standard(request: Request, me: Me) -> Response:
    """The code lists that only a new version of the standard changes."""
    check(me.actor, Action.MANAGE_LISTS, REGISTER)
    return page(
        request,
        "admin/code_lists.html",
        standard=STANDARD,
        standards=list(STANDARDS.values()),
        code_lists=code_lists(STANDARD),
    )


@router.get("/{list_kind}")
def one(
    request: Request, db: Db, me: Me, today: Today, list_kind: ListName, done: str = ""
) -> Response:
    check(me.actor, Action.MANAGE_LISTS, REGISTER)
    kind = ListKind(list_kind)
    return page(
        request,
        "admin/list.html",
        kind=kind,
        groups=_by_standing(entries(db, kind), today),
        notice=gettext(_NOTICES.get(done, "")),
        **_words(kind),
    )


@router.get("/{list_kind}/new")
def new_form(request: Request, db: Db, me: Me, list_kind: ListName) -> Response:
    check(me.actor, Action.MANAGE_LISTS, REGISTER)
    return _new_page(request, db, ListKind(list_kind), {})


@router.post("/{list_kind}/new")
def new(request: Request, me: Me, act: Acting, list_kind: ListName, form: Form) -> Response:
    check(me.actor, Action.MANAGE_LISTS, REGISTER)
    kind = ListKind(list_kind)
    typed = _typed(kind, form)
    try:
        acts.add(act, kind, _draft(kind, typed))
    except InvalidInput as error:
        return _new_page(request, act.session, kind, typed, error)
    return _see(kind, "added")


@router.get("/{list_kind}/{entry_id}")
def entry_page(
    request: Request, db: Db, me: Me, today: Today, list_kind: ListName, entry_id: EntryId
) -> Response:
    check(me.actor, Action.MANAGE_LISTS, REGISTER)
    return _entry_page(request, db, today, ListKind(list_kind), entry_id)


@router.post("/{list_kind}/{entry_id}")
def change(
    request: Request,
    me: Me,
    act: Acting,
    today: Today,
    list_kind: ListName,
    entry_id: EntryId,
    form: Form,
) -> Response:
    """Replaces, ends or withdraws the entry, as the form's `action` says."""
    check(me.actor, Action.MANAGE_LISTS, REGISTER)
    kind = ListKind(list_kind)
    action = forms.text(form, "action")
    typed = _typed(kind, form)
    given = _given(typed)
    source = {name: given[name] for name in ("source",) if name in given}
    try:
        match action:
            case "replace":
                acts.replace(act, kind, entry_id, _draft(kind, typed))
                done = "replaced"
            case "end":
                day = {name: given[name] for name in ("ends_on",) if name in given}
                acts.end(act, kind, entry_id, EndDraft.read(source | day))
                done = "ended"
            case "withdraw":
                acts.withdraw(act, kind, entry_id, RetractionDraft.read(source))
                done = "withdrawn"
            case _:
                raise NotFound
    except (InvalidInput, WrongState) as error:
        return _entry_page(
            request, act.session, today, kind, entry_id, typed=typed, action=action, refused=error
        )
    return _see(kind, done)


def _new_page(
    request: Request,
    db: Session,
    kind: ListKind,
    typed: dict[str, Any],
    refused: InvalidInput | None = None,
) -> Response:
    return page(
        request,
        "admin/list_new.html",
        status=HTTPStatus.OK if refused is None else HTTPStatus.UNPROCESSABLE_ENTITY,
        kind=kind,
        values=typed,
        errors=_sentences(kind, refused),
        decided=last_decision(db) if KINDS[kind].copied else None,
        **_words(kind),
    )


def _entry_page(
    request: Request,
    db: Session,
    today: date,
    kind: ListKind,
    entry_id: int,
    *,
    typed: dict[str, Any] | None = None,
    action: str = "",
    refused: RegistryError | None = None,
) -> Response:
    found = entry(db, kind, entry_id)
    if found is None:
        raise NotFound
    errors = _sentences(kind, refused)
    return page(
        request,
        "admin/list_entry.html",
        status=HTTPStatus.OK if refused is None else status_of(refused),
        kind=kind,
        entry=found,
        standing=found.standing(today),
        Standing=Standing,
        values=typed or _filled_in(found),
        action=action,
        errors=errors,
        refused="" if refused is None or errors else words_of(refused),
        decided=last_decision(db) if KINDS[kind].copied else None,
        fixed=KINDS[kind].fixed,
        **_words(kind),
    )


def _words(kind: ListKind) -> dict[str, Any]:
    """What the templates need to show and to ask for the fields of a list."""
    return {
        "names": dated_lists.field_names(kind),
        "fields": [(name, dated_lists.widget(kind, name)) for name in KINDS[kind].fields],
        "options": dated_lists.options,
        "shown": dated_lists.shown,
        "named": dated_lists.named,
    }


def _by_standing(found: list[Entry], on: date) -> dict[Standing, list[Entry]]:
    return {
        standing: [each for each in found if each.standing(on) is standing] for standing in Standing
    }


def _typed(kind: ListKind, form: dict[str, Any]) -> dict[str, Any]:
    """What was typed, as the form shows it again."""
    typed: dict[str, Any] = {
        name: forms.text(form, name) for name in ("valid_from", "ends_on", "source")
    }
    for name in KINDS[kind].fields:
        boxes = dated_lists.widget(kind, name) == "boxes"
        typed[name] = forms.texts(form, name) if boxes else forms.text(form, name)
    return typed


def _given(typed: dict[str, Any]) -> dict[str, Any]:
    """Only what was filled in, days as the drafts read them."""
    return {
        name: forms.iso_date(value) if name in _DAYS else value
        for name, value in typed.items()
        if value
    }


def _draft(kind: ListKind, typed: dict[str, Any]) -> EntryDraft:
    given = _given(typed)
    given.pop("ends_on", None)
    return KINDS[kind].draft.read(given)


def _filled_in(found: Entry) -> dict[str, Any]:
    """The entry in its own form, to be replaced; from which day and why is asked anew."""
    values: dict[str, Any] = {}
    for name, value in found.values.items():
        if isinstance(value, tuple):
            values[name] = list(value)
        elif isinstance(value, bool):
            values[name] = "true" if value else ""
        else:
            values[name] = "" if value is None else str(value)
    return values


def _sentences(kind: ListKind, refused: RegistryError | None) -> dict[str, str]:
    if not isinstance(refused, InvalidInput):
        return {}
    return forms.sentences(dated_lists.as_asked(kind, refused.problems))


def _see(kind: ListKind, done: str) -> Response:
    address = f"/{i18n.current()}/admin/lists/{kind}?done={done}"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)
