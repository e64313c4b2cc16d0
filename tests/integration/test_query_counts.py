"""The janitor's round: what an answer asks of the database does not grow with the register."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.engine import URL, Engine

from bench.synthetic import Size, check, fill
from registry.db.engine import sessions, transaction
from tests.documents import census
from tests.factories import Clock, World
from tests.integration.api_client import public, service, signed_in
from tests.postgres import Database, new_database, opened
from tests.public_doors import furnish, public_doors

HOME = "46"
OTHERS = ("48", "79", "92")


@contextmanager
def counting(engine: Engine) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def hear(*told: object) -> None:
        sent.append(str(told[2]))

    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", hear)


def more(world: World, city: str) -> None:
    """A city's next problem, and two entries that solve it, alike in all that pages list by."""
    signer = world.signer(city)
    problem = world.problem(signer, city, title=f"Ngập {world.clock():%H%M%S%f}")
    for _ in range(2):
        world.approved(
            signer,
            city,
            [problem],
            title=f"Cảnh báo {world.clock():%H%M%S%f}",
            product="Smart Flood",
            provider="Trung tâm Ứng phó ngập",
        )


def desks() -> Iterator[tuple[str, str]]:
    """Who works at it, and the address of every page of the desks that is there for any city."""
    for audience, method, path in census():
        address = path.replace("{city_code}", HOME)
        at_desk = address.startswith(("/vi/desk/", "/vi/review"))
        if at_desk and method == "GET" and "{" not in address:
            yield audience, address


def test_no_answer_asks_more_for_more_entries(
    world: World, database: Database, clock: Clock
) -> None:
    for province in (HOME, *OTHERS):
        world.province(province)
    world.targets()
    world.roll([world.city(code) for code in (HOME, *OTHERS)])
    names = furnish(world, database.settings, HOME)
    for city in (HOME, OTHERS[0]):
        more(world, city)

    with service(database, clock) as app:
        engine = app.state.sessions.kw["bind"]
        anyone = public(app)
        at_work = {
            "city": signed_in(app, world, world.signer(HOME)),
            "ministry": signed_in(app, world, world.reviewer()),
        }
        # The English pages are the same with other words.
        doors = [(anyone, door) for door in public_doors(names) if not door.startswith("/en/")]
        for audience, door in desks():
            doors.append((at_work[audience], door))

        def asked() -> dict[str, int]:
            found = {}
            for caller, door in doors:
                with counting(engine) as sent:
                    answer = caller.client.get(door, headers={"Cookie": f"session={caller.token}"})
                assert answer.status_code < 400, (door, answer.status_code)
                found[door] = len(sent)
            return found

        few = asked()
        for city in (HOME, *OTHERS):
            more(world, city)
        many = asked()

    assert len(few) > 120
    assert max(few.values()) > 10
    grown = {door: (few[door], many[door]) for door in few if many[door] > few[door]}
    assert grown == {}


@pytest.mark.parametrize("size", [Size(cities=20, provinces=3, cases=60)])
def test_the_bench_fills_a_register_of_today(server: URL, migrated: str, size: Size) -> None:
    with new_database(server, migrated) as url:
        fill(url, size)
        with opened(url) as database, transaction(sessions(database.service)) as session:
            check(session)
