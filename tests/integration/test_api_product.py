"""The shop window of the API: readable from anywhere, paced, honest about errors and farewells."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, Client, Response

from api import pace
from api.app import create_app
from api.audience import Audience, open_to
from api.pace import network_of
from api.retiring import retiring
from tests.factories import Clock, World
from tests.integration.api_client import InProcess, public, service
from tests.postgres import Database

ELSEWHERE = {"Origin": "https://portal.example"}
COVERAGE = "/api/v1/coverage"


@pytest.fixture
def country(world: World) -> World:
    world.targets()
    world.roll([world.city("46")])
    return world


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as app:
        yield app


@pytest.fixture
def reader(app: FastAPI) -> Client:
    return public(app).client


def at(app: FastAPI, host: str) -> Client:
    """Somebody who asks from this address."""
    transport = InProcess(app)
    transport._inner = ASGITransport(app, raise_app_exceptions=False, client=(host, 1))
    return Client(transport=transport, base_url="http://registry.test")


@pytest.mark.usefixtures("country")
def test_scripts_of_any_origin_read_what_is_public(reader: Client) -> None:
    for path in (COVERAGE, "/api/v1/cities/nowhere", "/openapi.json", "/vi/ledger/heads.atom"):
        # Also to those who do not say that they are elsewhere: the answer is kept for all.
        for headers in (ELSEWHERE, {}):
            answer = reader.get(path, headers=headers)
            assert answer.headers["access-control-allow-origin"] == "*", path
            assert "access-control-allow-credentials" not in answer.headers
            exposed = answer.headers["access-control-expose-headers"].split(", ")
            assert {"ETag", "Last-Modified", "RateLimit", "Sunset"} <= set(exposed)
    assert "access-control-allow-origin" not in reader.get("/vi/", headers=ELSEWHERE).headers


@pytest.mark.usefixtures("country")
@pytest.mark.parametrize("credentials", [{"Authorization": "Bearer x"}, {"Cookie": "session=x"}])
def test_nothing_for_other_origins_where_credentials_are_shown(
    reader: Client, credentials: dict[str, str]
) -> None:
    answer = reader.get(COVERAGE, headers=ELSEWHERE | credentials)
    assert "access-control-allow-origin" not in answer.headers


def test_a_browser_may_ask_before_it_reads_and_not_before_it_writes(reader: Client) -> None:
    def asking(method: str, path: str = COVERAGE) -> Response:
        asks = {
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "if-none-match",
        }
        return reader.options(path, headers=ELSEWHERE | asks)

    answer = asking("GET")
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "If-None-Match" in answer.headers["access-control-allow-headers"]
    assert "Authorization" not in answer.headers["access-control-allow-headers"]
    allowed = asking("POST", "/api/v1/sessions").headers["access-control-allow-methods"]
    assert allowed == "GET, HEAD, OPTIONS"
    assert "access-control-allow-origin" not in asking("POST", "/vi/sign-in").headers


def test_nothing_is_written_from_elsewhere(reader: Client) -> None:
    body = {"email": "a@example.vn", "password": "x" * 12}
    headers = ELSEWHERE | {"Sec-Fetch-Site": "cross-site"}
    answer = reader.post("/api/v1/sessions", json=body, headers=headers)
    assert answer.json()["code"] == "cross_site"
    assert "access-control-allow-origin" not in answer.headers


@pytest.fixture
def paced(country: World, database: Database, clock: Clock) -> Iterator[FastAPI]:
    """A service that lets everybody read three times a minute."""
    del country
    few = database.settings.model_copy(update={"rate_limit": 3})
    app = create_app(few, clock)
    yield app
    app.state.sessions.kw["bind"].dispose()


@pytest.fixture
def minute(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the doorkeeper's watch shows."""
    shown = [6000.0]
    monkeypatch.setattr("api.pace.monotonic", lambda: shown[0])
    return shown


def test_reads_are_counted_down_and_then_refused_in_the_readers_language(
    paced: FastAPI, minute: list[float]
) -> None:
    reader = at(paced, "192.0.2.1")
    minute[0] = 6015.2
    for left in (2, 1, 0):
        answer = reader.get(COVERAGE)
        assert answer.status_code == 200
        assert answer.headers["ratelimit-policy"] == '"reads";q=3;w=60'
        assert answer.headers["ratelimit"] == f'"reads";r={left};t=45'
    for language, words in (("vi", "Mạng của bạn"), ("en", "You ask more often")):
        refused = reader.get(COVERAGE, headers={"Accept-Language": language} | ELSEWHERE)
        assert refused.status_code == 429
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["retry-after"] == "45"
        assert refused.headers["ratelimit"] == '"reads";r=0;t=45'
        assert refused.headers["access-control-allow-origin"] == "*"
        assert refused.json()["code"] == "too_fast"
        assert refused.json()["title"].startswith(words)
    page = reader.get("/vi/", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (429, "text/html; charset=utf-8")
    assert "content-security-policy" in page.headers
    assert reader.head("/vi/").content == b""
    # Others go on, and so does whoever waits.
    assert at(paced, "192.0.2.2").get(COVERAGE).status_code == 200
    minute[0] = 6060.0
    assert reader.get(COVERAGE).headers["ratelimit"] == '"reads";r=2;t=60'


def test_what_pages_are_made_of_and_what_monitors_ask_is_free(paced: FastAPI) -> None:
    from api import assets

    reader = at(paced, "192.0.2.1")
    for path in [assets.url("site.css"), "/healthz"] * 4:
        answer = reader.get(path)
        assert answer.status_code == 200
        assert "ratelimit" not in answer.headers


def test_made_up_addresses_do_not_fill_the_memory(
    paced: FastAPI, minute: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    del minute
    monkeypatch.setattr(pace, "_NETWORKS", 2)
    asked = [at(paced, f"192.0.2.{n}").get("/openapi.json").status_code for n in range(7)]
    assert asked == [200, 200, 200, 200, 200, 429, 429]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
    ],
)
def test_a_network_is_an_address_or_a_household(one: str, other: str, same: bool) -> None:
    found = [network_of({"client": (host, 1)}) for host in (one, other)]
    assert (found[0] == found[1]) is same


def test_without_a_limit_nothing_is_counted(database: Database, clock: Clock) -> None:
    app = create_app(database.settings.model_copy(update={"rate_limit": 0}), clock)
    assert "ratelimit" not in at(app, "192.0.2.1").get("/openapi.json").headers
    app.state.sessions.kw["bind"].dispose()


def test_an_address_that_will_go_says_so_with_every_answer(app: FastAPI) -> None:
    since, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)

    @app.get(
        "/api/v1/old",
        deprecated=True,
        dependencies=[open_to(Audience.PUBLIC), retiring(since, until)],
    )
    def old(n: int = 0) -> dict[str, int]:
        return {"n": n}

    for query, status in (("", 200), ("?n=x", 422)):
        answer = public(app).client.get(f"/api/v1/old{query}")
        assert answer.status_code == status
        assert answer.headers["deprecation"] == "@1767225600"
        assert answer.headers["sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
        assert answer.links["deprecation"]["url"] == "/api#deprecation"
    assert "deprecation" not in public(app).client.get("/openapi.json").headers


WRONG: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("GET", "/api/v1/nothing", {}, 404, "not_found"),
    ("GET", "/api/nothing", {}, 404, "not_found"),
    ("GET", "/api/v1/cities/nowhere", {}, 404, "not_found"),
    ("DELETE", "/api/v1/coverage", {}, 405, "method_not_allowed"),
    ("GET", "/api/v1/coverage?as_of=soon", {}, 422, "invalid_input"),
    ("GET", "/api/v1/coverage?asof=2024-12-31", {}, 422, "invalid_input"),
    ("GET", "/api/v1/cities?f=docx", {}, 422, "invalid_input"),
    ("POST", "/api/v1/sessions", {"content": b"{"}, 422, "invalid_input"),
    (
        "POST",
        "/api/v1/sessions",
        {"content": b"email=a", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        415,
        "unsupported_media_type",
    ),
    ("POST", "/api/v1/sessions", {"content": b"x" * 1_000_001}, 413, "too_large"),
    ("POST", "/api/v1/sessions", {"json": {"email": "a@example.vn", "password": "xx"}}, 401, ""),
    ("GET", "/api/v1/me/messages", {}, 401, "sign_in_required"),
]


@pytest.mark.usefixtures("country")
@pytest.mark.parametrize(("method", "path", "sent", "status", "code"), WRONG)
def test_every_error_is_a_typed_problem_in_the_readers_language(
    reader: Client, method: str, path: str, sent: dict[str, Any], status: int, code: str
) -> None:
    titles = set()
    for language in ("vi", "en"):
        headers = {"Accept-Language": language, "Accept": "text/html", **sent.get("headers", {})}
        answer = reader.request(method, path, **{**sent, "headers": headers})
        assert (answer.status_code, answer.headers["content-type"]) == (
            status,
            "application/problem+json",
        ), answer.text
        assert answer.headers["content-language"] == language
        problem = answer.json()
        assert problem["code"] == code or not code
        titles.add(problem["title"])
        explained = reader.get(
            problem["type"].removeprefix("http://127.0.0.1:8000"),
            headers={"Accept-Language": language},
        )
        assert explained.status_code == 307
        assert explained.headers["location"] == f"/{language}/api/problems#{problem['code']}"
        page = reader.get(explained.headers["location"].partition("#")[0]).text
        assert f'id="{problem["code"]}"' in page
        if status == 405:
            assert "GET" in answer.headers["allow"]
    assert len(titles) == 2


def test_a_person_who_mistypes_an_address_reads_a_page(reader: Client) -> None:
    answer = reader.get("/ban-do", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (
        404,
        "text/html",
    )
    assert reader.get("/ban-do").headers["content-type"] == "application/problem+json"


def test_a_problem_that_there_is_not_is_not_found(reader: Client) -> None:
    assert reader.get("/problems/nothing").status_code == 404
