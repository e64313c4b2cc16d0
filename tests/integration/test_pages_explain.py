"""The pages that explain, and their twins for programs: products, providers, problem areas,
provinces, rolls."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from registry.db.engine import transaction
from registry.domain.model import Action
from tests.factories import Clock, World
from tests.integration.api_client import Caller, public, service
from tests.integration.test_pages_public import Reader, known_now, links
from tests.postgres import Database

FLOOD = {"product": "VNPT Smart-Flood", "provider": "Tập đoàn VNPT"}


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as made:
        yield made


@pytest.fixture
def reader(app: FastAPI) -> Reader:
    return Reader(public(app).client)


@pytest.fixture
def everybody(app: FastAPI) -> Caller:
    return public(app)


@pytest.fixture
def country(world: World) -> World:
    world.targets()
    world.province("48")
    return world


def three_cities(country: World) -> list[str]:
    """Two run one product under two spellings, one of them as a pilot; a third runs nothing yet."""
    pilot = [{"stage": "pilot", "since": "2024-11-01"}]
    first, _, _ = country.counted_city("46", **FLOOD)
    other = {"product": "vnpt smart flood", "provider": "VNPT"}
    second, _, _ = country.counted_city("47", stages=pilot, **other)
    third = country.city("48")
    country.problem(country.signer(third), third, title="Ngập ở chợ")
    country.roll([first, second, third])
    return [first, second, third]


def test_a_product_tells_who_runs_it_whatever_its_spelling(
    country: World, reader: Reader, everybody: Caller
) -> None:
    three_cities(country)
    told = reader.words("/en/products/vnpt-smart-flood")
    assert "1 city runs it" in told
    assert "2 cities have an approved entry that names it" in told
    assert "1 counts because of such an entry" in told
    assert "Also written" in told
    assert "vnpt smart flood" in told
    assert "Pilot: 1" in told
    found = everybody.read("/products/vnpt-smart-flood?lang=en")
    assert (found["cities"], found["operating"], found["counting"]) == (2, 1, 1)
    assert found["stages"] == [
        {"stage": "pilot", "cities": 1},
        {"stage": "operational", "cities": 1},
    ]
    assert found["areas"] == [{"area": "flooding", "cities": 2}]
    assert {case["city_code"] for case in found["use_cases"]} == {"46", "47"}
    assert [each["key"] for each in found["providers"]] == ["tap-doan-vnpt", "vnpt"]
    assert "/en/providers/tap-doan-vnpt" in links(reader.page("/en/products/vnpt-smart-flood"))
    [line] = everybody.read("/products?q=smart")["items"]
    assert (line["key"], line["cities"], line["operating"]) == ("vnpt-smart-flood", 2, 1)
    assert everybody.read("/products?q=nobody")["items"] == []
    assert "1 product" in reader.words("/en/products")
    assert "No name fits" in reader.words("/en/products?q=nobody")


def test_a_provider_tells_its_products(country: World, reader: Reader, everybody: Caller) -> None:
    three_cities(country)
    found = everybody.read("/providers/tap-doan-vnpt")
    assert found["name"] == "Tập đoàn VNPT"
    assert [each["key"] for each in found["products"]] == ["vnpt-smart-flood"]
    told = reader.words("/vi/providers/tap-doan-vnpt")
    assert "đang vận hành ở 1 đô thị" in told
    assert "/vi/products/vnpt-smart-flood" in links(reader.page("/vi/providers/tap-doan-vnpt"))
    assert len(everybody.read("/providers")["items"]) == 2


def test_another_spelling_of_a_name_leads_to_the_page(country: World, everybody: Caller) -> None:
    three_cities(country)
    for written in ("VNPT%20Smart-Flood", "vnpt_smart_flood", "Vnpt-Smart--Flood"):
        answer = everybody.client.get(f"/vi/products/{written}?as_of=2025-01-01")
        assert answer.status_code == 308
        where, _, query = answer.headers["location"].partition("?")
        assert where == "/vi/products/vnpt-smart-flood"
        assert "as_of=2025-01-01" in query
        arrived = everybody.client.get(answer.headers["location"])
        assert "Bạn đến từ một địa chỉ cũ" in arrived.text
        program = everybody.get(f"/products/{written}")
        assert program.status_code == 308
        assert program.json()["code"] == "moved"
        assert program.headers["location"] == "/api/v1/products/vnpt-smart-flood"


def test_a_name_given_up_says_what_its_entries_name_now(
    country: World, reader: Reader, everybody: Caller
) -> None:
    city, signer, version = country.counted_city("46", **FLOOD)
    country.roll([city])
    new = country.revise(signer, version, product="AquaSense")
    country.submit(signer, new)
    country.claim(new)
    country.decide(new, Action.APPROVE)
    told = reader.words("/en/products/vnpt-smart-flood")
    assert "No entry names it any more" in told
    assert "/en/products/aquasense" in links(reader.page("/en/products/vnpt-smart-flood"))
    found = everybody.read("/products/vnpt-smart-flood")
    assert (found["cities"], found["use_cases"]) == (0, [])
    assert [case["use_case"] for case in found["renamed"]] == ["46-001"]


def test_a_product_is_what_was_known_then(country: World, everybody: Caller, clock: Clock) -> None:
    city, _, version = country.counted_city("46", **FLOOD)
    country.roll([city])
    then = known_now(clock)
    country.decide(version, Action.REVOKE)
    now = everybody.read("/products/vnpt-smart-flood")
    assert (now["cities"], len(now["use_cases"]), len(now["ended"])) == (0, 0, 1)
    known = everybody.read(f"/products/vnpt-smart-flood?{then}")
    assert (known["cities"], known["operating"], known["counting"]) == (1, 1, 1)
    early = everybody.read("/products/vnpt-smart-flood?as_of=2024-10-01")
    assert (early["operating"], early["counting"]) == (0, 0)


def test_a_product_never_approved_is_nowhere(country: World, everybody: Caller) -> None:
    city = country.city("46")
    signer = country.signer(city)
    draft = country.draft(signer, city, [country.problem(signer, city)], **FLOOD)
    country.submit(signer, draft)
    assert everybody.get("/products/vnpt-smart-flood").status_code == 404
    assert everybody.get("/providers/tap-doan-vnpt").status_code == 404
    assert everybody.get("/products/%20").status_code == 404
    assert everybody.read("/products")["items"] == everybody.read("/providers")["items"] == []
    client = everybody.client
    assert client.get("/vi/products/VNPT%20Smart-Flood").status_code == 404
    assert client.get("/vi/products/a%00b").status_code == 404


def test_a_withheld_provider_is_named_nowhere(country: World, everybody: Caller) -> None:
    secret = "Công ty Kín 3f9a"
    withheld = [{"field": "provider", "legal_ground": "Điều 7", "until": "2026-01-01"}]
    city, _, _ = country.counted_city("46", product="Flood", provider=secret, withheld=withheld)
    country.roll([city])
    assert everybody.get("/providers/cong-ty-kin-3f9a").status_code == 404
    assert everybody.client.get("/vi/providers/C%C3%B4ng%20ty%20K%C3%ADn%203f9a").status_code == 404
    for path in ("/providers", "/products", "/products/flood", "/problem-areas/flooding"):
        for shown in (f"/api/v1{path}", f"/vi{path}"):
            answer = everybody.client.get(shown)
            assert answer.status_code == 200
            assert secret not in answer.text, shown
            assert "3f9a" not in answer.text, shown


def test_who_else_solved_flooding(country: World, reader: Reader, everybody: Caller) -> None:
    three_cities(country)
    home = links(reader.page("/vi/"))
    assert "/vi/problem-areas/flooding" in home
    assert "/vi/problem-areas/flooding" in links(reader.page("/vi/search?q=ngap"))
    told = reader.words("/en/problem-areas/flooding")
    assert "1 city counts because it solved a problem of this area" in told
    assert "3 cities of the roll have declared one as pressing" in told
    assert "Who has not yet (2)" in told
    found = everybody.read("/problem-areas/flooding")
    answers = {city["code"]: city["answer"] for city in found["cities"]}
    assert answers == {"46": "solved", "47": "on_its_way", "48": "open"}
    assert [line["key"] for line in found["products"]] == ["vnpt-smart-flood"]
    lines = {line["area"]: line for line in everybody.read("/problem-areas")["items"]}
    assert (lines["flooding"]["declared"], lines["flooding"]["solved"]) == (3, 1)
    assert (lines["traffic"]["declared"], lines["traffic"]["solved"]) == (0, 0)
    assert "no city of the roll counts" in reader.words("/en/problem-areas/traffic")
    assert everybody.client.get("/vi/problem-areas/nonsense").status_code == 404
    assert everybody.get("/problem-areas/nonsense").status_code == 422


def test_an_area_goes_by_day_roll_and_withdrawal(
    country: World, everybody: Caller, clock: Clock
) -> None:
    first, second, third = three_cities(country)
    before = everybody.read("/problem-areas/flooding?as_of=2024-10-31")
    assert (before["declared"], before["solved"]) == (3, 0)
    known = known_now(clock)
    signer = country.signer(third)
    problem = country.problem(signer, third, title="Nhầm")
    country.withdraw_problem(signer, problem, "2025-05-01")
    country.roll([first, second], code="urban-2025", valid_from=date(2025, 6, 1))
    now = everybody.read("/problem-areas/flooding")
    assert (now["declared"], now["solved"]) == (2, 1)
    assert [c["on_roll"] for c in now["cities"] if c["code"] == third] == [False]
    assert everybody.read(f"/problem-areas/flooding?{known}")["declared"] == 3


@pytest.mark.parametrize(
    ("declared_on", "first_day", "day_before"),
    [
        ("2024", "2024-12-31", "2024-12-30"),
        ("2024-02", "2024-02-29", "2024-02-28"),
        ("2023-12", "2023-12-31", "2023-12-30"),
        ("2024-03-05", "2024-03-05", "2024-03-04"),
    ],
)
def test_a_problem_is_pressing_from_the_last_day_its_date_could_mean(
    country: World, everybody: Caller, declared_on: str, first_day: str, day_before: str
) -> None:
    city = country.city("46")
    country.problem(country.signer(city), city, declared_on=declared_on)
    elsewhere = country.city("47")
    country.problem(country.signer(elsewhere), elsewhere, declared_on=declared_on)
    country.roll([city], valid_from=date(2020, 1, 1))
    for day, number in ((first_day, 1), (day_before, 0)):
        of_all = everybody.read(f"/problem-areas?as_of={day}")["items"]
        assert [line["declared"] for line in of_all if line["area"] == "flooding"] == [number]
        assert sum(line["declared"] for line in of_all) == number
        assert everybody.read(f"/problem-areas/flooding?as_of={day}")["declared"] == number


def test_a_city_carried_to_counts_by_its_predecessor(
    country: World, reader: Reader, everybody: Caller
) -> None:
    old, _, _ = country.counted_city("46")
    new = country.city("P46")
    country.lineage(old, new)
    country.roll([old])
    country.roll([new], code="urban-2025", valid_from=date(2025, 1, 1))
    country.carry_over("46-001", [new], date(2025, 1, 1))
    found = {c["code"]: c for c in everybody.read("/problem-areas/flooding")["cities"]}
    assert found[new]["answer"] == "solved"
    assert [case["use_case"] for case in found[new]["use_cases"]] == ["46-001"]
    assert (found[old]["on_roll"], found[new]["on_roll"]) == (False, True)
    told = reader.words("/en/problem-areas/flooding")
    assert "carried over from City 46" in told
    assert "Cities outside the roll of this day (1)" in told


def test_a_province_is_measured_in_whole_cities(
    country: World, reader: Reader, everybody: Caller
) -> None:
    counted = [country.counted_city()[0]]
    country.roll([*counted, *(country.city() for _ in range(5))])
    found = everybody.read("/provinces/48")
    assert (found["counted"], found["total"]) == (1, 6)
    # One of six is 16.67 %: not met, and one more is missing.
    assert [(t["year"], t["verdict"], t["missing"]) for t in found["targets"]] == [
        (2024, "not_met", 1),
        (2030, "not_met", 5),
    ]
    told = reader.words("/en/provinces/48")
    assert "1 of 6 cities (16.6%)" in told
    assert "Target of 20% for 2024: not met, 1 city is missing." in told
    html = reader.page("/en/provinces/48?as_of=2025-01-01")
    files = "/api/v1/downloads/cities.xlsx?as_of=2025-01-01&province=48&lang=en"
    assert files in links(html)
    assert "/en/provinces/48" in links(reader.page("/en/provinces"))
    assert everybody.get("/provinces/99").status_code == 404
    assert everybody.client.get("/vi/provinces/99").status_code == 404


def test_a_province_merged_away_says_where_it_goes_on(
    country: World, database: Database, reader: Reader, everybody: Caller
) -> None:
    country.province("49")
    with database.owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE province SET valid = '[2000-01-01,2025-01-01)',"
                " successor_codes = '{50}' WHERE code = '49'"
            )
        )
    country.province("50")
    with database.owner.begin() as connection:
        connection.execute(text("UPDATE province SET valid = '[2025-01-01,)' WHERE code = '50'"))
    gone = everybody.read("/provinces/49")
    assert gone["on_the_day"] is False
    assert [each["code"] for each in gone["successors"]] == ["50"]
    assert [each["code"] for each in everybody.read("/provinces/50")["predecessors"]] == ["49"]
    assert everybody.read("/provinces/49?as_of=2024-12-31")["on_the_day"] is True
    told = reader.words("/en/provinces/49")
    assert "This province ended on 1 January 2025" in told
    assert "no such province yet" in reader.words("/en/provinces/50?as_of=2024-06-01")
    assert "/en/provinces/49?as_of=2024-12-31" in links(reader.page("/en/provinces/50"))


def test_a_roll_tells_what_it_changed(country: World, reader: Reader, everybody: Caller) -> None:
    stays, goes, comes = (country.city() for _ in range(3))
    country.lineage(goes, comes)
    country.roll([stays, goes], official_total=3)
    country.roll([stays, comes], code="urban-2025", valid_from=date(2025, 1, 1))
    found = everybody.read("/rolls/urban-2025")
    changes: dict[str, Any] = found["changes"]
    assert (changes["roll"], changes["both"]) == ("urban-2024", 1)
    assert (changes["came"], changes["left"]) == ([comes], [goes])
    assert [(p["key"], p["cities"]) for p in found["by_province"]] == [("48", 2)]
    assert sum(part["cities"] for part in found["by_class"]) == found["enumerated"] == 2
    assert everybody.read("/rolls/urban-2024")["changes"] is None
    told = reader.words("/en/rolls/urban-2025")
    assert "these are all of them" in told
    assert "Named before: 2. Named now: 2. On both: 1." in told
    assert f"/en/cities/{goes}" in links(reader.page("/en/rolls/urban-2025"))
    told = reader.words("/en/rolls/urban-2024")
    assert "3 cities officially; the roll names 2 of them." in told
    assert "first roll of its kind" in told
    assert "/en/rolls/urban-2024" in links(reader.page("/en/rolls"))
    assert everybody.get("/rolls/none").status_code == 404


def test_a_roll_that_names_nobody_is_not_compared(country: World, reader: Reader) -> None:
    country.roll([], code="old", valid_from=date(2020, 1, 1), official_total=862)
    country.roll([country.city()])
    assert "One of the two names no city" in reader.words("/en/rolls/urban-2024")
    reader.page("/vi/rolls/old")


def test_hostile_names_are_words(country: World, reader: Reader) -> None:
    hostile = "<script>alert(1)</script>{{7*7}}"
    city, _, _ = country.counted_city("46", product=hostile, provider=hostile)
    country.roll([city])
    for path in ("/products", "/providers", "/problem-areas/flooding", "/use-cases/46-001"):
        html = reader.page(f"/vi{path}")
        assert "<script>alert(1)" not in html
    html = reader.page("/vi/products/script-alert-1-script-7-7")
    assert "<script>alert(1)" not in html
    assert hostile in reader.words("/vi/products/script-alert-1-script-7-7")
    with transaction(country.factory) as session:
        assert session.scalar(text("SELECT count(*) FROM use_case")) == 1
