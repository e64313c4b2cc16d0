"""Indicators at the doors: a list read cell by cell, decided by another, shown to everybody; the
page, the CSV and the API say the same."""

import csv
import io
from collections.abc import Iterator
from http import HTTPStatus
from io import BytesIO
from typing import Any

import pytest
from fastapi import FastAPI
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select

from registry.db.tables import Base
from registry.domain.model import Role
from tests.factories import Clock, World
from tests.integration import api_client
from tests.integration.test_indicators import CARD, COURSE, DONE, SERVICE, SUPPORT
from tests.integration.visitor import Page, Visitor, _page, signed_in, site, visitor
from tests.postgres import Database

SERVICES = "/en/admin/indicators/1/service/sheet"
HEAD = ["Mã trên Cổng dịch vụ công quốc gia", "Tên tiếng Việt", "owner", "since", "source_url"]
CONFIRM, APPROVE = "Report these lines", "Approve those ticked"


@pytest.fixture
def country(world: World, clock: Clock) -> World:
    clock.set("2025-01-10")
    world.targets()
    for n in (1, 4):
        world.targets(n, first=30)
    return world


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with site(database.settings, clock) as app:
        yield app


@pytest.fixture
def keeper(app: FastAPI, country: World) -> Visitor:
    return signed_in(app, country, country.user(Role.ADMINISTRATOR))


@pytest.fixture
def reviewer(app: FastAPI, country: World) -> Visitor:
    return signed_in(app, country, country.reviewer())


def as_csv(head: list[str], *rows: list[Any]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([head, *rows])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(head: list[str], *rows: list[Any]) -> bytes:
    book, out = Workbook(), BytesIO()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (head, *rows):
        sheet.append(row)
    book.save(out)
    return out.getvalue()


def upload(keeper: Visitor, to: str, content: bytes, status: int = HTTPStatus.OK) -> Page:
    return _page(keeper.client.post(to, files={"file": ("danh sách.csv", content)}), status)


def boxes(queue: Page) -> list[str]:
    """The lines that can be ticked."""
    return [b.get("value", "") for b in queue.main.iter("input") if b.get("name") == "entries"]


def service(code: str, name: str = "Cấp phép", since: str = "01/01/2024") -> list[str]:
    return [code, name, "Bộ Tài chính", since, "https://dichvucong.gov.vn"]


def test_a_list_of_services_from_the_file_to_the_scoreboard(
    app: FastAPI, keeper: Visitor, reviewer: Visitor
) -> None:
    reader = visitor(app)
    assert "Not yet reported" in reader.open("/en/scoreboard").words
    page = upload(keeper, SERVICES, as_csv(HEAD, service("1.1"), service("1.2")))
    assert "New 2" in page.words
    assert "Nothing has been reported yet" in page.words
    assert "Reported. It counts once somebody else" in keeper.send(page, CONFIRM).words
    one = {k: str(v) for k, v in SUPPORT.items()} | {"service": "1.1", "since": "1/3/2024"}
    form = keeper.open("/en/admin/indicators/1/support/new")
    keeper.send(form, "Report it", one)
    # An administrator sees what waits, and has no way to decide.
    assert not keeper.open("/en/review/indicators").buttons() & {APPROVE}
    queue = reviewer.open("/en/review/indicators")
    ticked = [
        box.get("value", "") for box in queue.main.iter("input") if box.get("name") == "entries"
    ]
    assert len(ticked) == 3
    done = reviewer.send(queue, APPROVE, {"entries": ticked})
    assert "Approved." in done.words
    assert "Nothing waits here." in done.words
    board = reader.open("/en/scoreboard").words
    assert "1 of 2 fully online public services (50.0%)" in board
    assert "Target of 30% in 2024: met." in board
    # The state before is still to be had, as known then.
    old = reader.open("/en/indicators/1?known_at=2025-01-01T00:00:00Z").words
    assert "Not yet reported" in old
    rows = reader.open("/en/indicators/1/rows?counts=true")
    assert "1.1" in rows.words
    assert "1.2" not in rows.words
    line = next(link for link in rows.links() if "/lines/" in link)
    assert "What was decided" in reader.open(line).words


def test_page_csv_and_api_say_the_same(app: FastAPI, keeper: Visitor, reviewer: Visitor) -> None:
    page = upload(keeper, SERVICES, as_csv(HEAD, *(service(f"1.{n}") for n in range(3))))
    keeper.send(page, CONFIRM)
    keeper.send(
        keeper.open("/en/admin/indicators/1/support/new"),
        "Report it",
        {k: str(v) for k, v in SUPPORT.items()} | {"service": "1.1"},
    )
    queue = reviewer.open("/en/review/indicators")
    ticked = boxes(queue)
    reviewer.send(queue, APPROVE, {"entries": ticked})
    caller = api_client.public(app)
    figure = caller.read("/indicators/1")
    assert (figure["counted"], figure["total"], figure["share"]) == (1, 3, 0.333333)
    assert caller.read("/indicators")["items"][0] == figure
    pinned = f"?as_of={figure['as_of']}&known_at={figure['known_at']}"
    page_said = visitor(app).open(f"/en/indicators/1{pinned}")
    assert "1 of 3 fully online public services (33.3%)" in page_said.words
    items = caller.read(f"/indicators/1/rows{pinned}")["items"]
    text = caller.get(f"/indicators/1/rows{pinned}&f=csv&lang=en").content.decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text)))
    assert [(r["Code"], r["Counts"] == "Yes") for r in table] == [
        (item["code"], item["counts"]) for item in items
    ]
    points = caller.read(f"/indicators/1/series{pinned}")["items"]
    told = caller.get(f"/indicators/1/series{pinned}&f=csv&lang=en").content.decode("utf-8-sig")
    read = list(csv.DictReader(io.StringIO(told)))
    assert [(r["Day"], r["Counted"]) for r in read] == [
        (p["on"], "" if p["counted"] is None else str(p["counted"])) for p in points
    ]
    shown = [cell.text for cell in page_said.main.findall(".//tbody/tr/td[1]")]
    assert shown == [
        "not yet reported" if p["counted"] is None else str(p["counted"]) for p in points
    ]


@pytest.mark.parametrize(
    ("row", "cell"),
    [
        (service("1.1", since="31/02/2024"), "D2"),
        (service("1.1", since="hôm qua"), "D2"),
        (service("không mã"), "A2"),
        (["1.1", "", "Bộ", "2024-01-01", "https://example.vn"], "B2"),
        ([*service("1.1")[:4], "javascript:alert(1)"], "E2"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(keeper: Visitor, row: list[str], cell: str) -> None:
    content = as_csv(HEAD, row, service("1.2"))
    page = upload(keeper, SERVICES, content, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert f"{cell} :" in page.words
    assert "Nothing has been reported here yet." in keeper.open("/en/admin/indicators/lines").words


@pytest.mark.parametrize(
    "content", [b"", b"\0\0\0", b"PK\x03\x04 no", as_csv(["a", "b"], ["1", "2"]), as_csv(HEAD)]
)
def test_what_is_no_list_is_refused(keeper: Visitor, content: bytes) -> None:
    page = upload(keeper, SERVICES, content, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert page.error("file")


def test_a_number_of_a_person_in_a_wrong_cell_is_not_repeated(
    app: FastAPI, keeper: Visitor, reviewer: Visitor, country: World
) -> None:
    form = keeper.open("/en/admin/indicators/3/course/new")
    keeper.send(
        form, "Report it", {k: str(v).lower() if v is True else str(v) for k, v in COURSE.items()}
    )
    queue = reviewer.open("/en/review/indicators")
    box = queue.one(".//input[@name='entries']").get("value", "")
    reviewer.send(queue, APPROVE, {"entries": [box]})
    head = ["course", "completed_on", "person", "source_url"]
    address = "/en/admin/indicators/3/completion/sheet"
    wrong = as_xlsx(head, ["k-1", "05/04/2024", int(CARD), "https://example.vn"])
    page = upload(keeper, address, wrong, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert "C2 : This code is kept as a number" in page.words
    assert CARD[2:] not in page.answer.text
    right = as_xlsx(head, ["k-1", "05/04/2024", CARD, "https://example.vn"])
    page = upload(keeper, address, right)
    assert "One person, by a key" in page.words
    assert CARD not in page.answer.text
    keeper.send(page, CONFIRM)
    caller = api_client.signed_in(app, country, country.user(Role.ADMINISTRATOR))
    sent = caller.created(
        "/indicators/3/lines", {"kind": "completion", "lines": [DONE | {"person": "1" * 12}]}
    )
    assert "1" * 12 not in sent.text
    with country.factory() as session:
        for table in Base.metadata.tables.values():
            held = str(session.execute(select(table)).all())
            assert CARD not in held, table.name
            assert "1" * 12 not in held, table.name


def test_a_form_comes_back_with_everything_typed(keeper: Visitor) -> None:
    typed = {k: str(v) for k, v in SERVICE.items()} | {"since": "hôm qua", "note": "Ghi chú"}
    page = keeper.send(
        keeper.open("/en/admin/indicators/1/service/new"),
        "Report it",
        typed,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    )
    assert page.typed("note").strip() == "Ghi chú"
    assert page.typed("since") == "hôm qua"
    assert "not a date" in page.error("since")


def test_a_line_is_returned_with_a_reason_and_revoked_from_a_day(
    app: FastAPI, keeper: Visitor, reviewer: Visitor
) -> None:
    keeper.send(upload(keeper, SERVICES, as_csv(HEAD, service("1.1"), service("1.2"))), CONFIRM)
    queue = reviewer.open("/en/review/indicators")
    first, second = boxes(queue)
    again = reviewer.send(
        queue, "Return those ticked", {"entries": [first]}, HTTPStatus.UNPROCESSABLE_ENTITY
    )
    assert "fill this in" in again.error("reason")
    reviewer.send(again, "Return those ticked", {"entries": [first], "reason": "Thiếu nguồn"})
    assert "Thiếu nguồn" in keeper.open("/en/admin/indicators/lines?state=returned").words
    # What is not approved is nobody's business.
    visitor(app).open(f"/en/indicators/1/lines/{first}", HTTPStatus.NOT_FOUND)
    page = reviewer.send(reviewer.open(f"/en/review/indicators/{second}"), "Approve")
    page = reviewer.send(page, "Revoke", {"reason": "Không còn", "effective_from": "hôm qua"}, 422)
    assert "not a date" in page.error("effective_from")
    reviewer.send(page, "Revoke", {"reason": "Không còn", "effective_from": "1/6/2024"})
    told = visitor(app).open(f"/en/indicators/1/lines/{second}").words
    assert "no longer from 1 June 2024" in told


def test_the_api_does_what_the_pages_do(app: FastAPI, country: World) -> None:
    keeper = api_client.signed_in(app, country, country.user(Role.ADMINISTRATOR))
    reviewer = api_client.signed_in(app, country, country.reviewer())
    body: dict[str, Any] = {"kind": "service", "lines": [SERVICE], "dry_run": True}
    dry = keeper.created("/indicators/1/lines", body).json()
    assert (dry["position"], dry["lines"][0]["verdict"]) == (None, "new")
    keeper.created("/indicators/1/lines", body | {"dry_run": False})
    waiting = reviewer.read("/indicator-lines?state=reported")["items"]
    assert [line["code"] for line in waiting] == ["1.004873"]
    decision = {"action": "approve", "entries": [waiting[0]["id"]]}
    assert keeper.create("/indicator-decisions", decision).status_code == HTTPStatus.FORBIDDEN
    reviewer.created("/indicator-decisions", decision)
    assert reviewer.create("/indicator-decisions", decision).status_code == HTTPStatus.CONFLICT
    public = api_client.public(app)
    assert public.read(f"/indicator-lines/{waiting[0]['id']}")["state"] == "approved"
    figure = public.read("/indicators/1")
    assert (figure["counted"], figure["total"]) == (None, 1)
    refused = keeper.create("/indicators/1/lines", {"kind": "service", "lines": [{}, SERVICE]})
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "/lines/0/code" in {error["pointer"] for error in refused.json()["errors"]}
    for path in ("/indicators/2/lines", "/indicators/3/lines"):
        assert keeper.create(path, body).status_code == HTTPStatus.NOT_FOUND
    assert public.get("/indicator-lines").status_code == HTTPStatus.UNAUTHORIZED
    assert public.get("/indicators/5").status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_the_scoreboard_may_stand_in_any_page_and_runs_no_script(
    app: FastAPI, country: World
) -> None:
    del country
    reader = visitor(app)
    page = reader.open("/vi/scoreboard/embed")
    policy = page.answer.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "script-src 'none'" in policy
    assert "<script" not in page.answer.text
    assert "set-cookie" not in page.answer.headers
    for path in ("/vi/scoreboard", "/vi/scoreboard/print", "/vi/indicators/1"):
        other = reader.open(path).answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in other


def test_charts_are_files(app: FastAPI, country: World) -> None:
    del country
    reader = visitor(app).client
    svg = reader.get("/vi/indicators/1/chart.svg")
    assert svg.headers["content-type"] == "image/svg+xml"
    assert "Chưa có báo cáo" in svg.text
    png = reader.get("/en/indicators/4/chart.png?width=narrow")
    assert png.content.startswith(b"\x89PNG")
    assert reader.get("/en/indicators/4/chart.exe").status_code == HTTPStatus.NOT_FOUND
    assert reader.get("/en/indicators/9").status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_the_template_is_read_again(keeper: Visitor) -> None:
    for kind in ("service", "support", "total"):
        answer = keeper.client.get(f"/vi/admin/indicators/1/{kind}/template.xlsx")
        assert answer.status_code == HTTPStatus.OK
        page = upload(
            keeper,
            f"/en/admin/indicators/1/{kind}/sheet",
            answer.content,
            HTTPStatus.UNPROCESSABLE_ENTITY,
        )
        # Its headings are known; there is only no line.
        assert "Below the headings there is no line." in page.words
