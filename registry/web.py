"""The lookout: asks whether a page of the web is there, and can be led nowhere else.

The address of a page comes from people. So every name is looked up here, all that it stands for
must be of the open Internet, and the connection goes to exactly what was looked up; each step of a
redirection is checked anew. Nothing of an answer is believed or kept but its status: that is why a
certificate need not be valid (many offices' chains are incomplete, and browsers mend them).
"""

import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import httpcore

from registry.domain.links import REDIRECTS, Outcome, is_public, meaning

MAX_STEPS = 5
SECONDS = 20.0
_PATIENCE = {"connect": 5.0, "read": 10.0, "write": 5.0, "pool": 5.0}
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Found:
    """How a page was found; `url` is where asking ended."""

    outcome: Outcome
    url: str
    status: int | None = None


class _Stop(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class Lookout:
    """`allowed` and `ports` say where it may look."""

    def __init__(
        self,
        name: str,
        *,
        allowed: Callable[[str], bool] = is_public,
        ports: Collection[int] = (80, 443),
        seconds: float = SECONDS,
    ) -> None:
        self._headers = [
            (b"User-Agent", name.encode("ascii", "replace")),
            (b"Accept", b"*/*"),
            (b"Connection", b"close"),
        ]
        self._allowed = allowed
        self._ports = ports
        self._seconds = seconds
        self._tls = ssl.create_default_context()
        self._tls.check_hostname = False
        self._tls.verify_mode = ssl.CERT_NONE

    def ask(self, url: str) -> Found:
        """Never raises: whatever goes wrong is an outcome."""
        until = time.monotonic() + self._seconds
        backend = _Guarded(self._allowed, until)
        with httpcore.ConnectionPool(ssl_context=self._tls, network_backend=backend) as pool:
            for step in range(MAX_STEPS + 1):
                try:
                    status, further = self._visit(pool, url)
                except _Stop as stop:
                    return Found(stop.outcome, url)
                if further is None:
                    return Found(meaning(status), url, status)
                if step < MAX_STEPS:
                    url = further
        return Found(Outcome.ROUNDABOUT, url)

    def _visit(self, pool: httpcore.ConnectionPool, url: str) -> tuple[int, str | None]:
        """The status of a page and where it sends on to, if it does."""
        target = self._target(url)
        try:
            status, location = self._send(pool, b"HEAD", target)
        except _Stop as stop:
            if stop.outcome is not Outcome.UNREADABLE:
                raise
            status, location = 500, ""
        if status >= 400:
            # Many servers do not know HEAD.
            status, location = self._send(pool, b"GET", target)
        if status not in REDIRECTS or not location:
            return status, None
        try:
            return status, urljoin(url, location)
        except ValueError:
            raise _Stop(Outcome.UNREADABLE) from None

    def _send(
        self, pool: httpcore.ConnectionPool, method: bytes, target: httpcore.URL
    ) -> tuple[int, str]:
        headers = [(b"Host", _host_header(target)), *self._headers]
        try:
            # The body is left unread: it may have no end.
            with pool.stream(
                method, target, headers=headers, extensions={"timeout": _PATIENCE}
            ) as answer:
                named = {name.lower(): value for name, value in answer.headers}
                return answer.status, named.get(b"location", b"").decode("utf-8", "replace")
        except httpcore.TimeoutException:
            raise _Stop(Outcome.TOO_SLOW) from None
        except (httpcore.ProtocolError, httpcore.ReadError):
            raise _Stop(Outcome.UNREADABLE) from None
        except httpcore.NetworkError:
            raise _Stop(Outcome.NO_CONNECTION) from None

    def _target(self, url: str) -> httpcore.URL:
        """The page, taken apart once: whatever connects gets the parts and reads no text again."""
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").rstrip(".").encode("idna").decode()
            port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
        except ValueError:
            raise _Stop(Outcome.UNREADABLE) from None
        if parts.scheme not in _DEFAULT_PORTS or not host:
            raise _Stop(Outcome.UNREADABLE)
        if "@" in parts.netloc or port not in self._ports:
            raise _Stop(Outcome.NOT_PUBLIC)
        return httpcore.URL(scheme=parts.scheme, host=host, port=port, target=_path(parts))


def _path(parts: SplitResult) -> bytes:
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return f"{path}?{query}".encode() if query else path.encode()


def _host_header(target: httpcore.URL) -> bytes:
    host = b"[%s]" % target.host if b":" in target.host else target.host
    default = target.port == _DEFAULT_PORTS[target.scheme.decode()]
    return host if default else b"%s:%d" % (host, target.port or 0)


class _Guarded(httpcore.NetworkBackend):
    """Connects only to addresses that are allowed, to the ones it looked up, and for a while."""

    def __init__(self, allowed: Callable[[str], bool], until: float) -> None:
        self._allowed = allowed
        self._until = until
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise _Stop(Outcome.NO_HOST) from None
        addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
        # One that is not allowed spoils all: whoever answers for the name does so on purpose.
        if not addresses or not all(self._allowed(address) for address in addresses):
            raise _Stop(Outcome.NOT_PUBLIC)
        for address in addresses[:-1]:
            try:
                return self._connect(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(addresses[-1], port, timeout, local_address, socket_options)

    def _connect(
        self,
        address: str,
        port: int,
        timeout: float | None,
        local_address: str | None,
        socket_options: Iterable[Any] | None,
    ) -> httpcore.NetworkStream:
        left = _left(self._until, timeout, httpcore.ConnectTimeout)
        stream = self._plain.connect_tcp(address, port, left, local_address, socket_options)
        return _Timed(stream, self._until)


class _Timed(httpcore.NetworkStream):
    """A connection whose every step must end by a common hour: drops of an answer gain no time."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = _left(self._until, timeout, httpcore.ReadTimeout)
        return self._stream.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._until, timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(self._until, timeout, httpcore.ConnectTimeout)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, left), self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(until: float, timeout: float | None, too_late: type[Exception]) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise too_late
    return left if timeout is None else min(left, timeout)
