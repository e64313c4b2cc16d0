"""The draughtsman's room: outlines of provinces as paths of an SVG, old and new in one frame.

Only numbers and names of our own classes come out of here: what people wrote is set by the page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians

from shapely import MultiPolygon, Point, get_parts, union_all
from shapely.geometry.base import BaseGeometry

# The frame is this wide; a detail of less than a unit of it is not seen.
_WIDTH = 1000
_DETAIL = 0.7
_MARGIN = 0.04
# How wide a letter of a label is, at most (`.outline-label` in the style sheet).
_LETTER = 14


@dataclass(frozen=True, slots=True)
class Path:
    """`kind` is a class of the style sheet: old, new or around."""

    kind: str
    d: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A point with its label; one that would run out of the frame ends at its point."""

    x: float
    y: float
    label: str

    @property
    def ends(self) -> bool:
        return self.x + len(self.label) * _LETTER / 2 > _WIDTH


@dataclass(frozen=True, slots=True)
class Drawing:
    width: float
    height: float
    paths: tuple[Path, ...]
    marks: tuple[Mark, ...]


def drawing(
    old: Iterable[MultiPolygon],
    new: Iterable[MultiPolygon],
    around: Iterable[MultiPolygon] = (),
    marks: Sequence[tuple[float, float, str]] = (),
) -> Drawing:
    """What is before and what would be, drawn over each other; the frame holds both and every
    mark, not all that lies `around`."""
    before, after = list(old), list(new)
    frame: BaseGeometry = union_all(
        [shape.envelope for shape in (*before, *after)] + [Point(x, y) for x, y, _ in marks]
    )
    west, south, east, north = frame.bounds
    edge = _MARGIN * max(east - west, north - south)
    west, south, east, north = west - edge, south - edge, east + edge, north + edge
    # Degrees of longitude are shorter the farther north one is.
    across = cos(radians((south + north) / 2))
    scale = _WIDTH / ((east - west) * across)

    def at(lon: float, lat: float) -> tuple[float, float]:
        return round((lon - west) * across * scale, 1), round((north - lat) * scale, 1)

    def path(shape: MultiPolygon) -> str:
        d = []
        for polygon in get_parts(shape.simplify(_DETAIL / scale)):
            for ring in (polygon.exterior, *polygon.interiors):
                corners = " ".join(f"{x:g},{y:g}" for x, y in (at(*c) for c in ring.coords))
                d.append(f"M{corners}Z")
        return "".join(d)

    drawn = [Path("around", path(shape)) for shape in around if shape.intersects(frame.envelope)]
    drawn += [Path("new", path(shape)) for shape in after]
    drawn += [Path("old", path(shape)) for shape in before]
    return Drawing(
        width=_WIDTH,
        height=round((north - south) * scale, 1),
        paths=tuple(drawn),
        marks=tuple(Mark(*at(lon, lat), label) for lon, lat, label in marks),
    )
