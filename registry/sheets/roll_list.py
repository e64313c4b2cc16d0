"""The reading room: a list of cities, as ministries send them, into lines for a roll.

A cell that says nothing known is named by its place, and the list is not taken.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from registry.domain.errors import FieldProblem, InvalidInput
from registry.sheets.cells import Cell, Row, Sort, Table, address, folded, refuse
from registry.sheets.separated import read_csv
from registry.sheets.xlsx import read_xlsx

_ZIP = b"PK\x03\x04"
_OLD = b"\xd0\xcf\x11\xe0"
# Titles stand above the headings in many lists.
_HEADINGS_WITHIN = 10
_NEEDED = frozenset({"name_vi", "unit_type", "urban_class"})
_CODES = ("code", "predecessors", "province")
_BETWEEN = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class RollList:
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


def read_roll_list(
    content: bytes, headings: Mapping[str, str], words: Mapping[str, Mapping[str, str]], sheet: str
) -> RollList:
    """Reads a workbook or a text file. `headings` gives the field of a heading, `words` the code
    of a word for a field, both `folded`. Raises InvalidInput for what cannot be read."""

    def known(texts: Sequence[str]) -> int:
        return sum(folded(text) in headings for text in texts)

    if content.startswith((_ZIP, _OLD)):
        table = read_xlsx(BytesIO(content), sheet)
    else:
        table = read_csv(content, known)
    top, fields = _headings(table, headings)
    found = RollList([], [], {})
    problems: list[FieldProblem] = []
    for row in table.rows:
        if row.number > top and any(cell.text.strip() for cell in row.cells.values()):
            problems += _take(row, fields, words, found)
    if problems:
        raise InvalidInput(problems)
    if not found.lines:
        refuse("list_empty")
    return found


def _take(
    row: Row, fields: Mapping[int, str], words: Mapping[str, Mapping[str, str]], found: RollList
) -> list[FieldProblem]:
    line: dict[str, Any] = {}
    problems = []
    for column, field in fields.items():
        cell_at = address(row.number, column)
        found.places[len(found.lines), field] = cell_at
        cell = row.cells.get(column)
        try:
            value = "" if cell is None else _value(cell, field, words)
        except ValueError as doubt:
            said = "" if cell is None else cell.text[:60]
            problems.append(FieldProblem(f"/cells/{cell_at}", str(doubt), {"value": said}))
            continue
        if value:
            line[field] = value
    found.lines.append(line)
    found.numbers.append(row.number)
    return problems


def _headings(table: Table, headings: Mapping[str, str]) -> tuple[int, dict[int, str]]:
    best: tuple[int, dict[int, str]] = 0, {}
    for row in table.rows[:_HEADINGS_WITHIN]:
        found = _fields(row, headings)
        if len(found) > len(best[1]):
            best = row.number, found
    there = list(best[1].values())
    twice = sorted({field for field in there if there.count(field) > 1})
    if twice:
        refuse("heading_twice", field=twice[0])
    if not set(there) >= _NEEDED:
        refuse("headings_missing")
    return best


def _fields(row: Row, headings: Mapping[str, str]) -> dict[int, str]:
    named = ((column, folded(cell.text)) for column, cell in row.cells.items())
    return {column: headings[text] for column, text in named if text in headings}


def _value(cell: Cell, field: str, words: Mapping[str, Mapping[str, str]]) -> object:
    """Raises ValueError with the name of what is wrong."""
    if cell.sort in {Sort.FORMULA, Sort.ERROR, Sort.BOOLEAN, Sort.DATE} or cell.across:
        raise ValueError("cell_not_text")
    if cell.sort is Sort.NUMBER and field in _CODES:
        # Nobody can say how many zeros stood before it.
        raise ValueError("code_as_number")
    text = " ".join(cell.text.split())
    if field in words and text:
        known = words[field].get(folded(text))
        if known is None:
            raise ValueError("unknown_word")
        return known
    if field == "predecessors":
        return [code for code in _BETWEEN.split(text) if code]
    if field in {"lon", "lat"} and text:
        return text.replace(",", ".")
    return text
