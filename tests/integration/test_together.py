"""The reading room: approving together what was read, and the pages and doors of the queue."""

from collections.abc import Iterator
from datetime import date
from http import HTTPStatus
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import event, text

from registry.actions import leases, reading
from registry.actions.account import grant
from registry.actions.declare import submit, withdraw
from registry.actions.reading import Asked, Outcome
from registry.db.engine import transaction
from registry.db.tables import UseCaseVersion
from registry.domain.errors import (
    Hindered,
    InOtherHands,
    InvalidInput,
    NotRead,
    OwnWork,
    Stale,
)
from registry.domain.intake import HandBackDraft, SubmissionDraft, WithdrawalDraft
from registry.domain.model import OPERATOR, Actor, ReviewState, Role
from registry.queries.people import actor
from tests.factories import Clock, World
from tests.integration.api_client import Caller
from tests.integration.api_client import signed_in as caller
from tests.integration.visitor import Visitor, signed_in, site, visitor
from tests.postgres import Database

# A text in which nothing is found: every answer that is expected in operation is there.
WHOLE: dict[str, Any] = {
    "goal": "Giảm thiệt hại do ngập.",
    "outputs": ["alert"],
    "automation": "human_decides",
    "human_oversight": "Cán bộ trực xem lại từng cảnh báo.",
    "sourcing": "in_house",
    "area_kind": "whole_city",
    "data_sources": ["sensors"],
    "personal_data": "none",
    "risk_level": "low",
    "risk_scheme": "law_134_2025",
    "public_notice": "Có thông báo trên cổng của đô thị.",
    "results": [{"indicator": "Cảnh báo đúng", "value": "80", "unit": "%"}],
    "responsible_unit": "Phòng vận hành",
    "public_contact": "Văn phòng, 0234 000 000",
}


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with site(database.settings, clock) as app:
        yield app


@pytest.fixture
def country(world: World) -> World:
    world.targets()
    world.province("48")
    world.roll([world.city("a"), world.city("b")])
    return world


_numbers = count(1)


def own_words() -> dict[str, Any]:
    """A text, evidence and all, that no other entry has: alike ones are a finding."""
    number = next(_numbers)
    link = {"url": f"https://example.vn/minh-chung/{number}", "title": f"Thông báo {number}"}

    # Texts are compared by their syllables, and digits are syllables of their own.
    own = "".join(chr(ord("a") + int(digit)) for digit in str(number))

    def words(field: str) -> str:
        return " ".join(f"{field}{own}{letter}" for letter in "stuvwxyz")

    texts = {field: words(field[:4]) for field in ("title", "summary", "solution")}
    return {**texts, "title_en": f"E{own}", "evidence": [link]}


def submitted(world: World, city: str = "a", **changes: Any) -> UUID:
    signer = world.signer(city)
    whole = WHOLE | own_words() | changes
    version = world.draft(signer, city, [world.problem(signer, city)], **whole)
    hand_in(world, city, version)
    return version


def hand_in(world: World, city: str, version: UUID) -> None:
    """With a letter of its own: one that came with another city's entry is a finding."""
    letter = SubmissionDraft(letter_number=f"{version}/UBND", letter_date=date(2025, 1, 20))
    with world.act(world.signer(city)) as act:
        submit(act, version, revision(world, version), letter)


def revision(world: World, version: UUID) -> int:
    with world.factory() as session:
        return session.get_one(UseCaseVersion, version).revision


def state(world: World, version: UUID) -> str:
    with world.factory() as session:
        return session.get_one(UseCaseVersion, version).state


def read(world: World, *versions: UUID, by: Actor | None = None) -> None:
    for version in versions:
        with world.act(by or world.reviewer()) as act:
            reading.mark_read(act, version, revision(world, version))


def approve(world: World, *versions: UUID, by: Actor | None = None) -> list[Outcome]:
    asked = [Asked(version, revision(world, version)) for version in versions]
    with world.act(by or world.reviewer()) as act:
        return reading.approve_read(act, asked)


def why_not(outcomes: list[Outcome]) -> list[type[Exception] | None]:
    return [None if each.refusal is None else type(each.refusal) for each in outcomes]


def test_what_was_read_and_has_no_finding_is_approved_each_by_its_own_decision(
    country: World,
) -> None:
    held, free, unread, asks = (
        submitted(country),
        submitted(country, "b"),
        submitted(country),
        submitted(country, risk_level="medium"),
    )
    country.claim(held)
    read(country, held, free, asks)
    outcomes = approve(country, held, unread, asks, free)
    assert why_not(outcomes) == [None, NotRead, Hindered, None]
    assert [state(country, each) for each in (held, unread, asks, free)] == [
        "approved",
        "submitted",
        "submitted",
        "approved",
    ]
    with country.factory() as session:
        rows = session.execute(
            text(
                "SELECT ai_confirmed, record ->> 'number' AS number FROM decision d"
                " JOIN decision_record USING (position) ORDER BY position"
            )
        ).all()
    assert [tuple(each) for each in rows] == [
        (True, "QĐ-AI/2025/000001"),
        (True, "QĐ-AI/2025/000002"),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"risk_level": "high"},
        {"personal_data": "basic"},
        {"stages": [{"stage": "pilot", "since": "2024-11-01"}]},
        {"techniques": ["generative"], "public_notice": ""},
    ],
    ids="-".join,
)
def test_contradictions_gaps_and_criteria_that_fail_hinder(
    country: World, changes: dict[str, Any]
) -> None:
    version = submitted(country, **changes)
    read(country, version)
    assert why_not(approve(country, version)) == [Hindered]


def test_a_broken_link_and_a_city_off_the_roll_hinder(country: World) -> None:
    linked, elsewhere = submitted(country), submitted(country, country.city("c"))
    with transaction(country.factory) as session:
        content = session.get_one(UseCaseVersion, linked).content
        session.execute(
            text("""
                INSERT INTO link_state
                    (url, checked_at, outcome, final_url, failing_since, broken_since)
                VALUES (:url, now(), 'gone', '', now(), now())
            """),
            {"url": content["evidence"][0]["url"]},
        )
    read(country, linked, elsewhere)
    assert why_not(approve(country, linked, elsewhere)) == [Hindered, Hindered]


def test_nothing_is_approved_that_changed_since_or_is_not_for_the_approver(
    country: World,
) -> None:
    stale, taken, own = submitted(country), submitted(country), submitted(country, "b")
    read(country, stale, taken, own)
    asked = [Asked(each, revision(country, each)) for each in (stale, taken, own)]
    with country.act(country.signer("a")) as act:
        withdraw(act, stale, WithdrawalDraft(reason="gửi nhầm"), asked[0].revision)
    other = country.user(Role.REVIEWER)
    country.claim(taken, other)
    asked[1] = Asked(taken, revision(country, taken))
    with transaction(country.factory) as session:
        session.execute(
            text("""
                INSERT INTO membership (user_id, role, city_id)
                SELECT :me, 'city_editor', id FROM city WHERE code = 'b'
            """),
            {"me": country.reviewer().user_id},
        )
    with country.factory() as session:
        me = country.reviewer().user_id
        assert me is not None
        now_of_b = actor(session, me)
    with country.act(now_of_b) as act:
        outcomes = reading.approve_read(act, asked)
    assert why_not(outcomes) == [Stale, InOtherHands, OwnWork]
    assert outcomes[0].state is ReviewState.WITHDRAWN
    assert state(country, own) == "submitted"


def test_none_too_many_and_one_twice_are_refused(country: World) -> None:
    version = submitted(country)
    read(country, version)
    many = [Asked(version, 1)] * (reading.MOST_TOGETHER + 1)
    for asked in ([], many[:2], many):
        with pytest.raises(InvalidInput), country.act(country.reviewer()) as act:
            reading.approve_read(act, asked)


# ── The pages ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def reviewer(app: FastAPI, country: World) -> Visitor:
    return signed_in(app, country, country.reviewer())


def test_next_leads_to_an_entry_and_says_when_nothing_is_left(
    country: World, reviewer: Visitor
) -> None:
    version = submitted(country, title_en="The only one")
    queue = reviewer.open("/en/review")
    entry = reviewer.send(queue, "Take up the next entry")
    assert "The only one" in entry.words
    assert "It is yours until" in entry.words
    assert state(country, version) == "in_review"
    none = reviewer.send(entry, "Take up the next entry")
    assert "Nothing is left in this list that you can take up." in none.words


def test_next_goes_on_in_the_list_that_was_looked_at_last(
    country: World, reviewer: Visitor
) -> None:
    submitted(country, title_en="First of all", risk_level="low")
    submitted(country, title_en="High one", risk_level="high")
    submitted(country, title_en="High two", risk_level="high")
    queue = reviewer.open("/en/review?risk=high")
    entry = reviewer.send(queue, "Take up the next entry")
    assert "High one" in entry.words
    assert "High two" in reviewer.send(entry, "Take up the next entry").words


def test_an_entry_is_handed_back_with_a_word_that_colleagues_read(
    app: FastAPI, country: World, reviewer: Visitor
) -> None:
    version = submitted(country)
    entry = reviewer.send(reviewer.open("/en/review"), "Take up the next entry")
    back = reviewer.send(entry, "Hand back", {"note": "Hãy xem <b>phụ lục</b>"})
    assert "The entry is back in the queue." in back.words
    colleague = signed_in(app, country, country.user(Role.REVIEWER))
    seen = colleague.open(entry.path)
    assert "It was handed back." in seen.words
    assert "Hãy xem <b>phụ lục</b>" in seen.words
    late = reviewer.send(
        entry, "Hand back", {"note": "Tôi viết nữa"}, HTTPStatus.PRECONDITION_FAILED
    )
    assert late.one(".//*[@id='kept-note']").text == "Tôi viết nữa"
    public = app_public_events(app)
    assert "version.hand_back" in public
    assert "phụ lục" not in public
    assert state(country, version) == "submitted"


def app_public_events(app: FastAPI) -> str:
    return visitor(app).client.get("/api/v1/events").text


def test_the_lead_gives_an_entry_to_a_colleague_by_name(app: FastAPI, country: World) -> None:
    version = submitted(country)
    country.claim(version)
    other = country.user(Role.REVIEWER)
    lead = signed_in(app, country, country.user(Role.LEAD))
    entry = lead.open("/en/review/a-001/1")
    assert {"Give", "Put back"} <= entry.buttons()
    nobody = lead.send(entry, "Give", {"note": "x"}, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert nobody.error("reassign-reviewer") == "Please fill this in."
    assert nobody.one(".//*[@id='reassign-note']").text == "x"
    done = lead.send(nobody, "Give", {"reviewer": str(other.user_id)})
    assert "The entry was given to the reviewer." in done.words
    assert "The lead gave it to you." in signed_in(app, country, other).open(entry.path).words


def test_own_work_is_shown_with_the_reason_why_one_cannot_decide_it(
    app: FastAPI, country: World
) -> None:
    submitted(country)
    both = country.user(Role.REVIEWER, email="both@example.vn")
    with country.act(OPERATOR) as act:
        grant(act, "both@example.vn", Role.CITY_EDITOR, "a")
    seen = signed_in(app, country, both).open("/en/review").words
    assert "Nobody decides on their own work or on an entry of their own city." in seen


def test_a_filter_is_saved_used_renamed_and_deleted_without_a_script(
    country: World, reviewer: Visitor
) -> None:
    hostile = "{{7*7}}<script>alert(1)</script>"
    submitted(country)
    queue = reviewer.open("/en/review?risk=low&order=service")
    saved = reviewer.send(queue, "Save the filter", {"name": hostile, "default": "yes"})
    assert "The filter was saved." in saved.words
    assert hostile in saved.words
    assert "<script>alert" not in saved.answer.text
    start = reviewer.open("/en/review")
    assert start.answer.url.query == b"risk=low&order=service"
    assert reviewer.open("/en/review?all=yes").answer.url.query == b"all=yes"
    again = reviewer.send(
        queue, "Save the filter", {"name": hostile}, HTTPStatus.UNPROCESSABLE_ENTITY
    )
    assert again.error("new-name") == "You have one of this name already."
    assert again.one(".//*[@id='new-name']").get("value") == hostile
    manage = reviewer.open("/en/review/filters")
    renamed = reviewer.send(manage, "Change", {"name": "Rủi ro thấp"})
    assert "Rủi ro thấp" in renamed.words
    place = renamed.main.findall(".//form")[-1].get("action", "")
    empty = reviewer.post(place, {"action": "delete"})
    assert "Choose a filter in the queue" in empty.words


def test_seen_until_now_makes_nothing_new(country: World, reviewer: Visitor) -> None:
    submitted(country)
    seen = reviewer.send(reviewer.open("/en/review"), "Seen until now")
    assert "New or changed 0" in seen.words
    reviewer.post("/en/review/seen", {"until": "hôm qua"})


def test_what_was_read_is_approved_together_on_the_page(country: World, reviewer: Visitor) -> None:
    clean, asks = (
        submitted(country, title_en="Clean", goal=""),
        submitted(country, risk_level="medium"),
    )
    for path in ("/en/review/a-001/1", "/en/review/a-002/1"):
        marked = reviewer.send(reviewer.open(path), "Mark as read")
        assert "You marked this text as read" in marked.words
    page = reviewer.open("/en/review/together")
    assert "1 finding" in page.words
    # What is only good to know hinders nothing, and is told.
    assert "Expected at this stage, and not given" in page.words
    boxes = [
        box.get("value", "") for box in page.main.iter("input") if box.get("name") == "confirmed"
    ]
    assert len(boxes) == 1
    none = reviewer.send(page, "Approve what is ticked", {}, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert "Choose at least one and at most 50 at once." in none.words
    tried = [boxes[0], f"{asks} {revision(country, asks)}", "x 1", f"{clean}"]
    refused = reviewer.send(
        page, "Approve what is ticked", {"confirmed": tried}, HTTPStatus.UNPROCESSABLE_ENTITY
    )
    assert state(country, clean) == "submitted"
    done = reviewer.send(refused, "Approve what is ticked", {"confirmed": tried[:3]})
    assert "Approved" in done.words
    assert "Not approved: Something was found in this entry" in done.words
    assert (state(country, clean), state(country, asks)) == ("approved", "submitted")


def test_the_page_asks_as_often_for_fifty_as_for_two(
    app: FastAPI, country: World, reviewer: Visitor
) -> None:
    asked: list[str] = []

    def count() -> int:
        asked.clear()
        reviewer.open("/en/review")
        return len(asked)

    engine = app.state.read_sessions.kw["bind"]
    event.listen(engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    for _ in range(2):
        submitted(country)
    few = count()
    for _ in range(6):
        submitted(country, "b")
    assert count() == few
    assert few < 20


# ── The API ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def program(app: FastAPI, country: World) -> Caller:
    return caller(app, country, country.reviewer())


def test_a_program_sees_the_queue_page_by_page(country: World, program: Caller) -> None:
    for _ in range(3):
        submitted(country)
    leaves = list(program.walk("/review/queue?limit=2&order=age&state=submitted"))
    assert [len(leaf["items"]) for leaf in leaves] == [2, 1]
    first = leaves[0]["items"][0]
    assert (first["use_case"], first["held"], first["new"]) == ("a-001", "nobody", True)
    assert "claim" in first["actions"]
    assert leaves[0]["counts"]["total"] == 3
    body = {"until": leaves[0]["seen_until"]}
    assert program.send("POST", "/review/seen", body).status_code == HTTPStatus.NO_CONTENT
    assert program.read("/review/queue?new=true")["items"] == []
    for query in ("held=she", "colour=red", "cursor=x", "q=%00"):
        answer = program.get(f"/review/queue?{query}")
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY, query


def test_a_program_takes_hands_back_gives_and_approves(
    app: FastAPI, country: World, program: Caller
) -> None:
    submitted(country)
    taken = program.send("POST", "/review/next", {"risk": "low"})
    assert taken.json()["version"]["state"] == "in_review"
    empty = program.send("POST", "/review/next", {})
    assert empty.json() == {"version": None}
    path = "/use-cases/a-001/versions/1"
    lead = caller(app, country, country.user(Role.LEAD))
    other = country.user(Role.REVIEWER)
    people = lead.read(f"{path}/assignment")["items"]
    assert str(other.user_id) in {each["id"] for each in people}
    assert program.get(f"{path}/assignment").status_code == HTTPStatus.FORBIDDEN
    tag = taken.headers["etag"]
    given = lead.moved(f"{path}/assignment", {"reviewer": str(other.user_id)}, tag=tag)
    stale = program.change(f"{path}/hand-back", {}, tag=tag)
    assert stale.status_code == HTTPStatus.PRECONDITION_FAILED
    mine = caller(app, country, other)
    back = mine.moved(f"{path}/hand-back", {"note": "không rõ"}, tag=given.headers["etag"])
    read_it = program.moved(f"{path}/reading", tag=back.headers["etag"])
    offered = program.read("/review/approvals")["items"]
    found = {(each["use_case"], tuple(f["weight"] for f in each["found"])) for each in offered}
    assert found == {("a-001", ("note", "note"))}
    item = {"use_case": "a-001", "number": 1, "revision": read_it.json()["revision"]}
    unconfirmed = program.send("POST", "/review/approvals", {"items": [item]})
    assert unconfirmed.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    done = program.send("POST", "/review/approvals", {"items": [item | {"ai_confirmed": True}]})
    assert done.json()["items"][0]["state"] == "approved"
    again = program.send("POST", "/review/approvals", {"items": [item | {"ai_confirmed": True}]})
    assert again.json()["items"][0]["code"] == "stale"


def test_a_program_keeps_filters(country: World, program: Caller) -> None:
    made = program.created("/review/filters", {"name": "Của tôi", "wanted": {"held": "me"}})
    path = made.headers["location"]
    body = {"name": "Quá hạn", "wanted": {"service": "overdue"}, "default": True}
    changed = program.send("PUT", path, body)
    assert changed.json()["default"] is True
    assert program.read("/review/filters")["items"][0]["wanted"]["service"] == "overdue"
    assert program.send("DELETE", path).status_code == HTTPStatus.NO_CONTENT
    assert program.send("DELETE", path).status_code == HTTPStatus.NOT_FOUND
    assert program.send("PUT", path, body).status_code == HTTPStatus.NOT_FOUND
    del country


def test_what_a_colleagues_time_has_ended_on_can_be_claimed_by_a_program(
    country: World, program: Caller, clock: Clock
) -> None:
    version = submitted(country)
    country.claim(version, country.user(Role.REVIEWER))
    path = "/use-cases/a-001/versions/1"
    assert program.read(f"{path}/available-actions")["actions"] == []
    clock.set("2025-06-20T02:00:00")
    can = program.get(f"{path}/available-actions")
    assert can.json()["actions"] == ["claim"]
    program.moved(f"{path}/claim", tag=can.headers["etag"])
    with country.act(country.reviewer()) as act:
        leases.hand_back(act, version, HandBackDraft(), revision(country, version))
