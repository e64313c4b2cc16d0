"""The spine, walked by programs alone: declare, submit, return, revise, approve, revoke."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from registry.domain.model import Role
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


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as app:
        yield app


@pytest.fixture
def country(world: World) -> World:
    """Five cities of an official seven, two targets."""
    world.province("48")
    cities = [world.city(code) for code in (HUE, "48", "01", "79", "92")]
    world.targets()
    world.roll(cities, official_total=7)
    return world


def figure(reader: Caller, known_at: str = "", as_of: str = "2024-12-31") -> dict[str, object]:
    known = f"&known_at={known_at}" if known_at else ""
    found: dict[str, object] = reader.read(f"/coverage?as_of={as_of}{known}")
    return found


def test_from_declaration_to_the_figure_and_back(
    app: FastAPI, country: World, clock: Clock
) -> None:
    anyone = public(app)
    city = signed_in(app, country, country.user(Role.CITY_EDITOR, HUE))
    signer = signed_in(app, country, country.signer(HUE))
    ministry = signed_in(app, country, country.reviewer())
    before = figure(anyone)
    assert (before["counted"], before["total"], before["missing"]) == (0, 7, 2)
    assert before["verdict"] == "not_met"

    problem = city.created(f"/cities/{HUE}/problems", PROBLEM)
    assert anyone.read(problem.headers["location"]) == problem.json()
    draft = city.created(f"/cities/{HUE}/use-cases", {"title": "Cảnh báo ngập"})
    version = draft.headers["location"]
    assert draft.json()["state"] == "draft"
    assert anyone.get(version).status_code == 404
    assert ministry.get(version).status_code == 404

    early = signer.change(f"{version}/submission", letter(), tag=draft.headers["etag"])
    assert early.status_code == 422
    assert {"/summary", "/evidence", "/stages"} & {e["pointer"] for e in early.json()["errors"]}

    text = text_of_use_case(problem.json()["id"])
    saved = city.moved(version, text, method="PUT", tag=draft.headers["etag"])
    submitted = signer.moved(f"{version}/submission", letter(), tag=saved.headers["etag"])
    assert submitted.json()["state"] == "submitted"
    assert len(submitted.json()["content_sha256"]) == 64
    assert anyone.read(f"/cities/{HUE}")["outcome"] == "under_review"
    assert anyone.read(f"/cities/{HUE}")["use_case"] is None

    claimed = ministry.moved(f"{version}/claim", tag=submitted.headers["etag"])
    silent = ministry.change(
        f"{version}/decisions", {"action": "return"}, tag=claimed.headers["etag"]
    )
    assert silent.status_code == 422
    assert silent.json()["errors"][0]["pointer"] == "/reason"
    words = {"action": "return", "reason": "Nêu rõ kỹ thuật AI."}
    returned = ministry.moved(f"{version}/decisions", words, tag=claimed.headers["etag"])
    assert returned.json()["state"] == "returned"
    assert city.read(f"{version}/available-actions")["actions"] == ["revise"]
    decisions = version.partition("/versions")[0] + "/decisions"
    assert [d["reason"] for d in city.read(decisions)["items"]] == ["Nêu rõ kỹ thuật AI."]
    assert anyone.get(decisions).status_code == 404

    second = city.created(f"{version}/revision", if_match=returned.headers["etag"])
    again = second.headers["location"]
    assert again.endswith("/versions/2")
    text["technique_detail"] = "Mạng nơ-ron dự báo mực nước."
    saved = city.moved(again, text, method="PUT", tag=second.headers["etag"])
    submitted = signer.moved(f"{again}/submission", letter(), tag=saved.headers["etag"])
    claimed = ministry.moved(f"{again}/claim", tag=submitted.headers["etag"])
    assert figure(anyone)["counted"] == 0
    approval = {"action": "approve", "ai_confirmed": True}
    approved = ministry.moved(f"{again}/decisions", approval, tag=claimed.headers["etag"])

    after = figure(anyone)
    assert after["counted"] == 1
    assert {k: v for k, v in after.items() if k in before.keys() - _MOVING} == {
        k: v for k, v in before.items() if k not in _MOVING
    }
    assert figure(anyone, str(before["known_at"])) == before
    assert figure(anyone, as_of="2024-10-31")["counted"] == 0
    shown = anyone.read(f"/cities/{HUE}?as_of=2024-12-31&lang=en")
    assert shown["outcome"] == "counted"
    assert shown["use_case"]["url"] == f"/en/use-cases/{HUE}-001"
    assert shown["use_case"]["evidence_url"].endswith("#evidence")
    assert [c["code"] for c in shown["use_cases"] if c["counts"]] == [f"{HUE}-001"]

    clock.set("2025-08-01T00:00:00")
    wrong = {"action": "revoke", "reason": "Minh chứng sai.", "from_the_start": True}
    revoked = ministry.moved(f"{again}/decisions", wrong, tag=approved.headers["etag"])
    assert revoked.json()["state"] == "revoked"
    assert figure(anyone)["counted"] == 0
    assert figure(anyone, str(after["known_at"])) == after
    past = anyone.read(f"/cities/{HUE}?as_of=2024-12-31&lang=en&known_at={after['known_at']}")
    assert past == shown


# What an approval changes of a figure.
_MOVING = {"known_at", "position", "counted", "share", "missing", "next_target"}


def test_a_withdrawn_problem_is_forgotten_only_from_then_on(
    app: FastAPI, country: World, clock: Clock
) -> None:
    anyone = public(app)
    signer = country.signer(HUE)
    city = signed_in(app, country, signer)
    problem_id = country.problem(signer, HUE)
    country.approved(signer, HUE, [problem_id])
    path = f"/problems/{problem_id}"
    before = figure(anyone, as_of="2025-06-01")
    shown = anyone.read(f"/cities/{HUE}?as_of=2025-06-01")
    clock.set("2025-06-16T00:00:00")

    words = {"reason": "Đã giải quyết xong.", "withdrawn_on": "2025-05-01"}
    tag = city.get(path).headers["etag"]
    withdrawn = city.moved(f"{path}/withdrawal", words, tag=tag)
    assert withdrawn.json()["withdrawn_on"] == "2025-05-01"
    assert withdrawn.headers["etag"] == '"2"'
    assert city.change(f"{path}/withdrawal", words, tag='"2"').status_code == 409

    assert (before["counted"], figure(anyone, as_of="2025-06-01")["counted"]) == (1, 0)
    assert figure(anyone, as_of="2025-04-30")["counted"] == 1
    known = before["known_at"]
    assert anyone.read(f"/cities/{HUE}?as_of=2025-06-01&known_at={known}") == shown
    assert anyone.read(f"/cities/{HUE}?as_of=2025-06-01")["problems"][0]["withdrawn_on"]


def test_a_city_gives_its_word_for_a_year(app: FastAPI, country: World) -> None:
    anyone = public(app)
    city = signed_in(app, country, country.signer(HUE))
    assert anyone.read(f"/cities/{HUE}?as_of=2024-12-31")["status"] == "silent"
    word = {"year": 2024, "status": "none", "note": "Chưa có kinh phí."}
    answer = city.created(f"/cities/{HUE}/year-declarations", word)
    assert "etag" not in answer.headers
    assert anyone.read(f"/cities/{HUE}?as_of=2024-12-31")["status"] == "none"
    assert anyone.read(f"/cities/{HUE}?as_of=2024-12-31")["years"][0]["note"] == word["note"]
    assert anyone.read(f"/cities/{HUE}?as_of=2025-06-01")["status"] == "silent"
    late = city.create(f"/cities/{HUE}/year-declarations", {"year": 2026, "status": "none"})
    assert [e["code"] for e in late.json()["errors"]] == ["in_the_future"]
