"""The four indicators in one shape: figure, rows, series."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from api import indicator_rows
from api.answers import JSON, Content, as_json, public
from api.audience import Audience, open_to
from api.csv_text import csv_text
from api.deps import Db, When
from api.i18n import gettext, mark, pick
from api.indicator_texts import formula, name_of
from api.negotiation import wanted
from api.openapi import CSV, reading
from api.v1.shapes import Instant, Shape, Share
from registry.domain.indicators import Indicator
from registry.domain.series import Point
from registry.domain.trajectory import Course, Ground, Outlook
from registry.queries.indicator_figures import Figure, figure, figures

router = APIRouter(tags=["indicators"])
_PUBLIC = [open_to(Audience.PUBLIC)]
_MEDIA_TYPES = {"json": JSON, "csv": CSV}

Which = Annotated[Indicator, Path(description="Number of the indicator, 1 to 4")]
AsCsv = Annotated[Literal["json", "csv"] | None, Query(description="Or by the Accept header")]


class TargetShape(Shape):
    """A target and how the figure stands to it: docs/trajectory.md tells the method."""

    year: int
    target: Share | None
    people: int | None
    text: str
    missing: int | None
    course: Course
    ground: Ground


class IndicatorFigure(Shape):
    """`counted` is null where nothing has been reported: that is never zero. `total` is null for a
    number that stands alone (people). Asked again with this `as_of` and `known_at`, the figure is
    the same for ever."""

    indicator: int
    name: str
    formula: str
    as_of: date
    known_at: Instant
    position: int
    counted: int | None
    total: int | None
    enumerated: int | None
    official_total: int | None
    numbers_only: int
    share: Share | None
    targets: list[TargetShape]


class IndicatorList(Shape):
    items: list[IndicatorFigure]


class RowBasis(Shape):
    code: str
    name: str
    kind: str
    since: date | None
    until: date | None
    source_url: str
    example: bool
    line: str


class IndicatorRow(Shape):
    """`line` is the id of the line that names the unit, empty for cities."""

    code: str
    name: str
    of: str
    since: date | None
    until: date | None
    counts: bool
    people: int | None
    numbers: int | None
    source_url: str
    line: str
    by: list[RowBasis]


class RowList(Shape):
    indicator: int
    as_of: date
    known_at: Instant
    position: int
    items: list[IndicatorRow]


class SeriesPoint(Shape):
    on: date
    counted: int | None
    total: int | None
    share: Share | None
    basis: str


class SeriesShape(Shape):
    """The ends of quarters until the day, and the day itself."""

    indicator: int
    as_of: date
    known_at: Instant
    position: int
    items: list[SeriesPoint]


@router.get("/indicators", response_model=IndicatorList, responses=reading(), dependencies=_PUBLIC)
def every(request: Request, db: Db, when: When) -> Response:
    """The figures of all four indicators of Decision 699/QĐ-BTTTT."""
    return public(
        request,
        when,
        lambda: as_json(IndicatorList(items=[_figure(each) for each in figures(db, when)])),
    )


@router.get(
    "/indicators/{n}", response_model=IndicatorFigure, responses=reading(), dependencies=_PUBLIC
)
def one(request: Request, db: Db, when: When, n: Which) -> Response:
    """The figure of one indicator, with its targets."""
    return public(request, when, lambda: as_json(_figure(figure(db, n, when))))


@router.get(
    "/indicators/{n}/rows",
    response_model=RowList,
    responses=reading(csv=True),
    dependencies=_PUBLIC,
)
def rows(request: Request, db: Db, when: When, n: Which, f: AsCsv = None) -> Response:
    """What the figure is made of: every unit of the day, and by what it counts."""

    def answer() -> Content:
        found = indicator_rows.rows(db, n, when)
        if wanted(request, _MEDIA_TYPES, f) == "csv":
            return Content(rows_csv(found), CSV)
        return as_json(
            RowList(
                indicator=n.value,
                as_of=when.on,
                known_at=when.known_at,
                position=when.position,
                items=[IndicatorRow.model_validate(each) for each in found],
            )
        )

    return public(request, when, answer)


@router.get(
    "/indicators/{n}/series",
    response_model=SeriesShape,
    responses=reading(csv=True),
    dependencies=_PUBLIC,
)
def series(request: Request, db: Db, when: When, n: Which, f: AsCsv = None) -> Response:
    """The figure through time, all as known at one moment."""

    def answer() -> Content:
        found = figure(db, n, when).quarterly
        if wanted(request, _MEDIA_TYPES, f) == "csv":
            return Content(series_csv(found), CSV)
        return as_json(
            SeriesShape(
                indicator=n.value,
                as_of=when.on,
                known_at=when.known_at,
                position=when.position,
                items=[_point(each) for each in found],
            )
        )

    return public(request, when, answer)


_ROW_HEADINGS = (
    mark("Code"),
    mark("Name"),
    mark("Belongs to"),
    mark("Since"),
    mark("Until"),
    mark("Counts"),
    mark("Distinct people"),
    mark("Reported as a number only"),
    mark("Source"),
    mark("Counts by"),
    mark("Evidence"),
)
_POINT_HEADINGS = (
    mark("Day"),
    mark("Counted"),
    mark("Total"),
    mark("Share"),
    mark("Basis"),
)


def rows_csv(found: Sequence[indicator_rows.Row]) -> bytes:
    """One line a unit; what it counts by stands together in one cell."""
    return csv_text(
        [gettext(words) for words in _ROW_HEADINGS],
        (
            (
                each.code,
                each.name,
                each.of,
                each.since,
                each.until,
                gettext("Yes") if each.counts else gettext("No"),
                each.people,
                each.numbers,
                each.source_url,
                "; ".join(f"{by.code} {by.name}" for by in each.by),
                " ".join(by.source_url for by in each.by if by.source_url),
            )
            for each in found
        ),
    )


def series_csv(found: Sequence[Point]) -> bytes:
    return csv_text(
        [gettext(words) for words in _POINT_HEADINGS],
        ((p.on.isoformat(), p.counted, p.total or None, p.share, p.basis) for p in found),
    )


def _figure(found: Figure) -> IndicatorFigure:
    count, covered = found.count, found.coverage
    tally = None if covered is None else covered.tally
    of_people = found.indicator is Indicator.PEOPLE
    enumerated = tally.enumerated if tally else (count.enumerated if count else None)
    official = tally.official_total if tally else (count.official_total if count else None)
    return IndicatorFigure(
        indicator=found.indicator.value,
        name=name_of(found.indicator),
        formula=formula(found.indicator),
        as_of=found.moment.on,
        known_at=found.moment.known_at,
        position=found.moment.position,
        counted=found.point.counted,
        total=found.point.total or None,
        enumerated=None if of_people else enumerated,
        official_total=official,
        numbers_only=0 if count is None else count.numbers_only,
        share=found.point.share,
        targets=[
            _target(each, pick(aim.text_vi, aim.text_en))
            for each, aim in zip(found.outlooks, found.aims, strict=True)
        ],
    )


def _target(found: Outlook, text: str) -> TargetShape:
    goal = found.goal
    return TargetShape(
        year=goal.year,
        target=None if goal.percent is None else Decimal(goal.percent) / 100,
        people=goal.number,
        text=text,
        missing=found.missing,
        course=found.course,
        ground=found.ground,
    )


def _point(found: Point) -> SeriesPoint:
    return SeriesPoint(
        on=found.on,
        counted=found.counted,
        total=found.total or None,
        share=found.share,
        basis=found.basis,
    )
