"""The dispatch room's waybill: what one file holds, and what is said of it inside."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from api.exports.columns import Column, Type, Value
from api.exports.sets import DataSet
from api.i18n import Language, iso_utc

# Locations come from GeoNames under this licence, so the whole goes out under it.
LICENCE = {
    "name": "CC BY 4.0",
    "url": "https://creativecommons.org/licenses/by/4.0/",
    "attribution": "City AI registry (Sổ đăng ký AI đô thị); locations of cities © GeoNames",
}
SEPARATOR = ";"


@dataclass(frozen=True, slots=True)
class Export:
    """`rows` reads them anew each time it is called. `about` is a JSON object: licence, standard,
    roll, rule, both clocks, the signed head of the ledger and the permanent address. `known_at`
    (UTC) is the only time a file speaks of, so that the same question is the same bytes."""

    set: DataSet
    about: dict[str, Any]
    rows: Callable[[], Iterator[Any]]
    known_at: datetime
    language: Language


def geometry_of(export: Export, row: Any) -> dict[str, Any] | None:
    return export.set.geometry(row)


def as_json_value(column: Column, row: Any) -> Any:
    """A cell as JSON has it: dates ISO 8601, times with Z, lists and objects themselves."""
    return plain(column.value(row))


def as_text(column: Column, row: Any) -> str | int | float | bool | None:
    """A cell for formats without lists: codes are joined by a semicolon, what is deeper is JSON."""
    value = plain(column.value(row))
    if value is None or value == [] or (value == "" and column.kind is not Type.TEXT):
        return None
    if column.kind is Type.CODES:
        return SEPARATOR.join(value)
    return compact(value) if isinstance(value, list | dict) else value


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def plain(value: Value) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return iso_utc(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if value is None or isinstance(value, bool | int | float | dict):
        return value
    # A plain string also where it was a member of an enumeration, or an identifier.
    return str(value)
