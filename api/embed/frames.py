"""The lending desk, frames: map, figure, scoreboard and a city as small pages for other sites."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from api.embed import drawing, facts
from api.embed.choice import In, Of
from api.embed.counter import Order, Ordered
from api.pages.listing import Code
from api.rendering import page
from maps import small
from registry.domain.indicators import Indicator
from registry.domain.model import CityStatus

router = APIRouter()


@router.get("/figure")
def figure(order: Ordered, indicator: Of = None, province: In = "") -> Response:
    """A figure with its targets, roll, rule and day: the national one, a province's, or another
    indicator's."""

    def shown() -> dict[str, Any]:
        told = facts.asked(order.db, order.config, order.when, indicator, province)
        return {"told": told, "stamp": told.stamp}

    return _framed(order, "figure", shown)


@router.get("/map")
def national_map(order: Ordered) -> Response:
    """The cities of a day by their status: a drawing, its legend, and those that count by name."""

    def shown() -> dict[str, Any]:
        country = facts.country(order.db, order.config, order.when)
        return {
            "told": country.told,
            "stamp": country.stamp,
            "view_box": small.VIEW_BOX,
            "land": country.land,
            "isles": drawing.isles(),
            "shown": drawing.marks(country.cities),
            "counted": [city for city in country.cities if city.status is CityStatus.COUNTED],
            "c": drawing.LIGHT,
        }

    return _framed(order, "map", shown)


@router.get("/scoreboard")
def scoreboard(order: Ordered) -> Response:
    """The four targets of the decision."""

    def shown() -> dict[str, Any]:
        db, config, when = order.db, order.config, order.when
        return {
            "boards": [facts.of_indicator(db, config, when, n) for n in Indicator],
            "stamp": facts.stamp(config, when, "/scoreboard"),
        }

    return _framed(order, "scoreboard", shown)


@router.get("/cities/{code}")
def city(order: Ordered, code: Code) -> Response:
    """A card: whether the city counts on a day, since when, and by which application."""

    def shown() -> dict[str, Any]:
        found = facts.badge(order.db, order.config, order.when, code)
        return {"badge": found, "stamp": found.stamp}

    return _framed(order, "city", shown)


def _framed(order: Order, name: str, shown: Callable[[], dict[str, Any]]) -> Response:
    def make() -> Response:
        template = f"embed/{name}.html"
        return page(order.request, template, theme=order.theme, size=order.size, **shown())

    return order.lent(make)
