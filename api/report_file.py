"""The counter where reports are handed over: as a workbook or on paper."""

from collections.abc import Mapping
from urllib.parse import quote

from fastapi.responses import Response

from api.i18n import current
from api.report import Document
from api.report_book import book
from api.report_paper import paper
from registry.domain.errors import NotFound
from registry.domain.files import MediaType

_KINDS = {"xlsx": (book, MediaType.XLSX.value), "pdf": (paper, MediaType.PDF.value)}


def known_kind(kind: str) -> None:
    if kind not in _KINDS:
        raise NotFound


def handed_over(
    document: Document, kind: str, code: str, headers: Mapping[str, str] | None = None
) -> Response:
    make, media_type = _KINDS[kind]
    name = quote(f"{code}-{current()}.{kind}")
    return Response(
        make(document),
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''bao-cao-{name}",
            "Content-Language": current().value,
            "Content-Security-Policy": "sandbox; default-src 'none'",
            **(headers or {}),
        },
        media_type=media_type,
    )
