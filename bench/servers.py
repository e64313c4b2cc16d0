"""The engine hall: starts a server in a process of its own, awaits its first answer, stops it."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PEERS = ROOT / ".local/bench/venv/bin/python"
HOUSE = ROOT / ".venv/bin/python"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Process:
    pid: int

    def memory(self) -> int:
        """Bytes of the worker that are in memory."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024


@dataclass(frozen=True, slots=True)
class Server(Process):
    origin: str


class DidNotStart(Exception):
    """A server that had to be measured gave no answer."""


@contextmanager
def uvicorn(
    app: str, environment: Mapping[str, str], python: Path = HOUSE, *, factory: bool = False
) -> Iterator[Server]:
    """One worker, with the event loop and the parser that the service itself uses."""
    port = free_port()
    command = [python, "-m", "uvicorn", app, "--port", port, "--loop", "uvloop"]
    command += ["--http", "httptools", "--no-access-log", "--no-server-header"]
    command += ["--log-level", "warning", *(["--factory"] if factory else [])]
    origin = f"http://127.0.0.1:{port}"
    # Reads are counted as in production, and never too many.
    unhindered = {"REGISTRY_RATE_LIMIT": "1000000000"}
    with running(list(map(str, command)), {**os.environ, **unhindered, **environment}) as process:
        await_answer(f"{origin}/", process.pid)
        yield Server(process.pid, origin)


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Process]:
    """A process with just this environment, ended with everything it started."""
    log = ROOT / ".local/bench/servers.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield Process(process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def await_answer(address: str, pid: int, seconds: float = 60) -> None:
    """Waits for any answer, also one that says there is nothing at this address."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            get(address)
        except OSError:
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                break
            time.sleep(0.02)
        else:
            return
    raise DidNotStart(f"{address}: see .local/bench/servers.log")


def get(address: str, headers: Mapping[str, str] | None = None, seconds: float = 60) -> Answer:
    """One answer, whatever its status; redirects are not followed."""
    request = urllib.request.Request(address, headers=dict(headers or {}))
    try:
        with _OPENER.open(request, timeout=seconds) as answer:
            return Answer(answer.status, dict(answer.headers.items()), answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, dict(error.headers.items()), error.read())


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object, **_named: object) -> None:
        return None


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
