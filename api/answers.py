"""The counter of the API: answers with what programs need to keep, compare and change them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from api.i18n import current
from api.validators import given, not_modified, of_public, weak_tag
from registry.domain.model import Actor
from registry.queries.moments import Moment

JSON = "application/json"
# A figure about a day, as known at a time, stays as it is; a release may word it better.
_FOR_EVER = "public, max-age=86400, immutable"


@dataclass(frozen=True, slots=True)
class Content:
    """A body ready to be sent; `revision` of what its readers can change."""

    body: bytes
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    revision: int | None = None


def as_json(shape: BaseModel, following: str | None = None, revision: int | None = None) -> Content:
    """A shape, with the address of the following page if there is one."""
    link = {} if following is None else {"Link": f'<{following}>; rel="next"'}
    return Content(shape.model_dump_json().encode(), headers=link, revision=revision)


def public(
    request: Request,
    seen: Moment,
    make: Callable[[], Content],
    *,
    also: str = "",
    changed: datetime | None = None,
) -> Response:
    """What `make` reads of the public register as of `seen`, or 304 where the caller has it.

    `also` names what else it depends on, besides the events and the day, `changed` the time of the
    last change that is no event.
    """
    tag = weak_tag(request, f"{seen.position} {seen.on} {also} {changed}")
    validators = of_public(request, seen, tag, (changed,))
    pinned = given(request, "as_of") and given(request, "known_at")
    headers = {
        **validators.headers,
        "Cache-Control": _FOR_EVER if pinned else "no-cache",
        "Vary": "Accept, Accept-Language",
        "Content-Language": current().value,
    }
    if validators.held_by(request.headers):
        return not_modified(headers)
    content = make()
    return Response(
        content.body, headers={**headers, **content.headers}, media_type=content.media_type
    )


def personal(
    content: Content,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    revision: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """What depends on who asks, or can be changed by them: its ETag is its revision."""
    sent = {
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization, Cookie, Accept-Language",
        "Content-Language": current().value,
        **content.headers,
        **(headers or {}),
    }
    if revision is not None:
        sent["ETag"] = f'"{revision}"'
    return Response(content.body, status, sent, content.media_type)


def to_reader(
    request: Request,
    reader: Actor,
    seen: Moment,
    make: Callable[[], Content],
    *,
    changed: datetime | None = None,
) -> Response:
    """What the public sees, or more for those who are signed in: drafts leave no event, so theirs
    is always fresh, and its ETag is the revision of what they may change."""
    if reader.user_id is not None:
        content = make()
        return personal(content, revision=content.revision)
    answer = public(request, seen, make, changed=changed)
    answer.headers["Vary"] = f"{answer.headers['Vary']}, Authorization, Cookie"
    return answer
