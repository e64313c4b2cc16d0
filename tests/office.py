"""The office next door: somebody with a spreadsheet program, who fills in what they were given."""

from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from typing import Any, Protocol

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from registry.domain.standard import STANDARD
from registry.sheets.known import KnownCity
from registry.sheets.layout import SHEET, columns, most
from registry.sheets.workbook import template

Value = str | int | float | bool | date | None

_ALL = {field.name: most(field) for field in STANDARD.fields}
HEADINGS = {column.key: column.heading.vi for column in columns(STANDARD, _ALL)}

# What a whole declaration needs, in the words of the template; dates are typed as people do.
ROW: dict[str, Value] = {
    "title": "Cảnh báo ngập sớm",
    "summary": "Dự báo điểm ngập trước hai giờ.",
    "problem_ids-1": "1",
    "solution": "Mô hình học máy từ mực nước và mưa.",
    "techniques-1": "Dự báo bằng học máy",
    "deployer": "Trung tâm điều hành đô thị thông minh",
    "stages-1-stage": "Đang vận hành",
    "stages-1-since": "11/2024",
    "evidence-1-url": "https://example.vn/canh-bao-ngap",
    "evidence-1-title": "Thông báo vận hành",
}


class HasCode(Protocol):
    code: str


def row(own_id: str, **changes: Value) -> dict[str, Value]:
    """Keys are those of the columns, with _ for -: `stages__1__since`."""
    return {"own_id": own_id, **ROW, **{k.replace("__", "-"): v for k, v in changes.items()}}


def filled(rows: Sequence[Mapping[str, Value]], start: int = 3) -> bytes:
    """The template with these rows below its example, saved by a spreadsheet program."""
    book = load_workbook(BytesIO(template(KnownCity("x", "X"), [])))
    sheet = book[SHEET]
    places = {cell.value: cell.column for cell in sheet[1]}
    for number, values in enumerate(rows, start):
        for key, value in values.items():
            column = places.get(HEADINGS[key])
            if column is None:
                column = len(places) + 1
                places[HEADINGS[key]] = column
                sheet.cell(1, column, HEADINGS[key])
            sheet.cell(number, column, value)
    return saved(book)


def cell(content: bytes, key: str, number: int) -> str:
    """Where a column is in a row: "D17"."""
    sheet: Worksheet = load_workbook(BytesIO(content))[SHEET]
    found = next(c for c in sheet[1] if c.value == HEADINGS[key])
    return f"{found.column_letter}{number}"


def sheet_of(*rows: Sequence[Any], title: str = SHEET) -> bytes:
    """A workbook of one's own making."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    for values in rows:
        sheet.append(values)
    return saved(book)


def saved(book: Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()
