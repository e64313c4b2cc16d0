"""The reading room: a spreadsheet handed in, as a table whose headings are understood."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from registry.domain.errors import FieldProblem, InvalidInput
from registry.sheets.cells import Cell, Row, Table, address, folded, refuse
from registry.sheets.layout import EXAMPLE, SHEET, Headings, count_known, read_headings
from registry.sheets.separated import read_csv
from registry.sheets.xlsx import OLE, read_xlsx

MAX_BYTES = 20_000_000
# People put a title above the headings.
_HEADING_WITHIN = 10
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Sheet:
    table: Table
    headings: Headings

    def rows(self) -> Iterator[Row]:
        """The rows that say something: no headings, no example."""
        known = self.headings.columns
        own_id = next((n for n, column in known.items() if column.key == "own_id"), 0)
        for row in self.table.rows:
            if row.number > self.headings.row and not row.cells.keys().isdisjoint(known):
                cell = row.cells.get(own_id)
                if cell is None or folded(cell.text) != folded(EXAMPLE):
                    yield row


def read_sheet(content: BinaryIO) -> Sheet:
    """What is recognised by its content, not by its name: a workbook or a text file.

    Raises InvalidInput for what is neither, and for headings that cannot be gone by.
    """
    size = content.seek(0, 2)
    if size > MAX_BYTES:
        refuse("file_too_large", megabytes=str(MAX_BYTES // 1_000_000))
    if size == 0:
        refuse("file_empty")
    content.seek(0)
    head = content.read(len(OLE))
    content.seek(0)
    if head.startswith(_ZIP) or head == OLE:
        table = read_xlsx(content, SHEET)
    else:
        table = read_csv(content.read(), count_known)
    return Sheet(table, _headings(table))


def read_bytes(content: bytes) -> Sheet:
    return read_sheet(BytesIO(content))


def _headings(table: Table) -> Headings:
    best, known = None, 0
    for row in table.rows[:_HEADING_WITHIN]:
        count = count_known([cell.text for cell in row.cells.values()])
        if count > known:
            best, known = row, count
    if best is None:
        refuse("sheet_no_headings")
    found = read_headings(best.number, _texts(best.cells))
    problems = [
        FieldProblem(
            "/file", "sheet_heading_twice", {"cell": address(best.number, number), "name": text}
        )
        for number, text in found.repeated.items()
    ]
    keys = {column.key for column in found.columns.values()}
    if not keys & {"own_id", "code"}:
        problems.append(FieldProblem("/file", "sheet_no_id_column"))
    if problems:
        raise InvalidInput(problems)
    return found


def _texts(cells: dict[int, Cell]) -> dict[int, str]:
    """A heading that is merged over several columns is that of the first."""
    found: dict[int, str] = {}
    for number, cell in sorted(cells.items()):
        if not (cell.across and found and list(found.values())[-1] == cell.text):
            found[number] = cell.text
    return found
