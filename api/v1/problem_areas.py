"""Problem areas: which cities declared one as pressing, who solved it, and who has not yet."""

from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.answers import Content, as_json, public
from api.audience import Audience, open_to
from api.deps import Db, When
from api.i18n import current, pick
from api.labels import label
from api.openapi import reading
from api.v1.makers import MakerCase, MakerLine, case_shape, maker_line
from api.v1.shapes import Instant, Shape
from registry.domain.model import ProblemArea
from registry.queries import areas as queries
from registry.queries.areas import Answer, AreaCity, AreaLine
from registry.queries.makers import MakerKind

router = APIRouter(
    prefix="/problem-areas", tags=["problem areas"], dependencies=[open_to(Audience.PUBLIC)]
)


class AreaFigure(Shape):
    """Numbers of cities on the roll of the day: `declared` have an open pressing problem of the
    area, `solved` count by one."""

    area: ProblemArea
    name: str
    declared: int
    solved: int
    url: str


class AreaList(Shape):
    as_of: date
    known_at: Instant
    position: int
    items: list[AreaFigure]


class AreaProblem(Shape):
    title: str
    title_en: str
    declared_on: str


class CityInArea(Shape):
    """`answer`: *solved*, the city counts by a problem of this area; *operating*, an application
    for one is in operation and does not make it count; *on_its_way*, one is approved and not in
    operation; *open*, none is approved. `on_roll` is false for cities outside all numbers."""

    code: str
    name: str
    province_code: str
    province_name: str
    on_roll: bool
    answer: Answer
    problems: list[AreaProblem]
    use_cases: list[MakerCase]
    url: str


class AreaDetail(AreaFigure):
    as_of: date
    known_at: Instant
    position: int
    cities: list[CityInArea]
    products: list[MakerLine]


@router.get("", response_model=AreaList, responses=reading())
def every(request: Request, db: Db, when: When) -> Response:
    """Every area of the metadata standard, with how many cities declared and solved it."""

    def answer() -> Content:
        items = [AreaFigure(**_figure(line)) for line in queries.areas(db, when)]
        moment = {"as_of": when.on, "known_at": when.known_at, "position": when.position}
        return as_json(AreaList(**moment, items=items))

    return public(request, when, answer)


@router.get("/{area}", response_model=AreaDetail, responses=reading())
def one(request: Request, db: Db, when: When, area: ProblemArea) -> Response:
    """One area with its cities and the products that are used for it."""

    def answer() -> Content:
        found = queries.area_of(db, when, area)
        return as_json(
            AreaDetail(
                **_figure(found.line),
                as_of=when.on,
                known_at=when.known_at,
                position=when.position,
                cities=[_city(city) for city in found.cities],
                products=[maker_line(MakerKind.PRODUCT, line) for line in found.products],
            )
        )

    return public(request, when, answer)


def _figure(line: AreaLine) -> dict[str, object]:
    return {
        "area": line.area,
        "name": label(line.area),
        "declared": line.declared,
        "solved": line.solved,
        "url": f"/{current()}/problem-areas/{line.area}",
    }


def _city(city: AreaCity) -> CityInArea:
    return CityInArea(
        code=city.code,
        name=pick(city.name_vi, city.name_en),
        province_code=city.province_code,
        province_name=pick(city.province_vi, city.province_en),
        on_roll=city.on_roll,
        answer=city.answer,
        problems=[AreaProblem.model_validate(problem) for problem in city.problems],
        use_cases=[case_shape(case) for case in city.cases],
        url=f"/{current()}/cities/{city.code}",
    )
