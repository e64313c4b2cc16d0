"""The programmers' bench: callers of the API, each with a token of their own."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import uuid4

import schemathesis
from fastapi import FastAPI
from httpx import (
    ASGITransport,
    AsyncByteStream,
    BaseTransport,
    ByteStream,
    Client,
    Request,
    Response,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from api.app import create_app
from registry.actions.account import token_hash
from registry.db.engine import transaction
from registry.db.tables import WebSession
from registry.domain.model import Actor
from registry.settings import Settings
from tests.factories import LETTER, USE_CASE, Clock, World
from tests.postgres import Database


class InProcess(BaseTransport):
    """Asks the application without a network, each time in a loop of its own: threads may too."""

    def __init__(self, app: FastAPI) -> None:
        self._inner = ASGITransport(app, raise_app_exceptions=False)

    def handle_request(self, request: Request) -> Response:
        return asyncio.run(self._ask(request))

    async def _ask(self, request: Request) -> Response:
        request.read()
        answer = await self._inner.handle_async_request(request)
        assert isinstance(answer.stream, AsyncByteStream)
        body = b"".join([part async for part in answer.stream])
        # Not decoded here: the client does that by the headers.
        return Response(answer.status_code, headers=answer.headers, stream=ByteStream(body))


@dataclass
class Caller:
    """One program. Paths are those after /api/v1; without a token it is the public."""

    client: Client
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, json: Any = None, **headers: str) -> Response:
        """`headers` are named in Python's spelling: `if_match`, `idempotency_key`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()} | self.headers
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        address = path if path.startswith("/api/") else f"/api/v1{path}"
        answer = self.client.request(method, address, json=json, headers=sent)
        keeps_its_word(answer)
        return answer

    def get(self, path: str, **headers: str) -> Response:
        return self.send("GET", path, **headers)

    def read(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def create(self, path: str, json: Any = None, **headers: str) -> Response:
        return self.send("POST", path, json, **{"idempotency_key": uuid4().hex, **headers})

    def created(self, path: str, json: Any = None, **headers: str) -> Response:
        answer = self.create(path, json, **headers)
        assert answer.status_code == 201, answer.text
        return answer

    def change(self, path: str, json: Any = None, *, method: str = "POST", tag: str) -> Response:
        return self.send(method, path, json, if_match=tag)

    def moved(self, path: str, json: Any = None, *, method: str = "POST", tag: str) -> Response:
        answer = self.change(path, json, method=method, tag=tag)
        assert answer.status_code == 200, answer.text
        return answer

    def walk(self, path: str) -> Iterator[Any]:
        """Every page from this one on."""
        following: str | None = path
        while following is not None:
            page = self.read(following)
            yield page
            following = page["next"]


@cache
def contract() -> OpenApiSchema:
    return schemathesis.openapi.from_dict(create_app(Settings()).openapi())


def keeps_its_word(answer: Response) -> None:
    """Every answer of every test is one that /openapi.json announces, to the letter."""
    path = answer.request.url.path
    operation = contract().find_operation_by_path(answer.request.method, path)
    if operation is None:
        assert answer.status_code in {404, 405}, (answer.request.method, path)
        return
    promised = operation.definition.raw["responses"][str(answer.status_code)]
    sent = answer.headers.get("content-type", "").partition(";")[0]
    assert sent in (promised.get("content") or {""}), (path, answer.status_code, sent)
    operation.validate_response(answer)


@contextmanager
def service(database: Database, clock: Clock) -> Iterator[FastAPI]:
    """The application without its lifespan: no answer is kept from one request to the next."""
    app = create_app(database.settings, clock)
    try:
        yield app
    finally:
        app.state.sessions.kw["bind"].dispose()
        app.state.pool.close()


def public(app: FastAPI) -> Caller:
    return Caller(Client(transport=InProcess(app), base_url="http://registry.test"))


def signed_in(app: FastAPI, world: World, actor: Actor) -> Caller:
    token = secrets.token_urlsafe()
    now = world.clock()
    assert actor.user_id is not None
    with transaction(world.factory) as session:
        session.add(
            WebSession(
                token_hash=token_hash(token),
                user_id=actor.user_id,
                created_at=now,
                expires_at=now + timedelta(days=900),
            )
        )
    caller = public(app)
    caller.token = token
    return caller


def letter() -> dict[str, str]:
    """The official letter of a submission."""
    found: dict[str, str] = LETTER.model_dump(mode="json")
    return found


def text_of_use_case(*problem_ids: str, **changes: Any) -> dict[str, Any]:
    return {**USE_CASE, "problem_ids": list(problem_ids), **changes}
