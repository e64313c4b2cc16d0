"""The almanac's auditor: every day of a series is what a plain model says of that day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, text
from sqlalchemy.engine import URL

from registry.db.engine import sessions
from registry.db.tables import City
from registry.domain.errors import RegistryError
from registry.domain.model import Action, Actor, UnitType
from registry.domain.series import Step, days
from registry.queries.coverage import GroupBy, coverage
from registry.queries.moments import Moment, moment
from registry.queries.series import By, Scope, Series, Weight, history, series
from tests.factories import Clock, World
from tests.integration.test_counting_sql import CITIES, Play, perform
from tests.postgres import Database, new_database, opened
from tests.unit import oracle
from tests.unit.histories import WINDOW

START = datetime(2025, 6, 15, 2, 0, tzinfo=UTC)
# A province for each city: so the parts of a series say which cities count.
HOMES = dict(zip(CITIES, ("01", "48", "79"), strict=True))
EVERY_DAY = sorted({*WINDOW, *days(date(2024, 11, 20), date(2025, 2, 10), Step.DAY)})


@pytest.fixture(scope="module")
def stage(server: URL, migrated: str) -> Iterator[tuple[str, dict[str, Actor], Actor]]:
    """A database with three cities and their people, copied for each play."""
    with new_database(server, migrated) as url:
        with opened(url) as database:
            world = World(sessions(database.service), Clock(START))
            world.targets()
            for home in HOMES.values():
                world.province(home)
            signers = {
                city: world.signer(world.city(city, province=home)) for city, home in HOMES.items()
            }
            for old, new in permutations(CITIES, 2):
                world.lineage(old, new, min(WINDOW))
            reviewer = world.reviewer()
        assert url.database is not None
        yield url.database, signers, reviewer


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_replayed_day_by_day_the_series_is_what_the_model_says(
    server: URL, stage: tuple[str, dict[str, Actor], Actor], data: st.DataObject
) -> None:
    template, signers, reviewer = stage
    with new_database(server, template) as url, opened(url) as database:
        clock = Clock(START)
        factory = sessions(database.service)
        with factory() as session:
            ids = {row.code: row.id for row in session.execute(select(City.code, City.id))}
        play = Play(World(factory, clock, [reviewer]), signers, clock, ids)
        play.roll(CITIES, "2024-01-01", 4)
        for city in CITIES[: data.draw(st.integers(1, 2))]:
            play.declare(city, "2024")
        for _ in range(data.draw(st.integers(2, 10))):
            clock.now += timedelta(hours=1)
            try:
                perform(play, data.draw)
            except RegistryError:
                continue
        told = play.histories()
        with factory() as session:
            last = session.execute(text("SELECT position FROM ledger_head")).scalar_one()
            for known in data.draw(st.sets(st.integers(1, last), max_size=3)) | {last}:
                asked = Moment(EVERY_DAY[-1], known, START)
                whole = series(session, asked, EVERY_DAY).lines[0].readings
                parts = series(session, asked, EVERY_DAY, by=By.PROVINCE).lines
                for index, on in enumerate(EVERY_DAY):
                    found = {line.key for line in parts if line.readings[index].counted}
                    roll = play.roll_of(on, known)
                    total, there = roll or (0, [])
                    counted = oracle.counted_cities(told, on, known) & {play.ids[c] for c in there}
                    assert found == {HOMES[c] for c in CITIES if play.ids[c] in counted}, (
                        on,
                        known,
                    )
                    reading = whole[index]
                    if not there:
                        assert (reading.counted, reading.point.share) == (None, None)
                        continue
                    assert (reading.counted, reading.enumerated, reading.total) == (
                        len(counted),
                        len(there),
                        max(total, len(there)),
                    ), (on, known)


# ── Worked cases ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def country(world: World) -> World:
    world.targets()
    world.province("48")
    return world


def told(
    world: World,
    on: date,
    step: Step = Step.QUARTER,
    start: date = date(2023, 12, 31),
    **asked: object,
) -> Series:
    with world.factory() as session:
        when = moment(session, world.clock(), on)
        return series(session, when, days(start, on, step), **asked)  # type: ignore[arg-type]


def counts(found: Series, key: str = "") -> list[tuple[int | None, int]]:
    [line] = [line for line in found.lines if line.key == key]
    return [(reading.counted, reading.total) for reading in line.readings]


def test_each_point_has_the_roll_of_its_day(country: World) -> None:
    country.roll([], code="2020", valid_from=date(2020, 12, 31), official_total=862)
    country.roll([], code="2023", valid_from=date(2023, 12, 31), official_total=902)
    city, _, _ = country.counted_city()
    country.roll([city], code="2024", valid_from=date(2024, 8, 16), official_total=908)
    found = told(country, date(2025, 3, 1))
    # An application that operates since 2024-11-01; 862 and 902 name nobody: no data, never 0.
    assert counts(found) == [(None, 902)] * 3 + [(0, 908), (1, 908), (1, 908)]
    assert [reading.roll and reading.roll.code for reading in found.lines[0].readings] == [
        "2023",
        "2023",
        "2023",
        "2024",
        "2024",
        "2024",
    ]
    assert [(each.since, each.total) for each in found.denominators] == [
        (date(2020, 12, 31), 862),
        (date(2023, 12, 31), 902),
        (date(2024, 8, 16), 908),
    ]


def test_parts_agree_with_the_figure_of_each_day(country: World) -> None:
    country.province("01")
    here, signer, _ = country.counted_city()
    country.approved(signer, here, [country.problem(signer, here, area="health")])
    there = country.city(province="01", unit_type=UnitType.TOWNSHIP)
    country.roll([here, there], code="r1", valid_from=date(2024, 1, 1), official_total=5)
    country.roll([here], code="r2", valid_from=date(2025, 2, 1), official_total=4)
    asked = {
        By.PROVINCE: GroupBy.PROVINCE,
        By.UNIT_TYPE: GroupBy.UNIT_TYPE,
        By.AREA: GroupBy.AREA,
    }
    for by, group_by in asked.items():
        found = told(country, date(2025, 6, 1), Step.MONTH, by=by)
        for index, on in enumerate(reading.on for reading in found.lines[0].readings):
            with country.factory() as session:
                groups = coverage(
                    session, moment(session, country.clock(), on), group_by=group_by
                ).groups
            expected = {g.key: (g.tally.counted, g.tally.total) for g in groups if g.tally.counted}
            assert expected == {
                line.key: (line.readings[index].counted, line.readings[index].total)
                for line in found.lines
                if line.readings[index].counted
            }, (by, on)


def test_techniques_follow_the_version_that_governs_the_day(country: World) -> None:
    city, signer, first = country.counted_city()
    country.roll([city])
    second = country.revise(
        signer, first, techniques=["nlp", "speech"], describes_from="2025-02-01"
    )
    country.submit(signer, second)
    country.claim(second)
    country.decide(second, Action.APPROVE)
    found = told(country, date(2025, 3, 31), Step.MONTH, date(2024, 12, 1), by=By.TECHNIQUE)
    assert counts(found, "forecasting") == [(1, 1), (1, 1), (0, 1), (0, 1)]
    assert counts(found, "nlp") == counts(found, "speech") == [(0, 1), (0, 1), (1, 1), (1, 1)]


def test_a_merged_province_is_the_sum_of_those_before_it_and_says_so(
    country: World, database: Database
) -> None:
    merger = date(2025, 4, 1)
    country.province("49")
    city, _, _ = country.counted_city()
    other = country.city(province="49")
    country.roll([city, other])
    with database.owner.begin() as session:
        session.execute(
            text("""UPDATE province SET valid = daterange('2000-01-01', :on),
                successor_codes = ARRAY['48']"""),
            {"on": merger},
        )
        session.execute(
            text("""INSERT INTO province (code, valid, name_vi, name_en, geom)
                SELECT '48', daterange(:on, NULL), 'Mới', 'New', geom FROM province LIMIT 1"""),
            {"on": merger},
        )
        session.execute(
            text("UPDATE city_period SET valid = daterange('2000-01-01', :on)"), {"on": merger}
        )
        for code in (city, other):
            session.execute(
                text("""INSERT INTO city_period (city_id, valid, name_vi, name_en, unit_type,
                        urban_class, class_basis, province_code, source)
                    SELECT id, daterange(:on, NULL), code, code, 'urban_area', 'I', '', '48', 't'
                    FROM city WHERE code = :code"""),
                {"on": merger, "code": code},
            )
    quarters = {"step": Step.QUARTER, "start": date(2024, 12, 31)}
    chained = told(country, date(2025, 6, 30), by=By.CHAIN, **quarters)  # type: ignore[arg-type]
    assert counts(chained, "48") == [(1, 2), (1, 2), (1, 2)]
    assert [r.summed for r in chained.lines[0].readings] == [True, True, False]
    apart = told(country, date(2025, 6, 30), by=By.PROVINCE, **quarters)  # type: ignore[arg-type]
    assert counts(apart, "48@2025-03-31") == [(1, 1), (1, 1), (None, 0)]
    assert counts(apart, "49@2025-03-31") == [(0, 1), (0, 1), (None, 0)]
    assert counts(apart, "48") == [(None, 0), (None, 0), (1, 2)]


def test_a_former_town_stays_one_of_the_cities_and_towns(
    country: World, database: Database
) -> None:
    city, _, _ = country.counted_city()
    country.roll([city, country.city(unit_type=UnitType.TOWNSHIP)], official_total=9)
    ended = date(2025, 7, 1)
    with database.owner.begin() as session:
        session.execute(
            text("UPDATE city_period SET valid = daterange('2000-01-01', :on)"), {"on": ended}
        )
        session.execute(
            text("""INSERT INTO city_period (city_id, valid, name_vi, name_en, unit_type,
                    urban_class, class_basis, province_code, source)
                SELECT id, daterange(:on, NULL), code, code, 'urban_area', 'I', '', '48', 't'
                FROM city"""),
            {"on": ended},
        )
    beside = told(country, date(2025, 9, 30), by=By.DENOMINATOR)
    assert counts(beside, Scope.TOWNS)[-3:] == [(1, 1), (1, 1), (1, 1)]
    assert counts(beside, Scope.URBAN)[-3:] == [(1, 9), (1, 9), (1, 9)]
    assert counts(beside, Scope.ADMINISTRATIVE)[-1] == (None, 0)


def test_people_are_weighed_only_where_they_are_known(country: World, database: Database) -> None:
    city, _, _ = country.counted_city()
    small, unknown = country.city(), country.city("unknown")
    country.roll([city, small, unknown], official_total=9)
    with database.owner.begin() as session:
        session.execute(
            text("UPDATE city SET population = CASE code WHEN :a THEN 3000 WHEN :b THEN 1000 END"),
            {"a": city, "b": small},
        )
    found = told(country, date(2024, 12, 31), weight=Weight.POPULATION)
    assert counts(found)[-1] == (3000, 4000)
    assert [(each.code, each.counts) for each in found.unweighed] == [("unknown", False)]


def test_a_series_asks_the_same_number_of_questions_however_long(country: World) -> None:
    city, _, _ = country.counted_city()
    country.roll([city])
    with country.factory() as session:
        when = moment(session, country.clock(), date(2025, 6, 1))
        asked: list[str] = []
        event.listen(
            session.get_bind(), "before_cursor_execute", lambda *said: asked.append(said[2])
        )

        def questions(start: date, step: Step, **how: object) -> int:
            asked.clear()
            series(session, when, days(start, when.on, step), **how)  # type: ignore[arg-type]
            return len(asked)

        for how in ({}, {"by": By.CHAIN}, {"weight": Weight.POPULATION}, {"by": By.DENOMINATOR}):
            few = questions(date(2025, 5, 31), Step.DAY, **how)
            assert few == questions(date(2024, 6, 1), Step.DAY, **how) <= 6


def test_history_has_every_day_on_which_anything_moved(country: World) -> None:
    city, _, version = country.counted_city()
    country.roll([city], valid_from=date(2024, 8, 16))
    country.decide(version, Action.REVOKE, "2025-03-05")
    with country.factory() as session:
        when = moment(session, country.clock(), date(2025, 4, 2))
        found = history(session, when, [date(2024, 12, 31), date(2030, 12, 31)])
    assert [(reading.on.isoformat(), reading.counted) for reading in found] == [
        ("2024-08-16", 0),
        ("2024-09-30", 0),
        ("2024-11-01", 1),
        ("2024-12-31", 1),
        ("2025-03-05", 0),
        ("2025-03-31", 0),
        ("2025-04-02", 0),
    ]


def test_before_any_roll_is_known_there_is_no_data(country: World) -> None:
    country.counted_city()
    found = told(country, date(2025, 1, 1))
    assert {reading.counted for reading in found.lines[0].readings} == {None}
    with country.factory() as session:
        when = moment(session, country.clock(), date(2025, 4, 2))
        assert [reading.counted for reading in history(session, when, [])] == [None]
