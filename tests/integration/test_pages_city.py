"""The city's desk, through its door: from the first problem to the answer of a return."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from api.pages.city import _HAPPENED, _NEXT
from registry.actions.roll_force import OF_A_CITY
from registry.db.engine import transaction
from registry.db.tables import City, MembershipRow, Problem, UseCaseVersion
from registry.domain.model import Action, Actor, ReviewState, Role
from registry.domain.workflow import TRANSITIONS
from tests.factories import Clock, World
from tests.integration.visitor import Page, Typed, Visitor, signed_in, site, visitor
from tests.postgres import Database

HOSTILE = "{{7*7}} {% raw %} ${1} <script>alert(1)</script>"
WEB = "https://example.vn/?q={{7*7}}{%raw%}${1}<script>alert(1)</script>"

PROBLEM: Typed = {
    "area": "flooding",
    "title": "Ngập úng",
    "statement": "Nhiều tuyến phố ngập sau mưa lớn.",
    "declared_on": "1/2024",
    "basis_kind": "resolution",
    "basis_number": "12/NQ-HĐND",
    "basis_date": "15/01/2024",
}
COMPLETE: Typed = {
    "title": "Cảnh báo ngập sớm",
    "summary": "Dự báo điểm ngập trước hai giờ.",
    "deployer": "Trung tâm điều hành",
    "solution": "Mô hình học máy từ mực nước và mưa.",
    "techniques": ["forecasting"],
    "stages-0-stage": "operational",
    "stages-0-since": "11/2024",
    "evidence-0-url": "https://example.vn/canh-bao",
    "evidence-0-title": "Thông báo vận hành",
}


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with site(database.settings, clock) as app:
        yield app


@pytest.fixture
def city(world: World) -> str:
    world.targets()
    world.province()
    code = world.city("hue")
    world.roll([code])
    return code


@pytest.fixture
def signing(world: World, city: str) -> Actor:
    return world.signer(city)


@pytest.fixture
def signer(app: FastAPI, world: World, signing: Actor) -> Visitor:
    return signed_in(app, world, signing)


@pytest.fixture
def editor(app: FastAPI, world: World, city: str) -> Visitor:
    return signed_in(app, world, world.user(Role.CITY_EDITOR, city))


def declared(who: Visitor, city: str, **changes: str) -> str:
    """Declares a problem through its form; its id."""
    form = who.open(f"/en/desk/{city}/problems/new")
    page = who.send(form, "Declare the problem", {**PROBLEM, **changes})
    assert "The problem was declared." in page.words
    return page.path.rpartition("/")[2]


def started(who: Visitor, city: str, problem: str, title: str = "Cảnh báo ngập sớm") -> Page:
    """Opens a draft through its form; the page where it is written."""
    form = who.open(f"/en/desk/{city}/use-cases/new")
    return who.send(form, "Open the draft", {"title": title, "problem_ids": [problem]})


LETTER: Typed = {"letter_number": "15/UBND-KT", "letter_date": "20/1/2024"}


def draft(world: World, by: Actor, city: str, **changes: Any) -> UUID:
    return world.draft(by, city, [world.problem(by, city)], **changes)


def edit(city: str, version: UUID, language: str = "en") -> str:
    return f"/{language}/desk/{city}/versions/{version}/edit"


def stored(world: World, version: UUID | str) -> UseCaseVersion:
    with world.factory() as session:
        return session.get_one(UseCaseVersion, UUID(str(version)))


# ── The way of an entry ─────────────────────────────────────────────────────────────────────


def test_an_editor_writes_and_a_signer_submits(
    editor: Visitor, signer: Visitor, world: World, city: str
) -> None:
    first = editor.open(f"/en/desk/{city}")
    assert first.words.index("Where we stand") < first.words.index("What to do next")
    assert len(first.one(".//section[@aria-labelledby='next']").findall("./ol/li")) == 1
    assert "First declare a pressing problem of the city." in first.words
    problem = declared(editor, city)
    assert "Now declare the AI application" in editor.open(f"/en/desk/{city}").words

    page = started(editor, city, problem)
    assert "2 of 7 required answers given" in page.words
    page = editor.send(page, "Save the draft", {"summary": "Dự báo.", "stages-0-stage": ""})
    assert "The draft was saved." in page.words
    assert "3 of 7 required answers given" in page.words
    page = editor.send(
        page, "Save and check", {"stages-0-stage": "operational", "stages-0-since": "11/2024"}
    )
    assert "4 of 8 required answers given" in page.words
    lacking = {"Deployer", "AI techniques", "Evidence of its operation"}
    before, _, _ = page.words.partition("As the reviewer reads it")
    assert all(name in before for name in lacking)
    version = page.path.rpartition("/")[2]
    assert f"{page.path}/edit#deployer" in page.links()

    form = editor.open(f"{page.path}/edit")
    page = editor.send(form, "Save and check", COMPLETE)
    assert "8 of 8 required answers given" in page.words
    assert "To be submitted by a signer of the city: city_signer hue." in page.words
    assert "Submit to the ministry" not in page.buttons()
    refused: Typed = {"action": "submit", "revision": str(stored(world, version).revision)}
    editor.post(page.path, refused | LETTER, HTTPStatus.FORBIDDEN)
    assert stored(world, version).state == ReviewState.DRAFT

    desk = signer.open(f"/en/desk/{city}")
    assert "Read through and submit" in desk.words
    page = signer.send(signer.open(page.path), "Submit to the ministry", LETTER)
    assert "The version was submitted." in page.words
    assert stored(world, version).state == ReviewState.SUBMITTED
    assert stored(world, version).content["stages"] == [
        {"stage": "operational", "since": "2024-11"}
    ]
    assert stored(world, version).letter_number == LETTER["letter_number"]
    assert "Edit the draft" not in page.words
    desk = signer.open(f"/en/desk/{city}")
    assert "still under review" in desk.words
    assert "Submitted: hue-001 , version 1" in desk.words


def test_a_return_is_answered_with_its_reason_in_sight(
    editor: Visitor, signer: Visitor, world: World, city: str, signing: Actor
) -> None:
    version = draft(world, signing, city)
    world.submit(signing, version)
    world.claim(version)
    reason = "Chưa rõ kỹ thuật AI.\n" + "Đề nghị nêu mô hình. " * 60
    world.decide(version, Action.RETURN, reason=reason)

    desk = signer.open(f"/en/desk/{city}")
    told, _, _ = desk.words.partition("What waits on whom")
    assert " ".join(reason.split()) in told
    page = editor.send(editor.open(desk.path), "Answer with a new version")
    assert page.path.endswith("/edit")
    assert " ".join(reason.split()) in page.words
    assert page.typed("summary") == "Dự báo điểm ngập trước hai giờ."
    assert not page.main.findall(".//*[@name='describes_from']")
    page = editor.send(page, "Save and check", {"technique_detail": "LSTM"})
    page = signer.send(signer.open(page.path), "Submit to the ministry", LETTER)
    assert stored(world, version).state == ReviewState.RETURNED
    new = page.path.rpartition("/")[2]
    assert stored(world, new).state == ReviewState.SUBMITTED
    assert stored(world, new).content["technique_detail"] == "LSTM"
    assert stored(world, new).number == 2


def test_a_new_version_of_an_approved_entry_says_from_when_it_is_true(
    signer: Visitor, world: World, city: str, signing: Actor
) -> None:
    version = world.approved(signing, city, [world.problem(signing, city)])
    page = signer.open(f"/en/desk/{city}/versions/{version}")
    assert f"/en/use-cases/{city}-001" in page.links()
    page = signer.send(page, "Write a new version")
    assert page.typed("describes_from") == "15/06/2025"
    assert "the days before stay as the earlier version described them" in page.words
    page = signer.send(page, "Save and check", {"describes_from": "1.6.2025"})
    assert "This text is true from 1 June 2025" in page.words
    desk = signer.open(f"/en/desk/{city}")
    assert "Version 1 stays public until the next one is approved." in desk.words
    assert "Counted because" in desk.words


def test_a_suspension_is_told_with_its_reason_and_can_be_answered(
    signer: Visitor, world: World, city: str, signing: Actor
) -> None:
    version = world.approved(signing, city, [world.problem(signing, city)])
    world.decide(version, Action.SUSPEND, "2025-03-01", reason="Nghi ngờ không còn vận hành.")
    desk = signer.open(f"/en/desk/{city}")
    assert "in effect from 1 March 2025" in desk.words
    page = signer.send(desk, "Answer with a new version")
    assert "Nghi ngờ không còn vận hành." in page.words


def test_a_version_is_withdrawn_with_a_reason_only(
    signer: Visitor, world: World, city: str, signing: Actor
) -> None:
    version = draft(world, signing, city)
    world.submit(signing, version)
    page = signer.open(f"/en/desk/{city}/versions/{version}")
    page = signer.send(
        page, "Withdraw this version", {"reason": "  "}, HTTPStatus.UNPROCESSABLE_ENTITY
    )
    assert page.error("reason")
    page = signer.send(page, "Withdraw this version", {"reason": "Gửi nhầm"})
    assert "Gửi nhầm" in page.words
    assert stored(world, version).state == ReviewState.WITHDRAWN
    page = signer.send(page, "Write a new version")
    assert page.typed("title") == "Cảnh báo ngập sớm"


def test_a_complete_draft_with_a_withdrawn_problem_cannot_be_submitted(
    signer: Visitor, world: World, city: str, signing: Actor
) -> None:
    problem = world.problem(signing, city)
    version = world.draft(world.user(Role.CITY_EDITOR, city), city, [problem])
    page = signer.open(f"/en/desk/{city}/versions/{version}")
    world.withdraw_problem(signing, problem, "2025-06-01")
    page = signer.send(page, "Submit to the ministry", LETTER, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert "The city has withdrawn this problem." in page.words
    assert "Submit to the ministry" not in page.buttons()
    form = signer.open(edit(city, version))
    assert "Ngập úng (withdrawn)" in form.words


# ── The form ────────────────────────────────────────────────────────────────────────────────


def test_a_wrong_date_is_shown_as_it_was_typed_beside_its_row(
    signer: Visitor, world: World, city: str, signing: Actor
) -> None:
    version = draft(world, signing, city, stages=[])
    page = signer.open(edit(city, version))
    typed: Typed = {
        "stages-0-stage": "",
        "stages-0-since": "",
        "stages-1-stage": "pilot",
        "stages-1-since": "31/02/2024",
        "solution": "Lời giải mới",
    }
    page = signer.send(page, "Save the draft", typed, HTTPStatus.UNPROCESSABLE_ENTITY)
    # The empty row is gone, so the wrong one is now the first.
    assert page.typed("stages-0-since") == "31/02/2024"
    assert "This is not a date." in page.error("stages-0-since")
    assert "#stages-0-since" in page.links()
    assert page.typed("solution") == "Lời giải mới"
    assert stored(world, version).content["stages"] == []
    page = signer.send(page, "Save the draft", {"stages-0-since": "29/2/2024"})
    assert page.typed("stages-0-since") == "29/02/2024"
    assert stored(world, version).content["stages"] == [{"stage": "pilot", "since": "2024-02-29"}]


def test_a_row_half_filled_is_kept_and_its_other_half_asked_for(
    signer: Visitor, world: World, city: str, signing: Actor
) -> None:
    version = draft(world, signing, city)
    page = signer.open(edit(city, version))
    typed: Typed = {"stages-1-stage": "retired", "evidence-2-title": "Không có liên kết"}
    page = signer.send(page, "Save and check", typed)
    assert f"{page.path}/edit#stages-1-since" in page.links()
    assert f"{page.path}/edit#evidence-1-url" in page.links()
    page = signer.open(f"{page.path}/edit")
    assert page.typed("stages-1-stage") == "retired"
    assert page.typed("evidence-1-title") == "Không có liên kết"


def test_asking_for_more_rows_saves_and_shows_another(
    signer: Visitor, world: World, city: str, signing: Actor
) -> None:
    version = draft(world, signing, city)
    page = signer.open(edit(city, version))
    assert page.typed("evidence-1-url") == ""
    assert not page.main.findall(".//*[@name='evidence-2-url']")
    more: Typed = {"evidence-1-url": "https://example.vn/b", "evidence-1-title": "B"}
    answer = signer.post(
        edit(city, version),
        {"revision": page.typed("revision"), "then": "evidence"} | _whole(page) | more,
    )
    assert answer.typed("evidence-1-url") == "https://example.vn/b"
    assert answer.typed("evidence-2-url") == ""
    assert len(stored(world, version).content["evidence"]) == 2
    emptied: Typed = {"evidence-0-url": "", "evidence-0-title": " "}
    answer = signer.send(answer, "Save the draft", emptied)
    assert [e["title"] for e in stored(world, version).content["evidence"]] == ["B"]


def _whole(page: Page) -> Typed:
    names = ("title", "summary", "deployer", "solution", "evidence-0-url", "evidence-0-title")
    return {name: page.typed(name) for name in names}


def test_a_text_too_long_is_kept_and_named(
    signer: Visitor, world: World, city: str, signing: Actor
) -> None:
    version = draft(world, signing, city)
    long = "à" * 2001
    page = signer.send(
        signer.open(edit(city, version)),
        "Save the draft",
        {"summary": long},
        HTTPStatus.UNPROCESSABLE_ENTITY,
    )
    assert page.error("summary") == "At most 2000 characters."
    assert page.typed("summary") == long


def test_a_problem_can_be_declared_from_within_a_draft(
    signer: Visitor, world: World, city: str, signing: Actor
) -> None:
    version = draft(world, signing, city)
    form = signer.open(edit(city, version))
    form = signer.send(form, "Save and declare another problem", {"deployer": "Sở Xây dựng"})
    assert form.path.endswith("/problems/new")
    page = signer.send(form, "Declare the problem", PROBLEM | {"title": "Kẹt xe"})
    assert page.path == edit(city, version)
    assert "Kẹt xe" in page.words
    assert page.typed("deployer") == "Sở Xây dựng"


@pytest.mark.parametrize("draft", ["nonsense", "00000000-0000-4000-8000-000000000000"])
def test_a_problem_for_no_draft_is_not_declared(
    signer: Visitor, world: World, city: str, draft: str
) -> None:
    path = f"/en/desk/{city}/problems/new"
    signer.post(path, PROBLEM | {"draft": draft}, HTTPStatus.NOT_FOUND)
    with world.factory() as session:
        assert session.scalars(select(Problem)).all() == []


def test_a_wrong_problem_keeps_what_was_typed(signer: Visitor, world: World, city: str) -> None:
    form = signer.open(f"/en/desk/{city}/problems/new")
    typed: Typed = {"title": "Kẹt xe", "declared_on": "tháng trước", "basis_url": "example.vn"}
    page = signer.send(form, "Declare the problem", typed, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert {name: page.typed(name) for name in typed} == typed
    assert page.error("declared_on")
    assert page.error("basis_url")
    assert page.error("area") == "Please fill this in."
    assert "Area: Please fill this in." in page.words
    typed = PROBLEM | {"basis_number": ""}
    page = signer.send(page, "Declare the problem", typed | {"basis_url": ""}, 422)
    assert "Give the document's number or a link" in page.error("basis_number")
    page = signer.send(
        page, "Declare the problem", {"declared_on": "1/7/2025", "basis_number": "1"}, 422
    )
    assert page.error("declared_on") == "This date has not come yet."
    with world.factory() as session:
        assert session.scalars(select(Problem)).all() == []


# ── Two at once ─────────────────────────────────────────────────────────────────────────────


def test_whoever_saves_second_sees_both_texts_and_saves_on_purpose(
    editor: Visitor, signer: Visitor, world: World, city: str, signing: Actor
) -> None:
    version = draft(world, signing, city)
    mine, theirs = editor.open(edit(city, version)), signer.open(edit(city, version))
    signer.send(theirs, "Save the draft", {"summary": "Lời của đồng nghiệp", "provider": "Viện A"})
    typed: Typed = {
        "summary": "Lời của tôi",
        "stages-1-stage": "retired",
        "stages-1-since": "5/2025",
    }
    page = editor.send(mine, "Save the draft", typed, HTTPStatus.PRECONDITION_FAILED)
    assert "Not saved: this entry was changed after you opened it" in page.words
    compared, _, _ = page.words.partition("What is marked")
    for text in ("Lời của đồng nghiệp", "Lời của tôi", "Viện A", "Retired since May 2025"):
        assert text in compared
    assert page.typed("summary") == "Lời của tôi"
    assert page.typed("stages-1-since") == "5/2025"
    assert stored(world, version).content["summary"] == "Lời của đồng nghiệp"

    editor.send(page, "Save my text over the other", {"provider": "Viện A"})
    assert stored(world, version).content["summary"] == "Lời của tôi"
    assert stored(world, version).content["provider"] == "Viện A"


def test_a_wrong_form_does_not_hide_that_it_is_stale(
    editor: Visitor, signer: Visitor, world: World, city: str, signing: Actor
) -> None:
    version = draft(world, signing, city)
    mine, theirs = editor.open(edit(city, version)), signer.open(edit(city, version))
    signer.send(theirs, "Save the draft", {"summary": "Lời của đồng nghiệp"})
    typed: Typed = {"summary": "Lời của tôi", "describes_from": "x", "stages-0-since": "x"}
    page = editor.send(mine, "Save the draft", typed, HTTPStatus.UNPROCESSABLE_ENTITY)
    typed = {"describes_from": "", "stages-0-since": "2024"}
    page = editor.send(page, "Save the draft", typed, HTTPStatus.PRECONDITION_FAILED)
    assert page.typed("summary") == "Lời của tôi"


def test_a_text_typed_while_the_draft_was_submitted_is_still_there_to_copy(
    editor: Visitor, world: World, city: str, signing: Actor
) -> None:
    version = draft(world, signing, city)
    mine = editor.open(edit(city, version))
    world.submit(signing, version)
    typed: Typed = {"summary": "Lời của tôi"}
    page = editor.send(mine, "Save the draft", typed, HTTPStatus.PRECONDITION_FAILED)
    assert "It is no longer a draft, so it cannot be saved." in page.words
    assert page.typed("summary") == "Lời của tôi"
    assert page.buttons() == set()
    assert editor.open(edit(city, version)).path == f"/en/desk/{city}/versions/{version}"


def test_only_what_was_read_is_submitted(
    editor: Visitor, signer: Visitor, world: World, city: str
) -> None:
    version = draft(world, world.user(Role.CITY_EDITOR, city), city)
    read = signer.open(f"/en/desk/{city}/versions/{version}")
    editor.send(editor.open(edit(city, version)), "Save the draft", {"summary": "Khác"})
    page = signer.send(read, "Submit to the ministry", LETTER, HTTPStatus.PRECONDITION_FAILED)
    assert "Nothing was saved." in page.words
    assert stored(world, version).state == ReviewState.DRAFT
    signer.send(page, "Submit to the ministry", LETTER)
    assert stored(world, version).state == ReviewState.SUBMITTED


def test_a_button_pressed_twice_is_told_and_does_nothing_twice(
    signer: Visitor, world: World, city: str, signing: Actor
) -> None:
    version = draft(world, signing, city)
    world.submit(signing, version)
    world.withdraw(signing, version)
    page = signer.open(f"/en/desk/{city}/versions/{version}")
    signer.send(page, "Write a new version")
    again = signer.send(page, "Write a new version", status=HTTPStatus.CONFLICT)
    assert "Version 2" in again.words
    with world.factory() as session:
        assert len(session.scalars(select(UseCaseVersion)).all()) == 2


def test_withdrawing_a_problem_needs_a_reason_a_day_and_the_newest_state(
    signer: Visitor, world: World, city: str, signing: Actor
) -> None:
    problem = world.problem(signing, city)
    page = signer.open(f"/en/desk/{city}/problems/{problem}")
    typed: Typed = {"reason": "", "withdrawn_on": "6/2025"}
    wrong = signer.send(page, "Withdraw the problem", typed, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert wrong.error("reason")
    assert wrong.error("withdrawn_on")
    assert wrong.typed("withdrawn_on") == "6/2025"
    typed = {"reason": "Đã hết ngập", "withdrawn_on": "1/6/2025"}
    done = signer.send(wrong, "Withdraw the problem", typed)
    assert "no longer pressing from 1 June 2025" in done.words
    assert "Withdraw the problem" not in done.buttons()
    late = signer.send(page, "Withdraw the problem", typed, HTTPStatus.PRECONDITION_FAILED)
    assert "Somebody else changed or decided this" in late.words
    assert "Đã hết ngập" in late.words


# ── Who may ─────────────────────────────────────────────────────────────────────────────────


def pages_of(city: str, problem: UUID, version: UUID) -> list[str]:
    desk = f"/en/desk/{city}"
    return [
        desk,
        f"{desk}/problems/new",
        f"{desk}/problems/{problem}",
        f"{desk}/use-cases/new",
        f"{desk}/versions/{version}",
        f"{desk}/versions/{version}/edit",
    ]


@pytest.mark.parametrize("state", ["draft", "approved"])
def test_another_city_s_desk_is_closed_for_reading_and_writing(
    app: FastAPI, world: World, city: str, signing: Actor, state: str
) -> None:
    problem = world.problem(signing, city)
    write = world.draft if state == "draft" else world.approved
    version = write(signing, city, [problem])
    stranger = signed_in(app, world, world.signer(world.city("dalat")))
    before = stored(world, version).revision
    for path in pages_of(city, problem, version):
        assert "Your role does not allow this." in stranger.open(path, 403).words
    for path in pages_of(city, problem, version):
        for action in ("submit", "withdraw", "revise"):
            fields: Typed = {"revision": str(before), "action": action, "reason": "x"}
            stranger.post(path, fields | COMPLETE | PROBLEM | {"year": "2025"}, 403)
    # Nor does one's own desk lead to another city's things.
    for path in pages_of("dalat", problem, version):
        if str(problem) in path or str(version) in path:
            stranger.open(path, HTTPStatus.NOT_FOUND)
            fields = {"revision": str(before), "action": "withdraw", "reason": "x"}
            stranger.post(path, fields | {"withdrawn_on": "1/6/2025"}, HTTPStatus.NOT_FOUND)
    assert stored(world, version).revision == before
    with world.factory() as session:
        assert session.get_one(Problem, problem).withdrawn_on is None


def test_no_city_is_not_found_and_no_session_is_led_to_the_gate(
    app: FastAPI, world: World, city: str, signer: Visitor
) -> None:
    nowhere = uuid4()
    for path in pages_of("no-such-city", nowhere, nowhere):
        signer.open(path, HTTPStatus.NOT_FOUND)
    assert signer.client.get("/en/desk/%00").status_code == HTTPStatus.NOT_FOUND
    signer.open(f"/en/desk/{city}/versions/{nowhere}", HTTPStatus.NOT_FOUND)
    signer.open(f"/en/desk/{city}/versions/not-an-id", HTTPStatus.NOT_FOUND)
    signer.open(f"/en/desk/{city}/problems/{nowhere}", HTTPStatus.NOT_FOUND)
    anyone = visitor(app)
    for path in pages_of(city, nowhere, nowhere):
        assert anyone.open(path).path == "/en/sign-in"
    reviewer = signed_in(app, world, world.reviewer())
    for path in pages_of(city, nowhere, nowhere):
        reviewer.open(path, HTTPStatus.FORBIDDEN)


def test_somebody_of_two_cities_chooses_and_somebody_of_one_is_there(
    world: World, city: str, signing: Actor, signer: Visitor
) -> None:
    assert signer.open("/vi/desk").path == f"/vi/desk/{city}"
    other = world.city("dalat")
    with transaction(world.factory) as session:
        other_id = session.scalar(select(City.id).where(City.code == other))
        session.add(
            MembershipRow(user_id=signing.user_id, role=Role.CITY_EDITOR.value, city_id=other_id)
        )
    page = signer.open("/vi/desk")
    assert {f"/vi/desk/{city}", f"/vi/desk/{other}"} <= page.links()
    assert "Người soạn của đô thị" in page.words


def test_the_year_s_word_is_the_signer_s_and_the_last_one_holds(
    editor: Visitor, signer: Visitor, city: str
) -> None:
    page = editor.open(f"/en/desk/{city}")
    assert "Record the word" not in page.buttons()
    assert "A signer of the city gives it: city_signer hue." in page.words
    word: Typed = {"year": "2025", "status": "none", "note": ""}
    editor.post(f"/en/desk/{city}", word, HTTPStatus.FORBIDDEN)
    page = signer.open(f"/en/desk/{city}")
    assert "Say so for the year." in page.words
    page = signer.send(page, "Record the word", {"status": ""}, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert page.error("status") == "Please fill this in."
    signer.send(page, "Record the word", word)
    page = signer.send(
        page, "Record the word", word | {"status": "in_progress", "note": "Thí điểm"}
    )
    assert "2025 : In progress" in page.words
    assert "2025 : No application yet" not in page.words
    assert page.words.count("Word for the year given 2025") == 2
    assert "Say so for the year." not in page.words
    page = signer.send(
        page, "Record the word", {"year": "2026", "status": "none"}, HTTPStatus.UNPROCESSABLE_ENTITY
    )
    assert page.error("year") == "This date has not come yet."


# ── What people write is shown and never run ────────────────────────────────────────────────


def literal(page: Page, *texts: str) -> None:
    """Each text stands there letter by letter, and nothing of it became code."""
    for text in texts:
        assert text in page.words or any(
            text in (e.text or "") or text == e.get("value") for e in page.main.iter()
        ), f"{text} is not on {page.path}"
    assert list(page.main.iter("script")) == []
    # A fingerprint may hold any two digits.
    assert not any("49" in (e.text or "") for e in page.main.iter() if e.tag != "code")


def test_hostile_texts_are_shown_as_they_are_in_every_field(
    app: FastAPI, signer: Visitor, editor: Visitor, world: World, city: str
) -> None:
    name = {f: f"{f} {HOSTILE}" for f in ("title", "title_en", "statement", "basis_number")}
    form = signer.open(f"/en/desk/{city}/problems/new")
    wrong: Typed = PROBLEM | name | {"declared_on": HOSTILE, "basis_date": HOSTILE}
    page = signer.send(form, "Declare the problem", wrong | {"basis_url": HOSTILE}, 422)
    literal(page, *name.values(), HOSTILE)
    right = {"declared_on": "2024", "basis_date": "", "basis_url": WEB}
    page = signer.send(page, "Declare the problem", dict(right))
    literal(page, name["title_en"], name["statement"], name["basis_number"], WEB)
    assert WEB in page.links()
    problem = page.path.rpartition("/")[2]

    page = started(signer, city, problem, HOSTILE)
    literal(page, HOSTILE)
    texts = {
        field: f"{field} {HOSTILE}"
        for field in (
            *("title", "summary", "summary_en", "solution", "technique_detail", "deployer"),
            *("provider", "application_area", "public_contact"),
        )
    }
    rows: Typed = {
        "techniques": ["other"],
        "stages-0-stage": "operational",
        "stages-0-since": "2024",
        "evidence-0-url": WEB,
        "evidence-0-title": f"evidence {HOSTILE}",
    }
    stale = editor.open(page.path)
    wrong = {**texts, **rows, "stages-0-since": HOSTILE, "evidence-0-published": HOSTILE}
    page = signer.send(page, "Save the draft", wrong, HTTPStatus.UNPROCESSABLE_ENTITY)
    literal(page, *texts.values(), HOSTILE, f"evidence {HOSTILE}", WEB)
    page = signer.send(
        page, "Save and check", {"stages-0-since": "2024", "evidence-0-published": ""}
    )
    literal(page, *texts.values(), f"evidence {HOSTILE}", name["title_en"], name["basis_number"])
    assert WEB in page.links()
    mine: Typed = {"summary": f"mine {HOSTILE}", "title": HOSTILE}
    conflict = editor.send(stale, "Save the draft", mine, HTTPStatus.PRECONDITION_FAILED)
    literal(conflict, texts["summary"], f"mine {HOSTILE}", texts["deployer"])

    version = UUID(page.path.rpartition("/")[2])
    colleague = signed_in(app, world, world.signer(city))
    number: Typed = LETTER | {"letter_number": f"number {HOSTILE}"}
    colleague.send(colleague.open(page.path), "Submit to the ministry", number)
    world.claim(version)
    world.decide(version, Action.RETURN, reason=f"reason {HOSTILE}")
    word: Typed = {"year": "2025", "status": "none", "note": f"note {HOSTILE}"}
    page = signer.post(f"/en/desk/{city}", word)
    literal(page, texts["title"], f"reason {HOSTILE}", f"note {HOSTILE}", name["title_en"])
    page = signer.open(f"/vi/desk/{city}/versions/{version}")
    literal(page, *texts.values(), f"reason {HOSTILE}")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_of_the_desk_is_faultless_in_both_languages(
    signer: Visitor, world: World, city: str, signing: Actor, language: str
) -> None:
    problem = world.problem(signing, city)
    version = world.draft(signing, city, [problem])
    for path in pages_of(city, problem, version):
        page = signer.open(path.replace("/en/", f"/{language}/"))
        assert page.main.findall(".//h1")
    first = page.main.findall(".//*[@id='summary']")
    assert [f.get("lang") for f in first] == ["vi"]


def test_the_desk_asks_as_many_questions_for_many_entries_as_for_one(
    signer: Visitor, world: World, city: str, signing: Actor
) -> None:
    asked: list[str] = []

    @event.listens_for(Session, "do_orm_execute")
    def count(state: Any) -> None:
        asked.append(str(state.statement))

    def questions() -> int:
        asked.clear()
        signer.open(f"/en/desk/{city}")
        return len(asked)

    try:
        draft(world, signing, city)
        one = questions()
        for _ in range(4):
            version = draft(world, signing, city)
            world.submit(signing, version)
            world.claim(version)
            world.decide(version, Action.RETURN)
        assert questions() == one > 0
    finally:
        event.remove(Session, "do_orm_execute", count)


def test_every_state_and_every_event_of_a_city_has_its_words() -> None:
    # Who reads an entry, and what is said before there is a decision, is the ministry's affair.
    inside = {Action.HAND_BACK, Action.REASSIGN, Action.HAND_OVER, Action.UPHOLD, Action.TAKE_BACK}
    moves = {action for _, action in TRANSITIONS} - {Action.EDIT, Action.REVISE} - inside
    facts = {"problem.declared", "problem.withdrawn", "year.declared", "use_case.carried_over"}
    facts |= {"use_case.carry_over_ended"}
    facts |= {"draft.withdraw", "use_case.stage_reported", "use_case.attested"}
    of_rolls = {f"city.{kind}" for kind in OF_A_CITY}
    assert set(_HAPPENED) == facts | of_rolls | {f"version.{action}" for action in moves}
    assert set(_NEXT) == set(ReviewState)


def test_whoever_sends_after_the_session_ended_is_told_and_comes_back(
    signer: Visitor, city: str
) -> None:
    address = f"/en/desk/{city}/problems/new"
    form = signer.open(address)
    signer.client.cookies.clear()
    for referer, back in (
        (f"http://registry.test{address}?x=1#y", address),
        ("http://[", ""),
        ("", ""),
    ):
        signer.client.headers["referer"] = referer
        told = signer.send(form, "Declare the problem", PROBLEM)
        assert told.path == "/en/sign-in"
        assert "Your session had ended, so what you sent was not saved." in told.words
        assert told.typed("next") == back


def test_a_coarse_date_says_from_which_day_it_counts(signer: Visitor, city: str) -> None:
    problem = declared(signer, city)
    sentence = "January 2024, counts from 31 January 2024"
    assert sentence in signer.open(f"/en/desk/{city}/problems/{problem}").words
    assert sentence in signer.open(f"/en/cities/{city}").words
    exact = declared(signer, city, declared_on="15/01/2024")
    assert "counts from" not in signer.open(f"/en/desk/{city}/problems/{exact}").words
