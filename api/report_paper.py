"""The printer's room: a report on paper (PDF/UA: tagged, its fonts inside), set by Typst.

Words from people and data go in as data and are set as text; only our own template is code.
"""

import json
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import typst

from api.i18n import current, day, decimal, gettext, instant, number, percent
from api.report import Cell, Document, Section

# In characters: what stands on a line, and the length from which a column asks for no more.
_LINE, _LONG = 80, 60
_TEMPLATE = Path(__file__).parent / "templates" / "report.typ"


def paper(document: Document) -> bytes:
    """The same report is the same file: it is dated by what it knew, not by when it was set."""
    told = {
        "language": current().value,
        "title": document.title,
        "subtitle": document.subtitle,
        "known": gettext("As known at %(time)s") % {"time": instant(document.known_at)},
        "nothing": gettext("None."),
        "sections": [_section(each) for each in document.sections if each.on_paper],
    }
    made: bytes = typst.compile(
        _template(),
        format="pdf",
        sys_inputs={"document": json.dumps(told)},
        ignore_system_fonts=True,
        timestamp=document.known_at.replace(microsecond=0),
        pdf_standards=["ua-1"],
    )
    return made


@cache
def _template() -> bytes:
    return _TEMPLATE.read_bytes()


def _section(section: Section) -> dict[str, object]:
    columns = list(zip(*section.rows, strict=True)) if section.rows else []
    lengths = [
        max(map(len, (*heading.split(), *(shown(cell) for cell in column))))
        for heading, column in zip(section.headings, columns, strict=bool(columns))
    ]
    return {
        "title": section.title,
        "note": section.note,
        "headings": list(section.headings),
        # A table that fits is as wide as its texts; else they share the line by their lengths.
        "fits": sum(lengths) <= _LINE,
        "shares": [min(_LONG, length) for length in lengths],
        "numbers": [
            all(isinstance(cell, int | float | Decimal) for cell in column) for column in columns
        ],
        "rows": [[shown(cell) for cell in row] for row in section.rows],
    }


def shown(cell: Cell) -> str:
    match cell:
        case None:
            return "–"
        case datetime():
            return instant(cell)
        case date():
            return day(cell)
        case Decimal():
            return percent(cell)
        case int():
            return number(cell)
        case float():
            return decimal(Decimal(str(cell)))
        case _:
            return cell
