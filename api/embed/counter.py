"""The lending desk's counter: what is lent may be kept until the register changes."""

from collections.abc import Callable

from fastapi import Request
from fastapi.responses import Response

from api.pages.conditional import conditional
from registry.queries.moments import Moment


def lent(request: Request, seen: Moment, make: Callable[[], Response]) -> Response:
    """What `make` renders of the public register as of `seen`, or 304 where the caller has it.

    The language is in the address and nobody is asked who they are, so nothing else varies it.
    """
    answer = conditional(request, seen, make)
    del answer.headers["Vary"]
    return answer
