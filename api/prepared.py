"""Answers of public reads, kept as bytes in front of the application until the register changes.

An answer is kept when it is public (no cookie, no credentials came with the request) and carries
an ETag. What is kept holds for one version of the register and one day in Viet Nam. The version
is learned by LISTEN on a connection of its own; while that is not known to be alive, nothing kept
is used and every reader asks the database.
"""

import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.validators import SETTLES, names, read_http_date
from registry.actions.act import Clock
from registry.db.engine import CHANGES
from registry.queries.moments import today
from registry.settings import Settings

log = logging.getLogger("registry")

# Per process; an answer larger than a sixteenth of it is not kept.
CAPACITY = 64_000_000
# What headers and bookkeeping take beside a body: small answers to made-up questions add up.
OVERHEAD = 4_000
HEARTBEAT = 5.0

_PERSONAL = frozenset({b"cookie", b"authorization", b"range"})
_CHOICES = (b"accept", b"accept-language", b"accept-encoding")

Key = tuple[bytes, ...]
Stamp = tuple[int, int]


class Watch:
    """Counts the changes of the register. `version()` is None while they might be missed."""

    def __init__(self, settings: Settings) -> None:
        address = make_url(settings.database_url).set(drivername="postgresql")
        self._address = address.render_as_string(hide_password=False)
        self._count = 0
        self._alive_until = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(HEARTBEAT)

    def bump(self) -> None:
        """Called by whoever changed the register in this process, before they answer."""
        self._count += 1

    def version(self) -> int | None:
        return self._count if time.monotonic() < self._alive_until else None

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with psycopg.connect(self._address, autocommit=True) as connection:
                    connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANGES)))
                    self.bump()
                    self._follow(connection)
            except psycopg.Error as error:
                self._alive_until = 0.0
                log.warning("not listening for changes: %s", error)
                self._stopping.wait(1)

    def _follow(self, connection: psycopg.Connection) -> None:
        while not self._stopping.is_set():
            connection.execute("SELECT 1")
            self._alive_until = time.monotonic() + 2 * HEARTBEAT
            heard = connection.notifies(timeout=HEARTBEAT / 5, stop_after=1)
            for _ in heard:
                self.bump()


@dataclass(frozen=True, slots=True)
class _Kept:
    """`until`: when to ask for a better date, of an answer whose own vouches for nothing yet."""

    stamp: Stamp
    etag: str
    modified: datetime | None
    until: datetime | None
    start: Message
    body: bytes
    not_modified: Message
    weight: int


class Prepared:
    """The outermost layer: answers from kept bytes, or asks the application and keeps."""

    def __init__(self, app: ASGIApp, watch: Watch, clock: Clock) -> None:
        self._app = app
        self._watch = watch
        self._clock = clock
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._size = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _key(scope)
        version = self._watch.version()
        if key is None or version is None:
            await self._app(scope, receive, send)
            return
        now = self._clock()
        stamp = (version, today(now).toordinal())
        kept = self._kept.get(key)
        if kept is not None and kept.stamp == stamp and (kept.until is None or now < kept.until):
            self._kept.move_to_end(key)
            if _held(kept, scope):
                await send(kept.not_modified)
                await send({"type": "http.response.body"})
                return
            await send(kept.start)
            await send({"type": "http.response.body", "body": kept.body})
            return
        await self._ask(scope, receive, send, key, stamp)

    async def _ask(
        self, scope: Scope, receive: Receive, send: Send, key: Key, stamp: Stamp
    ) -> None:
        start: Message | None = None
        parts: list[bytes] = []

        async def listening(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message if _worth_keeping(message) else None
            elif start is not None:
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    self._keep(key, stamp, start, b"".join(parts))
            await send(message)

        await self._app(scope, receive, listening)

    def _keep(self, key: Key, stamp: Stamp, start: Message, body: bytes) -> None:
        if len(body) > CAPACITY // 16:
            return
        # The request's own id belongs to one answer; length and type do to a body.
        raw = [(n, v) for n, v in start["headers"] if n.lower() != b"x-request-id"]
        bodiless = [(n, v) for n, v in raw if not n.lower().startswith(b"content-")]
        sent = Headers(raw=start["headers"])
        now = self._clock()
        modified = _settled(sent.get("last-modified"), now)
        kept = _Kept(
            stamp,
            sent["etag"],
            modified,
            now + SETTLES if modified is None else None,
            {**start, "headers": raw},
            body,
            {"type": "http.response.start", "status": 304, "headers": bodiless},
            weight=len(body) + sum(map(len, key)) + OVERHEAD,
        )
        self._forget(key)
        self._kept[key] = kept
        self._size += kept.weight
        while self._size > CAPACITY:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: Key) -> None:
        old = self._kept.pop(key, None)
        if old is not None:
            self._size -= old.weight


def _worth_keeping(start: Message) -> bool:
    """Whether an answer is public, and no file: those may be large, and come from their store."""
    headers = Headers(raw=start["headers"])
    private = "private" in headers.get("cache-control", "") or "set-cookie" in headers
    is_file = "content-disposition" in headers
    return start["status"] == 200 and "etag" in headers and not private and not is_file


def _key(scope: Scope) -> Key | None:
    """What an answer may depend on besides the register; None when it may be personal."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    chosen_by: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in _PERSONAL:
            return None
        if name in _CHOICES:
            # Of two the application may follow the other one: nobody else may be given that.
            if name in chosen_by:
                return None
            chosen_by[name] = value
    accept, language, encoding = (chosen_by.get(name, b"") for name in _CHOICES)
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    return path, scope["query_string"], accept, language, b"gzip" if b"gzip" in encoding else b""


def _held(kept: _Kept, scope: Scope) -> bool:
    """Whether the caller has it: by its tag, or by its date where no tag is sent."""
    since = None
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            return names(value.decode("latin-1"), kept.etag)
        if name == b"if-modified-since":
            since = value
    if since is None or kept.modified is None:
        return False
    found = read_http_date(since.decode("latin-1"))
    return found is not None and found >= kept.modified


def _settled(last_modified: str | None, now: datetime) -> datetime | None:
    """The time that an answer's date is good for; None while the second is not over in which it
    may have changed once more (RFC 9110, 8.8.2.2)."""
    at = read_http_date(last_modified)
    return at if at is not None and at < now - timedelta(seconds=1) else None
