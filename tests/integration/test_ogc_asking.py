"""What can be asked of the surveyors: filters, boxes, times, pages; what is refused, and how."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import Client

from api.ogc.filters import MAX_LENGTH, OPERATIONS
from tests.integration.api_client import public

pytestmark = pytest.mark.xdist_group("ogc")

CITIES = "/ogc/collections/cities/items"
CASES = "/ogc/collections/use_cases/items"
HUE_AND_SOUTH = "S_INTERSECTS(geom, BBOX(107.0, 15.5, 108.5, 17.0))"
ALL = {"limit": 10_000}

Row = dict[str, Any]


@pytest.fixture(scope="module")
def client(hall: FastAPI) -> Client:
    return public(hall).client


@pytest.fixture(scope="module")
def rows(client: Client) -> list[Row]:
    return [feature["properties"] for feature in client.get(CITIES, params=ALL).json()["features"]]


_HUE_JSON = {
    "op": "and",
    "args": [
        {"op": "=", "args": [{"property": "status"}, "counted"]},
        {"op": "=", "args": [{"property": "province_code"}, "46"]},
    ],
}


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        (
            "status = 'counted' AND province_code = '46'",
            lambda row: row["status"] == "counted" and row["province_code"] == "46",
        ),
        (
            json.dumps(_HUE_JSON),
            lambda row: row["status"] == "counted" and row["province_code"] == "46",
        ),
        ("name_vi LIKE '%Hưng%'", lambda row: "Hưng" in row["name_vi"]),
        ("name_vi NOT LIKE '%Hưng%'", lambda row: "Hưng" not in row["name_vi"]),
        ("ACCENTI(name_vi) LIKE '%Hung%'", lambda row: "Hung" in row["name_en"]),
        ("CASEI(name_en) = CASEI('HUNG YEN')", lambda row: row["name_en"] == "Hung Yen"),
        ("counted = true", lambda row: row["counted"]),
        ("NOT counted = true", lambda row: not row["counted"]),
        ("urban_class IN ('I', 'II')", lambda row: row["urban_class"] in {"I", "II"}),
        ("use_case_code IS NULL", lambda row: row["use_case_code"] is None),
        ("use_case_code IS NOT NULL", lambda row: row["use_case_code"] is not None),
        ("province_code BETWEEN '10' AND '20'", lambda row: "10" <= row["province_code"] <= "20"),
        ("name_vi = 'x'' OR TRUE --'", lambda _: False),
    ],
)
def test_a_filter_picks_out_what_fits(
    client: Client, rows: list[Row], condition: str, fits: Callable[[Row], bool]
) -> None:
    answer = client.get(CITIES, params={**ALL, "filter": condition})
    assert answer.status_code == HTTPStatus.OK, answer.text
    found = answer.json()
    wanted = [row["code"] for row in rows if fits(row)]
    assert [f["id"] for f in found["features"]] == wanted
    assert found["numberMatched"] == len(wanted)


def test_places_are_found_by_box_and_by_filter(client: Client) -> None:
    def inside(feature: Row) -> bool:
        if feature["geometry"] is None:
            return False
        lon, lat = feature["geometry"]["coordinates"]
        return bool(107.0 <= lon <= 108.5 and 15.5 <= lat <= 17.0)

    every = client.get(CITIES, params=ALL).json()["features"]
    wanted = [f["id"] for f in every if inside(f)]
    assert 0 < len(wanted) < len(every)
    ring = "POLYGON((107.0 15.5, 108.5 15.5, 108.5 17.0, 107.0 17.0, 107.0 15.5))"
    for asked in (
        {"bbox": "107.0,15.5,108.5,17.0"},
        {"filter": HUE_AND_SOUTH},
        {"filter": f"S_WITHIN(geom, {ring})"},
        {"bbox": "107.0,15.5,-100,108.5,17.0,9000"},
    ):
        found = client.get(CITIES, params={**ALL, **asked}).json()["features"]
        assert [f["id"] for f in found] == wanted, asked


@pytest.mark.parametrize(
    ("box", "fits"),
    [
        ("107,0,-170,40", lambda lon: lon >= 107),
        ("170,0,107,40", lambda lon: lon <= 107),
        ("170,0,-170,40", lambda _: False),
    ],
)
def test_a_box_may_lie_across_the_antimeridian(
    client: Client, box: str, fits: Callable[[float], bool]
) -> None:
    every = client.get(CITIES, params=ALL).json()["features"]
    wanted = [f["id"] for f in every if f["geometry"] and fits(f["geometry"]["coordinates"][0])]
    for asked in ({"bbox": box}, {"filter": f"S_INTERSECTS(geom, BBOX({box}))"}):
        found = client.get(CITIES, params={**ALL, **asked}).json()["features"]
        assert [f["id"] for f in found] == wanted, asked


@pytest.mark.parametrize("limit", ["10001", "9" * 5_000])
def test_more_than_the_most_is_the_most(client: Client, rows: list[Row], limit: str) -> None:
    answer = client.get(CITIES, params={"limit": limit})
    assert answer.status_code == HTTPStatus.OK, answer.text
    found = answer.json()
    assert found["numberReturned"] == len(rows)
    [own] = [link["href"] for link in found["links"] if link["rel"] == "self"]
    assert own.endswith("limit=10000")


_HERE = "POINT(107.6 16.5)"
_THEN = "TIMESTAMP('2026-01-01T00:00:00Z')"
EXAMPLES = {
    "and": "version = 1 AND counted = true",
    "or": "version = 1 OR counted = true",
    "not": "NOT version = 1",
    **{op: f"version {op} 1" for op in ("=", "<>", "<", "<=", ">", ">=")},
    **{op: f"version {op} 1 = 2" for op in ("+", "-", "*", "/")},
    "like": "title_vi LIKE '%a%'",
    "between": "version BETWEEN 1 AND 2",
    "in": "version IN (1, 2)",
    "isNull": "product IS NULL",
    "casei": "CASEI(title_vi) = 'x'",
    "accenti": "ACCENTI(title_vi) = 'x'",
    **{op: f"{op.upper()}(geom, {_HERE})" for op in sorted(OPERATIONS) if op.startswith("s_")},
    **{
        op: f"{op.upper()}(approved_at, {_THEN})"
        for op in sorted(OPERATIONS)
        if op.startswith("t_")
    },
    "t_during": "T_DURING(approved_at, INTERVAL('2020-01-01', '2030-01-01'))",
}


def test_every_operation_has_its_example() -> None:
    assert EXAMPLES.keys() == OPERATIONS


@pytest.mark.parametrize("operation", EXAMPLES)
def test_every_operation_offered_is_one_the_database_knows(client: Client, operation: str) -> None:
    answer = client.get(CASES, params={"filter": EXAMPLES[operation]})
    assert answer.status_code == HTTPStatus.OK, answer.text


def test_pages_follow_one_another_to_the_last(client: Client, rows: list[Row]) -> None:
    address, seen = f"{CITIES}?limit=300&sortby=-province_code,name_vi&properties=code", []
    while address:
        page = client.get(address).json()
        seen += [f["properties"]["code"] for f in page["features"]]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert sorted(seen) == sorted(row["code"] for row in rows)
    assert len(seen) == len(set(seen))


def test_a_property_is_a_parameter(client: Client, rows: list[Row]) -> None:
    found = client.get(CITIES, params={**ALL, "province_code": "46", "counted": "true"}).json()
    wanted = [r["code"] for r in rows if r["province_code"] == "46" and r["counted"]]
    assert [f["id"] for f in found["features"]] == wanted


def test_a_day_is_one_in_viet_nam(client: Client) -> None:
    times = [f["properties"]["approved_at"] for f in client.get(CASES).json()["features"]]
    assert times
    tomorrow = "2099-01-01"
    for asked, number in (
        (f"../{tomorrow}", len(times)),
        (f"{tomorrow}/..", 0),
        (f"2020-01-01/{tomorrow}", len(times)),
        ("2020-01-01", 0),
        (f"{times[0]}/..", sum(time >= times[0] for time in times)),
    ):
        found = client.get(CASES, params={"datetime": asked}).json()
        assert found["numberMatched"] == number, asked
    # Cities have no time of their own: every interval has them all.
    assert client.get(CITIES, params={"datetime": "2020-01-01"}).json()["numberMatched"] > 700


_DEEP = MAX_LENGTH // 2


@pytest.mark.parametrize(
    ("asked", "pointer", "code"),
    [
        ({"filter": "status ="}, "/filter", "filter_unreadable"),
        ({"filter": '{"op": "='}, "/filter", "filter_unreadable"),
        ({"filter": '{"op": "/", "args": []}'}, "/filter", "filter_unreadable"),
        ({"filter": "secret = 'x'"}, "/filter", "unknown_property"),
        ({"filter": "pg_sleep(100) = 1"}, "/filter", "filter_operation"),
        ({"filter": "current_setting('data_directory') LIKE '%'"}, "/filter", "filter_operation"),
        ({"filter": "counted = 'perhaps'"}, "/filter", "kinds_differ"),
        ({"filter": "name_vi"}, "/filter", "kinds_differ"),
        ({"filter": "name_vi > 1"}, "/filter", "kinds_differ"),
        ({"filter": "(" * _DEEP + "a=1" + ")" * _DEEP}, "/filter", "filter_too_deep"),
        ({"filter": "NOT " * 1_900 + "counted = true"}, "/filter", "filter_too_deep"),
        ({"filter": "x" * (MAX_LENGTH + 1)}, "/filter", "filter_too_deep"),
        ({"filter": "S_INTERSECTS(geom, BBOX(1, 2, 3))"}, "/filter", "filter_unreadable"),
        ({"filter": "a = 1", "filter-lang": "cql"}, "/filter-lang", ""),
        ({"bbox": "1,2,3"}, "/bbox", "bbox_unreadable"),
        ({"bbox": "a,b,c,d"}, "/bbox", "bbox_unreadable"),
        ({"bbox": "16,107,nan,108"}, "/bbox", "bbox_unreadable"),
        ({"bbox": "0,16.5,0,107.6"}, "/bbox", "bbox_unreadable"),
        ({"bbox": "108,16,107,17"}, "/bbox", "bbox_unreadable"),
        ({"datetime": "nonsense"}, "/datetime", "datetime_unreadable"),
        ({"sortby": "secret"}, "/sortby", "unknown_property"),
        ({"properties": "code,secret"}, "/properties", "unknown_property"),
        ({"limit": "many"}, "/limit", ""),
        ({"offset": "-1"}, "/offset", ""),
        ({"geom-column": "secret"}, "/geom-column", "unknown_field"),
        ({"simplify": "nan"}, "/simplify", "kinds_differ"),
        ({"counted": "perhaps"}, "/counted", "kinds_differ"),
        ({"secret": "1"}, "/secret", "unknown_field"),
        ({"f": "shp"}, "/f", ""),
    ],
)
def test_a_bad_question_is_told_where(
    client: Client, asked: dict[str, str], pointer: str, code: str
) -> None:
    answer = client.get(CITIES, params={**asked, "lang": "vi"})
    assert answer.status_code == HTTPStatus.BAD_REQUEST, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    [error] = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert code in {error["code"], ""}
    assert error["detail"]


@pytest.mark.parametrize(
    "asked",
    [
        "nonsense",
        "2026-13-01",
        "2026-01-01T00:00:00",
        "../..",
        "2027/2026",
        "2026-02-01/2026-01-01",
        "a/b/c",
    ],
)
def test_a_bad_time_is_told(client: Client, asked: str) -> None:
    answer = client.get(CASES, params={"datetime": asked})
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert [e["code"] for e in answer.json()["errors"]] == ["datetime_unreadable"]
