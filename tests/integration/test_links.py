"""The lookout's round, through the queue: what it asks, what it says, and what it leaves alone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from api.worker import word_of
from registry.actions import later
from registry.db.engine import transaction
from registry.domain.model import Action, Actor
from registry.jobs import links
from registry.jobs.tools import Tools
from registry.queries.coverage import coverage
from registry.queries.links import broken, due
from registry.queries.moments import moment
from registry.web import Lookout
from tests.factories import Clock, World
from tests.integration.visitor import signed_in, site, visitor
from tests.jobs import run_jobs
from tests.postgres import Database
from tests.web_servers import Play, says, web_server

HUE = "46"


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with site(database.settings, clock) as app:
        yield app


def evidence(*urls: str) -> list[dict[str, Any]]:
    return [{"url": url, "title": "Trang công khai"} for url in urls]


def go_round(database: Database, world: World, clock: Clock, port: int) -> None:
    tools = Tools(world.factory, clock, database.settings, word_of(database.settings))
    links.go_round(tools, Lookout("test", allowed=lambda _: True, ports=(port,)))


def asked_for(world: World, clock: Clock) -> list[str]:
    with transaction(world.factory) as session:
        return due(session, clock(), 100)


def test_only_what_others_rely_on_is_asked_for(world: World, clock: Clock) -> None:
    signer = world.signer(world.city(HUE))
    basis = world.problem(signer, HUE, basis_url="https://example.vn/nghi-quyet")
    withdrawn = world.problem(signer, HUE, basis_url="https://example.vn/thoi")
    world.withdraw_problem(signer, withdrawn, "2025-01-01")
    world.draft(signer, HUE, [basis], evidence=evidence("https://example.vn/nhap"))
    version = world.draft(signer, HUE, [basis], evidence=evidence("https://example.vn/nop"))
    world.submit(signer, version)
    taken_back = world.draft(signer, HUE, [basis], evidence=evidence("https://example.vn/rut"))
    world.submit(signer, taken_back)
    world.withdraw(signer, taken_back)
    assert asked_for(world, clock) == ["https://example.vn/nghi-quyet", "https://example.vn/nop"]


def test_a_link_breaks_and_recovers_and_nothing_is_uncounted(
    app: FastAPI, database: Database, world: World, clock: Clock
) -> None:
    world.targets()
    plays: dict[str, Play] = {"/": says(200), "/wavering": says(404)}
    with web_server(plays) as stage:
        fine, wavering = (f"http://localhost:{stage.port}{path}" for path in ("/", "/wavering"))
        city = world.city(HUE)
        signer = world.signer(city)
        problem = world.problem(signer, city, basis_url=wavering)
        version = world.approved(signer, city, [problem], evidence=evidence(fine, wavering))
        world.roll([city])
        page = f"/en/use-cases/{HUE}-001"
        flag = "Did not answer when last checked on"

        go_round(database, world, clock, stage.port)
        assert flag not in visitor(app).open(page).words
        # Not again on the same day; what answered, not for a week.
        assert asked_for(world, clock) == []
        clock.now += timedelta(days=1)
        assert asked_for(world, clock) == [wavering]
        go_round(database, world, clock, stage.port)
        with transaction(world.factory) as session:
            assert broken(session, [fine, wavering]) == {wavering: clock()}
            assert coverage(session, moment(session, clock())).tally.counted == 1
        # The evidence, and the basis of the problem.
        assert visitor(app).open(page).words.count(flag) == 2
        assert visitor(app).open(f"/en/cities/{HUE}").words.count(flag) == 1
        desk = signed_in(app, world, signer).open(f"/en/desk/{HUE}/versions/{version}")
        assert desk.words.count(flag) == 1
        ministry = signed_in(app, world, world.reviewer()).open(f"/en/review/{HUE}-001/1")
        assert ministry.words.count(flag) == 2
        basis = signed_in(app, world, signer).open(f"/en/desk/{HUE}/problems/{problem}")
        assert basis.words.count(flag) == 1

        plays["/wavering"] = says(200)
        clock.now += timedelta(days=1)
        go_round(database, world, clock, stage.port)
        assert flag not in visitor(app).open(page).words
        clock.now += timedelta(days=6)
        assert asked_for(world, clock) == [fine]


def test_when_nothing_answers_the_fault_is_ours(
    database: Database, world: World, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with web_server({}) as stage:
        port = stage.port
    urls = [f"http://localhost:{port}/{n}" for n in range(links.OURS)]
    signer = world.signer(world.city(HUE))
    version = world.draft(signer, HUE, [world.problem(signer, HUE)], evidence=evidence(*urls))
    world.submit(signer, version)
    go_round(database, world, clock, port)
    assert "nothing is written down" in caplog.text
    assert asked_for(world, clock) == urls


def test_the_job_looks_at_no_address_of_this_house(
    database: Database, world: World, clock: Clock
) -> None:
    with web_server({"/": says(200)}) as stage:
        signer: Actor = world.signer(world.city(HUE))
        url = f"http://127.0.0.1:{stage.port}/"
        version = world.draft(
            signer, HUE, [world.problem(signer, HUE)], evidence=evidence(url, "http://127.0.0.1/")
        )
        world.submit(signer, version)
        world.claim(version)
        world.decide(version, Action.APPROVE)
        with transaction(world.factory) as session:
            later.defer(session, "links.check")
        assert ("links.check", "succeeded") in run_jobs(database, clock)
    assert stage.asked == []
    with transaction(world.factory) as session:
        found = session.execute(text("SELECT url, outcome FROM link_state ORDER BY url")).all()
    assert [tuple(row) for row in found] == [
        ("http://127.0.0.1/", "not_public"),
        (url, "not_public"),
    ]
