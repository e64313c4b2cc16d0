"""Programs at the rolls: a list taken in, confirmed, put in force; a case carried over."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI

from registry.domain.model import Role
from tests.factories import Clock, World
from tests.integration.api_client import Caller, public, service, signed_in
from tests.integration.test_rolls import ROLL, line
from tests.postgres import Database


@pytest.fixture
def country(world: World) -> World:
    world.targets()
    world.province()
    return world


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as app:
        yield app


@pytest.fixture
def keeper(app: FastAPI, country: World) -> Caller:
    return signed_in(app, country, country.user(Role.ADMINISTRATOR))


def body(*lines: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {"roll": ROLL | facts, "lines": list(lines)}


def test_a_merger_by_programs(country: World, app: FastAPI, keeper: Caller) -> None:
    country.counted_city("small")
    country.roll(["small", country.city("large")])
    answer = keeper.created("/roll-drafts", body(line("large"), line("", "Nơi khác")))
    address, tag = answer.headers["location"], answer.headers["etag"]
    found = answer.json()
    assert [(c["kind"], c["city_code"]) for c in found["changes"]] == [("dissolved", "small")]
    assert [each["line"] for each in found["unknown_lines"]] == [2]
    assert found["left_behind"] == ["small-001"]
    assert found["hindrances"] == ["/lines/2/code", "/changes/dissolved:small"]
    assert keeper.change(f"{address}/in-force", tag=tag).status_code == 422

    choices = {
        "lines": [{"line": 2, "city_code": "small"}],
        "heirs": [{"city_code": "small", "heirs": ["large"]}],
    }
    answer = keeper.moved(f"{address}/choices", choices, tag=tag)
    assert keeper.change(f"{address}/choices", choices, tag=tag).status_code == 412
    tag, [change] = answer.headers["etag"], answer.json()["changes"]
    assert (change["kind"], change["after"]["name_vi"]) == ("renamed", "Nơi khác")
    word = {"key": change["key"], "stamp": change["stamp"], "decree": "7/NQ"}
    answer = keeper.moved(f"{address}/confirmations", {"changes": [word]}, tag=tag)
    assert answer.json()["hindrances"] == []
    answer = keeper.moved(f"{address}/in-force", tag=answer.headers["etag"])
    assert answer.json()["state"] == "in_force"
    assert keeper.read("/roll-drafts")["items"][0]["state"] == "in_force"
    names = [e["name_vi"] for e in public(app).read("/rolls/urban-2025")["entries"]]
    assert names == ["large", "Nơi khác"]


def test_a_case_is_carried_over_by_programs(country: World, app: FastAPI, keeper: Caller) -> None:
    country.counted_city("old")
    heir = country.city("heir")
    country.roll([heir])
    country.lineage("old", heir, date(2025, 1, 1))
    reviewer = signed_in(app, country, country.reviewer())
    waiting = keeper.read("/carry-overs/waiting")["items"]
    assert [case["use_case_code"] for case in waiting] == ["old-001"]
    decision = {"to_city_codes": [heir], "effective_on": "2025-01-01", "legal_basis": "7/NQ"}
    assert keeper.create("/use-cases/old-001/carry-overs", decision).status_code == 403
    early = reviewer.create(
        "/use-cases/old-001/carry-overs", decision | {"effective_on": "2024-12-31"}
    )
    assert [e["code"] for e in early.json()["errors"]] == ["before_succession"]
    key = {"idempotency_key": "once"}
    first = reviewer.created("/use-cases/old-001/carry-overs", decision, **key)
    again = reviewer.create("/use-cases/old-001/carry-overs", decision, **key)
    assert again.json() == first.json()
    assert keeper.read("/carry-overs/waiting")["items"] == []
    assert public(app).read("/coverage")["counted"] == 1
    known = public(app).read("/coverage")["known_at"]
    word = {"to_city_codes": [heir], "effective_on": "2025-01-01", "reason": "chuyển nhầm"}
    assert keeper.create("/use-cases/old-001/carry-over-ends", word).status_code == 403
    first = reviewer.created("/use-cases/old-001/carry-over-ends", word, idempotency_key="back")
    again = reviewer.create("/use-cases/old-001/carry-over-ends", word, idempotency_key="back")
    assert again.json() == first.json()
    assert public(app).read("/coverage")["counted"] == 0
    assert public(app).read(f"/coverage?known_at={known}")["counted"] == 1
    waiting = keeper.read("/carry-overs/waiting")["items"]
    assert [case["use_case_code"] for case in waiting] == ["old-001"]
    case = public(app).read("/use-cases/old-001")
    assert case["city_successors"] == [heir]
    assert [c["ended_on"] for c in case["carried_to"]] == ["2025-01-01"]


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.CITY_SIGNER, None])
def test_lists_are_the_administrators_alone(
    country: World, app: FastAPI, keeper: Caller, role: Role | None
) -> None:
    city = country.city("46")
    country.roll([city])
    address = keeper.created("/roll-drafts", body(line("46", "Huế"))).headers["location"]
    if role is None:
        other, refused = public(app), 401
    else:
        actor = country.user(role, city if role is Role.CITY_SIGNER else None)
        other, refused = signed_in(app, country, actor), 403
    assert other.get("/roll-drafts").status_code == refused
    assert other.get(address).status_code == refused
    assert other.create("/roll-drafts", body(line("46"), code="x")).status_code == refused
    for deed in ("in-force", "discarding"):
        assert other.change(f"{address}/{deed}", tag='"1"').status_code == refused


def test_a_list_that_does_not_fit_is_refused_by_place(country: World, keeper: Caller) -> None:
    country.roll([country.city("46")])
    wrong = body(line("46", unit_type="village"), line("4 8"), valid_from="2025")
    answer = keeper.create("/roll-drafts", wrong)
    assert {(e["pointer"], e["code"]) for e in answer.json()["errors"]} == {
        ("/roll/valid_from", "not_a_date"),
        ("/lines/0/unit_type", "unknown_choice"),
        ("/lines/1/code", "not_a_code"),
    }
    neither = keeper.create("/roll-drafts", {"lines": [line("46")]})
    assert [e["code"] for e in neither.json()["errors"]] == ["roll_or_names"]
