"""The drawing board of the workshop: province areas and the archipelagos' label points.

No open package carries the boundaries of 2024: each province is the cells round the points of its
communes, cut to the land of Natural Earth. Fit for a choropleth, never for boundary work.
"""

import json
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import shapely
from shapely import MultiPoint, MultiPolygon, Point
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from seeds.build.history import TWO_TIERS
from seeds.build.names import latin, short
from seeds.build.units import Commune, Units

LAND = "package/data/countries/VN.json"
SIMPLIFIED = 0.02  # degrees, some 2 km: the cells are no finer
DIGITS = 4
SYMBOL = 0.04  # degrees: how large an island unit is drawn that the land does not show
HUE, HUE_FROM = "46", date(2025, 1, 1)


@dataclass(frozen=True, slots=True)
class Archipelago:
    """Both are Viet Nam's; the box keeps a mislabelled point from ever being drawn."""

    code: str
    label_vi: str
    label_en: str
    box: tuple[float, float, float, float]


ARCHIPELAGOS = (
    Archipelago(
        "20333",
        "Quần đảo Hoàng Sa (Đà Nẵng, Việt Nam)",
        "Hoang Sa archipelago (Da Nang, Viet Nam)",
        (111.0, 15.5, 113.0, 17.3),
    ),
    Archipelago(
        "22736",
        "Quần đảo Trường Sa (Khánh Hòa, Việt Nam)",
        "Truong Sa archipelago (Khanh Hoa, Viet Nam)",
        (111.0, 6.5, 117.5, 12.0),
    ),
)


def land(package: Path) -> MultiPolygon:
    with tarfile.open(package) as archive:
        file = archive.extractfile(LAND)
        if file is None:
            raise ValueError(f"{package.name} has no {LAND}")
        found = shape(json.load(file)["geometry"])
    if not isinstance(found, MultiPolygon):
        raise TypeError(f"{LAND} is a {found.geom_type}")
    return found


def provinces(units: Units, country: MultiPolygon) -> Iterator[dict[str, Any]]:
    """63 features until 1 July 2025 (two for Huế, once renamed), 34 from then on."""
    areas = _areas(units, country)
    successors = {units.origin[c.code]: c.province_code for c in units.communes}
    for code, name in sorted({unit.province_code: unit.province for unit in units.former}.items()):
        ends, then = TWO_TIERS, successors[code]
        if code == HUE:
            was = "Tỉnh Thừa Thiên Huế"
            yield _province(code, was, (None, HUE_FROM), then, areas[code])
        starts = HUE_FROM if code == HUE else None
        yield _province(code, name, (starts, ends), then, areas[code])
    for code, name in sorted({c.province_code: c.province for c in units.communes}.items()):
        parts = [areas[former] for former, heir in sorted(successors.items()) if heir == code]
        yield _province(code, name, (TWO_TIERS, None), None, shapely.coverage_union_all(parts))


def archipelagos(units: Units) -> Iterator[dict[str, Any]]:
    communes = {commune.code: commune for commune in units.communes}
    for archipelago in ARCHIPELAGOS:
        unit = communes[archipelago.code]
        if not shapely.box(*archipelago.box).covers(_point(unit)):
            raise ValueError(f"{unit.name} is not where it is: {unit.lon}, {unit.lat}")
        properties = {
            "code": unit.code,
            "name_vi": unit.name,
            "label_vi": archipelago.label_vi,
            "label_en": archipelago.label_en,
            "province_code": unit.province_code,
            "province_vi": unit.province,
            "former_province_code": units.origin[unit.code],
        }
        yield {"geometry": mapping(_point(unit)), "properties": properties}


def _areas(units: Units, country: MultiPolygon) -> dict[str, BaseGeometry]:
    points = MultiPoint([_point(commune) for commune in units.communes])
    cells = shapely.voronoi_polygons(points, extend_to=country, ordered=True)
    grouped: dict[str, list[BaseGeometry]] = defaultdict(list)
    for commune, cell in zip(units.communes, cells.geoms, strict=True):
        grouped[units.origin[commune.code]].append(cell)
    codes = sorted(grouped)
    whole = [shapely.coverage_union_all(grouped[code]).intersection(country) for code in codes]
    rounded = [_rounded(area) for area in shapely.coverage_simplify(whole, SIMPLIFIED)]
    if not shapely.coverage_is_valid(rounded):
        raise ValueError("provinces overlap")
    areas = dict(zip(codes, rounded, strict=True))
    for island in units.communes:
        if island.name.startswith("Đặc khu ") and not country.covers(_point(island)):
            code, symbol = units.origin[island.code], _rounded(_point(island).buffer(SYMBOL))
            areas[code] = shapely.union(areas[code], symbol)
    return areas


def _rounded(area: BaseGeometry) -> BaseGeometry:
    """The same vertex becomes the same in every province: shared edges stay shared."""
    return shapely.transform(area, lambda vertices: vertices.round(DIGITS))


def _point(commune: Commune) -> Point:
    return Point(commune.lon, commune.lat)


def _province(
    code: str,
    name: str,
    valid: tuple[date | None, date | None],
    successor: str | None,
    area: BaseGeometry,
) -> dict[str, Any]:
    if not area.is_valid:
        raise ValueError(f"{name}: {shapely.is_valid_reason(area)}")
    starts, ends = valid
    return {
        "geometry": mapping(shapely.orient_polygons(shapely.normalize(area))),
        "properties": {
            "code": code,
            "name_vi": name,
            "name_en": latin(short(name)),
            "valid_from": starts and starts.isoformat(),
            "valid_to": ends and ends.isoformat(),
            "successor": successor,
        },
    }
