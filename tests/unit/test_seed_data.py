"""The scales at the seed store: what lies in seeds/data is whole, consistent and readable."""

import csv
import json
import unicodedata
from collections import Counter, defaultdict
from datetime import date
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from registry.domain import geometry
from registry.domain.dates import PartialDate
from registry.domain.model import LineageKind, ProblemArea, RollSeries, Stage, UnitType, UrbanClass
from registry.domain.rules import missing_for_submission
from registry.domain.use_case import UseCaseDraft

DATA = Path(__file__).parents[2] / "seeds" / "data"
ONE_TIER_LESS = date(2025, 7, 1)
THE_DAY_BEFORE = date(2025, 6, 30)
FIRST, LAST = date.min, date.max
CSV_FILES = sorted(DATA.glob("*.csv"))


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file, strict=True))


@cache
def features(name: str) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads((DATA / name).read_text(encoding="utf-8"))["features"])


def span(row: dict[str, Any]) -> tuple[date, date]:
    starts, ends = row["valid_from"], row["valid_to"]
    return (
        date.fromisoformat(starts) if starts else FIRST,
        date.fromisoformat(ends) if ends else LAST,
    )


def provinces(day: date) -> dict[str, BaseGeometry]:
    return {
        feature["properties"]["code"]: shape(feature["geometry"])
        for feature in features("provinces.geojson")
        if (dates := span(feature["properties"]))[0] <= day < dates[1]
    }


@cache
def periods() -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in table("city_periods"):
        found[row["code"]].append(row)
    return found


def then(code: str, day: date) -> dict[str, str]:
    (row,) = (row for row in periods()[code] if span(row)[0] <= day < span(row)[1])
    return row


def entries(roll: str) -> dict[str, dict[str, str]]:
    return {row["city_code"]: row for row in table("roll_entries") if row["roll_code"] == roll}


def codes() -> set[str]:
    return {row["code"] for row in table("cities")}


def is_new(code: str) -> bool:
    return code.startswith("P25-")


# ── The files ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", sorted(DATA.iterdir()), ids=lambda path: path.name)
def test_files_are_composed_utf8_with_unix_lines(path: Path) -> None:
    text = path.read_bytes().decode("utf-8")

    assert text == unicodedata.normalize("NFC", text)
    assert "\r" not in text
    assert text.endswith("\n")


@pytest.mark.parametrize("path", CSV_FILES, ids=lambda path: path.name)
def test_rows_are_as_long_as_the_heading_and_never_twice(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file, strict=True)

    assert rows
    assert {len(row) for row in rows} == {len(head)}
    assert len({tuple(row) for row in rows}) == len(rows)


@pytest.mark.parametrize("path", CSV_FILES, ids=lambda path: path.name)
def test_no_text_for_people_is_blank(path: Path) -> None:
    for row in table(path.stem):
        assert all(text.strip() for name, text in row.items() if name.endswith(("_vi", "_en"))), row


@pytest.mark.parametrize("path", sorted(DATA.iterdir()), ids=lambda path: path.name)
def test_every_file_has_a_source(path: Path) -> None:
    assert path.name == "SOURCES.md" or f"`{path.name}`" in (DATA / "SOURCES.md").read_text("utf-8")


# ── Provinces ───────────────────────────────────────────────────────────────────────────────


def test_there_are_63_provinces_and_then_34() -> None:
    assert len(provinces(date(2024, 12, 31))) == 63
    assert len(provinces(date(2025, 1, 1))) == 63
    assert len(provinces(ONE_TIER_LESS)) == 34


def test_a_province_is_one_thing_at_a_time() -> None:
    spans = defaultdict(list)
    for feature in features("provinces.geojson"):
        spans[feature["properties"]["code"]].append(span(feature["properties"]))

    for found in spans.values():
        assert all(before[1] == after[0] for before, after in pairwise(sorted(found)))


def test_hue_becomes_a_city_on_new_years_day_2025() -> None:
    names = {
        span(found)[0]: found["name_vi"]
        for feature in features("provinces.geojson")
        if (found := feature["properties"])["code"] == "46"
    }

    assert names[FIRST] == "Tỉnh Thừa Thiên Huế"
    assert names[date(2025, 1, 1)] == names[ONE_TIER_LESS] == "Thành phố Huế"
    assert then("46", date(2024, 12, 31))["unit_type"] == "provincial_city"
    assert then("46", date(2025, 1, 1))["unit_type"] == "central_city"


def test_province_areas_are_sound_and_wind_as_geojson_says() -> None:
    for feature in features("provinces.geojson"):
        for polygon in geometry.area(feature["geometry"], "/geometry").geoms:
            assert polygon.exterior.is_ccw
            assert not any(hole.is_ccw for hole in polygon.interiors)


@pytest.mark.parametrize("day", [date(2024, 12, 31), ONE_TIER_LESS])
def test_provinces_do_not_overlap(day: date) -> None:
    areas = list(provinces(day).values())

    assert shapely.coverage_is_valid(areas)
    assert not any(one.overlaps(other) for one, other in combinations(areas, 2))


def test_each_of_the_34_is_the_union_of_those_it_succeeds() -> None:
    before, after = provinces(THE_DAY_BEFORE), provinces(ONE_TIER_LESS)
    parts = defaultdict(list)
    for feature in features("provinces.geojson"):
        found = feature["properties"]
        if span(found)[1] == ONE_TIER_LESS:
            parts[found["successor"]].append(before[found["code"]])

    assert parts.keys() == after.keys()
    assert sum(map(len, parts.values())) == len(before)
    for code, areas in parts.items():
        assert shapely.union_all(areas).equals(after[code])


@pytest.mark.parametrize(
    ("name", "home", "home_code"), [("Hoàng Sa", "Đà Nẵng", "48"), ("Trường Sa", "Khánh Hòa", "56")]
)
def test_both_archipelagos_are_viet_nams(name: str, home: str, home_code: str) -> None:
    (feature,) = (f for f in features("archipelagos.geojson") if name in f["properties"]["name_vi"])
    found = feature["properties"]
    point = geometry.point(feature["geometry"], "/geometry")

    assert home in found["label_vi"]
    assert "Việt Nam" in found["label_vi"]
    assert "Viet Nam" in found["label_en"]
    assert found["province_code"] == found["former_province_code"] == home_code
    for day in (THE_DAY_BEFORE, ONE_TIER_LESS):
        assert provinces(day)[home_code].covers(point)


# ── Cities ──────────────────────────────────────────────────────────────────────────────────


def test_codes_are_unique_and_new_identities_say_so() -> None:
    assert len(codes()) == len(table("cities")) == 762 + 700
    assert {code for code in codes() if is_new(code)} == codes() - entries("DT-2024").keys()


def test_every_city_lies_in_the_country_and_near_its_province() -> None:
    """Provinces are drawn from commune points: a border may be off by a commune's width."""
    areas = {day: provinces(day) for day in (THE_DAY_BEFORE, ONE_TIER_LESS)}
    for row in table("cities"):
        day = ONE_TIER_LESS if is_new(row["code"]) else THE_DAY_BEFORE
        coordinates = [float(row["lon"]), float(row["lat"])]
        point = geometry.point({"type": "Point", "coordinates": coordinates}, "/point")
        assert areas[day][then(row["code"], day)["province_code"]].distance(point) < 0.15, row


def test_a_population_is_a_number_or_unknown() -> None:
    assert all(not row["population"] or int(row["population"]) > 0 for row in table("cities"))


def test_periods_follow_each_other_without_gap_or_overlap() -> None:
    assert periods().keys() == codes()
    for code, rows in periods().items():
        spans = [span(row) for row in rows]
        assert all(starts < ends for starts, ends in spans), code
        assert all(before[1] == after[0] for before, after in pairwise(spans)), code
        assert spans[0][0] == (ONE_TIER_LESS if is_new(code) else FIRST), code
        assert spans[-1][1] == LAST, code


def test_a_period_that_changes_nothing_is_not_one() -> None:
    dates = {"valid_from", "valid_to", "source", "class_basis"}
    for code, rows in periods().items():
        told = [{name: row[name] for name in row.keys() - dates} for row in rows]
        assert all(before != after for before, after in pairwise(told)), code


def test_periods_name_known_types_classes_and_provinces_of_their_time() -> None:
    known = {"2024": provinces(THE_DAY_BEFORE).keys(), "2025": provinces(ONE_TIER_LESS).keys()}
    for row in table("city_periods"):
        UnitType(row["unit_type"])
        UrbanClass(row["urban_class"])
        if span(row)[0] < ONE_TIER_LESS:
            assert row["province_code"] in known["2024"], row
        if span(row)[1] > ONE_TIER_LESS:
            assert row["province_code"] in known["2025"], row


def test_no_district_level_name_outlives_the_districts() -> None:
    ended = {"provincial_city", "municipal_city", "district_town", "township"}

    assert all(
        span(row)[1] <= ONE_TIER_LESS for row in table("city_periods") if row["unit_type"] in ended
    )


def test_from_2026_only_four_classes_are_left() -> None:
    day = date(2026, 1, 1)
    now = Counter(then(code, day)["urban_class"] for code in entries("DT-2026"))

    assert now == {"special": 2, "I": 4, "II": 87, "II-III": 51, "III": 618}
    assert {code for code in entries("DT-2026") if then(code, day)["urban_class"] == "I"} == {
        "31", "46", "48", "92",
    }  # fmt: skip


def test_thuy_nguyen_is_a_city_from_2025_only() -> None:
    assert then("311", date(2024, 12, 31))["unit_type"] == "township"
    assert then("311", date(2025, 1, 1))["name_vi"] == "Thành phố Thủy Nguyên"


# ── Rolls, lineage, targets ─────────────────────────────────────────────────────────────────


def test_rolls_enumerate_what_they_say() -> None:
    rolls = {row["code"]: row for row in table("rolls")}

    assert {code: len(entries(code)) for code in rolls} == {
        "DT-2020": 0, "DT-2023": 0, "DT-2024": 762, "HC-2025": 706, "DT-2026": 762,
    }  # fmt: skip
    assert len(table("roll_entries")) == 762 + 706 + 762
    for code, row in rolls.items():
        RollSeries(row["series"])
        date.fromisoformat(row["valid_from"])
        assert row["source_url"].startswith(("http://", "https://"))
        assert entries(code).keys() <= codes()
        assert int(row["official_total"]) >= len(entries(code))
        for roll_language in ("note_vi", "note_en"):
            assert row["official_total"] in row[roll_language] or code == "HC-2025"


def test_entries_say_what_the_city_was_on_the_day() -> None:
    days = {row["code"]: date.fromisoformat(row["valid_from"]) for row in table("rolls")}
    for row in table("roll_entries"):
        period = then(row["city_code"], days[row["roll_code"]])
        assert all(row[name] == period[name] for name in ("name_vi", "unit_type", "urban_class"))


def test_types_are_as_the_law_counts_them() -> None:
    assert Counter(then(code, THE_DAY_BEFORE)["unit_type"] for code in entries("DT-2024")) == {
        "central_city": 6, "provincial_city": 85, "municipal_city": 2, "district_town": 52,
        "township": 617,
    }  # fmt: skip
    assert Counter(row["unit_type"] for row in entries("HC-2025").values()) == {
        "central_city": 6, "ward": 687, "special_zone": 13,
    }  # fmt: skip


def test_lineage_leads_from_a_city_of_2024_to_a_unit_of_2025() -> None:
    pairs = Counter((row["predecessor_code"], row["successor_code"]) for row in table("lineage"))

    assert set(pairs.values()) == {1}
    for row in table("lineage"):
        LineageKind(row["kind"])
        assert row["predecessor_code"] in entries("DT-2024")
        assert row["successor_code"] in entries("HC-2025").keys() - entries("DT-2024").keys()
        assert row["effective_on"] == "2025-07-01"
        assert row["legal_basis"]


def test_lineage_stays_inside_the_province() -> None:
    for row in table("lineage"):
        heir = then(row["successor_code"], ONE_TIER_LESS)["province_code"]
        assert heir == then(row["predecessor_code"], ONE_TIER_LESS)["province_code"], row


def test_every_former_city_and_town_has_an_heir() -> None:
    heads = {row["predecessor_code"] for row in table("lineage")}
    kinds = {"provincial_city", "municipal_city", "district_town", "central_city"}

    assert all(
        code in heads
        for code in entries("DT-2024")
        if then(code, THE_DAY_BEFORE)["unit_type"] in kinds
    )


def test_there_are_four_indicators_for_two_years() -> None:
    found = {(row["indicator"], row["year"]): row for row in table("targets")}

    assert found.keys() == {(n, year) for n in "1234" for year in ("2024", "2030")}
    assert {key: row["share_percent"] or row["people"] for key, row in found.items()} == {
        ("1", "2024"): "30", ("2", "2024"): "20", ("3", "2024"): "100", ("4", "2024"): "20",
        ("1", "2030"): "100", ("2", "2030"): "100", ("3", "2030"): "1000", ("4", "2030"): "100",
    }  # fmt: skip
    assert all(bool(row["people"]) == (row["indicator"] == "3") for row in found.values())


# ── Use cases ───────────────────────────────────────────────────────────────────────────────

USE_CASES = table("use_cases")
PROBLEMS = {row["key"]: row for row in table("problems")}


def stages(row: dict[str, str]) -> list[dict[str, str]]:
    pairs = (stage.split(":") for stage in row["stages"].split())
    return [{"stage": stage, "since": since} for stage, since in pairs]


def test_use_cases_are_known_by_key() -> None:
    assert len({row["key"] for row in USE_CASES}) == len(USE_CASES)


@pytest.mark.parametrize("row", USE_CASES, ids=lambda row: row["key"])
def test_a_use_case_can_be_submitted_as_its_city_would(row: dict[str, str]) -> None:
    draft = UseCaseDraft.read(
        {
            "title": row["title_vi"],
            "title_en": row["title_en"],
            "summary": row["summary_vi"],
            "summary_en": row["summary_en"],
            "problem_ids": [str(uuid4()) for _ in row["problem_keys"].split()],
            "solution": row["solution_vi"],
            "techniques": row["techniques"].split(),
            "technique_detail": row["technique_detail"],
            "deployer": row["operator"],
            "product": row["product"],
            "provider": row["provider"],
            "application_area": row["application_area_vi"],
            "stages": stages(row),
            "evidence": [
                {
                    "url": row["evidence_url"],
                    "title": row["evidence_title"],
                    "published": row["evidence_published"],
                }
            ],
        }
    )

    assert missing_for_submission(draft, today=date(2026, 3, 31)) == []


@pytest.mark.parametrize("row", USE_CASES, ids=lambda row: row["key"])
def test_a_use_case_belongs_to_a_city_and_names_its_problem(row: dict[str, str]) -> None:
    assert row["city_code"] in entries("DT-2024").keys() | entries("HC-2025").keys()
    assert row["problem_keys"].split()
    assert {PROBLEMS[key]["city_code"] for key in row["problem_keys"].split()} == {row["city_code"]}
    assert row["evidence_url"].startswith(("http://", "https://"))


@pytest.mark.parametrize("row", USE_CASES, ids=lambda row: row["key"])
def test_only_what_is_approved_has_its_ai_confirmed(row: dict[str, str]) -> None:
    assert row["verdict"] in {"approve", "queue", "return"}
    assert row["ai_confirmed"] == "false" or row["verdict"] == "approve"
    assert row["reviewer_note_vi"]


def test_what_is_only_planned_is_never_confirmed() -> None:
    for row in USE_CASES:
        if {entry["stage"] for entry in stages(row)} == {Stage.PLANNED}:
            assert row["ai_confirmed"] == "false", row["key"]


def test_every_problem_is_worded_once_and_solved_by_a_case() -> None:
    assert len({(row["city_code"], row["title_vi"]) for row in PROBLEMS.values()}) == len(PROBLEMS)
    assert len(PROBLEMS) == len(table("problems"))
    assert PROBLEMS.keys() == {key for row in USE_CASES for key in row["problem_keys"].split()}
    for row in PROBLEMS.values():
        ProblemArea(row["area"])
        assert all(row.values()), row["key"]


def test_the_earliest_case_of_a_problem_comes_first() -> None:
    """A problem is declared with the first case that names it, and may not be younger than any."""
    begun: dict[str, date] = {}
    for row in USE_CASES:
        since = PartialDate.parse(stages(row)[0]["since"]).latest
        for key in row["problem_keys"].split():
            assert begun.setdefault(key, since) <= since, row["key"]
