"""The reading room: workbooks (XLSX), read as a stream, and given up as soon as they are too much.

No formula is computed and no stored result of one is taken; nothing outside the file is opened.
"""

import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from posixpath import dirname, join, normpath
from typing import BinaryIO
from xml.parsers import expat

from registry.domain.files import MediaType
from registry.filetypes import recognise
from registry.sheets.cells import DAY_ONE, DAY_ONE_1904, Table, plain, refuse
from registry.sheets.parts import SheetReader, StringReader, precision

_MAX_PART = 64_000_000
_MAX_ELEMENTS = 2_500_000
_MAX_DEPTH = 60
# One tag or one attribute is never as long; expat would keep all of it.
_MAX_TOKEN = 1_000_000
_CHUNK = 65_536
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


def read_xlsx(content: BinaryIO, sheet: str) -> Table:
    """The sheet of this name, or the only one there is.

    Raises InvalidInput for what is no workbook, is locked, damaged, or would be too much.
    """
    _not_old(content)
    if recognise(content) is not MediaType.XLSX:
        refuse("sheet_kind")
    try:
        with zipfile.ZipFile(content) as archive:
            return _Book(archive).table(sheet)
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, LookupError, ValueError):
        refuse("file_damaged")


def _not_old(content: BinaryIO) -> None:
    content.seek(0)
    head = content.read(len(OLE))
    if head == OLE:
        refuse("file_locked" if _ENCRYPTED in head + content.read() else "sheet_old_format")
    content.seek(0)


@dataclass
class _Book:
    """`elements` counts those of all parts: it is the work that a file costs."""

    archive: zipfile.ZipFile
    elements: int = 0
    strings: list[str] = field(default_factory=list)
    # By the number of a cell's style: how precise a date it shows ("day", "month", "year").
    date_styles: dict[int, str] = field(default_factory=dict)
    day_one: date = DAY_ONE

    def table(self, wanted: str) -> Table:
        home = self._related("", "/officeDocument")["/officeDocument"]
        sheets = self._sheets(home)
        name = next((name for name in sheets if plain(name) == plain(wanted)), None)
        if name is None:
            if len(sheets) != 1:
                refuse("sheet_missing", sheet=wanted)
            name = next(iter(sheets))
        related = self._related(home, "/sharedStrings", "/styles")
        if "/sharedStrings" in related:
            self._read_strings(related["/sharedStrings"])
        if "/styles" in related:
            self._read_styles(related["/styles"])
        reader = SheetReader(self.strings, self.date_styles, self.day_one)
        self.parse(sheets[name], reader.start, reader.end, reader.data)
        return Table(name, reader.finished(), self.day_one)

    def parse(self, part: str, start: Start, end: End, data: Callable[[str], None]) -> None:
        """Walks through a part; names come without their namespace."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        depth = 0

        def started(name: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            self.elements += 1
            if self.elements > _MAX_ELEMENTS or depth > _MAX_DEPTH:
                refuse("sheet_too_much")
            start(name.rpartition(" ")[2], attributes)

        def ended(name: str) -> None:
            nonlocal depth
            depth -= 1
            end(name.rpartition(" ")[2])

        parser.StartElementHandler = started
        parser.EndElementHandler = ended
        parser.CharacterDataHandler = data
        parser.StartDoctypeDeclHandler = _no_doctype
        fed = 0
        with self.archive.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                fed += len(chunk)
                if fed > _MAX_PART:
                    refuse("sheet_too_much")
                parser.Parse(chunk, False)
                if fed - parser.CurrentByteIndex > _MAX_TOKEN:
                    refuse("sheet_too_much")
            parser.Parse(b"", True)

    def _related(self, part: str, *kinds: str) -> dict[str, str]:
        """The parts a part names, by the end of their kind; `kinds` none: by their id."""
        folder = dirname(part)
        rels = join(folder, "_rels", f"{part.rpartition('/')[2]}.rels")
        found: dict[str, str] = {}

        def start(name: str, given: dict[str, str]) -> None:
            if name != "Relationship" or given.get("TargetMode") == "External":
                return
            target = given["Target"]
            path = target[1:] if target.startswith("/") else normpath(join(folder, target))
            if not kinds:
                found[given["Id"]] = path
            for kind in kinds:
                if given["Type"].endswith(kind):
                    found[kind] = path

        self.parse(rels, start, _nothing, _nothing)
        return found

    def _sheets(self, home: str) -> dict[str, str]:
        paths = self._related(home)
        found: dict[str, str] = {}

        def start(name: str, given: dict[str, str]) -> None:
            if name == "workbookPr" and given.get("date1904") in {"1", "true"}:
                self.day_one = DAY_ONE_1904
            if name == "sheet":
                number = next((v for k, v in given.items() if k.endswith(" id")), "")
                found[given["name"]] = paths[number]

        self.parse(home, start, _nothing, _nothing)
        return found

    def _read_strings(self, part: str) -> None:
        reader = StringReader(self.strings)
        self.parse(part, reader.start, reader.end, reader.data)

    def _read_styles(self, part: str) -> None:
        codes: dict[str, str] = {}
        styles: list[str] = []
        where = {"in": ""}

        def start(name: str, given: dict[str, str]) -> None:
            if name in {"numFmts", "cellXfs", "cellStyleXfs"}:
                where["in"] = name
            elif name == "numFmt" and where["in"] == "numFmts":
                codes[given["numFmtId"]] = given["formatCode"]
            elif name == "xf" and where["in"] == "cellXfs":
                styles.append(given.get("numFmtId", "0"))

        def end(name: str) -> None:
            if name == where["in"]:
                where["in"] = ""

        self.parse(part, start, end, _nothing)
        for number, style in enumerate(styles):
            shown = precision(int(style), codes.get(style))
            if shown:
                self.date_styles[number] = shown


def _no_doctype(*_given: object) -> None:
    refuse("sheet_entities")


def _nothing(*_given: object) -> None:
    return
