"""The dispatch room: rows as a workbook (XLSX), a sheet in each language and one about the file."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import xlsxwriter

from api.exports.columns import Column, Type, Value
from api.exports.described import about_lines
from api.exports.export import LICENCE, Export, compact, plain
from api.facets import KINDS
from api.i18n import Language, gettext, iso_utc, mark, speak
from api.labels import label
from api.outcome_words import reason
from registry.domain.counting import Outcome
from registry.queries.moments import VIET_NAM
from registry.queries.search import Kind

SHEETS: Mapping[Language, str] = {Language.VI: "Tiếng Việt", Language.EN: "English"}
ABOUT = "Giới thiệu – About"
_FORMATS: Mapping[str, Mapping[str, object]] = {
    "day": {"num_format": "dd/mm/yyyy"},
    "instant": {"num_format": "dd/mm/yyyy hh:mm:ss"},
    "text": {"num_format": "@", "text_wrap": True},
    "share": {"num_format": "0.0000%"},
    "head": {"bold": True, "text_wrap": True, "border": 1, "bg_color": "#E7EEF6"},
}
# Rows are written as they come, so nobody knows how wide they will be.
_WIDTHS = {Type.TEXT: 32, Type.CODE: 22, Type.URL: 28, Type.ROWS: 48, Type.TEXTS: 32}
_NARROW = 14
_LONGEST_TEXT = 32_767
_CUT = mark("… (cut: a cell takes no more; the other formats have all of it)")
_YES, _NO = mark("Yes"), mark("No")


def write_xlsx(export: Export, path: Path) -> None:
    """Numbers, dates and times (Viet Nam) are what they are; codes are said in words."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties(
            {
                "title": f"{export.set.title.vi} – {export.set.title.en}",
                "subject": export.about["permalink"],
                "comments": f"{LICENCE['name']}: {LICENCE['attribution']}",
                "created": export.known_at.astimezone(UTC).replace(tzinfo=None),
            }
        )
        for name in ("rule", "standard", "as_of", "known_at"):
            book.set_custom_property(name, str(export.about[name]))
        formats = {name: book.add_format({"valign": "top", **f}) for name, f in _FORMATS.items()}
        first = [export.language, *(each for each in Language if each is not export.language)]
        sheets = {language: book.add_worksheet(SHEETS[language]) for language in first}
        columns = [column for column in export.set.columns if column.kind is not Type.AREA]
        for language, sheet in sheets.items():
            _head(sheet, formats, columns, language)
        number = 0
        for number, row in enumerate(export.rows(), 1):
            for language, sheet in sheets.items():
                speak(language)
                for at, column in enumerate(columns):
                    _write(sheet, formats, (number, at), column, column.value(row))
        for sheet in sheets.values():
            sheet.autofilter(0, 0, number, len(columns) - 1)
        speak(export.language)
        about = book.add_worksheet(ABOUT)
        about.set_column(0, 1, 34)
        about.set_column(2, 2, 100)
        for at, line in enumerate(about_lines(export)):
            for column_at, text in enumerate(line):
                about.write_string(at, column_at, text[:_LONGEST_TEXT], formats["text"])


def _head(sheet: Any, formats: Any, columns: list[Column], language: Language) -> None:
    for at, column in enumerate(columns):
        title = column.title.vi if language is Language.VI else column.title.en
        sheet.write_string(0, at, title, formats["head"])
        sheet.set_column(at, at, _WIDTHS.get(column.kind, _NARROW))
    sheet.freeze_panes(1, 1)


def _write(sheet: Any, formats: Any, at: tuple[int, int], column: Column, value: Value) -> None:
    match value:
        case None | "" | () | []:
            return
        case bool():
            sheet.write_string(*at, gettext(_YES if value else _NO), formats["text"])
        case datetime():
            sheet.write_datetime(
                *at, value.astimezone(VIET_NAM).replace(tzinfo=None), formats["instant"]
            )
        case date():
            sheet.write_datetime(*at, value, formats["day"])
        case int() | float():
            style = formats["share"] if column.unit == "1" else None
            sheet.write_number(*at, value, style)
        case _:
            text = said(column, value)
            if len(text) > _LONGEST_TEXT:
                end = gettext(_CUT)
                text = text[: _LONGEST_TEXT - len(end)] + end
            sheet.write_string(*at, text, formats["text"])


def said(column: Column, value: Any) -> str:
    """A value as people read it, in the language of the moment."""
    match column.kind:
        case Type.CODE if column.codes is not None:
            return _word(column.codes(value))
        case Type.CODES if column.codes is not None:
            return "; ".join(label(column.codes(each)) for each in value)
        case Type.TEXTS:
            return "\n".join(str(each) for each in value)
        case Type.ROWS:
            return "\n".join(_line(column, row) for row in value)
        case Type.INSTANT:
            return iso_utc(value)
        case _:
            found = plain(value)
            return found if isinstance(found, str) else compact(found)


def _word(code: StrEnum) -> str:
    if isinstance(code, Outcome):
        return reason(code)
    return gettext(KINDS[code]) if isinstance(code, Kind) else label(code)


def _line(column: Column, row: Mapping[str, Any]) -> str:
    """A row inside a cell: its parts, the codes in words."""
    return " · ".join(
        said(part, row[part.name]) for part in column.parts if row[part.name] not in {None, ""}
    )
