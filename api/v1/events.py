"""The public ledger: what was recorded, when, under which role - never by whom."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.answers import Content, as_json, public
from api.audience import Audience, open_to
from api.deps import Db, Now
from api.openapi import reading
from api.paging import Cursor, Limit, following, place
from api.v1.shapes import Instant, Shape
from registry.domain.ledger import Event
from registry.queries.ledger import events
from registry.queries.moments import moment

router = APIRouter(tags=["events"], dependencies=[open_to(Audience.PUBLIC)])

_LAST_POSITION = 2**63 - 1
# Accounts are nobody's business but their owners', and drafts nobody's but their city's: of them
# only the links of the chain show.
_PRIVATE = ("user.", "membership.", "draft.")
# What a city and the ministry write to each other about a version that is not public.
_BETWEEN_THEM: Mapping[str, frozenset[str]] = {
    "version.submit": frozenset({"letter_number", "letter_date", "letter_file"}),
    "version.withdraw": frozenset({"reason"}),
    "version.return": frozenset({"reason"}),
    "version.reject": frozenset({"reason"}),
}


class EventSubject(Shape):
    type: str
    id: str


class LedgerEvent(Shape):
    """`hash` is that of the event as it is kept, with what is not shown here (RFC 8785, SHA-256);
    `previous_hash` links it to the event before."""

    position: int
    recorded_at: Instant
    kind: str
    role: str | None
    subject: EventSubject | None
    payload: dict[str, Any] | None
    previous_hash: str
    hash: str


class EventPage(Shape):
    items: list[LedgerEvent]
    next: str | None


@router.get("/events", response_model=EventPage, responses=reading())
def every(
    request: Request, db: Db, now: Now, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """All events, oldest first."""

    def answer() -> Content:
        found = events(db, place(cursor, _position) or 0, limit + 1)
        leaf = [_shape(event, digest) for event, digest in found[:limit]]
        address = following(request, leaf[-1].position) if len(found) > limit else None
        return as_json(EventPage(items=leaf, next=address), address)

    return public(request, moment(db, now), answer)


def _position(text: str) -> int:
    position = int(text)
    if not 0 <= position <= _LAST_POSITION:
        raise ValueError(text)
    return position


def _shape(event: Event, digest: bytes) -> LedgerEvent:
    private = event.kind.startswith(_PRIVATE)
    hidden = _BETWEEN_THEM.get(event.kind, frozenset())
    return LedgerEvent(
        position=event.position,
        recorded_at=event.recorded_at,
        kind=event.kind,
        role=None if private else event.actor_role,
        subject=None if private else EventSubject(type=event.subject_type, id=event.subject_id),
        payload=None
        if private
        else {name: value for name, value in event.payload.items() if name not in hidden},
        previous_hash=event.previous_hash.hex(),
        hash=digest.hex(),
    )
