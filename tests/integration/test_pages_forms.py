"""The desk's long form through its door: saving by itself, files, areas, hand-over, one letter."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import Response
from sqlalchemy import select

from registry.db.tables import EventRow, Message, UseCaseVersion
from registry.domain.model import Actor, ReviewState, Role
from tests.factories import Clock, World
from tests.integration.visitor import Page, Typed, Visitor, _page, signed_in, site
from tests.postgres import Database
from tests.samples import pdf

LETTER: Typed = {"letter_number": "15/UBND-KT", "letter_date": "20/1/2024"}
RING = [[107.5, 16.4], [107.6, 16.4], [107.6, 16.5], [107.5, 16.5], [107.5, 16.4]]
SQUARE = {"type": "Polygon", "coordinates": [RING]}


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with site(database.settings, clock) as app:
        yield app


@pytest.fixture
def city(world: World) -> str:
    world.targets()
    world.province()
    code = world.city("hue")
    world.roll([code])
    return code


@pytest.fixture
def writing(world: World, city: str) -> Actor:
    return world.user(Role.CITY_EDITOR, city)


@pytest.fixture
def editor(app: FastAPI, world: World, writing: Actor) -> Visitor:
    return signed_in(app, world, writing)


@pytest.fixture
def signing(world: World, city: str) -> Actor:
    return world.signer(city)


@pytest.fixture
def signer(app: FastAPI, world: World, signing: Actor) -> Visitor:
    return signed_in(app, world, signing)


@pytest.fixture
def version(world: World, city: str, writing: Actor) -> UUID:
    return world.draft(writing, city, [world.problem(writing, city)])


def at(city: str, version: UUID, rest: str = "") -> str:
    return f"/en/desk/{city}/versions/{version}{rest}"


def stored(world: World, version: UUID) -> UseCaseVersion:
    with world.factory() as session:
        return session.get_one(UseCaseVersion, version)


def fields(page: Page) -> dict[str, Any]:
    """What a browser sends of the edit form as it stands."""
    found: dict[str, Any] = {}
    for control in page.main.iter():
        name, kind = control.get("name"), control.get("type")
        if control.tag == "button":
            continue
        if name and kind not in {"checkbox", "file"}:
            found[name] = page.typed(name)
        elif name and control.get("checked") is not None:
            found.setdefault(name, []).append(control.get("value", ""))
    return found


def by_itself(who: Visitor, path: str, typed: dict[str, Any], **changes: str) -> Response:
    return who.client.post(path, data=typed | {"then": "autosave"} | changes)


def uploaded(
    who: Visitor, path: str, typed: dict[str, Any], files: dict[str, Any], status: int = 200
) -> Page:
    return _page(who.client.post(path, data=typed, files=files), status)


# ── Saving by itself ────────────────────────────────────────────────────────────────────────


def test_a_draft_saves_itself_and_says_how_far_it_has_come(
    editor: Visitor, world: World, city: str, version: UUID
) -> None:
    path = at(city, version, "/edit")
    typed = fields(editor.open(path))
    answer = by_itself(editor, path, typed, summary="Dự báo trước ba giờ.", deployer="")
    assert answer.status_code == HTTPStatus.OK
    told = answer.json()
    assert told["words"] == "Saved at 15 June 2025, 09:00."
    assert told["given"] == "7 of 8 required answers given"
    assert told["progress"]["roles"] == "1 answer missing"
    assert stored(world, version).content["summary"] == "Dự báo trước ba giờ."
    # The same once more changes nothing, not even the revision.
    typed["revision"] = str(told["revision"])
    again = by_itself(editor, path, typed, summary="Dự báo trước ba giờ.", deployer="")
    assert again.json()["revision"] == told["revision"]


def test_a_draft_that_cannot_be_saved_says_why_and_where(
    editor: Visitor, signer: Visitor, world: World, city: str, version: UUID
) -> None:
    path = at(city, version, "/edit")
    typed = fields(editor.open(path))
    wrong = by_itself(editor, path, typed | {"stages-1-since": "", "results-0-value": "1.250"})
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    [error] = wrong.json()["errors"]
    assert error["id"] == "results-0-value"
    assert error["words"].startswith("Results: This must be a number")
    assert by_itself(signer, path, typed, summary="Lời của tôi").status_code == HTTPStatus.OK
    late = by_itself(editor, path, typed, summary="Lời khác")
    assert late.status_code == HTTPStatus.PRECONDITION_FAILED
    editor.client.cookies.clear()
    out = editor.client.post(path, data=typed | {"then": "autosave"}, follow_redirects=False)
    assert out.status_code == HTTPStatus.SEE_OTHER
    assert stored(world, version).content["summary"] == "Lời của tôi"


def test_two_texts_are_compared_whatever_kind_of_answer_differs(
    editor: Visitor, signer: Visitor, world: World, city: str, version: UUID
) -> None:
    path = at(city, version, "/edit")
    mine, theirs = editor.open(path), signer.open(path)
    north = [[lon, lat + 0.2] for lon, lat in RING]
    signer.send(
        theirs,
        "Save the draft",
        {
            "area_geometry": json.dumps(SQUARE),
            "results-0-value": "61",
            "automation": "human_decides",
            "evidence-1-title": "Ảnh chụp",
        },
    )
    typed: Typed = {
        "area_geometry": json.dumps({"type": "Polygon", "coordinates": [north]}),
        "results-0-value": "92.5",
        "data_sources": ["camera", "weather"],
        "area_wards": "Vỹ Dạ",
    }
    page = editor.send(mine, "Save the draft", typed, HTTPStatus.PRECONDITION_FAILED)
    compared, _, _ = page.words.partition("What is marked")
    for text in ("1 area on the map", "61", "92.5", "It assists", "Ảnh chụp", "Camera", "Vỹ Dạ"):
        assert text in compared
    assert json.loads(page.typed("area_geometry"))["coordinates"] == [north]
    assert page.typed("results-0-value") == "92.5"
    editor.send(page, "Save my text over the other")
    content = stored(world, version).content
    assert content["results"][0]["value"] == "92.5"
    assert content["automation"] is None


# ── Areas, numbers, files ───────────────────────────────────────────────────────────────────


def test_an_area_is_pasted_or_taken_from_a_file(
    editor: Visitor, world: World, city: str, version: UUID
) -> None:
    path = at(city, version, "/edit")
    page = editor.open(path)
    pasted: Typed = {"area_geometry": json.dumps(SQUARE), "area_kind": "drawn"}
    page = editor.send(page, "Save and check", pasted)
    assert "1 area on the map, about 118 km²" in page.words
    assert stored(world, version).content["area_geometry"]["type"] == "MultiPolygon"

    page = editor.open(path)
    collection = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "geometry": SQUARE}],
    }
    typed = fields(page) | {"area_geometry": ""}
    shape = ("phường.geojson", json.dumps(collection).encode("utf-8-sig"), "application/json")
    uploaded(editor, path, typed, {"read-area_geometry": shape})
    assert stored(world, version).content["area_geometry"]["type"] == "MultiPolygon"

    typed = fields(editor.open(path)) | {"summary": "Còn đây"}
    for content, words in (
        (b"\xff\xfe", "This is not GeoJSON geometry."),
        (b"[1", "This is not GeoJSON geometry."),
        (b" " * 1_000_001, "The file is too large: at most 1 MB."),
    ):
        files = {"read-area_geometry": ("x.json", content, "application/json")}
        page = uploaded(editor, path, typed, files, HTTPStatus.UNPROCESSABLE_ENTITY)
        assert page.error("area_geometry") == words
        assert page.typed("summary") == "Còn đây"


def test_numbers_and_lists_are_kept_as_people_write_them(
    editor: Visitor, world: World, city: str, version: UUID
) -> None:
    typed: Typed = {
        "results-0-indicator": "Cảnh báo trước",
        "results-0-value": "2,5",
        "results-0-unit": "giờ",
        "area_wards": "Vỹ Dạ\n\n Kim Long \n",
    }
    path = at(city, version, "/edit").replace("/en/", "/vi/")
    page = editor.send(editor.open(path), "Lưu bản nháp", typed)
    content = stored(world, version).content
    assert content["results"][0]["value"] == "2.5"
    assert content["area_wards"] == ["Vỹ Dạ", "Kim Long"]
    assert page.typed("results-0-value") == "2,5"
    page = editor.send(
        page, "Lưu bản nháp", {"area_wards": "x" * 201}, HTTPStatus.UNPROCESSABLE_ENTITY
    )
    assert page.error("area_wards")


def test_the_letter_brings_its_signed_file(
    signer: Visitor, world: World, city: str, version: UUID
) -> None:
    path = at(city, version)
    typed = {"revision": "1", "action": "submit", **LETTER}
    wrong = {"upload-letter_file": ("thư.pdf", b"not a pdf", "application/pdf")}
    page = uploaded(signer, path, typed, wrong, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert page.error("letter_file")
    assert page.typed("letter_number") == LETTER["letter_number"]
    right = {"upload-letter_file": ("thư.pdf", pdf(), "application/pdf")}
    page = uploaded(signer, path, typed | {"letter_date": "x"}, right, 422)
    assert "Now: thư.pdf" in page.words
    page = signer.send(page, "Submit to the ministry", {"letter_date": "20/1/2024"})
    assert "thư.pdf" in page.words
    assert "(signature not checked)" in page.words
    assert stored(world, version).letter_sha256 is not None


def test_products_that_cities_run_are_suggested(
    editor: Visitor, world: World, city: str, writing: Actor, version: UUID
) -> None:
    problem = world.problem(writing, city)
    world.approved(writing, city, [problem], product="Nền tảng A")
    world.draft(writing, city, [problem], product="Chưa công khai")
    page = editor.open(at(city, version, "/edit"))
    offered = page.one(".//*[@name='product']").get("list")
    known = page.one(f".//datalist[@id='{offered}']")
    assert [option.get("value") for option in known] == ["Nền tảng A"]


# ── Reading through, handing over ───────────────────────────────────────────────────────────


def test_what_the_reviewer_may_ask_is_said_and_hinders_nothing(
    editor: Visitor, signer: Visitor, city: str, version: UUID
) -> None:
    asks: Typed = {"personal_data": "none", "solution": "Camera nhận dạng biển số."}
    page = editor.send(editor.open(at(city, version, "/edit")), "Save and check", asks)
    assert "The text speaks of cameras" in page.words
    assert f"{page.path}/edit#personal_data" in page.links()
    assert f"{page.path}/edit#responsible_unit" in page.links()
    assert "The text speaks of cameras" in editor.open(f"{page.path}/edit").words
    signer.send(signer.open(page.path), "Submit to the ministry", LETTER)


def test_a_version_page_says_what_changed(
    editor: Visitor, world: World, city: str, writing: Actor, version: UUID
) -> None:
    world.submit(writing, version)
    world.withdraw(writing, version)
    revised = world.revise(writing, version, summary="Dự báo trước ba giờ.", product="Nền tảng A")
    page = editor.open(at(city, revised))
    _, _, changed = page.words.partition("What changed against version 1")
    table, _, _ = changed.partition("As the reviewer reads it")
    assert "Dự báo điểm ngập trước hai giờ." in table
    assert "Nền tảng A" in table
    assert "Deployer" not in table


def test_a_complete_draft_is_handed_to_the_signers(
    editor: Visitor, signer: Visitor, world: World, city: str, signing: Actor, version: UUID
) -> None:
    page = editor.open(at(city, version))
    page = editor.send(page, "Hand to the signers", {"note": "Nhờ anh ký trước thứ Sáu."})
    assert "The signers of the city were told." in page.words
    assert "Waiting for a signature since 15 June 2025, 09:00." in page.words
    assert "Remind the signers" in page.buttons()
    with world.factory() as session:
        [message] = session.scalars(select(Message)).all()
    assert (message.user_id, message.link) == (signing.user_id, f"/desk/{city}/versions/{version}")
    assert message.facts["note"] == "Nhờ anh ký trước thứ Sáu."
    assert "Waiting for a signature" in signer.open(f"/en/desk/{city}/submit").words


@pytest.mark.usefixtures("signing")
def test_an_incomplete_draft_is_handed_to_nobody(
    editor: Visitor, world: World, city: str, writing: Actor
) -> None:
    version = world.draft(writing, city, [], summary="")
    page = editor.open(at(city, version))
    assert "Hand to the signers" not in page.buttons()
    forced = {"action": "hand_over", "revision": "1"}
    editor.post(at(city, version), forced, HTTPStatus.UNPROCESSABLE_ENTITY)
    with world.factory() as session:
        assert session.scalars(select(Message)).all() == []


# ── Many with one letter ────────────────────────────────────────────────────────────────────


def test_a_signer_submits_many_with_one_letter(
    signer: Visitor, world: World, city: str, writing: Actor, signing: Actor, version: UUID
) -> None:
    problem = world.problem(writing, city)
    other = world.draft(writing, city, [problem], title="Đèn tín hiệu thích ứng", title_en="")
    world.draft(writing, city, [problem], title="Chưa xong", title_en="", summary="")
    world.draft(signing, city, [problem], title="Tôi viết", title_en="")
    page = signer.open(f"/en/desk/{city}/submit")
    ready, _, others = page.words.partition("Not for you to submit now")
    assert "Đèn tín hiệu thích ứng" in ready
    assert "Chưa xong (hue-003) : 7 of 8 required answers given" in others
    assert "Tôi viết (hue-004) : You wrote this text last" in others

    page = signer.send(page, "Submit what is ticked", LETTER, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert "Tick at least one." in page.words
    both: Typed = {"versions": [str(version), str(other)], "letter_number": ""}
    page = signer.send(page, "Submit what is ticked", both, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert page.error("letter_number") == "Please fill this in."
    page = signer.send(page, "Submit what is ticked", LETTER)
    assert "All were submitted." in page.words
    for each in (version, other):
        assert stored(world, each).state == ReviewState.SUBMITTED
        assert stored(world, each).letter_number == LETTER["letter_number"]
    with world.factory() as session:
        submitted = session.scalars(select(EventRow).where(EventRow.kind == "version.submit")).all()
    assert len(submitted) == 2


def test_of_many_all_are_submitted_or_none(
    signer: Visitor, world: World, city: str, writing: Actor, signing: Actor, version: UUID
) -> None:
    problem = world.problem(writing, city)
    withdrawn = world.problem(writing, city, title="Không còn bức thiết")
    second = world.draft(writing, city, [withdrawn], title="Vấn đề đã rút")
    third = world.draft(writing, city, [problem], title="Đã nộp riêng", title_en="")
    fourth = world.draft(writing, city, [problem], title="Đồng nghiệp sửa")
    page = signer.open(f"/en/desk/{city}/submit")
    world.withdraw_problem(signing, withdrawn, "2025-06-01")
    world.submit(signing, third)
    with world.act(writing) as act:
        act.session.get_one(UseCaseVersion, fourth).revision += 1
    ticked = [str(each) for each in (version, second, third, fourth)]
    typed: Typed = {"versions": ticked, **LETTER}
    page = signer.send(page, "Submit what is ticked", typed, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert "Nothing was submitted" in page.words
    assert "The city has withdrawn this problem." in page.words
    assert page.words.count("Somebody else changed or decided this") == 2
    assert "Đã nộp riêng (hue-003) : Submitted" in page.words
    assert stored(world, version).state == ReviewState.DRAFT
    with world.factory() as session:
        submitted = session.scalars(select(EventRow).where(EventRow.kind == "version.submit")).all()
    assert len(submitted) == 1


def test_an_editor_and_another_city_submit_nothing(
    app: FastAPI, editor: Visitor, world: World, city: str, version: UUID
) -> None:
    path = f"/en/desk/{city}/submit"
    typed: Typed = {"versions": str(version), f"revision-{version}": "1", **LETTER}
    page = editor.open(path)
    assert "Submit what is ticked" not in page.buttons()
    page = editor.post(path, typed, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert "Your role does not allow this." in page.words
    there = world.city("vinh", lonlat=(108.3, 16.1))
    stranger = signed_in(app, world, world.signer(there))
    stranger.post(f"/en/desk/{there}/submit", typed, HTTPStatus.UNPROCESSABLE_ENTITY)
    stranger.open(path, HTTPStatus.FORBIDDEN)
    assert stored(world, version).state == ReviewState.DRAFT
