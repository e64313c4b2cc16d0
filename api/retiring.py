"""The farewell: an address that will go says so with every answer, long before it does."""

from datetime import UTC, datetime

from fastapi import Request, params
from starlette.datastructures import MutableHeaders
from starlette.types import Scope

from api.validators import http_date

POLICY = "/api#deprecation"


def retiring(since: datetime, until: datetime) -> params.Depends:
    """For `dependencies=` of a route that is to be retired, with `deprecated=True` for its
    description: deprecated from `since` on (RFC 9745), gone after `until` (RFC 8594)."""
    headers = {
        "Deprecation": f"@{int(since.timestamp())}",
        "Sunset": http_date(until.astimezone(UTC)),
        "Link": f'<{POLICY}>; rel="deprecation"; type="text/html"',
    }

    def say(request: Request) -> None:
        request.state.retiring = headers

    return params.Depends(say)


def say_farewell(scope: Scope, headers: MutableHeaders) -> None:
    """Adds what the route said of itself to the headers of its answer."""
    for name, value in scope["state"].get("retiring", {}).items():
        headers.append(name, value)
