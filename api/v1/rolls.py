"""The rolls: the dated, sourced lists of all cities that figures are a share of."""

from datetime import date
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.answers import JSON, Content, as_json, public
from api.audience import Audience, open_to
from api.csv_text import csv_text
from api.deps import Db, Known, Now
from api.i18n import gettext, pick
from api.labels import label
from api.negotiation import wanted
from api.old_addresses import sent_on
from api.openapi import CSV, reading
from api.paging import Cursor, Limit, following, place
from api.v1.shapes import Code, Shape
from api.v1.shapes import code as as_code
from registry.domain.model import RollSeries, UnitType, UrbanClass
from registry.queries.coverage import Roll, rolls
from registry.queries.moments import moment
from registry.queries.rolls import Against, Entry, Part, roll_entries, roll_in_whole
from registry.queries.spelling import Noun

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


class RollPart(Shape):
    key: str
    name: str
    cities: int


class ClassChange(Shape):
    before: UrbanClass
    after: UrbanClass
    cities: int


class RollChanges(Shape):
    """Against the roll of the series before it. `came` and `left` are codes of cities on one and
    not on the other; `both` is how many are on both, `renamed` those of them with another name."""

    roll: str
    enumerated: int
    both: int
    came: list[str]
    left: list[str]
    renamed: list[str]
    classes: list[ClassChange]


class RollDetail(RollFacts):
    """`by_class`, `by_province` and `changes` are of the whole roll, `entries` a page of it."""

    by_class: list[RollPart]
    by_province: list[RollPart]
    changes: RollChanges | None
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
    responses=reading(HTTPStatus.NOT_FOUND, HTTPStatus.PERMANENT_REDIRECT, csv=True),
)
def one(
    request: Request,
    db: Db,
    known: Known,
    code: Code,
    limit: Limit = 100,
    cursor: Cursor = None,
    f: Literal["json", "csv"] | None = None,
) -> Response:
    """One roll with the cities it names, in order of code. JSON comes in pages; CSV is whole."""

    def answer() -> Content:
        found = roll_in_whole(db, known, code)
        if found is None:
            sent_on(db, Noun.ROLL, code)
        if wanted(request, {"json": JSON, "csv": CSV}, f) == "csv":
            return _table(roll_entries(db, code, known=known))
        entries = roll_entries(db, code, place(cursor, as_code) or "", limit + 1, known=known)
        leaf = [RollEntry.model_validate(entry) for entry in entries[:limit]]
        address = following(request, leaf[-1].city_code) if len(entries) > limit else None
        shape = RollDetail(
            **dict(_facts(found.roll, found.enumerated)),
            by_class=[_part(part, label(UrbanClass(part.key))) for part in found.by_class],
            by_province=[
                _part(part, pick(part.name_vi, part.name_en)) for part in found.by_province
            ],
            changes=None if found.before is None else _changes(found.before),
            entries=leaf,
            next=address,
        )
        return as_json(shape, address)

    return public(request, known, answer)


def _part(part: Part, name: str) -> RollPart:
    return RollPart(key=part.key, name=name, cities=part.cities)


def _changes(found: Against) -> RollChanges:
    return RollChanges(
        roll=found.roll.code,
        enumerated=found.enumerated,
        both=found.both,
        came=[each.code for each in found.came],
        left=[each.code for each in found.left],
        renamed=[new.city_code for _, new in found.renamed],
        classes=[ClassChange(before=b, after=a, cities=n) for b, a, n in found.classes],
    )


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
