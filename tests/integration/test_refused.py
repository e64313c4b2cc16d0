"""The watchman's room: who was denied what is in the ledger, once, and not for the public."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from registry.actions import refused
from registry.actions.account import FAILURES_ALLOWED
from registry.db.tables import EventRow, UserAccount
from registry.domain.model import PUBLIC, Actor, Role
from registry.queries.tree import verify_ledger
from tests.factories import Clock, World
from tests.integration.api_client import letter, public, service
from tests.integration.api_client import signed_in as program
from tests.integration.visitor import signed_in, visitor
from tests.postgres import Database


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as app:
        yield app


@pytest.fixture
def neighbours(world: World) -> tuple[Actor, Actor]:
    """Signers of Huế and of Đà Lạt."""
    world.province()
    return world.signer(world.city("hue")), world.signer(world.city("dalat"))


def noted(world: World) -> list[dict[str, Any]]:
    """The refused acts of the ledger."""
    with world.factory() as session:
        rows = session.scalars(
            select(EventRow)
            .where(EventRow.kind.in_((refused.DENIED, refused.BURST)))
            .order_by(EventRow.position)
        )
        assert verify_ledger(session).faults == ()
        return [
            {
                "kind": row.kind,
                "who": row.actor_id,
                "role": row.actor_role,
                "subject": (row.subject_type, row.subject_id),
                **row.payload,
            }
            for row in rows
        ]


def test_another_citys_desk(app: FastAPI, world: World, neighbours: tuple[Actor, Actor]) -> None:
    hue, dalat = neighbours
    person = signed_in(app, world, dalat)
    person.open("/vi/desk/hue", 403)
    person.open("/en/desk/hue", 403)
    person.open("/vi/desk/hue/problems/new", 403)
    person.open("/vi/desk/nowhere", 404)
    person.open("/vi/desk/dalat")
    assert noted(world) == [
        {
            "kind": "access.denied",
            "who": dalat.user_id,
            "role": "city_signer",
            "subject": ("city_desk", "hue"),
            "refusal": "forbidden",
            "door": "GET /desk/{city_code}",
        }
    ]
    # The city whose desk it is reads nothing of it at its own.
    assert "Đà Lạt" not in signed_in(app, world, hue).open("/vi/desk/hue").words


def test_the_same_again_is_said_again_an_hour_later(
    app: FastAPI, world: World, neighbours: tuple[Actor, Actor], clock: Clock
) -> None:
    person = signed_in(app, world, neighbours[1])
    for minutes in (0, 30, 29, 2, 30, 29):
        clock.now += timedelta(minutes=minutes)
        person.open("/vi/desk/hue", 403)
    assert len(noted(world)) == 2


def test_nobody_fills_the_ledger(app: FastAPI, world: World) -> None:
    world.province()
    person = signed_in(app, world, world.signer(world.city("own")))
    for number in range(refused.AT_MOST + 3):
        person.open(f"/vi/desk/{world.city(f'other-{number}')}", 403)
    assert len(noted(world)) == refused.AT_MOST


def test_a_door_of_the_ministry(
    app: FastAPI, world: World, neighbours: tuple[Actor, Actor]
) -> None:
    signed_in(app, world, neighbours[0]).open("/vi/review", 403)
    [event] = noted(world)
    assert (event["subject"], event["door"]) == (("door", "/review"), "GET /review")


def test_what_one_may_not_know_of_but_tries_to_change(
    app: FastAPI, world: World, neighbours: tuple[Actor, Actor]
) -> None:
    hue, dalat = neighbours
    world.draft(hue, "hue", [world.problem(hue, "hue")])
    path = "/use-cases/hue-001/versions/1/submission"
    stranger = program(app, world, dalat)
    assert stranger.get("/use-cases/hue-001/versions/1").status_code == 404
    assert noted(world) == []
    assert stranger.change(path, letter(), tag='"1"').status_code == 404
    nowhere = "/use-cases/no-001/versions/1/submission"
    assert stranger.change(nowhere, letter(), tag='"1"').status_code == 404
    [event] = noted(world)
    assert (event["refusal"], event["subject"]) == ("not_found", ("city_desk", "hue"))
    # Who mistypes at the own desk, or is not signed in, is not noted.
    own = program(app, world, hue)
    missing = "/use-cases/hue-001/versions/9/submission"
    assert own.change(missing, letter(), tag='"1"').status_code == 404
    assert public(app).change(path, letter(), tag='"1"').status_code == 401
    assert len(noted(world)) == 1


def test_own_work(app: FastAPI, world: World, neighbours: tuple[Actor, Actor]) -> None:
    hue, _ = neighbours
    world.draft(hue, "hue", [world.problem(hue, "hue")])
    path = "/use-cases/hue-001/versions/1/submission"
    assert program(app, world, hue).change(path, letter(), tag='"1"').status_code == 403
    assert [event["refusal"] for event in noted(world)] == ["two_persons"]


def test_a_burst_of_sign_ins_is_one_event(app: FastAPI, world: World, clock: Clock) -> None:
    reviewer = world.user(Role.REVIEWER, email="duyet@example.org")
    page, caller = visitor(app), public(app)
    form = {"email": " Duyet@example.org", "password": "sai"}
    for number in range(1, FAILURES_ALLOWED + 4):
        page.post("/vi/sign-in", form, 401 if number <= FAILURES_ALLOWED else 429)
        assert len(noted(world)) == (number >= FAILURES_ALLOWED)
    # Still the same hour, through the other door.
    clock.now += timedelta(minutes=20)
    for _ in range(FAILURES_ALLOWED):
        assert caller.send("POST", "/sessions", form).status_code == 401
    [event] = noted(world)
    assert event["subject"] == ("user", str(reviewer.user_id))
    assert (event["who"], event["role"], event["failures"]) == (None, "public", 10)
    clock.now += timedelta(minutes=50)
    for _ in range(FAILURES_ALLOWED):
        caller.send("POST", "/sessions", form)
    assert len(noted(world)) == 2


def test_guesses_at_addresses_that_nobody_has_are_one_event(world: World) -> None:
    from registry.db.tables import SignInFailure

    with world.act(PUBLIC) as act:
        assert not refused.note_burst(act, "a0@example.org")
        act.session.add_all(
            SignInFailure(email=f"a{number}@example.org", at=act.clock())
            for number in range(refused.FLOOD)
        )
        act.session.flush()
        assert refused.note_burst(act, "a0@example.org")
        assert not refused.note_burst(act, "a1@example.org")
        assert not refused.note_burst(act, "x" * 300)
        assert not refused.note_burst(act, "\0")
        assert act.session.scalar(select(func.count()).select_from(UserAccount)) == 0
    [event] = noted(world)
    assert (event["subject"], event["failures"]) == (("door", "/sign-in"), refused.FLOOD)


def test_the_public_reads_only_that_there_was_something(
    app: FastAPI, world: World, neighbours: tuple[Actor, Actor]
) -> None:
    signed_in(app, world, neighbours[1]).open("/vi/desk/hue", 403)
    [event] = public(app).read("/events")["items"]
    assert event["kind"] == "access.denied"
    assert (event["role"], event["subject"], event["payload"]) == (None, None, None)
