"""The poison cupboard: spreadsheets that mean harm, each by the refusal it deserves."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from random import Random

_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.'
    'openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = (
    f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="{_OFFICE}/officeDocument"'
    ' Target="xl/workbook.xml"/></Relationships>'
)
_BOOK = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="Khai báo" sheetId="1"'
    ' r:id="r1"/></sheets></workbook>'
)
_BOOK_RELS = (
    f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="{_OFFICE}/worksheet"'
    f' Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{_OFFICE}/sharedStrings"'
    ' Target="sharedStrings.xml"/></Relationships>'
)
HEADINGS = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Mã của đô thị</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>Tên ứng dụng</t></is></c></row>'
)


def worksheet(rows: str, after: str = "") -> str:
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'


def book(sheet: str | bytes, more: Mapping[str, str | bytes] | None = None) -> bytes:
    """A workbook of these parts, however they are."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELS,
        "xl/workbook.xml": _BOOK,
        "xl/_rels/workbook.xml.rels": _BOOK_RELS,
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}"/>',
        "xl/worksheets/sheet1.xml": sheet,
        **(more or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def _noise(size: int, before: str = "", after: str = "") -> str:
    """Digits that no packer makes small: what is small is refused for that alone."""
    digits = Random(1).randbytes(size).hex()  # noqa: S311 - no secret
    if not before:
        return digits
    return "".join(f"{before}{digits[n * 2 : n * 2 + 2]}{after}" for n in range(size))


def far_cell() -> bytes:
    return book(worksheet(HEADINGS + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'))


def bomb() -> bytes:
    return book(worksheet(HEADINGS) + " " * 190_000_000)


def giant_bomb() -> bytes:
    """A gigabyte of nothing in one part."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(packer.compress(b" " * 10_000_000) for _ in range(100)) + packer.flush()
    out = io.BytesIO()
    name = b"xl/worksheets/sheet1.xml"
    head = struct.pack("<HHHHHLLLHH", 20, 0, 8, 0, 33, 0, len(packed), 1_000_000_000, len(name), 0)
    out.write(b"PK\3\4" + head + name + packed)
    start = out.tell()
    out.write(
        b"PK\1\2" + struct.pack("<H", 20) + head + struct.pack("<HHHLL", 0, 0, 0, 0, 0) + name
    )
    size = out.tell() - start
    out.write(b"PK\5\6" + struct.pack("<4H2LH", 0, 0, 1, 1, size, start, 0))
    return out.getvalue()


def many_strings() -> bytes:
    strings = f'<sst xmlns="{_MAIN}">' + _noise(600_000, "<si><t>", "</t></si>") + "</sst>"
    return book(worksheet(HEADINGS), {"xl/sharedStrings.xml": strings})


def many_cells() -> bytes:
    row = "".join(f'<c t="inlineStr"><is><t>{n}</t></is></c>' for n in range(200))
    return book(worksheet(HEADINGS + f"<row>{row}</row>" * 5_000))


def deep() -> bytes:
    return book(worksheet("<a>" * 1_000_000))


def long_tag() -> bytes:
    return book(worksheet(f'<row r="{_noise(7_000_000)}"/>'))


def long_text() -> bytes:
    text = f'<row r="2"><c r="A2" t="inlineStr"><is><t>{_noise(7_000_000)}</t></is></c></row>'
    return book(worksheet(HEADINGS + text))


def laughs() -> bytes:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    return book(f'<!DOCTYPE x [<!ENTITY a0 "ha">{levels}]>' + worksheet("&a11;"))


def outside_entity() -> bytes:
    return book('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + worksheet("&e;"))


def merged_everywhere() -> bytes:
    blocks = "".join(f'<mergeCell ref="A{n}:XFD1048576"/>' for n in range(1, 900))
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(2, 900))
    return book(worksheet(HEADINGS + rows, f"<mergeCells>{blocks}</mergeCells>"))


def macro() -> bytes:
    return book(worksheet(HEADINGS), {"xl/vbaProject.bin": b"x"})


def locked() -> bytes:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000)
    return ole + "EncryptedPackage".encode("utf-16-le") + bytes(1000)


def old_format() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000)


def csv_of_commas() -> bytes:
    return "Mã của đô thị,Tên ứng dụng\n".encode() + b"," * 11_000_000


def csv_of_cells() -> bytes:
    return "Mã của đô thị,Tên ứng dụng\n".encode() + b"1," * 5_000_000


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "far cell": (far_cell, "sheet_far_cell"),
    "bomb": (bomb, "file_too_deep"),
    "giant bomb": (giant_bomb, "file_too_deep"),
    "millions of shared strings": (many_strings, "sheet_too_much"),
    "a million cells": (many_cells, "sheet_too_much"),
    "deep": (deep, "sheet_too_much"),
    "one endless tag": (long_tag, "sheet_too_much"),
    "one endless text": (long_text, "sheet_too_much"),
    "billion laughs": (laughs, "sheet_entities"),
    "entity of a file": (outside_entity, "sheet_entities"),
    "merged everywhere": (merged_everywhere, "sheet_too_much"),
    "macro": (macro, "file_macro"),
    "password": (locked, "file_locked"),
    "old format": (old_format, "sheet_old_format"),
    "endless row of commas": (csv_of_commas, "sheet_too_much"),
    "text of five million cells": (csv_of_cells, "sheet_too_much"),
}
