"""The usher's room: pages of long lists, and the address of the page that follows."""

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Query, Request

from api.i18n import iso_utc
from registry.domain.errors import FieldProblem, InvalidInput
from registry.queries.moments import Moment

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many in one page")]
Cursor = Annotated[
    str | None, Query(max_length=400, description="From the `next` address of the page before")
]


def place(cursor: str | None, read: Callable[[str], T]) -> T | None:
    """Where a cursor stands in its list; `read` raises ValueError for what cannot be a place."""
    if cursor is None:
        return None
    try:
        return read(base64.urlsafe_b64decode(cursor.encode()).decode())
    except (binascii.Error, ValueError):
        raise InvalidInput([FieldProblem("/cursor", "unreadable")]) from None


def following(request: Request, last: object, seen: Moment | None = None) -> str:
    """The address of the page after `last`; as of `seen`, so that nobody is met twice."""
    asked = {"cursor": base64.urlsafe_b64encode(str(last).encode()).decode()}
    if seen is not None:
        asked |= {"as_of": seen.on.isoformat(), "known_at": iso_utc(seen.known_at)}
    url = request.url.include_query_params(**asked)
    return f"{url.path}?{url.query}"
