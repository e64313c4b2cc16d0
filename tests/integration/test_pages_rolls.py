"""The administrator at the pages: a list taken in, looked through, put in force; cases carried."""

import csv
import io
from collections.abc import Iterator
from http import HTTPStatus
from io import BytesIO
from typing import Any

import pytest
from fastapi import FastAPI
from openpyxl import Workbook

from registry.domain.model import Role
from tests.factories import Clock, World
from tests.integration.visitor import Page, Visitor, _page, signed_in, site, visitor
from tests.postgres import Database

FACTS = {
    "code": "urban-2025",
    "series": "urban",
    "name_vi": "Danh mục 2025",
    "name_en": "Roll 2025",
    "valid_from": "01/01/2025",
    "legal_basis": "12/QĐ",
    "source_vi": "Bộ Xây dựng",
    "source_en": "Ministry of Construction",
    "source_url": "https://example.vn/danh-muc",
}
HEAD = ["Mã", "Name", "Loại hình", "Class", "Tỉnh, thành phố", "predecessors"]
CITY = "Thành phố thuộc tỉnh"


@pytest.fixture
def country(world: World) -> World:
    world.targets()
    world.province()
    return world


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with site(database.settings, clock) as app:
        yield app


@pytest.fixture
def keeper(app: FastAPI, country: World) -> Visitor:
    return signed_in(app, country, country.user(Role.ADMINISTRATOR))


def as_csv(*rows: list[Any]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([HEAD, *rows])
    return out.getvalue().encode("utf-8-sig")


def upload(
    keeper: Visitor,
    content: bytes,
    to: str = "/en/admin/rolls/new",
    status: int = HTTPStatus.OK,
    facts: dict[str, str] | None = None,
) -> Page:
    files = {"file": ("danh-\x01muc.csv", content)}
    return _page(keeper.client.post(to, data=facts or FACTS, files=files), status)


def test_a_list_becomes_a_roll_page_by_page(keeper: Visitor, country: World) -> None:
    country.counted_city("small")
    large = country.city("large")
    country.roll(["small", large])
    rows = [
        ["large", "Thành phố Lớn", CITY, "Class I", "48", "small"],
        ["", "Mới", "township", "v"],
    ]
    page = upload(keeper, as_csv(*rows))
    assert page.path.startswith("/en/admin/rolls/drafts/")
    assert "Lines that wait for a choice (1)" in page.words
    assert "small-001" in page.links() or "/en/use-cases/small-001" in page.links()
    assert "1 January 2025 1/2 (50.0%) Met 0/1 (0.0%) Not met Go: Thành phố small" in page.words

    page = keeper.send(page, "Save the choices", {"line-3": "not a code"}, status=422)
    assert page.error("line-3") == "A code is made of letters without accents, digits, - and _."
    assert page.typed("line-3") == "not a code"
    page = keeper.send(page, "Save the choices", {"line-3": "large"}, status=422)
    assert page.error("line-3") == "The same city is named twice."
    page = keeper.send(page, "Save the choices", {"line-3": "moi"})
    assert "province" not in page.words
    assert "Line 3: Please fill this in." in page.words

    draft = page.path
    for kind in ("merged", "created", "renamed"):
        page = keeper.open(f"{draft}/{kind}")
        page = keeper.send(page, "Confirm those ticked", {"decree": "7/NQ"})
        assert "The changes were confirmed." in page.words
        assert "0 not confirmed yet" in page.words
    assert "Confirmed" in page.words
    assert "Not yet:" in keeper.open(draft).words


def test_a_merger_is_put_in_force_and_its_cases_are_carried(
    keeper: Visitor, country: World, app: FastAPI
) -> None:
    country.counted_city("small")
    country.roll(["small", country.city("large")])
    draft = upload(keeper, as_csv(["large", "large", CITY, "I", "", ""])).path
    page = keeper.open(f"{draft}/dissolved")
    page = keeper.send(page, "Save the successors", {"heirs-small": "nowhere"}, status=422)
    assert page.error("heirs-small") == "A successor must be another city of this list."
    keeper.send(page, "Save the successors", {"heirs-small": "large"})
    page = keeper.open(f"{draft}/merged")
    page = keeper.send(page, "Confirm those ticked", {"decree": ""}, status=422)
    assert page.error("decree") == "Please fill this in."
    keeper.send(page, "Confirm those ticked", {"decree": "7/NQ"})
    page = keeper.send(keeper.open(draft), "Put in force from 1 January 2025")
    assert "The roll was put in force." in page.words
    assert page.buttons() == set()
    assert "urban-2025" in keeper.open("/en/admin/rolls").words

    # The old address leads on.
    assert "It goes on in: City large" in keeper.open("/en/cities/small").words
    assert "small-001" in keeper.open("/en/review/carry-over").words
    assert keeper.open("/en/review/carry-over/small").buttons() == set()
    reviewer = signed_in(app, country, country.reviewer())
    page = reviewer.open("/en/review/carry-over/small")
    assert page.typed("effective_on") == "01/01/2025"
    page = reviewer.send(page, "Record the decision", {"effective_on": "31/12/2024"}, status=422)
    assert "The succession takes effect only on" in page.error("effective_on")
    page = reviewer.send(page, "Record the decision", {"effective_on": "01/01/2025"})
    assert "carried over to large" in page.words
    assert "None: every approved application" in reviewer.open("/en/review/carry-over").words
    assert "Counted because" in reviewer.open("/en/cities/large").words

    assert keeper.open("/en/review/carry-over/small/small-001").buttons() == set()
    page = reviewer.open("/en/review/carry-over/small/small-001")
    typed = {"effective_on": "01/01/2025", "reason": "Ứng dụng không chạy ở đó"}
    page = reviewer.send(page, "Record that it is taken back", typed, status=422)
    assert "Successors: Please fill this in." in page.words
    assert page.typed("reason") == typed["reason"]
    page = reviewer.send(page, "Record that it is taken back", typed | {"to_city_codes": "large"})
    assert "The carrying over was taken back." in page.words
    assert "small-001" in reviewer.open("/en/review/carry-over").words
    assert "Counted because" not in reviewer.open("/en/cities/large").words
    public = visitor(app).open("/en/use-cases/small-001").words
    assert "The city of this application goes on in: City large" in public
    assert f"Taken back with effect from 1 January 2025: {typed['reason']}" in public
    reviewer.open("/en/review/carry-over/small/small-001", HTTPStatus.NOT_FOUND)


def test_a_roll_is_downloaded_and_is_the_same_when_uploaded(
    keeper: Visitor, country: World
) -> None:
    country.roll([country.city("46"), country.city("48")])
    for language in ("vi", "en"):
        answer = keeper.client.get(f"/{language}/admin/rolls/list/urban-2024")
        page = upload(keeper, answer.content, facts=FACTS | {"code": f"again-{language}"})
        assert "2 cities stay as they are." in page.words
        assert "/merged" not in " ".join(page.links())


def test_names_are_added_to_a_roll_in_force(keeper: Visitor, country: World) -> None:
    country.roll([country.city("46")], official_total=3)
    facts = {name: FACTS[name] for name in ("legal_basis", "source_vi", "source_url")}
    names = "/en/admin/rolls/names"
    content = as_csv(["47", "Mới", "township", "V", "48", ""])
    page = upload(keeper, content, names, HTTPStatus.UNPROCESSABLE_ENTITY, facts)
    assert page.error("adds_to") == "Please fill this in."
    page = upload(keeper, content, names, facts=facts | {"adds_to": "urban-2024"})
    assert "more names" in page.words
    draft = page.path
    keeper.send(keeper.open(f"{draft}/created"), "Confirm those ticked")
    page = keeper.send(keeper.open(draft), "Put in force from 1 January 2024")
    assert "New to the register Mới 12/QĐ" in page.words
    assert "Mới" in keeper.client.get("/api/v1/rolls/urban-2024").text


def test_a_list_names_the_act_of_its_own_changes(keeper: Visitor, country: World) -> None:
    country.roll([country.city("small"), country.city("large")])
    row = dict(zip(HEAD, ["large", "large", CITY, "I", "", "small"], strict=True))
    row["Legal basis of the change"] = "9/NQ-UBTVQH"
    out = io.StringIO(newline="")
    csv.writer(out).writerows([row.keys(), row.values()])
    draft = upload(keeper, out.getvalue().encode()).path
    page = keeper.send(keeper.open(f"{draft}/merged"), "Confirm those ticked", {"decree": ""})
    assert "9/NQ-UBTVQH" in page.words


def test_a_workbook_is_read_as_well(keeper: Visitor, country: World) -> None:
    country.roll([country.city("46")])
    book, out = Workbook(), BytesIO()
    sheet = book.worksheets[0]
    for row in (["DANH MỤC ĐÔ THỊ"], HEAD, ["46", "Thành phố Mới", CITY, "Loại I", "48", None]):
        sheet.append(row)
    book.save(out)
    assert "Renamed" in upload(keeper, out.getvalue()).words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The headings were not found."),
        (as_csv(), "Below the headings there is no line."),
        (b"a,b\n1,2\n", "The headings were not found."),
        (as_csv(["46", "Huế", "village", "I"]), "C2 : “village” is none of the words known here."),
        (as_csv(["46", "", CITY, "I"]), "B2 : Please fill this in."),
        (as_csv(["4 6", "Huế", CITY, "I"]), "A2 : A code is made of letters without accents"),
        (as_csv(["46", "Huế", CITY, "I", "Atlantis"]), "E2 : On the day of the roll there is no"),
        (as_csv(*[["46", "Huế", CITY, "I"]] * 2), "A3 : The same city is named twice."),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_typed_is_lost(
    keeper: Visitor, country: World, content: bytes, words: str
) -> None:
    country.roll([country.city("46")])
    page = upload(keeper, content, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    assert words in page.words
    assert page.typed("source_vi") == "Bộ Xây dựng"
    assert page.typed("valid_from") == "01/01/2025"


def test_two_administrators_see_that_the_other_was_there(
    keeper: Visitor, country: World, app: FastAPI
) -> None:
    country.roll([country.city("46")])
    page = upload(keeper, as_csv(["46", "Huế", CITY, "I", "", ""]))
    early = keeper.open(f"{page.path}/renamed")
    other = signed_in(app, country, country.user(Role.ADMINISTRATOR))
    other.send(other.open(f"{page.path}/renamed"), "Confirm those ticked")
    late = keeper.send(early, "Confirm those ticked", {"decree": "9/NQ"}, status=412)
    assert "Somebody else changed or decided this in the meantime." in late.words
    assert late.typed("decree") == "9/NQ"
    keeper.send(keeper.open(page.path), "Put aside for good")
    assert "No list is being prepared." in keeper.open("/en/admin/rolls").words


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.CITY_EDITOR, None])
def test_nobody_else_sees_what_is_being_prepared(
    app: FastAPI, country: World, keeper: Visitor, role: Role | None
) -> None:
    city = country.city("46")
    country.roll([city])
    draft = upload(keeper, as_csv(["46", "Huế", CITY, "I", "", ""])).path
    assert role is not None or keeper.client.get(draft).status_code == HTTPStatus.OK
    if role is None:
        keeper.client.cookies.clear()
        other, refused = keeper, HTTPStatus.SEE_OTHER
    else:
        actor = country.user(role, city if role is Role.CITY_EDITOR else None)
        other, refused = signed_in(app, country, actor), HTTPStatus.FORBIDDEN
    other.client.follow_redirects = False
    for path in (
        "/en/admin/rolls",
        "/en/admin/rolls/new",
        "/en/admin/rolls/names",
        "/en/admin/rolls/list/urban-2024",
        draft,
        f"{draft}/renamed",
    ):
        assert other.client.get(path).status_code == refused, path
    for path in ("/en/admin/rolls/new", "/en/admin/rolls/names", draft, f"{draft}/renamed"):
        assert other.client.post(path, data={"action": "force"}).status_code == refused, path
