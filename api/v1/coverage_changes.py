"""What was learned of a day between two times: who came into its count or left it, and by what."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator

from api.answers import JSON, Content, as_json, public
from api.audience import Audience, open_to
from api.causes import cause
from api.csv_text import csv_text
from api.deps import Db, Now
from api.i18n import gettext, iso_utc, pick
from api.negotiation import wanted
from api.openapi import CSV, reading
from api.v1.figures import LaterChange, change
from api.v1.shapes import Instant, Shape, Share
from registry.domain.counting import RULE
from registry.domain.kinds import Day, blank_to_none
from registry.domain.model import RollSeries
from registry.queries.changes import Between, between, two_times
from registry.queries.coverage import Coverage

router = APIRouter(tags=["coverage"], dependencies=[open_to(Audience.PUBLIC)])


class KnownFigure(Shape):
    """The day's figure as it was known at a time."""

    known_at: Instant
    position: int
    roll: str | None
    counted: int | None
    total: int
    share: Share | None


class CoverageChanges(Shape):
    as_of: date
    rule: str
    series: RollSeries
    before: KnownFigure
    after: KnownFigure
    entered: list[LaterChange]
    left: list[LaterChange]


@router.get("/coverage/changes", response_model=CoverageChanges, responses=reading(csv=True))
def show(
    request: Request,
    db: Db,
    now: Now,
    since: Annotated[
        datetime, Query(alias="from", description="Known at this time (ISO 8601 with zone)")
    ],
    as_of: Annotated[
        Day | None,
        BeforeValidator(blank_to_none),
        Query(description="The day asked about; default: today"),
    ] = None,
    until: Annotated[
        datetime | None,
        BeforeValidator(blank_to_none),
        Query(alias="to", description="And at this one, which is later; default: now"),
    ] = None,
    series: RollSeries = RollSeries.URBAN,
    f: Literal["json", "csv"] | None = None,
) -> Response:
    """Cities that entered or left the count of a day between two times of knowing it."""
    then, later = two_times(db, now, as_of, since, until)

    def answer() -> Content:
        found = between(db, then, later, series)
        if wanted(request, {"json": JSON, "csv": CSV}, f) == "csv":
            return Content(csv_text(*_table(found)), f"{CSV}; charset=utf-8")
        return as_json(
            CoverageChanges(
                as_of=later.on,
                rule=RULE,
                series=series,
                before=known_figure(found.before),
                after=known_figure(found.after),
                entered=[change(each) for each in found.entered],
                left=[change(each) for each in found.left],
            )
        )

    return public(request, later, answer, also=str(then.position))


def known_figure(found: Coverage) -> KnownFigure:
    tally = found.tally
    return KnownFigure(
        known_at=found.moment.known_at,
        position=found.moment.position,
        roll=None if found.roll is None else found.roll.code,
        counted=tally.counted if tally.has_data else None,
        total=tally.total,
        share=tally.share,
    )


def _table(found: Between) -> tuple[list[str], list[tuple[object, ...]]]:
    headings = [
        gettext("What happened"),
        gettext("Code"),
        gettext("Name"),
        gettext("Because"),
        gettext("AI application"),
        gettext("Event of the ledger"),
        gettext("Recorded at"),
    ]
    moved = [(gettext("Counted as well"), each) for each in found.entered]
    moved += [(gettext("No longer counted"), each) for each in found.left]
    return headings, [
        (
            what,
            each.city_code,
            pick(each.city_vi, each.city_en),
            cause(each.kind),
            each.use_case_code,
            each.position,
            iso_utc(each.recorded_at),
        )
        for what, each in moved
    ]
