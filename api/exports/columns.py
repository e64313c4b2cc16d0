"""The dispatch room's ruler: one table of columns, from which every format's heads are made."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from registry.domain.standard import CODES, NO_WORDS, STANDARD, Field, Kind, Words


class Type(StrEnum):
    """What a column holds. `DATE` is ISO 8601 as precise as its source; `INSTANT` is UTC.

    `CODES` and `TEXTS` are lists, `ROWS` a list of objects with the column's parts, `AREA` a
    GeoJSON MultiPolygon (EPSG:4326, longitude before latitude).
    """

    TEXT = "text"
    CODE = "code"
    URL = "url"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DAY = "day"
    DATE = "date"
    INSTANT = "instant"
    CODES = "codes"
    TEXTS = "texts"
    ROWS = "rows"
    AREA = "area"


Value = str | int | float | bool | date | datetime | list[Any] | dict[str, Any] | None


def _nothing(_row: Any) -> Value:
    return None


@dataclass(frozen=True, slots=True)
class Column:
    """`value` reads it off a row. `codes` is the code list of a CODE or CODES column; `unit` as
    UCUM has it; a `worded` column is in the language the file was asked for, and a `path` is one of
    the register's own, which a file gives as a whole address."""

    name: str
    kind: Type
    title: Words
    value: Callable[[Any], Value] = _nothing
    description: Words = NO_WORDS
    unit: str = ""
    codes: type[StrEnum] | None = None
    parts: tuple["Column", ...] = ()
    worded: bool = False
    path: bool = False


def attribute(
    name: str, kind: Type, title: Words, description: Words = NO_WORDS, **more: Any
) -> Column:
    """A column that is an attribute of its rows."""
    return Column(name, kind, title, lambda row: getattr(row, name), description, **more)


_KINDS = {
    Kind.LINE: Type.TEXT,
    Kind.PARAGRAPH: Type.TEXT,
    Kind.LONG: Type.TEXT,
    Kind.FILE: Type.TEXT,
    # All digits, as people wrote them.
    Kind.NUMBER: Type.TEXT,
    Kind.URL: Type.URL,
    Kind.DAY: Type.DAY,
    Kind.DATE: Type.DATE,
    Kind.CHOICE: Type.CODE,
    Kind.CHOICES: Type.CODES,
    Kind.PROBLEMS: Type.TEXTS,
    Kind.LINES: Type.TEXTS,
    Kind.AREA: Type.AREA,
    Kind.ROWS: Type.ROWS,
}


def of_standard(content: Callable[[Any], dict[str, Any]]) -> Iterable[Column]:
    """Every field of the metadata standard; `content` is a row's text by the current version."""
    for field in STANDARD.fields:
        yield _of_field(field, content)


def _of_field(field: Field, content: Callable[[Any], dict[str, Any]]) -> Column:
    kind = _KINDS[field.kind]

    def value(row: Any) -> Value:
        found: Value = content(row)[field.name]
        return date.fromisoformat(found) if kind is Type.DAY and isinstance(found, str) else found

    return Column(
        field.name,
        kind,
        field.label,
        value,
        field.help,
        codes=CODES[field.codes] if field.codes else None,
        parts=tuple(_of_field(part, content) for part in field.parts),
    )
