"""The stage set: small real web servers on loopback that answer as a test wants them to."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import uvicorn
from fastapi import FastAPI

# Gets the handler and an event that is set when the test ends.
Play = Callable[[BaseHTTPRequestHandler, threading.Event], None]


@dataclass
class Stage:
    """`asked` holds a line for each request: method, Host, path."""

    port: int
    asked: list[str] = field(default_factory=list)


def says(status: int, **headers: str) -> Play:
    def play(handler: BaseHTTPRequestHandler, _over: threading.Event) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return play


def leads_to(url: str, status: int = 302) -> Play:
    return says(status, Location=url)


def drips(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """A header without end, drop by drop."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not over.wait(0.01):
        handler.wfile.write(b"a")
        handler.wfile.flush()


def pours(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """A body without end."""
    handler.send_response(200)
    handler.end_headers()
    while not over.is_set():
        handler.wfile.write(b"a" * 65536)


def babbles(handler: BaseHTTPRequestHandler, _over: threading.Event) -> None:
    handler.wfile.write(b"\x16\x03\x01 hello, this is no web server\r\n\r\n")


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Callers that hang up are expected."""


@contextmanager
def web_server(
    plays: Mapping[str, Play],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Stage]:
    """Plays by "METHOD /path" or by "/path"; everything else is not found."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stage.asked.append(f"{self.command} {self.headers['Host']} {self.path}")
            play = plays.get(f"{self.command} {self.path}") or plays.get(self.path) or says(404)
            with suppress(OSError):
                play(self, over)
            self.close_connection = True

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server: socketserver.TCPServer = _Server((host, port), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    stage = Stage(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stage
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Answers as in production, but in a thread. Who connects early waits in the backlog."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        config = uvicorn.Config(app, log_level="warning", ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
