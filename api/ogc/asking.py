"""The enquiry desk: reads what tipg would read of a query, and says in words what is wrong with it.

FastAPI asks these in place of tipg's own dependencies (`dependency_overrides`): tipg lets numbers
and times that cannot be read through as errors of the server, and some names as nothing at all.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from math import isfinite
from typing import Annotated, Any, Literal

from cql2 import Expr
from fastapi import Path, Query, Request
from morecantile import Tile
from tipg import dependencies as theirs
from tipg.collections import Collection, CollectionList

from api.ogc import collections
from api.ogc.collections import PublicCollection
from api.ogc.filters import judged, unknown_property
from api.query_names import known_names
from registry.domain.errors import FieldProblem, InvalidInput, NotFound
from registry.domain.geometry import BOUNDS
from registry.queries.moments import VIET_NAM

# The last matrix of WebMercatorQuad.
MAX_ZOOM = 24
JsonOrHtml = Annotated[
    Literal["json", "html"] | None, Query(description="Media type; default: by Accept, else JSON")
]
_PLANE, _SPACE = 4, 6
_ANTIMERIDIAN = 180.0
_OPEN = ("", "..")


def collection(
    collectionId: Annotated[str, Path(description="Collection identifier")],  # noqa: N803 - theirs
) -> PublicCollection:
    """Raises NotFound."""
    found = collections.collection(collectionId)
    if found is None:
        raise NotFound
    return found


def every_collection() -> CollectionList:
    found: list[Collection] = [*collections.every()]
    return CollectionList(collections=found, matched=len(found), next=None, prev=None)


def known_names_only(request: Request) -> None:
    """As everywhere; a property's name is a condition."""
    asked = _asked(request)
    known_names(request, () if asked is None else asked.columns())


def bbox(
    given: Annotated[str | None, Query(alias="bbox")] = None,
) -> list[float] | None:
    """West, south, east, north in degrees (CRS84), or with heights as third and sixth, which
    nothing here has."""
    if not given:
        return None
    try:
        numbers = [float(part) for part in given.split(",")]
    except ValueError:
        raise _refused("bbox") from None
    if len(numbers) not in {_PLANE, _SPACE} or not all(map(isfinite, numbers)):
        raise _refused("bbox")
    half = len(numbers) // 2
    west, south, east, north = numbers[0], numbers[1], numbers[half], numbers[half + 1]
    if max(abs(west), abs(east)) > _ANTIMERIDIAN or not -90 <= south <= north <= 90:
        raise _refused("bbox")
    if west > east:
        # Across the antimeridian. One of its two halves reaches what there is, or none does.
        if east < BOUNDS[0]:
            east = _ANTIMERIDIAN
        elif west > BOUNDS[2]:
            west = -_ANTIMERIDIAN
        else:
            raise _refused("bbox")
    return [west, south, east, north]


def when(
    request: Request, given: Annotated[str | None, Query(alias="datetime")] = None
) -> list[str] | None:
    """One time or an interval, as times in UTC. A day is one in Viet Nam, from its beginning to
    the next one's. Features without a time of their own are in every interval."""
    asked = _asked(request)
    if not given or asked is None:
        return None
    interval = _interval(given)
    return interval if asked.datetime_column else None


def _interval(given: str) -> list[str]:
    start, slash, end = given.partition("/")
    if not slash:
        if len(start) > len("2026-01-01"):
            return [_instant(start, days=0)]
        return [_instant(start, days=0), _instant(start, days=1)]
    if start in _OPEN and end in _OPEN:
        raise _refused("datetime")
    since = start if start in _OPEN else _instant(start, days=0)
    until = end if end in _OPEN else _instant(end, days=1)
    if since not in _OPEN and until not in _OPEN and since > until:
        raise _refused("datetime")
    return [since, until]


def _instant(text: str, days: int) -> str:
    """`days` are added to a day and not to a time."""
    try:
        if len(text) == len("2026-01-01"):
            day = date.fromisoformat(text) + timedelta(days=days)
            moment = datetime.combine(day, time(), VIET_NAM)
        else:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                raise _refused("datetime")
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        raise _refused("datetime") from None


def condition(
    request: Request,
    given: Annotated[str | None, Query(alias="filter")] = None,
    filter_lang: Annotated[theirs.FilterLang | None, Query(alias="filter-lang")] = None,
) -> Expr | None:
    del filter_lang  # it can be told by looking
    asked = _asked(request)
    if not given or asked is None:
        return None
    return judged(given, [column.name for column in asked.properties])


def properties(
    request: Request, given: Annotated[str | None, Query(alias="properties")] = None
) -> list[str] | None:
    """None for all, a single empty name for none."""
    asked = _asked(request)
    if given is None or asked is None:
        return None
    names = [name.strip() for name in given.split(",")]
    for name in names:
        if name and name not in asked.columns():
            raise unknown_property("/properties", name, asked.columns())
    return names


def order(
    request: Request, given: Annotated[str | None, Query(alias="sortby")] = None
) -> str | None:
    """Names with a comma between them; a minus before one: descending."""
    asked = _asked(request)
    if not given or asked is None:
        return None
    parts = [part.strip() for part in given.split(",")]
    for part in parts:
        if part.lstrip("+-") not in asked.columns():
            raise unknown_property("/sortby", part, asked.columns())
    return ",".join(parts)


def tile(z: Annotated[int, Path()], x: Annotated[int, Path()], y: Annotated[int, Path()]) -> Tile:
    """Raises NotFound where the matrix has no such tile."""
    if not 0 <= z <= MAX_ZOOM or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise NotFound
    return Tile(x, y, z)


INSTEAD: Mapping[Callable[..., Any], Callable[..., Any]] = {
    theirs.bbox_query: bbox,
    theirs.datetime_query: when,
    theirs.filter_query: condition,
    theirs.properties_query: properties,
    theirs.sortby_query: order,
    theirs.TileParams: tile,
}


def _asked(request: Request) -> PublicCollection | None:
    return collections.collection(request.path_params.get("collectionId", ""))


def _refused(name: str) -> InvalidInput:
    return InvalidInput([FieldProblem(f"/{name}", f"{name}_unreadable")])
