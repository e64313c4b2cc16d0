"""The desk's spreadsheets as their people and strangers find them; the same by the API."""

from collections.abc import Iterator
from io import BytesIO
from uuid import uuid4

import pytest
from fastapi import FastAPI
from openpyxl import load_workbook

from registry.actions import sheets
from registry.domain.model import Actor, Role
from registry.sheets.layout import SHEET
from registry.sheets.reading import read_bytes
from tests.factories import Clock, World
from tests.integration import api_client
from tests.integration.visitor import Page, Visitor, _page, signed_in, site
from tests.office import cell, filled, row
from tests.postgres import Database


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with site(database.settings, clock) as app:
        yield app


@pytest.fixture
def editor(world: World) -> Actor:
    world.province()
    city = world.city("46")
    world.problem(world.signer(city), city)
    return world.user(Role.CITY_EDITOR, city)


def send(visitor: Visitor, content: bytes, name: str = "khai.xlsx", status: int = 200) -> Page:
    answer = visitor.client.post("/en/desk/46/sheets", files={"sheet": (name, content)})
    return _page(answer, status)


def test_sent_read_mended_and_taken_over(app: FastAPI, world: World, editor: Actor) -> None:
    visitor = signed_in(app, world, editor)
    desk = visitor.open("/en/desk/46")
    assert "/en/desk/46/sheets" in desk.links()
    page = visitor.open("/en/desk/46/sheets")
    template = visitor.client.get("/en/desk/46/sheets/template.xlsx")
    assert template.headers["content-disposition"].startswith("attachment")
    assert load_workbook(BytesIO(template.content)).sheetnames[0] == SHEET
    assert page.links() >= {"/en/desk/46/export.csv", "/en/desk/46/sheets/template.csv"}

    wrong = filled([row("UD-1"), row("UD-2", techniques__1="Thị giác máy")])
    report = send(visitor, wrong)
    assert f"Khai báo!{cell(wrong, 'techniques-1', 4)}" in report.words
    assert "This word is not in the list of choices." in report.words
    assert "Did you mean: Thị giác máy tính" in report.words
    only = visitor.open(f"{report.path}?only=problems")
    assert "Row 4 · UD-2" in only.words
    assert "Row 3 · UD-1" not in only.words

    mend = visitor.client.get(f"{report.path}/to-mend.xlsx").content
    sheet = load_workbook(BytesIO(mend))[SHEET]
    assert sheet["A3"].value == "AI techniques 1: This word is not in the list of choices."
    assert [one.number for one in read_bytes(mend).rows()] == [2, 3]
    told = visitor.client.get(f"{report.path}/report.csv").content.decode("utf-8-sig")
    assert "Thị giác máy,,,This word is not in the list of choices." in told

    done = visitor.send(report, "Take over", {"rows": "accepted"})
    assert "Taken over: open the draft" in done.words
    assert "UD-1" in visitor.client.get("/en/desk/46/export.csv").text
    refused = visitor.post(report.path, {"rows": "accepted"}, 409)
    assert "This is not possible in the state the entry is in now." in refused.words


def test_what_cannot_be_read_is_said_beside_the_field(
    app: FastAPI, world: World, editor: Actor
) -> None:
    visitor = signed_in(app, world, editor)
    page = send(visitor, b"a,b\n1,2\n", "x.csv", 422)
    assert "None of the first rows holds headings" in page.words
    assert "Please fill this in." in send(visitor, b"", "", 422).words


def test_a_large_sheet_shows_how_far_it_is_and_can_be_stopped(
    app: FastAPI, world: World, editor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "AT_ONCE", 0)
    visitor = signed_in(app, world, editor)
    page = send(visitor, filled([row("UD-1")]))
    assert "0 of 1 rows" in page.words
    assert '<meta http-equiv="refresh"' in page.answer.text
    stopped = visitor.send(page, "Stop: take nothing (more) over")
    assert "Cancelled" in stopped.words
    assert "refresh" not in stopped.answer.text
    assert stopped.buttons() == set()


def test_nobody_else_finds_it(app: FastAPI, world: World, editor: Actor) -> None:
    report = send(signed_in(app, world, editor), filled([row("UD-1")]))
    number = report.path.rpartition("/")[2]
    colleague = world.user(Role.CITY_EDITOR, "46")
    stranger = world.signer(world.city("48"))
    for person, status in ((colleague, 404), (stranger, 403)):
        other = signed_in(app, world, person)
        for rest in ("", "/report.csv", "/to-mend.xlsx"):
            other.open(f"{report.path}{rest}", status)
        other.post(report.path, {"rows": "accepted"}, status)
        caller = api_client.signed_in(app, world, person)
        assert caller.get(f"/sheets/{number}").status_code == 404
        assert caller.get(f"/sheets/{number}/rows").status_code == 404
        answer = caller.send("POST", f"/sheets/{number}/confirmation", {"rows": "all"})
        assert answer.status_code == 404
        assert caller.send("POST", f"/sheets/{number}/cancellation").status_code == 404
    outside = signed_in(app, world, stranger)
    for door in ("sheets", "export.xlsx", "export.csv", "sheets/template.xlsx"):
        outside.open(f"/en/desk/46/{door}", 403)
    caller = api_client.signed_in(app, world, stranger)
    assert caller.get("/cities/46/sheets/export.csv").status_code == 403
    assert "UD-1" not in signed_in(app, world, colleague).open("/en/desk/46/sheets").words


def test_the_same_doors_by_api(app: FastAPI, world: World, editor: Actor) -> None:
    caller = api_client.signed_in(app, world, editor)
    assert caller.get("/cities/46/sheets/template.xlsx").status_code == 200
    assert caller.get("/cities/46/sheets/template.pdf").status_code == 404
    handed_in = caller.client.post(
        "/api/v1/cities/46/sheets?name=khai.xlsx",
        content=filled([row("UD-1"), row("UD-2", summary="x" * 3000)]),
        headers={"Authorization": f"Bearer {caller.token}"},
    )
    assert handed_in.status_code == 201, handed_in.text
    sheet = handed_in.json()
    assert (sheet["state"], sheet["counts"]) == ("judged", {"new": 1, "refused": 1})
    address = f"/sheets/{sheet['id']}"
    first = caller.read(f"{address}/rows?limit=1")
    assert [one["own_id"] for one in first["items"]] == ["UD-1"]
    second = caller.read(first["next"])
    assert second["next"] is None
    assert {one["problem"] for one in second["items"][0]["cells"]} == {"", "too_long"}
    refused = caller.send("POST", f"{address}/confirmation", {"rows": "all"})
    assert refused.status_code == 422
    done = caller.send("POST", f"{address}/confirmation", {"rows": "accepted"})
    assert done.json()["state"] == "done"
    assert caller.send("POST", f"{address}/cancellation").status_code == 409
    assert "46-001" in caller.get("/cities/46/sheets/export.csv").text
    assert caller.get(f"/sheets/{uuid4()}").status_code == 404
