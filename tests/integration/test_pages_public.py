"""The public pages, through their door: the real application on a real register."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from http import HTTPStatus
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import html5lib
import pytest
from fastapi import FastAPI
from httpx import Client, Response
from sqlalchemy import event

from api.i18n import iso_utc
from api.names import bare, fold, in_order
from api.pages.listing import leaf_of
from registry.actions.declare import declare_year
from registry.domain.counting import Outcome
from registry.domain.intake import YearDraft
from registry.domain.model import Action, Actor, ProblemArea, UnitType
from tests.factories import Clock, World
from tests.integration.api_client import public, service, signed_in
from tests.postgres import Database

HOSTILE = "{{7*7}}{% raw %}${alert(1)}<script>alert(1)</script><img src=x onerror=alert(1)>"
SECRET = "Chưa ai duyệt"


@dataclass
class Reader:
    """Somebody with a browser that has no JavaScript."""

    client: Client
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str, **headers: str) -> Response:
        return self.client.get(path, headers=self.headers | headers)

    def page(self, path: str, status: int = HTTPStatus.OK) -> str:
        answer = self.ask(path)
        assert answer.status_code == status, answer.text
        html5lib.HTMLParser(strict=True).parse(answer.text)
        return answer.text

    def words(self, path: str, status: int = HTTPStatus.OK) -> str:
        """What stands in the page's main part, on one line."""
        return " ".join("".join(main(self.page(path, status)).itertext()).split())


def main(html: str) -> Element:
    found = html5lib.parse(html, namespaceHTMLElements=False).find(".//main")
    assert found is not None
    return found


def links(html: str) -> list[str]:
    return [a.get("href", "") for a in main(html).iter("a")]


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as made:
        yield made


@pytest.fixture
def reader(app: FastAPI) -> Reader:
    return Reader(public(app).client)


@pytest.fixture
def country(world: World) -> World:
    world.targets()
    world.province("48")
    return world


def known_now(clock: Clock) -> str:
    """The query for what is known so far; what follows is known later."""
    clock.now += timedelta(minutes=1)
    known = urlencode({"known_at": iso_utc(clock.now)})
    clock.now += timedelta(minutes=1)
    return known


def as_signed_in(app: FastAPI, country: World, actor: Actor) -> Reader:
    caller = signed_in(app, country, actor)
    return Reader(caller.client, {"Authorization": f"Bearer {caller.token}"})


PATHS = ["/", "/map", "/map?embed=1", "/cities", "/cities/46", "/use-cases", "/use-cases/46-001"]
PATHS += ["/map/compare", "/map/areas", "/map?area=flooding", "/map/areas?as_of=1999-01-01"]
PATHS += [
    "/data",
    "/data?as_of=1999-01-01",
    "/rule",
    "/about",
    "/ledger",
    "/?as_of=1999-01-01",
    "/cities?as_of=1999-01-01",
]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_is_sound_html_in_its_language(
    country: World, reader: Reader, language: str
) -> None:
    city, _, _ = country.counted_city("46")
    country.roll([city], official_total=908)
    for path in PATHS:
        html = reader.page(f"/{language}{path}")
        document = html5lib.parse(html, namespaceHTMLElements=False)
        assert document.get("lang") == language
        assert len(document.findall(".//h1")) == 1, path
        ids = [e.get("id") for e in document.iter() if e.get("id")]
        assert len(ids) == len(set(ids)), path
        assert not [e for e in document.iter() if e.get("style") or e.get("onclick")], path


@pytest.mark.usefixtures("country")
@pytest.mark.parametrize(("language", "bar"), [("vi", "Chính"), ("en", "Main")])
def test_a_first_time_visitor_is_led_to_everything_from_the_bar(
    reader: Reader, language: str, bar: str
) -> None:
    document = html5lib.parse(reader.page(f"/{language}/data"), namespaceHTMLElements=False)
    [nav] = [each for each in document.iter("nav") if each.get("aria-label") == bar]
    led = {a.get("href", ""): a.get("aria-current") for a in nav.iter("a")}
    rooms = ("", "map", "cities", "problem-areas", "use-cases", "rule", "changes", "data")
    assert led.keys() >= {f"/{language}/{room}" for room in rooms}
    assert [address for address, here in led.items() if here] == [f"/{language}/data"]
    for address in led:
        reader.page(address)


def test_the_figure_can_be_read_aloud(country: World, reader: Reader) -> None:
    city, _, _ = country.counted_city()
    country.roll([city, country.city()], official_total=908)
    told = reader.words("/vi/?as_of=2024-12-31").replace("\N{NO-BREAK SPACE}", " ")
    assert (
        "Đến ngày 31/12/2024, 1 trên 908 đô thị (0,1%) được tính là có ứng dụng AI giải quyết"
        " ít nhất một vấn đề xã hội bức thiết của đô thị. Chỉ tiêu 20% của năm 2024: chưa đạt,"
        " còn thiếu 181 đô thị. Chỉ tiêu 100% của năm 2030: chưa đạt, còn thiếu 907 đô thị."
    ) in told
    assert "Danh mục nêu tên 2 đô thị; 906 đô thị còn lại" in told
    told = reader.words("/en/?as_of=2024-12-31")
    assert "1 of 908 cities (0.1%) is counted" in told
    assert "Target of 20% for 2024: not met, 181 cities are missing." in told


def test_a_target_that_is_met_is_called_met(country: World, reader: Reader) -> None:
    city, _, _ = country.counted_city()
    country.roll([city])
    assert "Target of 20% for 2024: met." in reader.words("/en/")


def test_without_a_roll_there_is_no_data(country: World, reader: Reader) -> None:
    city, _, _ = country.counted_city()
    country.roll([city], valid_from=date(2024, 1, 1))
    told = reader.words("/vi/?as_of=2023-12-31")
    assert "không có dữ liệu" in told
    assert "trên 0" not in told


def test_the_tables_say_what_the_figure_says(country: World, reader: Reader) -> None:
    country.province("79", box=(106, 10, 108, 12))
    counted = [country.counted_city()[0] for _ in range(2)]
    silent = [country.city(province="79") for _ in range(3)]
    country.roll([*counted, *silent], official_total=9)
    tables = list(main(reader.page("/en/")).iter("table"))
    status, province = ({name: cells for name, *cells in rows(table)} for table in tables[-2:])
    assert status["Counted"] == ["2"]
    assert status["No declaration in force"] == ["3"]
    assert status["In the official total, not named"] == ["4"]
    assert status["Total"] == ["9"]
    assert province["Province 48"] == ["2", "2", "100.0%"]
    assert province["Province 79"] == ["3", "0", "0.0%"]


def rows(table: Element) -> list[list[str]]:
    return [
        [" ".join("".join(cell.itertext()).split()) for cell in row] for row in table.iter("tr")
    ]


def test_a_permanent_link_gives_its_figure_for_ever(
    country: World, reader: Reader, clock: Clock
) -> None:
    city, _, version = country.counted_city("46")
    country.roll([city])
    known_now(clock)
    html = reader.page("/en/?as_of=2024-12-31")
    permanent = next(link for link in links(html) if "known_at" in link)
    assert "1 of 1 cities" in reader.words(permanent)
    country.decide(version, Action.REVOKE, reason="nhầm nguồn")
    assert "0 of 1 cities" in reader.words("/en/?as_of=2024-12-31")
    assert "1 of 1 cities" in reader.words(permanent)
    query = permanent.partition("?")[2]
    assert "Counted because" in reader.words(f"/en/cities/46?{query}")
    assert "approval of the application was revoked" in reader.words("/en/cities/46")
    assert "nhầm nguồn" not in reader.words(f"/en/cities/46?{query}")


def test_the_latest_decisions_are_told_without_names(country: World, reader: Reader) -> None:
    city, signer, _ = country.counted_city("46")
    country.roll([city])
    html = reader.page("/en/")
    assert "Approved: Early flood warning" in reader.words("/en/")
    for path in ("/en/", "/en/cities/46", "/en/use-cases/46-001"):
        html = reader.page(path)
        assert "reviewer-" not in html
        assert str(signer.user_id) not in html


def test_cities_are_found_without_their_marks(country: World, reader: Reader) -> None:
    cities = [country.city("da-lat"), country.city("hue", province="79")]
    country.roll(cities)
    assert "Thành phố da-lat" in reader.words("/vi/cities?q=thanh+pho+DA-LAT")
    assert "Thành phố hue" not in reader.words("/vi/cities?q=thanh+pho+DA-LAT")
    assert "Thành phố hue" in reader.words("/vi/cities?province=79&status=&class=&q=")
    assert "Tìm thấy 1 đô thị" in reader.words("/vi/cities?province=79")
    assert "Không có đô thị nào phù hợp" in reader.words("/vi/cities?status=counted")
    assert "Tìm thấy 2 đô thị" in reader.words("/vi/cities?class=I")
    assert "Tìm thấy 2 đô thị" in reader.words("/vi/cities?q=%00thanh%C2%A0pho")
    assert reader.ask("/vi/cities?status=nonsense").status_code == 422


def test_every_city_is_on_exactly_one_page(country: World, reader: Reader) -> None:
    cities = [country.city(f"c{n:02}") for n in range(57)]
    country.roll(cities)
    found: list[str] = []
    following: str | None = "/vi/cities?sort=province&q=c"
    while following is not None:
        html = reader.page(following)
        found += re.findall(r"/vi/cities/(c\d\d)", html)
        forward = main(html).find(".//a[@rel='next']")
        following = None if forward is None else forward.get("href")
    assert sorted(found) == cities
    assert "Trang 2 trên 2" in reader.words("/vi/cities?page=9")


def test_a_city_says_why_it_counts(country: World, reader: Reader) -> None:
    city, _, _ = country.counted_city("46")
    country.roll([city])
    told = reader.words("/en/cities/46")
    assert "Counted because" in told
    assert told.count("Met ") == 5
    assert "Flooding (15 January 2024)" in told
    assert "12/NQ-HĐND" in told
    before = reader.words("/en/cities/46?as_of=2024-10-31")
    assert "was not certainly in operation on this day (criterion 4)" in before
    assert before.count("Met ") == 4
    assert before.count("Not met ") == 1


def test_a_city_says_why_it_does_not_count(country: World, reader: Reader) -> None:
    country.roll([country.city("001")])
    country.city("002", unit_type=UnitType.WARD)
    told = reader.words("/en/cities/001")
    assert "holds no AI application of this city (criterion 1)" in told
    assert "The city declares a pressing problem" in told
    assert told.count("Not examined ") == 4
    told = reader.words("/en/cities/002")
    assert "not on the roll in force" in told
    assert told.count("Not examined ") == 5
    assert reader.ask("/en/cities/003").status_code == HTTPStatus.NOT_FOUND


def test_what_nobody_reviewed_is_read_by_nobody(
    country: World, reader: Reader, app: FastAPI
) -> None:
    city = country.city("46")
    country.roll([city])
    signer = country.signer(city)
    problem = country.problem(signer, city)
    version = country.draft(signer, city, [problem], title=SECRET, summary=SECRET)
    own, ministry = (as_signed_in(app, country, who) for who in (signer, country.reviewer()))
    paths = ["/vi/", "/vi/cities", "/vi/cities/46", "/vi/use-cases"]
    assert reader.ask("/vi/use-cases/46-001").status_code == HTTPStatus.NOT_FOUND
    assert SECRET in own.page("/vi/use-cases/46-001")
    assert ministry.ask("/vi/use-cases/46-001").status_code == HTTPStatus.NOT_FOUND
    country.submit(signer, version)
    assert SECRET in ministry.page("/vi/use-cases/46-001")
    for path in paths:
        assert SECRET not in reader.page(path)
    assert "đang được duyệt" in reader.words("/vi/cities/46") or "under review" in reader.words(
        "/en/cities/46"
    )
    country.claim(version)
    country.decide(version, Action.RETURN, reason=SECRET)
    assert reader.ask("/vi/use-cases/46-001").status_code == HTTPStatus.NOT_FOUND
    for path in paths:
        assert SECRET not in reader.page(path)


def test_a_use_case_shows_its_versions_and_what_changed(
    country: World, reader: Reader, app: FastAPI
) -> None:
    city, signer, first = country.counted_city("46")
    country.roll([city])
    second = country.revise(signer, first, summary="Dự báo điểm ngập trước sáu giờ.")
    assert reader.ask("/vi/use-cases/46-001?version=2").status_code == HTTPStatus.NOT_FOUND
    own = as_signed_in(app, country, signer)
    assert "Phiên bản này không công khai" in own.words("/vi/use-cases/46-001?version=2")
    country.submit(signer, second)
    country.claim(second)
    country.decide(second, Action.APPROVE)
    address = "/vi/use-cases/46-001"
    assert "trước sáu giờ" in reader.words(address)
    assert "Một phiên bản sau" in reader.words(f"{address}?version=1")
    for query in ("version=2&compare=1", "version=1&compare=2"):
        compared = main(reader.page(f"{address}?{query}"))
        assert ["".join(e.itertext()).strip() for e in compared.iter("del")] == ["hai"]
        assert ["".join(e.itertext()).strip() for e in compared.iter("ins")] == [
            "sáu",
            "15/06/2025",
        ]
    fingerprints = [e.text or "" for e in main(reader.page(address)).iter("code")]
    assert [bool(re.fullmatch("[0-9a-f]{64}", f)) for f in fingerprints] == [True, True]


def test_a_revoked_entry_says_so_and_why(country: World, reader: Reader) -> None:
    city, _, version = country.counted_city("46")
    country.roll([city])
    country.decide(version, Action.REVOKE, "2025-01-01", reason="Hệ thống đã gỡ")
    told = reader.words("/vi/use-cases/46-001")
    assert "đã bị thu hồi" in told
    assert "01/01/2025" in told
    assert "Hệ thống đã gỡ" in told
    assert "Cán bộ duyệt của bộ" in told


def test_evidence_has_its_place_and_leaves_no_trace(country: World, reader: Reader) -> None:
    country.counted_city("46")
    section = main(reader.page("/en/use-cases/46-001")).find(".//section[@id='evidence']")
    assert section is not None
    link = section.find(".//a")
    assert link is not None
    assert link.get("href") == "https://example.vn/canh-bao-ngap"
    assert link.get("rel") == "external noopener noreferrer"


def test_use_cases_are_filtered(country: World, reader: Reader) -> None:
    city, signer, _ = country.counted_city("46")
    noise = country.problem(signer, city, area="environment", title="Rác thải")
    planned = [{"stage": "planned", "since": "2025-01-01"}]
    country.approved(signer, city, [noise], title="Đếm xe rác", title_en="", stages=planned)
    assert "2 applications found" in reader.words("/en/use-cases?q=&area=&stage=")
    assert "Đếm xe rác" in reader.words("/vi/use-cases?q=dem+xe")
    assert "Tìm thấy 1 ứng dụng" in reader.words("/vi/use-cases?area=environment")
    assert "Cảnh báo ngập sớm" in reader.words("/vi/use-cases?stage=operational")
    assert "Đếm xe rác" not in reader.words("/vi/use-cases?stage=operational")
    assert "Không có ứng dụng nào phù hợp" in reader.words("/vi/use-cases?q=100%25")
    assert "1 applications" not in reader.words("/en/use-cases?q=thanh+pho+46&area=flooding")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/cities/%00", 404),
        ("/use-cases/%00", 404),
        ("/use-cases/46-001?version=99999999999999999999", 404),
        ("/use-cases?q=%00%ED%A0%80", 200),
        ("/cities?q=%00&province=%00", 200),
        ("/cities?page=99999999999999999999", 200),
        ("/use-cases?page=99999999999999999999", 200),
        ("/?as_of=0001-01-01", 422),
        ("/?as_of=9999-12-31", 422),
        ("/?as_of=2199-12-31", 200),
        ("/?as_of=yesterday", 422),
        ("/map?as_of=2025-02-30", 422),
    ],
)
def test_odd_addresses_are_answered_too(
    country: World, reader: Reader, path: str, status: int
) -> None:
    country.counted_city("46")
    assert reader.ask(f"/vi{path}").status_code == status


def test_a_carried_over_case_speaks_for_the_successor(country: World, reader: Reader) -> None:
    country.counted_city("46")
    heir = country.city("P25-1", unit_type=UnitType.WARD)
    country.roll([heir])
    country.lineage("46", heir, date(2025, 1, 1))
    country.carry_over("46-001", [heir], date(2025, 1, 1))
    assert "Counted because" in reader.words("/en/cities/P25-1")
    assert "Carried over from City 46" in reader.words("/en/cities/P25-1")
    assert "1656/NQ-UBTVQH15" in reader.words("/en/use-cases/46-001")
    assert "City P25-1" in reader.words("/en/use-cases/46-001")
    leads_on = "The city of this application goes on in"
    assert leads_on in reader.words("/en/use-cases/46-001")
    # A city that gave a part away and is still on the roll is where its entries are.
    country.roll(["46", heir], code="urban-2025", valid_from=date(2025, 2, 1))
    assert leads_on not in reader.words("/en/use-cases/46-001")


def test_a_city_s_word_for_the_year_is_told_as_known(
    country: World, reader: Reader, clock: Clock
) -> None:
    city = country.city("46")
    country.roll([city])
    signer = country.signer(city)
    for status in ("none", "in_progress"):
        with country.act(signer) as act:
            declare_year(act, city, YearDraft.read({"year": 2024, "status": status}))
        if status == "none":
            known = known_now(clock)
    now, then = (reader.page(f"/en/cities/46{query}") for query in ("", f"?{known}"))
    assert ["2024", "In progress"] in [row[:2] for row in rows(next(main(now).iter("table")))]
    assert ["2024", "No application yet"] in [
        row[:2] for row in rows(next(main(then).iter("table")))
    ]


def test_people_s_text_is_shown_as_it_was_typed(country: World, reader: Reader) -> None:
    city = country.city("46")
    signer = country.signer(city)
    texts = dict.fromkeys(("title", "statement", "basis_number"), HOSTILE)
    problem = country.problem(signer, city, title_en="", **texts)
    names = ["title", "summary", "solution", "technique_detail", "deployer", "provider"]
    names += ["application_area", "public_contact"]
    evidence = [{"url": "https://example.vn/?<script>", "title": HOSTILE}]
    version = country.approved(
        signer, city, [problem], title_en="", evidence=evidence, **dict.fromkeys(names, HOSTILE)
    )
    country.roll([city])
    country.decide(version, Action.SUSPEND, reason=HOSTILE)
    for path in ("/", "/cities", "/cities/46", "/use-cases", "/use-cases/46-001"):
        for language in ("vi", "en"):
            html = reader.page(f"/{language}{path}")
            assert HOSTILE in "".join(main(html).itertext()), path
            document = html5lib.parse(html, namespaceHTMLElements=False)
            kinds = {script.get("type") for script in document.iter("script")}
            assert kinds <= {"application/ld+json"}, path
            assert not list(document.iter("img")), path


def test_the_map_runs_its_own_script_and_no_other(country: World, reader: Reader) -> None:
    country.roll([country.city()])
    for path, ancestors in (
        ("/vi/map", "'none'"),
        ("/vi/map?embed=1", "'self'"),
        ("/vi/map/compare", "'none'"),
    ):
        answer = reader.ask(path)
        policy = answer.headers["content-security-policy"]
        document = html5lib.parse(answer.text, namespaceHTMLElements=False)
        inline = [
            "".join(s.itertext())
            for s in document.iter("script")
            if s.get("src") is None and s.get("type") is None
        ]
        digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()) for s in inline]
        assert [f"'sha256-{d.decode()}'" in policy for d in digests] == [True]
        assert f"frame-ancestors {ancestors}" in policy
        assert "unsafe" not in policy


def test_the_map_is_told_its_clocks_and_where_to_ask(
    country: World, reader: Reader, clock: Clock
) -> None:
    country.roll([country.city()])
    known = known_now(clock)
    html = reader.page(f"/en/map?as_of=2024-12-31&{known}")
    config = json.loads(re.findall(r'id="map-config">(.*?)</script>', html)[0])
    assert config["asOf"] == "2024-12-31"
    assert config["knownAt"] is not None
    assert config["timelineUrl"] == "/api/v1/timeline"
    assert set(config["areas"]) == set(ProblemArea)
    assert set(config["reasons"]) == set(Outcome)
    assert config["labels"]["status_counted"] == "Counted"
    assert 'asOf": null' in reader.page("/en/map")


def test_what_a_reader_holds_is_not_sent_again(
    country: World, reader: Reader, app: FastAPI, clock: Clock
) -> None:
    city, signer, version = country.counted_city("46")
    country.roll([city])
    tags = {}
    for path in ("/vi/", "/en/", "/vi/cities", "/vi/cities?q=x", "/vi/cities/46", "/vi/map"):
        answer = reader.ask(path)
        tags[path] = answer.headers["etag"]
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["vary"] == "Cookie, Accept-Encoding", path
        again = reader.ask(path, **{"If-None-Match": tags[path]})
        assert (again.status_code, again.content) == (HTTPStatus.NOT_MODIFIED, b"")
    assert len(set(tags.values())) == len(tags)
    country.decide(version, Action.SUSPEND, reason="xem lại")
    changed = reader.ask("/vi/", **{"If-None-Match": tags["/vi/"]})
    assert changed.status_code == HTTPStatus.OK
    clock.now += timedelta(days=1)
    tomorrow = reader.ask("/vi/", **{"If-None-Match": changed.headers["etag"]})
    assert tomorrow.status_code == HTTPStatus.OK
    personal = as_signed_in(app, country, signer).ask("/vi/")
    assert "etag" not in personal.headers
    assert "private" in personal.headers["cache-control"]


@pytest.mark.parametrize("path", ["/vi/", "/vi/cities", "/vi/cities/46", "/vi/use-cases"])
def test_more_entries_need_no_more_questions(
    country: World, reader: Reader, app: FastAPI, path: str
) -> None:
    city, signer, _ = country.counted_city("46")
    country.roll([city, *(country.counted_city()[0] for _ in range(2))])
    asked: list[str] = []
    engine = app.state.read_sessions.kw["bind"].engine

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    reader.page(path)
    few = len(asked)
    asked.clear()
    for number in range(3):
        problem = country.problem(signer, city, title=f"Vấn đề {number}")
        country.approved(signer, city, [problem])
    asked.clear()
    reader.page(path)
    assert len(asked) == few > 0


def test_names_are_in_the_order_of_the_dictionary() -> None:
    names = ["Thị trấn Đà", "Đô thị Ân", "Dĩ An", "Thành phố Ăn", "An Bá", "An Ba", "Ê", "E", "An"]
    ordered = sorted(names, key=lambda name: in_order(bare(name)))
    assert ordered == [
        "An",
        "An Ba",
        "An Bá",
        "Thành phố Ăn",
        "Đô thị Ân",
        "Dĩ An",
        "Thị trấn Đà",
        "E",
        "Ê",
    ]


def test_names_are_folded_to_what_is_typed_without_marks() -> None:
    assert fold("Đắk LẮK, Thừa Thiên Huế") == "dak lak, thua thien hue"
    assert fold("Đà Nẵng") == "da nang"


def test_a_list_is_cut_into_pages_and_none_is_beyond_the_last() -> None:
    leaf = leaf_of(range(101), 9)
    assert (leaf.number, leaf.pages, leaf.first, leaf.last) == (3, 3, 101, 101)
    empty = leaf_of(range(0), 1)
    assert (empty.number, empty.pages, empty.first, empty.last) == (1, 1, 0, 0)
