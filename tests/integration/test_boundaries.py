"""The survey office: provinces' boundaries on their way, and what they do and do not change."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from registry.actions import boundaries as acts
from registry.db.engine import transaction
from registry.db.tables import EventRow, ProvinceDraft
from registry.domain.boundary_intake import BoundaryChoicesDraft, BoundaryDraftBody
from registry.domain.errors import InvalidInput, NotFound, Stale, WrongState
from registry.domain.model import Actor, Role
from registry.domain.roll_intake import RollConfirmationsDraft
from registry.queries.boundaries import (
    BoundaryDossier,
    boundary_dossier,
    boundary_draft,
    province_effects,
    successors_of,
)
from registry.queries.cities import cities
from registry.queries.coverage import GroupBy, coverage
from registry.queries.moments import moment
from registry.queries.provinces import provinces, to_edit
from seeds import load
from tests.factories import Clock, World
from tests.integration import api_client
from tests.integration.visitor import Visitor, _page, signed_in, site, visitor
from tests.postgres import Database

DAY = date(2025, 1, 1)
FACTS: dict[str, Any] = {
    "name_vi": "Ranh giới 2025",
    "name_en": "Boundaries of 2025",
    "valid_from": DAY.isoformat(),
    "approximate": False,
    "legal_basis": "202/2025/QH15",
    "source_vi": "Bộ Nông nghiệp và Môi trường",
    "source_en": "Ministry of Agriculture and Environment",
    "source_url": "https://example.vn/ranh-gioi",
}
FORM = FACTS | {"valid_from": "01/01/2025", "approximate": "false"}


def square(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def area(code: str, shape: dict[str, Any], *predecessors: str, name: str = "") -> dict[str, Any]:
    said: dict[str, Any] = {
        "code": code,
        "name_vi": name or f"Tỉnh {code}",
        "name_en": f"Province {code}",
    }
    said |= {"predecessors": list(predecessors)} if predecessors else {}
    return {"type": "Feature", "properties": said, "geometry": shape}


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


WEST, EAST, SOUTH = square(105, 15, 106, 16), square(106, 15, 107, 16), square(105, 14, 107, 15)


@pytest.fixture
def country(world: World, clock: Clock) -> World:
    """Two provinces side by side and one below them, a counted city in each of the two."""
    clock.set("2025-06-15")
    world.targets()
    for code, box in (
        ("W", (105, 15, 106, 16)),
        ("E", (106, 15, 107, 16)),
        ("S", (105, 14, 107, 15)),
    ):
        world.province(code, box=box)
    world.city("west", province="W", lonlat=(105.4, 15.5))
    world.city("brink", province="W", lonlat=(105.95, 15.5))
    world.city("east", province="E", lonlat=(106.5, 15.5))
    world.city("south", province="S", lonlat=(106, 14.5))
    for city in ("west", "east"):
        signer = world.signer(city)
        world.approved(signer, city, [world.problem(signer, city)])
    world.roll(["west", "brink", "east", "south"])
    return world


@pytest.fixture
def keeper(country: World) -> Actor:
    return country.user(Role.ADMINISTRATOR)


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with site(database.settings, clock) as app:
        yield app


def start(world: World, by: Actor, *features: dict[str, Any], **facts: Any) -> UUID:
    body = BoundaryDraftBody.read({"boundaries": FACTS | facts, "areas": collection(*features)})
    with world.act(by) as act:
        return acts.start_boundaries(act, body, "ranh-gioi.geojson").id


def held(world: World, draft_id: UUID) -> BoundaryDossier:
    with world.factory() as session:
        draft = boundary_draft(session, draft_id)
        assert draft is not None
        return boundary_dossier(session, draft)


def told(found: BoundaryDossier) -> list[tuple[str, str]]:
    return [(change.kind.value, change.code) for change in found.plan.changes]


def confirm(world: World, by: Actor, draft_id: UUID) -> None:
    found = held(world, draft_id)
    words = [{"key": c.key, "stamp": c.stamp, "decree": "7/NQ"} for c in found.plan.changes]
    with world.act(by) as act:
        draft = RollConfirmationsDraft.read({"changes": words})
        acts.confirm_boundaries(act, draft_id, draft, found.draft.revision)


def force(world: World, by: Actor, draft_id: UUID) -> int:
    with world.act(by) as act:
        revision = act.session.get_one(ProvinceDraft, draft_id).revision
        return acts.put_boundaries_in_force(act, draft_id, revision)


def seen(world: World, position: int | None = None, *days: date) -> dict[Any, Any]:
    """All that a reader is told of provinces on some days, as known at a position."""
    found: dict[Any, Any] = {}
    with world.factory() as session:
        for day in days or (date(2024, 12, 31), DAY, date(2025, 6, 15)):
            at = moment(session, world.clock(), day)
            at = at if position is None else replace(at, position=position)
            found[day, "parts"] = coverage(session, at, group_by=GroupBy.PROVINCE).groups
            found[day, "outlines"] = provinces(session, at)
            found[day, "cities"] = cities(session, at)
    return found


def head(world: World) -> int:
    with world.factory() as session:
        return int(session.scalar(text("SELECT position FROM ledger_head")) or 0)


def refused(
    world: World, by: Actor, *features: dict[str, Any], **facts: Any
) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as error:
        start(world, by, *features, **facts)
    return [(p.pointer, p.code) for p in error.value.problems]


def by_province(world: World, day: date) -> dict[str, tuple[int, int]]:
    groups = seen(world, None, day)[day, "parts"]
    return {group.key: (group.tally.counted, group.tally.total) for group in groups}


# ── Merged, renamed, reshaped: dry run, confirmation, force ─────────────────────────────────


def test_two_provinces_merge_and_the_past_stays(
    country: World, keeper: Actor, app: FastAPI
) -> None:
    both = square(105, 15, 107, 16)
    was, before = seen(country), head(country)
    draft_id = start(country, keeper, area("N", both, "W", "E"), area("S", SOUTH, name="Tỉnh Nam"))
    found = held(country, draft_id)
    assert told(found) == [("merged", "E"), ("merged", "W"), ("created", "N"), ("renamed", "S")]
    assert found.plan.moves == {"west": "N", "brink": "N", "east": "N"}
    with country.factory() as session:
        effects = province_effects(session, found, country.clock())
    numbers = {
        (e.on, e.code): tuple(t and (t.counted, t.total) for t in (e.before, e.after))
        for e in effects
    }
    assert numbers[DAY, "N"] == (None, (2, 3))
    assert numbers[DAY, "W"] == ((1, 2), None)
    assert {on for on, _ in numbers} == {DAY, date(2025, 6, 15)}
    assert seen(country) == was
    with pytest.raises(InvalidInput):
        force(country, keeper, draft_id)

    confirm(country, keeper, draft_id)
    position = force(country, keeper, draft_id)
    assert position == before + 1
    assert by_province(country, DAY) == {"N": (2, 3), "S": (0, 1)}
    assert by_province(country, date(2024, 12, 31)) == {"E": (1, 1), "S": (0, 1), "W": (1, 2)}
    assert seen(country, before) == was
    with country.factory() as session:
        assert successors_of(session, "W", DAY) == [("N", "Tỉnh N", "Province N")]
        assert successors_of(session, "W", date(2024, 12, 31)) == []
        [event] = session.scalars(select(EventRow).where(EventRow.kind == "boundaries.in_force"))
    assert event.payload["successors"] == {"E": ["N"], "W": ["N"]}
    assert event.payload["legal_basis"] == FACTS["legal_basis"]
    outlines = seen(country)[DAY, "outlines"]
    assert {row.code: row.approximate for row in outlines} == {"N": False, "S": False}
    with pytest.raises(WrongState):
        force(country, keeper, draft_id)

    # The old address leads on, on days on which the province is no more.
    page = visitor(app).open("/en/cities?province=W")
    assert "On this day there is no such province. It goes on in: Province N" in page.words
    assert "/en/cities?province=N" in page.links()
    told_of = api_client.public(app).read("/cities?province=W")
    assert (told_of["total"], told_of["province_successors"]) == (0, ["N"])
    told_of = api_client.public(app).read("/cities?province=W&as_of=2024-12-31")
    assert (told_of["total"], told_of["province_successors"]) == (2, [])


def test_a_moved_boundary_takes_its_cities_along_when_confirmed(
    country: World, keeper: Actor
) -> None:
    narrow, wide = square(105, 15, 105.9, 16), square(105.9, 15, 107, 16)
    draft_id = start(country, keeper, area("W", narrow), area("E", wide), area("S", SOUTH))
    found = held(country, draft_id)
    assert told(found) == [("reshaped", "E"), ("reshaped", "W"), ("moved", "brink")]
    west = found.plan.changes[1]
    assert west.lost == pytest.approx(1188, rel=0.01)
    assert west.gained == pytest.approx(0, abs=1e-6)
    assert west.percent == pytest.approx(-10, abs=0.01)
    confirm(country, keeper, draft_id)

    # Somebody knows better: the city stays. What was said of the other changes still holds.
    with country.act(keeper) as act:
        word = {"cities": [{"city_code": "brink", "province_code": "W"}]}
        acts.choose_provinces(act, draft_id, BoundaryChoicesDraft.read(word), 2)
    found = held(country, draft_id)
    assert told(found) == [("reshaped", "E"), ("reshaped", "W")]
    assert [(s.code, s.province, s.found_in) for s in found.plan.strays] == [("brink", "W", "E")]
    assert found.unconfirmed == []
    with country.act(keeper) as act:
        word = {"cities": [{"city_code": "brink", "province_code": "E"}]}
        acts.choose_provinces(act, draft_id, BoundaryChoicesDraft.read(word), 3)
    force(country, keeper, draft_id)
    assert by_province(country, DAY) == {"E": (1, 2), "S": (0, 1), "W": (1, 1)}
    assert by_province(country, date(2024, 12, 31)) == {"E": (1, 1), "S": (0, 1), "W": (1, 2)}


def test_a_split_province_leaves_no_city_behind(
    country: World, keeper: Actor, database: Database
) -> None:
    with database.owner.begin() as session:
        session.execute(text("UPDATE city SET point = NULL WHERE code = 'brink'"))
    left, right = square(105, 15, 105.5, 16), square(105.5, 15, 106, 16)
    features = (area("W1", left, "W"), area("W2", right, "W"), area("E", EAST), area("S", SOUTH))
    draft_id = start(country, keeper, *features)
    found = held(country, draft_id)
    assert told(found) == [("split", "W"), ("created", "W1"), ("created", "W2"), ("moved", "west")]
    assert [place.code for place in found.plan.open_cities] == ["brink"]
    confirm(country, keeper, draft_id)
    with pytest.raises(InvalidInput) as error:
        force(country, keeper, draft_id)
    assert [p.code for p in error.value.problems] == ["province_to_be_chosen"]
    with country.act(keeper) as act:
        word = {"cities": [{"city_code": "brink", "province_code": "W2"}]}
        acts.choose_provinces(act, draft_id, BoundaryChoicesDraft.read(word), 2)
    confirm(country, keeper, draft_id)
    force(country, keeper, draft_id)
    assert by_province(country, DAY) == {"E": (1, 1), "S": (0, 1), "W1": (1, 1), "W2": (0, 1)}
    with country.factory() as session:
        assert [code for code, _, _ in successors_of(session, "W", DAY)] == ["W1", "W2"]


def test_an_area_without_a_code_is_known_by_its_name_or_waits(
    country: World, keeper: Actor
) -> None:
    unnamed = area("", EAST, name="Tỉnh E")
    unnamed["properties"]["name_en"] = None
    strange = area("", WEST, name="Không rõ")
    draft_id = start(country, keeper, unnamed, strange, area("S", SOUTH))
    found = held(country, draft_id)
    assert list(found.plan.areas) == ["S", "E"]
    assert [outline.number for outline in found.plan.open_areas] == [2]
    with country.act(keeper) as act:
        word = {"areas": [{"area": 2, "code": "W"}]}
        acts.choose_provinces(act, draft_id, BoundaryChoicesDraft.read(word), 1)
    assert told(held(country, draft_id)) == [("renamed", "E"), ("renamed", "W")]
    with pytest.raises(Stale), country.act(keeper) as act:
        acts.choose_provinces(act, draft_id, BoundaryChoicesDraft.read(word), 1)


def test_what_cannot_be_provinces_is_refused_by_place(country: World, keeper: Actor) -> None:
    fine = area("S", SOUTH)
    bow_tie = {
        "type": "Polygon",
        "coordinates": [[[105, 15], [106, 16], [106, 15], [105, 16], [105, 15]]],
    }
    assert refused(country, keeper, area("W", square(105, 14.5, 106, 16)), fine) == [
        ("/features/1/geometry", "areas_overlap")
    ]
    assert refused(country, keeper, area("W", bow_tie), fine) == [
        ("/features/0/geometry", "geometry_invalid")
    ]
    metres = square(500_000, 1_700_000, 600_000, 1_800_000)
    assert refused(country, keeper, area("W", metres), fine, area("S", WEST)) == [
        ("/features/0/geometry", "geometry_outside"),
        ("/features/1/properties/code", "repeated_province"),
        ("/features/2/properties/code", "repeated_province"),
    ]
    assert refused(country, keeper, area("N", WEST, "nowhere"), fine) == [
        ("/features/0/properties/predecessors", "not_a_province_before")
    ]
    assert refused(country, keeper) == [("/features", "list_empty")]
    assert refused(country, keeper, area("W", WEST), valid_from="1999-01-01") == [
        ("/boundaries/valid_from", "later_boundaries")
    ]


def test_ground_in_no_province_is_named(country: World, keeper: Actor) -> None:
    draft_id = start(country, keeper, area("W", square(105, 15, 105.9, 16)), area("E", EAST))
    gaps = held(country, draft_id).draft.gaps
    assert len(gaps) == 1
    [(size, lon, lat)] = gaps
    assert size > 20_000
    assert 105 < lon < 107
    assert 14 < lat < 16


def test_boundaries_of_the_same_day_are_corrected_and_the_old_ones_kept(
    country: World, keeper: Actor
) -> None:
    """As rows are that begin on this very day: changed in place, and known before as they were."""
    day = date(2000, 1, 1)
    was, before = seen(country, None, day), head(country)
    features = (area("N", square(105, 15, 107, 16), "W", "E"), area("S", SOUTH))
    draft_id = start(country, keeper, *features, valid_from=day.isoformat())
    confirm(country, keeper, draft_id)
    force(country, keeper, draft_id)
    assert by_province(country, DAY) == {"N": (2, 3), "S": (0, 1)}
    assert seen(country, before, day) == was
    with country.factory() as session:
        assert set(session.scalars(text("SELECT code FROM province_past"))) == {"W", "E", "S"}
    for statement in ("UPDATE province_past SET name_vi = 'x'", "DELETE FROM province_past"):
        with pytest.raises(DBAPIError), transaction(country.factory) as session:
            session.execute(text(statement))


def test_the_real_provinces_come_back_as_they_are(world: World, clock: Clock) -> None:
    load.load_facts(world.factory, clock, load.untracked)
    keeper = world.user(Role.ADMINISTRATOR)
    day = date(2025, 7, 1)
    with world.factory() as session:
        features = to_edit(session, day)
    changed = copy.deepcopy(features)
    draft_id = start(world, keeper, *changed["features"], valid_from=day.isoformat())
    found = held(world, draft_id)
    assert len(found.plan.unchanged) == 34
    assert found.plan.changes == ()
    assert found.plan.open_cities == ()
    assert [p.code for p in found.hindrances] == ["boundaries_unchanged"]


# ── Pages and API ───────────────────────────────────────────────────────────────────────────


def upload(by: Visitor, content: object, status: int = 200) -> Any:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    page = by.open("/en/admin/boundaries/new")
    assert page.buttons() == {"Take the file in and see what changes"}
    files = {"file": ("ranh-gioi.geojson", raw)}
    return _page(by.client.post("/en/admin/boundaries/new", data=FORM, files=files), status)


def test_boundaries_are_looked_through_page_by_page(
    country: World, keeper: Actor, app: FastAPI
) -> None:
    by = signed_in(app, country, keeper)
    narrow, wide = square(105, 15, 105.9, 16), square(105.9, 15, 107, 16)
    hostile = area("S", SOUTH, name='Tỉnh <b>"x"</b> {{ 7*7 }}')
    page = upload(by, collection(area("W", narrow), area("E", wide), hostile))
    assert "The file was taken in." in page.words
    draft = page.path
    assert page.main.findall(".//{http://www.w3.org/2000/svg}path")
    assert "Hoàng Sa" in by.open(draft.replace("/en/", "/vi/")).words
    assert "4 changes are not confirmed yet." in page.words
    page = by.open(f"{draft}/reshaped")
    assert "-10.00% of its size" in page.words
    page = by.send(page, "Confirm those ticked", {"decree": ""}, status=422)
    assert page.error("decree")
    for kind in ("reshaped", "renamed", "moved"):
        page = by.send(by.open(f"{draft}/{kind}"), "Confirm those ticked", {"decree": "7/NQ"})
        assert "The changes were confirmed." in page.words
    page = by.send(by.open(draft), "Put in force from 1 January 2025")
    assert "The boundaries were put in force." in page.words
    assert page.buttons() == set()
    answer = api_client.public(app).read("/provinces?as_of=2025-01-01&lang=vi")
    assert {row["code"]: row["total"] for row in answer["items"]} == {"W": 1, "E": 2, "S": 1}
    assert [row["name"] for row in answer["items"] if row["code"] == "S"] == [
        hostile["properties"]["name_vi"]
    ]
    labels = api_client.public(app).read("/archipelagos")["features"]
    assert len(labels) == 2
    again = by.client.get("/en/admin/boundaries/now.geojson")
    assert "1 January 2025" in by.open("/en/admin/boundaries").words
    page = upload(by, again.content)
    assert "3 provinces stay as they are." in page.words
    page = by.send(page, "Put aside for good")
    assert "The file was put aside." in page.words

    reviewer = signed_in(app, country, country.reviewer())
    for path in ("/en/admin/boundaries", "/en/admin/boundaries/new", draft, f"{draft}/moved"):
        reviewer.open(path, HTTPStatus.FORBIDDEN)
    visitor(app).client.get("/en/map").raise_for_status()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"SQLite format 3\x00" + b"x" * 90, "GeoPackages are not read here."),
        (b"PK\x03\x04" + b"x" * 90, "Archives are not read here."),
        (b"<kml/>", "This is not a GeoJSON FeatureCollection"),
        (b"[" * 200_000, "This is not a GeoJSON FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "not a GeoJSON"),
        (b'{"type": "FeatureCollection", "features": [7]}', "not a GeoJSON"),
        (b"\xff\xfe{}", "not a GeoJSON"),
        (
            b'{"type": "FeatureCollection", "features": [], "crs": {"type": "name",'
            b' "properties": {"name": "urn:ogc:def:crs:EPSG::3405"}}}',
            "The coordinates are of another system.",
        ),
        (
            json.dumps(collection(area("W", {"type": "Polygon", "coordinates": [["x"]]}))).encode(),
            "features/0/geometry",
        ),
    ],
)
def test_a_hostile_or_foreign_file_is_refused_by_name(
    country: World, keeper: Actor, app: FastAPI, content: bytes, words: str
) -> None:
    page = upload(signed_in(app, country, keeper), content, status=422)
    assert words in page.words
    assert page.typed("legal_basis") == FACTS["legal_basis"]


def test_boundaries_by_programs(country: World, keeper: Actor, app: FastAPI) -> None:
    caller = api_client.signed_in(app, country, keeper)
    both = collection(area("N", square(105, 15, 107, 16), "W", "E"), area("S", SOUTH))
    body = {"boundaries": FACTS, "areas": both}
    answer = caller.created("/boundary-drafts", body)
    address, tag = answer.headers["location"], answer.headers["etag"]
    found = answer.json()
    assert [(c["kind"], c["code"]) for c in found["changes"]] == [
        ("merged", "E"),
        ("merged", "W"),
        ("created", "N"),
    ]
    assert caller.change(f"{address}/in-force", tag=tag).status_code == 422
    words = [{"key": c["key"], "stamp": c["stamp"], "decree": "7/NQ"} for c in found["changes"]]
    answer = caller.moved(f"{address}/confirmations", {"changes": words}, tag=tag)
    assert caller.change(f"{address}/discarding", tag=tag).status_code == 412
    assert answer.json()["hindrances"] == []
    answer = caller.moved(f"{address}/in-force", tag=answer.headers["etag"])
    assert answer.json()["state"] == "in_force"
    assert caller.read("/boundary-drafts")["items"][0]["state"] == "in_force"
    figure = api_client.public(app).read("/coverage?as_of=2025-01-01&group_by=province")
    assert [(g["key"], g["counted"]) for g in figure["groups"]] == [("N", 2), ("S", 0)]
    reviewer = api_client.signed_in(app, country, country.reviewer())
    assert reviewer.get(address).status_code == HTTPStatus.FORBIDDEN
    assert reviewer.create("/boundary-drafts", body).status_code == HTTPStatus.FORBIDDEN
    wrong = {"boundaries": FACTS | {"valid_from": "2025"}, "areas": {}}
    answer = caller.create("/boundary-drafts", wrong)
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/boundaries/valid_from"]
    with pytest.raises(NotFound), country.act(keeper) as act:
        acts.discard_boundaries(act, UUID(int=1), 1)
