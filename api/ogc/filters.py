"""The customs: what a stranger's CQL2 filter may say before it becomes a condition in SQL.

The library behind tipg turns any `word(…)` into a call of the database's function of that name and
reads without a limit to depth, at the price of the whole process. So a filter is measured before
it is read, and only operations and properties named here and in the collection pass.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from cql2 import Expr

from registry.domain.errors import FieldProblem, InvalidInput

# Enough for a polygon drawn by hand; measured to be read in milliseconds.
MAX_LENGTH = 8_000
MAX_NESTING = 100
# Of a text each of these can be one level more, and two thousand levels end the process (cql2 0.6).
# In strings they count too: whatever told strings apart could be deceived. JSON is read by a
# library that has a limit of its own.
_NESTING = re.compile(r"[(\[{=<>+*/^%-]|\b(?:not|div)\b", re.IGNORECASE)
_PLACE = re.compile(r"--> 1:(\d+)")

OPERATIONS = frozenset(
    {
        *("and", "or", "not", "=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/"),
        *("like", "between", "in", "isNull", "casei", "accenti"),
        *("s_intersects", "s_equals", "s_disjoint", "s_touches", "s_within", "s_overlaps"),
        *("s_crosses", "s_contains"),
        *("t_after", "t_before", "t_equals", "t_disjoint", "t_intersects", "t_during"),
    }
)
_LITERALS = ({"date"}, {"timestamp"}, {"interval"}, {"type", "coordinates"}, {"type", "geometries"})
# Numbers of a box, without heights and with them.
_SIZES = {4, 6}
_POINTER = "/filter"


def judged(given: str, properties: Collection[str]) -> Expr:
    """A filter in CQL2 text or JSON, about these properties; geometries are degrees, CRS84.

    Raises InvalidInput saying where it cannot be read, or what of it may not be asked.
    """
    deep = not given.startswith("{") and len(_NESTING.findall(given)) > MAX_NESTING
    if len(given) > MAX_LENGTH or deep:
        raise _refused("filter_too_deep", length=str(MAX_LENGTH), depth=str(MAX_NESTING))
    try:
        read = Expr(given).to_json()
        # From JSON every geometry gets its reference system; from text none.
        passed = Expr(_cleared(read, properties))
        # What has too few arguments is seen no earlier.
        passed.to_sql()
    except InvalidInput:
        raise
    except Exception as error:
        place = _PLACE.search(str(error))
        raise _refused("filter_unreadable", place=place[1] if place else "1") from error
    return passed


def _cleared(node: Any, properties: Collection[str]) -> Any:
    if isinstance(node, list):
        return [_cleared(each, properties) for each in node]
    if not isinstance(node, dict):
        return node
    if "op" in node:
        if node["op"] not in OPERATIONS:
            raise _refused("filter_operation", value=str(node["op"]))
        return {"op": node["op"], "args": _cleared(node["args"], properties)}
    if "property" in node:
        if node["property"] not in properties:
            raise unknown_property(_POINTER, node["property"], properties)
        return node
    if node.keys() == {"bbox"}:
        return _polygons(node["bbox"])
    if not any(node.keys() == literal for literal in _LITERALS):
        raise _refused("filter_operation", value=", ".join(map(str, node)))
    return node


def _polygons(box: list[float]) -> Mapping[str, Any]:
    """cql2 gives a box no reference system. One across the antimeridian is two."""
    if len(box) not in _SIZES:
        raise _refused("filter_unreadable", place="1")
    half = len(box) // 2
    west, south, east, north = box[0], box[1], box[half], box[half + 1]
    sides = [(west, east)] if west <= east else [(west, 180), (-180, east)]
    return {
        "type": "MultiPolygon",
        "coordinates": [
            [[[w, south], [e, south], [e, north], [w, north], [w, south]]] for w, e in sides
        ],
    }


def unknown_property(pointer: str, name: str, properties: Collection[str]) -> InvalidInput:
    known = ", ".join(properties)
    return InvalidInput(
        [FieldProblem(pointer, "unknown_property", {"value": name, "known": known})]
    )


def _refused(code: str, **params: str) -> InvalidInput:
    return InvalidInput([FieldProblem(_POINTER, code, params)])
