"""The map pin tray of the workshop: where each city lies, and how many live there if known."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, hypot, radians
from pathlib import Path

from seeds.build.names import KINDS, folded, short
from seeds.build.units import Commune

# GeoNames puts a city at its centre, the mean of its successors somewhere in its territory. The
# widest territories differ by 16 km; beyond that a namesake is another place.
FARTHEST_KM = 17.0
KM_PER_DEGREE = 111.2
_KINDS = tuple(map(folded, KINDS[:3]))  # GeoNames knows cities and towns


@dataclass(frozen=True, slots=True)
class Place:
    """A populated place of GeoNames in Viet Nam."""

    id: int
    name: str
    other_names: frozenset[str]
    lon: float
    lat: float
    population: int


@dataclass(frozen=True, slots=True)
class Pin:
    lon: float
    lat: float
    source: str
    population: int | None


def places(path: Path) -> list[Place]:
    found = json.loads(path.read_text(encoding="utf-8")).values()
    return [
        Place(
            id=place["geonameid"],
            name=_bare(place["name"]),
            other_names=frozenset(map(_bare, place["alternatenames"])),
            lon=place["longitude"],
            lat=place["latitude"],
            population=place["population"],
        )
        for place in found
        if place["countrycode"] == "VN"
    ]


def pin(name: str, heirs: Iterable[Commune], gazetteer: list[Place]) -> Pin:
    """The GeoNames point of that name near the middle of the heirs, else the middle.

    An heir counts once for each commune of the city that went into it. Of namesakes the one
    whose own name it is goes first, then one whose population is known, then the nearest.
    """
    lons, lats = zip(*((heir.lon, heir.lat) for heir in heirs), strict=True)
    lon, lat = sum(lons) / len(lons), sum(lats) / len(lats)
    wanted = folded(short(name))
    namesakes = [
        (place.name != wanted, not place.population, distance, place.id, place)
        for place in gazetteer
        if wanted in {place.name, *place.other_names}
        and (distance := _km(lon, lat, place.lon, place.lat)) <= FARTHEST_KM
    ]
    if not namesakes:
        return Pin(round(lon, 5), round(lat, 5), "mean of successor units", None)
    best = min(namesakes)[-1]
    return Pin(best.lon, best.lat, f"GeoNames {best.id}", best.population or None)


def _bare(name: str) -> str:
    text = folded(name)
    return next((text.removeprefix(word) for word in _KINDS if text.startswith(word)), text)


def _km(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    return KM_PER_DEGREE * hypot(
        (lon - other_lon) * cos(radians((lat + other_lat) / 2)), lat - other_lat
    )
