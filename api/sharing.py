"""The open window: what pages and programs of other origins may read (CORS, Fetch standard).

Only reads of what is public, only without credentials: whoever shows a cookie or a token is
answered without a word to other origins, and no change is ever offered to them.
"""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

_OPEN = ("/api/v1", "/ogc", "/catalog", "/feeds", "/embed", "/problems", "/openapi.json")
# Feeds and files that stand among the pages of a language.
_OPEN_ENDINGS = (
    *(".atom", ".csv", ".geojson", ".json", ".jsonld", ".pdf", ".rdf", ".svg", ".ttl", ".xlsx"),
)
_CREDENTIALS = ("authorization", "cookie")
_READS = {"GET", "HEAD", "OPTIONS"}

_EXPOSED = (
    "ETag, Last-Modified, Link, Content-Language, Content-Disposition, Content-Range, Repr-Digest,"
    " Deprecation, Sunset, RateLimit, RateLimit-Policy, Retry-After, X-Request-ID"
)
READABLE = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": _EXPOSED}
_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type, If-Match,"
    " If-Modified-Since, If-None-Match, If-Range, Range, X-Request-ID",
    "Access-Control-Max-Age": "86400",
}


def readable_elsewhere(scope: Scope, headers: Headers) -> bool:
    """Whether the answer to this request may be read by scripts of any origin."""
    return (
        scope["method"] in _READS
        and _open(scope["path"])
        and not any(name in headers for name in _CREDENTIALS)
    )


def preflight(scope: Scope, headers: Headers) -> Response | None:
    """The answer to a browser that asks before it reads; None for any other request.

    Whoever asks for a change, or to send credentials, is not allowed it by this answer.
    """
    asked = scope["method"] == "OPTIONS" and "access-control-request-method" in headers
    if not asked or not _open(scope["path"]):
        return None
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=_PREFLIGHT)


def _open(path: str) -> bool:
    return path.endswith(_OPEN_ENDINGS) or any(
        path == beginning or path.startswith(f"{beginning}/") for beginning in _OPEN
    )
