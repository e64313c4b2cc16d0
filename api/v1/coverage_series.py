"""Coverage through time: points and what each rests on, as JSON, CSV, or drawn."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api import progress
from api.answers import JSON, Content, as_json, public
from api.audience import Audience, open_to
from api.charts import MEDIA_TYPES, Format, Width, drawn
from api.csv_text import csv_text
from api.deps import Db, When
from api.i18n import gettext, pick
from api.negotiation import wanted
from api.openapi import CSV, reading
from api.series_choice import Choice, Chosen, Scale, read
from api.v1.shapes import Instant, Shape, Share
from registry.domain.counting import RULE
from registry.domain.series import Step
from registry.domain.trajectory import Goal
from registry.queries import series as queries
from registry.queries.outlook import goals, outlooks
from registry.queries.series import By, Line, Reading, Scope, Series, Weight

router = APIRouter(tags=["coverage"], dependencies=[open_to(Audience.PUBLIC)])

_MEDIA = {
    "json": JSON,
    "csv": CSV,
    "svg": MEDIA_TYPES[Format.SVG],
    "png": MEDIA_TYPES[Format.PNG],
}
# A drawing carries its own styles; opened by itself it may do nothing else.
_DRAWING = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


class SeriesRoll(Shape):
    code: str
    name: str
    valid_from: date
    official_total: int | None


class SeriesPoint(Shape):
    """`counted` and `share` are null where there is no data; `total` is the denominator."""

    on: date
    roll: str | None
    counted: int | None
    enumerated: int
    official_total: int | None
    total: int
    share: Share | None
    sum_of_predecessors: bool


class SeriesLine(Shape):
    """`until` is the last day of a province that is no more."""

    key: str
    name: str
    until: date | None
    points: list[SeriesPoint]


class Unweighed(Shape):
    city: str
    name: str
    counted: bool


class CoverageSeries(Shape):
    """`as_of` is the last day. Asked again with this `as_of` and `known_at`, it is the same for
    ever. With `weight=population` all numbers are people."""

    as_of: date
    known_at: Instant
    position: int
    rule: str
    step: Step
    scope: Scope
    denominator: str
    by: By | None
    weight: Weight
    rolls: list[SeriesRoll]
    lines: list[SeriesLine]
    population_not_known: list[Unweighed]


@router.get("/coverage/series", response_model=CoverageSeries, responses=reading(csv=True))
def show(
    request: Request,
    db: Db,
    when: When,
    choice: Chosen,
    scale: Annotated[Scale, Query(description="For svg and png")] = Scale.TARGETS,
    width: Annotated[Width, Query(description="For svg and png")] = Width.WIDE,
    f: Literal["json", "csv", "svg", "png"] | None = None,
) -> Response:
    """Coverage at the end of each step until `as_of`, each point by the roll of its own day."""

    def answer() -> Content:
        found = read(db, when, choice)
        kind = wanted(request, _MEDIA, f)
        if kind == "json":
            return as_json(_shape(found, choice))
        if kind == "csv":
            return Content(csv_text(*table(found)), f"{CSV}; charset=utf-8")
        form = Format(kind)
        made = progress.chart(found)
        whole = choice.weight is Weight.CITIES and choice.by in {None, By.DENOMINATOR}
        # The targets are the country's: no province and no class has one.
        if scale is Scale.TARGETS and whole:
            aims: Sequence[Goal] = goals(db, when)
            ahead = None if choice.by else outlooks(db, when, choice.scope).ahead
            made = progress.chart(found, aims, ahead)
        return Content(drawn(made, form, width), MEDIA_TYPES[form], _DRAWING)

    return public(request, when, answer)


def table(found: Series) -> tuple[list[str], list[tuple[object, ...]]]:
    """The series as a table: a row for each point of each line."""
    headings = [
        gettext("Day"),
        gettext("Code"),
        gettext("Name"),
        gettext("Roll"),
        gettext("Counted"),
        gettext("Named by the roll"),
        gettext("Official total"),
        gettext("Denominator"),
        gettext("Share"),
        gettext("Sum of the provinces before the merger"),
    ]
    rows: list[tuple[object, ...]] = [
        (
            each.on.isoformat(),
            line.key,
            progress.line_name(found, line),
            None if each.roll is None else each.roll.code,
            each.counted,
            each.enumerated,
            official_total(found, each),
            each.total,
            each.point.share,
            gettext("yes") if each.summed else None,
        )
        for line in found.lines
        for each in line.readings
    ]
    return headings, rows


def official_total(found: Series, each: Reading) -> int | None:
    """That of the roll, where it is a total of what the line counts."""
    whole = found.by is None or found.by in queries.OF_THE_WHOLE
    if each.roll is None or not whole or found.weight is not Weight.CITIES:
        return None
    return None if found.scope is Scope.TOWNS else each.roll.official_total


def _shape(found: Series, choice: Choice) -> CoverageSeries:
    return CoverageSeries(
        as_of=found.moment.on,
        known_at=found.moment.known_at,
        position=found.moment.position,
        rule=RULE,
        step=choice.step,
        scope=found.scope,
        denominator=gettext(progress.SCOPES[found.scope]),
        by=found.by,
        weight=found.weight,
        rolls=[
            SeriesRoll(
                code=roll.code,
                name=pick(roll.name_vi, roll.name_en),
                valid_from=roll.valid_from,
                official_total=roll.official_total,
            )
            for roll in found.rolls
        ],
        lines=[_line(found, line) for line in found.lines],
        population_not_known=[
            Unweighed(city=each.code, name=pick(each.name_vi, each.name_en), counted=each.counts)
            for each in found.unweighed
        ],
    )


def _line(found: Series, line: Line) -> SeriesLine:
    return SeriesLine(
        key=line.key,
        name=progress.line_name(found, line),
        until=line.until,
        points=[
            SeriesPoint(
                on=each.on,
                roll=None if each.roll is None else each.roll.code,
                counted=each.counted,
                enumerated=each.enumerated,
                official_total=official_total(found, each),
                total=each.total,
                share=each.point.share,
                sum_of_predecessors=each.summed,
            )
            for each in line.readings
        ],
    )
