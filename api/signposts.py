"""The signposts: addresses that name something in no language, and lead on to it in the reader's.

Headers and problems carry them, so they stay as they are.
"""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api import i18n
from api.audience import Audience, open_to
from api.refusals import kinds_of_problems
from registry.domain.errors import NotFound

router = APIRouter(include_in_schema=False, dependencies=[open_to(Audience.PUBLIC)])


@router.get("/")
def home(request: Request) -> Response:
    return _towards(request, "/", HTTPStatus.FOUND)


@router.get("/api")
def guide(request: Request) -> Response:
    return _towards(request, "/api")


@router.get("/problems/{problem}")
def problem(request: Request, problem: str) -> Response:
    """The `type` of a problem (RFC 9457)."""
    if problem not in kinds_of_problems():
        raise NotFound
    return _towards(request, f"/api/problems#{problem}")


def _towards(
    request: Request, path: str, status: HTTPStatus = HTTPStatus.TEMPORARY_REDIRECT
) -> Response:
    language = i18n.negotiate(request.headers.get("accept-language", ""))
    return RedirectResponse(f"/{language}{path}", status, headers={"Vary": "Accept-Language"})
