"""The office next door: somebody with a spreadsheet program, who fills in what they were given."""

from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from registry.domain.standard import STANDARD
from registry.sheets.cells import address
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


def row(own_id: str, **changes: Value) -> dict[str, Value]:
    """Keys are those of the columns, with _ for -: `stages__1__since`."""
    return {"own_id": own_id, **ROW, **{k.replace("__", "-"): v for k, v in changes.items()}}


def filled(
    rows: Sequence[Mapping[str, Value]], start: int = 3, given: bytes | None = None
) -> bytes:
    """The template with these rows below its example, saved by a spreadsheet program."""
    book = load_workbook(BytesIO(given or template(KnownCity("x", "X"), [])))
    sheet = book[SHEET]
    known = places(sheet)
    for number, values in enumerate(rows, start):
        for key, value in values.items():
            if HEADINGS[key] not in known:
                known[HEADINGS[key]] = len(known) + 1
                sheet.cell(1, len(known), HEADINGS[key])
            sheet.cell(number, known[HEADINGS[key]], value)
    return saved(book)


def places(sheet: Worksheet) -> dict[str, int]:
    """The column of each heading."""
    return {str(each.value): number for number, each in enumerate(sheet[1], 1)}


def cell(content: bytes, key: str, number: int) -> str:
    """Where a column is in a row: "D17"."""
    sheet: Worksheet = load_workbook(BytesIO(content))[SHEET]
    return address(number, places(sheet)[HEADINGS[key]])


def sheet_of(*rows: list[Value], title: str = SHEET) -> bytes:
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


# Ten kinds of mistakes, each in a row of its own: what is written where, and the rule it breaks.
MISTAKES: Sequence[tuple[str, Value, str]] = (
    ("techniques-1", "Thị giác máy", "sheet_unknown_word"),
    ("stages-1-since", "06/15/2024", "sheet_month_first"),
    ("stages-1-since", "31/02/2024", "sheet_no_such_day"),
    ("results-1-value", "1.250", "sheet_thousand_or_decimal"),
    ("title", '="Cảnh báo"&" ngập"', "sheet_formula"),
    ("problem_ids-1", "Kẹt xe", "sheet_unknown_problem"),
    ("evidence-1-url", "www.example.vn", "not_a_web_address"),
    ("own_id", "UD-01", "sheet_row_twice"),
    ("city", "48", "sheet_other_city"),
    ("summary", "Dài quá. " * 300, "too_long"),
    ("results-1-baseline", "12%", "sheet_not_a_number"),
    ("own_id", None, "sheet_no_id"),
)
FIRST_MISTAKE = 10


def forty_rows(*, mended: bool = False) -> list[dict[str, Value]]:
    """A province's declaration as it comes the first time, or after its report was read."""
    rows = [row(f"UD-{number:02}", title=f"Ứng dụng số {number}") for number in range(1, 41)]
    if not mended:
        for number, (key, value, _) in enumerate(MISTAKES, FIRST_MISTAKE):
            rows[number][key] = value
    return rows
