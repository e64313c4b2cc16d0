"""Talk about an entry on the pages of both desks, without a script."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

import pytest
from fastapi import FastAPI

from registry.actions import threads as acts
from registry.db.engine import transaction
from registry.db.tables import UseCaseVersion
from registry.domain.model import Action, Actor
from registry.domain.thread_intake import ReplyDraft, ThreadDraft
from tests.factories import Clock, World
from tests.integration.visitor import Visitor, signed_in, site
from tests.postgres import Database

HUE = "46"
ASKED = "Nêu rõ số người được báo."
HOSTILE = "{{7*7}}{% raw %}${alert(1)}<script>alert(1)</script><img src=x onerror=alert(1)>"


@dataclass
class Case:
    """Huế's submitted entry, its people and a reviewer, each before their browser."""

    world: World
    signer: Actor
    version: UUID
    reviewer: Visitor
    city: Visitor

    def ask(self, field: str = "summary", text: str = ASKED) -> int:
        with self.world.act(self.world.reviewer()) as act:
            draft = ThreadDraft.read({"field": field, "text": text})
            return acts.open_thread(act, self.version, draft)

    def title(self, version: UUID) -> str:
        with transaction(self.world.factory) as session:
            return str(session.get_one(UseCaseVersion, version).content["title"])


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with site(database.settings, clock) as app:
        yield app


@pytest.fixture
def case(app: FastAPI, world: World) -> Case:
    world.province("48")
    world.targets()
    world.roll([world.city(HUE)])
    signer = world.signer(HUE)
    version = world.draft(signer, HUE, [world.problem(signer, HUE)])
    world.submit(signer, version)
    people = (signed_in(app, world, actor) for actor in (world.reviewer(), signer))
    return Case(world, signer, version, *people)


REVIEW = f"/en/review/{HUE}-001/1"


def test_a_reviewer_begins_where_the_field_stands(case: Case) -> None:
    page = case.reviewer.open(REVIEW)
    assert f"{REVIEW}?on=evidence#new-thread" in page.links()
    form = case.reviewer.open(f"{REVIEW}?on=evidence")
    refused = case.reviewer.send(
        form,
        "Send the comment",
        {"text": " ", "scope": "internal"},
        HTTPStatus.UNPROCESSABLE_ENTITY,
    )
    assert refused.error("new-text") == "Please fill this in."
    sent = case.reviewer.send(form, "Send the comment", {"text": HOSTILE, "scope": "city"})
    assert HOSTILE in sent.words
    beside = case.city.open(f"/en/desk/{HUE}/versions/{case.version}")
    assert HOSTILE in beside.words
    assert "Comments that wait for an answer: Evidence" in beside.words


def test_a_field_that_is_none_is_refused(case: Case) -> None:
    for address in (f"{REVIEW}/threads", f"/en/desk/{HUE}/versions/{case.version}/threads"):
        who = case.reviewer if "review" in address else case.city
        fields = {"field": "nothing", "text": "a", "scope": "city"}
        who.post(address, fields, HTTPStatus.UNPROCESSABLE_ENTITY)
        who.post(f"{address}/999999", {"saying": "said", "text": "a"}, HTTPStatus.NOT_FOUND)
        who.post(f"{address}/1", {"saying": "shouted", "text": "a"}, HTTPStatus.NOT_FOUND)


def test_what_one_typed_is_kept_where_a_colleague_was_faster(case: Case) -> None:
    thread = case.ask()
    page = case.city.open(f"/en/desk/{HUE}/versions/{case.version}")
    with case.world.act(case.world.reviewer()) as act:
        acts.reply(act, case.version, thread, ReplyDraft.read({"saying": "settled"}))
    late = case.city.send(
        page, "Send the answer", {"text": "Khoảng 120.000 người."}, HTTPStatus.UNPROCESSABLE_ENTITY
    )
    assert "Khoảng 120.000 người." in late.typed("text")
    again = case.city.send(late, "Open it again", {"text": late.typed("text")})
    assert "opened again" in again.words


def test_an_answer_in_the_form_saves_the_draft_with_it_or_neither(case: Case) -> None:
    thread = case.ask()
    case.world.claim(case.version)
    case.world.decide(case.version, Action.RETURN)
    draft = case.world.revise(case.signer, case.version)
    form = case.city.open(f"/en/desk/{HUE}/versions/{draft}/edit")
    assert ASKED in form.words
    button = "Save the draft and send the answer"
    empty = case.city.send(
        form, button, {"title": "Tên mới", f"answer-{thread}": ""}, HTTPStatus.UNPROCESSABLE_ENTITY
    )
    assert empty.error(f"answer-{thread}") == "Please fill this in."
    assert empty.typed("title") == "Tên mới"
    assert case.title(draft) != "Tên mới"
    wrong = case.city.send(
        empty,
        button,
        {"stages-0-since": "hôm qua", f"answer-{thread}": "120.000 người."},
        HTTPStatus.UNPROCESSABLE_ENTITY,
    )
    assert wrong.typed(f"answer-{thread}").strip() == "120.000 người."
    assert "120.000 người." not in case.reviewer.open(REVIEW).words
    sent = case.city.send(wrong, button, {"stages-0-since": "11/2024"})
    assert "The draft was saved and the answer was sent." in sent.words
    assert case.title(draft) == "Tên mới"
    assert "120.000 người." in case.reviewer.open(REVIEW).words


def test_the_page_says_what_stands_out_and_what_is_near(case: Case) -> None:
    world, signer = case.world, case.signer
    second = world.draft(signer, HUE, [world.problem(signer, HUE)], title="Báo ngập")
    world.submit(signer, second)
    words = case.reviewer.open(f"/en/review/{HUE}-002/1").words
    assert f"Perhaps the same application as {HUE}-001 of this city." in words
    assert "Same city: the same text" in words
    assert f"Có thể trùng với {HUE}-001" in case.reviewer.open(f"/vi/review/{HUE}-002/1").words
