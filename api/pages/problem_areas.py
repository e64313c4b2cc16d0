"""The exhibition, by problem: who else has this problem, who solved it, and with what."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.audience import Audience, open_to
from api.deps import Db, When
from api.names import bare, in_order
from api.pages.conditional import asked, conditional
from api.rendering import page
from registry.domain.errors import NotFound
from registry.domain.model import ProblemArea
from registry.queries.areas import Answer, AreaCity, area_of, areas

router = APIRouter(prefix="/problem-areas", dependencies=[open_to(Audience.PUBLIC)])


@router.get("")
def every(request: Request, db: Db, when: When) -> Response:
    def make() -> Response:
        return page(
            request,
            "public/problem_areas.html",
            areas=areas(db, when),
            clocks=asked(request, when),
            when=when,
        )

    return conditional(request, when, make)


@router.get("/{area}")
def one(request: Request, db: Db, when: When, area: str) -> Response:
    if area not in set(ProblemArea):
        raise NotFound
    which = ProblemArea(area)

    def make() -> Response:
        found = area_of(db, when, which)
        return page(
            request,
            "public/problem_area.html",
            area=found,
            by={answer.value: _by_name(found.by(answer)) for answer in Answer},
            off_roll=_by_name(found.off_roll),
            clocks=asked(request, when),
            when=when,
        )

    return conditional(request, when, make)


def _by_name(cities: list[AreaCity]) -> list[AreaCity]:
    return sorted(cities, key=lambda city: (in_order(bare(city.name_vi)), city.code))
