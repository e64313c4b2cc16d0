"""The printing room: workbooks (XLSX) - the template of a city, and tables to take home.

The same content gives the same bytes. No text is ever written as a formula.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from registry.domain.dates import PartialDate
from registry.domain.standard import CODES, STANDARD, TERMS, Field, Kind, Need
from registry.sheets.cells import column_letters
from registry.sheets.help import HELP_SHEET, LISTS_SHEET, TRANSLATED, help_lines
from registry.sheets.known import KnownCity
from registry.sheets.layout import EXAMPLE, SHEET, Column, columns
from registry.sheets.values import date_text, number_text

# Rows of the template that have drop-downs and formats.
_PREPARED = 1_000
# A workbook says when it was made; the same table is always the same file.
_MADE = datetime(2026, 1, 1)  # noqa: DTZ001 - the format has no zone
_WIDE = {Kind.LONG: 60, Kind.PARAGRAPH: 44, Kind.LINE: 28, Kind.URL: 32, Kind.LINES: 28}
_COLOURS = ("#F3E3E3", "#E7EEF6", "#EAF3E6", "#F6F0DF")
_REQUIRED = "#8F1D1D"


def workbook_of(headings: Sequence[Column], rows: Sequence[Sequence[str]]) -> bytes:
    """A table as text cells, so that it is read again as it was written."""
    out = BytesIO()
    with _book(out) as book:
        sheet = book.add_worksheet(SHEET)
        _headings(book, sheet, headings)
        plain = book.add_format({"num_format": "@", "valign": "top"})
        for number, row in enumerate(rows, 1):
            for column, text in enumerate(row):
                if text:
                    _write(sheet, number, column, text, plain)
    return out.getvalue()


def list_template(sheet: str, headings: Sequence[str]) -> bytes:
    """An empty list in which every cell is text: no code loses its zeros."""
    out = BytesIO()
    with _book(out) as book:
        made = book.add_worksheet(sheet)
        plain = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
        bold = book.add_format({"bold": True, "text_wrap": True, "bg_color": _COLOURS[0]})
        for column, heading in enumerate(headings):
            made.set_column(column, column, max(16, len(heading)), plain)
            made.write_string(0, column, heading, bold)
        made.freeze_panes(1, 0)
    return out.getvalue()


def template(home: KnownCity, cities: Sequence[KnownCity]) -> bytes:
    """The template for a city: `cities` are all those whose rows its reader may send."""
    headings = list(columns(STANDARD, {}))
    out = BytesIO()
    with _book(out) as book:
        sheet = book.add_worksheet(SHEET)
        guide = book.add_worksheet(HELP_SHEET)
        lists = book.add_worksheet(LISTS_SHEET)
        _headings(book, sheet, headings)
        text = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
        ranges = _lists(book, lists, home, cities)
        for number, column in enumerate(headings):
            sheet.set_column(number, number, _WIDE.get(column.field.kind, 20), text)
            source = ranges.get(_list_of(column))
            if source is not None:
                _drop_down(sheet, number, source, column)
        _example(book, sheet, headings)
        _guide(book, guide, headings)
        sheet.activate()
    return out.getvalue()


def example_row(headings: Sequence[Column]) -> list[str]:
    """A row that shows how it is done, and that is never taken over."""
    return [_example_text(column) for column in headings]


def _book(out: BytesIO) -> Any:
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    book.set_properties({"title": STANDARD.name.vi, "created": _MADE})
    return book


def _write(sheet: Worksheet, row: int, column: int, text: str, style: Format) -> None:
    if sheet.write_string(row, column, text, style) != 0:
        raise ValueError(f"cannot be written: row {row}, column {column}")


def _headings(book: Any, sheet: Worksheet, headings: Sequence[Column]) -> None:
    sections = list(dict.fromkeys(column.section for column in headings))
    for number, column in enumerate(headings):
        colour = _COLOURS[sections.index(column.section) % len(_COLOURS)]
        needed = column.field.need is Need.REQUIRED and column.item in {None, 0}
        style = {
            "bold": True,
            "text_wrap": True,
            "valign": "top",
            "border": 1,
            "bg_color": colour,
            "num_format": "@",
        }
        if needed and column.where != "problem":
            style["font_color"] = _REQUIRED
        _write(sheet, 0, number, column.heading.vi, book.add_format(style))
    sheet.set_row(0, 62)
    sheet.freeze_panes(1, 2)


def _list_of(column: Column) -> str:
    match column.field.kind:
        case Kind.CHOICE | Kind.CHOICES:
            return column.field.codes
        case Kind.PROBLEMS:
            return "problems"
        case _:
            return "cities" if column.where == "city" else ""


def _lists(
    book: Any, sheet: Worksheet, home: KnownCity, cities: Sequence[KnownCity]
) -> dict[str, str]:
    """Writes the code lists, and says where each stands."""
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    plain = book.add_format({"num_format": "@"})
    lists = {name: [words.vi for words in TERMS[CODES[name]].values()] for name in _used_lists()}
    lists["problems"] = [p.named for p in home.problems if not p.withdrawn]
    lists["cities"] = [f"{city.code} – {city.name}" for city in cities]
    ranges = {}
    for number, (name, words) in enumerate(lists.items()):
        _write(sheet, 0, number, TRANSLATED[name], bold)
        for row, word in enumerate(words, 1):
            _write(sheet, row, number, word, plain)
        sheet.set_column(number, number, 34)
        letter = column_letters(number + 1)
        if words:
            ranges[name] = f"='{LISTS_SHEET}'!${letter}$2:${letter}${len(words) + 1}"
    sheet.freeze_panes(1, 0)
    return ranges


def _used_lists() -> list[str]:
    fields = [*STANDARD.fields, *STANDARD.problem]
    asked = [field.codes for field in fields if field.codes]
    asked += [part.codes for field in fields for part in field.parts if part.codes]
    return list(dict.fromkeys(asked))


def _drop_down(sheet: Worksheet, number: int, source: str, column: Column) -> None:
    # Cities and problems may be named in other ways too; of a code list there are no others.
    strict = column.field.codes != ""
    sheet.data_validation(
        1,
        number,
        _PREPARED,
        number,
        {
            "validate": "list",
            "source": source,
            "ignore_blank": True,
            "error_type": "stop" if strict else "information",
            "show_error": strict,
            "error_title": "Không có trong danh mục",
            "error_message": f"Chọn một giá trị trong danh mục (trang tính “{LISTS_SHEET}”).",
        },
    )


def _example(book: Any, sheet: Worksheet, headings: Sequence[Column]) -> None:
    style = book.add_format(
        {
            "num_format": "@",
            "italic": True,
            "font_color": "#6B6B6B",
            "bg_color": "#F5F5F5",
            "valign": "top",
            "text_wrap": True,
        }
    )
    for number, text in enumerate(example_row(headings)):
        if text:
            _write(sheet, 1, number, text, style)
        else:
            sheet.write_blank(1, number, None, style)


def _example_text(column: Column) -> str:
    if column.where == "own_id":
        return EXAMPLE
    if column.where in {"city", "code"} or (column.item or 0) > 0:
        return ""
    example = column.field.example.vi
    if not example:
        return ""
    return _in_words(column.field, example.split(" ")[0] if column.field.codes else example)


def _in_words(field: Field, example: str) -> str:
    match field.kind:
        case Kind.CHOICE | Kind.CHOICES:
            codes = CODES[field.codes]
            return TERMS[codes][codes(example)].vi
        case Kind.DATE | Kind.DAY:
            return date_text(PartialDate.parse(example))
        case Kind.NUMBER:
            return number_text(Decimal(example))
        case _:
            return example


def _guide(book: Any, sheet: Worksheet, headings: Sequence[Column]) -> None:
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    plain = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    sheet.set_column(0, 0, 12)
    sheet.set_column(1, 1, 44)
    sheet.set_column(2, 2, 90)
    for number, (left, middle, right, heading) in enumerate(help_lines(headings)):
        style = bold if heading else plain
        for column, text in enumerate((left, middle, right)):
            if text:
                _write(sheet, number, column, text, style)
