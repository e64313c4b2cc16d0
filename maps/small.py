"""Small maps that the server draws itself: where a place lies on them, and a land's outline.

Mercator, as on the large map, in whole units of a twentieth of a degree: at the size of a stamp
nobody sees less.
"""

from collections.abc import Iterable, Sequence
from math import asinh, degrees, radians, tan

# The mainland, Hoàng Sa and Trường Sa, with room to the right for their names.
_WEST, _SOUTH, _EAST, _NORTH = 101.9, 7.4, 118.3, 23.7
_UNITS = 20


def _northing(latitude: float) -> float:
    return degrees(asinh(tan(radians(latitude))))


def place(longitude: float, latitude: float) -> tuple[int, int]:
    """Across from the left, down from the top."""
    across = (longitude - _WEST) * _UNITS
    down = (_northing(_NORTH) - _northing(latitude)) * _UNITS
    return round(across), round(down)


VIEW_BOX = f"0 0 {place(_EAST, _SOUTH)[0]} {place(_EAST, _SOUTH)[1]}"


def outline(polygons: Iterable[Sequence[Sequence[tuple[float, float]]]]) -> str:
    """The outer rings of a MultiPolygon as the data of an SVG path. An island smaller than a unit
    is drawn as one unit, not left out."""
    return "".join(_ring(polygon[0]) for polygon in polygons)


def _ring(corners: Sequence[tuple[float, float]]) -> str:
    places = [place(longitude, latitude) for longitude, latitude in corners]
    at = places[0]
    moves = []
    for to in places[1:]:
        if to != at:
            moves.append(f"{to[0] - at[0]} {to[1] - at[1]}")
            at = to
    way = f"l{' '.join(moves)}z" if len(moves) > 2 else "h1v1h-1z"
    return f"M{places[0][0]} {places[0][1]}{way}"
