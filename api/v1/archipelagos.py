"""The label points of Hoàng Sa and Trường Sa, which every map of Viet Nam shows."""

from functools import cache
from importlib.resources import files
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import TypeAdapter

from api.answers import Content, public
from api.audience import Audience, open_to
from api.deps import Db, Now
from api.geojson import Point
from api.openapi import GEOJSON, GeoJson, reading
from api.v1.shapes import Shape
from registry.queries.moments import moment

router = APIRouter(tags=["archipelagos"], dependencies=[open_to(Audience.PUBLIC)])


class Archipelago(Shape):
    label_vi: str
    label_en: str
    province_code: str


class ArchipelagoFeature(Shape):
    type: Literal["Feature"] = "Feature"
    geometry: Point
    properties: Archipelago


class ArchipelagoCollection(Shape):
    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[ArchipelagoFeature]


@router.get(
    "/archipelagos",
    response_class=GeoJson,
    response_model=ArchipelagoCollection,
    responses=reading(),
)
def every(request: Request, db: Db, now: Now) -> Response:
    """Points for labels, not boundaries."""
    return public(request, moment(db, now), lambda: Content(_collection(), GEOJSON))


def label_points() -> list[tuple[float, float, str, str]]:
    """Longitude, latitude and name in both languages."""
    return [
        (each.geometry.coordinates[0], each.geometry.coordinates[1], said.label_vi, said.label_en)
        for each in _read().features
        for said in (each.properties,)
    ]


@cache
def _read() -> ArchipelagoCollection:
    # A fact that no act changes: it is read from the seeds and not from the database.
    source = files("seeds").joinpath("data/archipelagos.geojson").read_bytes()
    return TypeAdapter(ArchipelagoCollection).validate_json(source)


@cache
def _collection() -> bytes:
    return _read().model_dump_json().encode()
