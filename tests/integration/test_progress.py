"""The almanac's doors: chart, table, CSV and API say the same, for every pair of clocks."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from http import HTTPStatus
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from fastapi import FastAPI

from api.i18n import iso_utc
from registry.domain.model import Action
from tests.factories import Clock, World
from tests.integration.visitor import Visitor, site, visitor
from tests.postgres import Database

SERIES = "/api/v1/coverage/series"
TRAJECTORY = "/api/v1/coverage/trajectory"
CHANGES = "/api/v1/coverage/changes"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with site(database.settings, clock) as app:
        yield app


@pytest.fixture
def reader(app: FastAPI) -> Visitor:
    return visitor(app)


@pytest.fixture
def country(world: World, clock: Clock) -> World:
    clock.set("2025-01-10")
    world.targets()
    world.province()
    world.roll([], code="2023", valid_from=date(2023, 12, 31), official_total=9)
    world.roll(
        [world.city(code) for code in ("a", "b", "c", "d")],
        code="2024",
        valid_from=date(2024, 8, 16),
        official_total=10,
    )
    return world


def counted(world: World, city: str, since: str = "2024-11-01") -> Any:
    signer = world.signer(city)
    return world.approved(
        signer,
        city,
        [world.problem(signer, city)],
        stages=[{"stage": "operational", "since": since}],
    )


def got(reader: Visitor, path: str, status: int = HTTPStatus.OK) -> Any:
    answer = reader.client.get(path)
    assert answer.status_code == status, answer.text
    return answer.json()


def rows(reader: Visitor, path: str) -> list[dict[str, str]]:
    answer = reader.client.get(path)
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_chart_table_csv_and_api_agree_on_every_point(country: World, reader: Visitor) -> None:
    counted(country, "a")
    counted(country, "b", "2025-01-02")
    asked = "?as_of=2025-01-10&from=2023-12-31&step=month&lang=en"
    [line] = got(reader, SERIES + asked)["lines"]
    api = [(p["on"], p["counted"], p["total"], p["roll"]) for p in line["points"]]
    assert (api[0], api[-3:]) == (
        ("2023-12-31", None, 9, "2023"),
        [
            ("2024-11-30", 1, 10, "2024"),
            ("2024-12-31", 1, 10, "2024"),
            ("2025-01-10", 2, 10, "2024"),
        ],
    )
    table = [
        (r["Day"], int(r["Counted"]) if r["Counted"] else None, int(r["Denominator"]), r["Roll"])
        for r in rows(reader, f"{SERIES}{asked}&f=csv")
    ]
    assert table == api
    page = reader.open("/en/coverage?as_of=2025-01-10&from=2023-12-31&step=month")
    shown = [
        [" ".join("".join(cell.itertext()).split()) for cell in row]
        for row in page.one(".//table[@id='series']").iter("tr")
    ][1:]
    assert [(row[1], row[2], row[5]) for row in shown] == [
        ("–" if n is None else str(n), str(total), roll) for _, n, total, roll in api
    ]
    assert shown[0][3] == "no data"
    drawn = reader.client.get(f"{SERIES}{asked}&f=svg")
    assert drawn.headers["content-type"] == "image/svg+xml"
    text = ET.fromstring(drawn.text).findtext(f"{SVG}desc") or ""  # noqa: S314 - our own drawing
    told = [part.strip(" .") for part in text.partition(": ")[2].split(";")]
    assert [part.partition(": ")[2] for part in told] == [
        "no data" if n is None else f"{n} of {total} ({n / total * 100:.1f}%)"
        for _, n, total, _ in api
    ]
    heights = ET.fromstring(drawn.text).findall(f".//{SVG}g[@id='line-0']/{SVG}path")  # noqa: S314
    assert heights[0].get("d", "").count("L") == sum(n is not None for _, n, *_ in api) - 1
    assert reader.client.get(f"{SERIES}{asked}&f=png").content.startswith(b"\x89PNG")


def test_the_figure_of_2024_as_known_today_and_on_three_earlier_dates(
    country: World, clock: Clock, reader: Visitor
) -> None:
    """Four answers to one question, each right, on every face."""
    day = "as_of=2024-12-31"
    january = counted(country, "a")
    known = [iso_utc(clock.set("2025-01-31"))]
    clock.set("2025-03-01")
    counted(country, "b")
    counted(country, "c")
    known.append(iso_utc(clock.set("2025-03-31")))
    clock.set("2025-05-05")
    country.decide(january, Action.REVOKE)
    known.append(iso_utc(clock.set("2025-05-31")))
    clock.set("2025-06-15")
    counted(country, "d")
    expected = {known[0]: 1, known[1]: 3, known[2]: 2, "": 3}
    for at, n in expected.items():
        clocks = f"?{day}" + (f"&known_at={at}" if at else "")
        figure = got(reader, f"/api/v1/coverage{clocks}")
        assert (figure["counted"], figure["total"]) == (n, 10)
        point = got(reader, f"{SERIES}{clocks}&step=year")["lines"][0]["points"][-1]
        assert (point["on"], point["counted"]) == ("2024-12-31", n)
        assert got(reader, f"{TRAJECTORY}{clocks}")["now"]["counted"] == n
        for path in ("/en/coverage", "/en/"):
            assert f"{n} of 10 cities" in reader.open(f"{path}{clocks}").words
    # What made the difference between two of them, and the event that did it.
    moved = got(reader, f"{CHANGES}?{day}&from={known[1]}&to={known[2]}")
    assert [(c["city"], c["kind"], c["use_case"]) for c in moved["left"]] == [
        ("a", "version.revoke", "a-001")
    ]
    assert (moved["entered"], moved["before"]["counted"], moved["after"]["counted"]) == ([], 3, 2)
    later = got(reader, f"{CHANGES}?{day}&from={known[0]}")
    assert [c["city"] for c in later["entered"]] == ["b", "c", "d"]
    assert [c["city"] for c in later["left"]] == ["a"]
    # Between the first two nothing of a's later revocation is told.
    first = got(reader, f"{CHANGES}?{day}&from={known[0]}&to={known[1]}")
    assert [c["city"] for c in first["entered"]] == ["b", "c"]
    assert {c["recorded_at"][:10] for c in first["entered"]} == {"2025-03-01"}
    told = rows(reader, f"{CHANGES}?{day}&from={known[1]}&to={known[2]}&f=csv&lang=en")
    assert [(r["What happened"], r["Code"]) for r in told] == [("No longer counted", "a")]
    page = reader.open(f"/en/coverage/changes?{day}&from={known[1]}&to={known[2]}")
    assert "an approval was revoked" in page.words
    assert "3 of 10 (30.0%)" in page.words


def test_a_permanent_link_stays_whatever_is_learned(
    country: World, clock: Clock, reader: Visitor
) -> None:
    counted(country, "a")
    page = reader.open("/en/coverage?as_of=2025-01-10&step=month&expected=b")
    link = page.one(".//a[@id='permalink']").get("href", "")
    frozen = reader.open(link)
    before = frozen.one(".//table[@id='series']")
    clock.set("2025-02-01")
    counted(country, "b")
    after = reader.open(link)
    assert list(after.one(".//table[@id='series']").itertext()) == list(before.itertext())
    assert "1 of 10 cities" in after.words
    assert "You are reading what the register knew" in after.words
    assert "2 of 10 cities" in reader.open("/en/coverage?as_of=2025-01-10").words
    chart = next(i.get("src", "") for i in after.main.iter("img"))
    answer = reader.client.get(chart)
    assert "immutable" in answer.headers["cache-control"]
    assert reader.client.get(chart).content == answer.content
    tag = answer.headers["etag"]
    assert reader.client.get(chart, headers={"If-None-Match": tag}).status_code == 304


def test_what_if_tells_a_figure_and_keeps_nothing(country: World, reader: Visitor) -> None:
    counted(country, "a")
    told = got(reader, f"{TRAJECTORY}?expected=a,b%0Ac;nobody")["what_if"]
    assert told["now"]["counted"] == 3
    assert {c["city"]: c["outcome"] for c in told["cities"]} == {
        "a": "counted_already",
        "b": "added",
        "c": "added",
        "nobody": "not_on_roll",
    }
    page = reader.open("/en/coverage?expected=b+nobody%3Cb%3E")
    assert "2 of 10 (20.0%)" in page.words
    assert "nobody<b> : is not on the roll of this day" in page.words
    assert page.one(".//textarea[@name='expected']").text == "b nobody<b>"
    assert got(reader, TRAJECTORY)["now"]["counted"] == 1


def test_verdicts_say_what_they_rest_on(country: World, clock: Clock, reader: Visitor) -> None:
    counted(country, "a")
    clock.set("2025-06-15")
    told = got(reader, f"{TRAJECTORY}?lang=en")
    by_year = {each["target_year"]: each for each in told["verdicts"]}
    missed, ahead = by_year[2024], by_year[2030]
    assert (missed["judged"]["on"], missed["missing"]) == ("2024-12-31", 1)
    assert (missed["verdict"], missed["ground"]) == ("no_data", "short_history")
    assert (ahead["verdict"], ahead["missing"], ahead["quarters_left"]) == ("far_behind", 9, 23)
    assert ahead["needed_per_quarter"] == 0.4
    assert told["forecast"] is None
    assert len(told["method"]) == 5
    lines = rows(reader, f"{TRAJECTORY}?f=csv&lang=en")
    assert [line["Target year"] for line in lines] == ["2024", "2030"]
    words = reader.open("/en/coverage").words
    assert "Far behind" in words
    assert "No forecast: there is not enough history" in words
    assert "Đánh giá" in reader.open("/vi/coverage").words


@pytest.mark.usefixtures("country")
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("step=day&from=2020-01-01", "step"),
        ("from=2025-06-30&as_of=2025-01-01", "from"),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_nothing_typed_is_lost(
    reader: Visitor, query: str, field: str
) -> None:
    problem = got(reader, f"{SERIES}?{query}", HTTPStatus.UNPROCESSABLE_ENTITY)
    assert [error["pointer"] for error in problem["errors"]] == [f"/{field}"]
    page = reader.open(f"/en/coverage?{query}", HTTPStatus.UNPROCESSABLE_ENTITY)
    assert page.error(field)
    [start] = [part.removeprefix("from=") for part in query.split("&") if "from=" in part]
    assert page.one(".//input[@id='from']").get("value") == start


@pytest.mark.usefixtures("country")
@pytest.mark.parametrize(
    "query",
    ["from=2999-01-01T00:00:00Z", "from=x", "from=0001-01-01", "from=2024-01-01&to=1999-01-01"],
)
def test_times_of_knowing_that_make_no_sense_are_told_beside_the_field(
    reader: Visitor, query: str
) -> None:
    page = reader.open(f"/en/coverage/changes?{query}", HTTPStatus.UNPROCESSABLE_ENTITY)
    assert [e.get("id") for e in page.main.iter() if e.get("class") == "field-error"]


def test_an_empty_register_has_no_data_and_no_error(reader: Visitor, world: World) -> None:
    world.targets()
    for path in ("/vi/coverage", "/en/coverage?by=province_chain", "/en/coverage?by=denominator"):
        reader.open(path)
    assert got(reader, SERIES)["lines"][0]["points"][-1]["counted"] is None
    assert {v["verdict"] for v in got(reader, TRAJECTORY)["verdicts"]} == {"no_data"}
    assert reader.client.get(f"{SERIES}?f=svg&by=class").status_code == HTTPStatus.OK


def test_every_part_weight_and_denominator_has_its_page(country: World, reader: Visitor) -> None:
    counted(country, "a")
    for by in ("province", "province_chain", "class", "unit_type", "area", "technique"):
        assert "1/" in reader.open(f"/vi/coverage?by={by}").words, by
        assert reader.client.get(f"{SERIES}?by={by}&f=svg&scale=data").status_code == HTTPStatus.OK
    beside = reader.open("/en/coverage?by=denominator").words
    assert "All urban areas (as in the decision)" in beside
    assert "Cities and towns only, without townships" in beside
    weighed = reader.open("/en/coverage?weight=population&scope=towns").words
    assert "4 cities of the roll have no known population" in weighed
