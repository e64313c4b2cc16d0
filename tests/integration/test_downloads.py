"""The dispatch room: the same rows in every set and format, whole, in part, and for ever."""

import gzip
import hashlib
import io
import json
import re
import shutil
import zipfile
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from tempfile import NamedTemporaryFile
from typing import Any

import jsonschema_rs
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
from openpyxl import load_workbook
from sqlalchemy.engine import URL

from api.exports.columns import Type
from api.exports.export import LICENCE
from api.exports.sets import SETS, Format
from api.exports.spool import Made
from registry.domain.errors import Busy
from tests.integration.api_client import Caller, public
from tests.integration.takeaway import HOSTILE, Country, country, csv_rows, fetched
from tests.integration.visitor import visitor


@pytest.fixture(scope="module")
def land(server: URL, migrated: str) -> Iterator[Country]:
    with country(server, migrated) as found:
        yield found


@pytest.fixture(scope="module")
def reader(land: Country) -> Caller:
    return public(land.app)


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
    rows = {each["name"]: each["rows"] for each in listed}
    for data in SETS.values():
        whole = fetched(reader, f"{data.name}.json").json()
        keys = [item[data.key] for item in whole["items"]]
        assert keys, data.name
        assert rows[data.name] in {None, len(keys)}, data.name
        about = whole["about"]
        assert about["licence"]["name"] == "CC BY 4.0"
        assert (about["rule"], about["standard"]) == ("2024-1", "1.0")
        assert about["roll"]["code"] == "urban-2024"
        schema = reader.read(f"/downloads/{data.name}.schema.json")
        jsonschema_rs.validator_for(schema, validate_formats=True).validate(whole)
        line = jsonschema_rs.validator_for(
            {**schema, **schema["$defs"]["line"]}, validate_formats=True
        )
        for text in fetched(reader, f"{data.name}.ndjson").content.splitlines():
            line.validate(json.loads(text))
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
    assert found["about"]["partial"] is False
    # A search that nothing answers in full says so, and what was asked, in every file of it.
    some = fetched(reader, "search.json?q=ngap+khongcogi").json()
    assert some["items"]
    assert some["about"]["partial"] is True
    told = load_workbook(io.BytesIO(fetched(reader, "search.xlsx?q=ngap+khongcogi").content))
    lines = {row[1].value: row[2].value for row in told["Giới thiệu – About"].iter_rows()}
    assert lines["Nothing has all words; these have some of"] == "ngap khongcogi"
    assert lines["Filters"] == "q = ngap khongcogi"
    row, *_ = csv_rows(fetched(reader, "search.csv?q=ngap+khongcogi").content)
    assert "q=ngap+khongcogi" in row["about_permalink"]
    assert (row["about_as_of"], row["about_known_at"]) == (
        some["about"]["as_of"],
        some["about"]["known_at"],
    )
    figures = reader.read("/provinces")["items"]
    told = fetched(reader, "provinces.json").json()["items"]
    assert [(p["code"], p["counted"], p["share"]) for p in told] == [
        (p["code"], p["counted"], p["share"]) for p in figures
    ]


def test_the_counted_cities_of_a_province_are_two_clicks_from_a_workbook(
    land: Country,
) -> None:
    """The form of the list, the search's facets, and then the file: without a script."""
    people = visitor(land.app)
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
    land: Country,
) -> None:
    people = visitor(land.app)
    for language, day in (("vi", ""), ("en", "?as_of=2024-12-31")):
        page = people.open(f"/{language}/data{day}")
        assert "CC BY 4.0" in page.words
        links = {each for each in page.links() if each.startswith("/api/v1/downloads/")}
        assert len(links) > 90
        for link in links:
            if "parquet" not in link and "zip" not in link:
                assert people.client.get(link).status_code == HTTPStatus.OK, link


def test_the_licence_is_told_in_the_same_words_everywhere(land: Country) -> None:
    people, reader = visitor(land.app), public(land.app)
    for page in ("/vi/data", "/en/data", "/vi/api", "/en/api"):
        opened = people.open(page)
        assert LICENCE["attribution"] in opened.words, page
        assert LICENCE["url"] in opened.links(), page
    assert people.client.get("/openapi.json").json()["info"]["license"]["url"] == LICENCE["url"]
    assert f"<{LICENCE['url']}>" in people.client.get("/catalog.ttl").text
    history = fetched(reader, "history.ndjson.gz")
    assert json.loads(gzip.decompress(history.content).splitlines()[0])["licence"] == LICENCE
    for answer in (history, fetched(reader, "cities.csv"), fetched(reader, "search.csv")):
        assert f'<{LICENCE["url"]}>; rel="license"' in answer.headers["link"]


def test_when_too_many_files_are_being_made_it_is_said_when_to_come_again(
    land: Country, reader: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_asked: object) -> Made:
        raise Busy

    monkeypatch.setattr(land.app.state.spool, "file", full)
    answer = reader.get("/downloads/cities.csv")
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.json()["code"] == "busy"
    assert answer.headers["retry-after"] == "60"


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


def test_a_download_goes_on_where_it_stopped_and_stays_the_same(
    land: Country,
) -> None:
    """Ranges of exact bytes; of a moment once asked about the same bytes for ever."""
    reader, world, clock, folder = public(land.app), land.world, land.clock, land.folder
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
        head = reader.client.head(f"/api/v1/downloads/{path}")
        assert (head.status_code, head.content) == (HTTPStatus.OK, b"")
        assert head.headers["content-length"] == str(len(whole))
        # A packed answer would have other bytes than its digest says.
        assert "content-encoding" not in fetched(reader, path, accept_encoding="gzip").headers
        before[form] = (path, whole)
    shutil.rmtree(folder)
    clock.set("2025-06-15T09:00:00")
    signer = world.signer("dn")
    world.approved(signer, "dn", [world.problem(signer, "dn")])
    for form, (path, whole) in before.items():
        assert fetched(reader, path).content == whole, form
        # Whoever began before the change gets no end that does not fit the beginning.
        tag = f'"{hashlib.sha256(whole).hexdigest()}"'
        newest = fetched(reader, f"cities.{form}", range="bytes=9-", if_range=tag)
        assert newest.status_code == HTTPStatus.OK
        assert newest.headers["etag"] == f'"{hashlib.sha256(newest.content).hexdigest()}"'
        assert newest.content != whole, form
