"""The wall before the routes: request ids, body size, same origin, headers, session cookie."""

import re
import uuid
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import i18n, sharing
from api.errors import refusal
from api.retiring import say_farewell
from registry.actions.account import Origin
from registry.domain.errors import CrossSite, TooLarge
from registry.settings import Mode, Settings

_IPV4 = 4
_SAFE = {"GET", "HEAD", "OPTIONS"}
# Whatever may carry a file: bodies of the API's uploads, forms of a city's desk, lists.
_UPLOADS = re.compile(r"/api/v1/(?:cities/[^/]+/(?:files|sheets)|boundary-drafts)")
_UPLOAD_FORMS = re.compile(
    r"/(?:vi|en)/(?:desk/.+|admin/(?:rolls/(?:new|names)|boundaries/new"
    r"|indicators/[134]/[a-z]+/sheet))"
)


def session_cookie(settings: Settings) -> str:
    """Over https the name itself binds the cookie to this host and to encrypted requests."""
    return "__Host-session" if settings.mode is Mode.PRODUCTION else "session"


def set_session(response: Response, settings: Settings, token: str) -> None:
    response.set_cookie(
        session_cookie(settings),
        token,
        max_age=settings.session_hours * 3600,
        path="/",
        secure=settings.mode is Mode.PRODUCTION,
        httponly=True,
        samesite="lax",
    )


def clear_session(response: Response, settings: Settings) -> None:
    response.delete_cookie(
        session_cookie(settings),
        path="/",
        secure=settings.mode is Mode.PRODUCTION,
        httponly=True,
        samesite="lax",
    )


def content_security_policy(
    scripts: Iterable[str] = (),
    images: Iterable[str] = (),
    framed: bool = False,
    embedded: bool = False,
) -> str:
    """Everything from ourselves, nothing inline but scripts named by their hash.

    `framed`: pages of ours may show it in a frame; `embedded`: any page may, and it runs no script.
    """
    frames = "*" if embedded else "'self'" if framed else "'none'"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'none'" if embedded else " ".join(("script-src 'self'", *scripts)),
            "style-src 'self'",
            " ".join(("img-src 'self' data:", *images)),
            "connect-src 'self'",
            "font-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "frame-src 'self'",
            f"frame-ancestors {frames}",
            "base-uri 'none'",
        )
    )


# What other sites show: in a frame what stands under the one, as a picture also the other.
_EMBEDDED = re.compile(r"/embed(?:/|$)")
_LENT = re.compile(r"/(?:embed|og)(?:/|$)")
_ANCESTORS = re.compile(r"frame-ancestors ([^;]+)")
# The older word for the same, for whoever still reads that one; it has none for "everybody".
_FRAME_OPTIONS = {"*": None, "'self'": "SAMEORIGIN"}


def origin_of(request: Request) -> Origin:
    """Where a sign-in comes from: the browser's words, and the network its address is of.

    A network is what one household or office usually has: /24 of IPv4, /48 of IPv6.
    """
    host = "" if request.client is None else request.client.host
    try:
        address = ip_address(host)
    except ValueError:
        network = ""
    else:
        length = 24 if address.version == _IPV4 else 48
        network = str(ip_network(f"{address}/{length}", strict=False))
    agent = "".join(c for c in request.headers.get("user-agent", "") if c.isprintable())
    return Origin(agent, network)


class Wall:
    """Runs before any route. Refuses what no route should have to think about."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        i18n.speak(language_of(scope, headers))

        shared = sharing.readable_elsewhere(scope, headers)
        bodiless = scope["method"] == "HEAD"
        if bodiless:
            # Every GET has its HEAD: the same answer without its body.
            scope = {**scope, "method": "GET"}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                self._add_headers(sent, request_id, scope["path"])
                say_farewell(scope, sent)
                if shared:
                    sent.update(sharing.READABLE)
            elif bodiless:
                message = {**message, "body": b""}
            await send(message)

        asked_before = sharing.preflight(scope, headers)
        if asked_before is not None:
            await asked_before(scope, receive, send_with_headers)
            return
        if scope["method"] not in _SAFE and not _same_origin(headers):
            answer = refusal(Request(scope), CrossSite())
            await answer(scope, receive, send_with_headers)
            return
        await self._within_limit(scope, receive, send_with_headers)

    async def _within_limit(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = _largest(scope, self._settings)
        if _declared_length(Headers(scope=scope)) > limit:
            await refusal(Request(scope), TooLarge())(scope, receive, send)
            return
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise TooLarge
            return message

        async def unless_too_large(message: Message) -> None:
            # Whoever reads the body may take our refusal for a broken body and say so.
            if read <= limit:
                await send(message)

        try:
            await self._app(scope, limited, unless_too_large)
        finally:
            if read > limit:
                await refusal(Request(scope), TooLarge())(scope, receive, send)

    def _add_headers(self, headers: MutableHeaders, request_id: str, path: str) -> None:
        embedded = _EMBEDDED.match(path) is not None
        headers["X-Request-ID"] = request_id
        headers["X-Content-Type-Options"] = "nosniff"
        # Nobody is told which site, or which page of it, shows something of ours.
        referrer = "no-referrer" if embedded else "strict-origin-when-cross-origin"
        headers.setdefault("Referrer-Policy", referrer)
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers.setdefault("Content-Security-Policy", content_security_policy(embedded=embedded))
        if _LENT.match(path):
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        said = _ANCESTORS.search(headers["Content-Security-Policy"])
        if said is None:
            # `default-src` does not speak for it.
            headers["Content-Security-Policy"] += "; frame-ancestors 'none'"
        options = _FRAME_OPTIONS.get(said[1] if said else "", "DENY")
        if options is not None:
            headers["X-Frame-Options"] = options
        if self._settings.mode is Mode.PRODUCTION:
            headers["Strict-Transport-Security"] = "max-age=31536000"


def language_of(scope: Scope, headers: Headers) -> i18n.Language:
    """By the path (/vi, /en, also behind /embed and /og), else by `?lang=`, else by
    Accept-Language."""
    first = _LENT.sub("/", scope["path"]).removeprefix("/").split("/", 1)[0]
    if first in set(i18n.Language):
        return i18n.Language(first)
    asked = Request(scope).query_params.get("lang")
    if asked in set(i18n.Language):
        return i18n.Language(asked)
    return i18n.negotiate(headers.get("accept-language", ""))


def _same_origin(headers: Headers) -> bool:
    """A change must come from our own pages. Programs send neither header, nor our cookie."""
    if "authorization" in headers:
        return True
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == headers.get("host")
    except ValueError:
        return False


def _largest(scope: Scope, settings: Settings) -> int:
    """How much of a body is read. Who may send files at all is asked before they are."""
    path = scope["path"]
    sent = Headers(scope=scope).get("content-type", "")
    form = sent.startswith("multipart/form-data") and _UPLOAD_FORMS.fullmatch(path)
    uploads = scope["method"] == "POST" and (form or _UPLOADS.fullmatch(path))
    return settings.max_upload_bytes if uploads else settings.max_body_bytes


def _declared_length(headers: Headers) -> int:
    declared = headers.get("content-length", "0")
    return int(declared) if declared.isdigit() else 0
