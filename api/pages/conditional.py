"""The counter of the public pages: what a reader already holds is not sent again.

What is public changes only with an event of the ledger, with the day, or with a new release. A
signed-in reader may see drafts, which leave no event: their pages are never kept.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime

from fastapi import Request
from fastapi.responses import Response

from api.i18n import iso_utc
from api.release import release
from api.validators import given, not_modified, of_public
from registry.queries.moments import Moment
from registry.queries.people import NOBODY, Person

# Compression adds its own word to it.
_VARY = "Cookie"


def conditional(
    request: Request,
    seen: Moment,
    make: Callable[[], Response],
    *,
    changed: datetime | None = None,
) -> Response:
    """The page that `make` renders of what was known at `seen`, or 304 where the reader has it.

    `changed` is the time of the last change, besides events and days, that it depends on.
    """
    # What the page says of how to cite it.
    request.state.seen = seen
    person: Person = getattr(request.state, "person", NOBODY)
    if person.actor.user_id is not None:
        answer = make()
        answer.headers["Vary"] = _VARY
        return answer
    stamp = f"{release()} {seen.position} {seen.on} {changed}"
    parts = f"{stamp} {request.url.path}?{request.url.query}"
    tag = f'W/"{hashlib.sha256(parts.encode()).hexdigest()[:24]}"'
    validators = of_public(request, seen, tag, (changed,))
    headers = {**validators.headers, "Cache-Control": "no-cache", "Vary": _VARY}
    if validators.held_by(request.headers):
        return not_modified(headers)
    answer = make()
    answer.headers.update(headers)
    return answer


def asked(request: Request, when: Moment) -> dict[str, str]:
    """The clocks that the reader set, for links and forms to carry along."""
    set_by_reader = {"as_of": when.on.isoformat(), "known_at": iso_utc(when.known_at)}
    return {name: value for name, value in set_by_reader.items() if given(request, name)}
