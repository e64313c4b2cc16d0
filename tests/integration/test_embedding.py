"""What other sites show: true at every moment, framed by anybody, and nothing else is."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from http import HTTPStatus
from itertools import product
from typing import Any
from xml.etree import ElementTree as ET

import html5lib
import pytest
from fastapi import FastAPI
from httpx import Client, Response

from api import press
from registry.domain.model import Action, Role
from tests.documents import census
from tests.factories import Clock, World
from tests.integration.api_client import public, service, signed_in
from tests.integration.visitor import Page, visitor
from tests.postgres import Database

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "{{7*7}}{% raw %}\"'<script>alert(1)</script>&amp;<img src=x onerror=alert(1)>"
PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
FRAMES = ("figure", "map", "scoreboard", "cities/46")
DRAWINGS = ("figure", "map", "cities/46/badge")


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as made:
        yield made


@pytest.fixture
def country(world: World) -> World:
    world.targets()
    world.province("48")
    return world


@pytest.fixture
def reader(app: FastAPI) -> Client:
    return public(app).client


def got(
    reader: Client, path: str, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    answer = reader.get(path, headers=headers)
    assert answer.status_code == status, f"{path}: {answer.text[:300]}"
    return answer


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - what our own service drew


def drawing(answer: Response) -> tuple[str, str]:
    """The words of a drawing, and what it is called; sound XML that names itself and runs
    nothing."""
    root = parsed(answer.text)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    title, text = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert text is not None
    assert root.get("aria-labelledby", "").split() == [title.get("id"), text.get("id")]
    assert title.text
    assert text.text
    assert not [e for e in root.iter() if e.tag in {f"{SVG}script", f"{SVG}foreignObject"}]
    assert not [n for e in root.iter() for n in e.attrib if n.startswith("on") or n == "style"]
    words = " ".join(" ".join("".join(e.itertext()) for e in root.iter(f"{SVG}text")).split())
    return words, title.text


def badge(reader: Client, code: str = "46", query: str = "", language: str = "vi") -> str:
    return drawing(got(reader, f"/embed/{language}/cities/{code}/badge.svg{query}"))[0]


def data(reader: Client, code: str = "46", query: str = "") -> Any:
    return got(reader, f"/embed/en/cities/{code}/badge.json{query}").json()


def test_a_badge_says_since_when_a_city_counts(
    country: World, reader: Client, clock: Clock
) -> None:
    city, _, version = country.counted_city("46")
    country.roll([city, country.city("01")])
    known = f"&known_at={data(reader)['known_at']}"
    told = badge(reader)
    assert "Thành phố 46" in told
    assert "Được tính từ 01/11/2024" in told
    assert "Counted since 1 November 2024" in badge(reader, language="en")
    assert "Chưa được tính" in badge(reader, query="?as_of=2024-10-31")
    assert "Chưa được tính" in badge(reader, "01")
    assert "Chưa có danh mục đô thị vào ngày này" in badge(reader, query="?as_of=2023-12-31")
    country.roll(["01"], code="urban-2025", valid_from=date(2025, 1, 1))
    assert "Không có tên trong danh mục đô thị" in badge(reader, query="?as_of=2025-02-01")
    # What was known before stays what was known.
    assert "Được tính từ 01/11/2024" in badge(reader, query=f"?as_of=2025-02-01{known}")
    clock.now += timedelta(days=1)
    country.decide(version, Action.SUSPEND, effective_from="2024-12-01")
    assert "Không còn được tính từ 01/12/2024" in badge(reader, query="?as_of=2024-12-24")
    assert data(reader, query="?as_of=2024-11-05")["counted"] == [
        {"from": "2024-11-01", "until": "2024-12-01"}
    ]


def test_a_badge_leads_to_what_proves_it(app: FastAPI, country: World, reader: Client) -> None:
    city, _, _ = country.counted_city("46")
    country.roll([city])
    answer = got(reader, "/embed/vi/cities/46/badge.svg?as_of=2024-12-31")
    told, title = drawing(answer)
    found = data(reader, query="?as_of=2024-12-31")
    assert f"tại sự kiện {found['position']} của sổ cái" in told
    assert "31/12/2024" in told
    assert title == "Thành phố 46: Được tính từ 01/11/2024"
    [link] = parsed(answer.text).iter(f"{SVG}a")
    page = link.get("href", "")
    assert page == found["page"].replace("/en/", "/vi/")
    assert link.get("target") == "_blank"
    assert link.get("rel") == "noopener"
    site = app.state.settings.public_url
    assert page.startswith(f"{site}/vi/cities/46?as_of=2024-12-31&known_at=")
    assert page in "".join(parsed(answer.text).itertext())
    assert "Được tính vì" in got(reader, page.removeprefix(site)).text
    twin = got(reader, found["api"].removeprefix(site)).json()
    assert (twin["code"], twin["outcome"]) == (found["city"], found["outcome"])
    assert (found["word"], found["since"]) == ("counted", "2024-11-01")


def test_a_successor_counts_from_the_day_its_case_was_carried_over(
    country: World, reader: Client
) -> None:
    old, _, _ = country.counted_city("46")
    heir = country.city("47")
    country.lineage(old, heir)
    country.roll([old], valid_from=date(2024, 1, 1))
    country.roll([heir], code="urban-2025", valid_from=date(2025, 1, 1))
    assert "Chưa được tính" in badge(reader, "47", "?as_of=2025-03-01")
    country.carry_over("46-001", [heir], date(2025, 2, 1))
    assert "Được tính từ 01/02/2025" in badge(reader, "47", "?as_of=2025-03-01")
    assert "Không có tên trong danh mục" in badge(reader, "46", "?as_of=2025-03-01")


def test_what_people_wrote_is_text(country: World, reader: Client, app: FastAPI) -> None:
    city = country.city("46")
    signer = country.signer(city)
    problem = country.problem(signer, city)
    country.approved(signer, city, [problem], title=HOSTILE, title_en="")
    country.roll([city])
    page = visitor(app).open("/embed/vi/cities/46")
    assert HOSTILE.split(maxsplit=1)[0] in page.words
    assert not list(page.main.iter("script"))
    assert not list(page.main.iter("img"))
    shared = html5lib.parse(got(reader, "/vi/use-cases/46-001").text, namespaceHTMLElements=False)
    [title] = [e for e in shared.iter("meta") if e.get("property") == "og:title"]
    assert HOSTILE in title.get("content", "")
    for data in shared.iter("script"):
        assert data.get("type") == "application/ld+json"
        assert json.loads("".join(data.itertext()))
    assert got(reader, "/og/vi/use-cases/46-001.png").content.startswith(b"\x89PNG")


def test_frames_run_nothing_and_lead_out_in_a_new_window(country: World, app: FastAPI) -> None:
    city, _, _ = country.counted_city("46")
    country.roll([city], official_total=908)
    person = visitor(app)
    for path, language in product(FRAMES, ("vi", "en")):
        for query in ("", "?theme=dark&size=l", "?size=s&as_of=1999-01-01"):
            page = person.open(f"/embed/{language}/{path}{query}")
            document = html5lib.parse(page.answer.text, namespaceHTMLElements=False)
            assert document.get("lang") == language
            assert not list(document.iter("script"))
            assert not [e for e in document.iter() if e.get("style") or e.get("onclick")]
            assert [e.get("target") for e in document.iter("base")] == ["_blank"]
            assert len(document.findall(".//h1")) == 1
            links = list(document.iter("a"))
            assert links
            assert all(a.get("rel") == "noopener" for a in links)
            site = app.state.settings.public_url
            assert all(a.get("href", "").startswith(f"{site}/{language}/") for a in links)


def test_the_figure_is_told_for_the_country_a_province_and_each_indicator(
    country: World, app: FastAPI, reader: Client
) -> None:
    city, _, _ = country.counted_city("46")
    country.roll([city, country.city("01")], official_total=908)
    day = "as_of=2024-12-31"
    told = visitor(app).open(f"/embed/en/figure?{day}").words
    assert "1 of 908 cities (0.1%) is counted" in told
    assert "Target of 20% in 2024" in told
    assert "Roll: Roll urban-2024. Counting rule: 2024-1." in told
    told = visitor(app).open(f"/embed/en/figure?{day}&province=48").words
    assert "1 of the 2 cities that the roll names in Province 48 (50.0%) count" in told
    assert "Target of" not in told
    told, _ = drawing(got(reader, f"/embed/vi/figure.svg?{day}&indicator=3"))
    assert "chưa có báo cáo" in told
    words, _ = drawing(got(reader, f"/embed/en/map.svg?{day}"))
    assert "Counted: 1" in words
    assert "GeoNames (CC BY 4.0)" in words
    page = visitor(app).open(f"/embed/en/map?{day}")
    assert f"{app.state.settings.public_url}/en/cities/46?{day}" in {
        link.rpartition("&")[0] for link in page.links()
    }


REFUSED = [
    ("figure?theme=pink", "theme"),
    ("map?size=xl", "size"),
    ("scoreboard?as_of=31-31-2024", "as_of"),
    ("figure?known_at=2024-12-31T00:00:00", "known_at"),
    ("figure?known_at=2999-12-31T00:00:00Z", "known_at"),
    ("figure?indicator=5", "indicator"),
    ("figure?province=nowhere", "province"),
    ("figure?province=48&indicator=1", "province"),
    ("cities/46?them=dark", "them"),
]


def test_bad_words_are_named_in_the_frame_and_to_programs(
    country: World, app: FastAPI, reader: Client
) -> None:
    country.roll([country.city("46")])
    for path, name in REFUSED:
        page = visitor(app).open(f"/embed/vi/{path}", HTTPStatus.UNPROCESSABLE_ENTITY)
        assert name in "".join("".join(e.itertext()) for e in page.main.iter("code")), path
        assert "site-header" not in page.answer.text
        assert "frame-ancestors *" in page.answer.headers["content-security-policy"]
        if path.startswith(("scoreboard", "cities")):
            continue
        piece, _, query = path.partition("?")
        answer = got(reader, f"/embed/en/{piece}.svg?{query}", HTTPStatus.UNPROCESSABLE_ENTITY)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["errors"][0]["pointer"] == f"/{name}"


def test_what_is_not_there_is_said_so(country: World, app: FastAPI, reader: Client) -> None:
    country.roll([country.city("46")])
    visitor(app).open("/embed/vi/cities/nowhere", HTTPStatus.NOT_FOUND)
    for path in ("cities/nowhere/badge.svg", "cities/46/badge.exe", "figure.gif", "map.jpeg"):
        got(reader, f"/embed/vi/{path}", HTTPStatus.NOT_FOUND)
    for path in ("cities/nowhere.png", "use-cases/46-001.png", "nothing.png"):
        got(reader, f"/og/vi/{path}", HTTPStatus.NOT_FOUND)


def test_drawings_follow_the_theme_and_their_style_is_the_one_allowed(
    country: World, reader: Client
) -> None:
    city, _, _ = country.counted_city("46")
    country.roll([city])
    for path in DRAWINGS:
        by = {t: got(reader, f"/embed/vi/{path}.svg?theme={t}") for t in ("light", "dark", "auto")}
        assert len({answer.text for answer in by.values()}) == 3
        [style] = parsed(by["auto"].text).iter(f"{SVG}style")
        assert "prefers-color-scheme" in (style.text or "")
        digest = base64.b64encode(hashlib.sha256((style.text or "").encode()).digest()).decode()
        assert f"'sha256-{digest}'" in by["auto"].headers["content-security-policy"]
        for fixed in ("light", "dark"):
            assert "<style" not in by[fixed].text
        pictures = {
            got(reader, f"/embed/vi/{path}.png?theme={t}").content for t in ("light", "dark")
        }
        assert len(pictures) == 2
        widths = [
            int(parsed(got(reader, f"/embed/vi/{path}.svg?size={s}").text).get("width", ""))
            for s in ("s", "m", "l")
        ]
        assert widths == sorted(set(widths))


def test_nobody_is_asked_who_they_are(country: World, app: FastAPI, reader: Client) -> None:
    city, _, _ = country.counted_city("46")
    country.roll([city])
    caller = signed_in(app, country, country.user(Role.REVIEWER))
    for path in (
        *(f"/embed/vi/{each}" for each in FRAMES),
        *(f"/embed/vi/{each}.svg" for each in DRAWINGS),
        "/embed/vi/cities/46/badge.json",
        "/og/vi/home.png",
    ):
        answer = got(reader, path)
        assert "set-cookie" not in answer.headers
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert "cookie" not in answer.headers.get("vary", "").lower()
        known = got(reader, path, headers={"Cookie": f"session={caller.token}"})
        assert known.content == answer.content
        assert known.headers["etag"] == answer.headers["etag"]
        tag = {"if-none-match": answer.headers["etag"]}
        again = got(reader, path, HTTPStatus.NOT_MODIFIED, tag)
        assert not again.content
        country.city()
    country.roll([city, country.city("01")], code="next", valid_from=date(2024, 2, 1))
    changed = got(reader, path, headers=tag)
    assert changed.headers["etag"] != answer.headers["etag"]


def test_only_what_is_lent_may_be_framed(country: World, app: FastAPI) -> None:
    """Over all doors: those of the census that only show something, for nobody and for somebody."""
    city, _, _ = country.counted_city("46")
    country.roll([city])
    known = {
        "code": "46",
        "city_code": "46",
        "use_case_code": "46-001",
        "n": "1",
        "number": "1",
        "kind": "svg",
        "version": "1.0",
    }
    nobody, keeper = public(app), signed_in(app, country, country.user(Role.ADMINISTRATOR))
    lent = shown = 0
    for _, method, path in census():
        if method != "GET":
            continue
        address = PARAMETER.sub(lambda name: known.get(name[1], "1"), path)
        address = address.replace("/use-cases/46", "/use-cases/46-001")
        # Pages are the same in both languages, so each is asked for by one of the two.
        caller = nobody if path.startswith("/vi/") else keeper
        headers = {"Cookie": f"session={caller.token}"} if caller.token else {}
        answer = caller.client.get(address, headers=headers)
        shown += answer.status_code == HTTPStatus.OK
        policy = answer.headers["content-security-policy"]
        [ancestors] = re.findall(r"frame-ancestors ([^;]+)", policy)
        if path.startswith("/embed/"):
            lent += 1
            assert ancestors == "*", address
            assert "x-frame-options" not in answer.headers
            assert "script-src" not in policy or "script-src 'none'" in policy
        else:
            assert ancestors == "'none'", address
            assert answer.headers["x-frame-options"] == "DENY", address
    assert lent > 15
    assert shown > 100
    inner = nobody.client.get("/vi/map?embed=1").headers
    assert "frame-ancestors 'self'" in inner["content-security-policy"]
    assert inner["x-frame-options"] == "SAMEORIGIN"
    for wrong in ("/embedded", "/vi/embed", "/embed", "/embed/vi/nothing"):
        refused = nobody.client.get(wrong)
        expected = "*" if re.match(r"/embed(/|$)", wrong) else "'none'"
        assert f"frame-ancestors {expected}" in refused.headers["content-security-policy"]


def test_the_old_address_of_the_scoreboard_leads_to_the_new_one(
    country: World, reader: Client
) -> None:
    del country
    answer = got(reader, "/en/scoreboard/embed?as_of=2024-12-31&x=1", HTTPStatus.PERMANENT_REDIRECT)
    assert answer.headers["location"] == "/embed/en/scoreboard?as_of=2024-12-31"


def code_of(page: Page) -> list[Any]:
    """What is to be copied, as a browser would read it in another page."""
    return [
        html5lib.parseFragment("".join(pre.itertext()), namespaceHTMLElements=False)[0]
        for pre in page.main.iter("pre")
    ]


def test_the_leaflet_makes_code_that_works(country: World, app: FastAPI, reader: Client) -> None:
    city, _, _ = country.counted_city("46")
    country.roll([city, country.city("01")])
    site = app.state.settings.public_url
    person = visitor(app)
    page = person.open("/vi/embed")
    frame, *pictures = code_of(page)
    assert frame.tag == "iframe"
    assert frame.get("title")
    assert frame.get("loading") == "lazy"
    assert frame.get("src") == f"{site}/embed/vi/figure"
    assert len(pictures) == 2
    page = person.open("/vi/embed?piece=badge&city=46&theme=dark&size=l&language=en&fixed=true")
    vector, pixels = code_of(page)
    assert vector.tag == "a"
    assert vector.get("href") == f"{site}/en/cities/46"
    assert vector[0].get("alt") == "City 46: badge of the City AI registry"
    for link, kind in ((vector, "image/svg+xml"), (pixels, "image/png")):
        source = link[0].get("src")
        assert source.startswith(f"{site}/embed/en/cities/46/badge")
        assert "known_at=" in source
        assert got(reader, source.removeprefix(site)).headers["content-type"] == kind
    for query, name in (
        ("piece=badge&city=nowhere", "city"),
        ("piece=figure&province=nowhere", "province"),
        ("piece=figure&province=48&indicator=1", "province"),
    ):
        page = person.open(f"/en/embed?{query}", HTTPStatus.UNPROCESSABLE_ENTITY)
        assert page.error(name)
        assert not code_of(page)
    page = person.open("/en/embed?piece=city")
    assert "Choose a city, then press “Show”." in page.words
    assert not code_of(page)
    assert "/vi/embed?piece=badge&city=46" in person.open("/vi/cities/46").links()


def tags(html: str) -> dict[str, str]:
    document = html5lib.parse(html, namespaceHTMLElements=False)
    named = [
        (e.get("property") or e.get("name"), e.get("content", "")) for e in document.iter("meta")
    ]
    found = {name: content for name, content in named if name}
    assert len(found) == len([name for name, _ in named if name]), "a tag stands there twice"
    return found


PUBLIC = ["/", "/map", "/scoreboard", "/cities", "/cities/46", "/use-cases", "/use-cases/46-001"]
PUBLIC += ["/coverage", "/indicators/1", "/rule", "/about", "/ledger", "/standard", "/embed"]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_says_what_is_shown_where_it_is_shared(
    country: World, app: FastAPI, reader: Client, language: str
) -> None:
    city, _, _ = country.counted_city("46", title='Cảnh báo "ngập" <sớm>')
    country.roll([city])
    site = app.state.settings.public_url
    for path in PUBLIC:
        html = got(reader, f"/{language}{path}", headers={"Host": "evil.example"}).text
        assert "evil.example" not in html
        found = tags(html)
        assert found["og:url"] == f"{site}/{language}{path}"
        assert found["og:title"]
        assert found["description"] == found["og:description"] != ""
        assert found["og:locale"] == {"vi": "vi_VN", "en": "en_GB"}[language]
        assert found["og:locale:alternate"] != found["og:locale"]
        assert found["twitter:card"] == "summary_large_image"
        assert found["og:image:alt"]
        image = found["og:image"]
        assert image.startswith(f"{site}/og/{language}/")
        answer = got(reader, image.removeprefix(site))
        assert answer.headers["content-type"] == "image/png"
        size = (int.from_bytes(answer.content[at : at + 4], "big") for at in (16, 20))
        assert tuple(size) == (1200, 630)
        assert (found["og:image:width"], found["og:image:height"]) == ("1200", "630")
    told = tags(got(reader, f"/{language}/cities/46?as_of=2024-12-31&x=1").text)
    assert told["og:url"] == f"{site}/{language}/cities/46?as_of=2024-12-31"
    assert "og:image" in tags(got(reader, f"/{language}/nothing", HTTPStatus.NOT_FOUND).text)
    title = tags(got(reader, "/vi/use-cases/46-001").text)["og:title"]
    assert title == 'Cảnh báo "ngập" <sớm>'


def test_a_picture_is_printed_once_and_shows_only_what_is_public(
    country: World, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    city, signer, version = country.counted_city("46")
    country.roll([city])
    first = got(reader, "/og/vi/use-cases/46-001.png")
    with monkeypatch.context() as patched:
        patched.setattr(press, "_printed", pytest.fail)
        again = got(reader, "/og/vi/use-cases/46-001.png")
    assert again.content == first.content
    draft = country.revise(signer, version, title="Bí mật")
    assert got(reader, "/og/vi/use-cases/46-001.png").content == first.content
    country.submit(signer, draft)
    assert got(reader, "/og/vi/use-cases/46-001.png").content == first.content
    country.draft(signer, city, [country.problem(signer, city)])
    got(reader, "/og/vi/use-cases/46-002.png", HTTPStatus.NOT_FOUND)
    got(reader, "/og/vi/home.png?x=1", HTTPStatus.UNPROCESSABLE_ENTITY)
    country.decide(version, Action.REVOKE, effective_from="2024-01-01")
    assert got(reader, "/og/vi/use-cases/46-001.png").content != first.content


def test_a_rush_of_pictures_leaves_room_for_those_who_only_look(
    country: World, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(press, "_kept", {})
    city, _, _ = country.counted_city("46")
    country.roll([city])
    kept = got(reader, "/embed/vi/cities/46/badge.png?as_of=2024-12-31")
    for _ in range(press._WAITING):
        press._room.acquire()
    try:
        refused = got(
            reader, "/embed/vi/cities/46/badge.png?theme=dark", HTTPStatus.SERVICE_UNAVAILABLE
        )
        assert refused.json()["code"] == "busy"
        again = got(reader, "/embed/vi/cities/46/badge.png?as_of=2024-12-31&size=m")
        assert again.content == kept.content
        got(reader, "/embed/vi/cities/46/badge.svg")
    finally:
        press._room.release(press._WAITING)
    got(reader, "/embed/vi/cities/46/badge.png?theme=dark")


@pytest.mark.parametrize("path", ["/", "/map", "/scoreboard", "/cities/46", "/provinces/48"])
def test_a_shared_day_has_the_picture_of_that_day(
    country: World, reader: Client, clock: Clock, path: str
) -> None:
    city, _, version = country.counted_city("46")
    country.roll([city, country.city("01")])
    clock.now += timedelta(days=1)
    then = clock.now
    clock.now += timedelta(days=1)
    country.decide(version, Action.REVOKE, effective_from="2024-01-01")

    def shared(query: str) -> tuple[str, bytes]:
        image = tags(got(reader, f"/vi{path}?{query}").text)["og:image"]
        own = image[image.index("/og/") :]
        return own, got(reader, own).content

    now, old = shared(""), shared(f"known_at={then.isoformat()}".replace("+00:00", "Z"))
    early = shared("as_of=2024-02-01")
    assert "?" not in now[0]
    assert "known_at=" in old[0]
    assert early[0].endswith("?as_of=2024-02-01")
    assert len({now[1], old[1], early[1]}) == 3


def test_a_page_of_something_else_has_the_general_picture(country: World, reader: Client) -> None:
    city, _, _ = country.counted_city("46")
    country.roll([city])
    for path in (
        "/use-cases/46-001?version=1",
        "/use-cases/46-001?as_of=2024-12-31",
        "/map?area=flooding",
        "/provinces/48?as_of=1999-01-01",
    ):
        assert tags(got(reader, f"/vi{path}").text)["og:image"].endswith("/og/vi/site.png"), path
    got(reader, "/og/vi/provinces/nowhere.png", HTTPStatus.NOT_FOUND)
    got(reader, "/og/vi/provinces/48.png?as_of=1999-01-01", HTTPStatus.NOT_FOUND)
