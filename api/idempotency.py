"""The registrar's stamp: every creation carries a key, so that sending it twice creates once."""

import hashlib
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.responses import Response
from pydantic import BaseModel

from api.answers import Content, as_json, personal
from registry.actions.act import Act
from registry.actions.idempotency import Answer, answered, remember
from registry.domain.errors import IdempotencyKeyRequired

_KEY = re.compile(r"[\x21-\x7e]{1,200}")


def _key(
    idempotency_key: Annotated[
        str | None,
        Header(description="1 to 200 visible ASCII characters, new for each creation; required"),
    ] = None,
) -> str:
    if idempotency_key is None or not _KEY.fullmatch(idempotency_key):
        raise IdempotencyKeyRequired
    return idempotency_key


CreationKey = Annotated[str, Depends(_key)]


def create(
    request: Request,
    act: Act,
    key: str,
    draft: BaseModel | None,
    make: Callable[[], tuple[BaseModel, str]],
    revision: int | None = 1,
) -> Response:
    """Runs `make` - which returns what it created and its address - unless the key's request ran.

    `revision` is that of anything new; None for what can never be changed.
    """
    sent = "" if draft is None else draft.model_dump_json()
    parts = f"{request.method} {request.url.path}\n{sent}"
    request_hash = hashlib.sha256(parts.encode()).digest()
    first = answered(act, key, request_hash)
    replayed = {} if first is None else {"Idempotency-Replayed": "true"}
    if first is None:
        shape, location = make()
        first = Answer(HTTPStatus.CREATED, location, as_json(shape).body)
        remember(act, key, request_hash, first)
    headers = {"Location": first.location, **replayed}
    return personal(
        Content(first.body), status=HTTPStatus(first.status), revision=revision, headers=headers
    )
