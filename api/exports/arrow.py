"""The dispatch room: rows as columns of Apache Arrow, for (Geo)Parquet and GeoPackage."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely

from api.exports.columns import Column, Type
from api.exports.export import Export, as_json_value, as_text, compact, geometry_of
from api.i18n import Language, iso_utc
from registry.domain.standard import Words

# So many rows are in memory at a time, and in one row group.
ROW_GROUP = 1_000
GEOMETRY = "geometry"
_SIMPLE: dict[Type, Any] = {
    Type.INTEGER: pa.int64(),
    Type.NUMBER: pa.float64(),
    Type.BOOLEAN: pa.bool_(),
    Type.DAY: pa.date32(),
    Type.INSTANT: pa.timestamp("us", tz="UTC"),
    Type.CODES: pa.list_(pa.string()),
    Type.TEXTS: pa.list_(pa.string()),
}
# What a GeoPackage has no kind of field for.
_NO_FIELD = frozenset({Type.CODES, Type.TEXTS, Type.ROWS, Type.AREA})
# OGC:CRS84 in PROJJSON would say no more: the GeoParquet specification makes it the default.
_GEOPARQUET = "1.1.0"


def write_parquet(export: Export, path: Path) -> None:
    """Parquet; with places GeoParquet 1.1: WKB, OGC:CRS84. What is said of the file stands in its
    key-value metadata under `about`, of a column in that of its field."""
    columns = export.set.columns
    fields = [_field(column, _nested(column)) for column in columns]
    has_places = bool(export.set.geometry_type)
    if has_places:
        fields.append(pa.field(GEOMETRY, pa.binary()))
    schema = pa.schema(fields, {"about": compact(export.about)})
    bounds = _Bounds()
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for rows in _parts(export):
            records = [{c.name: _deep(c, row) for c in columns} for row in rows]
            if has_places:
                for record, row in zip(records, rows, strict=True):
                    record[GEOMETRY] = bounds.wkb(geometry_of(export, row))
            writer.write_batch(pa.RecordBatch.from_pylist(records, schema))
        if has_places:
            writer.add_key_value_metadata({"geo": compact(_geo(export, bounds))})


def write_gpkg(export: Export, path: Path) -> None:
    """A GeoPackage with one layer of the set's name; what is said of it stands in gpkg_metadata,
    names and descriptions of its fields in gpkg_data_columns."""
    columns = export.set.columns
    schema = pa.schema(
        [
            pa.field(GEOMETRY, pa.binary()),
            *(pa.field(c.name, _flat_type(c)) for c in columns),
        ]
    )
    bounds = _Bounds()

    def batches() -> Iterator[pa.RecordBatch]:
        for rows in _parts(export):
            records = [
                {
                    GEOMETRY: bounds.wkb(geometry_of(export, row)),
                    **{c.name: _flat(c, row) for c in columns},
                }
                for row in rows
            ]
            yield pa.RecordBatch.from_pylist(records, schema)

    # GDAL adds to what is there already.
    path.unlink(missing_ok=True)
    # The time GDAL writes into the file; one file is made at a time (`Spool`).
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _gpkg_time(export)})
    try:
        pyogrio.write_arrow(
            pa.RecordBatchReader.from_batches(schema, batches()),
            path,
            driver="GPKG",
            layer=export.set.name,
            geometry_name=GEOMETRY,
            geometry_type=export.set.geometry_type,
            crs="EPSG:4326",
            # What QGIS and GDAL of some years ago read as well.
            dataset_options={"VERSION": "1.2"},
            layer_options={"FID": "fid", "GEOMETRY_NAME": "geom"},
        )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    _describe(export, path)


class _Bounds:
    """The box round all places of a file, as they go by."""

    def __init__(self) -> None:
        self.box: tuple[float, float, float, float] | None = None

    def wkb(self, geometry: dict[str, Any] | None) -> bytes | None:
        if geometry is None:
            return None
        shape = shapely.geometry.shape(geometry)
        west, south, east, north = shape.bounds
        if self.box is not None:
            west, south = min(west, self.box[0]), min(south, self.box[1])
            east, north = max(east, self.box[2]), max(north, self.box[3])
        self.box = (west, south, east, north)
        return bytes(shapely.to_wkb(shape))


def _parts(export: Export) -> Iterator[list[Any]]:
    rows = iter(export.rows())
    while part := list(islice(rows, ROW_GROUP)):
        yield part


def _field(column: Column, kind: Any) -> Any:
    said = {
        "title_vi": column.title.vi,
        "title_en": column.title.en,
        "description": column.description.en,
        "unit": column.unit,
    }
    return pa.field(column.name, kind, metadata={k: v for k, v in said.items() if v})


def _nested(column: Column) -> Any:
    if column.kind is Type.ROWS:
        return pa.list_(pa.struct([pa.field(p.name, pa.string()) for p in column.parts]))
    return _SIMPLE.get(column.kind, pa.string())


def _deep(column: Column, row: Any) -> Any:
    """A cell with its lists; a shape inside a row is GeoJSON text."""
    if column.kind in {Type.DAY, Type.INSTANT}:
        return column.value(row)
    value = as_json_value(column, row)
    return compact(value) if isinstance(value, dict) else value


def _flat_type(column: Column) -> Any:
    return pa.string() if column.kind in _NO_FIELD else _SIMPLE.get(column.kind, pa.string())


def _flat(column: Column, row: Any) -> Any:
    return column.value(row) if column.kind in {Type.DAY, Type.INSTANT} else as_text(column, row)


def _geo(export: Export, bounds: _Bounds) -> dict[str, Any]:
    """The `geo` metadata of GeoParquet 1.1; without `crs` it is OGC:CRS84."""
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": [export.set.geometry_type],
        "orientation": "counterclockwise",
    }
    if bounds.box is not None:
        column["bbox"] = list(bounds.box)
    return {"version": _GEOPARQUET, "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}


def _gpkg_time(export: Export) -> str:
    return f"{iso_utc(export.known_at)[:23]}Z"


_METADATA = """
    CREATE TABLE IF NOT EXISTS gpkg_metadata (
        id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL,
        md_scope TEXT NOT NULL DEFAULT 'dataset', md_standard_uri TEXT NOT NULL,
        mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT ''
    );
    CREATE TABLE IF NOT EXISTS gpkg_metadata_reference (
        reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
        timestamp DATETIME NOT NULL, md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
        CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
        CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id)
    );
    CREATE TABLE IF NOT EXISTS gpkg_data_columns (
        table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT,
        description TEXT, mime_type TEXT, constraint_name TEXT,
        CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
        CONSTRAINT gdc_tn UNIQUE (table_name, name)
    );
    CREATE TABLE IF NOT EXISTS gpkg_extensions (
        table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
        scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
    );
"""
_SPEC = "http://www.geopackage.org/spec121/"


def _describe(export: Export, path: Path) -> None:
    """OGC 12-128r15, extensions F.8 (metadata) and F.9 (schema)."""
    name = export.set.name
    vietnamese = export.language is Language.VI

    def said(words: Words) -> str:
        return words.vi if vietnamese else words.en

    extensions = [
        (table, None, f"gpkg_{kind}", f"{_SPEC}#extension_{kind}", "read-write")
        for kind, tables in (
            ("metadata", ("gpkg_metadata", "gpkg_metadata_reference")),
            ("schema", ("gpkg_data_columns",)),
        )
        for table in tables
    ]
    with closing(sqlite3.connect(path)) as database:
        database.executescript(_METADATA)
        database.executemany("INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)", extensions)
        database.execute(
            "INSERT INTO gpkg_metadata VALUES (1, 'dataset', ?, 'application/json', ?)",
            (export.about["schema"], json.dumps(export.about, ensure_ascii=False)),
        )
        database.execute(
            "INSERT INTO gpkg_metadata_reference (reference_scope, timestamp, md_file_id)"
            " VALUES ('geopackage', ?, 1)",
            (_gpkg_time(export),),
        )
        database.executemany(
            "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, NULL)",
            [
                (name, c.name, c.name, said(c.title), said(c.description) or None)
                for c in export.set.columns
            ],
        )
        database.execute(
            "UPDATE gpkg_contents SET identifier = ?, description = ? WHERE table_name = ?",
            (said(export.set.title), said(export.set.description), name),
        )
        database.commit()
