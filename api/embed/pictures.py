"""The lending desk, pictures: a city's badge, a figure and the map as SVG, and as PNG for sites
that take no other. Each is a drawing of the register on a day, as known at a time."""

import json
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator
from sqlalchemy.orm import Session

from api import press
from api.deps import Config, Db, When
from api.embed import drawing
from api.embed.choice import Size, SizeAsked, Theme, ThemeAsked
from api.embed.counter import lent
from api.embed.facts import Told, as_data, badge, of_indicator, of_province, stamp
from api.i18n import gettext
from api.pages.listing import Code
from maps import small
from registry.domain.errors import FieldProblem, InvalidInput, NotFound
from registry.domain.indicators import Indicator
from registry.domain.kinds import blank_to_none
from registry.queries.cities import cities
from registry.queries.moments import Moment
from registry.queries.timeline import outlines

router = APIRouter()


class Kind(StrEnum):
    SVG = "svg"
    PNG = "png"


Of = Annotated[
    Indicator | None,
    BeforeValidator(blank_to_none),
    Query(description="Of which of the four indicators; default: 2, the cities"),
]
In = Annotated[
    str, Query(max_length=40, description="Code of a province: the figure of its cities")
]

# Opened by itself a drawing runs nothing, asks for nothing, and has its one style sheet in itself.
_POLICY = f"default-src 'none'; style-src {drawing.STYLE_HASH}; frame-ancestors *"


def told(db: Session, config: Config, when: Moment, n: Indicator | None, province: str) -> Told:
    """The figure asked for. Raises InvalidInput where the province has none, or is asked of another
    indicator."""
    if not province:
        return of_indicator(db, config, when, n or Indicator.CITIES)
    if n not in {None, Indicator.CITIES}:
        raise InvalidInput([FieldProblem("/province", "only_of_cities")])
    found = of_province(db, config, when, province)
    if found is None:
        raise InvalidInput([FieldProblem("/province", "unknown_province")])
    return found


@router.get("/cities/{code}/badge.json")
def badge_for_programs(
    request: Request, db: Db, config: Config, when: When, code: Code
) -> Response:
    """What the badge says, with what it takes to check it."""

    def make() -> Response:
        found = as_data(config, when, badge(db, config, when, code))
        content = json.dumps(found, ensure_ascii=False)
        headers = {"Access-Control-Allow-Origin": "*"}
        return Response(content, media_type="application/json", headers=headers)

    return lent(request, when, make)


@router.get("/cities/{code}/badge.{kind}")
def badge_picture(
    request: Request,
    db: Db,
    config: Config,
    when: When,
    code: Code,
    kind: str,
    theme: ThemeAsked = Theme.AUTO,
    size: SizeAsked = Size.M,
) -> Response:
    form = _form(kind)

    def make() -> Response:
        found = badge(db, config, when, code)
        return _picture(form, theme, lambda by: drawing.badge(found, by, size, _site()))

    return lent(request, when, make)


@router.get("/figure.{kind}")
def figure_picture(
    request: Request,
    db: Db,
    config: Config,
    when: When,
    kind: str,
    theme: ThemeAsked = Theme.AUTO,
    size: SizeAsked = Size.M,
    indicator: Of = None,
    province: In = "",
) -> Response:
    form = _form(kind)

    def make() -> Response:
        found = told(db, config, when, indicator, province)
        return _picture(form, theme, lambda by: drawing.figure(found, by, size, _site()))

    return lent(request, when, make)


@router.get("/map.{kind}")
def map_picture(
    request: Request,
    db: Db,
    config: Config,
    when: When,
    kind: str,
    theme: ThemeAsked = Theme.AUTO,
    size: SizeAsked = Size.M,
) -> Response:
    form = _form(kind)

    def make() -> Response:
        found = told(db, config, when, None, "")
        at = stamp(config, when, "/map")
        those = cities(db, when)
        land = [small.outline(polygons) for polygons in outlines(db, when)]
        return _picture(
            form,
            theme,
            lambda by: drawing.national_map(found, at, those, land, by, size, _site()),
        )

    return lent(request, when, make)


def _form(kind: str) -> Kind:
    if kind not in set(Kind):
        raise NotFound
    return Kind(kind)


def _site() -> str:
    return gettext("City AI registry")


def _picture(form: Kind, theme: Theme, draw: Callable[[Theme], str]) -> Response:
    if form is Kind.SVG:
        headers = {"Content-Security-Policy": _POLICY}
        return Response(draw(theme), media_type="image/svg+xml", headers=headers)
    # A picture of dots cannot follow what its reader prefers.
    fixed = Theme.LIGHT if theme is Theme.AUTO else theme
    return Response(press.picture("drawing.typ", draw(fixed)), media_type="image/png")
