"""The public hall, the scoreboard: the four targets on one page, to read and to print."""

from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from api.audience import Audience, open_to
from api.deps import Config, Db, When
from api.i18n import current, iso_utc
from api.indicator_texts import apart, formula, method, name_of, sentence, verdict
from api.pages.conditional import asked, conditional
from api.rendering import page
from registry.queries.indicator_figures import figures
from registry.queries.moments import Moment

_CLOCKS = ("as_of", "known_at")

router = APIRouter(prefix="/scoreboard", dependencies=[open_to(Audience.PUBLIC)])


@router.get("")
def board(request: Request, db: Db, when: When, config: Config) -> Response:
    return conditional(
        request, when, lambda: _page(request, db, when, config, "public/scoreboard.html")
    )


@router.get("/print")
def on_paper(request: Request, db: Db, when: When, config: Config) -> Response:
    """The same on one page of A4."""
    return conditional(
        request, when, lambda: _page(request, db, when, config, "public/scoreboard_print.html")
    )


@router.get("/embed")
def embedded(request: Request) -> Response:
    """Where it stood before everything for other sites moved under one path."""
    query = urlencode({n: v for n, v in request.query_params.items() if n in _CLOCKS})
    address = f"/embed/{current()}/scoreboard{'?' if query else ''}{query}"
    return RedirectResponse(address, HTTPStatus.PERMANENT_REDIRECT)


def _page(request: Request, db: Session, when: Moment, config: Config, template: str) -> Response:
    return page(
        request,
        template,
        boards=[
            {
                "figure": found,
                "name": name_of(found.indicator),
                "sentence": sentence(found),
                "apart": apart(found),
                "formula": formula(found.indicator),
                "verdicts": [(verdict(each), method(each)) for each in found.outlooks],
            }
            for found in figures(db, when)
        ],
        when=when,
        clocks=asked(request, when),
        pinned={"as_of": when.on.isoformat(), "known_at": iso_utc(when.known_at)},
        address=f"{config.site}/{current()}/scoreboard",
    )
