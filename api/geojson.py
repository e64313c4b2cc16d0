"""The surveyor's room: shapes as RFC 7946 has them, longitude before latitude."""

from typing import Literal

from pydantic import BaseModel

# A metre; more digits would claim what no source of ours knows.
DIGITS = 5

Position = tuple[float, float]


class Point(BaseModel):
    type: Literal["Point"] = "Point"
    coordinates: Position


class MultiPolygon(BaseModel):
    type: Literal["MultiPolygon"] = "MultiPolygon"
    coordinates: list[list[list[Position]]]


def point(lon: float | None, lat: float | None) -> Point | None:
    """A point, or None (`"geometry": null`) where the place is not known."""
    if lon is None or lat is None:
        return None
    return Point(coordinates=(round(lon, DIGITS), round(lat, DIGITS)))
