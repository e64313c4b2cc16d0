"""Refusals at the edge: one handler, two faces (RFC 9457 for programs, a page for people).

Status and words of each refusal stand in `api/refusals.py`, those of fields in
`api/field_words.py`.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import quote, urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import i18n, watchman
from api.field_words import sentence
from api.i18n import gettext, mark
from api.refusals import OF_HTTP, OURS, REFUSALS, words_of
from registry.domain import errors
from registry.domain.errors import (
    FieldProblem,
    InvalidInput,
    Moved,
    RegistryError,
    SignInRequired,
)
from registry.domain.kinds import field_problems_of

log = logging.getLogger("registry")

PROBLEM_JSON = "application/problem+json"


def is_program(request: Request) -> bool:
    """Whether the answer goes to a program (problem+json) or a person (a page)."""
    path = request.url.path
    by_browser = "text/html" in request.headers.get("accept", "")
    if path == "/ogc" or path.startswith("/ogc/"):
        asked = request.query_params.get("f")
        return asked != "html" and (asked is not None or not by_browser)
    if path.startswith(_EMBEDDED):
        return path.endswith((".svg", ".png", ".json"))
    if path.startswith(_OF_PROGRAMS):
        return True
    # Beside the pages there is nothing to read: whoever mistyped an address is told so in words.
    in_pages = path.split("/", 2)[1] in set(i18n.Language)
    return not in_pages and not by_browser


_OF_PROGRAMS = ("/api/", "/openapi.json")
# In a frame of another site there is room for the words only.
_EMBEDDED = "/embed/"


# What of an address is not its path. The path is judged where one is sent there.
_ADDRESS = re.compile(r"^https?://[^/]*|[?#].*", re.DOTALL)


def refusal(request: Request, error: RegistryError) -> Response:
    """The answer to a refused request, in the form its caller reads."""
    if isinstance(error, SignInRequired) and not is_program(request):
        back, done = request.url.path, ""
        if request.method != "GET":
            # Back to the page with the form: where it was sent to need not be a page.
            back, done = _ADDRESS.sub("", request.headers.get("referer", "")), "&done=expired"
        return RedirectResponse(
            f"/{i18n.current()}/sign-in?next={quote(back)}{done}", HTTPStatus.SEE_OTHER
        )
    status, _ = REFUSALS[error.code]
    if isinstance(error, Moved):
        address = _moved_to(request, error)
        if not is_program(request):
            return RedirectResponse(address, status)
        return _answer(request, status, error.code, words_of(error), headers={"Location": address})
    fields = error.problems if isinstance(error, InvalidInput) else ()
    after = {"Retry-After": "60"} if isinstance(error, errors.Busy) else None
    return _answer(request, status, error.code, words_of(error), fields, after)


def _moved_to(request: Request, moved: Moved) -> str:
    """The address asked for with its last part as it is written; a page will say where one came
    from."""
    # Not from `request.url`: a question mark in a name would end its path.
    parts = request.scope["path"].split("/")
    place = len(parts) - 1 - parts[::-1].index(moved.was)
    parts[place] = moved.now
    query = request.query_params.multi_items()
    if not is_program(request):
        query = [*((n, v) for n, v in query if n != "came_from"), ("came_from", moved.was)]
    asked = f"?{urlencode(query)}" if query else ""
    return "/".join(quote(part, safe="") for part in parts) + asked


def _answer(
    request: Request,
    status: HTTPStatus,
    code: str,
    words: str,
    fields: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    request_id = request.state.request_id
    if is_program(request):
        body = {
            "type": problem_type(request.app.state.settings.public_url, code),
            "title": words,
            "status": status.value,
            "code": code,
            "request_id": request_id,
        }
        if fields:
            body["errors"] = [
                {"pointer": p.pointer, "code": p.code, "detail": sentence(p)} for p in fields
            ]
        sent = {**(headers or {}), "Content-Language": i18n.current().value}
        if status is HTTPStatus.UNAUTHORIZED:
            sent["WWW-Authenticate"] = "Bearer"
        return JSONResponse(body, status, sent, PROBLEM_JSON)
    from api.rendering import page  # noqa: PLC0415 - pages need these words, and these words a page

    return page(
        request,
        "embed/error.html" if request.url.path.startswith(_EMBEDDED) else "error.html",
        status=status,
        headers=headers,
        words=words,
        fields=[(p, sentence(p)) for p in fields],
        request_id=request_id,
    )


def problem_type(public_url: str, code: str) -> str:
    """The address that names a kind of problem, and explains it to whoever follows it."""
    return f"{public_url.rstrip('/')}/problems/{code}"


def _of_http(
    request: Request, status: HTTPStatus, headers: Mapping[str, str] | None = None
) -> Response:
    words = OF_HTTP.get(status, mark("The request could not be answered."))
    return _answer(request, status, status.name.lower(), gettext(words), headers=headers)


def _sent_otherwise(request: Request, error: RequestValidationError) -> bool:
    """Whether a body was not read because its sender does not call it JSON."""
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    whole = any(tuple(problem["loc"]) == ("body",) for problem in error.errors())
    is_json = sent == "application/json" or (sent.startswith("application/") and "+json" in sent)
    return whole and bool(sent) and not is_json


def install(app: FastAPI) -> None:
    """Registers the handlers; nothing a caller sends ends in a bare 500."""

    @app.exception_handler(RegistryError)
    def refused(request: Request, error: RegistryError) -> Response:
        watchman.saw(request, error)
        return refusal(request, error)

    @app.exception_handler(RequestValidationError)
    def unreadable(request: Request, error: RequestValidationError) -> Response:
        if _sent_otherwise(request, error):
            return _of_http(request, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        return refusal(request, InvalidInput(field_problems_of(error.errors(), skip=1)))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        return _of_http(request, HTTPStatus(error.status_code), error.headers)

    @app.exception_handler(IntegrityError)
    def conflict(request: Request, error: IntegrityError) -> Response:
        log.warning("refused by the database: %s", error.orig)
        return refusal(request, errors.WrongState())

    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    @app.exception_handler(PoolTimeoutError)
    def unavailable(request: Request, error: Exception) -> Response:
        log.error("database unavailable: %s", error)
        status, words = OURS["unavailable"]
        after = {"Retry-After": "5"}
        return _answer(request, status, "unavailable", gettext(words), headers=after)

    @app.exception_handler(Exception)
    def broken(request: Request, error: Exception) -> Response:
        log.error("request %s failed", request.state.request_id, exc_info=error)
        status, words = OURS["internal"]
        return _answer(request, status, "internal", gettext(words))
