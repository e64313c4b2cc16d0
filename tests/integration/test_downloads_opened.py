"""The dispatch room tried by programs: each file opened by what people open it with."""

import csv
import io
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
import shapely
from openpyxl import load_workbook
from sqlalchemy.engine import URL

from registry.domain.model import Stage
from registry.domain.standard import TERMS
from registry.sheets.separated import unprotected
from tests.integration.api_client import Caller, public
from tests.integration.takeaway import (
    HOSTILE,
    NOW,
    STATEMENT,
    SUMMARY,
    Country,
    country,
    csv_rows,
    fetched,
)

COLUMNS = ("code", "name_vi", "counted", "lon", "lat")
ABOUT = ("about_as_of", "about_known_at", "about_basis")


@pytest.fixture(scope="module")
def land(server: URL, migrated: str) -> Iterator[Country]:
    with country(server, migrated) as found:
        yield found


@pytest.fixture(scope="module")
def reader(land: Country) -> Caller:
    return public(land.app)


def test_texts_come_back_from_a_csv_as_they_were(reader: Caller) -> None:
    [case] = csv_rows(fetched(reader, "use-cases.csv").content)
    assert (case["title"], case["title_en"], case["summary"]) == (HOSTILE, "@SUM(1+1)", SUMMARY)
    assert json.loads(case["area_wards"]) == ["-Phường 1", "Phường; 2"]
    [problem] = csv_rows(fetched(reader, "problems.csv").content)
    assert problem["statement"] == STATEMENT
    raw = fetched(reader, "use-cases.csv").content.decode("utf-8-sig")
    for cell in next(iter(list(csv.reader(io.StringIO(raw, newline="")))[1:])):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    twin = fetched(reader, "use-cases.csv-metadata.json").json()
    described = twin["tableSchema"]["columns"]
    assert [c["name"] for c in described] == list(case)
    assert {c["name"] for c in described if "separator" in c} >= {"areas", "techniques"}
    about = next(note["about"] for note in twin["notes"] if "about" in note)
    assert about["permalink"] == twin["url"]


def _office(folder: Path, *arguments: str) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    assert office, "this test needs LibreOffice: script/bootstrap --test installs it"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        [office, profile, "--headless", *arguments, "--outdir", str(folder / "out")],
        check=True,
        capture_output=True,
        timeout=180,
    )


def test_the_office_opens_workbook_and_csv(reader: Caller, tmp_path: Path) -> None:
    """LibreOffice computes nothing, and has dates as dates and numbers as numbers."""
    (tmp_path / "book.xlsx").write_bytes(fetched(reader, "use-cases.xlsx?lang=vi").content)
    (tmp_path / "plain.csv").write_bytes(fetched(reader, "use-cases.csv").content)
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    _office(tmp_path, "--convert-to", every_sheet, str(tmp_path / "book.xlsx"))

    def rows(name: str) -> list[list[str]]:
        [path] = (tmp_path / "out").glob(name)
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))

    titles, case = rows("book-Tiếng*.csv")
    assert HOSTILE in case
    assert "@SUM(1+1)" in case
    # The office's own order of a date: a text would stand there as it was written.
    assert case[titles.index("Phê duyệt lúc")] == "06/15/2025 09:00:00"
    assert case[titles.index("Giai đoạn trong ngày")] == "Đang vận hành"
    english, same = rows("book-English.csv")
    assert same[english.index("Stage on the day")] == TERMS[Stage][Stage.OPERATIONAL].en
    about = {line[1]: line[2] for line in rows("book-Gi*.csv")}
    assert about["Counting rule"] == "2024-1"
    assert "CC BY 4.0" in about["Licence"]
    # Asked by hand the office finds the byte order mark itself.
    _office(
        tmp_path, "--infilter=CSV:44,34,76", "--convert-to", "xlsx", str(tmp_path / "plain.csv")
    )
    sheet = load_workbook(tmp_path / "out" / "plain.xlsx").worksheets[0]
    names, row = sheet.iter_rows()
    cells = {str(name.value): cell for name, cell in zip(names, row, strict=True)}
    assert cells["title"].data_type == "s"
    assert unprotected(str(cells["title"].value)) == HOSTILE
    assert (cells["lon"].data_type, cells["lon"].value) == ("n", 108.2)


def test_gdal_shows_the_layers_on_a_map(reader: Caller, tmp_path: Path) -> None:
    """ogrinfo is what QGIS reads with."""
    for form in ("gpkg", "geojson"):
        path = tmp_path / f"cities.{form}"
        path.write_bytes(fetched(reader, f"cities.{form}").content)
        told = _run("ogrinfo", "-ro", "-al", str(path))
        assert "Feature Count: 3" in told
        assert "Geometry: Point" in told
        assert "WGS 84" in told
        assert "POINT (108.2 16.05)" in told
        where = _run("ogrinfo", "-ro", "-al", "-q", "-where", "counted = 1", str(path))
        assert where.count("OGRFeature") == 1
        assert "hue" in where
    provinces = tmp_path / "provinces.gpkg"
    provinces.write_bytes(fetched(reader, "provinces.gpkg").content)
    assert "Multi Polygon" in _run("ogrinfo", "-ro", "-so", str(provinces), "provinces")
    with sqlite3.connect(tmp_path / "cities.gpkg") as database:
        scope, kind, text = database.execute(
            "SELECT md_scope, mime_type, metadata FROM gpkg_metadata"
        ).fetchone()
        titles = dict(database.execute("SELECT column_name, title FROM gpkg_data_columns"))
    database.close()
    assert (scope, kind) == ("dataset", "application/json")
    assert json.loads(text)["roll"]["official_total"] == 10
    assert titles["counted"] == "Được tính"


def _run(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert "ERROR" not in done.stderr
    return done.stdout


def test_duckdb_reads_every_table_alike(reader: Caller, tmp_path: Path) -> None:
    found = {}
    with duckdb.connect() as db:
        for form, read in (
            ("csv", "read_csv('{}', header = true, nullstr = '')"),
            ("ndjson", "read_json('{}', format = 'newline_delimited')"),
            ("parquet", "read_parquet('{}')"),
        ):
            path = tmp_path / f"cities.{form}"
            path.write_bytes(fetched(reader, f"cities.{form}").content)
            table = db.sql(f"FROM {read.format(path)}")
            found[form] = table.select(*COLUMNS).fetchall()
            if form != "parquet":
                said = table.select(*ABOUT).distinct()
                assert said.types == ["DATE", "TIMESTAMP WITH TIME ZONE", "VARCHAR"], form
                [(day, _, basis)] = said.fetchall()
                assert (day, basis) == (NOW.date(), "roll urban-2024; rule 2024-1; standard 1.0")
    assert found["csv"] == found["ndjson"] == found["parquet"]
    assert ("hue", "Thành phố hue", True, 108.2, 16.05) in found["csv"]


def test_geoparquet_is_what_its_specification_says(reader: Caller, tmp_path: Path) -> None:
    path = tmp_path / "cases.parquet"
    path.write_bytes(fetched(reader, "use-cases.parquet").content)
    file = pq.ParquetFile(path)
    told = file.metadata.metadata
    geo = json.loads(told[b"geo"])
    assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry")
    column = geo["columns"]["geometry"]
    assert (column["encoding"], column["geometry_types"]) == ("WKB", ["Point"])
    assert column["bbox"] == [108.2, 16.05, 108.2, 16.05]
    assert json.loads(told[b"about"])["rule"] == "2024-1"
    [row] = file.read().to_pylist()
    assert shapely.from_wkb(row["geometry"]).coords[0] == (108.2, 16.05)
    assert row["approved_at"].date() == NOW.date()
    assert row["stages"] == [{"stage": "operational", "since": "2024-11-01"}]
    assert row["techniques"] == ["forecasting"]
    assert file.schema_arrow.field("title").metadata[b"title_en"]
    file.close()
