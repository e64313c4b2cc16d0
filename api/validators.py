"""The stamp room: since when an answer is what it is, and whether the caller has it already.

Two validators go with every public answer (RFC 9110, 8.8): a tag of what it says, and the second
from which on it says that. The tag is the better one: it decides alone where a caller sends both.

A writer takes an event's time before the event can be seen. Until that is sure to be over a date
vouches for nothing: another event of the same second may follow (RFC 9110, 8.8.2.2).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from http import HTTPStatus

from fastapi import Request
from starlette.datastructures import Headers
from starlette.responses import Response

from api.i18n import current
from api.release import release, released_at
from registry.queries.moments import VIET_NAM, Moment, today

_SECOND = timedelta(seconds=1)
# From an event's time to the end of its transaction: no statement of a writer's lasts longer.
SETTLES = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Validators:
    """`tag` as it stands in an ETag header. `changed_at`: a whole second (UTC), from which on no
    answer was another one. `now`: when this answer leaves (UTC)."""

    tag: str
    changed_at: datetime
    now: datetime

    @property
    def headers(self) -> dict[str, str]:
        """Nothing was last modified in the future: what may still change says this second."""
        at = min(self.changed_at, self.now.astimezone(UTC).replace(microsecond=0))
        return {"ETag": self.tag, "Last-Modified": http_date(at)}

    def held_by(self, asked: Headers) -> bool:
        """Whether a GET's own conditions say that the caller has this answer (RFC 9110, 13.2.2)."""
        tags = asked.get("if-none-match")
        if tags is not None:
            return names(tags, self.tag)
        since = read_http_date(asked.get("if-modified-since"))
        return since is not None and since >= self.changed_at


def of_public(
    request: Request, seen: Moment, tag: str, others: Iterable[datetime | None] = ()
) -> Validators:
    """For an answer made of what was known at `seen`, and of what was recorded at the times
    `others`.

    It is another with a later event, a later release and, unless both clocks are set by the
    caller, with the next day in Viet Nam.
    """
    now: datetime = request.app.state.clock()
    recorded = [seen.known_at, *(other for other in others if other is not None)]
    times = [released_at(), max(recorded) + SETTLES]
    if not (given(request, "as_of") and given(request, "known_at")):
        times.append(datetime.combine(today(now), time(), VIET_NAM))
    return Validators(tag, _whole(max(times)), now)


def given(request: Request, name: str) -> bool:
    """Whether the query says something under this name; a blank is the default."""
    return bool(request.query_params.get(name, "").strip())


def of_release(request: Request, tag: str) -> Validators:
    """For what changes with a release only."""
    return Validators(tag, _whole(released_at()), request.app.state.clock())


def weak_tag(request: Request, stamp: str) -> str:
    """Of an answer that follows from the question and from what `stamp` names. Weak: the same
    content may leave compressed or not."""
    accept = request.headers.get("accept", "")
    parts = (release(), stamp, current().value, accept, request.url.path, request.url.query)
    return f'W/"{sha256(chr(0).join(parts).encode()).hexdigest()[:24]}"'


def not_modified(headers: dict[str, str]) -> Response:
    """The answer to a caller who has it already."""
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)


def names(tags: str, tag: str) -> bool:
    """Whether an If-None-Match header names the tag, compared weakly (RFC 9110, 8.8.3.2)."""
    return tags.strip() == "*" or tag.removeprefix("W/") in tags


def http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)


def read_http_date(text: str | None) -> datetime | None:
    """None for what is no date: RFC 9110 has it ignored."""
    if text is None:
        return None
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _whole(at: datetime) -> datetime:
    """The first whole second that is not before: two changes within one are told apart."""
    at = at.astimezone(UTC)
    return at if at.microsecond == 0 else at.replace(microsecond=0) + _SECOND
