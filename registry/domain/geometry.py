"""GeoJSON in, valid shapes out: EPSG:4326, longitude before latitude (RFC 7946)."""

from typing import Any, TypeVar

import numpy as np
from numpy import errstate
from shapely import (
    MultiPolygon,
    Point,
    Polygon,
    box,
    force_2d,
    from_wkb,
    is_valid_reason,
    transform,
)
from shapely.errors import ShapelyError
from shapely.geometry import shape

from registry.domain.errors import FieldProblem, InvalidInput

SRID = 4326
# West, south, east, north in degrees: the mainland and both archipelagos, with some sea around.
BOUNDS = (102.0, 6.0, 118.0, 24.0)
_COUNTRY = box(*BOUNDS)
_UNREADABLE = (
    ShapelyError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)

Shape = TypeVar("Shape", Point, MultiPolygon)

# The ellipsoid of WGS 84: its equator in kilometres, and its eccentricity.
_RADIUS = 6378.137
_E = 0.0818191908426215


def point(geojson: dict[str, Any], pointer: str) -> Point:
    """A GeoJSON Point inside the country's bounds. Raises InvalidInput naming `pointer`."""
    geometry = _read(geojson, pointer)
    if not isinstance(geometry, Point) or geometry.is_empty:
        raise _refusal(pointer, "geometry_type", expected="Point")
    return _inside(geometry, pointer)


def area(geojson: dict[str, Any], pointer: str) -> MultiPolygon:
    """A GeoJSON Polygon or MultiPolygon inside the country's bounds, as a MultiPolygon.

    Raises InvalidInput naming `pointer` for any other type, an invalid or an outlying shape.
    """
    geometry = _read(geojson, pointer)
    if isinstance(geometry, Polygon):
        geometry = MultiPolygon([geometry])
    if not isinstance(geometry, MultiPolygon) or geometry.is_empty:
        raise _refusal(pointer, "geometry_type", expected="Polygon, MultiPolygon")
    if not geometry.is_valid:
        raise _refusal(pointer, "geometry_invalid", detail=is_valid_reason(geometry))
    return _inside(geometry, pointer)


def from_hex(text: str) -> MultiPolygon:
    """A shape as we stored it ourselves."""
    found = from_wkb(text)
    assert isinstance(found, MultiPolygon)
    return found


def square_kilometres(geometry: Polygon | MultiPolygon) -> float:
    """The size of a shape on the ellipsoid, by Lambert's cylindrical equal-area projection."""
    return float(transform(geometry, _equal_area).area)


def _equal_area(degrees: np.ndarray) -> np.ndarray:
    longitude, sine = np.radians(degrees[:, 0]), np.sin(np.radians(degrees[:, 1]))
    narrowing = _E * sine
    q = sine / (1 - narrowing**2) + np.arctanh(narrowing) / _E
    return np.column_stack((longitude, q * (1 - _E**2) / 2)) * _RADIUS


def _read(geojson: dict[str, Any], pointer: str) -> Any:
    try:
        # JSON can carry NaN, numbers beyond floats and any depth; a NaN only earns a warning.
        with errstate(invalid="raise"):
            return force_2d(shape(geojson))
    except _UNREADABLE:
        raise _refusal(pointer, "geometry_unreadable") from None


def _inside(geometry: Shape, pointer: str) -> Shape:
    # As ST_Within in the table: a point on the very edge is not inside.
    if not _COUNTRY.contains(geometry):
        raise _refusal(pointer, "geometry_outside")
    return geometry


def _refusal(pointer: str, code: str, **params: str) -> InvalidInput:
    return InvalidInput([FieldProblem(pointer, code, params)])
