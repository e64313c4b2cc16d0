"""Files that cities hand in: which kinds there are, and what one may be called."""

import re
import unicodedata
from enum import StrEnum

from registry.domain.errors import FieldProblem, InvalidInput

MAX_NAME = 120
SHA256 = re.compile(r"[0-9a-f]{64}")
_ENDING = re.compile(r"(?=.*[a-z])[a-z0-9]{1,5}")


class MediaType(StrEnum):
    """What is taken in; everything else is refused."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    ODT = "application/vnd.oasis.opendocument.text"
    ODS = "application/vnd.oasis.opendocument.spreadsheet"
    ODP = "application/vnd.oasis.opendocument.presentation"


# The endings a name may have; the first is given to a name that has none.
ENDINGS: dict[MediaType, tuple[str, ...]] = {
    **{kind: (kind.name.lower(),) for kind in MediaType},
    MediaType.JPEG: ("jpg", "jpeg", "jpe", "jfif"),
}


def file_name(given: str, kind: MediaType) -> str:
    """The name under which a file is kept: composed, on one line, no path, with its ending.

    Raises InvalidInput when the ending is that of another kind.
    """
    name = unicodedata.normalize("NFC", given.replace("\\", "/").rpartition("/")[2])
    # No controls, and no marks that turn the direction of writing: "thư\u202efdp.exe".
    shown = (c for c in name if c.isspace() or unicodedata.category(c)[0] != "C")
    name = " ".join("".join(shown).split()).strip(". ") or "-"
    stem, _, ending = name.rpartition(".")
    ending = ending.lower()
    if not stem or not _ENDING.fullmatch(ending):
        # "Báo cáo v1.2" has none.
        stem, ending = name, ENDINGS[kind][0]
    if ending not in ENDINGS[kind]:
        raise InvalidInput(
            [
                FieldProblem(
                    "/file",
                    "file_name_mismatch",
                    {"ending": ending, "kind": kind.name},
                )
            ]
        )
    return f"{stem[:MAX_NAME].strip('. ') or '-'}.{ending}"
