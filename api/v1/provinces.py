"""The provinces of a day, with how many of their cities count."""

from datetime import date
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.answers import JSON, Content, as_json, public
from api.audience import Audience, open_to
from api.deps import Db, When
from api.geojson import MultiPolygon
from api.negotiation import wanted
from api.openapi import GEOJSON, reading
from api.v1.shapes import Instant, Shape, Share
from registry.domain.model import RollSeries
from registry.queries.provinces import ProvinceRow, provinces

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
