"""Changes through the API: against a known state, created once, decided once, by those who may."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx import Response
from sqlalchemy import func, select, text
from sqlalchemy import table as sql_table

from registry.db.engine import transaction
from registry.domain.model import Action, Actor, Role
from tests.factories import PASSWORD, PROBLEM, Clock, World
from tests.integration.api_client import Caller, letter, public, service, signed_in
from tests.postgres import Database

HUE = "46"


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


def count(world: World, table: str) -> int:
    with transaction(world.factory) as session:
        return session.execute(select(func.count()).select_from(sql_table(table))).scalar_one()


def at_once(*calls: Callable[[], Response]) -> list[Response]:
    start = Barrier(len(calls))

    def call(one: Callable[[], Response]) -> Response:
        start.wait()
        return one()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


# ── If-Match ────────────────────────────────────────────────────────────────────────────────


def test_a_change_names_the_state_it_is_made_against(city: Caller) -> None:
    draft = city.created(f"/cities/{HUE}/use-cases", {"title": "Một"})
    path = draft.headers["location"]
    assert draft.headers["etag"] == '"1"'

    blind = city.send("PUT", path, {"title": "Hai"})
    assert (blind.status_code, blind.json()["code"]) == (428, "precondition_required")
    saved = city.moved(path, {"title": "Hai"}, method="PUT", tag='"1"')
    assert (saved.headers["etag"], saved.json()["revision"]) == ('"2"', 2)
    unchanged = city.moved(path, {"title": "Hai"}, method="PUT", tag='"2"')
    assert unchanged.headers["etag"] == '"2"'
    for stale in ('"1"', '"9"', "*", "nonsense", '"18446744073709551616"'):
        refused = city.change(path, {"title": "Ba"}, method="PUT", tag=stale)
        assert (refused.status_code, refused.json()["code"]) == (412, "stale")
    assert city.read(path)["content"]["title"] == "Hai"


def test_every_move_asks_for_the_state(app: FastAPI, world: World, city: Caller) -> None:
    ministry = signed_in(app, world, world.reviewer())
    path = city.created(f"/cities/{HUE}/use-cases", {}).headers["location"]
    problem = city.created(f"/cities/{HUE}/problems", PROBLEM).headers["location"]
    end = {"reason": "hết", "withdrawn_on": "2025-01-01"}
    for answer in (
        city.send("POST", f"{path}/submission", letter()),
        city.send("POST", f"{path}/withdrawal", {"reason": "nhầm"}),
        city.create(f"{path}/revision"),
        city.send("POST", f"{problem}/withdrawal", end),
        ministry.send("POST", f"{path}/claim"),
        ministry.send("POST", f"{path}/decisions", {"action": "approve"}),
    ):
        assert answer.status_code == 428, answer.text


# ── Idempotency-Key ─────────────────────────────────────────────────────────────────────────


def test_the_same_creation_sent_twice_creates_once(world: World, city: Caller) -> None:
    path = f"/cities/{HUE}/problems"
    key = uuid4().hex
    first = city.created(path, PROBLEM, idempotency_key=key)
    second = city.created(path, PROBLEM, idempotency_key=key)
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert second.content == first.content
    for name in ("location", "etag"):
        assert second.headers[name] == first.headers[name]
    assert count(world, "problem") == 1

    other = city.create(path, PROBLEM | {"title": "Khác"}, idempotency_key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    elsewhere = city.create(f"/cities/{HUE}/use-cases", {}, idempotency_key=key)
    assert elsewhere.json()["code"] == "idempotency_key_reused"
    city.created(path, PROBLEM, idempotency_key=uuid4().hex)
    assert count(world, "problem") == 2


def test_a_creation_without_a_proper_key_is_refused(world: World, city: Caller) -> None:
    year = {"year": 2024, "status": "none"}
    for path, body in (("problems", PROBLEM), ("use-cases", {}), ("year-declarations", year)):
        for headers in ({}, *({"idempotency_key": key} for key in ("", "a b", "a" * 201))):
            answer = city.send("POST", f"/cities/{HUE}/{path}", body, **headers)
            assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
    assert count(world, "problem") == count(world, "use_case") == 0


def test_a_refused_creation_does_not_use_up_its_key(city: Caller) -> None:
    key = uuid4().hex
    late = PROBLEM | {"declared_on": "2031"}
    assert city.create(f"/cities/{HUE}/problems", late, idempotency_key=key).status_code == 422
    city.created(f"/cities/{HUE}/problems", PROBLEM, idempotency_key=key)


def test_keys_belong_to_people(app: FastAPI, world: World, city: Caller) -> None:
    colleague = signed_in(app, world, world.user(Role.CITY_EDITOR, HUE))
    key = uuid4().hex
    mine = city.created(f"/cities/{HUE}/problems", PROBLEM, idempotency_key=key)
    theirs = colleague.created(f"/cities/{HUE}/problems", PROBLEM, idempotency_key=key)
    assert mine.json()["id"] != theirs.json()["id"]


def test_keys_are_forgotten_in_time(world: World, city: Caller, clock: Clock) -> None:
    key = uuid4().hex
    city.created(f"/cities/{HUE}/problems", PROBLEM, idempotency_key=key)
    clock.set("2025-06-23T00:00:00")
    city.created(f"/cities/{HUE}/problems", PROBLEM, idempotency_key=key)
    assert (count(world, "problem"), count(world, "idempotency_key")) == (2, 1)


def test_one_creation_sent_by_two_at_once_happens_once(world: World, city: Caller) -> None:
    for round_number in range(3):
        key = uuid4().hex

        def send(key: str = key) -> Response:
            return city.create(f"/cities/{HUE}/use-cases", {"title": "X"}, idempotency_key=key)

        answers = at_once(send, send)
        assert {a.status_code for a in answers} == {201}
        assert len({a.headers["location"] for a in answers}) == 1
        assert sum("idempotency-replayed" in a.headers for a in answers) == 1
        assert count(world, "use_case") == round_number + 1


def test_a_revision_is_opened_once(world: World, signer: Actor, city: Caller) -> None:
    version_id = world.draft(signer, HUE, [])
    world.withdraw(signer, version_id)
    path = f"/use-cases/{HUE}-001/versions/1"
    tag, key = city.get(path).headers["etag"], uuid4().hex
    first = city.created(f"{path}/revision", if_match=tag, idempotency_key=key)
    again = city.created(f"{path}/revision", if_match=tag, idempotency_key=key)
    assert (first.content, first.json()["number"]) == (again.content, 2)
    other = city.create(f"{path}/revision", if_match=tag)
    assert (other.status_code, other.json()["code"]) == (409, "wrong_state")


# ── Two at once ─────────────────────────────────────────────────────────────────────────────


def test_of_two_decisions_at_once_one_wins_and_the_other_is_told(
    app: FastAPI, world: World, signer: Actor
) -> None:
    version_id = world.draft(signer, HUE, [world.problem(signer, HUE)])
    world.submit(signer, version_id)
    world.claim(version_id)
    one = signed_in(app, world, world.reviewer())
    # In another window: nobody else decides what one has taken up.
    two = signed_in(app, world, world.reviewer())
    path = f"/use-cases/{HUE}-001/versions/1"
    tag = one.get(path).headers["etag"]

    def decide(who: Caller, body: dict[str, Any]) -> Callable[[], Response]:
        return lambda: who.change(f"{path}/decisions", body, tag=tag)

    answers = at_once(
        decide(one, {"action": "approve", "ai_confirmed": True}),
        decide(two, {"action": "return", "reason": "Thiếu minh chứng."}),
    )
    assert sorted(a.status_code for a in answers) == [200, 412]
    loser = next(a for a in answers if a.status_code == 412)
    assert loser.json()["code"] == "stale"
    winner = next(a for a in answers if a.status_code == 200)
    assert one.read(path)["state"] == winner.json()["state"]
    assert count(world, "decision") == 1


# ── Who may ─────────────────────────────────────────────────────────────────────────────────


def test_who_may_do_what(app: FastAPI, world: World, signer: Actor) -> None:
    """Every change by everybody: refused with the status that says why, or let through."""
    problem_id = world.problem(signer, HUE)
    world.draft(signer, HUE, [problem_id])
    callers = {
        "public": public(app),
        "editor": signed_in(app, world, world.user(Role.CITY_EDITOR, HUE)),
        "signer": signed_in(app, world, signer),
        "neighbour": signed_in(app, world, world.signer("48")),
        "reviewer": signed_in(app, world, world.reviewer()),
        "administrator": signed_in(app, world, world.user(Role.ADMINISTRATOR)),
    }
    version = f"/use-cases/{HUE}-001/versions/1"
    # What each gets besides 401 for the public. A stale tag shows who is let as far as the state;
    # a draft does not exist for those who may not see it.
    expected: dict[tuple[str, str], tuple[Any, dict[str, int]]] = {
        ("POST", f"/cities/{HUE}/problems"): (
            PROBLEM,
            {"editor": 201, "signer": 201, "neighbour": 403, "reviewer": 403, "administrator": 403},
        ),
        ("POST", f"/problems/{problem_id}/withdrawal"): (
            {"reason": "hết", "withdrawn_on": "2025-01-01"},
            {"editor": 412, "signer": 412, "neighbour": 403, "reviewer": 403, "administrator": 403},
        ),
        ("POST", f"/cities/{HUE}/use-cases"): (
            {},
            {"editor": 201, "signer": 201, "neighbour": 403, "reviewer": 403, "administrator": 403},
        ),
        ("PUT", version): (
            {},
            {"editor": 412, "signer": 412, "neighbour": 404, "reviewer": 403, "administrator": 403},
        ),
        ("POST", f"{version}/submission"): (
            letter(),
            {"editor": 412, "signer": 412, "neighbour": 404, "reviewer": 403, "administrator": 403},
        ),
        ("POST", f"{version}/withdrawal"): (
            {"reason": "nhầm"},
            {"editor": 412, "signer": 412, "neighbour": 404, "reviewer": 403, "administrator": 403},
        ),
        ("POST", f"{version}/revision"): (
            None,
            {"editor": 412, "signer": 412, "neighbour": 404, "reviewer": 403, "administrator": 403},
        ),
        ("POST", f"{version}/claim"): (
            None,
            {"editor": 403, "signer": 403, "neighbour": 403, "reviewer": 404, "administrator": 404},
        ),
        ("POST", f"{version}/decisions"): (
            {"action": "approve"},
            {"editor": 403, "signer": 403, "neighbour": 403, "reviewer": 404, "administrator": 404},
        ),
        ("POST", f"/cities/{HUE}/year-declarations"): (
            {"year": 2024, "status": "none"},
            {"editor": 403, "signer": 201, "neighbour": 403, "reviewer": 403, "administrator": 403},
        ),
    }
    for (method, path), (body, answers) in expected.items():
        for name, caller in callers.items():
            answer = caller.send(method, path, body, if_match='"999"', idempotency_key=uuid4().hex)
            wanted = answers.get(name, 401)
            assert answer.status_code == wanted, (method, path, name, answer.text)


def test_an_editor_cannot_submit_and_is_not_offered_to(
    app: FastAPI, world: World, signer: Actor
) -> None:
    world.draft(signer, HUE, [world.problem(signer, HUE)])
    editor = signed_in(app, world, world.user(Role.CITY_EDITOR, HUE))
    path = f"/use-cases/{HUE}-001/versions/1"
    assert editor.read(f"{path}/available-actions")["actions"] == ["edit", "withdraw"]
    tag = editor.get(path).headers["etag"]
    assert editor.change(f"{path}/submission", letter(), tag=tag).status_code == 403


def test_whoever_wrote_a_text_last_does_not_submit_it(
    app: FastAPI, world: World, signer: Actor
) -> None:
    world.draft(signer, HUE, [world.problem(signer, HUE)])
    city = signed_in(app, world, signer)
    path = f"/use-cases/{HUE}-001/versions/1"
    assert city.read(f"{path}/available-actions")["actions"] == ["edit", "withdraw"]
    tag = city.get(path).headers["etag"]
    refused = city.change(f"{path}/submission", letter(), tag=tag)
    assert (refused.status_code, refused.json()["code"]) == (403, "two_persons")
    colleague = signed_in(app, world, world.signer(HUE))
    submitted = colleague.moved(f"{path}/submission", letter(), tag=tag)
    assert submitted.json()["letter_number"] == letter()["letter_number"]
    later = letter() | {"letter_date": "2099-01-01"}
    assert colleague.change(f"{path}/submission", later, tag=tag).status_code == 412


def test_nobody_decides_on_their_own_city(app: FastAPI, world: World, signer: Actor) -> None:
    version_id = world.draft(signer, HUE, [world.problem(signer, HUE)])
    world.submit(signer, version_id)
    world.claim(version_id)
    own = world.user(Role.REVIEWER)
    assert own.user_id is not None
    with transaction(world.factory) as session:
        session.execute(
            text(
                "INSERT INTO membership (user_id, role, city_id)"
                " SELECT :user, 'city_editor', id FROM city WHERE code = :city"
            ),
            {"user": own.user_id, "city": HUE},
        )
    caller = signed_in(app, world, own)
    path = f"/use-cases/{HUE}-001/versions/1"
    assert "approve" not in caller.read(f"{path}/available-actions")["actions"]
    tag = caller.get(path).headers["etag"]
    refused = caller.change(f"{path}/decisions", {"action": "approve"}, tag=tag)
    assert (refused.status_code, refused.json()["code"]) == (403, "own_work")


def test_only_decisions_can_be_decided(app: FastAPI, world: World, signer: Actor) -> None:
    world.draft(signer, HUE, [])
    ministry = signed_in(app, world, world.reviewer())
    path = f"/use-cases/{HUE}-001/versions/1/decisions"
    decisions = {"approve", "return", "reject", "suspend", "revoke", "reinstate"}
    decisions |= {"uphold", "take_back"}
    for action in Action:
        answer = ministry.change(path, {"action": action.value}, tag='"1"')
        assert answer.status_code == (404 if action in decisions else 422)


def test_sessions_begin_and_end(app: FastAPI, world: World) -> None:
    world.user(Role.REVIEWER, email="duyet@example.vn")
    anyone = public(app)
    credentials = {"email": " Duyet@Example.vn ", "password": PASSWORD}
    tokens = []
    for _ in range(3):
        answer = anyone.send("POST", "/sessions", credentials)
        assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
        tokens.append(answer.json()["token"])
    here, there, third = (Caller(anyone.client, token) for token in tokens)
    assert here.read("/me")["roles"] == ["reviewer"]
    assert here.send("DELETE", "/sessions/current").status_code == 204
    assert [c.get("/me").status_code for c in (here, there)] == [401, 200]
    assert there.send("DELETE", "/sessions").status_code == 204
    assert [c.get("/me").status_code for c in (there, third)] == [401, 401]
    assert here.get("/me").headers["www-authenticate"] == "Bearer"


def test_guessing_passwords_is_slowed_down(app: FastAPI, world: World, clock: Clock) -> None:
    world.user(Role.REVIEWER, email="duyet@example.vn")
    anyone = public(app)

    def attempt(password: str) -> int:
        body = {"email": "duyet@example.vn", "password": password}
        return anyone.send("POST", "/sessions", body).status_code

    assert [attempt("sai mật khẩu") for _ in range(10)] == [401] * 10
    assert attempt(PASSWORD) == 429
    clock.set("2025-06-15T02:16:00")
    assert attempt(PASSWORD) == 201
