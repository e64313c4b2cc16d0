"""Reporting periods, and the figures published for them: the same for ever. Reading is for
everybody; `periods` has what administrators do."""

from datetime import date
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Literal

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
from api.v1.shapes import Code, Instant, Shape, Share
from registry.domain.counting import Outcome
from registry.domain.coverage import Verdict
from registry.domain.errors import NotFound
from registry.domain.model import ProblemArea, UnitType, UrbanClass
from registry.domain.periods import FigureRow
from registry.queries import figures as queries
from registry.queries.changes import Change
from registry.queries.figures import Figure, Since
from registry.queries.moments import moment
from registry.queries.periods import Period, periods

router = APIRouter(tags=["figures"], dependencies=[open_to(Audience.PUBLIC)])


class CutOff(Shape):
    """A cut-off that was put off, and why."""

    cut_off: Instant
    reason: str
    recorded_at: Instant


class ReportingPeriod(Shape):
    """`cut_off` is the one that holds; `extensions` tell how it came about, oldest first."""

    code: str
    name: str
    reporting_day: date
    cut_off: Instant
    first_cut_off: Instant
    target_year: int
    extensions: list[CutOff]
    published_at: Instant | None


class PeriodList(Shape):
    items: list[ReportingPeriod]


class PublishedFigure(Shape):
    """`known_at` and `position` are what it knew: asked with them, /coverage gives the same."""

    period: str
    name: str
    as_of: date
    known_at: Instant
    position: int
    published_at: Instant
    rule: str
    roll: str
    counted: int
    enumerated: int
    official_total: int | None
    total: int
    share: Share | None
    target: Share
    target_year: int
    verdict: Verdict
    missing: int | None
    rows_sha256: str


class FigureList(Shape):
    items: list[PublishedFigure]


class CountedBy(Shape):
    use_case: str
    version: int
    areas: list[ProblemArea]


class Row(Shape):
    """A row of the list that the figure was made from; `rows_sha256` is the SHA-256 of all rows
    as canonical JSON (RFC 8785), with these names."""

    city: str
    name_vi: str
    name_en: str
    unit_type: str
    urban_class: str
    province: str
    province_vi: str
    province_en: str
    outcome: Outcome
    cases: list[CountedBy]


class LaterChange(Shape):
    """A city that came into the count of that day, or left it; by which event of the ledger."""

    city: str
    name: str
    position: int
    kind: str
    recorded_at: Instant
    use_case: str | None


class LaterKnowledge(Shape):
    known_at: Instant
    position: int
    counted: int
    total: int
    share: Share | None
    entered: list[LaterChange]
    left: list[LaterChange]


class FigureDetail(PublishedFigure):
    """`known_now` stands beside the figure and never changes it."""

    known_now: LaterKnowledge
    rows: list[Row]


@router.get("/periods", response_model=PeriodList, responses=reading())
def every_period(request: Request, db: Db, now: Now) -> Response:
    """All reporting periods, the latest first."""
    return public(
        request,
        moment(db, now),
        lambda: as_json(PeriodList(items=[period_shape(found) for found in periods(db)])),
    )


@router.get("/figures", response_model=FigureList, responses=reading())
def every(request: Request, db: Db, now: Now) -> Response:
    """All published figures, the latest first."""
    return public(
        request,
        moment(db, now),
        lambda: as_json(FigureList(items=[figure_shape(found) for found in queries.figures(db)])),
    )


@router.get(
    "/figures/{period_code}",
    response_model=FigureDetail,
    responses=reading(HTTPStatus.NOT_FOUND, csv=True),
)
def one(
    request: Request,
    db: Db,
    now: Now,
    period_code: Code,
    f: Literal["json", "csv"] | None = None,
) -> Response:
    """A published figure with the rows it was made from, and what is known of its day now."""
    seen = moment(db, now)

    def answer() -> Content:
        found = queries.figure(db, period_code)
        if found is None:
            raise NotFound
        if wanted(request, {"json": JSON, "csv": CSV}, f) == "csv":
            return _table(found.rows)
        return as_json(
            FigureDetail(
                **_facts(found),
                known_now=_since(queries.since(db, found, seen)),
                rows=[Row.model_validate(row.document()) for row in found.rows],
            )
        )

    return public(request, seen, answer)


def period_shape(found: Period) -> ReportingPeriod:
    return ReportingPeriod(
        code=found.code,
        name=pick(found.name_vi, found.name_en),
        reporting_day=found.reporting_day,
        cut_off=found.cut_off,
        first_cut_off=found.first_cut_off,
        target_year=found.target_year,
        extensions=[CutOff.model_validate(each) for each in found.extensions],
        published_at=found.published_at,
    )


def figure_shape(found: Figure) -> PublishedFigure:
    return PublishedFigure(**_facts(found))


def _facts(found: Figure) -> dict[str, Any]:
    return {
        "period": found.code,
        "name": pick(found.name_vi, found.name_en),
        "as_of": found.moment.on,
        "known_at": found.moment.known_at,
        "position": found.moment.position,
        "published_at": found.published_at,
        "rule": found.rule,
        "roll": found.roll_code,
        "counted": found.tally.counted,
        "enumerated": found.tally.enumerated,
        "official_total": found.tally.official_total,
        "total": found.tally.total,
        "share": found.tally.share,
        "target": Decimal(found.target.percent) / 100,
        "target_year": found.target.year,
        "verdict": found.verdict,
        "missing": found.missing,
        "rows_sha256": found.rows_sha256.hex(),
    }


def _since(found: Since) -> LaterKnowledge:
    return LaterKnowledge(
        known_at=found.moment.known_at,
        position=found.moment.position,
        counted=found.tally.counted,
        total=found.tally.total,
        share=found.tally.share,
        entered=[change(each) for each in found.entered],
        left=[change(each) for each in found.left],
    )


def change(found: Change) -> LaterChange:
    return LaterChange(
        city=found.city_code,
        name=pick(found.city_vi, found.city_en),
        position=found.position,
        kind=found.kind,
        recorded_at=found.recorded_at,
        use_case=found.use_case_code or None,
    )


def _table(rows: tuple[FigureRow, ...]) -> Content:
    headings = [
        gettext("Code"),
        gettext("Name"),
        gettext("Type"),
        gettext("Class"),
        gettext("Province"),
        gettext("Outcome"),
        gettext("AI applications"),
    ]
    lines = [
        (
            row.city,
            row.name_vi,
            label(UnitType(row.unit_type)),
            label(UrbanClass(row.urban_class)),
            row.province_vi,
            row.outcome,
            " ".join(case.use_case for case in row.cases),
        )
        for row in rows
    ]
    return Content(csv_text(headings, lines), f"{CSV}; charset=utf-8")
