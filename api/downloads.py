"""The hatch: hands a stored file out, as an attachment that no browser will run."""

import re
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.exceptions import HTTPException

from api.validators import Validators, not_modified
from registry.domain.errors import FileUnavailable
from registry.queries.files import ReadableFile
from registry.store import Cabinet

_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


def handed_out(request: Request, found: ReadableFile, cabinet: Cabinet) -> Response:
    """The file or the part of it that was asked for, or 304 where the caller has it."""
    file = found.file
    tag = f'"{file.sha256}"'
    uploaded_at = file.uploaded_at.replace(microsecond=0)
    validators = Validators(tag, uploaded_at, request.app.state.clock())
    headers = {
        **validators.headers,
        # What the public may read can cease to be public: to be asked again each time.
        "Cache-Control": "no-cache" if found.public else "private, no-store",
        "Vary": "Authorization, Cookie",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Content-Disposition": attachment(file.name),
    }
    if validators.held_by(request.headers):
        return not_modified(headers)
    if cabinet.store.size(file.sha256) != file.size:
        raise FileUnavailable

    def read(start: int, end: int) -> Iterator[bytes]:
        return cabinet.store.read(file.sha256, start, end)

    return in_part(request, headers, file.size, read, file.media_type.value)


def in_part(
    request: Request,
    headers: Mapping[str, str],
    size: int,
    read: Callable[[int, int], Iterator[bytes]],
    media_type: str,
) -> Response:
    """All of a content or the part of it that was asked for (RFC 9110, 14). `headers` have its
    strong ETag."""
    tag = headers["ETag"]
    status, start, end = HTTPStatus.OK, 0, size
    sent = {**headers, "Accept-Ranges": "bytes"}
    if request.headers.get("if-range", tag) == tag:
        part = _part(request.headers.get("range", ""), size)
        if part is not None:
            status, (start, end) = HTTPStatus.PARTIAL_CONTENT, part
            sent["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    sent["Content-Length"] = str(end - start)
    return StreamingResponse(read(start, end), status, sent, media_type)


def attachment(name: str) -> str:
    plain = re.sub(r'[^ -~]|["\\%]', "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _part(asked: str, size: int) -> tuple[int, int] | None:
    """The one part a Range header asks for, as (start, end); None for the whole file."""
    match = _RANGE.fullmatch(asked)
    if match is None or match[1] == match[2] == "":
        return None
    first, last = match[1], match[2]
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last) + 1, size) if first and last else size
    if first and last and int(last) < start:
        return None
    if start >= size:
        raise HTTPException(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            headers={"Content-Range": f"bytes */{size}"},
        )
    return start, end
