"""The dispatch room: rows as text, one line or object at a time: CSV, JSON, NDJSON, GeoJSON."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from api.exports.described import ABOUT_ROWS, about_text, csvw
from api.exports.export import Export, as_json_value, as_text, compact, geometry_of
from api.exports.sets import Format
from registry.sheets.separated import csv_parts

# The earliest time that a ZIP archive can name.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def write_csv(export: Export, path: Path) -> None:
    """One heading and clean rows; how they are read is in the CSVW beside it."""
    with path.open("wb") as out:
        out.writelines(csv_of(export))


def csv_of(export: Export) -> Iterator[bytes]:
    columns = export.set.columns
    said = [as_text(column, export.about) for column in ABOUT_ROWS]
    rows = ([*(_cell(as_text(column, row)) for column in columns), *said] for row in export.rows())
    return csv_parts([column.name for column in (*columns, *ABOUT_ROWS)], rows)


def write_json(export: Export, path: Path) -> None:
    """An object: `about`, and the rows as `items`, one a line."""
    _write(path, f'{{"about":{compact(export.about)},"items":[', map(compact, _records(export)))


def write_ndjson(export: Export, path: Path) -> None:
    """One row a line and nothing else, as programs that read it expect."""
    said = {column.name: as_json_value(column, export.about) for column in ABOUT_ROWS}
    with path.open("w", encoding="utf-8", newline="") as out:
        out.writelines(f"{compact(record | said)}\n" for record in _records(export))


def write_geojson(export: Export, path: Path) -> None:
    """A FeatureCollection (RFC 7946) with `about` as a foreign member."""
    head = f'{{"type":"FeatureCollection","about":{compact(export.about)},"features":['
    _write(path, head, (compact(_feature(export, row)) for row in export.rows()))


def write_zip(export: Export, path: Path) -> None:
    """The CSV with its CSVW metadata and a note for people, under one roof."""
    name = f"{export.set.name}.{Format.CSV}"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(_member(name), "w", force_zip64=True) as out:
            for part in csv_of(export):
                out.write(part)
        described = json.dumps(csvw(export, name), ensure_ascii=False, indent=2)
        archive.writestr(_member(f"{name}-metadata.json"), described)
        archive.writestr(_member("README.txt"), about_text(export))


def _member(name: str) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name, _NO_TIME)
    found.compress_type = zipfile.ZIP_DEFLATED
    return found


def _records(export: Export) -> Iterator[dict[str, Any]]:
    columns = export.set.columns
    for row in export.rows():
        yield {column.name: as_json_value(column, row) for column in columns}


def _feature(export: Export, row: Any) -> dict[str, Any]:
    record = {column.name: as_json_value(column, row) for column in export.set.columns}
    return {
        "type": "Feature",
        "id": record[export.set.key],
        "geometry": geometry_of(export, row),
        "properties": record,
    }


def _write(path: Path, head: str, items: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(head)
        for number, item in enumerate(items):
            out.write(f",\n{item}" if number else f"\n{item}")
        out.write("\n]}\n")


def _cell(value: str | float | bool | None) -> str | float | None:
    return ("true" if value else "false") if isinstance(value, bool) else value
