"""What nobody should send: every answer is a problem that says where, and never a breakdown."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx import Response

from registry.domain.model import Actor
from tests.factories import PROBLEM, Clock, World
from tests.integration.api_client import (
    Caller,
    letter,
    public,
    service,
    signed_in,
    text_of_use_case,
)
from tests.postgres import Database

HUE = "46"
TRICKS = "{{7*7}}{% raw %}${alert(1)}<script>alert(1)</script><img src=x onerror=alert(1)>'\";--"


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as app:
        yield app


@pytest.fixture
def signer(world: World) -> Actor:
    world.targets()
    world.roll([world.city(HUE), world.city("48")])
    return world.signer(HUE)


@pytest.fixture
def city(app: FastAPI, world: World, signer: Actor) -> Caller:
    return signed_in(app, world, signer)


def places(answer: Response) -> set[str]:
    """The pointers of a refusal."""
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid_input"
    return {error["pointer"] for error in answer.json()["errors"]}


def raw(caller: Caller, path: str, body: bytes, content_type: str = "application/json") -> Response:
    headers = {
        "Authorization": f"Bearer {caller.token}",
        "Idempotency-Key": uuid4().hex,
        "Content-Type": content_type,
    }
    return caller.client.post(f"/api/v1{path}", content=body, headers=headers)


@pytest.mark.usefixtures("signer")
def test_unreadable_parameters_are_named(app: FastAPI) -> None:
    anyone = public(app)
    for path, pointers in {
        "/coverage?foo=1&as_off=2024": {"/foo", "/as_off"},
        "/coverage?as_of=2024-12-31&as_of=2025-12-31": {"/as_of"},
        "/coverage?as_of=2024-13-01": {"/as_of"},
        "/coverage?known_at=2024-12-31T00:00:00": {"/known_at"},
        "/coverage?known_at=2999-01-01T00:00:00Z": {"/known_at"},
        "/coverage?group_by=colour&lang=fr": {"/group_by", "/lang"},
        "/cities?limit=0": {"/limit"},
        "/cities?limit=1001": {"/limit"},
        "/cities?limit=99999999999999999999999999": {"/limit"},
        "/cities?limit=1e3": {"/limit"},
        "/cities?f=xml&sort=size&class=VI": {"/f", "/sort", "/class"},
        "/cities?province=%00": {"/province"},
        "/problems?city=%27%3B--": {"/city"},
        "/use-cases?city=%00&state=secret": {"/city", "/state"},
        "/problems/not-a-uuid": {"/problem_id"},
        "/problems/%00": {"/problem_id"},
        "/use-cases/46-001/versions/0": {"/n"},
        "/use-cases/46-001/versions/99999999999999999999": {"/n"},
        "/use-cases/46-001/versions/one": {"/n"},
    }.items():
        assert places(anyone.get(path)) == pointers, path


@pytest.mark.usefixtures("signer")
def test_what_cannot_be_a_code_is_not_found(app: FastAPI) -> None:
    anyone = public(app)
    for code in ("%00", "%F0%9F%98%80", "..%5C", "a%20b", "a" * 300, "46%00", "đô-thị", "999"):
        for path in ("/cities/{}", "/cities/{}/problems", "/rolls/{}", "/use-cases/{}/versions/1"):
            answer = anyone.get(path.format(code))
            assert answer.status_code == 404, (path, code)
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("unwritable", ["\x00", "a\x00b", "\ud800", "\x1b[31m"])
def test_text_that_nothing_can_hold_is_refused_in_every_field(
    city: Caller, unwritable: str
) -> None:
    for field in ("title", "statement", "basis_number", "declared_on", "area", "basis_url"):
        body = json.dumps(PROBLEM | {field: unwritable}).encode()
        assert f"/{field}" in places(raw(city, f"/cities/{HUE}/problems", body))
    case = {"title": unwritable, "solution": unwritable, "evidence": [{"url": unwritable}]}
    found = places(raw(city, f"/cities/{HUE}/use-cases", json.dumps(case).encode()))
    assert {"/title", "/solution", "/evidence/0/url"} <= found
    stranger = {"email": f"a{unwritable}@b.vn", "password": "x"}
    assert places(raw(city, "/sessions", json.dumps(stranger).encode())) == {"/email"}
    half = {"email": "a@b.vn", "password": "\ud800"}
    assert places(raw(city, "/sessions", json.dumps(half).encode())) == {"/password"}


def test_bodies_of_every_wrong_kind(city: Caller) -> None:
    path = f"/cities/{HUE}/problems"
    for body in (
        b"[]",
        b"null",
        b"1",
        b'"text"',
        b"{",
        b"",
        b'{"area": ',
        b"NaN",
        b'{"\\ud800": 1}',
    ):
        places(raw(city, path, body))
    for body in (b"\xc3\x28", b'{"title": "\xc3\x28"}', b"[" * 50_000):
        assert raw(city, path, body).status_code == 400
    sent_as_text = raw(city, path, json.dumps(PROBLEM).encode(), content_type="text/plain")
    assert sent_as_text.status_code == 415
    for field, value in (
        ("title", 7),
        ("title", ["a"]),
        ("title", {"a": 1}),
        ("title", None),
        ("title", "d" * 201),
        ("declared_on", 2024),
        ("declared_on", "2024-02-30"),
        ("declared_on", "0000"),
        ("basis_date", {}),
        ("area", "secret"),
        ("basis_url", "javascript:alert(1)"),
        ("unknown", 1),
        ("a/b~c", 1),
    ):
        pointer = f"/{field.replace('~', '~0').replace('/', '~1')}"
        body = json.dumps(PROBLEM | {field: value}).encode()
        assert places(raw(city, path, body)) == {pointer}
    for year in (2019, 2101, 10**30, 2024.5, "2024x", True, None):
        body = json.dumps({"year": year, "status": "none"}).encode()
        assert places(raw(city, f"/cities/{HUE}/year-declarations", body)) == {"/year"}


def test_use_cases_of_every_wrong_kind(city: Caller) -> None:
    problem = city.created(f"/cities/{HUE}/problems", PROBLEM).json()["id"]
    wrong: dict[str, tuple[Any, str]] = {
        "problem_ids": ([str(uuid4())], "/problem_ids/0"),
        "techniques": (["computer_vision", "magic"], "/techniques/1"),
        "stages": ([{"stage": "operational", "since": "soon"}], "/stages/0/since"),
        "evidence": ([{"url": "ftp://x", "title": "t"}], "/evidence/0/url"),
        "describes_from": ("2024", "/describes_from"),
        "state": ("approved", "/state"),
    }
    for field, (value, pointer) in wrong.items():
        answer = city.create(f"/cities/{HUE}/use-cases", {field: value})
        assert places(answer) == {pointer}, field
    twice = city.create(f"/cities/{HUE}/use-cases", {"problem_ids": [problem, problem]})
    assert [e["code"] for e in twice.json()["errors"]] == ["repeated"]
    many = city.create(f"/cities/{HUE}/use-cases", {"problem_ids": [str(uuid4())] * 21})
    assert [e["code"] for e in many.json()["errors"]] == ["too_many"]


def test_a_body_larger_than_the_register_reads(city: Caller) -> None:
    huge = json.dumps({"summary": "x" * 1_000_001}).encode()
    answer = raw(city, f"/cities/{HUE}/use-cases", huge)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_page_of_another_site_changes_nothing(app: FastAPI, city: Caller) -> None:
    stranger = public(app)
    stranger.client.cookies.set("session", city.token)
    path = f"/cities/{HUE}/problems"
    answer = stranger.create(path, PROBLEM, origin="https://elsewhere.example")
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")
    answer = stranger.create(path, PROBLEM, origin="http://[")
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")
    stranger.created(path, PROBLEM, sec_fetch_site="same-origin")


def test_problems_speak_the_readers_language(app: FastAPI) -> None:
    anyone = public(app)
    for language, words in (("vi", "Không có gì ở đây"), ("en", "There is nothing here")):
        answer = anyone.get(f"/cities/999?lang={language}")
        problem = answer.json()
        assert problem["title"].startswith(words)
        assert answer.headers["content-language"] == language
        assert problem["type"].endswith(problem["code"]) is True
        assert problem["status"] == 404
        assert problem["request_id"] == answer.headers["x-request-id"]


def test_tricks_in_every_field_come_back_as_they_were(
    app: FastAPI, world: World, city: Caller
) -> None:
    problem = city.created(
        f"/cities/{HUE}/problems",
        PROBLEM | dict.fromkeys(("title", "title_en", "statement", "basis_number"), TRICKS),
    ).json()
    assert problem["statement"] == TRICKS
    text = text_of_use_case(
        problem["id"],
        **dict.fromkeys(("title", "title_en", "summary", "solution", "deployer"), TRICKS),
        evidence=[{"url": "https://example.vn/?q={{7*7}}", "title": TRICKS}],
    )
    draft = city.created(f"/cities/{HUE}/use-cases", text)
    path = draft.headers["location"]
    signer = signed_in(app, world, world.signer(HUE))
    submitted = signer.moved(f"{path}/submission", letter(), tag=draft.headers["etag"])
    ministry = signed_in(app, world, world.reviewer())
    claimed = ministry.moved(f"{path}/claim", tag=submitted.headers["etag"])
    words = {"action": "approve", "ai_confirmed": True, "reason": TRICKS}
    ministry.moved(f"{path}/decisions", words, tag=claimed.headers["etag"])
    anyone = public(app)
    found = anyone.read("/cities?f=geojson&as_of=2024-12-31")["features"]
    assert [f["properties"]["use_case"]["title"] for f in found if f["id"] == HUE] == [TRICKS]
    table = anyone.get("/cities?f=csv&as_of=2024-12-31").text
    assert TRICKS.replace('"', '""') in table
    assert anyone.read(path)["content"]["evidence"][0]["title"] == TRICKS
    decision = anyone.read("/use-cases/46-001/decisions")["items"][0]
    assert decision["reason"] == TRICKS
    for answer in (anyone.get("/cities?f=geojson"), anyone.get(path)):
        assert answer.headers["x-content-type-options"] == "nosniff"
