"""One small map per problem area: drawn here, so that it needs no script and can be printed."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.archipelagos import archipelagos
from api.audience import Audience, open_to
from api.deps import Db, When
from api.pages.conditional import asked, conditional
from api.rendering import page
from maps import small
from registry.domain.counting import Outcome
from registry.domain.coverage import Tally
from registry.domain.model import ProblemArea
from registry.queries.cities import CityRow, cities
from registry.queries.coverage import GroupBy, coverage
from registry.queries.timeline import counting_areas, outlines

router = APIRouter(dependencies=[open_to(Audience.PUBLIC)])


@router.get("/map/areas")
def by_area(request: Request, db: Db, when: When) -> Response:
    def make() -> Response:
        figure = coverage(db, when, group_by=GroupBy.AREA)
        tallies = {group.key: group.tally for group in figure.groups}
        nothing = Tally(0, figure.tally.enumerated, figure.tally.official_total)
        counted = [city for city in cities(db, when) if city.outcome is Outcome.COUNTED]
        areas = counting_areas(db, when)
        return page(
            request,
            "public/map_areas.html",
            clocks=asked(request, when),
            when=when,
            figure=figure,
            view_box=small.VIEW_BOX,
            land=[small.outline(polygons) for polygons in outlines(db, when)],
            archipelagos=[
                (small.place(*feature.geometry.coordinates), feature.properties)
                for feature in archipelagos().features
            ],
            areas=[
                (
                    area,
                    tallies.get(area.value, nothing),
                    _places([city for city in counted if area in areas[city.id]]),
                )
                for area in ProblemArea
            ],
        )

    return conditional(request, when, make)


def _places(found: Sequence[CityRow]) -> list[tuple[tuple[int, int] | None, CityRow]]:
    """Each city with its place on a small map, where one is known."""
    return [
        (None if city.lon is None or city.lat is None else small.place(city.lon, city.lat), city)
        for city in found
    ]
