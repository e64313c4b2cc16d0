"""The dispatch room without a register: hostile texts, many rows, a full bench."""

import csv
import io
import json
import os
import sqlite3
import tracemalloc
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from api.exports import spool as spool_room
from api.exports.columns import Type, attribute
from api.exports.export import LICENCE, Export
from api.exports.making import WRITERS
from api.exports.sets import DataSet, Format
from api.exports.spool import Spool
from api.i18n import Language, current
from registry.domain.errors import Busy
from registry.domain.model import ProblemArea
from registry.domain.standard import Words
from registry.sheets.separated import csv_parts, unprotected

HOSTILE = (
    '=HYPERLINK("https://example.vn")',
    "+84",
    "-1",
    "@SUM(1)",
    "\ttab",
    "\rreturn",
    "\nline",
    "'already",
    "''=twice",
    "\N{FULLWIDTH EQUALS SIGN}1+1",
    'he said "no", and; left\r\nthen came\nback',
    unicodedata.normalize("NFD", "Ngập úng đường Nguyễn Huệ"),
    "Ngập úng kéo dài ở nhiều tuyến đường. " * 250,
    "_x0041_ &amp; <b>{{ 7 * 7 }}</b> ${x}",
    " spaces ",
    "",
)


@dataclass(frozen=True)
class Row:
    code: int
    text: str
    areas: tuple[ProblemArea, ...] = (ProblemArea.FLOODING, ProblemArea.TRAFFIC)
    day: date = date(2024, 12, 31)


def _words(text: str) -> Words:
    return Words(text, text)


ROWS = DataSet(
    "rows",
    _words("Dòng"),
    _words("Để thử"),
    "code",
    (
        attribute("code", Type.INTEGER, _words("Mã")),
        attribute("text", Type.TEXT, _words("Chữ")),
        attribute("areas", Type.CODES, _words("Lĩnh vực"), codes=ProblemArea),
        attribute("day", Type.DAY, _words("Ngày")),
    ),
    geometry_type="Point",
    geometry=lambda row: {"type": "Point", "coordinates": [105.0, 10 + row.code % 10]},
)
ABOUT: dict[str, Any] = {
    "permalink": "https://example.vn/api/v1/downloads/rows.csv",
    "schema": "https://example.vn/api/v1/downloads/rows.schema.json",
    "filters": {},
    "as_of": "2024-12-31",
    "known_at": "2025-01-01T00:00:00.000000Z",
    "position": 7,
    "rule": "2024-1",
    "standard": "1.0",
    "roll": None,
    "licence": LICENCE,
    "ledger_head": None,
}


def export(rows: Iterator[Row] | None = None) -> Export:
    def hostile() -> Iterator[Row]:
        return (Row(number, text) for number, text in enumerate(HOSTILE))

    at = datetime(2025, 1, 1, tzinfo=UTC)
    return Export(ROWS, ABOUT, hostile if rows is None else lambda: rows, at, Language.VI)


def written(form: Format, folder: Path, rows: Iterator[Row] | None = None) -> Path:
    path = folder / f"rows.{form}"
    WRITERS[form](export(rows), path)
    return path


def test_every_text_comes_back_from_every_format(tmp_path: Path) -> None:
    paths = {form: written(form, tmp_path) for form in Format}
    assert current() is Language.VI
    text = paths[Format.CSV].read_bytes().decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert not any(cell[:1] in set("=+-@\t\r\n") for line in lines for cell in line[1:2])
    found = {
        Format.CSV: [unprotected(line[1]) for line in lines],
        Format.JSON: [r["text"] for r in json.loads(paths[Format.JSON].read_bytes())["items"]],
        Format.NDJSON: [
            json.loads(line)["text"] for line in paths[Format.NDJSON].read_bytes().splitlines()
        ],
        Format.GEOJSON: [
            f["properties"]["text"]
            for f in json.loads(paths[Format.GEOJSON].read_bytes())["features"]
        ],
        Format.PARQUET: pq.read_table(paths[Format.PARQUET])["text"].to_pylist(),
    }
    with closing(sqlite3.connect(paths[Format.GPKG])) as database:
        found[Format.GPKG] = [r[0] for r in database.execute("SELECT text FROM rows ORDER BY fid")]
    for form, texts in found.items():
        assert texts == list(HOSTILE), form
    with zipfile.ZipFile(paths[Format.ZIP]) as archive:
        assert archive.read("rows.csv") == paths[Format.CSV].read_bytes()
    sheet = load_workbook(paths[Format.XLSX])["Tiếng Việt"]
    cells = [row[1] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells if cell.value} == {"s"}
    # XML has one kind of line break, and openpyxl reads no carriage return back.
    plain = [text.replace("\r\n", "\n").replace("\r", "\n") for text in HOSTILE]
    got = [unescape(str(cell.value or "")).replace("\r\n", "\n") for cell in cells]
    assert [text.replace("\r", "\n") for text in got] == plain
    assert sheet["D2"].is_date


# What spreadsheets take for the start of a formula, and what makes cells and lines end.
_SIGNS = st.text("=+-@'\"\t\r\n,;|\ufeff\uff1d\uff0b\uff0d\uff20 a5\0\\")


@given(st.lists(st.one_of(_SIGNS, st.text()), min_size=1, max_size=20))
@example([*HOSTILE, "-5", "'", "''", "'x", "'-5", "'=", '"=1"', "\ufeff=1"])
def test_no_text_of_a_csv_is_a_formula_and_every_one_comes_back(texts: list[str]) -> None:
    content = b"".join(csv_parts(["text", "number"], ([text, -5] for text in texts)))
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))[1:]
    # Of a number nothing is protected: it is one.
    assert [number for _, number in lines] == ["-5"] * len(texts)
    for cell, text in zip((cell for cell, _ in lines), texts, strict=True):
        assert cell[:1] not in set("=+-@\t\r\n＝＋－＠")
        assert unprotected(cell) == text
        assert cell in {text, f"'{text}"}


@pytest.mark.parametrize("form", [Format.CSV, Format.NDJSON])
def test_a_row_alone_says_what_it_is_true_of(form: Format, tmp_path: Path) -> None:
    text = written(form, tmp_path).read_bytes().decode("utf-8-sig")
    rows: list[dict[str, Any]] = (
        list(csv.DictReader(io.StringIO(text, newline="")))
        if form is Format.CSV
        else [json.loads(line) for line in text.splitlines()]
    )
    assert len(rows) == len(HOSTILE)
    for row in rows:
        assert {name: value for name, value in row.items() if name.startswith("about_")} == {
            "about_as_of": "2024-12-31",
            "about_known_at": ABOUT["known_at"],
            "about_basis": "roll none; rule 2024-1; standard 1.0",
            "about_licence": f"CC BY 4.0: {LICENCE['attribution']}",
            "about_permalink": ABOUT["permalink"],
        }


@pytest.mark.parametrize("form", Format)
def test_many_rows_take_no_more_memory_than_some(form: Format, tmp_path: Path) -> None:
    """Ten times as many rows: as much of Python's memory, and of Arrow's, at the most."""

    def peak(count: int) -> int:
        rows = (Row(number, f"Dòng {number} " * 10) for number in range(count))
        tracemalloc.start()
        path = written(form, tmp_path, rows)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert path.stat().st_size > count
        return most + int(pa.total_allocated_bytes())

    peak(10)
    # All of the rows as such are more than eight megabytes.
    assert peak(20_000) < peak(2_000) + 1_500_000


@pytest.mark.parametrize("form", Format)
def test_the_same_is_the_same_bytes(form: Format, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert written(form, tmp_path).read_bytes() == written(form, tmp_path / "other").read_bytes()


def test_the_bench_makes_once_and_clears_away_what_is_oldest(tmp_path: Path) -> None:
    spool = Spool(str(tmp_path / "bench"), 250)
    made: list[str] = []

    def file(name: str) -> bytes:
        def make(path: Path) -> None:
            made.append(name)
            path.write_bytes(name.encode() * 100)

        found = spool.file([name], "csv", make)
        return b"".join(found.read(0, found.size))

    assert file("a") == file("a") == b"a" * 100
    file("b")
    file("a")
    file("c")
    assert made == ["a", "b", "c"]
    assert sum(path.stat().st_size for path in (tmp_path / "bench").iterdir()) <= 250
    file("a")
    file("b")
    assert made == ["a", "b", "c", "b"]


def _write(text: str, path: Path) -> None:
    path.write_text(text)


def test_small_files_cannot_fill_the_bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_room, "_MOST_FILES", 3)
    spool = Spool(str(tmp_path), 1000)
    for name in "abcdaed":
        spool.file([name], "csv", partial(_write, name)).content.close()
    kept = [path.read_text() for path in tmp_path.iterdir()]
    assert sorted(kept) == ["a", "d", "e"]


def test_what_a_killed_worker_left_is_cleared_and_what_another_makes_is_not(
    tmp_path: Path,
) -> None:
    left, fresh = tmp_path / "new-left.gpkg-journal", tmp_path / "new-fresh.csv"
    for path in (left, fresh):
        path.write_bytes(b"half")
    os.utime(left, (0, 0))
    Spool(str(tmp_path), 1000).file(["x"], "csv", Path.touch).content.close()
    assert not left.exists()
    assert fresh.exists()


def test_one_is_made_at_a_time_seven_wait_and_the_next_is_told_to_come_again(
    tmp_path: Path,
) -> None:
    """Eight readers while one file is being made; what is ready is given to whoever asks."""
    spool = Spool(str(tmp_path), 1000)
    made: list[str] = []
    refused: SimpleQueue[str] = SimpleQueue()

    def make(path: Path) -> None:
        # Another would be on the bench as well if two were made at once.
        assert [each for each in tmp_path.iterdir() if each.name.startswith("new-")] == [path]
        made.append(path.name)

    def ask(name: str) -> None:
        try:
            spool.file([name], "csv", make).content.close()
        except Busy:
            refused.put(name)

    ask("ready")
    readers = [Thread(target=ask, args=(f"{number}",)) for number in range(8)]

    def slow(path: Path) -> None:
        for reader in readers:
            reader.start()
        refused.get(timeout=30)
        ask("ready")
        assert len(made) == 1
        make(path)

    spool.file(["slow"], "csv", slow).content.close()
    for reader in readers:
        reader.join()
    assert refused.empty()
    assert len(made) == len(set(made)) == 9


def test_what_breaks_leaves_nothing_behind(tmp_path: Path) -> None:
    spool = Spool(str(tmp_path), 1000)

    def breaks(path: Path) -> None:
        path.write_bytes(b"half")
        raise Busy

    with pytest.raises(Busy):
        spool.file(["x"], "csv", breaks)
    assert list(tmp_path.iterdir()) == []


def test_a_bench_of_its_own_goes_with_the_service() -> None:
    spool = Spool(None, 1000)

    def make(path: Path) -> None:
        path.write_bytes(b"x")

    found = spool.file(["x"], "csv", make)
    folder = Path(found.content.name).parent
    assert b"".join(found.read(0, found.size)) == b"x"
    spool.close()
    assert not folder.exists()
