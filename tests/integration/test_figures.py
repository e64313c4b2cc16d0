"""The reading room of figures: pages, API and reports say the same of a published figure."""

import csv
import shutil
import subprocess
from collections.abc import Iterator
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import Response
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import event

from registry.domain.model import Action, Actor, Role
from registry.queries.moments import moment
from registry.queries.periods import period
from registry.queries.reports import report, reviewing
from tests.factories import Clock, World
from tests.integration import api_client
from tests.integration.test_ledger_doors import sign
from tests.integration.visitor import Visitor, signed_in, site, visitor
from tests.postgres import Database

FORM = {
    "code": "2024",
    "name_vi": "Báo cáo năm 2024",
    "name_en": "Report of 2024",
    "reporting_day": "31/12/2024",
    "cut_off_day": "31/03/2025",
    "target_year": "2024",
}
HOSTILE = '=HYPERLINK("https://example.vn") #strong[x] <b>$a$'


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with site(database.settings, clock) as app:
        yield app


@pytest.fixture
def country(world: World, clock: Clock) -> World:
    clock.set("2025-01-10")
    world.targets()
    world.province()
    world.roll([world.city(code) for code in ("a", "b", "c", "d")], official_total=5)
    return world


@pytest.fixture
def keeper(app: FastAPI, country: World) -> Visitor:
    return signed_in(app, country, country.user(Role.ADMINISTRATOR))


def counted(world: World, city: str, **changes: Any) -> tuple[Actor, Any]:
    signer = world.signer(city)
    return signer, world.approved(signer, city, [world.problem(signer, city)], **changes)


def published(keeper: Visitor, clock: Clock) -> None:
    page = keeper.send(keeper.open("/en/admin/periods/new"), "Announce a period", FORM)
    assert page.path == "/en/admin/periods/2024"
    clock.set("2025-04-02")
    keeper.send(keeper.open("/en/admin/periods/2024"), "Publish this figure")


def test_a_period_is_made_put_off_and_its_figure_published_page_by_page(
    keeper: Visitor, country: World, clock: Clock, app: FastAPI
) -> None:
    counted(country, "a")
    form = keeper.open("/en/admin/periods/new")
    bad = {**FORM, "cut_off_day": "30/12/2024", "cut_off_time": "5 giờ", "name_vi": ""}
    page = keeper.send(form, "Announce a period", bad, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert page.error("cut_off_time")
    assert page.error("name_vi")
    assert page.typed("cut_off_day") == "30/12/2024"
    page = keeper.send(form, "Announce a period", FORM)
    assert "the end of 31 March 2025" in page.words
    assert "It can be published after the cut-off." in page.words
    assert "Publish this figure" not in page.buttons()

    signer = country.signer("b")
    late = country.draft(signer, "b", [country.problem(signer, "b")])
    clock.set("2025-04-02")
    country.submit(signer, late)
    page = keeper.open("/en/admin/periods/2024")
    assert "/en/review/b-001/1" in page.links()
    assert "Late for Report of 2024" in keeper.open("/en/review").words
    page = keeper.send(
        page,
        "Put it off",
        {"cut_off_day": "03/04/2025", "cut_off_time": "17:00", "reason": "Bão số 1"},
    )
    assert "Put off to 3 April 2025, 17:00: Bão số 1" in page.words
    assert "/en/review/b-001/1" not in page.links()
    assert "Late for Report of 2024" not in keeper.open("/en/review").words
    same = {"cut_off_day": "03/04/2025", "cut_off_time": "17:00", "reason": "Bão số 2"}
    page = keeper.send(page, "Put it off", same, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert page.error("cut_off_day")
    assert page.typed("reason") == "Bão số 2"

    clock.set("2025-04-04")
    page = keeper.open("/en/admin/periods/2024")
    country.claim(late)
    country.decide(late, Action.APPROVE)
    page = keeper.send(page, "Publish this figure", status=HTTPStatus.UNPROCESSABLE_ENTITY)
    assert "As known now: 2 of 5 cities (40.0%)." in page.words
    page = keeper.send(page, "Publish this figure")
    assert "The figure was published." in page.words
    assert "Put it off" not in page.buttons()
    assert "/en/figures/2024" in visitor(app).open("/en/figures").links()


def test_a_published_figure_stays_and_what_is_learned_is_shown_beside_it(
    keeper: Visitor, country: World, clock: Clock, app: FastAPI
) -> None:
    _, version = counted(country, "a")
    counted(country, "b")
    published(keeper, clock)
    public = visitor(app)
    before = public.open("/en/figures/2024")
    sentence = "As of 31 December 2024, 2 of 5 cities (40.0%) are counted"
    assert sentence in before.words
    assert "Nothing that would change it" in before.words

    clock.set("2025-05-01")
    country.decide(version, Action.REVOKE, reason="chưa từng vận hành")
    after = public.open("/en/figures/2024")
    assert sentence in after.words
    assert "it would be 1 of 5 cities (20.0%) for the same day" in after.words
    assert "an approval was revoked" in after.words
    assert {"/en/use-cases/a-001", "/en/cities/a?as_of=2024-12-31"} <= after.links()
    assert public.open("/vi/figures/2024").words.startswith("Số liệu đã công bố")
    public.open("/en/figures/2025", HTTPStatus.NOT_FOUND)


def test_the_api_gives_the_figure_its_rows_and_what_is_known_now(
    keeper: Visitor, country: World, clock: Clock, app: FastAPI
) -> None:
    _, version = counted(country, "a")
    published(keeper, clock)
    clock.set("2025-05-01")
    country.decide(version, Action.REVOKE, reason="chưa từng vận hành")
    caller = api_client.public(app)
    (told,) = caller.read("/periods")["items"]
    assert told["cut_off"] == "2025-03-31T17:00:00.000000Z"
    figure = caller.read("/figures/2024")
    (listed,) = caller.read("/figures")["items"]
    assert listed == {name: figure[name] for name in listed}
    same = caller.read(f"/coverage?as_of={figure['as_of']}&known_at={figure['known_at']}")
    shared = ("as_of", "known_at", "position", "counted", "total", "share", "verdict", "missing")
    assert {n: same[n] for n in shared} == {n: figure[n] for n in shared}
    assert figure["known_now"]["counted"] == 0
    assert [c["kind"] for c in figure["known_now"]["left"]] == ["version.revoke"]
    assert sum(row["outcome"] == "counted" for row in figure["rows"]) == figure["counted"]
    table = caller.get("/figures/2024?f=csv")
    assert len(table.text.strip().splitlines()) == figure["enumerated"] + 1
    assert caller.get("/figures/none").status_code == HTTPStatus.NOT_FOUND


def test_programs_announce_put_off_and_publish(country: World, clock: Clock, app: FastAPI) -> None:
    counted(country, "a")
    caller = api_client.signed_in(app, country, country.user(Role.ADMINISTRATOR))
    body = FORM | {"reporting_day": "2024-12-31", "cut_off_day": "2025-03-31", "target_year": 2024}
    wrong = caller.create("/periods", body | {"cut_off_day": "2024-12-30"})
    assert [e["pointer"] for e in wrong.json()["errors"]] == ["/cut_off_day"]
    first = caller.created("/periods", body, idempotency_key="once")
    assert first.json()["cut_off"] == "2025-03-31T17:00:00.000000Z"
    again = caller.create("/periods", body, idempotency_key="once")
    assert again.json() == first.json()
    taken = caller.create("/periods", body)
    assert [e["code"] for e in taken.json()["errors"]] == ["taken_code"]

    later = {"cut_off_day": "2025-04-03", "cut_off_time": "17:00", "reason": "Bão số 1"}
    told = caller.created("/periods/2024/extensions", later).json()
    assert told["cut_off"] == "2025-04-03T10:00:00.000000Z"
    assert [each["reason"] for each in told["extensions"]] == ["Bão số 1"]
    seen = {"counted": 1, "total": 5}
    assert caller.create("/periods/2024/figure", seen).status_code == HTTPStatus.CONFLICT
    clock.set("2025-04-04")
    caller = api_client.signed_in(app, country, country.user(Role.ADMINISTRATOR))
    stale = caller.create("/periods/2024/figure", seen | {"counted": 2})
    assert stale.status_code == HTTPStatus.PRECONDITION_FAILED
    figure = caller.created("/periods/2024/figure", seen)
    assert figure.headers["location"] == "/api/v1/figures/2024"
    assert api_client.public(app).read("/figures")["items"] == [figure.json()]
    assert caller.create("/periods/2024/extensions", later).status_code == HTTPStatus.CONFLICT
    assert caller.create("/periods/none/extensions", later).status_code == HTTPStatus.NOT_FOUND

    reviewer = api_client.signed_in(app, country, country.reviewer())
    for path, sent in (("", body), ("/2024/extensions", later), ("/2024/figure", seen)):
        assert reviewer.create(f"/periods{path}", sent).status_code == HTTPStatus.FORBIDDEN
        assert api_client.public(app).create(f"/periods{path}", sent).status_code == 401


def fetched(by: Visitor, path: str) -> Response:
    answer = by.client.get(path)
    assert answer.status_code == HTTPStatus.OK, answer.text
    return answer


def sheets(answer: Response) -> dict[str, list[tuple[Any, ...]]]:
    """The rows below the headings, by the name of their sheet."""
    found = load_workbook(BytesIO(answer.content))
    assert all(cell.data_type != "f" for ws in found for row in ws.iter_rows() for cell in row)
    return {ws.title: [tuple(r) for r in ws.iter_rows(min_row=5, values_only=True)] for ws in found}


def root_of(paper: PdfReader) -> Any:
    return paper.trailer["/Root"]


def test_the_reports_numbers_are_those_of_the_api(
    keeper: Visitor, country: World, clock: Clock, app: FastAPI
) -> None:
    counted(country, "a", title=HOSTILE, title_en="")
    counted(country, "b")
    published(keeper, clock)
    public, caller = visitor(app), api_client.public(app)
    at = caller.read("/figures/2024")
    pinned = f"as_of={at['as_of']}&known_at={at['known_at']}&lang=en"

    book = fetched(public, "/en/figures/2024/report.xlsx")
    told = sheets(book)
    national = dict(told["National figure"])
    assert national["Cities counted"] == at["counted"]
    assert national["Cities in total"] == at["total"]
    assert national["Share"] == at["share"]
    assert national["Target for 2024"] == at["target"]
    assert national["Cities missing"] == at["missing"]
    assert national["Position in the ledger"] == at["position"]
    assert national["SHA-256 of the list of rows"] == at["rows_sha256"]
    assert national["Reporting day"].date().isoformat() == at["as_of"]
    for sheet, group in (
        ("By province", "province"),
        ("By class", "class"),
        ("By problem area", "area"),
    ):
        groups = caller.read(f"/coverage?group_by={group}&{pinned}")["groups"]
        assert told[sheet] == [(g["name"], g["counted"], g["total"], g["share"]) for g in groups]
    assert [row[0] for row in told["Cities counted"]] == ["a", "b"]
    assert told["Cities counted"][0][5] == f"{HOSTILE} (a-001, 1)"
    assert "https://example.vn/canh-bao-ngap" in told["Cities counted"][0][6]
    assert {row[0]: row[1] for row in told["Cities by status"]}["Counted"] == at["counted"]
    assert {"Reviewing", "Submitted after the cut-off"}.isdisjoint(told)
    assert fetched(public, "/en/figures/2024/report.xlsx").content == book.content

    paper = fetched(public, "/en/figures/2024/report.pdf")
    reader = PdfReader(BytesIO(paper.content))
    words = " ".join(" ".join(p.extract_text() for p in reader.pages).split())
    assert f"cities counted / all cities = {at['counted']} / {at['total']} = 40.0%" in words
    assert "Cities missing 0" in words
    assert at["rows_sha256"] in words.replace(" ", "")
    assert root_of(reader)["/MarkInfo"]["/Marked"]
    assert fetched(public, "/en/figures/2024/report.pdf").content == paper.content
    vietnamese = PdfReader(BytesIO(fetched(public, "/vi/figures/2024/report.pdf").content))
    assert root_of(vietnamese)["/Lang"] == "vi"
    assert "Ngập úng" in vietnamese.pages[0].extract_text() + vietnamese.pages[1].extract_text()
    assert public.client.get("/en/figures/2024/report.docx").status_code == HTTPStatus.NOT_FOUND


def test_the_office_reads_the_workbook_as_it_was_meant(
    keeper: Visitor, country: World, clock: Clock, app: FastAPI, tmp_path: Path
) -> None:
    """LibreOffice opens the book, reckons nothing anew and shows the numbers of the API."""
    counted(country, "a", title=HOSTILE, title_en="")
    counted(country, "b")
    published(keeper, clock)
    at = api_client.public(app).read("/figures/2024")
    pinned = f"as_of={at['as_of']}&known_at={at['known_at']}&lang=en"
    found = api_client.public(app).read(f"/coverage?group_by=province&{pinned}")
    book = tmp_path / "book.xlsx"
    book.write_bytes(fetched(visitor(app), "/en/figures/2024/report.xlsx").content)
    # Comma, quote, UTF-8, from the first line, all sheets (-1), cells as they are kept.
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    office = shutil.which("soffice") or shutil.which("libreoffice")
    assert office, "this test needs LibreOffice: script/bootstrap --test installs it"
    subprocess.run(
        [
            office,
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            every_sheet,
            "--outdir",
            str(tmp_path),
            str(book),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )

    def rows(sheet: str) -> list[list[str]]:
        with (tmp_path / f"book-{sheet}.csv").open(encoding="utf-8", newline="") as file:
            return [row for row in csv.reader(file) if any(row)]

    def share(cell: str) -> float:
        assert cell.endswith("%")
        return round(float(cell[:-1]) / 100, 6)

    national = {row[0]: row[1] for row in rows("National figure") if len(row) > 1}
    assert int(national["Cities counted"]) == at["counted"]
    assert int(national["Cities in total"]) == at["total"]
    assert share(national["Share"]) == pytest.approx(at["share"], abs=1e-9)
    assert int(national["Position in the ledger"]) == at["position"]
    assert national["SHA-256 of the list of rows"] == at["rows_sha256"]
    told = [(row[0], int(row[1]), int(row[2]), share(row[3])) for row in rows("By province")[2:]]
    assert told == [(g["name"], g["counted"], g["total"], g["share"]) for g in found["groups"]]
    [case] = [row for row in rows("Cities counted") if row[0] == "a"]
    assert case[5] == f"{HOSTILE} (a-001, 1)"


def test_a_published_report_stays_the_same_to_the_byte(
    keeper: Visitor, country: World, clock: Clock, app: FastAPI
) -> None:
    _, version = counted(country, "a")
    published(keeper, clock)
    public = visitor(app)
    paths = [f"/vi/figures/2024/report.{kind}" for kind in ("xlsx", "pdf")]
    before = [fetched(public, path).content for path in paths]
    clock.set("2025-05-01")
    country.decide(version, Action.REVOKE, reason="chưa từng vận hành")
    counted(country, "c")
    assert [fetched(public, path).content for path in paths] == before


def test_a_report_carries_the_signed_head_that_covers_it(
    keeper: Visitor, country: World, clock: Clock, app: FastAPI, database: Database
) -> None:
    counted(country, "a")
    published(keeper, clock)
    public = visitor(app)

    def head() -> Any:
        told = sheets(fetched(public, "/en/figures/2024/report.xlsx"))
        return dict(told["National figure"])["Signed head of the ledger"]

    assert head() == "None covers this position yet: heads are signed once a day."
    first = sign(country, database)
    assert head() == first.note
    counted(country, "c")
    assert sign(country, database).size > first.size
    assert head() == first.note
    paper = PdfReader(BytesIO(fetched(public, "/vi/figures/2024/report.pdf").content))
    words = "".join("".join(page.extract_text() for page in paper.pages).split())
    assert "".join(first.note.split()) in words


def test_the_ministrys_report_knows_late_entries_reviewers_and_the_period_before(
    keeper: Visitor, country: World, clock: Clock, app: FastAPI
) -> None:
    counted(country, "a")
    earlier = {"code": "2023", "reporting_day": "31/12/2023", "cut_off_day": "31/03/2024"}
    keeper.send(keeper.open("/en/admin/periods/new"), "Announce a period", FORM | earlier)
    keeper.send(keeper.open("/en/admin/periods/new"), "Announce a period", FORM)
    clock.set("2025-04-02")
    signer = country.signer("b")
    late = country.draft(signer, "b", [country.problem(signer, "b")])
    country.submit(signer, late)
    clock.set("2025-04-04")
    country.claim(late)
    country.decide(late, Action.RETURN)
    told = sheets(fetched(keeper, "/en/admin/periods/2024/report.xlsx"))
    decided = keeper.open("/en/review/entries?state=returned")
    assert "Late for Report of 2024" in decided.words
    assert [row[:4] for row in told["Submitted after the cut-off"]] == [("b", "City b", "b-001", 1)]
    ((_, *numbers),) = told["Reviewing"]
    assert numbers == [1, 1, 0, 0, 0, 0, 2, 0, 1, 2]
    assert told["Changes since the period before"] == [("Newly counted", "a", "City a")]
    assert fetched(keeper, "/vi/admin/periods/2024/report.pdf").content.startswith(b"%PDF")

    reviewer = signed_in(app, country, country.reviewer())
    for path in ("", "/new", "/2024", "/2024/report.xlsx"):
        reviewer.open(f"/en/admin/periods{path}", HTTPStatus.FORBIDDEN)


def test_a_report_asks_as_often_for_many_cities_as_for_few(
    country: World, keeper: Visitor, clock: Clock
) -> None:
    counted(country, "a")
    keeper.send(keeper.open("/en/admin/periods/new"), "Announce a period", FORM)

    def queries() -> int:
        asked: list[int] = []

        def heard(*_: object) -> None:
            asked.append(1)

        with country.factory() as session:
            about = period(session, "2024")
            assert about is not None
            at = moment(session, clock(), about.reporting_day)
            engine = session.get_bind()
            event.listen(engine, "before_cursor_execute", heard)
            report(session, about, at)
            reviewing(session, at, None)
            event.remove(engine, "before_cursor_execute", heard)
        return len(asked)

    few = queries()
    for code in ("b", "c", "d"):
        counted(country, code)
    assert queries() == few
