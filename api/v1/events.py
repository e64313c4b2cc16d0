"""The public ledger: what was recorded, when, under which role - never by whom."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.answers import Content, as_json, public
from api.audience import Audience, open_to
from api.deps import Db, Now
from api.openapi import reading
from api.paging import Cursor, Limit, following, place
from api.v1.event_shapes import LedgerEvent, shown
from api.v1.shapes import Shape
from registry.queries.ledger import events
from registry.queries.moments import moment

router = APIRouter(tags=["events"], dependencies=[open_to(Audience.PUBLIC)])

_LAST_POSITION = 2**63 - 1


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
        leaf = [shown(event, digest) for event, digest in found[:limit]]
        address = following(request, leaf[-1].position) if len(found) > limit else None
        return as_json(EventPage(items=leaf, next=address), address)

    return public(request, moment(db, now), answer)


def _position(text: str) -> int:
    position = int(text)
    if not 0 <= position <= _LAST_POSITION:
        raise ValueError(text)
    return position
