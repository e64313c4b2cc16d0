"""The plumb line: a bare Starlette application that answers with ready-made bytes.

Started by uvicorn in a process of its own; `BENCH_PREPARED` names the folder the bytes lie in.
"""

import json
import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.servers import Answer


def lay_out(folder: Path, answers: dict[str, Answer]) -> None:
    """Writes what `app` will answer at each path: the same bytes and headers."""
    kept = {}
    for number, (path, answer) in enumerate(answers.items()):
        name = f"{number}.body"
        (folder / name).write_bytes(answer.body)
        # Those that the server itself writes.
        headers = {n: v for n, v in answer.headers.items() if n.lower() not in _SERVERS_OWN}
        kept[path] = {"body": name, "headers": headers}
    (folder / _INDEX).write_text(json.dumps(kept), encoding="utf-8")


_INDEX = "index.json"
_SERVERS_OWN = {"content-length", "date", "server"}


def app() -> Starlette:
    folder = Path(os.environ["BENCH_PREPARED"])
    kept = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
    return Starlette(
        routes=[
            _route(path, (folder / entry["body"]).read_bytes(), entry["headers"])
            for path, entry in kept.items()
        ]
    )


def _route(path: str, body: bytes, headers: dict[str, str]) -> Route:
    tag = next(value for name, value in headers.items() if name.lower() == "etag")
    bodiless = {n: v for n, v in headers.items() if not n.lower().startswith("content-")}

    # Made once: a ceiling that encodes its headers anew each time would be a low one.
    whole, not_modified = Response(body, headers=headers), Response(None, 304, bodiless)

    async def endpoint(request: Request) -> Response:
        return not_modified if tag in request.headers.get("if-none-match", "") else whole

    return Route(path, endpoint)
