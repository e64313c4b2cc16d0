"""Where a city lies: the small map on its page, drawn by the server."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import pytest
from fastapi import FastAPI
from sqlalchemy import event, text

from api.archipelagos import archipelagos
from maps import small
from tests.factories import Clock, World
from tests.integration.api_client import public, service
from tests.integration.test_pages_public import Reader, links, main
from tests.postgres import Database

LONLAT = (108.2, 16.05)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as made:
        yield made


@pytest.fixture
def reader(app: FastAPI) -> Reader:
    return Reader(public(app).client)


@pytest.fixture
def country(world: World) -> World:
    world.targets()
    world.province("48")
    return world


def drawn(html: str) -> Element:
    [svg] = main(html).iter(f"{SVG}svg")
    return svg


def by_class(svg: Element) -> dict[str, Element]:
    return {each.get("class", ""): each for each in svg.iter()}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_city_is_seen_in_its_province_and_country(
    country: World, reader: Reader, language: str
) -> None:
    city, _, _ = country.counted_city("46")
    country.roll([city])
    html = reader.page(f"/{language}/cities/46?as_of=2025-01-01")
    svg = drawn(html)
    found = by_class(svg)
    across, down = small.place(*LONLAT)
    for name in ("place-ring", "brand"):
        assert (found[name].get("cx"), found[name].get("cy")) == (str(across), str(down))
    assert found["place-own"].get("d", "").startswith("M")
    [title] = svg.iter(f"{SVG}title")
    told = "".join(title.itertext())
    assert svg.get("aria-labelledby") == title.get("id")
    names = ("Tỉnh 48", "Được tính") if language == "vi" else ("Province 48", "Counted")
    assert all(name in told for name in names)
    shown = " ".join("".join(svg.itertext()).split())
    for each in archipelagos().features:
        label = each.properties.label_vi if language == "vi" else each.properties.label_en
        assert label.partition(" (")[0] in shown
    assert f"/{language}/map?as_of=2025-01-01#city=46" in links(html)
    assert not list(svg.iter(f"{SVG}script"))
    assert not list(svg.iter(f"{SVG}image"))


def test_the_map_costs_one_question(country: World, reader: Reader, app: FastAPI) -> None:
    country.roll([country.city("46")])
    asked: list[str] = []
    engine = app.state.read_sessions.kw["bind"].engine

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    drawn(reader.page("/vi/cities/46"))
    assert sum("ST_Simplify" in statement for statement in asked) == 1


def test_the_mark_is_that_of_the_status(country: World, reader: Reader) -> None:
    country.roll([country.city("46")])
    found = by_class(drawn(reader.page("/vi/cities/46")))
    assert "soft" in found
    assert "brand" not in found


def test_a_city_outside_its_days_is_told_the_province_it_was_in(
    country: World, reader: Reader, database: Database
) -> None:
    """A code of a province can come back with another area."""
    country.city("46")
    country.province("47", box=(105, 20, 106, 21))
    with database.owner.begin() as connection:
        connection.execute(
            text("UPDATE city_period SET valid = '[2000-01-01,2025-07-01)', province_code = '48'")
        )
        connection.execute(
            text("UPDATE province SET valid = '[2000-01-01,2025-07-01)' WHERE code = '48'")
        )
        connection.execute(
            text("UPDATE province SET valid = '[2025-07-01,)', code = '48' WHERE code = '47'")
        )
    before = reader.page("/en/cities/46?as_of=2025-06-30")
    after = reader.page("/en/cities/46?as_of=2026-01-01")
    early = reader.words("/en/cities/46?as_of=1999-12-31")
    assert "no such city yet. It begins on 1 January 2000." in early
    assert "What comes next" not in early
    assert "This city ended on 1 July 2025" in reader.words("/en/cities/46?as_of=2026-01-01")
    assert "place-own" in by_class(drawn(before))
    # The area that has its code now is not where it lies.
    assert "place-own" not in by_class(drawn(after))
    for html in (before, after):
        assert "Province 48" in "".join(drawn(html).itertext())
        assert "Province 47" not in html


def test_a_city_without_a_point_says_so(country: World, reader: Reader, database: Database) -> None:
    country.roll([country.city("46")])
    with database.owner.begin() as connection:
        connection.execute(text("UPDATE city SET point = NULL, point_source = ''"))
    html = reader.page("/en/cities/46")
    assert not list(main(html).iter(f"{SVG}svg"))
    assert "does not know yet where this city lies" in html
