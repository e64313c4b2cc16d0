"""Messages to the person who asks, for programs: read them, and say that they were read."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api import tidings
from api.answers import as_json, personal
from api.audience import Audience
from api.deps import Db, Me, Now
from api.i18n import iso_utc
from api.openapi import only, refusals
from api.paging import Cursor, Limit, following, place
from api.v1.shapes import Instant, Shape
from registry.actions import notify
from registry.domain.errors import SignInRequired
from registry.domain.messages import MessageKind
from registry.queries import messages
from registry.queries.messages import Told

router = APIRouter(prefix="/me/messages", tags=["messages"], dependencies=only(Audience.SIGNED_IN))


class MessageShape(Shape):
    """`headline`, `text` and `quote` are in the reader's language; `page` is where to go on."""

    id: UUID
    kind: MessageKind
    headline: str
    text: str
    quote: str
    page: str
    created_at: Instant
    read_at: Instant | None


class MessagePage(Shape):
    items: list[MessageShape]
    next: str | None


@router.get(
    "",
    response_model=MessagePage,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def every(
    request: Request,
    db: Db,
    me: Me,
    limit: Limit = 100,
    cursor: Cursor = None,
    unread: Annotated[bool, Query(description="Only those not read yet")] = False,
) -> Response:
    """One's own messages, newest first."""
    found = messages.newest(
        db, _user(me), limit=limit + 1, before=place(cursor, _place), unread_only=unread
    )
    leaf = found[:limit]
    address = None
    if len(found) > limit:
        address = following(request, f"{iso_utc(leaf[-1].created_at)} {leaf[-1].id}")
    return personal(
        as_json(MessagePage(items=[_shape(told) for told in leaf], next=address), address)
    )


@router.post(
    "/{message_id}/read",
    status_code=HTTPStatus.NO_CONTENT,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def read(db: Db, me: Me, now: Now, message_id: UUID) -> Response:
    """Marks one message as read; doing so again changes nothing."""
    notify.mark_read(db, _user(me), now, message_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _shape(told: Told) -> MessageShape:
    said = tidings.put(told.kind, told.facts)
    return MessageShape(
        id=told.id,
        kind=told.kind,
        headline=said.headline,
        text="\n".join(said.sentences),
        quote=said.quote,
        page=told.link,
        created_at=told.created_at,
        read_at=told.read_at,
    )


def _place(text: str) -> tuple[datetime, UUID]:
    at, _, number = text.partition(" ")
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment, UUID(number)


def _user(me: Me) -> UUID:
    if me.actor.user_id is None:
        raise SignInRequired
    return me.actor.user_id
