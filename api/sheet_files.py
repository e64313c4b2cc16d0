"""The reading room's printer: templates and exports, for the desk's pages and for the API."""

from collections.abc import Sequence
from datetime import date
from urllib.parse import quote

from fastapi.responses import Response
from sqlalchemy.orm import Session

from registry.domain.errors import NotFound
from registry.domain.files import MediaType
from registry.domain.model import Actor
from registry.domain.standard import CURRENT, STANDARD, Field, Kind
from registry.queries.sheets import own_cities, written
from registry.sheets.layout import NOTE, Column, columns, most
from registry.sheets.workbook import example_row, template, workbook_of
from registry.sheets.writing import csv_of, table_of

MEDIA_TYPES = {"xlsx": MediaType.XLSX.value, "csv": "text/csv; charset=utf-8"}
_NAMES = {
    "template": "mau-khai-bao",
    "export": "ung-dung-ai",
    "report": "ket-qua",
    "mend": "can-sua",
}


def template_of(db: Session, actor: Actor, city_code: str, today: date, kind: str) -> bytes:
    """The template of the current standard; raises NotFound for another kind of file."""
    _known_kind(kind)
    cities = own_cities(db, actor, today)
    home = next((city for city in cities if city.code == city_code), None)
    if home is None:
        raise NotFound
    if kind == "xlsx":
        return template(home, cities)
    headings = list(columns(STANDARD, {}))
    return csv_of(headings, [example_row(headings)])


def export_of(db: Session, actor: Actor, city_code: str, today: date, kind: str) -> bytes:
    """All use cases of one's city by their newest text."""
    _known_kind(kind)
    write = workbook_of if kind == "xlsx" else csv_of
    return write(*table_of(written(db, actor, city_code, today)))


def mended(keys: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Somebody's own rows, after a column of remarks."""
    every = {field.name: most(field) for field in STANDARD.fields}
    by_key = {column.key: column for column in columns(STANDARD, every)}
    note = Column("note", NOTE, "city", Field("note", Kind.PARAGRAPH, NOTE))
    return workbook_of([note, *(by_key[key] for key in keys)], rows)


def attached(content: bytes, what: str, kind: str, city_code: str = "") -> Response:
    name = "-".join(filter(None, (_NAMES[what], CURRENT, city_code)))
    return Response(
        content,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.{kind}",
            "Cache-Control": "private, no-store",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
        media_type=MEDIA_TYPES[kind],
    )


def _known_kind(kind: str) -> None:
    if kind not in MEDIA_TYPES:
        raise NotFound
