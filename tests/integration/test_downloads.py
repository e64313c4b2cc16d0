"""The dispatch room tried by its readers: every file opened by the program people open it with."""

import csv
import hashlib
import io
import json
import re
import shutil
import sqlite3
import subprocess
import zipfile
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import duckdb
import jsonschema_rs
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from fastapi import FastAPI
from httpx import Response
from openpyxl import load_workbook
from sqlalchemy.engine import URL

from api.exports.columns import Type
from api.exports.sets import SETS, Format
from registry.db.engine import sessions
from registry.domain.model import Stage
from registry.domain.standard import TERMS
from registry.sheets.separated import unprotected
from tests.factories import Clock, World
from tests.integration.api_client import Caller, public, service
from tests.integration.visitor import visitor
from tests.postgres import new_database, opened

HOSTILE = '=HYPERLINK("https://example.vn","ấn vào đây")'
STATEMENT = f'+1\n"hai", ba; bốn\t{"Ngập úng kéo dài " * 100}'.strip()
SUMMARY = "'=một dòng\n\tvà một dòng nữa"
COLUMNS = ("code", "name_vi", "counted", "lon", "lat")
NOW = datetime(2025, 6, 15, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def country(server: URL, migrated: str) -> Iterator[tuple[FastAPI, World, Clock, Path]]:
    """A register of three cities in two provinces; one counts, by hostile words."""
    with new_database(server, migrated) as url, opened(url) as database:
        clock = Clock(NOW)
        world = World(sessions(database.service), clock)
        world.province("46", box=(106, 16, 107, 17))
        world.province("48")
        world.targets()
        cities = [world.city("hue", province="46"), world.city("dn"), world.city("hoian")]
        world.roll(cities, official_total=10)
        signer = world.signer("hue")
        problem = world.problem(signer, "hue", title="-Ngập", statement=STATEMENT)
        world.approved(
            signer,
            "hue",
            [problem],
            title=HOSTILE,
            title_en="@SUM(1+1)",
            summary=SUMMARY,
            area_wards=["-Phường 1", "Phường; 2"],
        )
        assert database.settings.downloads is not None
        with service(database, clock) as app:
            yield app, world, clock, Path(database.settings.downloads)


@pytest.fixture(scope="module")
def reader(country: tuple[FastAPI, World, Clock, Path]) -> Caller:
    return public(country[0])


def fetched(reader: Caller, path: str, **headers: str) -> Response:
    answer = reader.get(f"/downloads/{path}", **headers)
    assert answer.status_code in {200, 206, 304}, answer.text
    return answer


def csv_rows(content: bytes) -> list[dict[str, str]]:
    """A CSV as its description says it is read."""
    assert content.startswith(b"\xef\xbb\xbf")
    text = content.decode("utf-8-sig")
    assert "\n" not in re.sub(r'"[^"]*"', "", text).replace("\r\n", "")
    return [
        {name: unprotected(cell) for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(text, newline=""))
    ]


def _book(content: bytes, key: str) -> list[Any]:
    book = load_workbook(io.BytesIO(content))
    first, second = book["Tiếng Việt"], book["English"]
    assert first.max_row == second.max_row
    data = next(
        each
        for each in SETS.values()
        if str(book["Giới thiệu – About"]["C1"].value) == (f"{each.title.vi} – {each.title.en}")
    )
    names = [column.name for column in data.columns if column.kind is not Type.AREA]
    at = names.index(key) + 1
    return [row[at - 1].value for row in first.iter_rows(min_row=2)]


def _package(content: bytes, key: str) -> list[Any]:
    with NamedTemporaryFile(suffix=".gpkg") as file:
        file.write(content)
        file.flush()
        _, table = pyogrio.read_arrow(file.name)
    return list(table[key].to_pylist())


def _zip(content: bytes, key: str) -> list[Any]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        name, metadata, _ = archive.namelist()
        assert metadata == f"{name}-metadata.json"
        assert json.loads(archive.read(metadata))["url"] == name
        return [row[key] for row in csv_rows(archive.read(name))]


KEYS: Mapping[Format, Callable[[bytes, str], list[Any]]] = {
    Format.CSV: lambda content, key: [row[key] for row in csv_rows(content)],
    Format.XLSX: _book,
    Format.JSON: lambda content, key: [row[key] for row in json.loads(content)["items"]],
    Format.NDJSON: lambda content, key: [json.loads(row)[key] for row in content.splitlines()],
    Format.GEOJSON: lambda content, _: [each["id"] for each in json.loads(content)["features"]],
    Format.GPKG: _package,
    Format.PARQUET: lambda content, key: list(
        pq.read_table(pa.BufferReader(content))[key].to_pylist()
    ),
    Format.ZIP: _zip,
}


def test_every_set_in_every_format(reader: Caller) -> None:
    """The same rows in all of them, each file with its licence, clocks and digest."""
    listed = reader.read("/downloads")["items"]
    assert [each["name"] for each in listed] == list(SETS)
    for data in SETS.values():
        whole = fetched(reader, f"{data.name}.json").json()
        keys = [item[data.key] for item in whole["items"]]
        assert keys or data is SETS["decisions"], data.name
        about = whole["about"]
        assert about["licence"]["name"] == "CC BY 4.0"
        assert (about["rule"], about["standard"]) == ("2024-1", "1.0")
        assert about["roll"]["code"] == "urban-2024"
        schema = reader.read(f"/downloads/{data.name}.schema.json")
        jsonschema_rs.validator_for(schema, validate_formats=True).validate(whole)
        for form in data.formats:
            answer = fetched(reader, f"{data.name}.{form}")
            digest = hashlib.sha256(answer.content)
            assert answer.headers["etag"] == f'"{digest.hexdigest()}"'
            told = answer.headers["repr-digest"]
            assert b64decode(told.removeprefix("sha-256=:").removesuffix(":")) == digest.digest()
            twin = fetched(reader, f"{data.name}.{form}.sha256").text
            assert twin == f"{digest.hexdigest()}  {data.name}-2025-06-15.{form}\n"
            found = KEYS[form](answer.content, data.key)
            assert [str(key) for key in found] == [str(key) for key in keys], (data.name, form)


def test_what_a_reader_asked_for_in_each_place_is_the_same(reader: Caller) -> None:
    """The filters of the list of cities, of use cases and of the search."""
    counted = "province=46&status=counted"
    from_api = [item["code"] for item in reader.read(f"/cities?{counted}")["items"]]
    [city] = fetched(reader, f"cities.json?{counted}").json()["items"]
    assert [city["code"]] == from_api == ["hue"]
    assert city["counted"] is True
    assert city["use_case_title"] == HOSTILE
    assert fetched(reader, "cities.json?q=HOIAN").json()["items"][0]["code"] == "hoian"
    assert fetched(reader, "cities.json?class=V").json()["items"] == []
    [case] = fetched(reader, "use-cases.json?city=hue&area=flooding&q=hyperlink").json()["items"]
    assert case["stages"] == [{"stage": "operational", "since": "2024-11-01"}]
    assert fetched(reader, "use-cases.json?stage=retired").json()["items"] == []
    results = reader.read("/search?q=ngap&province=46")["items"]
    found = fetched(reader, "search.json?q=ngap&province=46").json()
    assert [r["key"] for r in found["items"]] == [r["key"] for r in results]
    assert found["about"]["filters"] == {"q": "ngap", "province": "46"}
    figures = reader.read("/provinces")["items"]
    told = fetched(reader, "provinces.json").json()["items"]
    assert [(p["code"], p["counted"], p["share"]) for p in told] == [
        (p["code"], p["counted"], p["share"]) for p in figures
    ]


def test_the_counted_cities_of_a_province_are_two_clicks_from_a_workbook(
    country: tuple[FastAPI, World, Clock, Path],
) -> None:
    """The form of the list, the search's facets, and then the file: without a script."""
    people = visitor(country[0])
    listed = people.open("/vi/cities?province=46&status=counted&q=&class=")
    hits = people.open("/en/search?q=hue&province=46&kind=city&counted=yes")
    for page, key in ((listed, "code"), (hits, "key")):
        [link] = [each for each in page.links() if ".xlsx?" in each]
        answer = people.client.get(link)
        assert answer.status_code == HTTPStatus.OK
        assert _book(answer.content, key) == ["hue"]
    cases = people.open("/vi/use-cases?area=flooding")
    [link] = [each for each in cases.links() if ".csv?" in each]
    assert [row["code"] for row in csv_rows(people.client.get(link).content)] == ["hue-001"]


def test_the_page_of_open_data_leads_to_files_that_are_there(
    country: tuple[FastAPI, World, Clock, Path],
) -> None:
    people = visitor(country[0])
    for language, day in (("vi", ""), ("en", "?as_of=2024-12-31")):
        page = people.open(f"/{language}/data{day}")
        assert "CC BY 4.0" in page.words
        links = {each for each in page.links() if each.startswith("/api/v1/downloads/")}
        assert len(links) > 90
        for link in links:
            if "parquet" not in link and "zip" not in link:
                assert people.client.get(link).status_code == HTTPStatus.OK, link


def test_nothing_found_is_a_whole_file_of_nothing(reader: Caller) -> None:
    for data in (SETS["cities"], SETS["use-cases"]):
        for form in data.formats:
            content = fetched(reader, f"{data.name}.{form}?q=khongcogi").content
            assert KEYS[form](content, data.key) == [], form


def test_what_is_not_known_is_named(reader: Caller) -> None:
    for path, status, pointer in (
        ("towns.csv", HTTPStatus.NOT_FOUND, "/set"),
        ("cities", HTTPStatus.NOT_FOUND, "/set"),
        ("cities.docx", HTTPStatus.NOT_FOUND, "/format"),
        ("decisions.gpkg", HTTPStatus.NOT_FOUND, "/format"),
        ("cities.csv?provinc=46", HTTPStatus.UNPROCESSABLE_ENTITY, "/provinc"),
        ("cities.csv?status=maybe", HTTPStatus.UNPROCESSABLE_ENTITY, "/status"),
        ("use-cases.csv?city=nowhere", HTTPStatus.UNPROCESSABLE_ENTITY, "/city"),
        ("roll-entries.csv?roll=none", HTTPStatus.UNPROCESSABLE_ENTITY, "/roll"),
        ("search.csv?as_of=2024-01-01", HTTPStatus.UNPROCESSABLE_ENTITY, "/as_of"),
    ):
        answer = reader.get(f"/downloads/{path}")
        assert answer.status_code == status, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["errors"][0]["pointer"] == pointer, path
    detail = reader.get("/downloads/cities.docx?lang=vi").json()["errors"][0]["detail"]
    assert "docx" in detail
    assert "gpkg" in detail


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
            found[form] = db.sql(f"FROM {read.format(path)}").select(*COLUMNS).fetchall()
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


def test_a_download_goes_on_where_it_stopped_and_stays_the_same(
    country: tuple[FastAPI, World, Clock, Path],
) -> None:
    """Ranges of exact bytes; of a moment once asked about the same bytes for ever."""
    app, world, clock, folder = country
    reader = public(app)
    before = {}
    for form in Format:
        first = fetched(reader, f"cities.{form}")
        pinned = re.search(r'<([^>]+)>; rel="canonical"', first.headers["link"])
        assert pinned
        path = pinned[1].partition("/api/v1/downloads/")[2]
        whole, tag = first.content, first.headers["etag"]
        half = len(whole) // 2
        rest = fetched(reader, path, range=f"bytes={half}-", if_range=tag)
        assert rest.status_code == HTTPStatus.PARTIAL_CONTENT
        assert rest.headers["content-range"] == f"bytes {half}-{len(whole) - 1}/{len(whole)}"
        assert whole[:half] + rest.content == whole
        other = fetched(reader, path, range=f"bytes={half}-", if_range='"another"')
        assert (other.status_code, other.content) == (HTTPStatus.OK, whole)
        assert fetched(reader, path, if_none_match=tag).status_code == HTTPStatus.NOT_MODIFIED
        past = reader.get(f"/downloads/{path}", range=f"bytes={len(whole)}-")
        assert past.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        # A packed answer would have other bytes than its digest says.
        assert "content-encoding" not in fetched(reader, path, accept_encoding="gzip").headers
        before[form] = (path, whole)
    shutil.rmtree(folder)
    clock.set("2025-06-15T09:00:00")
    signer = world.signer("dn")
    world.approved(signer, "dn", [world.problem(signer, "dn")])
    for form, (path, whole) in before.items():
        assert fetched(reader, path).content == whole, form
        assert fetched(reader, f"cities.{form}").content != whole, form
