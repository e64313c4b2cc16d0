"""The map room's door: places the map's pieces in a page, alone or inside another page."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator

from api.audience import Audience, open_to
from api.deps import Config, Db, When
from api.labels import label
from api.pages import map_areas, map_compare
from api.pages.conditional import asked, conditional
from api.pages.map_parts import constants, policy
from api.rendering import page
from maps.document import map_parts
from registry.domain.counting import Outcome
from registry.domain.dates import FIRST_YEAR, LAST_YEAR
from registry.domain.kinds import blank_to_none
from registry.domain.model import ProblemArea
from registry.queries.cities import cities
from registry.queries.coverage import GroupBy, coverage
from registry.queries.timeline import counting_areas

router = APIRouter(dependencies=[open_to(Audience.PUBLIC)])

AreaAsked = Annotated[ProblemArea | None, BeforeValidator(blank_to_none), Query()]


@router.get("/map")
def national_map(
    request: Request,
    db: Db,
    when: When,
    config: Config,
    area: AreaAsked = None,
    embed: bool = False,
) -> Response:
    def make() -> Response:
        clocks = asked(request, when)
        parts = map_parts()
        counted = [city for city in cities(db, when) if city.outcome is Outcome.COUNTED]
        if area:
            areas = counting_areas(db, when)
            counted = [city for city in counted if area in areas[city.id]]
        return page(
            request,
            "public/map_embedded.html" if embed else "public/map.html",
            headers={"Content-Security-Policy": policy(parts, config, embed)},
            parts=parts,
            config={
                **constants(clocks, config),
                "asOf": clocks.get("as_of"),
                "area": area,
                "areas": {each.value: label(each) for each in ProblemArea},
                "days": {"min": f"{FIRST_YEAR}-01-01", "max": f"{LAST_YEAR}-12-31"},
            },
            clocks=clocks,
            when=when,
            area=area,
            embed=embed,
            figure=coverage(db, when, group_by=GroupBy.PROVINCE),
            counted=counted,
            ProblemArea=ProblemArea,
        )

    return conditional(request, when, make)


router.include_router(map_compare.router)
router.include_router(map_areas.router)
