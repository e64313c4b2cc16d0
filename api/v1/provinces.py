"""The provinces of a day, with how many of their cities count."""

from datetime import date
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.answers import JSON, Content, as_json, public
from api.audience import Audience, open_to
from api.deps import Db, When
from api.geojson import MultiPolygon
from api.negotiation import wanted
from api.old_addresses import sent_on
from api.openapi import GEOJSON, reading
from api.v1.shapes import Code, Instant, Shape, Share
from registry.domain.coverage import Verdict
from registry.domain.model import RollSeries
from registry.queries.coverage import targets
from registry.queries.provinces import ProvinceRow, province, provinces
from registry.queries.spelling import Noun

router = APIRouter(tags=["provinces"], dependencies=[open_to(Audience.PUBLIC)])

_MEDIA_TYPES = {"json": JSON, "geojson": GEOJSON}


class ProvinceFigure(Shape):
    """`total`: the cities of it that the roll names; `share` is null where there are none.
    `approximate` boundaries are for shading only."""

    code: str
    name: str
    name_en: str
    counted: int
    total: int
    share: Share | None
    approximate: bool


class ProvinceList(Shape):
    as_of: date
    known_at: Instant
    position: int
    items: list[ProvinceFigure]


class ProvinceTerm(Shape):
    """What bore the code from `start` until before `end`. A code can come back with another
    area."""

    code: str
    name_vi: str
    name_en: str
    start: date | None
    end: date | None
    source: str


class AgainstTarget(Shape):
    """A national target, held against the province's own cities: in whole cities, never rounded."""

    year: int
    percent: int
    verdict: Verdict
    missing: int | None


class ProvinceDetail(ProvinceFigure):
    """`on_the_day` says whether there is such a province on the day; else it is told as it was
    last, or will be first. Its cities: /api/v1/cities?province={code}."""

    as_of: date
    known_at: Instant
    position: int
    on_the_day: bool
    targets: list[AgainstTarget]
    terms: list[ProvinceTerm]
    predecessors: list[ProvinceTerm]
    successors: list[ProvinceTerm]


class ProvinceFeature(Shape):
    type: Literal["Feature"] = "Feature"
    id: str
    geometry: MultiPolygon
    properties: ProvinceFigure


class ProvinceCollection(Shape):
    """Boundaries are approximate, for shading only, where a feature does not say otherwise."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    as_of: date
    known_at: Instant
    position: int
    features: list[ProvinceFeature]


@router.get(
    "/provinces", response_model=ProvinceList, responses=reading(geojson="ProvinceCollection")
)
def every(
    request: Request,
    db: Db,
    when: When,
    series: RollSeries = RollSeries.URBAN,
    f: Literal["json", "geojson"] | None = None,
) -> Response:
    """The provinces as they were on a day."""

    def answer() -> Content:
        rows = provinces(db, when, series)
        moment = {"as_of": when.on, "known_at": when.known_at, "position": when.position}
        if wanted(request, _MEDIA_TYPES, f) == "geojson":
            shape = ProvinceCollection(**moment, features=[_feature(row) for row in rows])
            return Content(shape.model_dump_json().encode(), GEOJSON)
        return as_json(ProvinceList(**moment, items=[_figure(row) for row in rows]))

    return public(request, when, answer)


@router.get(
    "/provinces/{code}",
    response_model=ProvinceDetail,
    responses=reading(HTTPStatus.NOT_FOUND, HTTPStatus.PERMANENT_REDIRECT),
)
def one(
    request: Request,
    db: Db,
    when: When,
    code: Code,
    series: RollSeries = RollSeries.URBAN,
) -> Response:
    """One province with its figure against each target, and what it was before and became."""

    def answer() -> Content:
        found = province(db, when, code, series)
        if found is None:
            sent_on(db, Noun.PROVINCE, code)
        tally = found.whole
        return as_json(
            ProvinceDetail(
                code=found.term.code,
                name=found.term.name_vi,
                name_en=found.term.name_en,
                counted=tally.counted,
                total=tally.total,
                share=tally.share,
                approximate=found.term.approximate,
                as_of=when.on,
                known_at=when.known_at,
                position=when.position,
                on_the_day=found.on_the_day,
                targets=[
                    AgainstTarget(
                        year=aim.year,
                        percent=aim.percent,
                        verdict=tally.verdict(aim),
                        missing=tally.missing(aim),
                    )
                    for aim in targets(db, when)
                ],
                terms=[ProvinceTerm.model_validate(term) for term in found.terms],
                predecessors=[ProvinceTerm.model_validate(t) for t in found.predecessors],
                successors=[ProvinceTerm.model_validate(t) for t in found.successors],
            )
        )

    return public(request, when, answer)


def _figure(row: ProvinceRow) -> ProvinceFigure:
    return ProvinceFigure(
        code=row.code,
        name=row.name_vi,
        name_en=row.name_en,
        counted=row.tally.counted,
        total=row.tally.total,
        share=row.tally.share,
        approximate=row.approximate,
    )


def _feature(row: ProvinceRow) -> ProvinceFeature:
    return ProvinceFeature(
        id=row.code, geometry=MultiPolygon(coordinates=row.polygons), properties=_figure(row)
    )
