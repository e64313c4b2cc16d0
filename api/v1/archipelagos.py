"""The label points of Hoàng Sa and Trường Sa, for every map of Viet Nam."""

from functools import cache

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.answers import Content, public
from api.archipelagos import ArchipelagoCollection, archipelagos
from api.audience import Audience, open_to
from api.deps import Db, Now
from api.openapi import GEOJSON, GeoJson, reading
from registry.queries.moments import moment

router = APIRouter(tags=["archipelagos"], dependencies=[open_to(Audience.PUBLIC)])


@router.get(
    "/archipelagos",
    response_class=GeoJson,
    response_model=ArchipelagoCollection,
    responses=reading(),
)
def every(request: Request, db: Db, now: Now) -> Response:
    """Points for labels, not boundaries."""
    return public(request, moment(db, now), lambda: Content(_collection(), GEOJSON))


@cache
def _collection() -> bytes:
    return archipelagos().model_dump_json().encode()
