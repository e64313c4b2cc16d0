"""The dispatch room's counter: a file handed out whole or in part, with its digest beside it."""

import base64
import json
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.downloads import attachment, in_part
from api.exports.described import csvw, json_schema
from api.exports.export import LICENCE
from api.exports.making import WRITERS, Question, export_of, permalink
from api.exports.sets import MEDIA_TYPES, SETS, DataSet, Format
from api.exports.spool import Made, Spool
from api.i18n import current
from api.openapi import SCHEMA_JSON, Responses, refusals
from api.validators import Validators, given, not_modified, of_public, of_release
from registry.domain.errors import FieldProblem, UnknownDownload
from registry.queries.moments import Moment

CSVW = "application/csvm+json"
PLAIN = "text/plain"
SHA256 = ".sha256"
METADATA = "-metadata.json"
SCHEMA = "schema.json"
# A pinned answer stays as it is, but for what a newer head signs and what ceases to be withheld.
_A_DAY = "public, max-age=86400, no-transform"


def endings(data: DataSet) -> list[str]:
    """Everything that can follow the set's name and a dot."""
    files = [each.value for each in data.formats]
    twins = [f"{each}{SHA256}" for each in files]
    return [*files, *twins, f"{Format.CSV}{METADATA}", SCHEMA]


def unknown(name: str) -> UnknownDownload:
    """The refusal that says what of a name is not known."""
    wanted, dot, ending = name.partition(".")
    data = SETS.get(wanted)
    if data is None or not dot:
        known = ", ".join(SETS)
        params = {"value": wanted[:80], "expected": known}
        return UnknownDownload([FieldProblem("/set", "unknown_set", params)])
    params = {"value": ending[:80], "expected": ", ".join(endings(data))}
    return UnknownDownload([FieldProblem("/format", "unknown_format", params)])


def responses() -> Responses:
    """What a route of a set can answer."""
    kinds = {kind.partition(";")[0] for kind in MEDIA_TYPES.values()} | {CSVW, PLAIN, SCHEMA_JSON}
    return answers(kinds)


def answers(kinds: set[str]) -> Responses:
    headers: dict[str, Any] = {
        name: {"schema": {"type": "string"}}
        for name in ("ETag", "Repr-Digest", "Content-Disposition", "Accept-Ranges", "Link")
    }
    content: dict[str, Any] = {kind: {} for kind in sorted(kinds)}
    file: dict[str, Any] = {"content": content, "headers": headers}
    return {
        **refusals(HTTPStatus.NOT_FOUND),
        HTTPStatus.OK.value: {**file, "description": "The file"},
        HTTPStatus.PARTIAL_CONTENT.value: {**file, "description": "The part asked for"},
        HTTPStatus.NOT_MODIFIED.value: {"description": "The caller has it"},
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE.value: refusals()[
            HTTPStatus.UNPROCESSABLE_ENTITY.value
        ],
    }


def answer(
    request: Request, session: Session, today: date, question: Question, ending: str
) -> Response:
    """The file, its checksum, or the metadata beside it."""
    data = question.set
    if ending not in endings(data):
        raise unknown(f"{data.name}.{ending}")
    spool: Spool = request.app.state.spool
    public_url = request.app.state.settings.site
    if ending == SCHEMA:
        return described(request, json_schema(data, public_url), SCHEMA_JSON)
    form = Format(ending.removesuffix(SHA256).removesuffix(METADATA))
    export, stamp = export_of(session, question, form, public_url, today)
    if ending.endswith(METADATA):
        found = csvw(export, export.about["permalink"])
        return described(request, found, CSVW, question.when)
    made = spool.file(stamp, form, lambda path: WRITERS[form](export, path))
    name = f"{data.name}-{question.when.on}.{form}"
    if ending.endswith(SHA256):
        return checksum(request, question.when, made, name)
    links = [
        (permalink(question, form, public_url), "canonical", None),
        (f"{public_url}{data.schema}", "describedby", SCHEMA_JSON),
        (LICENCE["url"], "license", None),
    ]
    if form in {Format.CSV, Format.NDJSON, Format.ZIP}:
        twin = permalink(question, f"{Format.CSV}{METADATA}", public_url)
        links.insert(1, (twin, "describedby", CSVW))
    link = ", ".join(
        f'<{address}>; rel="{rel}"' + (f'; type="{kind}"' if kind else "")
        for address, rel, kind in links
    )
    return handed_out(request, question.when, made, name, MEDIA_TYPES[form], link)


def handed_out(
    request: Request, when: Moment, made: Made, name: str, media_type: str, link: str
) -> Response:
    """A file of the spool, or the part of it that was asked for, or 304."""
    validators = of_public(request, when, f'"{made.sha256.hex()}"')
    headers = {
        **_headers(request),
        **validators.headers,
        "Repr-Digest": f"sha-256=:{base64.b64encode(made.sha256).decode()}:",
        "Content-Disposition": attachment(name),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Link": link,
    }
    if validators.held_by(request.headers):
        made.content.close()
        return not_modified(headers)
    try:
        return in_part(request, headers, made.size, made.read, media_type)
    except BaseException:
        made.content.close()
        raise


def checksum(request: Request, when: Moment, made: Made, name: str) -> Response:
    """A line that `sha256sum --check` reads."""
    made.content.close()
    line = f"{made.sha256.hex()}  {name}\n".encode()
    validators = of_public(request, when, _tag(line))
    headers = {"Content-Disposition": attachment(f"{name}{SHA256}")}
    return _told(request, line, PLAIN, validators, headers)


def described(
    request: Request, found: dict[str, Any], kind: str, when: Moment | None = None
) -> Response:
    """A document about a file; without a moment it changes with a release only."""
    body = json.dumps(found, ensure_ascii=False, indent=2).encode()
    tag = _tag(body)
    validators = of_release(request, tag) if when is None else of_public(request, when, tag)
    return _told(request, body, kind, validators, {})


def _told(
    request: Request, body: bytes, kind: str, validators: Validators, more: Mapping[str, str]
) -> Response:
    headers = {**_headers(request), **validators.headers, **more}
    if validators.held_by(request.headers):
        return not_modified(headers)
    return Response(body, headers=headers, media_type=kind)


def _tag(body: bytes) -> str:
    """Weak: the same content may leave compressed or not."""
    return f'W/"{sha256(body).hexdigest()[:24]}"'


def _headers(request: Request) -> dict[str, str]:
    pinned = given(request, "as_of") and given(request, "known_at")
    return {
        "Cache-Control": _A_DAY if pinned else "no-cache, no-transform",
        "Vary": "Accept-Language",
        "Content-Language": current().value,
    }
