"""The reading room: cells as they were found, before anybody asks what they mean."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NoReturn

from registry.domain.errors import FieldProblem, InvalidInput

MAX_ROWS = 10_000
MAX_COLUMNS = 1_000
MAX_CELLS = 400_000
# Excel's own limit is 32,767; other programs go further.
MAX_TEXT = 100_000

DAY_ONE = date(1899, 12, 30)
DAY_ONE_1904 = date(1904, 1, 1)


class Sort(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    # A number that the sheet shows as a date: `text` is ISO 8601, as precise as it is shown.
    DATE = "date"
    BOOLEAN = "boolean"
    FORMULA = "formula"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Cell:
    """`merged`: the text is that of the first cell of a merged block it belongs to; `across`: the
    block covers several columns, so nobody can say which of them it is meant for."""

    sort: Sort
    text: str
    merged: bool = False
    across: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """`number` is counted as a spreadsheet counts, from 1; columns too."""

    number: int
    cells: dict[int, Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet. `encoding` is how a text file was written, empty for a workbook."""

    sheet: str
    rows: list[Row]
    day_one: date = DAY_ONE
    encoding: str = ""


def column_letters(column: int) -> str:
    """1 → A, 27 → AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    return f"{column_letters(column)}{row}"


def place(reference: str) -> tuple[int, int]:
    """The row and column of "D17". Raises ValueError for anything else."""
    letters = reference.rstrip("0123456789").replace("$", "")
    digits = reference[len(reference.rstrip("0123456789")) :]
    if not letters.isascii() or not letters.isalpha() or len(letters) > 3 or len(digits) > 7:
        raise ValueError(reference)
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return int(digits), column


def folded(text: str) -> str:
    """As people compare words: composed, small, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def plain(text: str) -> str:
    """The same without diacritics; đ is no accented d in Unicode."""
    decomposed = unicodedata.normalize("NFD", folded(text).replace("đ", "d"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def merged(rows: list[Row], blocks: list[tuple[int, int, int, int]]) -> list[Row]:
    """Gives each cell under a merged block the text of the block's first cell."""
    by_number = {row.number: row for row in rows}
    left_to_fill = MAX_CELLS
    for top, left, bottom, right in blocks:
        head = by_number.get(top)
        first = None if head is None else head.cells.get(left)
        if first is None:
            continue
        last_row, last_column = min(bottom, MAX_ROWS), min(right, MAX_COLUMNS)
        left_to_fill -= (last_row - top + 1) * (last_column - left + 1)
        if left_to_fill < 0:
            refuse("sheet_too_much")
        spread = replace(first, merged=True, across=left != right)
        for number in range(top, last_row + 1):
            row = by_number.get(number)
            if row is None:
                continue
            for column in range(left, last_column + 1):
                if spread.across or number != top:
                    row.cells[column] = spread
    return rows


def refuse(code: str, **params: str) -> NoReturn:
    """The whole file is refused."""
    raise InvalidInput([FieldProblem("/file", code, params)])
