"""The open JSON API, version 1: one file per noun."""

from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, params

from api import openapi
from api.i18n import Language
from api.query_names import known_names_only
from api.v1 import (
    archipelagos,
    boundary_drafts,
    carry_overs,
    changes,
    cities,
    city_shapes,
    comments,
    coverage,
    coverage_changes,
    coverage_series,
    coverage_trajectory,
    decisions,
    downloads,
    error_reports,
    events,
    figures,
    files,
    findings,
    indicator_lines,
    indicators,
    ledger,
    lists,
    makers,
    messages,
    opinions,
    periods,
    problem_areas,
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
    indicators,
    indicator_lines,
    coverage_series,
    coverage_trajectory,
    coverage_changes,
    figures,
    periods,
    cities,
    provinces,
    archipelagos,
    boundary_drafts,
    timeline,
    rolls,
    roll_drafts,
    carry_overs,
    changes,
    targets,
    lists,
    standards,
    problems,
    problem_areas,
    use_cases,
    makers,
    search,
    downloads,
    versions,
    findings,
    comments,
    error_reports,
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


def describe(app: FastAPI) -> None:
    """Describes the doors in /openapi.json."""
    openapi.describe(
        app, (city_shapes.CityCollection, city_shapes.CityFeature, provinces.ProvinceCollection)
    )
