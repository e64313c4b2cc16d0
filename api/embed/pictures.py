"""The lending desk, pictures: a city's badge, a figure and the map as SVG, and as PNG for sites
that take no other. Each is a drawing of the register on a day, as known at a time."""

import json
from collections.abc import Callable
from enum import StrEnum

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import press
from api.deps import Config, Db, When
from api.embed import drawing, facts
from api.embed.choice import In, Of, Theme
from api.embed.counter import Order, Ordered, lent
from api.i18n import gettext
from api.pages.listing import Code
from registry.domain.errors import NotFound

router = APIRouter()


class Kind(StrEnum):
    SVG = "svg"
    PNG = "png"


# Opened by itself a drawing runs nothing, asks for nothing, and has its one style sheet in itself.
_POLICY = f"default-src 'none'; style-src {drawing.STYLE_HASH}; frame-ancestors *"


@router.get("/cities/{code}/badge.json")
def badge_for_programs(
    request: Request, db: Db, config: Config, when: When, code: Code
) -> Response:
    """What the badge says, with what it takes to check it."""

    def make() -> Response:
        found = facts.as_data(config, when, facts.badge(db, config, when, code))
        content = json.dumps(found, ensure_ascii=False)
        headers = {"Access-Control-Allow-Origin": "*"}
        return Response(content, media_type="application/json", headers=headers)

    return lent(request, when, make)


@router.get("/cities/{code}/badge.{kind}")
def badge_picture(order: Ordered, code: Code, kind: str) -> Response:
    def drawn(theme: Theme) -> str:
        found = facts.badge(order.db, order.config, order.when, code)
        return drawing.badge(found, theme, order.size, _site())

    return _picture(order, kind, drawn)


@router.get("/figure.{kind}")
def figure_picture(order: Ordered, kind: str, indicator: Of = None, province: In = "") -> Response:
    def drawn(theme: Theme) -> str:
        told = facts.asked(order.db, order.config, order.when, indicator, province)
        return drawing.figure(told, theme, order.size, _site())

    return _picture(order, kind, drawn)


@router.get("/map.{kind}")
def map_picture(order: Ordered, kind: str) -> Response:
    def drawn(theme: Theme) -> str:
        country = facts.country(order.db, order.config, order.when)
        return drawing.national_map(country, theme, order.size, _site())

    return _picture(order, kind, drawn)


def _site() -> str:
    return gettext("City AI registry")


def _picture(order: Order, kind: str, draw: Callable[[Theme], str]) -> Response:
    """`draw` makes the SVG in colours of a theme. Raises NotFound for a kind that is not made."""
    if kind not in set(Kind):
        raise NotFound

    def make() -> Response:
        if kind == Kind.SVG:
            headers = {"Content-Security-Policy": _POLICY}
            return Response(draw(order.theme), media_type="image/svg+xml", headers=headers)
        # A picture of dots cannot follow what its reader prefers.
        fixed = Theme.LIGHT if order.theme is Theme.AUTO else order.theme
        return Response(press.picture("drawing.typ", draw(fixed)), media_type="image/png")

    return order.lent(make)
