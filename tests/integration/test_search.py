"""The enquiry desk: what people type, over the real cities and the texts of the seeds."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import event, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session, sessionmaker

from registry.db.engine import sessions
from registry.domain.model import Action
from registry.domain.search import read, vocabulary
from registry.queries import search as queries
from registry.queries.moments import moment
from registry.queries.search import (
    Found,
    Kind,
    Order,
    beginning,
    every,
    meant,
    only_some,
    search,
)
from registry.settings import Settings
from seeds import examples, load
from tests.factories import Clock, World
from tests.integration.visitor import site, visitor
from tests.postgres import new_database, opened

NOW = datetime(2026, 6, 15, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def seeded(server: URL, migrated: str) -> Iterator[sessionmaker[Session]]:
    with new_database(server, migrated) as url, opened(url) as database:
        factory = sessions(database.service)
        load.load_facts(factory, Clock(NOW), load.untracked)
        examples.load_examples(factory, Clock(NOW), load.untracked)
        yield factory


def found(factory: sessionmaker[Session], typed: str, **chosen: str) -> Found:
    with factory() as session:
        return search(session, moment(session, NOW), read(typed, vocabulary()), chosen)


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    heard: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        heard.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    yield heard
    event.remove(session.get_bind(), "before_cursor_execute", note)


# What is typed → what is to be among the first three: a city's code, or a word of a title.
# Taken from what people ask of such registers: places in every spelling, problems in common and in
# official words, solutions, English.
CITIES = {
    "Huế": "46",
    "hue": "46",
    "TP Huế": "46",
    "thanh pho hue": "46",
    "Hà Nội": "01",
    "ha noi": "01",
    "Hanoi": "01",
    "HN": "01",
    "Đà Nẵng": "48",
    "da nang": "48",
    "Da Nang city": "48",
    "ĐN": "48",
    "đa\u0300 na\u0306\u0303ng": "48",
    "DANANG": "48",
    "TP.HCM": "79",
    "tphcm": "79",
    "TP HCM": "79",
    "Sài Gòn": "79",
    "Saigon": "79",
    "Thành phố Hồ Chí Minh": "79",
    "ho chi minh": "79",
    "Hải Phòng": "31",
    "hai phong": "31",
    "Cần Thơ": "92",
    "can tho": "92",
    "Đà Lạt": "672",
    "da lat": "672",
    "dalat": "672",
    "Phú Quốc": "911",
    "phu quoc": "911",
    "Vũng Tàu": "747",
    "vung tau": "747",
    "Nha Trang": "568",
    "nha trang": "568",
    "Quy Nhơn": "540",
    "qui nhon": "540",
    "Buôn Ma Thuột": "643",
    "buon me thuot": "643",
    "BMT": "643",
    "Móng Cái": "194",
    "cẩm phả": "195",
    "sam son": "382",
    "Thủ Đức": "769",
    "Lạng Sơn": "178",
    "việt trì": "227",
    "Vinh": "412",
}
TEXTS = {
    "ngập": "Ngập",
    "ngap": "Ngập",
    "ngập úng": "Ngập",
    "ngap nuoc": "Ngập",
    "thoát nước": "Ngập",
    "NGA\u0323\u0302P": "Ngập",
    "flooding": "Ngập",
    "TP.HCM ngập": "Ngập",
    "ngập lụt Sài Gòn": "Ngập",
    "kẹt xe": "tắc",
    "ket xe": "tắc",
    "tắc đường": "tắc",
    "ùn tắc giao thông": "tắc",
    "congestion": "tắc",
    "traffic jam": "tắc",
    "giao thông Hà Nội": "giao thông",
    "phạt nguội": "vi phạm",
    "vượt đèn đỏ": "Camera",
    "đèn giao thông": "giao thông",
    "tai nạn giao thông": "tai nạn",
    "quốc lộ 51": "51",
    "cháy rừng": "Cháy rừng",
    "chay rung": "Cháy rừng",
    "forest fire": "Cháy rừng",
    "sạt lở đất": "sạt lở",
    "đuối nước": "Đuối nước",
    "ô nhiễm không khí": "không khí",
    "bụi mịn": "không khí",
    "air quality": "không khí",
    "rác thải": "môi trường",
    "lấn chiếm vỉa hè": "trật tự",
    "xây dựng trái phép": "xây dựng",
    "rô bốt": "Robot",
    "một cửa": "một cửa",
    "mot cua": "một cửa",
    "thủ tục hành chính": "thủ tục",
    "tthc": "thủ tục",
    "dịch vụ công": "dịch vụ công",
    "robot lễ tân": "Robot",
    "robot": "Robot",
    "chatbot": "Chatbot",
    "trợ lý ảo": "Trợ lý",
    "tổng đài": "Tổng đài",
    "hotline": "Tổng đài",
    "bác sĩ": "bác sĩ",
    "bệnh viện": "bệnh viện",
    "x quang": "X-quang",
    "du lịch": "du khách",
    "tourist": "du khách",
    "cửa khẩu": "cửa khẩu",
    "customs": "cửa khẩu",
    "camera an ninh": "Camera",
    "an ninh trật tự Vinh": "An ninh",
}


def test_the_set_is_large_enough() -> None:
    assert len(CITIES) + len(TEXTS) >= 80


@pytest.mark.parametrize(("typed", "code"), CITIES.items())
def test_a_place_is_found_however_it_is_written(
    seeded: sessionmaker[Session], typed: str, code: str
) -> None:
    first = [hit.key for hit in found(seeded, typed).hits[:3]]
    assert code in first


@pytest.mark.parametrize(("typed", "word"), TEXTS.items())
def test_a_problem_or_solution_is_found_in_common_and_in_official_words(
    seeded: sessionmaker[Session], typed: str, word: str
) -> None:
    titles = [hit.title.casefold() for hit in found(seeded, typed).hits[:3]]
    assert any(word.casefold() in title for title in titles), titles


def test_who_types_marks_finds_first_what_bears_them(seeded: sessionmaker[Session]) -> None:
    for typed, other in (("Đồng Hới", "Đông Hòa"), ("Vĩnh Châu", "Vinh")):
        first = found(seeded, typed).hits[0].title
        assert typed in first
        assert other not in first


def test_a_code_leads_straight_to_what_it_names(seeded: sessionmaker[Session]) -> None:
    assert found(seeded, "46-001").hits[0].key == "46-001"
    assert found(seeded, " 672 ").hits[0].key == "672"


@pytest.mark.parametrize("order", Order)
def test_all_that_is_found_comes_in_the_order_of_the_page_and_goes_on_after_it(
    seeded: sessionmaker[Session], order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read with a cursor of the server: as many rows are in memory as it hands out at once."""
    cursors: list[Any] = []

    def note(_connection: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        if "search_entry" in statement:
            cursors.append(cursor)

    with seeded() as session:
        at = moment(session, NOW)
        for typed, chosen, some in (
            ("", {}, False),
            ("thành phố", {"kind": "city"}, False),
            ("giao thông", {}, False),
            ("camera khongcogi", {"kind": "use_case"}, True),
        ):
            asked = read(typed, vocabulary())
            assert only_some(session, asked) is some
            page = search(session, at, asked, chosen, order, limit=1000)
            assert (page.capped, page.some) == (False, some)
            event.listen(session.get_bind(), "after_cursor_execute", note)
            hits = list(every(session, at, asked, chosen, order, some=some, part=3))
            event.remove(session.get_bind(), "after_cursor_execute", note)
            assert len(hits) > 5
            assert hits == list(page.hits)
            with monkeypatch.context() as patched:
                patched.setattr(queries, "CANDIDATES", 5)
                first = search(session, at, asked, chosen, order, limit=1000)
            assert first.capped
            assert first.total <= 5
    assert len(cursors) == 4
    assert all(cursor.name for cursor in cursors)


def test_facets_count_what_each_value_would_leave(seeded: sessionmaker[Session]) -> None:
    everything = found(seeded, "camera")
    for name in ("kind", "area", "province", "counted", "technique", "stage", "year"):
        for value, count in everything.counts[name].items():
            assert found(seeded, "camera", **{name: value}).total == count, (name, value)
    narrowed = found(seeded, "camera", kind="use_case")
    # The facet that is chosen goes on to say what its other values would give.
    assert narrowed.counts["kind"] == everything.counts["kind"]
    assert narrowed.total == everything.counts["kind"]["use_case"]


def test_without_words_all_public_use_cases(seeded: sessionmaker[Session]) -> None:
    with seeded() as session:
        public = session.scalar(
            text("SELECT count(*) FROM use_case_version WHERE state = 'approved'")
        )
    nothing_typed = found(seeded, "")
    assert nothing_typed.total == public
    assert {hit.kind for hit in nothing_typed.hits} == {Kind.USE_CASE}


def test_a_slip_is_put_right_and_nonsense_is_not(seeded: sessionmaker[Session]) -> None:
    def right(words: str) -> str | None:
        with seeded() as session:
            return meant(session, read(words, vocabulary()))

    assert right("chatbto") == "chatbot"
    assert right("camrea giao thông") == "camera giao thông"
    assert right("camera") is None
    assert right("zqxjk") is None


def test_words_of_asking_hinder_nothing(seeded: sessionmaker[Session]) -> None:
    asked = found(seeded, "đô thị nào đã giải quyết ngập lụt")
    assert any("Ngập" in hit.title for hit in asked.hits[:3])


@pytest.mark.parametrize(
    "hostile", ["'", "a & | !", "(((", "<->", ":*", "\\", "%_", "x" * 200, "🙂", "ngập' OR 1=1 --"]
)
def test_nothing_that_is_typed_breaks_the_search(
    seeded: sessionmaker[Session], hostile: str
) -> None:
    found(seeded, hostile)
    with seeded() as session:
        meant(session, read(hostile, vocabulary()))
        beginning(session, moment(session, NOW), read(hostile, vocabulary()), 5)


def test_a_search_asks_the_database_as_often_for_much_as_for_little(
    seeded: sessionmaker[Session],
) -> None:
    with seeded() as session:
        seen = moment(session, NOW)
        with statements(session) as few:
            search(session, seen, read("zqxjk", vocabulary()), {})
        with statements(session) as many:
            search(session, seen, read("thành phố", vocabulary()), {})
    assert len(many) == len(few)


@pytest.fixture(scope="module")
def app(seeded: sessionmaker[Session]) -> Iterator[FastAPI]:
    bind = seeded.kw["bind"]
    settings = Settings(database_url=bind.url.render_as_string(hide_password=False))
    with site(settings, Clock(NOW)) as running:
        yield running


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_page_finds_narrows_and_helps(app: FastAPI, language: str) -> None:
    reader = visitor(app)
    page = reader.open(f"/{language}/search?q=camera")
    assert f"/{language}/use-cases/79-001" in page.links()
    narrower = next(link for link in page.links() if "kind=use_case" in link)
    narrowed = reader.open(narrower)
    assert f"/{language}/search?q=camera" in narrowed.links()
    nothing = reader.open(f"/{language}/search?q=zqxjk&area=flooding")
    assert {f"/{language}/cities", f"/{language}/search?q=zqxjk"} <= nothing.links()
    slip = reader.open(f"/{language}/search?q=chatbto")
    assert f"/{language}/search?q=chatbot" in slip.links()


def test_what_is_typed_is_text_on_the_page(app: FastAPI) -> None:
    page = visitor(app).open("/vi/search?q=%3Cscript%3Ealert(1)%3C/script%3E&area=%3Cb%3E")
    assert "<script>alert" not in page.answer.text
    assert "<b>" not in page.answer.text


def test_programs_get_what_the_page_shows(app: FastAPI) -> None:
    api = visitor(app).client
    answer = api.get("/api/v1/search?q=camera&kind=use_case&lang=en").json()
    page = visitor(app).open("/en/search?q=camera&kind=use_case")
    assert {item["url"] for item in answer["items"]} <= page.links()
    assert answer["total"] == len(answer["items"])
    kinds = next(facet for facet in answer["facets"] if facet["name"] == "kind")
    assert next(v for v in kinds["values"] if v["chosen"])["count"] == answer["total"]
    begun = api.get("/api/v1/search/beginning?q=da%20na&lang=vi").json()["items"]
    assert begun[0]["title"] == "Thành phố Đà Nẵng"


def test_what_a_city_withholds_is_found_by_nobody(world: World) -> None:
    world.targets()
    world.province()
    city = world.city("48")
    signer = world.signer(city)
    world.roll([city])
    secret = "Zephyrion"
    world.approved(
        signer,
        city,
        [world.problem(signer, city)],
        provider=f"{secret} JSC",
        withheld=[{"field": "provider", "legal_ground": "Điều 7", "until": "2027-01-01"}],
    )
    with world.factory() as session:
        seen = moment(session, NOW)
        assert not search(session, seen, read(secret, vocabulary()), {}).hits
        assert not session.scalar(
            text("SELECT EXISTS (SELECT FROM search_word WHERE word LIKE 'zephyr%')")
        )


def test_words_follow_the_text_that_is_public(world: World) -> None:
    world.targets()
    world.province()
    city, signer, first = world.counted_city("48", title="Alphaflood")
    world.roll([city])

    def found_by(word: str) -> bool:
        with world.factory() as session:
            return bool(search(session, moment(session, NOW), read(word, vocabulary()), {}).hits)

    assert found_by("alphaflood")
    second = world.revise(signer, first, title="Betaflood")
    world.submit(signer, second)
    assert not found_by("betaflood")
    world.claim(second)
    world.decide(second, Action.APPROVE)
    assert found_by("betaflood")
    assert not found_by("alphaflood")
