"""The reading room: a list as ministries send them - of cities, of services - into lines.

A cell that says nothing known is named by its place, and the list is not taken.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from io import BytesIO
from typing import Any

from registry.domain.errors import FieldProblem, InvalidInput
from registry.sheets.cells import Cell, Row, Sort, Table, address, folded, refuse
from registry.sheets.separated import read_csv
from registry.sheets.values import Doubt, read_day, read_number
from registry.sheets.xlsx import read_xlsx

_ZIP = b"PK\x03\x04"
_OLD = b"\xd0\xcf\x11\xe0"
# Titles stand above the headings in many lists.
_HEADINGS_WITHIN = 10
_BETWEEN = re.compile(r"[\s,;]+")


class Column(StrEnum):
    """How the cells of a column are read. What stands in a private one is never repeated."""

    TEXT = "text"
    CODE = "code"
    CODES = "codes"
    WORD = "word"
    DECIMAL = "decimal"
    DAY = "day"
    NUMBER = "number"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a list by their fields. `headings` gives the field of a heading, `words` the
    code of a word for a field, both `folded`; `sheet` is the one read where there are several."""

    columns: Mapping[str, Column]
    needed: frozenset[str]
    headings: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]
    sheet: str


@dataclass(frozen=True, slots=True)
class ListRead:
    """`lines` are what the drafts read; `numbers` are the rows they stand in."""

    lines: list[dict[str, Any]]
    numbers: list[int]
    # By place among the lines and field: the cell, so that a problem can be found in the file.
    places: dict[tuple[int, str], str]

    def in_the_file(self, problem: FieldProblem) -> FieldProblem:
        """A problem with a line, as one with its cell or its row."""
        match problem.pointer.split("/"):
            case ["", "lines", index, *rest] if index.isdigit():
                row = str(self.numbers[int(index)])
                cell = self.places.get((int(index), rest[0] if rest else ""), row)
                return FieldProblem(f"/cells/{cell}", problem.code, problem.params)
        return problem


def read_list(content: bytes, layout: Layout) -> ListRead:
    """Reads a workbook or a text file. Raises InvalidInput for what cannot be read."""

    def known(texts: Sequence[str]) -> int:
        return sum(folded(text) in layout.headings for text in texts)

    if content.startswith((_ZIP, _OLD)):
        table = read_xlsx(BytesIO(content), layout.sheet)
    else:
        table = read_csv(content, known)
    top, fields = _headings(table, layout)
    found = ListRead([], [], {})
    problems: list[FieldProblem] = []
    for row in table.rows:
        if row.number > top and any(cell.text.strip() for cell in row.cells.values()):
            problems += _take(row, fields, layout, table.day_one, found)
    if problems:
        raise InvalidInput(problems)
    if not found.lines:
        refuse("list_empty")
    return found


def _take(
    row: Row, fields: Mapping[int, str], layout: Layout, day_one: date, found: ListRead
) -> list[FieldProblem]:
    line: dict[str, Any] = {}
    problems = []
    for column, field in fields.items():
        cell_at = address(row.number, column)
        found.places[len(found.lines), field] = cell_at
        cell = row.cells.get(column)
        try:
            value = "" if cell is None else _value(cell, field, layout, day_one)
        except Doubt as doubt:
            private = cell is None or layout.columns[field] is Column.PRIVATE
            params = doubt.params | ({} if private or cell is None else {"value": cell.text[:60]})
            problems.append(FieldProblem(f"/cells/{cell_at}", doubt.code, params))
            continue
        if value:
            line[field] = value
    found.lines.append(line)
    found.numbers.append(row.number)
    return problems


def _headings(table: Table, layout: Layout) -> tuple[int, dict[int, str]]:
    best: tuple[int, dict[int, str]] = 0, {}
    for row in table.rows[:_HEADINGS_WITHIN]:
        found = _fields(row, layout.headings)
        if len(found) > len(best[1]):
            best = row.number, found
    there = list(best[1].values())
    twice = sorted({field for field in there if there.count(field) > 1})
    if twice:
        refuse("heading_twice", field=twice[0])
    if not set(there) >= layout.needed:
        refuse("headings_missing")
    return best


def _fields(row: Row, headings: Mapping[str, str]) -> dict[int, str]:
    named = ((column, folded(cell.text)) for column, cell in row.cells.items())
    return {column: headings[text] for column, text in named if text in headings}


def _value(cell: Cell, field: str, layout: Layout, day_one: date) -> object:
    """Raises Doubt."""
    kind = layout.columns[field]
    match kind:
        case Column.DAY:
            return read_day(cell, day_one)
        case Column.NUMBER:
            return read_number(cell)
    if cell.sort in {Sort.FORMULA, Sort.ERROR, Sort.BOOLEAN, Sort.DATE} or cell.across:
        raise Doubt("cell_not_text")
    if cell.sort is Sort.NUMBER and kind in {Column.CODE, Column.CODES, Column.PRIVATE}:
        # Nobody can say how many zeros stood before it.
        raise Doubt("code_as_number")
    text = " ".join(cell.text.split())
    match kind:
        case Column.WORD if text:
            known = layout.words[field].get(folded(text))
            if known is None:
                raise Doubt("unknown_word")
            return known
        case Column.CODES:
            return [code for code in _BETWEEN.split(text) if code]
        case Column.DECIMAL:
            return text.replace(",", ".")
    return text
