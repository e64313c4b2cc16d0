"""The open JSON API, version 1: one file per noun."""

from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, params

from api import openapi
from api.i18n import Language
from api.query_names import known_names_only
from api.v1 import (
    archipelagos,
    carry_overs,
    cities,
    city_shapes,
    coverage,
    decisions,
    events,
    figures,
    files,
    ledger,
    lists,
    messages,
    opinions,
    problems,
    provinces,
    review,
    review_filters,
    roll_drafts,
    rolls,
    search,
    sessions,
    sheets,
    standards,
    staying,
    targets,
    timeline,
    use_cases,
    versions,
    years,
)


def _language(
    lang: Annotated[
        Language | None, Query(description="Language of texts; default: by Accept-Language")
    ] = None,
) -> None:
    """The wall has read it already; here it is refused when it is none of ours."""


router = APIRouter(
    prefix="/api/v1",
    dependencies=[params.Depends(known_names_only), params.Depends(_language)],
)
for noun in (
    coverage,
    figures,
    cities,
    provinces,
    archipelagos,
    timeline,
    rolls,
    roll_drafts,
    carry_overs,
    targets,
    lists,
    standards,
    problems,
    use_cases,
    search,
    versions,
    review,
    review_filters,
    decisions,
    opinions,
    staying,
    years,
    events,
    ledger,
    messages,
    files,
    sheets,
    sessions,
):
    router.include_router(noun.router)


def install(app: FastAPI) -> None:
    """Opens the doors and describes them in /openapi.json."""
    app.include_router(router)
    openapi.describe(
        app, (city_shapes.CityCollection, city_shapes.CityFeature, provinces.ProvinceCollection)
    )
