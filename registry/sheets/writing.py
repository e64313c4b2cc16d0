"""The reading room: use cases as rows of a sheet, with the columns by which they are read again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from registry.domain.standard import CODES, STANDARD, TERMS, Field, Kind
from registry.domain.use_case import UseCaseText
from registry.sheets.known import KnownCity
from registry.sheets.layout import LINES_PER_CELL, PIECE, Column, columns, shown
from registry.sheets.separated import csv_parts
from registry.sheets.values import date_text, joined, number_text


@dataclass(frozen=True, slots=True)
class Entry:
    """A use case to be written; `draft` is by the current standard."""

    city: KnownCity
    code: str
    own_id: str
    draft: UseCaseText


def table_of(entries: Sequence[Entry]) -> tuple[list[Column], list[list[str]]]:
    """As many columns as the template has, and more where an entry needs them."""
    counts = {
        field.name: max([shown(field), *(_count(field, entry.draft) for entry in entries)])
        for field in STANDARD.fields
    }
    found = list(columns(STANDARD, counts))
    return found, [[_text(column, entry) for column in found] for entry in entries]


def csv_of(headings: Iterable[Column], rows: Iterable[Sequence[str]]) -> bytes:
    return b"".join(csv_parts([column.heading.vi for column in headings], rows))


def _count(field: Field, draft: UseCaseText) -> int:
    value = draft.get(field.name)
    if field.kind is Kind.AREA:
        return 0 if value is None else -(-len(value.text) // PIECE)
    if field.kind is Kind.LINES:
        return -(-len(value) // LINES_PER_CELL)
    return len(value) if isinstance(value, tuple) else 0


def _text(column: Column, entry: Entry) -> str:
    match column.where:
        case "city":
            return entry.city.code
        case "own_id":
            return entry.own_id
        case "code":
            return entry.code
        case "problem":
            return ""
    value = entry.draft.get(column.parent)
    if column.item is None:
        return _shown(column.field, value, entry.city)
    match column.field.kind:
        case Kind.AREA:
            text = "" if value is None else value.text
            return str(text[column.item * PIECE :][:PIECE])
        case Kind.LINES:
            return joined(list(value[column.item * LINES_PER_CELL :][:LINES_PER_CELL]))
    if column.item >= len(value):
        return ""
    one = value[column.item]
    if column.field.name != column.parent:
        one = getattr(one, column.field.name)
    return _shown(column.field, one, entry.city)


def _shown(field: Field, value: Any, city: KnownCity) -> str:
    if value is None:
        return ""
    match field.kind:
        case Kind.CHOICE | Kind.CHOICES:
            return TERMS[CODES[field.codes]][value].vi
        case Kind.PROBLEMS:
            return next(problem.named for problem in city.problems if problem.id == value)
        case Kind.DATE:
            return date_text(value)
        case Kind.DAY:
            return str(value.strftime("%d/%m/%Y"))
        case Kind.NUMBER:
            return number_text(value)
        case _:
            return str(value)
