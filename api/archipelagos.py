"""The label points of Hoàng Sa and Trường Sa, which every map of Viet Nam shows."""

from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from api.geojson import Point


class Archipelago(BaseModel):
    model_config = ConfigDict(frozen=True)

    label_vi: str
    label_en: str
    province_code: str


class ArchipelagoFeature(BaseModel):
    type: Literal["Feature"] = "Feature"
    geometry: Point
    properties: Archipelago


class ArchipelagoCollection(BaseModel):
    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[ArchipelagoFeature]


@cache
def archipelagos() -> ArchipelagoCollection:
    # A fact that no act changes: it is read from the seeds and not from the database.
    source = files("seeds").joinpath("data/archipelagos.geojson").read_bytes()
    return TypeAdapter(ArchipelagoCollection).validate_json(source)
