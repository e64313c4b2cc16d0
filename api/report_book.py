"""The binder's room: a report as a workbook (XLSX). The same report is the same file."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter

from api.report import Cell, Document, Section
from registry.queries.moments import VIET_NAM

_FORMATS: Mapping[str, Mapping[str, object]] = {
    "day": {"num_format": "dd/mm/yyyy"},
    "instant": {"num_format": "dd/mm/yyyy hh:mm:ss"},
    # With all its digits: a share rounded for show could look like a target that is met.
    "share": {"num_format": "0.0000%"},
    "number": {"num_format": "#,##0.#"},
    "whole": {"num_format": "#,##0"},
    "text": {"num_format": "@", "text_wrap": True},
}
# What a workbook takes as the name of a sheet.
_LONGEST_NAME = 31
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_WIDEST = 60
_LONGEST_TEXT = 32_767


def book(document: Document) -> bytes:
    """One sheet a section; numbers, shares and dates are what they are and not text."""
    out = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(out, options) as workbook:
        made = _local(document.known_at)
        workbook.set_properties(
            {"title": f"{document.title} – {document.subtitle}", "created": made}
        )
        formats = {
            name: workbook.add_format({"valign": "top", **style})
            for name, style in _FORMATS.items()
        }
        formats["head"] = workbook.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "border": 1, "bg_color": "#E7EEF6"}
        )
        formats["title"] = workbook.add_format({"bold": True, "font_size": 14})
        for section in document.sections:
            if section.in_book:
                _sheet(workbook, formats, document, section)
    return out.getvalue()


def _sheet(workbook: Any, formats: dict[str, Any], document: Document, section: Section) -> None:
    sheet = workbook.add_worksheet(section.title.translate(_FORBIDDEN)[:_LONGEST_NAME])
    sheet.write_string(0, 0, f"{section.title} – {document.subtitle}", formats["title"])
    sheet.write_string(1, 0, section.note)
    top = 3
    for column, heading in enumerate(section.headings):
        sheet.write_string(top, column, heading, formats["head"])
        widest = max([len(heading), *(_width(row[column]) for row in section.rows)])
        sheet.set_column(column, column, min(_WIDEST, widest + 2))
    for number, row in enumerate(section.rows, top + 1):
        for column, cell in enumerate(row):
            _write(sheet, formats, number, column, cell)
    sheet.freeze_panes(top + 1, 0)
    if section.rows:
        sheet.autofilter(top, 0, top + len(section.rows), len(section.headings) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)


def _write(sheet: Any, formats: dict[str, Any], row: int, column: int, cell: Cell) -> None:
    match cell:
        case None | "":
            return
        case datetime():
            sheet.write_datetime(row, column, _local(cell), formats["instant"])
        case date():
            sheet.write_datetime(row, column, cell, formats["day"])
        case Decimal():
            sheet.write_number(row, column, float(cell), formats["share"])
        case int():
            sheet.write_number(row, column, cell, formats["whole"])
        case float():
            sheet.write_number(row, column, cell, formats["number"])
        case _:
            sheet.write_string(row, column, cell[:_LONGEST_TEXT], formats["text"])


def _local(instant: datetime) -> datetime:
    """A workbook knows no zones; its reader is in Viet Nam."""
    return instant.astimezone(VIET_NAM).replace(tzinfo=None)


def _width(cell: Cell) -> int:
    return max((len(line) for line in str(cell or "").split("\n")), default=0)
