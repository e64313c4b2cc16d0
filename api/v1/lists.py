"""The lists that administrators keep: what is in force on a day, what was, what will be."""

from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from api.answers import as_json, personal, public
from api.audience import Audience, open_to
from api.dated_lists import EntryId, ListName
from api.deps import Acting, Db, Today, When
from api.idempotency import CreationKey, create
from api.openapi import changing, creating, only, reading
from api.v1.shapes import Shape
from registry.actions import lists as acts
from registry.domain.lists import (
    KINDS,
    EndDraft,
    Entry,
    ListKind,
    RetractionDraft,
    Standing,
)
from registry.queries.lists import entries, known

router = APIRouter(prefix="/lists", tags=["lists"])
_public = [open_to(Audience.PUBLIC)]
_ministry = only(Audience.MINISTRY)


class ListEntry(Shape):
    """`valid_to` is the first day on which it no longer holds. Positions are of the ledger;
    `known_from` 0 is what the register began with. `standing` is that of the day asked about."""

    id: int
    list: ListKind
    values: dict[str, Any]
    valid_from: date | None
    valid_to: date | None
    standing: Standing
    source: str
    end_source: str | None
    known_from: int
    ended_position: int | None
    withdrawn_position: int | None


class ListEntries(Shape):
    items: list[ListEntry]


@router.get(
    "/{list_kind}",
    response_model=ListEntries,
    responses=reading(HTTPStatus.NOT_FOUND),
    dependencies=_public,
)
def in_force(request: Request, db: Db, when: When, list_kind: ListName) -> Response:
    """What a list says on a day, as known."""
    kind = ListKind(list_kind)
    return public(
        request,
        when,
        lambda: as_json(
            ListEntries(items=[_shape(each, when.on) for each in known(db, kind, when)])
        ),
    )


@router.get(
    "/{list_kind}/history",
    response_model=ListEntries,
    responses=reading(HTTPStatus.NOT_FOUND),
    dependencies=_public,
)
def history(request: Request, db: Db, when: When, list_kind: ListName) -> Response:
    """Everything a list ever said or will say, oldest first, also what was withdrawn."""
    kind = ListKind(list_kind)
    return public(
        request,
        when,
        lambda: as_json(
            ListEntries(
                items=[
                    _shape(each, when.on)
                    for each in entries(db, kind)
                    if each.known_from <= when.position
                ]
            )
        ),
    )


def _adding(kind: ListKind) -> Callable[..., Response]:
    def add(request: Request, act: Acting, today: Today, key: CreationKey, draft: Any) -> Response:
        """Enters what holds from a day on."""

        def make() -> tuple[BaseModel, str]:
            made = acts.add(act, kind, draft)
            return _shape(made, today), f"/api/v1/lists/{kind}/history"

        return create(request, act, key, draft, make, revision=None)

    add.__annotations__["draft"] = KINDS[kind].draft
    return add


def _replacing(kind: ListKind) -> Callable[..., Response]:
    def replace(
        request: Request,
        act: Acting,
        today: Today,
        key: CreationKey,
        entry_id: EntryId,
        draft: Any,
    ) -> Response:
        """Ends an entry on the day on which this one takes its place."""

        def make() -> tuple[BaseModel, str]:
            made = acts.replace(act, kind, entry_id, draft)
            return _shape(made, today), f"/api/v1/lists/{kind}/history"

        return create(request, act, key, draft, make, revision=None)

    replace.__annotations__["draft"] = KINDS[kind].draft
    return replace


# Each list has a body of its own, so each has its doors.
for _each in ListKind:
    _door: dict[str, Any] = {
        "status_code": HTTPStatus.CREATED,
        "response_model": ListEntry,
        "responses": creating(),
        "dependencies": _ministry,
    }
    router.post(f"/{_each}", **_door)(_adding(_each))
    router.post(f"/{_each}/{{entry_id}}/replacement", **_door)(_replacing(_each))


@router.post(
    "/{list_kind}/{entry_id}/end",
    response_model=ListEntry,
    responses=changing(),
    dependencies=_ministry,
)
def end(
    act: Acting, today: Today, list_kind: ListName, entry_id: EntryId, draft: EndDraft
) -> Response:
    """Ends an entry on a day."""
    return personal(as_json(_shape(acts.end(act, ListKind(list_kind), entry_id, draft), today)))


@router.post(
    "/{list_kind}/{entry_id}/withdrawal",
    response_model=ListEntry,
    responses=changing(),
    dependencies=_ministry,
)
def withdraw(
    act: Acting, today: Today, list_kind: ListName, entry_id: EntryId, draft: RetractionDraft
) -> Response:
    """Takes back an entry that has not begun yet."""
    found = acts.withdraw(act, ListKind(list_kind), entry_id, draft)
    return personal(as_json(_shape(found, today)))


def _shape(entry: Entry, on: date) -> ListEntry:
    return ListEntry(
        id=entry.id,
        list=entry.kind,
        values=dict(entry.values),
        valid_from=entry.days.begin,
        valid_to=entry.days.end,
        standing=entry.standing(on),
        source=entry.source,
        end_source=entry.end_source,
        known_from=entry.known_from,
        ended_position=entry.ended_position,
        withdrawn_position=entry.withdrawn_position,
    )
