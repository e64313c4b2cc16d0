"""Will we make it: verdict for each target, pace and forecast; and what if more cities counted."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator

from api import progress
from api.answers import JSON, Content, as_json, public
from api.audience import Audience, open_to
from api.csv_text import csv_text
from api.deps import Db, When
from api.i18n import gettext, pick, to_tenths
from api.labels import label
from api.negotiation import wanted
from api.openapi import CSV, reading
from api.v1.shapes import Instant, Shape, Share
from registry.domain.counting import RULE
from registry.domain.kinds import blank_to_none
from registry.domain.series import Point
from registry.domain.trajectory import Course, Forecast, Ground, Outlook
from registry.queries import outlook as queries
from registry.queries.outlook import Expected, Outlooks, WhatIf
from registry.queries.series import Scope

router = APIRouter(tags=["coverage"], dependencies=[open_to(Audience.PUBLIC)])

# All 908 codes fit, and no address is longer than servers take.
LONGEST_LIST = 6_000


class Day(Shape):
    """A day and what was counted on it."""

    on: date
    counted: int | None
    total: int | None
    share: Share | None


class TargetVerdict(Shape):
    """`judged` is the day that was judged, `base` where growth is measured from. Growth is
    yearly, as a fraction of one; `ratio` is growth over needed growth. All three are cut."""

    target_year: int
    target: Share
    verdict: Course
    ground: Ground
    missing: int | None
    judged: Day
    base: Day | None
    growth: float | None
    needed_growth: float | None
    ratio: float | None
    quarters_left: int
    needed_per_quarter: float | None


class QuarterGain(Shape):
    until: date
    gain: int


class ForecastRange(Shape):
    """A range, and what it rests on. `soonest` and `latest`: when the target would be reached at
    the faster and at the slower pace, null for never."""

    on: date
    low: int
    high: int
    total: int | None
    quarters: int
    slow_per_quarter: int
    fast_per_quarter: int
    soonest: date | None
    latest: date | None


class ExpectedCity(Shape):
    city: str
    name: str | None
    outcome: Expected


class WhatIfFigure(Shape):
    """The day as it would be if the cities named counted. Nothing is stored."""

    cities: list[ExpectedCity]
    now: Day
    verdicts: list[TargetVerdict]


class Trajectory(Shape):
    """`forecast` is null where there is not enough history."""

    as_of: date
    known_at: Instant
    position: int
    rule: str
    scope: Scope
    denominator: str
    now: Day
    verdicts: list[TargetVerdict]
    quarters: list[QuarterGain]
    last_year_per_quarter: float | None
    forecast: ForecastRange | None
    what_if: WhatIfFigure | None
    method: list[str]


@router.get("/coverage/trajectory", response_model=Trajectory, responses=reading(csv=True))
def show(
    request: Request,
    db: Db,
    when: When,
    scope: Annotated[
        Scope | None, BeforeValidator(blank_to_none), Query(description="Which denominator")
    ] = None,
    expected: Annotated[
        str,
        Query(
            max_length=LONGEST_LIST,
            description="Codes of cities expected to be approved, between commas",
        ),
    ] = "",
    f: Literal["json", "csv"] | None = None,
) -> Response:
    """How coverage stands to the targets, by the method that the answer tells."""

    def answer() -> Content:
        of = scope or Scope.URBAN
        found = queries.outlooks(db, when, of)
        if wanted(request, {"json": JSON, "csv": CSV}, f) == "csv":
            return Content(csv_text(*_table(found)), f"{CSV}; charset=utf-8")
        named = progress.codes(expected)
        beside = queries.what_if(db, when, found, named, of) if named else None
        return as_json(
            Trajectory(
                as_of=when.on,
                known_at=when.known_at,
                position=when.position,
                rule=RULE,
                scope=of,
                denominator=gettext(progress.SCOPES[of]),
                now=_day(found.now.point),
                verdicts=_verdicts(found.verdicts),
                quarters=[QuarterGain.model_validate(each) for each in found.quarters],
                last_year_per_quarter=_tenths(found.last_year),
                forecast=None if found.forecast is None else _forecast(found.forecast),
                what_if=None if beside is None else _what_if(beside),
                method=progress.method(),
            )
        )

    return public(request, when, answer)


def _verdicts(found: Sequence[Outlook]) -> list[TargetVerdict]:
    return [
        TargetVerdict(
            target_year=each.goal.year,
            target=Decimal(each.goal.percent or 0) / 100,
            verdict=each.course,
            ground=each.ground,
            missing=each.missing,
            judged=_day(each.latest),
            base=None if each.base is None else _day(each.base),
            growth=_number(each.growth),
            needed_growth=_number(each.needed_growth),
            ratio=_number(each.ratio),
            quarters_left=each.quarters_left,
            needed_per_quarter=_tenths(each.needed_pace, up=True),
        )
        for each in found
    ]


def _day(point: Point) -> Day:
    return Day(on=point.on, counted=point.counted, total=point.total, share=point.share)


def _forecast(found: Forecast) -> ForecastRange:
    return ForecastRange(
        on=found.on,
        low=found.low,
        high=found.high,
        total=found.total,
        quarters=found.quarters,
        slow_per_quarter=found.slow,
        fast_per_quarter=found.fast,
        soonest=found.soonest,
        latest=found.latest,
    )


def _what_if(found: WhatIf) -> WhatIfFigure:
    return WhatIfFigure(
        cities=[
            ExpectedCity(city=code, name=pick(vi, en) or None, outcome=state)
            for code, vi, en, state in found.cities
        ],
        now=_day(found.point),
        verdicts=_verdicts(found.verdicts),
    )


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _tenths(value: Fraction | None, *, up: bool = False) -> float | None:
    return None if value is None else float(to_tenths(value, up=up))


def _table(found: Outlooks) -> tuple[list[str], list[tuple[object, ...]]]:
    headings = [
        gettext("Target year"),
        gettext("Target"),
        gettext("Verdict"),
        gettext("Because"),
        gettext("Day judged"),
        gettext("Counted"),
        gettext("Denominator"),
        gettext("Share"),
        gettext("Missing"),
        gettext("Quarters left"),
        gettext("Needed in each quarter"),
    ]
    return headings, [
        (
            each.goal.year,
            f"{each.goal.percent}%",
            label(each.course),
            gettext(progress.GROUNDS[each.ground]),
            each.latest.on.isoformat(),
            each.latest.counted,
            each.latest.total,
            each.latest.share,
            each.missing,
            each.quarters_left,
            _tenths(each.needed_pace, up=True),
        )
        for each in found.verdicts
    ]
