"""The porter: whoever comes by an address that is spelt otherwise is sent to the one that holds.

Codes never change here, so no table of old ones is kept. What comes is the same code in another
case or without its leading zeros (a spreadsheet drops them), a product's name in another spelling,
a decision's number without its zeros, a slash too many.
"""

import re
from http import HTTPStatus
from typing import NoReturn
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from api.audience import Audience, open_to
from api.deps import Db
from registry.domain.errors import Moved, NotFound
from registry.queries.spelling import Noun, respelt

# Nothing outside them is ours, and an address of two slashes would lead to another host.
_OURS = re.compile(r"/(?:vi|en|api/v1)/[^/].*", re.DOTALL)


def sent_on(db: Db, noun: Noun, code: str) -> NoReturn:
    """Raises Moved to the code that was meant; NotFound where there is none, or more than one."""
    meant = respelt(db, noun, code)
    if meant is None:
        raise NotFound
    raise Moved(code, meant)


def install(app: FastAPI) -> None:
    """After all other doors: what ends with a slash and is nobody's is the same without it."""

    @app.get("/{path:path}/", include_in_schema=False, dependencies=[open_to(Audience.PUBLIC)])
    def slash(request: Request, path: str) -> Response:
        bare = f"/{path}".rstrip("/")
        if not _OURS.fullmatch(bare):
            raise NotFound
        asked = request.scope["query_string"].decode("latin-1")
        address = quote(bare) + (f"?{asked}" if asked else "")
        return RedirectResponse(address, HTTPStatus.PERMANENT_REDIRECT)
