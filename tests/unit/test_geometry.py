"""The surveyor's room: GeoJSON is a valid shape inside the country, or refused by name."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box
from shapely.geometry import mapping

from registry.domain.errors import InvalidInput
from registry.domain.geometry import BOUNDS, area, point
from tests.unit.json_values import json_values

WEST, SOUTH, EAST, NORTH = BOUNDS
CODES = {
    "geometry_invalid",
    "geometry_outside",
    "geometry_type",
    "geometry_unreadable",
}
TYPES = (
    "Point",
    "MultiPoint",
    "LineString",
    "LinearRing",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
    "Feature",
    "FeatureCollection",
)

numbers = st.floats() | st.integers() | st.sampled_from([10**400, 105, 10, "105", None, True])
positions = st.lists(numbers, max_size=4)
coordinates = st.recursive(positions, lambda inner: st.lists(inner, max_size=5), max_leaves=15)
likely_geojson = st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES)},
    optional={
        "coordinates": coordinates | json_values(),
        "geometries": json_values(),
        "geometry": json_values(),
        "crs": json_values(),
    },
)
inside = st.tuples(
    st.floats(WEST, EAST, exclude_min=True, exclude_max=True),
    st.floats(SOUTH, NORTH, exclude_min=True, exclude_max=True),
)


def read_or_codes(read: Any, geojson: Any) -> tuple[list[str], Any]:
    try:
        return [], read(geojson, "/x")
    except InvalidInput as refused:
        return [p.code for p in refused.problems], None


def refusal(read: Any, geojson: Any) -> str:
    with pytest.raises(InvalidInput) as refused:
        read(geojson, "/point")
    [problem] = refused.value.problems
    assert problem.pointer == "/point"
    return problem.code


@settings(max_examples=300)
@given(likely_geojson | json_values(st.sampled_from(["type", "coordinates"])))
def test_any_json_is_a_shape_or_refused_by_name(geojson: Any) -> None:
    for read in (point, area):
        codes, shape = read_or_codes(read, geojson)
        assert CODES.issuperset(codes)
        assert len(codes) == (shape is None)
        assert shape is None or (shape.is_valid and box(*BOUNDS).contains(shape))


@given(inside)
def test_a_point_inside_is_kept_exactly(lonlat: tuple[float, float]) -> None:
    geojson = {"type": "Point", "coordinates": list(lonlat)}
    assert point(geojson, "/point") == Point(*lonlat)


@pytest.mark.parametrize(
    "lonlat",
    [
        [WEST, 10],
        [EAST, 10],
        [105, SOUTH],
        [105, NORTH],
        [21.03, 105.85],
        [float("nan"), 10],
        [float("inf"), 10],
        [180, 90],
    ],
    ids=str,
)
def test_a_point_on_the_edge_or_beyond_is_outside(lonlat: list[float]) -> None:
    """Latitude before longitude, the commonest mistake, falls outside too."""
    assert refusal(point, {"type": "Point", "coordinates": lonlat}) == "geometry_outside"


@pytest.mark.parametrize(
    ("geojson", "code"),
    [
        (None, "geometry_unreadable"),
        ([], "geometry_unreadable"),
        ({}, "geometry_unreadable"),
        ({"type": "Circle", "coordinates": [105, 10]}, "geometry_unreadable"),
        ({"type": "Point"}, "geometry_unreadable"),
        ({"type": "Point", "coordinates": []}, "geometry_type"),
        ({"type": "Point", "coordinates": [10**400, 10]}, "geometry_unreadable"),
        ({"type": "LineString", "coordinates": [[105, 10], [106, 10]]}, "geometry_type"),
    ],
    ids=str,
)
def test_what_is_not_a_point(geojson: Any, code: str) -> None:
    assert refusal(point, geojson) == code


def test_a_very_deep_collection_is_refused() -> None:
    geojson: dict[str, Any] = {"type": "Point", "coordinates": [105, 10]}
    for _ in range(5000):
        geojson = {"type": "GeometryCollection", "geometries": [geojson]}
    assert refusal(point, geojson) == "geometry_unreadable"


def test_height_is_dropped() -> None:
    assert point({"type": "Point", "coordinates": [105, 10, 3]}, "/p") == Point(105, 10)


def test_a_polygon_becomes_a_multipolygon() -> None:
    square = box(105, 10, 106, 11)
    multi = area(mapping(square), "/p")
    assert multi.geom_type == "MultiPolygon"
    assert multi.equals(square)


@pytest.mark.parametrize(
    ("ring", "code"),
    [
        ([[105, 10], [106, 11], [106, 10], [105, 11], [105, 10]], "geometry_invalid"),
        ([[105, 10], [106, 10], [106, 11], [105, float("nan")]], "geometry_unreadable"),
        ([[105, 10], [106, 10]], "geometry_unreadable"),
        ([[105, 10], [130, 10], [130, 11], [105, 10]], "geometry_outside"),
    ],
    ids=["bow tie", "not a number", "too short", "beyond"],
)
def test_what_is_not_an_area(ring: list[list[float]], code: str) -> None:
    assert refusal(area, {"type": "Polygon", "coordinates": [ring]}) == code
