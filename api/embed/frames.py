"""The lending desk, frames: map, figure, scoreboard and a city as small pages for other sites."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.deps import Config, Db, When
from api.embed import drawing, facts
from api.embed.choice import Size, SizeAsked, Theme, ThemeAsked
from api.embed.counter import lent
from api.embed.pictures import In, Of, told
from api.pages.listing import Code
from api.rendering import page
from maps import small
from registry.domain.indicators import Indicator
from registry.domain.model import CityStatus
from registry.queries.cities import cities
from registry.queries.timeline import outlines

router = APIRouter()


@router.get("/figure")
def figure(
    request: Request,
    db: Db,
    config: Config,
    when: When,
    theme: ThemeAsked = Theme.AUTO,
    size: SizeAsked = Size.M,
    indicator: Of = None,
    province: In = "",
) -> Response:
    """A figure with its targets, roll, rule and day: the national one, a province's, or another
    indicator's."""

    def make() -> Response:
        found = told(db, config, when, indicator, province)
        return page(
            request,
            "embed/figure.html",
            told=found,
            stamp=found.stamp,
            theme=theme,
            size=size,
        )

    return lent(request, when, make)


@router.get("/map")
def national_map(
    request: Request,
    db: Db,
    config: Config,
    when: When,
    theme: ThemeAsked = Theme.AUTO,
    size: SizeAsked = Size.M,
) -> Response:
    """The cities of a day by their status: a drawing, its legend, and those that count by name."""

    def make() -> Response:
        those = cities(db, when)
        found = facts.of_indicator(db, config, when, Indicator.CITIES)
        return page(
            request,
            "embed/map.html",
            told=found,
            stamp=facts.stamp(config, when, "/map"),
            theme=theme,
            size=size,
            view_box=small.VIEW_BOX,
            land=[small.outline(polygons) for polygons in outlines(db, when)],
            isles=drawing.isles(),
            shown=drawing.marks(those),
            counted=[city for city in those if city.status is CityStatus.COUNTED],
            c=drawing.LIGHT,
        )

    return lent(request, when, make)


@router.get("/scoreboard")
def scoreboard(
    request: Request,
    db: Db,
    config: Config,
    when: When,
    theme: ThemeAsked = Theme.AUTO,
    size: SizeAsked = Size.M,
) -> Response:
    """The four targets of the decision."""

    def make() -> Response:
        return page(
            request,
            "embed/scoreboard.html",
            boards=[facts.of_indicator(db, config, when, n) for n in Indicator],
            stamp=facts.stamp(config, when, "/scoreboard"),
            theme=theme,
            size=size,
        )

    return lent(request, when, make)


@router.get("/cities/{code}")
def city(
    request: Request,
    db: Db,
    config: Config,
    when: When,
    code: Code,
    theme: ThemeAsked = Theme.AUTO,
    size: SizeAsked = Size.M,
) -> Response:
    """A card: whether the city counts on a day, since when, and by which application."""

    def make() -> Response:
        found = facts.badge(db, config, when, code)
        return page(
            request,
            "embed/city.html",
            badge=found,
            stamp=found.stamp,
            theme=theme,
            size=size,
        )

    return lent(request, when, make)
