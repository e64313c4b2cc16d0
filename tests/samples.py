"""The sample case: small files of every kind that is taken in, and of those that are not."""

import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from io import BytesIO

from registry.domain.files import MediaType

_OOXML = "http://schemas.openxmlformats.org/package/2006/content-types"


def pdf(*objects: bytes, text: str = "Giấy xác nhận") -> bytes:
    """A PDF that says `text` in a comment, with these objects more."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        *objects,
    ]
    body = b"%PDF-1.7\n%" + text.encode() + b"\n"
    places = []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return body + head + table + end % (len(parts) + 1, len(body))


def packed(content: bytes, more: bytes = b"") -> bytes:
    """An object stream of a PDF."""
    data = zlib.compress(content)
    head = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode %s /Length %d >>"
    return head % (more, len(data)) + b"\nstream\n" + data + b"\nendstream"


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    size = struct.pack(">2I5B", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\0\xff\0\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def jpeg() -> bytes:
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(40)


def webp() -> bytes:
    return b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(40)


def archive(parts: Mapping[str, bytes | str], stored: Iterable[str] = ()) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, part in parts.items():
            how = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            made.writestr(name, part, how)
    return content.getvalue()


_MAIN = {
    MediaType.DOCX: ("word/document.xml", "wordprocessingml.document.main+xml"),
    MediaType.XLSX: ("xl/workbook.xml", "spreadsheetml.sheet.main+xml"),
    MediaType.PPTX: ("ppt/presentation.xml", "presentationml.presentation.main+xml"),
}


def office(
    kind: MediaType = MediaType.DOCX, more: Mapping[str, bytes | str] | None = None
) -> bytes:
    """An OOXML or ODF document, with these parts more."""
    if kind in _MAIN:
        name, mark = _MAIN[kind]
        mark = f"application/vnd.openxmlformats-officedocument.{mark}"
        types = (
            f'<?xml version="1.0"?><Types xmlns="{_OOXML}">'
            f'<Override PartName="/{name}" ContentType="{mark}"/></Types>'
        )
        return archive({"[Content_Types].xml": types, name: "<document/>", **(more or {})})
    parts = {
        "mimetype": kind.value,
        "META-INF/manifest.xml": "<manifest/>",
        "content.xml": "<content/>",
        **(more or {}),
    }
    return archive(parts, stored=["mimetype"])


SAMPLES: dict[MediaType, bytes] = {
    MediaType.PDF: pdf(),
    MediaType.PNG: png(),
    MediaType.JPEG: jpeg(),
    MediaType.WEBP: webp(),
    **{kind: office(kind) for kind in MediaType if kind.value.startswith("application/vnd")},
}
