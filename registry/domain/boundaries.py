"""Provinces' boundaries held against those before: what became of each province, which cities
come into another one.

Nothing is guessed. An area that fits no province waits for a choice, so does a city that a new
boundary leaves nowhere, and no change holds before it was confirmed as it stands.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from shapely import (
    MultiPolygon,
    Point,
    STRtree,
    difference,
    get_parts,
    intersection,
    normalize,
    symmetric_difference,
    union_all,
)
from shapely.geometry.base import BaseGeometry

from registry.domain.errors import FieldProblem
from registry.domain.geometry import square_kilometres
from registry.domain.roll_changes import folded

# Files round coordinates; what differs by less than this (degrees) is the same boundary.
_ROUNDING = 2e-5
# Overlaps and gaps of less than this are the seams of a drawing, not claims.
SEAM_KM2 = 1.0
# A boundary that moves less ground than this is as it was.
_LEAST_KM2 = 0.01


class AreaChangeKind(StrEnum):
    """What becomes of a province, or of a city by it; in the order in which changes are shown."""

    MERGED = "merged"
    SPLIT = "split"
    SUCCEEDED = "succeeded"
    DISSOLVED = "dissolved"
    CREATED = "created"
    RENAMED = "renamed"
    RESHAPED = "reshaped"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Outline:
    """A province as it runs or would run. `number` is the area's place in its file."""

    code: str
    name_vi: str
    name_en: str
    shape: MultiPolygon
    number: int = 0
    predecessors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A city with the province that its period names, and its point where it is known."""

    code: str
    name: str
    province: str
    lonlat: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What people chose: which province an area is (a code unknown so far makes a new one), and
    in which province a city is that the boundaries leave open or would move."""

    areas: Mapping[int, str] = field(default_factory=dict)
    cities: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AreaChange:
    """One thing that boundaries change: about a province, or (MOVED) about a city of one.

    `heirs` are the provinces it goes on in; a city that moves has its province before and after
    in `province_before` and `heirs`. `gained` and `lost` are in square kilometres.
    """

    kind: AreaChangeKind
    code: str
    name: str
    before: Outline | None = None
    after: Outline | None = None
    heirs: tuple[str, ...] = ()
    province_before: str = ""
    gained: float = 0.0
    lost: float = 0.0

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.code}"

    @property
    def stamp(self) -> str:
        """Changes when anything does that somebody would confirm."""
        said = [self.key, self.province_before, *self.heirs]
        for outline in (self.before, self.after):
            if outline is not None:
                said += [outline.code, outline.name_vi, outline.name_en, outline.shape.wkb_hex]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]

    @property
    def percent(self) -> float:
        """By how much the province grows or shrinks, of its size before."""
        assert self.before is not None
        return 100 * (self.gained - self.lost) / square_kilometres(self.before.shape)


@dataclass(frozen=True, slots=True)
class Stray:
    """A city whose point lies in another province than its period names, and that stays where it
    is: points and outlines are approximate. `found_in` is empty where it lies in none."""

    code: str
    name: str
    province: str
    found_in: str


@dataclass(frozen=True, slots=True)
class AreaPlan:
    """What putting the boundaries in force would do. `moves` are the provinces of all cities that
    come into another one: also those that follow their province into its one successor."""

    areas: Mapping[str, Outline]
    open_areas: tuple[Outline, ...]
    open_cities: tuple[Place, ...]
    changes: tuple[AreaChange, ...]
    unchanged: tuple[str, ...]
    moves: Mapping[str, str]
    strays: tuple[Stray, ...]

    def of(self, kind: AreaChangeKind) -> list[AreaChange]:
        return [change for change in self.changes if change.kind is kind]

    @property
    def heirs(self) -> dict[str, tuple[str, ...]]:
        """Of every province that goes on in others, or in none."""
        return {
            change.code: change.heirs
            for change in self.changes
            if change.kind in GONE_ON and change.after is None
        }


# Kinds of which the province is no more, or goes on in others as well.
GONE_ON = frozenset(
    {
        AreaChangeKind.MERGED,
        AreaChangeKind.SPLIT,
        AreaChangeKind.SUCCEEDED,
        AreaChangeKind.DISSOLVED,
    }
)


def overlaps(outlines: Sequence[Outline]) -> list[FieldProblem]:
    """Two areas of a file cannot claim the same ground."""
    shapes = [outline.shape for outline in outlines]
    pairs = STRtree(shapes).query(shapes, predicate="intersects").T
    problems = []
    for first, second in sorted((int(a), int(b)) for a, b in pairs if a < b):
        shared = _size(intersection(shapes[first], shapes[second]))
        if shared >= SEAM_KM2:
            told = {"name": outlines[first].name_vi, "size": f"{shared:.1f}"}
            problems.append(FieldProblem(f"/features/{second}/geometry", "areas_overlap", told))
    return problems


def gaps(
    before: Iterable[MultiPolygon], outlines: Sequence[Outline]
) -> list[tuple[float, float, float]]:
    """Ground that was in some province and would be in none: size, longitude, latitude; the
    largest first."""
    left = difference(union_all(list(before)), union_all([outline.shape for outline in outlines]))
    found = []
    for part in get_parts(left):
        size = _size(part)
        if size >= SEAM_KM2:
            inside = part.representative_point()
            found.append((round(size, 1), round(inside.x, 3), round(inside.y, 3)))
    return sorted(found, reverse=True)


def plan(
    base: Mapping[str, Outline],
    outlines: Sequence[Outline],
    places: Iterable[Place],
    choices: Choices,
) -> AreaPlan:
    """Holds the areas of a file against the provinces before them."""
    areas, open_areas = _matched(base, outlines, choices)
    changes = _gone_on(base, areas)
    unchanged = []
    for code, area in areas.items():
        found = _of_province(code, area, base.get(code))
        changes += found
        if not found:
            unchanged.append(code)
    heirs = {c.code: c.heirs for c in changes if c.kind in GONE_ON and c.after is None}
    reshaped = {c.code for c in changes if c.kind is AreaChangeKind.RESHAPED}
    placed = _Placing(base, areas, heirs, reshaped, choices)
    for place in places:
        placed.place(place)
    changes += placed.changes
    order = list(AreaChangeKind)
    changes.sort(key=lambda change: (order.index(change.kind), change.code))
    return AreaPlan(
        areas,
        tuple(open_areas),
        tuple(placed.open),
        tuple(changes),
        tuple(sorted(unchanged)),
        placed.moves,
        tuple(placed.strays),
    )


def _matched(
    base: Mapping[str, Outline], outlines: Sequence[Outline], choices: Choices
) -> tuple[dict[str, Outline], list[Outline]]:
    """By what was chosen, then by the code it gives, then by a name that fits one province only."""
    names = Counter(folded(outline.name_vi) for outline in base.values())
    named = {folded(o.name_vi): o.code for o in base.values() if names[folded(o.name_vi)] == 1}
    areas: dict[str, Outline] = {}
    rest = []
    for outline in outlines:
        code = choices.areas.get(outline.number) or outline.code
        if code and code not in areas:
            areas[code] = outline
        else:
            rest.append(outline)
    open_areas = []
    for outline in rest:
        code = "" if outline.code else named.get(folded(outline.name_vi), "")
        if code and code not in areas:
            areas[code] = outline
        else:
            open_areas.append(outline)
    return areas, open_areas


def _of_province(code: str, area: Outline, old: Outline | None) -> list[AreaChange]:
    if old is None:
        return [AreaChange(AreaChangeKind.CREATED, code, area.name_vi, None, area)]
    found = []
    if (area.name_vi, area.name_en) != (old.name_vi, old.name_en):
        found.append(AreaChange(AreaChangeKind.RENAMED, code, old.name_vi, old, area))
    if not _alike(old.shape, area.shape):
        gained = _size(difference(area.shape, old.shape))
        lost = _size(difference(old.shape, area.shape))
        if gained + lost >= _LEAST_KM2:
            kind = AreaChangeKind.RESHAPED
            found.append(AreaChange(kind, code, old.name_vi, old, area, gained=gained, lost=lost))
    return found


def _gone_on(base: Mapping[str, Outline], areas: Mapping[str, Outline]) -> list[AreaChange]:
    named = defaultdict(list)
    for code, area in areas.items():
        for predecessor in area.predecessors:
            if predecessor in base and predecessor != code:
                named[predecessor].append(code)
    gone = base.keys() - areas.keys()
    heirs = {code: tuple(sorted(named[code])) for code in gone | named.keys()}
    shared = Counter(heir for found in heirs.values() for heir in found)
    changes = []
    for code, found in heirs.items():
        if code not in gone or len(found) > 1:
            kind = AreaChangeKind.SPLIT
        elif not found:
            kind = AreaChangeKind.DISSOLVED
        elif shared[found[0]] == 1 and found[0] not in base:
            kind = AreaChangeKind.SUCCEEDED
        else:
            kind = AreaChangeKind.MERGED
        after = None if code in gone else areas[code]
        changes.append(AreaChange(kind, code, base[code].name_vi, base[code], after, found))
    return changes


class _Placing:
    """Where each city is, by the new boundaries."""

    def __init__(
        self,
        base: Mapping[str, Outline],
        areas: Mapping[str, Outline],
        heirs: Mapping[str, tuple[str, ...]],
        reshaped: set[str],
        choices: Choices,
    ) -> None:
        self._base, self._areas, self._heirs = base, areas, heirs
        self._reshaped, self._choices = reshaped, choices
        self._codes = list(areas)
        self._tree = STRtree([areas[code].shape for code in self._codes])
        self.changes: list[AreaChange] = []
        self.open: list[Place] = []
        self.moves: dict[str, str] = {}
        self.strays: list[Stray] = []

    def place(self, place: Place) -> None:
        own, here = place.province, self._found_in(place)
        chosen = self._choices.cities.get(place.code, "")
        if chosen not in self._areas:
            chosen = ""
        if own in self._areas:
            self._stays_or_moves(place, own, here, chosen)
        elif not chosen and len(self._heirs.get(own, ())) == 1:
            # It follows its province, which is confirmed as a whole.
            self.moves[place.code] = self._heirs[own][0]
        elif chosen or here:
            self._move(place, chosen or here)
        else:
            self.open.append(place)

    def _stays_or_moves(self, place: Place, own: str, here: str, chosen: str) -> None:
        left = own in self._reshaped and here != own and self._was_in(place, own)
        target = chosen or (here if left and here else own)
        if target != own:
            self._move(place, target)
        elif place.lonlat is not None and here != own:
            self.strays.append(Stray(place.code, place.name, own, here))

    def _move(self, place: Place, target: str) -> None:
        self.moves[place.code] = target
        self.changes.append(
            AreaChange(
                AreaChangeKind.MOVED,
                place.code,
                place.name,
                heirs=(target,),
                province_before=place.province,
            )
        )

    def _found_in(self, place: Place) -> str:
        if place.lonlat is None:
            return ""
        found = self._tree.query(Point(place.lonlat), predicate="intersects")
        return self._codes[int(np.min(found))] if len(found) else ""

    def _was_in(self, place: Place, code: str) -> bool:
        old = self._base.get(code)
        return (
            old is not None
            and place.lonlat is not None
            and bool(old.shape.intersects(Point(place.lonlat)))
        )


def _alike(one: MultiPolygon, other: MultiPolygon) -> bool:
    if normalize(one).equals_exact(normalize(other), _ROUNDING):
        return True
    return _size(symmetric_difference(one, other)) < _LEAST_KM2


def _size(shape: BaseGeometry) -> float:
    """Of its areas; lines and points that two boundaries share have none."""
    return sum(square_kilometres(p) for p in get_parts(shape) if p.geom_type == "Polygon")
