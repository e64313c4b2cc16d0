"""The customs test: what is taken in is what it says it is, and harmless."""

import struct
import zipfile
from collections.abc import Mapping
from io import BytesIO
from tempfile import TemporaryFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.errors import InvalidInput
from registry.domain.files import ENDINGS, MediaType, file_name
from registry.filetypes import recognise
from tests.samples import SAMPLES, archive, office, packed, pdf, png


def refusal(content: bytes) -> str:
    with pytest.raises(InvalidInput) as refused:
        recognise(BytesIO(content))
    (problem,) = refused.value.problems
    assert problem.pointer == "/file"
    return problem.code


@pytest.mark.parametrize("kind", MediaType)
def test_every_kind_is_known_by_its_content(kind: MediaType) -> None:
    assert recognise(BytesIO(SAMPLES[kind])) is kind


def test_a_file_on_disk_is_read_like_one_in_memory() -> None:
    script = pdf(packed(b"4 0 << /S /JavaScript /JS (app.alert(1)) >>"))
    with TemporaryFile() as file:
        file.write(SAMPLES[MediaType.PDF])
        assert recognise(file) is MediaType.PDF
    with TemporaryFile() as file:
        file.write(script)
        with pytest.raises(InvalidInput):
            recognise(file)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"Xin ch\xc3\xa0o", "file_kind"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "file_kind"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"></svg>', "file_kind"),
        (b"MZ\x90\x00" + bytes(200), "file_kind"),
        (b"\x7fELF" + bytes(100), "file_kind"),
        (b"GIF89a" + bytes(40), "file_kind"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "file_kind"),
        (b" %PDF-1.7\n", "file_kind"),
        (b"PK", "file_damaged"),
        (b"PK\x03\x04" + bytes(100), "file_damaged"),
        (archive({"a.txt": "a"}), "file_kind"),
        (archive({"[Content_Types].xml": "<Types/>"}), "file_kind"),
        (archive({"mimetype": "application/epub+zip", "META-INF/manifest.xml": ""}), "file_kind"),
    ],
)
def test_what_is_none_of_them_is_refused(content: bytes, code: str) -> None:
    assert refusal(content) == code


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        (MediaType.DOCX, {"word/vbaProject.bin": "x"}, "file_macro"),
        (MediaType.XLSX, {"xl/VBAPROJECT.BIN": "x"}, "file_macro"),
        (MediaType.PPTX, {"ppt/activeX/activeX1.xml": "x"}, "file_macro"),
        (MediaType.ODT, {"Basic/Standard/Module1.xml": "x"}, "file_macro"),
        (MediaType.ODS, {"Scripts/python/x.py": "x"}, "file_macro"),
        (MediaType.ODP, {"META-INF/manifest.xml": "<encryption-data/>"}, "file_locked"),
        (MediaType.DOCX, {"[Content_Types].xml": "macroEnabled.main+xml"}, "file_macro"),
        (MediaType.DOCX, {"word/media/x": bytes(200_000_001)}, "file_too_deep"),
        (MediaType.XLSX, {"xl/worksheets/sheet1.xml": bytes(10_000_001)}, "file_too_deep"),
        (MediaType.DOCX, {"[Content_Types].xml": bytes(1_000_001)}, "file_too_deep"),
    ],
)
def test_documents_that_are_locked_or_would_run_or_burst(
    kind: MediaType, more: Mapping[str, bytes | str], code: str
) -> None:
    assert refusal(office(kind, more)) == code


def test_an_archive_that_lies_about_itself() -> None:
    damaged = bytearray(office())
    damaged[damaged.index(b"word/document.xml") + 20] ^= 0xFF
    assert refusal(bytes(damaged)) == "file_damaged"
    locked = bytearray(office())
    at = locked.rindex(b"PK\x01\x02")
    locked[at + 8] |= 1
    assert refusal(bytes(locked)) == "file_locked"
    # A directory larger than is read, and one of the 64-bit form.
    huge = bytearray(office())
    struct.pack_into("<L", huge, len(huge) - 22 + 12, 5_000_000)
    assert refusal(bytes(huge)) == "file_too_deep"
    plain = office()
    long_form = plain[:-22] + b"PK\x06\x07" + bytes(16) + plain[-22:]
    assert refusal(long_form) == "file_too_deep"
    squeezed = BytesIO()
    with zipfile.ZipFile(squeezed, "w", zipfile.ZIP_LZMA) as made:
        made.writestr("[Content_Types].xml", "wordprocessingml.document.main+xml")
    assert refusal(squeezed.getvalue()) == "file_damaged"


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>", "file_active"),
        (b"<< /S /Java#53cript >>", "file_active"),
        (b"<< /S /Launch /F (cmd.exe) >>", "file_active"),
        (b"<< /Names << /JavaScript 5 0 R >> >>", "file_active"),
        (packed(b"4 0 << /S /JavaScript >>"), "file_active"),
        (packed(b"4 0 << /S /#4caunch >>", b"/DecodeParms << /Columns 1 >>"), "file_active"),
        (b"<< /Encrypt 5 0 R >>", "file_locked"),
    ],
)
def test_a_pdf_that_would_run_something_or_is_locked(part: bytes, code: str) -> None:
    assert refusal(pdf(part)) == code


def test_a_pdf_made_of_nothing_but_promises() -> None:
    assert refusal(pdf(b"/ObjStm " * 1_000_000)) == "file_too_deep"
    assert refusal(pdf(*(packed(bytes(4_000_000)) for _ in range(51)))) == "file_too_deep"


@pytest.mark.parametrize(
    "part",
    [
        b"<< /Note (JavaScript is a language, Launch a word) >>",
        b"<< /LaunchPad 1 /EncryptMetadata false >>",
        packed(b"4 0 << /Title (x) >>"),
        b"<< /Type /ObjStm >>\nstream\nnot deflated\nendstream",
    ],
)
def test_a_pdf_that_only_speaks_of_it(part: bytes) -> None:
    assert recognise(BytesIO(pdf(part))) is MediaType.PDF


@pytest.mark.parametrize(
    ("given_name", "kind", "kept"),
    [
        ("Công văn 12.pdf", MediaType.PDF, "Công văn 12.pdf"),
        ("Công văn.PDF".replace("ô", "o\u0302"), MediaType.PDF, "Công văn.pdf"),
        ("C:\\Users\\lan\\ảnh.JPEG", MediaType.JPEG, "ảnh.jpeg"),
        ("../../etc/passwd", MediaType.PNG, "passwd.png"),
        ("thư\u202efdp.docx", MediaType.DOCX, "thưfdp.docx"),
        ("a\r\nSet-Cookie: x.pdf", MediaType.PDF, "a Set-Cookie: x.pdf"),
        ("", MediaType.ODT, "-.odt"),
        (".pdf", MediaType.PDF, "pdf.pdf"),
        ("x" * 300 + ".xlsx", MediaType.XLSX, "x" * 120 + ".xlsx"),
        ("bản v1.2", MediaType.PDF, "bản v1.2.pdf"),
        ("ảnh.png", MediaType.PDF, None),
        ("công văn.pdf.exe", MediaType.PDF, None),
    ],
)
def test_names(given_name: str, kind: MediaType, kept: str | None) -> None:
    if kept is not None:
        assert file_name(given_name, kind) == kept
        return
    with pytest.raises(InvalidInput) as refused:
        file_name(given_name, kind)
    assert refused.value.problems[0].code == "file_name_mismatch"


@given(st.text(max_size=300), st.sampled_from(MediaType))
def test_a_name_is_safe_and_stays_as_it_is(given_name: str, kind: MediaType) -> None:
    try:
        name = file_name(given_name, kind)
    except InvalidInput:
        return
    assert file_name(name, kind) == name
    assert name.isprintable()
    assert not set(name) & set("/\\\x00\n")
    assert name.rpartition(".")[2] in ENDINGS[kind]


@given(st.binary(max_size=2000))
def test_nothing_sent_breaks_the_recogniser(content: bytes) -> None:
    for head in (b"", b"PK\x03\x04", b"%PDF-1.7\n", png()[:8]):
        try:
            recognise(BytesIO(head + content))
        except InvalidInput:
            continue
