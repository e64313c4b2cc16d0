"""The public hall: the metadata standard, every question with its words, lists and rules."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.audience import Audience, open_to
from api.deps import Db, Now
from api.pages.conditional import conditional
from api.rendering import page
from registry.domain.errors import NotFound
from registry.domain.standard import CURRENT, STANDARDS, code_lists
from registry.queries.moments import moment

router = APIRouter(dependencies=[open_to(Audience.PUBLIC)])


@router.get("/standard")
def current_standard(request: Request, db: Db, now: Now) -> Response:
    return _standard_page(request, db, now, CURRENT)


@router.get("/standard/{version}")
def one_standard(request: Request, db: Db, now: Now, version: str) -> Response:
    return _standard_page(request, db, now, version)


def _standard_page(request: Request, db: Db, now: Now, version: str) -> Response:
    standard = STANDARDS.get(version)
    if standard is None:
        raise NotFound
    return conditional(
        request,
        moment(db, now),
        lambda: page(
            request,
            "public/standard.html",
            standard=standard,
            standards=list(STANDARDS.values()),
            code_lists=code_lists(standard),
        ),
    )
