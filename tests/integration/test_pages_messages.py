"""The pigeonhole, through its door: what people find there, and what of it is mailed."""

from collections.abc import Iterator
from http import HTTPStatus

import html5lib
import pytest
from fastapi import FastAPI
from procrastinate.types import JSONValue

from registry.actions import notify
from registry.domain.messages import MANDATORY, MessageKind
from registry.domain.model import Action, Actor, Role
from tests.factories import Clock, World
from tests.integration.api_client import service
from tests.integration.api_client import signed_in as calling
from tests.integration.visitor import Visitor, signed_in, site
from tests.jobs import run_jobs, waiting
from tests.postgres import Database

MESSAGES = "/en/account/messages"
HOSTILE = "{{7*7}} {% raw %} ${1} %(by)s <script>alert(1)</script>"


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with site(database.settings, clock) as app:
        yield app


def mention(world: World, to: Actor, title: str = "Cảnh báo ngập", note: str = "") -> None:
    assert to.user_id is not None
    facts: dict[str, JSONValue] = {
        "city_vi": "Thành phố Huế",
        "city_en": "Hue City",
        "use_case": "46-001",
        "version": 1,
        "title_vi": title,
        "title_en": "",
        "by": "Soạn",
        "note": note,
    }
    with world.act(to) as act:
        notify.tell(act, MessageKind.MENTION, [to.user_id], link="/desk/hue", **facts)


def test_an_empty_list_says_what_will_come(app: FastAPI, world: World) -> None:
    signer = world.signer(world.city("hue"))
    page = signed_in(app, world, signer).open(MESSAGES)
    assert "You have no messages yet." in page.words
    assert page.buttons() == set()


def test_a_return_is_read_and_leads_to_the_version(app: FastAPI, world: World) -> None:
    city = world.city("hue")
    signer = world.signer(city)
    version = world.draft(signer, city, [world.problem(signer, city)])
    world.submit(signer, version)
    world.claim(version)
    world.decide(version, Action.RETURN, reason="Thiếu minh chứng.\nBổ sung ảnh.")
    who = signed_in(app, world, signer)
    assert "Messages 1 unread" in header(who)
    page = who.open(MESSAGES)
    assert "New Returned for correction: Early flood warning" in page.words
    assert "Reason Thiếu minh chứng. Bổ sung ảnh." in page.words
    assert who.send(page, "Open").path == f"/en/desk/hue/versions/{version}"
    assert "unread" not in header(who)
    page = who.open(MESSAGES)
    assert "New" not in page.words
    assert page.buttons() == {"Open"}


def header(who: Visitor) -> str:
    """What stands above every page."""
    html = html5lib.parse(who.client.get(MESSAGES).text, namespaceHTMLElements=False)
    found = html.find(".//header")
    assert found is not None
    return " ".join(" ".join(found.itertext()).split())


def test_what_is_unread_comes_first(app: FastAPI, world: World, clock: Clock) -> None:
    signer = world.signer(world.city("hue"))
    mention(world, signer, "the first")
    clock.set("2025-06-16T00:00")
    mention(world, signer, "the second")
    who = signed_in(app, world, signer)
    page = who.open(MESSAGES)
    assert page.words.index("the second") < page.words.index("the first")
    newest = page.one(".//ul[@class='list-unstyled messages']/li[1]")
    assert "the second" in "".join(newest.itertext())
    page = who.send(page, "Mark as read")
    assert page.words.index("the first") < page.words.index("the second")
    page = who.send(page, "Mark all as read")
    assert "All messages are marked as read." in page.words
    assert page.buttons() == {"Open"}


def test_hostile_text_is_only_text(app: FastAPI, world: World) -> None:
    signer = world.signer(world.city("hue"))
    mention(world, signer, HOSTILE, HOSTILE)
    page = signed_in(app, world, signer).open(MESSAGES)
    assert f"asks you to look at: {HOSTILE}" in page.words
    assert f"Their words {HOSTILE}" in page.words


def test_nobody_reads_or_touches_anothers(app: FastAPI, world: World) -> None:
    signer = world.signer(world.city("hue"))
    mention(world, signer)
    other = signed_in(app, world, world.signer(world.city("vinh")))
    assert "Cảnh báo" not in other.open(MESSAGES).words
    own = signed_in(app, world, signer)
    action = own.open(MESSAGES).one(".//li/form").get("action", "")
    answer = other.client.post(action, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert "New" in own.open(MESSAGES).words


def test_choices_are_kept(app: FastAPI, world: World) -> None:
    signer = world.signer(world.city("hue"))
    who = signed_in(app, world, signer)
    page = who.open(f"{MESSAGES}/choices")
    assert "this service has no mail server" in page.words
    boxes = page.main.findall(".//input[@name='kinds']")
    assert all(box.get("checked") is not None for box in boxes)
    assert {b.get("value") for b in boxes if b.get("disabled") is not None} == MANDATORY
    page = who.send(page, "Save", {"language": "en", "kinds": ["deadline"]})
    assert "Your choices are saved." in page.words
    ticked = {
        box.get("value")
        for box in page.main.findall(".//input[@name='kinds']")
        if box.get("checked") is not None
    }
    assert ticked == MANDATORY | {"deadline"}
    assert page.one(".//input[@id='language-en']").get("checked") is not None


def test_an_example_address_is_told_why(app: FastAPI, world: World) -> None:
    demo = world.user(Role.CITY_SIGNER, world.city("hue"), email="ky.hue@example.org")
    page = signed_in(app, world, demo).open(f"{MESSAGES}/choices")
    assert "ky.hue@example.org is an address for examples" in page.words


def test_an_administrator_sees_what_did_not_arrive(
    app: FastAPI, world: World, database: Database
) -> None:
    undelivered = f"{MESSAGES}/undelivered"
    mention(world, world.user(Role.CITY_SIGNER, world.city("hue"), email="ky@hue.vn"))
    assert run_jobs(database) == [("mail.send", "succeeded")]
    administrator = signed_in(app, world, world.user(Role.ADMINISTRATOR))
    page = administrator.open(MESSAGES)
    assert "1 mail did not arrive" in page.words
    assert undelivered in page.links()
    page = administrator.open(undelivered)
    assert "ky@hue.vn" in page.words
    assert "There was no mail server" in page.words
    assert "Cảnh báo" not in page.words  # what the message says is its addressee's
    page = administrator.send(page, "Send again")
    assert "The mail will be sent in a moment. Messages All mails have been sent." in page.words
    assert waiting(database) == ["mail.send"]
    reviewer = signed_in(app, world, world.reviewer())
    reviewer.open(undelivered, HTTPStatus.FORBIDDEN)


def test_programs_read_and_mark(database: Database, world: World, clock: Clock) -> None:
    signer = world.signer(world.city("hue"))
    for number in range(3):
        clock.set(f"2025-06-1{number}T00:00")
        mention(world, signer, f"number {number}")
    with service(database, clock) as app:
        who = calling(app, world, signer)
        found = [item for leaf in who.walk("/me/messages?limit=2") for item in leaf["items"]]
        assert [item["headline"].rsplit(": ")[1] for item in found] == [
            "number 2",
            "number 1",
            "number 0",
        ]
        assert found[0]["page"] == "/desk/hue"
        assert found[0]["read_at"] is None
        address = f"/me/messages/{found[0]['id']}/read"
        assert who.send("POST", address).status_code == HTTPStatus.NO_CONTENT
        assert who.send("POST", address).status_code == HTTPStatus.NO_CONTENT
        assert len(who.read("/me/messages?unread=true")["items"]) == 2
        other = calling(app, world, world.signer(world.city("vinh")))
        assert other.send("POST", address).status_code == HTTPStatus.NOT_FOUND
        assert other.read("/me/messages")["items"] == []
        assert who.get("/me/messages?cursor=bm93").status_code == HTTPStatus.UNPROCESSABLE_ENTITY
