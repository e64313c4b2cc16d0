"""The pantry: what is kept ready is never older than the register, and never anybody's own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import Client, Response
from sqlalchemy import event

from api import prepared, validators
from api.app import create_app
from api.prepared import Watch
from tests.factories import Clock, World
from tests.integration.api_client import InProcess
from tests.postgres import Database

COVERAGE = "/api/v1/coverage"
PATIENCE = 20.0


class Counter:
    """Counts the statements of one engine."""

    def __init__(self, engine: Any) -> None:
        self.count = 0
        event.listen(engine, "before_cursor_execute", self._one_more)

    def _one_more(self, *_: object) -> None:
        self.count += 1

    @contextmanager
    def exactly(self, expected: int) -> Iterator[None]:
        before = self.count
        yield
        assert self.count - before == expected


@dataclass
class Service:
    """The application as it runs, with its watch; and a reader of it."""

    app: FastAPI
    reader: Client

    @property
    def watch(self) -> Watch:
        found: Watch = self.app.state.watch
        return found

    def get(self, path: str, **headers: str) -> Response:
        return self.reader.get(path, headers=headers)

    def statements(self) -> Counter:
        return Counter(self.app.state.sessions.kw["bind"])


@pytest.fixture
def service(world: World, clock: Clock, database: Database) -> Iterator[Service]:
    world.targets()
    world.roll(cities=[world.city("46"), world.city("48")])
    app = create_app(database.settings, clock)
    running = Service(app, Client(transport=InProcess(app), base_url="http://registry.test"))
    running.watch.start()
    until(lambda: running.watch.version() is not None)
    yield running
    running.watch.stop()
    app.state.sessions.kw["bind"].dispose()


def until(true: Callable[[], bool]) -> None:
    waiting = Event()
    for _ in range(int(PATIENCE * 100)):
        if true():
            return
        waiting.wait(0.01)
    pytest.fail("it did not become true in time")


def approve_one(world: World) -> None:
    signer = world.signer("46")
    world.approved(signer, "46", [world.problem(signer, "46")])


def test_the_second_reader_costs_the_database_nothing(service: Service) -> None:
    first = service.get(COVERAGE)
    with service.statements().exactly(0):
        second = service.get(COVERAGE)
    assert (second.status_code, second.content) == (200, first.content)
    assert second.headers["etag"] == first.headers["etag"]
    assert second.headers["content-security-policy"] == first.headers["content-security-policy"]


def test_not_modified_costs_the_database_nothing(service: Service) -> None:
    tag = service.get(COVERAGE).headers["etag"]
    with service.statements().exactly(0):
        answer = service.get(COVERAGE, **{"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == tag


def test_a_fact_recorded_by_another_process_is_seen(service: Service, world: World) -> None:
    assert service.get(COVERAGE).json()["counted"] == 0
    before = service.watch.version()
    approve_one(world)
    until(lambda: service.watch.version() != before)
    until(lambda: service.get(COVERAGE).json()["counted"] == 1)


def test_whoever_changed_the_register_here_sees_it_at_once(service: Service) -> None:
    before = service.watch.version()
    service.reader.post("/api/v1/sessions", json={"email": "a@example.vn", "password": "x" * 12})
    assert service.watch.version() != before


def test_while_changes_might_be_missed_everybody_asks(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.get(COVERAGE)
    monkeypatch.setattr(service.watch, "version", lambda: None)
    counter = service.statements()
    service.get(COVERAGE)
    assert counter.count > 0


@pytest.mark.parametrize("header", [{"Cookie": "session=x"}, {"Authorization": "Bearer x"}])
def test_nothing_kept_goes_to_whoever_shows_credentials(
    service: Service, header: dict[str, str]
) -> None:
    service.get(COVERAGE)
    counter = service.statements()
    service.get(COVERAGE, **header)
    assert counter.count > 0


def test_languages_and_media_types_are_kept_apart(service: Service) -> None:
    for _ in range(2):
        names = {
            language: service.get(COVERAGE, **{"Accept-Language": language}).headers[
                "content-language"
            ]
            for language in ("vi", "en")
        }
        assert names == {"vi": "vi", "en": "en"}
        kinds = {
            accept: service.get("/api/v1/cities", Accept=accept)
            .headers["content-type"]
            .partition(";")[0]
            for accept in ("application/json", "application/geo+json", "text/csv")
        }
        assert all(kind == asked for asked, kind in kinds.items()), kinds


@pytest.mark.parametrize(
    ("path", "header", "other", "common", "told_by", "told"),
    [
        (COVERAGE, "Accept-Language", "en", "vi", "content-language", "vi"),
        ("/api/v1/cities", "Accept", "text/csv", "application/json", "content-type", "application"),
        ("/vi/", "Accept-Encoding", "gzip", "identity", "content-encoding", ""),
    ],
)
def test_who_asks_for_two_things_at_once_spoils_nothing_for_others(
    service: Service, path: str, header: str, other: str, common: str, told_by: str, told: str
) -> None:
    service.reader.get(path, headers=[(header, other), (header, common)])
    answer = service.get(path, **{header: common})
    assert answer.headers.get(told_by, "").partition("/")[0] == told


@pytest.mark.parametrize("padding", ["", "&x=" + "y" * 5000])
def test_made_up_questions_do_not_fill_the_memory(
    service: Service, monkeypatch: pytest.MonkeyPatch, padding: str
) -> None:
    """However small their answers are."""
    monkeypatch.setattr(prepared, "CAPACITY", 100_000)
    first = f"/vi/about?n=0{padding}" if padding else "/api/v1/cities?q=0"
    service.get(first)
    with service.statements().exactly(0):
        service.get(first)
    for number in range(1, 100_000 // prepared.OVERHEAD):
        service.get(first.replace("=0", f"={number}"))
    counter = service.statements()
    service.get(first)
    assert counter.count > 0


def test_a_day_later_the_answer_is_about_the_new_day(service: Service, clock: Clock) -> None:
    assert service.get(COVERAGE).json()["as_of"] == "2025-06-15"
    clock.set("2025-06-16T09:00:00Z")
    assert service.get(COVERAGE).json()["as_of"] == "2025-06-16"


def test_head_is_get_without_its_body(service: Service) -> None:
    answer = service.reader.head("/vi/")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["etag"] == service.get("/vi/").headers["etag"]


def test_who_only_knows_the_time_costs_the_database_nothing_either(
    service: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = datetime(2025, 6, 15, 1, 59, 59, tzinfo=UTC)
    monkeypatch.setattr(validators, "released_at", lambda: released)
    service.get(COVERAGE)
    with service.statements().exactly(0):
        # Kept within the second that its date names: it might be another one of that second.
        told = service.get(COVERAGE).headers["last-modified"]
        assert service.get(COVERAGE, **{"If-Modified-Since": told}).status_code == 200
    clock.set("2025-06-15T02:01:05Z")
    told = service.get(COVERAGE).headers["last-modified"]
    with service.statements().exactly(0):
        answer = service.get(COVERAGE, **{"If-Modified-Since": told})
        assert (answer.status_code, answer.content) == (304, b"")
        other = {"If-Modified-Since": told, "If-None-Match": '"other"'}
        assert service.get(COVERAGE, **other).status_code == 200
        earlier = {"If-Modified-Since": "Sat, 14 Jun 2025 00:00:00 GMT"}
        assert service.get(COVERAGE, **earlier).status_code == 200
