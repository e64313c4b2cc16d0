"""The reading room: the parts of a workbook, put together from what a parser says one by one."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from registry.domain.dates import FIRST_YEAR, LAST_YEAR
from registry.sheets.cells import (
    DAY_ONE,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_TEXT,
    Cell,
    Row,
    Sort,
    merged,
    place,
    refuse,
)

_MAX_STRINGS = 400_000
_MAX_BLOCKS = 1_000

Block = tuple[int, int, int, int]


class StringReader:
    """Readings of Japanese names (rPh) are no part of a text."""

    def __init__(self, strings: list[str]) -> None:
        self._strings = strings
        self._parts: list[str] = []
        self._in_text = False
        self._aside = False

    def start(self, name: str, _given: dict[str, str]) -> None:
        if name == "si":
            self._parts = []
        elif name == "rPh":
            self._aside = True
        elif name == "t":
            self._in_text = not self._aside

    def end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "rPh":
            self._aside = False
        elif name == "si":
            if len(self._strings) >= _MAX_STRINGS:
                refuse("sheet_too_much")
            self._strings.append(_text(self._parts))

    def data(self, text: str) -> None:
        if self._in_text:
            self._parts.append(text)


class SheetReader:
    """`strings` are those that cells share, `date_styles` the precision of dates by style."""

    def __init__(
        self, strings: Sequence[str], date_styles: Mapping[int, str], day_one: date
    ) -> None:
        self._strings = strings
        self._date_styles = date_styles
        self._day_one = day_one
        self._rows: dict[int, dict[int, Cell]] = {}
        self._blocks: list[Block] = []
        self._computed: list[Block] = []
        self._count = 0
        self._row = 0
        self._column = 0
        self._kind = "n"
        self._style = 0
        self._formula = False
        self._collecting = False
        self._aside = False
        self._parts: list[str] = []
        self._size = 0

    def start(self, name: str, given: dict[str, str]) -> None:
        if name == "c":
            self._begin(given)
        elif name == "v":
            self._collecting = True
        elif name == "t":
            self._collecting = not self._aside
        elif name == "row":
            self._row = int(given["r"]) if "r" in given else self._row + 1
            self._column = 0
        elif name == "f":
            self._formula = True
            # Results of one formula fill a block; those of a shared one have their own.
            if "ref" in given and given.get("t") != "shared":
                self._add(self._computed, given["ref"])
        elif name == "mergeCell":
            self._add(self._blocks, given["ref"])
        elif name == "rPh":
            self._aside = True

    def _begin(self, given: dict[str, str]) -> None:
        reference = given.get("r")
        if reference:
            self._row, self._column = place(reference)
        else:
            self._column += 1
        self._kind = given.get("t", "n")
        self._style = int(given.get("s", "0"))
        self._formula = False
        self._parts = []
        self._size = 0

    def _add(self, blocks: list[Block], reference: str) -> None:
        if len(blocks) >= _MAX_BLOCKS:
            refuse("sheet_too_much")
        blocks.append(_block(reference))

    def end(self, name: str) -> None:
        if name in {"v", "t"}:
            self._collecting = False
        elif name == "rPh":
            self._aside = False
        elif name == "c":
            cell = self._cell()
            if cell is not None:
                self._keep(cell)

    def data(self, text: str) -> None:
        if self._collecting:
            self._size += len(text)
            if self._size > MAX_TEXT:
                refuse("sheet_too_much")
            self._parts.append(text)

    def finished(self) -> list[Row]:
        rows = [Row(number, cells) for number, cells in sorted(self._rows.items())]
        for top, left, bottom, right in self._computed:
            for row in rows:
                if top <= row.number <= bottom:
                    for column in row.cells:
                        if left <= column <= right:
                            row.cells[column] = Cell(Sort.FORMULA, "")
        return merged(rows, self._blocks)

    def _keep(self, cell: Cell) -> None:
        if self._row > MAX_ROWS or self._column > MAX_COLUMNS or self._row < 1:
            refuse("sheet_far_cell", rows=str(MAX_ROWS), columns=str(MAX_COLUMNS))
        self._count += 1
        if self._count > MAX_CELLS:
            refuse("sheet_too_much")
        self._rows.setdefault(self._row, {})[self._column] = cell

    def _cell(self) -> Cell | None:
        if self._formula:
            return Cell(Sort.FORMULA, "")
        text = "".join(self._parts)
        if self._kind == "s":
            text = self._strings[int(text)] if text else ""
        elif self._kind in {"str", "inlineStr"}:
            text = _text(self._parts)
        elif not text:
            return None
        elif self._kind == "b":
            return Cell(Sort.BOOLEAN, "TRUE" if text == "1" else "FALSE")
        elif self._kind == "e":
            return Cell(Sort.ERROR, text)
        elif self._kind == "d":
            return Cell(Sort.DATE, text.partition("T")[0])
        else:
            return self._number(float(text))
        return Cell(Sort.TEXT, text) if text.strip() else None

    def _number(self, value: float) -> Cell:
        precision = self._date_styles.get(self._style)
        day = None if precision is None else day_of(value, self._day_one)
        if day is None:
            return Cell(Sort.NUMBER, format(value, ".15g"))
        return Cell(Sort.DATE, day.isoformat()[: _LENGTHS[precision or "day"]])


_LENGTHS = {"day": 10, "month": 7, "year": 4}


def day_of(serial: float, day_one: date) -> date | None:
    """The day a spreadsheet's number stands for; None where that is none of our time."""
    # 1900 had no 29 February, but the spreadsheets that count from there think so.
    if not 1 <= serial < 200_000 or (day_one == DAY_ONE and serial < 61):
        return None
    found = day_one + timedelta(days=int(serial))
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


_DAY_FORMATS = {14, 15, 16, 22, *range(27, 37), *range(50, 59)}
_MONTH_FORMAT = 17
_NOT_LETTERS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')


def precision(number: int, code: str | None) -> str:
    """How precise a date a number format shows; empty where it shows none."""
    if code is None:
        if number == _MONTH_FORMAT:
            return "month"
        return "day" if number in _DAY_FORMATS else ""
    letters = set(_NOT_LETTERS.sub("", code.casefold().partition(";")[0]))
    if "d" in letters:
        return "day"
    if "y" in letters:
        return "month" if "m" in letters else "year"
    return ""


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _text(parts: list[str]) -> str:
    text = "".join(parts)
    if "_x" in text:
        text = _ESCAPED.sub(_unescaped, text)
    return text.replace("\r\n", "\n")


def _unescaped(found: re.Match[str]) -> str:
    """What XML cannot hold is written by its number; what no text can hold stays so."""
    character = chr(int(found[1], 16))
    whole = unicodedata.category(character) not in {"Cc", "Cs"} or character in "\n\r\t"
    return character if whole else found[0]


def _block(reference: str) -> Block:
    first, _, last = reference.partition(":")
    top, left = place(first)
    bottom, right = place(last or first)
    return top, left, bottom, right
