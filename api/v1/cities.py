"""The cities of the roll in force, and one city: whether it counts, why, and what comes next."""

from collections.abc import Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.answers import JSON, Content, as_json, public
from api.audience import Audience, open_to
from api.choosing import CityChoice
from api.deps import Db, When
from api.names import bare, in_order
from api.negotiation import wanted
from api.old_addresses import sent_on
from api.openapi import CSV, GEOJSON, reading
from api.paging import Cursor, Limit, following, place
from api.v1 import city_shapes as shapes
from api.v1.shapes import Code, CodeFilter
from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.model import CityStatus, RollSeries, UnitType, UrbanClass
from registry.queries import cities as queries
from registry.queries.announcements import year_words
from registry.queries.boundaries import successors_of
from registry.queries.cities import CityRow
from registry.queries.coverage import roll_in_force
from registry.queries.entries import problems
from registry.queries.published import Wanted, published
from registry.queries.spelling import Noun

router = APIRouter(tags=["cities"], dependencies=[open_to(Audience.PUBLIC)])

_MEDIA_TYPES = {"json": JSON, "geojson": GEOJSON, "csv": CSV}


class Sort(StrEnum):
    CODE = "code"
    NAME = "name"


@router.get(
    "/cities",
    response_model=shapes.CityPage,
    responses=reading(geojson="CityCollection", csv=True),
)
def every(
    request: Request,
    db: Db,
    when: When,
    province: Annotated[CodeFilter | None, Query()] = None,
    urban_class: Annotated[UrbanClass | None, Query(alias="class")] = None,
    unit_type: UnitType | None = None,
    status: CityStatus | None = None,
    q: Annotated[
        str, Query(max_length=200, description="Part of a name; its marks may be left out")
    ] = "",
    series: RollSeries = RollSeries.URBAN,
    sort: Annotated[Sort, Query(description="Names in Vietnamese order")] = Sort.CODE,
    limit: Limit = 100,
    cursor: Cursor = None,
    f: Literal["json", "geojson", "csv"] | None = None,
) -> Response:
    """Every city on the roll in force. JSON comes in pages; GeoJSON and CSV are whole."""

    def answer() -> Content:
        choice = CityChoice(q, province, urban_class, unit_type, status)
        rows = [row for row in queries.each_city(db, when, series) if choice.fits(row)]
        if sort is Sort.NAME:
            rows.sort(key=lambda row: (in_order(bare(row.name_vi)), row.code))
        match wanted(request, _MEDIA_TYPES, f):
            case "geojson":
                return shapes.collection(rows, when)
            case "csv":
                return shapes.table(rows)
        rest = _after(rows, place(cursor, str))
        leaf = rest[:limit]
        address = following(request, leaf[-1].code, when) if len(rest) > limit else None
        roll = roll_in_force(db, when, series)
        led = [] if rows or province is None else successors_of(db, province, when.on)
        codes = [code for code, _, _ in led]
        return as_json(shapes.city_page(leaf, len(rows), when, roll, address, codes), address)

    return public(request, when, answer)


@router.get(
    "/cities/{code}",
    response_model=shapes.CityDetail,
    responses=reading(HTTPStatus.NOT_FOUND, HTTPStatus.PERMANENT_REDIRECT, geojson="CityFeature"),
)
def one(
    request: Request,
    db: Db,
    when: When,
    code: Code,
    series: RollSeries = RollSeries.URBAN,
    f: Literal["json", "geojson"] | None = None,
) -> Response:
    """One city at a moment, whether or not it is on the roll in force."""

    def answer() -> Content:
        row = queries.city(db, code, when, series)
        if row is None:
            sent_on(db, Noun.CITY, code)
        if wanted(request, {"json": JSON, "geojson": GEOJSON}, f) == "geojson":
            return Content(shapes.feature(row).model_dump_json().encode(), GEOJSON)
        return as_json(
            shapes.detail(
                row,
                when,
                periods=queries.periods(db, row.id),
                predecessors=queries.predecessors(db, row.id),
                successors=queries.successors(db, row.id),
                problems=problems(db, row.code),
                use_cases=published(db, when, Wanted(city_id=row.id)),
                years=year_words(db, row.id, when),
            )
        )

    return public(request, when, answer)


def _after(rows: Sequence[CityRow], code: str | None) -> Sequence[CityRow]:
    if code is None:
        return rows
    for index, row in enumerate(rows):
        if row.code == code:
            return rows[index + 1 :]
    raise InvalidInput([FieldProblem("/cursor", "unreadable")])
