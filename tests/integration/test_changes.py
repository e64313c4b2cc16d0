"""The diary and the wire: what changed in a stretch of days, as page, JSON, CSV and feeds."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pytest
from fastapi import FastAPI

from registry.actions import periods
from registry.domain.model import Action, Actor, Role
from registry.domain.period_intake import PeriodDraft, PublicationDraft
from registry.queries.stretches import a_month_until
from tests.factories import Clock, World
from tests.integration.api_client import Caller, public, service
from tests.integration.visitor import visitor
from tests.postgres import Database

HUE, DA_NANG = "46", "48"
ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = "=1+1 ]]> <script>alert(1)</script> & {{7*7}}"
SECRET = "Chỉ thành phố và bộ biết"
# RFC 3339, section 5.6.
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:\S+")


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as made:
        yield made


@pytest.fixture
def story(world: World, clock: Clock) -> Actor:
    """March: a roll, a problem. April: an approval. May: another one, revoked; a return that is
    nobody's business; a problem taken back; a figure. Today is 15 June 2025."""
    clock.set("2025-03-10T03:00:00+00:00")
    world.targets()
    world.province("48")
    world.roll([world.city(HUE), world.city(DA_NANG)], code="DT-2024", official_total=4)
    keeper = world.user(Role.ADMINISTRATOR)
    announce(world, keeper)
    signer = world.signer(HUE)
    problem = world.problem(signer, HUE)
    clock.set("2025-04-20T03:00:00+00:00")
    world.approved(signer, HUE, [problem])
    clock.set("2025-05-20T03:00:00+00:00")
    other = world.signer(DA_NANG)
    traffic = world.problem(other, DA_NANG, area="traffic", title=HOSTILE, title_en="")
    bad = world.approved(other, DA_NANG, [traffic], title=HOSTILE, title_en="")
    clock.set("2025-05-21T03:00:00+00:00")
    world.decide(bad, Action.REVOKE, reason=HOSTILE)
    returned = world.draft(signer, HUE, [problem], title=SECRET)
    world.submit(signer, returned)
    world.claim(returned)
    world.decide(returned, Action.RETURN, reason=SECRET)
    unwanted = world.problem(other, DA_NANG, area="health", title="Nhầm", title_en="Mistake")
    clock.set("2025-05-22T03:00:00+00:00")
    world.withdraw_problem(other, unwanted, "2025-05-22")
    with world.act(keeper) as act:
        periods.publish(act, "2024", PublicationDraft(counted=1, total=4))
    clock.set("2025-06-15T03:00:00+00:00")
    return signer


def announce(world: World, keeper: Actor) -> None:
    draft = {
        "code": "2024",
        "name_vi": "Báo cáo năm 2024",
        "name_en": "Report of 2024",
        "reporting_day": "2024-12-31",
        "cut_off_day": "2025-04-30",
        "target_year": 2024,
    }
    with world.act(keeper) as act:
        periods.announce(act, PeriodDraft.read(draft))


@pytest.fixture
def api(app: FastAPI, story: Actor) -> Caller:
    del story
    return public(app)


def kinds(found: Any) -> list[str]:
    return [item["kind"] for item in found["items"]]


def test_a_month_is_as_long_as_people_say() -> None:
    assert a_month_until(date(2026, 11, 28)) == date(2026, 10, 29)
    assert a_month_until(date(2026, 3, 31)) == date(2026, 3, 1)
    assert a_month_until(date(2026, 1, 1)) == date(2025, 12, 2)


def test_last_month_is_told_without_being_asked(api: Caller) -> None:
    found = api.read("/changes")
    assert (found["since"], found["until"]) == ("2025-05-16", "2025-06-15")
    assert kinds(found) == [
        "figure.published",
        "problem.withdrawn",
        "problem.declared",
        "version.revoke",
        "version.approve",
        "problem.declared",
    ]
    assert found["counts"]["problem.declared"] == 2
    # Approved and revoked within the stretch: nobody turned.
    assert found["entered"] == found["left"] == []
    assert found["before"]["counted"] == found["after"]["counted"] == 1


def test_who_turned_is_told_with_the_event(api: Caller) -> None:
    found = api.read("/changes?since=2025-04-01&until=2025-04-30")
    [entered] = found["entered"]
    assert (entered["city"], entered["kind"], entered["outcome"]) == (
        HUE,
        "version.approve",
        "counted",
    )
    assert (found["before"]["counted"], found["after"]["counted"]) == (0, 1)
    back = api.read("/changes?since=2025-05-21&until=2025-05-21")
    assert [(each["city"], each["kind"]) for each in back["left"]] == [(DA_NANG, "version.revoke")]
    approval = next(item for item in found["items"] if item["kind"] == "version.approve")
    assert approval["position"] == entered["position"]


def test_a_day_that_comes_turns_a_city_without_an_event(
    world: World, app: FastAPI, clock: Clock
) -> None:
    world.targets()
    world.province("48")
    world.roll([world.city(HUE)])
    signer = world.signer(HUE)
    stages = [{"stage": "pilot", "since": "2024-01-01"}, {"stage": "operational", "since": "2025"}]
    clock.set("2025-06-15T03:00:00+00:00")
    world.approved(signer, HUE, [world.problem(signer, HUE)], stages=stages)
    clock.set("2026-01-20T03:00:00+00:00")
    found = public(app).read("/changes?since=2025-12-25&until=2026-01-05")
    [entered] = found["entered"]
    assert (entered["city"], entered["position"], found["items"]) == (HUE, None, [])
    words = visitor(app).open("/en/changes?since=2025-12-25&until=2026-01-05").words
    assert "This was known before; its day came." in words


def test_days_are_whole_and_those_of_viet_nam(api: Caller, clock: Clock, world: World) -> None:
    # 23:30 on 16 June in Viet Nam.
    clock.set("2025-06-16T16:30:00+00:00")
    world.problem(world.signer(DA_NANG), DA_NANG)
    clock.set("2025-06-18T00:00:00+00:00")
    on = {day: len(api.read(f"/changes?since={day}&until={day}")["items"]) for day in DAYS}
    assert on == {"2025-06-15": 0, "2025-06-16": 1, "2025-06-17": 0}


DAYS = ("2025-06-15", "2025-06-16", "2025-06-17")


def test_pages_meet_every_event_once(api: Caller) -> None:
    whole = api.read("/changes?since=2025-01-01")
    pages = [page["items"] for page in api.walk("/changes?since=2025-01-01&limit=2")]
    assert [item for leaf in pages for item in leaf] == whole["items"]
    assert len(whole["items"]) == 9
    assert max(len(leaf) for leaf in pages) == 2


def test_the_table_is_safe_and_has_everything(api: Caller) -> None:
    text = api.get("/changes?since=2025-01-01&f=csv&lang=vi").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 1 + 9
    assert all(len(row) == len(rows[0]) for row in rows)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]


BAD_DAYS = {
    "since=2025-06-16": "/since",
    "until=2030-01-01": "/until",
    "since=2025-05-02&until=2025-05-01": "/since",
    "since=0001-01-01": "/since",
    "since=2025-02-30": "/since",
    "until=tomorrow": "/until",
}


def test_days_that_make_no_stretch_are_named(app: FastAPI, clock: Clock) -> None:
    clock.set("2025-06-15T03:00:00+00:00")
    for query, pointer in BAD_DAYS.items():
        answer = public(app).get(f"/changes?{query}")
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer], query
        for language in ("vi", "en"):
            page = visitor(app).open(f"/{language}/changes?{query}", 422)
            assert page.error(pointer[1:])


def test_the_page_tells_the_month_to_people(app: FastAPI, story: Actor) -> None:
    del story
    page = visitor(app).open("/en/changes?since=2025-04-01&until=2025-04-30")
    assert "Cities newly counted (1)" in page.words
    assert "an application was approved ( 46-001 )" in page.words
    assert "Early flood warning" in page.words
    assert f"/en/cities/{HUE}?as_of=2025-04-30" in page.links()
    assert any(link.startswith("/en/decisions/2025-") for link in page.links())
    narrowed = visitor(app).open("/vi/changes?since=2025-05-01&kind=version.revoke")
    assert len(narrowed.main.findall(".//article")) == 1
    assert HOSTILE in narrowed.words.replace("  ", " ")
    empty = visitor(app).open("/vi/changes?since=2025-06-14&until=2025-06-14")
    assert not empty.main.findall(".//article")
    assert "Không có gì được ghi" in empty.words
    assert "/vi/changes" in visitor(app).open("/vi/").links()


def test_what_is_between_city_and_ministry_stays_there(app: FastAPI, story: Actor) -> None:
    del story
    reader = visitor(app).client
    for path in (*FEEDS, "/en/changes?since=2025-01-01", "/api/v1/changes?since=2025-01-01"):
        assert SECRET not in reader.get(path.format(language="en")).text, path


FEEDS = (
    "/{language}/feeds/changes.atom",
    "/{language}/feeds/decisions.atom",
    "/{language}/feeds/figures.atom",
    f"/{{language}}/feeds/cities/{HUE}.atom",
    f"/{{language}}/feeds/cities/{DA_NANG}.atom",
    "/{language}/feeds/areas/traffic.atom",
    "/{language}/feeds/areas/tourism.atom",
    "/{language}/feeds/provinces/48.atom",
    "/{language}/ledger/heads.atom",
)


@pytest.mark.usefixtures("story")
def test_each_feed_keeps_the_rules_of_atom(app: FastAPI) -> None:
    client = visitor(app).client
    followed = set[str]()
    for language in ("vi", "en"):
        for path in FEEDS:
            address = path.format(language=language)
            answer = client.get(address)
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "application/atom+xml"
            assert answer.headers["content-language"] == language
            obeys_rfc4287(answer.content, f"http://127.0.0.1:8000{address}", language)
            read = feedparser.parse(answer.content)
            assert not read.bozo, (address, read.bozo_exception)
            again = client.get(address, headers={"If-None-Match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            followed |= {read.feed.link, *(entry.link for entry in read.entries)}
    told = ("cities/46", "problem-areas/traffic", "provinces/48", "ledger", "figures", "changes")
    assert {f"http://127.0.0.1:8000/en/{page}" for page in told} < followed
    for link in followed:
        page = client.get(link.removeprefix("http://127.0.0.1:8000"))
        assert page.status_code == 200, link


def obeys_rfc4287(content: bytes, address: str, language: str) -> None:
    """Sections 4.1.1 and 4.1.2: which elements must be there, how often, and what they hold."""
    feed = ET.fromstring(content)  # noqa: S314 - our own
    assert feed.tag == f"{ATOM}feed"
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == language
    entries = feed.findall(f"{ATOM}entry")
    for part in (feed, *entries):
        for name in ("id", "title", "updated"):
            [found] = part.findall(f"{ATOM}{name}")
            assert (found.text or "").strip(), name
        assert ABSOLUTE.fullmatch(part.findtext(f"{ATOM}id") or "")
        for name in ("updated", "published"):
            for at in part.findall(f"{ATOM}{name}"):
                assert RFC3339.fullmatch(at.text or ""), at.text
                datetime.fromisoformat(at.text or "")
        links = part.findall(f"{ATOM}link")
        assert all(ABSOLUTE.fullmatch(link.get("href", "")) for link in links)
        # Not more than one alternate of one type and language.
        kinds = [(link.get("rel"), link.get("type"), link.get("hreflang")) for link in links]
        assert len(kinds) == len(set(kinds))
        assert "alternate" in {rel for rel, _, _ in kinds}
        for category in part.findall(f"{ATOM}category"):
            assert category.get("term")
    [author] = feed.findall(f"{ATOM}author")
    assert author.findtext(f"{ATOM}name")
    assert [each.get("href") for each in feed.findall(f"{ATOM}link") if each.get("rel") == "self"]
    assert f'rel="self" href="{address}"'.encode() in content.replace(b"&amp;", b"&")
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(ids) == len(set(ids))
    updated = [entry.findtext(f"{ATOM}updated") or "" for entry in entries]
    assert updated == sorted(updated, reverse=True)
    if updated:
        assert feed.findtext(f"{ATOM}updated") == updated[0]
    for entry in entries:
        [said] = entry.findall(f"{ATOM}content")
        assert said.get("type") in {"html", "text"}
        assert not list(said)


def entries_of(app: FastAPI, path: str) -> list[Any]:
    found: list[Any] = feedparser.parse(
        visitor(app).client.get(path).content, sanitize_html=False
    ).entries
    return found


@pytest.mark.usefixtures("story")
def test_each_feed_tells_what_it_is_about(app: FastAPI) -> None:
    def told(path: str) -> list[str]:
        return [entry.tags[0].term for entry in entries_of(app, f"/en/feeds/{path}.atom")]

    assert told("decisions") == ["version.revoke", "version.approve", "version.approve"]
    assert told("figures") == ["figure.published"]
    assert told(f"cities/{HUE}") == ["version.approve", "problem.declared"]
    assert told("areas/flooding") == ["version.approve", "problem.declared"]
    assert told("areas/traffic") == ["version.revoke", "version.approve", "problem.declared"]
    assert told("areas/tourism") == []
    assert len(told("provinces/48")) == 7
    assert len(told("changes")) == 9


@pytest.mark.usefixtures("story")
def test_an_event_has_one_name_in_every_feed_and_language(app: FastAPI) -> None:
    names = {
        path: {entry.id for entry in entries_of(app, path)}
        for path in ("/vi/feeds/changes.atom", "/en/feeds/changes.atom", "/en/feeds/decisions.atom")
    }
    assert names["/vi/feeds/changes.atom"] == names["/en/feeds/changes.atom"]
    assert names["/en/feeds/decisions.atom"] < names["/en/feeds/changes.atom"]
    assert all(name.startswith("tag:127.0.0.1,2026:event/") for name in names.popitem()[1])


@pytest.mark.usefixtures("story")
def test_text_from_people_is_shown_and_never_runs(app: FastAPI) -> None:
    [revoked, *_] = entries_of(app, "/vi/feeds/decisions.atom")
    assert "<script>alert(1)</script>" in revoked.title
    # The content is HTML once it is unescaped: there the text is escaped once more.
    said = revoked.content[0].value
    assert "<script" not in said
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in said


def test_there_is_no_feed_of_nothing(app: FastAPI) -> None:
    for path in ("cities/nowhere", "cities/%00", "areas/weather", "provinces/00"):
        assert visitor(app).client.get(f"/en/feeds/{path}.atom").status_code == 404


def test_older_events_stand_on_pages_that_stay(
    app: FastAPI, world: World, story: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.pages.feeds.PAGE", 4)
    client = visitor(app).client

    def links(content: bytes) -> dict[str, str]:
        return {link.rel: link.href for link in feedparser.parse(content).feed.links}

    pages = [client.get("/en/feeds/changes.atom").content]
    while "next" in (found := links(pages[-1])):
        pages.append(client.get(found["next"].removeprefix("http://127.0.0.1:8000")).content)
    seen = [entry.id for content in pages for entry in feedparser.parse(content).entries]
    assert (len(pages), len(seen), len(set(seen))) == (3, 9, 9)
    older = links(pages[0])["next"].removeprefix("http://127.0.0.1:8000")
    world.problem(story, HUE, title="Một vấn đề nữa")
    assert client.get(older).content == pages[1]
    assert links(pages[1])["first"] == "http://127.0.0.1:8000/en/feeds/changes.atom"
    for bad in ("0", "-1", "x", str(2**63)):
        assert client.get(f"/en/feeds/changes.atom?before={bad}").status_code == 422
