"""The reading room: text files of rows (CSV), whoever wrote them and in whichever encoding."""

import codecs
import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from registry.sheets.cells import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, Cell, Row, Sort, Table, refuse

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Vietnamese first: of two that read the headings equally well it is the likelier.
_OLD = ("cp1258", "cp1252")
_SEPARATORS = (",", ";", "\t")
_HINT = "sep="
_HEAD = 100_000
_MAX_BYTES = 12_000_000
# Also between cells that are empty.
_MAX_SEPARATORS = 2_000_000
# As long as a text can be at all; our own limits come after.
csv.field_size_limit(_MAX_BYTES)
# What a spreadsheet would take for a formula; an apostrophe before it says that it is text, and
# one before an apostrophe makes every text come back as it was.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20")

Known = Callable[[Sequence[str]], int]


def protected(text: str) -> str:
    """As it is written to a text file, so that no spreadsheet computes it."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def unprotected(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_SIGNS) else text


def csv_parts(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """A text file of rows (RFC 4180), line by line: what everything here that writes CSV writes.

    UTF-8 with a byte order mark, without which Excel garbles Vietnamese; texts are `protected`,
    numbers are not.
    """
    yield codecs.BOM_UTF8
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in chain([headings], rows):
        writer.writerow([protected(cell) if isinstance(cell, str) else cell for cell in row])
        yield out.getvalue().encode()
        out.seek(0)
        out.truncate()


def read_csv(content: bytes, known: Known) -> Table:
    """The rows of a text file. `known` says how many of some texts are headings: by it encoding
    and separator are told. Raises InvalidInput for what is no such file."""
    if len(content) > _MAX_BYTES:
        refuse("file_too_large", megabytes=str(_MAX_BYTES // 1_000_000))
    _, encoding, separator = max(
        (
            (known(_first_record(head, separator)), encoding, separator)
            for encoding, head in _heads(content)
            for separator in _separators(head)
        ),
        key=lambda guess: guess[0],
    )
    text = unicodedata.normalize("NFC", content.decode(encoding))
    if text.count(separator) > _MAX_SEPARATORS:
        refuse("sheet_too_much")
    hinted = text.startswith(_HINT)
    rows = _rows(text.partition("\n")[2] if hinted else text, separator, first=2 if hinted else 1)
    return Table("", rows, encoding=encoding)


def _rows(text: str, separator: str, first: int) -> list[Row]:
    rows: list[Row] = []
    count, number = 0, first - 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for number, record in enumerate(reader, first):
            cells = {
                column: Cell(Sort.TEXT, unprotected(value).replace("\r\n", "\n"))
                for column, value in enumerate(record, 1)
                if value.strip()
            }
            count += len(cells)
            if count > MAX_CELLS:
                refuse("sheet_too_much")
            if cells and (number > MAX_ROWS or max(cells) > MAX_COLUMNS):
                refuse("sheet_far_cell", rows=str(MAX_ROWS), columns=str(MAX_COLUMNS))
            if cells:
                rows.append(Row(number, cells))
    except csv.Error:
        refuse("sheet_quotes", row=str(number + 1))
    return rows


def _heads(content: bytes) -> list[tuple[str, str]]:
    """How the file begins, by each encoding in which all of it can be read."""
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    found = []
    for encoding in (marked,) if marked else ("utf-8", *_OLD):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            refuse("sheet_kind")
        found.append((encoding, unicodedata.normalize("NFC", text[:_HEAD])))
        if encoding not in _OLD:
            break
    if not found:
        refuse("sheet_encoding")
    return found


def _separators(text: str) -> tuple[str, ...]:
    hinted = text[len(_HINT) : len(_HINT) + 1] if text.startswith(_HINT) else ""
    return (hinted,) if hinted in _SEPARATORS else _SEPARATORS


def _first_record(text: str, separator: str) -> list[str]:
    start = text.partition("\n")[2] if text.startswith(_HINT) else text
    reader = csv.reader(io.StringIO(start, newline=""), delimiter=separator)
    try:
        return next(reader, [])
    except csv.Error:
        return []
