"""The rolls: the dated, sourced lists of all cities that figures are a share of."""

from datetime import date
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.answers import JSON, Content, as_json, public
from api.audience import Audience, open_to
from api.csv_text import csv_text
from api.deps import Db, Now
from api.i18n import gettext, pick
from api.labels import label
from api.negotiation import wanted
from api.openapi import CSV, reading
from api.paging import Cursor, Limit, following, place
from api.v1.shapes import Code, Shape
from api.v1.shapes import code as as_code
from registry.domain.errors import NotFound
from registry.domain.model import RollSeries, UnitType, UrbanClass
from registry.queries.coverage import Roll, rolls
from registry.queries.moments import moment
from registry.queries.rolls import Entry, roll_entries

router = APIRouter(tags=["rolls"], dependencies=[open_to(Audience.PUBLIC)])


class RollFacts(Shape):
    """`enumerated` is how many cities it names; `official_total` how many there are officially."""

    code: str
    series: RollSeries
    name: str
    valid_from: date
    official_total: int | None
    enumerated: int
    source: str
    source_url: str
    legal_basis: str
    note: str


class RollList(Shape):
    items: list[RollFacts]


class RollEntry(Shape):
    city_code: str
    name_vi: str
    unit_type: UnitType
    urban_class: UrbanClass


class RollDetail(RollFacts):
    entries: list[RollEntry]
    next: str | None


@router.get("/rolls", response_model=RollList, responses=reading())
def every(request: Request, db: Db, now: Now) -> Response:
    """All rolls, newest first within their series."""
    return public(
        request,
        moment(db, now),
        lambda: as_json(RollList(items=[_facts(roll, names) for roll, names in rolls(db)])),
    )


@router.get(
    "/rolls/{code}",
    response_model=RollDetail,
    responses=reading(HTTPStatus.NOT_FOUND, csv=True),
)
def one(
    request: Request,
    db: Db,
    now: Now,
    code: Code,
    limit: Limit = 100,
    cursor: Cursor = None,
    f: Literal["json", "csv"] | None = None,
) -> Response:
    """One roll with the cities it names, in order of code. JSON comes in pages; CSV is whole."""

    def answer() -> Content:
        found = next(((roll, names) for roll, names in rolls(db) if roll.code == code), None)
        if found is None:
            raise NotFound
        if wanted(request, {"json": JSON, "csv": CSV}, f) == "csv":
            return _table(roll_entries(db, code))
        entries = roll_entries(db, code, place(cursor, as_code) or "", limit + 1)
        leaf = [RollEntry.model_validate(entry) for entry in entries[:limit]]
        address = following(request, leaf[-1].city_code) if len(entries) > limit else None
        return as_json(RollDetail(**dict(_facts(*found)), entries=leaf, next=address), address)

    return public(request, moment(db, now), answer)


def _facts(roll: Roll, names: int) -> RollFacts:
    return RollFacts(
        code=roll.code,
        series=roll.series,
        name=pick(roll.name_vi, roll.name_en),
        valid_from=roll.valid_from,
        official_total=roll.official_total,
        enumerated=names,
        source=pick(roll.source_vi, roll.source_en),
        source_url=roll.source_url,
        legal_basis=roll.legal_basis,
        note=pick(roll.note_vi, roll.note_en),
    )


def _table(entries: list[Entry]) -> Content:
    headings = [gettext("Code"), gettext("Name"), gettext("Type"), gettext("Class")]
    lines = [
        (entry.city_code, entry.name_vi, label(entry.unit_type), label(entry.urban_class))
        for entry in entries
    ]
    return Content(csv_text(headings, lines), f"{CSV}; charset=utf-8")
