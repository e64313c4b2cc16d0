"""The public ledger: what was recorded, when, under which role - never by whom."""

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
# Accounts are nobody's business but their owners': of them only the links of the chain show.
_PERSONAL = ("user.", "membership.")
# What a city and the ministry write to each other about a version that is not public.
_BETWEEN_THEM = {"version.withdraw", "version.return", "version.reject"}


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
    personal = event.kind.startswith(_PERSONAL)
    hidden = {"reason"} if event.kind in _BETWEEN_THEM else set()
    return LedgerEvent(
        position=event.position,
        recorded_at=event.recorded_at,
        kind=event.kind,
        role=None if personal else event.actor_role,
        subject=None if personal else EventSubject(type=event.subject_type, id=event.subject_id),
        payload=None
        if personal
        else {name: value for name, value in event.payload.items() if name not in hidden},
        previous_hash=event.previous_hash.hex(),
        hash=digest.hex(),
    )
