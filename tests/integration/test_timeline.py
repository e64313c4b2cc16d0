"""The map's days in one answer: each of them is the day that is told when it alone is asked for."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from geoalchemy2 import WKTElement
from sqlalchemy.dialects.postgresql import Range

from api.i18n import iso_utc
from registry.actions.declare import declare_year
from registry.db.engine import transaction
from registry.db.tables import Province
from registry.domain.intake import YearDraft
from registry.domain.model import Action, ProblemArea
from tests.factories import Clock, World
from tests.integration.api_client import Caller, public, service
from tests.integration.test_api_reading import queries
from tests.integration.test_pages_public import Reader
from tests.postgres import Database

MERGER = date(2025, 7, 1)
DAYS = [
    date(2023, 12, 31),
    date(2024, 1, 1),
    date(2024, 10, 31),
    date(2024, 11, 1),
    date(2024, 12, 31),
    date(2025, 1, 1),
    date(2025, 3, 1),
    date(2025, 6, 30),
    MERGER,
    date(2025, 12, 31),
    date(2026, 1, 1),
    date(2026, 6, 15),
    date(2030, 1, 1),
    date(2100, 12, 31),
]


def day_of(answer: Any, day: date) -> dict[str, dict[str, Any]]:
    """What the columns say of each city on the roll of a day, read as they are described."""
    place = sum(date.fromisoformat(each) <= day for each in answer["days"]) - 1
    runs, cases, names = answer["runs"], answer["use_cases"], answer["names"]
    told: dict[str, dict[str, Any]] = {}
    for city, start, outcome, status, use_case in zip(*runs.values(), strict=True):
        if start > place:
            continue
        said = {
            "outcome": answer["outcomes"][outcome],
            "status": answer["statuses"][status],
            "use_case": None
            if use_case is None
            else (cases["code"][use_case], cases["title"][use_case]),
        }
        told.setdefault(answer["cities"]["code"][city], {}).update(said)
    for city, start, name, _, province in zip(*names.values(), strict=True):
        if start <= place and (code := answer["cities"]["code"][city]) in told:
            told[code] |= {"name": name, "province": province}
    return {code: said for code, said in told.items() if said["outcome"] != "not_on_roll"}


def day_asked(caller: Caller, day: date, known: str) -> dict[str, dict[str, Any]]:
    features = caller.read(f"/cities?f=geojson&lang=vi&as_of={day}{known}")["features"]
    return {
        told["code"]: {
            "outcome": told["outcome"],
            "status": told["status"],
            "use_case": told["use_case"] and (told["use_case"]["code"], told["use_case"]["title"]),
            "name": told["name"],
            "province": told["province_code"],
        }
        for feature in features
        for told in [feature["properties"]]
    }


def figure_of(answer: Any, day: date) -> tuple[Any, ...]:
    place = sum(date.fromisoformat(each) <= day for each in answer["days"]) - 1
    steps = answer["figures"]
    at = sum(start <= place for start in steps["start"]) - 1
    if at < 0:
        return (None, 0, "no_data")
    roll, aim = answer["rolls"][steps["roll"][at]], answer["targets"][steps["target"][at]]
    ahead = steps["next_target"][at]
    later = None if ahead is None else answer["targets"][ahead]
    return (
        (roll["code"], roll["total"], roll["enumerated"]),
        steps["counted"][at],
        steps["verdict"][at],
        (aim["year"], aim["percent"], steps["missing"][at]),
        later and (later["year"], later["percent"], steps["next_missing"][at]),
    )


def figure_asked(caller: Caller, day: date, known: str) -> tuple[Any, ...]:
    told = caller.read(f"/coverage?as_of={day}{known}")
    if told["roll"] is None:
        return (None, told["counted"], told["verdict"])
    ahead = told["next_target"]
    return (
        (told["roll"]["code"], told["total"], told["roll"]["enumerated"]),
        told["counted"],
        told["verdict"],
        (told["target_year"], round(told["target"] * 100), told["missing"]),
        ahead and (ahead["year"], round(ahead["target"] * 100), ahead["missing"]),
    )


def provinces_of(answer: Any, day: date) -> dict[str, tuple[str, int, int]]:
    """Name, counted, total: the sums that `map-timeline.js` makes."""
    place = sum(date.fromisoformat(each) <= day for each in answer["days"]) - 1
    cities = day_of(answer, day).values()
    return {
        each["code"]: (
            each["name"],
            sum(c["outcome"] == "counted" for c in cities if c["province"] == each["code"]),
            sum(c["province"] == each["code"] for c in cities),
        )
        for each in answer["provinces"]
        if each["start"] <= place and (each["end"] == -1 or each["end"] > place)
    }


def provinces_asked(caller: Caller, day: date, known: str) -> dict[str, tuple[str, int, int]]:
    told = caller.read(f"/provinces?as_of={day}{known}")["items"]
    return {each["code"]: (each["name"], each["counted"], each["total"]) for each in told}


def compare(caller: Caller, known: str = "") -> None:
    answer = caller.read(f"/timeline?{known.removeprefix('&')}")
    for day in DAYS:
        assert day_of(answer, day) == day_asked(caller, day, known), day
        assert figure_of(answer, day) == figure_asked(caller, day, known), day
        assert provinces_of(answer, day) == provinces_asked(caller, day, known), day


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as app:
        yield app


@pytest.fixture
def anyone(app: FastAPI) -> Caller:
    return public(app)


@pytest.fixture
def reader(app: FastAPI) -> Reader:
    return Reader(public(app).client)


def _later_province(world: World, code: str) -> None:
    """A province of the time after the merger, over the area of the first of the tests."""
    with transaction(world.factory) as session:
        ring = "107 15, 109 15, 109 17, 107 17, 107 15"
        session.add(
            Province(
                code=code,
                valid=Range(MERGER, None),
                name_vi=f"Tỉnh mới {code}",
                name_en=f"New province {code}",
                geom=WKTElement(f"MULTIPOLYGON((({ring})))", srid=4326),
            )
        )


@pytest.fixture
def country(world: World, clock: Clock) -> World:
    """Rolls of two times, cities in every state, two of them by decisions with past effect."""
    clock.set("2026-11-01")
    world.targets()
    world.province("48")
    world.province("46", box=(105, 15, 107, 17))
    _later_province(world, "99")
    world.counted_city("01")
    world.counted_city("02", stages=[{"stage": "operational", "since": "2025-03"}])
    ended = [
        {"stage": "operational", "since": "2024-11-01"},
        {"stage": "retired", "since": "2026-01-01"},
    ]
    world.counted_city("03", stages=ended)
    _, _, revoked = world.counted_city("04")
    _, _, suspended = world.counted_city("05")
    world.city("06", province="46")
    signer = world.signer("06")
    world.submit(signer, world.draft(signer, "06", [world.problem(signer, "06")]))
    world.city("07", province="46")
    for year, status in ((2024, "none"), (2025, "in_progress")):
        with world.act(world.signer("07")) as act:
            declare_year(act, "07", YearDraft.read({"year": year, "status": status}))
    world.city("08")
    heir = world.city("P25-1")
    world.roll(["01", "02", "03", "04", "05", "06", "07", "08"], code="DT-2024", official_total=11)
    world.roll(["01", "02", "03", "04", "06", "07", heir], code="DT-2026", valid_from=DAYS[10])
    world.lineage("05", heir, DAYS[10])
    world.carry_over("05-001", [heir], DAYS[10])
    world.decide(revoked, Action.REVOKE, "2025-03-01")
    world.decide(suspended, Action.SUSPEND, "2025-12-31")
    return world


def test_every_day_is_as_if_it_alone_were_asked_for(
    country: World, anyone: Caller, clock: Clock
) -> None:
    clock.now += timedelta(minutes=1)
    known = "&" + urlencode({"known_at": iso_utc(clock.now)})
    clock.now += timedelta(minutes=1)
    then = anyone.read(f"/timeline?{known}")
    signer = country.signer("08")
    country.approved(signer, "08", [country.problem(signer, "08")], title="Tên của ngày sau")
    with country.act(country.signer("07")) as act:
        declare_year(act, "07", YearDraft.read({"year": 2024, "status": "covered"}))
    compare(anyone)
    compare(anyone, known)
    now = anyone.read("/timeline")
    assert day_of(now, DAYS[4])["08"]["outcome"] == "counted"
    assert day_of(then, DAYS[4])["08"]["outcome"] == "no_application"
    # Nothing is published that a list of one day keeps to itself.
    assert "06-001" not in now["use_cases"]["code"]


@pytest.mark.usefixtures("country")
def test_before_anything_was_known_there_is_nothing(anyone: Caller) -> None:
    answer = anyone.read("/timeline?known_at=1990-01-01T00:00:00Z")
    assert (answer["rolls"], answer["cities"]["code"], answer["figures"]["start"]) == ([], [], [])
    assert answer["stops"] == [answer["today"]]


@pytest.mark.usefixtures("country")
def test_a_misspelt_clock_is_refused(anyone: Caller) -> None:
    for query in ("known_at=2024-01-01T00:00:00", "as_of=2024-12-31", "known_at=2999-01-01T00Z"):
        assert anyone.get(f"/timeline?{query}").status_code == 422, query


def test_the_time_line_costs_the_same_whatever_there_is(
    app: FastAPI, country: World, anyone: Caller
) -> None:
    engine = app.state.sessions.kw["bind"]

    def count() -> int:
        with queries(engine) as seen:
            anyone.read("/timeline")
        return len(seen)

    before = count()
    for code in ("02", "07", "08"):
        signer = country.signer(code)
        country.approved(signer, code, [country.problem(signer, code, area="traffic")])
    country.roll(["01"], code="DT-2027", valid_from=date(2027, 1, 1))
    assert count() == before <= 14


def test_what_the_reader_has_is_not_sent_again(country: World, anyone: Caller) -> None:
    tag = anyone.get("/timeline").headers["etag"]
    assert anyone.get("/timeline", if_none_match=tag).status_code == 304
    signer = country.signer("08")
    country.approved(signer, "08", [country.problem(signer, "08")])
    assert anyone.get("/timeline", if_none_match=tag).status_code == 200


# ── Pages ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("country")
def test_two_days_side_by_side(reader: Reader) -> None:
    told = reader.words("/en/map/compare?a=2025-02-01&b=2026-02-01")
    assert "4 of 11 cities (36.3%) are counted" in told
    assert "Roll DT-2024" in told
    assert "Roll DT-2026" in told
    began, _, ceased = told.partition("Cities that began to count (")[2].partition(
        "Cities that ceased to count ("
    )
    assert began.startswith("1)")
    assert "City 02 31 March 2025 Counted because" in began
    assert "Until the day before: Not counted because the approved application was not" in began
    assert ceased.startswith("3)")
    assert "City 03 1 January 2026 Not counted because" in ceased
    assert "City 04 1 March 2025 Not counted because the approval" in ceased
    assert "City 05 31 December 2025 Not counted because the approval" in ceased
    # The order of the two days is not the reader's worry.
    assert reader.words("/en/map/compare?b=2025-02-01&a=2026-02-01") == told
    assert "No city began" in reader.words("/en/map/compare?a=2025-06-01&b=2025-06-01")


@pytest.mark.usefixtures("country")
def test_odd_maps_are_answered_too(reader: Reader) -> None:
    for path, status in (
        ("/map/compare?a=&b=", 200),
        ("/map/compare?a=1999-01-01&b=1999-01-01", 200),
        ("/map/compare?a=2025-02-30", 422),
        ("/map/compare?a=%00", 422),
        ("/map/compare?known_at=1990-01-01T00:00:00Z", 200),
        ("/map/areas?as_of=1999-01-01", 200),
        ("/map/areas?as_of=never", 422),
        ("/map?area=", 200),
        ("/map?area=flooding&as_of=1999-01-01", 200),
        ("/map?area=%3Cscript%3E", 422),
    ):
        reader.page(f"/vi{path}", status)


@pytest.mark.usefixtures("country")
def test_the_map_without_a_script_is_a_table_of_the_day(reader: Reader) -> None:
    told = reader.words("/en/map?as_of=2025-02-01")
    assert "4 of 11 cities (36.3%) are counted" in told
    assert "City 04" in told
    assert "City 04" not in reader.words("/en/map?as_of=2025-03-01")
    assert "City 01" in reader.words("/en/map?as_of=2025-02-01&area=flooding")
    nothing = reader.words("/en/map?as_of=2025-02-01&area=traffic")
    assert "No city counts on this day." in nothing


def test_small_maps_by_area_say_what_the_figure_says(country: World, reader: Reader) -> None:
    signer = country.signer("01")
    country.approved(signer, "01", [country.problem(signer, "01", area="traffic")])
    html = reader.page("/en/map/areas?as_of=2025-02-01")
    told = reader.words("/en/map/areas?as_of=2025-02-01")
    assert html.count('class="map-stamp"') == len(ProblemArea)
    assert told.count("0 of 11 cities (0.0%) are counted") == len(ProblemArea) - 2
    assert "4 of 11 cities (36.3%) are counted" in told
    assert "1 of 11 cities (9.0%) is counted" in told
    assert html.count("<circle") == 5
    assert "Hoang Sa archipelago" in told
    assert "area=traffic" in html
    assert "<script" not in html.partition("<main")[2]
