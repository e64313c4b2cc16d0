"""Files: evidence and letters, handed in by a city and named by the hash of their content."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import AfterValidator

from api.answers import as_json, personal
from api.audience import Audience, open_to
from api.deps import Acting, Db, Files, Me, Upload
from api.downloads import handed_out
from api.openapi import MAY_SIGN_IN, changing, only, refusals
from api.v1.shapes import Code, Shape
from registry.actions.files import receive
from registry.domain.errors import NotFound
from registry.domain.files import SHA256, MediaType
from registry.queries.files import HeldFile, readable

router = APIRouter(tags=["files"])

_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_HEADERS: dict[str, Any] = {
    name: {"schema": {"type": "string"}}
    for name in ("ETag", "Content-Disposition", "Accept-Ranges", "Content-Length")
}
_FILE: dict[str, Any] = {
    "content": {kind.value: _BINARY for kind in MediaType},
    "headers": _HEADERS,
}


def _hash(text: str) -> str:
    # What cannot be a hash names no file.
    if not SHA256.fullmatch(text):
        raise NotFound
    return text


Sha256 = Annotated[
    str, Path(description="SHA-256 of the content, in hexadecimal"), AfterValidator(_hash)
]


class FileShape(Shape):
    sha256: str
    name: str
    media_type: MediaType
    size: int
    url: str


@router.post(
    "/cities/{code}/files",
    status_code=HTTPStatus.CREATED,
    response_model=FileShape,
    responses=changing(),
    dependencies=only(Audience.CITY),
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/octet-stream": _BINARY}}
    },
)
def upload(act: Acting, files: Files, code: Code, sent: Upload) -> Response:
    """Hands in a file, which the city's entries may then name by its `sha256`.

    The body is the file itself. The same content again is the same file, under its first name.
    """
    held = receive(act, files, code, sent.name, sent.content)
    shape = _shape(held)
    return personal(as_json(shape), status=HTTPStatus.CREATED, headers={"Location": shape.url})


@router.get(
    "/files/{sha256}",
    response_class=Response,
    responses={
        **refusals(HTTPStatus.NOT_FOUND),
        HTTPStatus.OK.value: _FILE,
        HTTPStatus.PARTIAL_CONTENT.value: {**_FILE, "description": "The part asked for"},
        HTTPStatus.NOT_MODIFIED.value: {"description": "The caller has it"},
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE.value: refusals()[
            HTTPStatus.UNPROCESSABLE_ENTITY.value
        ],
    },
    dependencies=[open_to(Audience.PUBLIC)],
    openapi_extra=MAY_SIGN_IN,
)
def download(request: Request, db: Db, me: Me, files: Files, sha256: Sha256) -> Response:
    """The file, to those who may read it: its city; the ministry once it was submitted; everybody
    once it is evidence of an approved version. Letters are never public."""
    found = readable(db, me.actor, sha256)
    if found is None:
        raise NotFound
    return handed_out(request, found, files)


def _shape(held: HeldFile) -> FileShape:
    return FileShape(
        sha256=held.sha256,
        name=held.name,
        media_type=held.media_type,
        size=held.size,
        url=f"/api/v1/files/{held.sha256}",
    )
