"""Learning from others: who is shown what, why, and what a draft of one's own begins with."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import event
from sqlalchemy.orm import Session

from registry.db.engine import transaction
from registry.db.tables import UseCase, UseCaseVersion
from registry.domain.likeness import Asked, Likeness
from registry.domain.model import Action, Actor, ProblemArea
from registry.domain.use_case import read_text
from registry.queries.likeness import examples, same_product, uncovered
from registry.queries.moments import moment
from tests.factories import Clock, World
from tests.integration.visitor import Visitor, signed_in, site
from tests.postgres import Database

FLOODS = {"area": "flooding", "title": "Ngập úng", "statement": "Mưa lớn là ngập."}
QUEUES = {"area": "public_services", "title": "Quá tải một cửa", "statement": "Dân chờ lâu."}
SECRET = "Công ty Bí Mật 7f3a"


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with site(database.settings, clock) as app:
        yield app


@pytest.fixture
def country(world: World) -> World:
    world.province("48")
    world.targets()
    return world


@pytest.fixture
def dalat(country: World) -> tuple[str, Actor]:
    """A city with people and nothing declared."""
    city = country.city("672")
    return city, country.signer(city)


def case(country: World, city: str, problem: dict[str, str], **text: object) -> UUID:
    signer = country.signer(country.city(city))
    return country.approved(signer, city, [country.problem(signer, city, **problem)], **text)


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    yield seen
    event.remove(session.get_bind(), "before_cursor_execute", note)


def code(country: World, version_id: UUID) -> str:
    with transaction(country.factory) as session:
        version = session.get_one(UseCaseVersion, version_id)
        return session.get_one(UseCase, version.use_case_id).code


def near(country: World, city: str, *asked: Asked, limit: int = 20) -> list[list[str]]:
    """The codes of what is shown, for each thing asked."""
    with transaction(country.factory) as session:
        city_id = _city_id(country, city)
        found = examples(session, moment(session, country.clock()), city_id, asked, limit)
        return [[each.version.use_case_code for each in few] for few in found]


def _city_id(country: World, city: str) -> int:
    return next(iter(country.signer(city).city_ids))


def test_of_other_cities_only_what_is_live(country: World, dalat: tuple[str, Actor]) -> None:
    city, signer = dalat
    country.approved(signer, city, [country.problem(signer, city, **FLOODS)])
    live = case(country, "46", FLOODS)
    revoked = case(country, "48", FLOODS)
    country.decide(revoked, Action.REVOKE)
    author = country.signer(country.city("79"))
    country.submit(author, country.draft(author, "79", [country.problem(author, "79", **FLOODS)]))
    assert near(country, city, Asked("ngập", area=ProblemArea.FLOODING)) == [["46-001"]]
    country.decide(live, Action.SUSPEND)
    assert near(country, city, Asked("ngập", area=ProblemArea.FLOODING)) == [[]]


def test_each_thing_asked_has_its_own_answer_in_a_fixed_number_of_queries(
    country: World, dalat: tuple[str, Actor]
) -> None:
    city, _ = dalat
    case(country, "46", FLOODS)
    case(country, "48", QUEUES, title="Chatbot", summary="Hỏi đáp", solution="Mô hình ngôn ngữ")
    flood = Asked("Ngập", area=ProblemArea.FLOODING)
    queue = Asked("qua tai mot cua")
    with transaction(country.factory) as session:
        at, city_id = moment(session, country.clock()), _city_id(country, city)
        counts = []
        for asked in ([flood], [flood, queue, Asked("", area=ProblemArea.FLOODING)]):
            with statements(session) as seen:
                found = examples(session, at, city_id, asked, 5)
            counts.append(len(seen))
    assert counts == [6, 6]
    assert [[e.version.use_case_code for e in few] for few in found] == [
        ["46-001"],
        ["48-001"],
        ["46-001"],
    ]
    assert found[0][0].match.why[:2] == (Likeness.SAME_AREA, Likeness.SIMILAR_WORDING)
    assert found[1][0].match.shared == ("qua tai mot cua",)


def test_a_case_that_stands_for_the_city_already_is_no_example(
    country: World, dalat: tuple[str, Actor]
) -> None:
    city, _ = dalat
    case(country, "46", FLOODS)
    country.lineage("46", city, date(2025, 1, 1))
    country.carry_over("46-001", [city], date(2025, 1, 1))
    assert near(country, city, Asked("ngập", area=ProblemArea.FLOODING)) == [[]]


def test_a_problem_is_covered_by_a_live_case_of_the_city_only(
    country: World, dalat: tuple[str, Actor]
) -> None:
    city, signer = dalat
    covered = country.problem(signer, city, **FLOODS)
    open_one = country.problem(signer, city, **QUEUES)
    country.withdraw_problem(signer, country.problem(signer, city), "2024-06-01")
    version = country.approved(signer, city, [covered])
    country.draft(signer, city, [open_one])
    with transaction(country.factory) as session:
        assert uncovered(session, _city_id(country, city)) == [open_one]
    country.decide(version, Action.REVOKE)
    with transaction(country.factory) as session:
        assert uncovered(session, _city_id(country, city)) == [covered, open_one]


def test_the_same_product_is_found_however_it_is_written(country: World) -> None:
    first = case(country, "46", FLOODS, product="VNPT Smart-Flood")
    case(country, "48", QUEUES, product="vnpt  smart flood ")
    case(country, "79", QUEUES, product="VNPT Smart")
    case(country, "92", QUEUES)
    with transaction(country.factory) as session:
        use_case_id = session.get_one(UseCaseVersion, first).use_case_id
        found = same_product(session, use_case_id, "VNPT Smart-Flood")
        assert [version.use_case_code for version in found] == ["48-001"]
        assert same_product(session, use_case_id, "") == []


@pytest.fixture
def editor(app: FastAPI, country: World, dalat: tuple[str, Actor]) -> Visitor:
    return signed_in(app, country, dalat[1])


def test_an_example_is_told_with_product_result_and_reason(
    country: World, dalat: tuple[str, Actor], editor: Visitor, clock: Clock
) -> None:
    city, signer = dalat
    now = datetime.now(UTC)
    clock.set(now.isoformat())
    country.roll([city])
    until = (now + timedelta(days=365)).date().isoformat()
    case(
        country,
        "46",
        FLOODS,
        product="Smart Flood",
        provider=SECRET,
        results=[{"indicator": "Thời gian", "baseline": "0", "value": "2.5", "unit": "giờ"}],
        withheld=[{"field": "provider", "legal_ground": "Điều 6", "until": until}],
    )
    country.problem(signer, city, **FLOODS)
    page = editor.open(f"/vi/desk/{city}/learn")
    assert "cùng lĩnh vực; cách diễn đạt gần giống: “ngập úng”" in page.words
    for words in ("Cảnh báo ngập sớm", "Smart Flood", "2,5", "Chưa công khai đến", "01/11/2024"):
        assert words in page.words
    assert SECRET not in page.answer.text
    assert f"/vi/desk/{city}/learn" in editor.open(f"/vi/desk/{city}").links()


def test_words_may_lack_their_marks_and_an_area_narrows(
    country: World, dalat: tuple[str, Actor], editor: Visitor
) -> None:
    city, _ = dalat
    case(country, "46", FLOODS)
    case(country, "48", QUEUES, title="Chatbot", summary="Hỏi đáp", solution="Khi ngập việc.")
    assert "Cảnh báo ngập sớm" in editor.open(f"/vi/desk/{city}/learn?q=ngap+ung").words
    narrowed = editor.open(f"/vi/desk/{city}/learn?q=ngap&area=public_services").words
    assert "Chatbot" in narrowed
    assert "Cảnh báo ngập sớm" not in narrowed
    nothing = editor.open(f"/vi/desk/{city}/learn?q=%25%00'--").words
    assert "Chưa có ứng dụng nào" in nothing


def test_a_draft_begins_with_the_problem_and_what_the_product_is(
    country: World, dalat: tuple[str, Actor], editor: Visitor
) -> None:
    city, signer = dalat
    case(
        country,
        "46",
        FLOODS,
        product="Smart Flood",
        outputs=["alert"],
        provider="Nhà thầu",
        sourcing="procured_service",
        public_contact="1022",
    )
    problem = country.problem(signer, city, **FLOODS)
    shown = editor.open(f"/vi/desk/{city}/learn/{problem}")
    want = next(link for link in shown.links() if "/want/" in link)
    page = editor.open(want)
    assert "Smart Flood" in page.words
    assert "Cảnh báo ngập sớm" not in page.typed("title")
    after = editor.send(page, "Tạo bản nháp", {"title": "Báo ngập Đà Lạt"})
    assert "gợi ý" in after.words
    with transaction(country.factory) as session:
        version = session.get_one(UseCaseVersion, UUID(after.path.split("/")[5]))
        draft = read_text(version.standard, version.content)
    given = {name: value for name, value in draft.content().items() if value}
    assert given == {
        "title": "Báo ngập Đà Lạt",
        "product": "Smart Flood",
        "problem_ids": [str(problem)],
        "techniques": ["forecasting"],
        "outputs": ["alert"],
    }


def test_whoever_has_no_problem_declares_one_and_comes_back(
    country: World, dalat: tuple[str, Actor], editor: Visitor
) -> None:
    city, _ = dalat
    case(country, "46", FLOODS)
    page = editor.open(f"/vi/desk/{city}/want/46-001")
    form = editor.open(next(link for link in page.links() if "/problems/new" in link))
    typed = {
        **FLOODS,
        "declared_on": "15/01/2024",
        "basis_kind": "resolution",
        "basis_number": "12/NQ",
    }
    back = editor.send(form, "Khai báo vấn đề", typed)
    assert back.path == f"/vi/desk/{city}/want/46-001"
    assert back.main.findall(".//input[@name='problem_ids'][@checked]")


def test_only_the_city_s_people_and_only_other_cities_live_cases(
    country: World, dalat: tuple[str, Actor], editor: Visitor
) -> None:
    city, signer = dalat
    version = case(country, "46", FLOODS)
    own = country.approved(signer, city, [country.problem(signer, city, **FLOODS)])
    theirs = country.problem(country.signer("46"), "46", **QUEUES)
    editor.open(f"/vi/desk/{city}/want/{code(country, own)}", status=404)
    editor.open(f"/vi/desk/{city}/learn/{theirs}", status=404)
    editor.open("/vi/desk/46/learn", status=403)
    country.decide(version, Action.SUSPEND)
    editor.open(f"/vi/desk/{city}/want/46-001", status=404)
    editor.post(f"/vi/desk/{city}/want/46-001", {"title": "x"}, status=404)


def test_another_city_s_problem_is_no_choice(
    country: World, dalat: tuple[str, Actor], editor: Visitor
) -> None:
    city, signer = dalat
    case(country, "46", FLOODS)
    country.problem(signer, city, **FLOODS)
    theirs = country.problem(country.signer("46"), "46", **QUEUES)
    for wrong in (str(theirs), "no-uuid"):
        sent = {"title": "Báo ngập", "problem_ids": wrong}
        page = editor.post(f"/vi/desk/{city}/want/46-001", sent, status=422)
        assert page.typed("title") == "Báo ngập"
