"""The notary's test: /openapi.json is true, whoever asks and whatever they send."""

from collections.abc import Iterator
from typing import Any, TypeVar
from uuid import UUID

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks as promises
from starlette.types import ASGIApp, Receive, Scope, Send

from registry.domain.model import Actor
from tests.factories import Clock, World
from tests.integration.api_client import Caller, public, service, signed_in
from tests.postgres import Database

T = TypeVar("T")
Operation = schemathesis.APIOperation[Any, Any, Any, Any]
Case = schemathesis.Case[Any]
HUE = "46"
CHECKS = [
    schemathesis.checks.not_a_server_error,
    promises.status_code_conformance,
    promises.content_type_conformance,
    promises.response_headers_conformance,
    promises.response_schema_conformance,
    promises.unsupported_method,
    promises.ignored_auth,
]


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as app:
        yield app


@pytest.fixture
def signer(world: World) -> Actor:
    """A register with something of everything: an approved case, one in review, one draft."""
    world.province("48")
    world.targets()
    world.roll([world.city(HUE), world.city("48")], code="DT-2024", official_total=3)
    signer = world.signer(HUE)
    problem = world.problem(signer, HUE)
    world.approved(signer, HUE, [problem])
    submitted = world.draft(signer, HUE, [problem])
    world.submit(signer, submitted)
    world.claim(submitted)
    world.draft(signer, HUE, [problem])
    return signer


def without_lifespan(app: FastAPI) -> ASGIApp:
    """Schemathesis would start it once and never end it."""

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for stage in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{stage}.complete"})

    return inner


def real_places(path: str, problem_id: str) -> st.SearchStrategy[dict[str, Any]]:
    """Path parameters that lead somewhere; arbitrary ones hardly ever do."""
    if "/use-cases/{code}" in path:
        codes = ["46-001", "46-002", "46-003"]
    else:
        codes = ["DT-2024"] if "/rolls/" in path else [HUE, "48"]
    return st.fixed_dictionaries(
        {"n": st.just(1), "problem_id": st.just(problem_id), "code": st.sampled_from(codes)}
    )


def seldom_none(values: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.one_of(st.none(), values, values, values)


def hold_to_its_word(app: FastAPI, caller: Caller, problem_id: str, examples: int) -> None:
    # On a busy machine this takes longer than the tool waits for an answer.
    app.openapi()
    schema = schemathesis.openapi.from_asgi("/openapi.json", without_lifespan(app))
    headers = {"Authorization": f"Bearer {caller.token}"} if caller.token else {}

    def held(operation: Operation) -> None:
        anything = st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        )

        @seed(699)
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(
            case=anything,
            place=seldom_none(real_places(operation.path, problem_id)),
            revision=seldom_none(st.integers(1, 4)),
            key=seldom_none(st.uuids()),
        )
        def ask(
            case: Case,
            place: dict[str, Any] | None,
            revision: int | None,
            key: UUID | None,
        ) -> None:
            if place is not None:
                case.path_parameters = {
                    name: place.get(name, value) for name, value in case.path_parameters.items()
                }
            if revision is not None:
                case.headers["If-Match"] = f'"{revision}"'
            if key is not None:
                case.headers["Idempotency-Key"] = str(key)
            case.call_and_validate(headers=headers, checks=CHECKS)

        ask()

    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) > 25
    # Sessions end last, or everybody is a stranger from then on.
    for operation in sorted(operations, key=lambda found: found.method.lower() == "delete"):
        held(operation)


def problem_of(world: World, signer: Actor) -> str:
    return str(world.problem(signer, HUE, title="Còn mở"))


def test_for_the_public(app: FastAPI, world: World, signer: Actor) -> None:
    hold_to_its_word(app, public(app), problem_of(world, signer), examples=6)


def test_for_a_citys_signer(app: FastAPI, world: World, signer: Actor) -> None:
    hold_to_its_word(app, signed_in(app, world, signer), problem_of(world, signer), examples=6)


def test_for_a_reviewer(app: FastAPI, world: World, signer: Actor) -> None:
    ministry = signed_in(app, world, world.reviewer())
    hold_to_its_word(app, ministry, problem_of(world, signer), examples=6)
