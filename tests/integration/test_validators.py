"""The stamp room's test: whoever has an answer is not sent it again, and never keeps an old one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from fastapi import FastAPI
from httpx import Client, Response

from api import assets, validators
from tests.factories import Clock, World
from tests.integration.api_client import public, service, signed_in
from tests.postgres import Database
from tests.public_doors import Names, furnish, public_doors

COVERAGE = "/api/v1/coverage"
RELEASED = datetime(2024, 1, 1, 12, 0, 0, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _an_older_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' clock goes by another year than the files of this code."""
    monkeypatch.setattr(validators, "released_at", lambda: RELEASED)


@pytest.fixture
def country(world: World) -> World:
    for province in ("46", "48"):
        world.province(province)
    world.targets()
    world.roll([world.city("46"), world.city("48")])
    return world


@pytest.fixture
def names(country: World, database: Database) -> Names:
    return furnish(country, database.settings, "46")


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as app:
        yield app


@pytest.fixture
def reader(app: FastAPI) -> Client:
    return public(app).client


def asked(reader: Client, path: str, **headers: str) -> Response:
    return reader.get(path, headers={n.replace("_", "-"): v for n, v in headers.items()})


def test_every_public_answer_can_be_asked_about(reader: Client, names: Names, clock: Clock) -> None:
    clock.set("2025-06-15T09:00:00Z")
    # The Vietnamese pages are the same with other words.
    doors = [door for door in public_doors(names) if not door.startswith("/vi/")]
    assert len(doors) > 60
    found: dict[str, object] = {}
    for door in [*doors, assets.url("site.css")]:
        answer = asked(reader, door)
        if answer.status_code != 200:
            found[door] = (answer.status_code, answer.text[:200])
            continue
        tag, modified = (answer.headers.get(n, "") for n in ("etag", "last-modified"))
        told = parsedate_to_datetime(modified) if modified else None
        if not tag or told is None or told > clock():
            found[door] = (tag, modified)
            continue
        by_tag = asked(reader, door, if_none_match=f'"other", {tag}')
        by_time = asked(reader, door, if_modified_since=modified)
        tag_first = asked(reader, door, if_none_match='"other"', if_modified_since=modified)
        earlier = asked(reader, door, if_modified_since="Sat, 01 Jan 2000 00:00:00 GMT")
        said = [a.status_code for a in (by_tag, by_time, tag_first, earlier)]
        if said != [304, 304, 200, 200] or by_time.headers["etag"] != tag or by_time.content:
            found[door] = said
    assert found == {}, "\n".join(map(str, found.items()))


def modified(reader: Client, path: str = COVERAGE) -> datetime:
    return parsedate_to_datetime(asked(reader, path).headers["last-modified"])


@pytest.mark.usefixtures("country")
def test_an_answer_about_today_is_another_after_midnight_in_viet_nam(
    reader: Client, clock: Clock
) -> None:
    clock.set("2025-06-20T16:59:59Z")
    before = asked(reader, COVERAGE).headers["last-modified"]
    assert before == "Thu, 19 Jun 2025 17:00:00 GMT"
    clock.set("2025-06-20T17:00:00Z")
    later = asked(reader, COVERAGE, if_modified_since=before)
    assert later.status_code == 200
    assert later.headers["last-modified"] == "Fri, 20 Jun 2025 17:00:00 GMT"


@pytest.mark.usefixtures("country")
def test_what_both_clocks_name_does_not_age(reader: Client, clock: Clock) -> None:
    known = "2025-06-15T09:00:00Z"
    pinned = f"{COVERAGE}?as_of=2025-06-15&known_at={known}"
    clock.set(known)
    first = modified(reader, pinned)
    clock.set("2026-06-20T00:00:00Z")
    assert modified(reader, pinned) == first


def test_an_event_and_a_release_make_it_another(
    reader: Client, country: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set("2025-06-20T03:00:00.250Z")
    country.problem(country.signer("48"), "48")
    # Nothing was modified in the future, nor is this second over.
    within = asked(reader, COVERAGE).headers["last-modified"]
    assert within == "Fri, 20 Jun 2025 03:00:00 GMT"
    assert asked(reader, COVERAGE, if_modified_since=within).status_code == 200
    clock.set("2025-06-20T04:00:00Z")
    assert modified(reader) == datetime(2025, 6, 20, 3, 0, 31, tzinfo=UTC)
    # What changes without them is what a caller reads without a ledger.
    lately = datetime(2025, 6, 20, 3, 30, tzinfo=UTC)
    monkeypatch.setattr(validators, "released_at", lambda: lately)
    for path in (COVERAGE, "/openapi.json", assets.url("site.css"), "/en/cities/46"):
        assert modified(reader, path) == lately, path


def test_of_two_events_of_one_second_the_later_one_is_not_missed(
    reader: Client, country: World, clock: Clock
) -> None:
    """Its transaction took its time within the second and ended after it."""
    signer = country.signer("48")
    clock.set("2025-06-20T03:00:00.250Z")
    country.problem(signer, "48")
    for read_at in ("2025-06-20T03:00:01.100Z", "2025-06-20T03:00:29Z"):
        clock.set(read_at)
        first = asked(reader, COVERAGE)
        clock.set("2025-06-20T03:00:00.900Z")
        country.problem(signer, "48")
        clock.set("2025-06-20T03:05:00Z")
        said = asked(reader, COVERAGE, if_modified_since=first.headers["last-modified"])
        assert said.status_code == 200, read_at
        assert said.headers["etag"] != first.headers["etag"]


@pytest.mark.usefixtures("country")
@pytest.mark.parametrize("nonsense", ["yesterday", "", "Fri, 20 Jun 9999999 04:00:00 GMT"])
def test_what_is_no_date_is_not_heard(reader: Client, nonsense: str) -> None:
    assert asked(reader, COVERAGE, if_modified_since=nonsense).status_code == 200


@pytest.mark.usefixtures("country")
def test_a_star_means_whatever_there_is(reader: Client) -> None:
    assert asked(reader, COVERAGE, if_none_match="*").status_code == 304


def test_those_who_sign_in_are_told_the_revision(app: FastAPI, world: World, names: Names) -> None:
    """Which is what they change something against; the public is told what can be held."""
    desk = signed_in(app, world, world.signer(names.city))
    for path in (f"/use-cases/{names.use_case}/versions/1", f"/problems/{names.problem}"):
        assert desk.get(path).headers["etag"].strip('"').isdigit()
        assert public(app).get(path).headers["etag"].startswith("W/")
