"""The customs office: what a file really is, by its content, and whether it is harmless."""

import mmap
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import UnsupportedOperation
from typing import BinaryIO, NoReturn

import puremagic

from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.files import MediaType

_HEAD = 8192
_PLAIN = (MediaType.PDF, MediaType.PNG, MediaType.JPEG, MediaType.WEBP)


def recognise(content: BinaryIO) -> MediaType:
    """Which of the accepted kinds `content` is.

    Raises InvalidInput when it is none of them, damaged, locked, or would run something.
    """
    content.seek(0)
    head = content.read(_HEAD)
    if not head:
        _refuse("file_empty")
    if head.startswith(b"PK"):
        return _office(content)
    found = _sniffed(head)
    if found is MediaType.PDF:
        _check_pdf(content)
    return found


def _sniffed(head: bytes) -> MediaType:
    try:
        kinds = [match.mime_type for match in puremagic.magic_string(head)]
    except puremagic.PureError:
        kinds = []
    found = next((kind for kind in _PLAIN if kind in kinds), None)
    if found is None:
        _refuse("file_kind")
    return found


def _refuse(code: str, **params: str) -> NoReturn:
    raise InvalidInput([FieldProblem("/file", code, params)])


# --- office documents: archives of parts (OOXML, ODF)

_MAX_DIRECTORY = 1_000_000
_MAX_PART = 1_000_000
_MAX_EXPANDED = 200_000_000
# Honest documents shrink to a twentieth or so; only what is large unpacked is asked.
_MAX_RATIO = 200
_LARGE = 10_000_000
_END = struct.Struct("<4s4H2LH")

_OOXML = {
    b"wordprocessingml.document.main+xml": MediaType.DOCX,
    b"spreadsheetml.sheet.main+xml": MediaType.XLSX,
    b"presentationml.presentation.main+xml": MediaType.PPTX,
}
_ODF = (MediaType.ODT, MediaType.ODS, MediaType.ODP)
_MACRO_PARTS = re.compile(r"(?i)(.*/)?(vbaproject\.bin|activex/.*)|(basic|scripts)/.+")


def _office(content: BinaryIO) -> MediaType:
    _check_directory(content)
    try:
        with zipfile.ZipFile(content) as archive:
            _check_parts(archive.infolist())
            kind = _office_kind(archive)
            if archive.testzip() is not None:
                _refuse("file_damaged")
            return kind
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError):
        _refuse("file_damaged")


def _check_directory(content: BinaryIO) -> None:
    """Reads what zipfile would go by, because it reads any number of entries into memory."""
    size = content.seek(0, 2)
    content.seek(max(0, size - 65_536 - _END.size))
    tail = content.read()
    at = len(tail) - _END.size
    if tail[at : at + 4] != b"PK\5\6" or tail[-2:] != b"\0\0":
        at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) < at + _END.size:
        _refuse("file_damaged")
    directory_bytes = _END.unpack_from(tail, at)[5]
    # A document of this size has no need of the 64-bit form.
    if directory_bytes > _MAX_DIRECTORY or b"PK\6\7" in tail[max(0, at - 20) : at]:
        _refuse("file_too_deep")


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    expanded = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if expanded > _MAX_EXPANDED or (expanded > _LARGE and expanded > packed * _MAX_RATIO):
        _refuse("file_too_deep")
    if any(part.flag_bits & 1 for part in parts):
        _refuse("file_locked")
    known = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if any(part.compress_type not in known for part in parts):
        _refuse("file_damaged")
    if any(_MACRO_PARTS.fullmatch(part.filename) for part in parts):
        _refuse("file_macro")


def _office_kind(archive: zipfile.ZipFile) -> MediaType:
    names = set(archive.namelist())
    if "[Content_Types].xml" in names:
        types = _part(archive, "[Content_Types].xml")
        if re.search(rb"(?i)macroenabled|vbaproject", types):
            _refuse("file_macro")
        for mark, kind in _OOXML.items():
            if mark in types:
                return kind
    elif {"mimetype", "META-INF/manifest.xml"} <= names:
        if b"encryption-data" in _part(archive, "META-INF/manifest.xml"):
            _refuse("file_locked")
        said = _part(archive, "mimetype").decode("ascii", "replace")
        if said in _ODF:
            return MediaType(said)
    _refuse("file_kind")


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        found = part.read(_MAX_PART + 1)
    if len(found) > _MAX_PART:
        _refuse("file_too_deep")
    return found


# --- PDF: a document that runs a script or starts a program is refused


def _name(text: str) -> bytes:
    """A PDF name however it is spelt: each letter may be written as #xx."""
    letters = (f"(?:{letter}|#{ord(letter):02x}|#{ord(letter):02X})" for letter in text)
    return ("".join(letters) + r"(?![A-Za-z0-9])").encode()


# One pass over the whole file; nearly every name is passed over at its first letter.
_TELLING = re.compile(
    b"/(?=[JLE#])(?:(?P<active>%s|%s)|(?P<locked>%s))"
    % (_name("JavaScript"), _name("Launch"), _name("Encrypt"))
)
_PACKED = re.compile(b"/" + _name("ObjStm"))
_STREAM = re.compile(rb"stream\r?\n")
# Between what an object stream says of itself and its content.
_NEAR = 600
_MAX_STREAM = 4_000_000


def _check_pdf(content: BinaryIO) -> None:
    with _bytes_of(content) as data:
        told = {found.lastgroup for found in _TELLING.finditer(data)}
        if "locked" in told:
            _refuse("file_locked")
        if "active" in told or any(map(_TELLING.search, _unpacked(data))):
            _refuse("file_active")


def _unpacked(data: bytes | mmap.mmap) -> Iterator[bytes]:
    """The objects that are kept compressed (object streams), as far as they are deflated."""
    allowed = _MAX_EXPANDED
    view = memoryview(data)
    try:
        for found in _PACKED.finditer(data):
            # So much for each, lest a file be made of nothing but such names.
            allowed -= 50_000
            if allowed <= 0:
                _refuse("file_too_deep")
            start = _STREAM.search(data, found.end(), found.end() + _NEAR)
            if start is None:
                continue
            packed = view[start.end() : start.end() + _MAX_STREAM]
            try:
                part = zlib.decompressobj().decompress(packed, _MAX_STREAM)
            except zlib.error:
                continue
            finally:
                packed.release()
            allowed -= len(part)
            yield part
    finally:
        view.release()


@contextmanager
def _bytes_of(content: BinaryIO) -> Iterator[bytes | mmap.mmap]:
    """All of a file without reading it into memory, where it is a file of the machine's."""
    try:
        number = content.fileno()
    except UnsupportedOperation:
        content.seek(0)
        yield content.read()
        return
    content.flush()
    with mmap.mmap(number, 0, access=mmap.ACCESS_READ) as mapped:
        yield mapped
