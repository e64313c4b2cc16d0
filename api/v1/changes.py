"""What changed in a stretch of days: events that everybody may know of, and who turned."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator

from api.answers import JSON, Content, as_json, public
from api.audience import Audience, open_to
from api.csv_text import csv_text
from api.deps import Db, Now
from api.happening_words import told
from api.i18n import gettext, iso_utc, pick
from api.negotiation import wanted
from api.openapi import CSV, reading
from api.paging import Cursor, Limit, following, place
from api.v1.coverage_changes import KnownFigure, known_figure
from api.v1.shapes import Instant, Shape
from registry.domain.counting import Outcome
from registry.domain.kinds import Day, blank_to_none
from registry.domain.model import Stage
from registry.queries import happenings as queries
from registry.queries.happenings import Happening, Kind
from registry.queries.moments import Moment, moment
from registry.queries.stretches import Turned, difference, stretch

router = APIRouter(tags=["changes"], dependencies=[open_to(Audience.PUBLIC)])

Since = Annotated[
    Day | None,
    BeforeValidator(blank_to_none),
    Query(description="First day in Viet Nam (ISO 8601); default: a month until the last one"),
]
Until = Annotated[
    Day | None,
    BeforeValidator(blank_to_none),
    Query(description="Last day in Viet Nam, included; default: today"),
]


class TurnedCity(Shape):
    """A city that counts at one end of the stretch only. `outcome` is what the rule says of it on
    the last day; `position`, `kind` and `recorded_at` are of the event that made the difference,
    null where none did: a day had come that was known before."""

    city: str
    name: str
    outcome: Outcome
    use_case: str | None
    position: int | None
    kind: str | None
    recorded_at: Instant | None


class HappeningShape(Shape):
    """An event of the ledger at `position`. `key` is the code of a use case, roll or period, or a
    problem's id; `city` is null where the event concerns the whole register. `url` is a path of
    the site."""

    position: int
    recorded_at: Instant
    kind: Kind
    key: str
    version: int | None
    title: str
    title_en: str
    reason: str
    effective_on: date | None
    stage: Stage | None
    decision: str | None
    city: str | None
    city_name: str | None
    url: str


class Changes(Shape):
    """`before` is the figure of the day before `since` as known when it ended, `after` that of
    `until`. `counts` has the number of events of each kind; `items` has them, newest first."""

    since: date
    until: date
    before: KnownFigure
    after: KnownFigure
    entered: list[TurnedCity]
    left: list[TurnedCity]
    counts: dict[Kind, int]
    items: list[HappeningShape]
    next: str | None


@router.get("/changes", response_model=Changes, responses=reading(csv=True))
def changes(
    request: Request,
    db: Db,
    now: Now,
    since: Since = None,
    until: Until = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    f: Literal["json", "csv"] | None = None,
) -> Response:
    """What happened on whole days in Viet Nam, both included. JSON comes in pages, each with the
    difference between the ends; CSV has every event."""
    days = stretch(db, now, since, until)
    after = days.start.position

    def answer() -> Content:
        if wanted(request, {"json": JSON, "csv": CSV}, f) == "csv":
            found = queries.happenings(db, days.end, after=after)
            return Content(csv_text(*_table(found)), f"{CSV}; charset=utf-8")
        before = place(cursor, _position)
        end = days.end if before is None else _until(days.end, before - 1)
        found = queries.happenings(db, end, after=after, limit=limit + 1)
        leaf = found[:limit]
        address = following(request, leaf[-1].position) if len(found) > limit else None
        told_of = difference(db, days)
        shape = Changes(
            since=days.since,
            until=days.until,
            before=known_figure(told_of.before),
            after=known_figure(told_of.after),
            entered=[_turned(each) for each in told_of.entered],
            left=[_turned(each) for each in told_of.left],
            counts=queries.how_many(db, days.end, after=after),
            items=[_shape(each) for each in leaf],
            next=address,
        )
        return as_json(shape, address)

    return public(request, moment(db, now), answer)


def _until(end: Moment, position: int) -> Moment:
    return Moment(end.on, min(end.position, position), end.known_at)


def _turned(each: Turned) -> TurnedCity:
    row, change = each.city, each.change
    return TurnedCity(
        city=row.code,
        name=pick(row.name_vi, row.name_en),
        outcome=row.outcome,
        use_case=row.use_case_code,
        position=None if change is None else change.position,
        kind=None if change is None else change.kind,
        recorded_at=None if change is None else change.recorded_at,
    )


def _shape(each: Happening) -> HappeningShape:
    return HappeningShape(
        position=each.position,
        recorded_at=each.recorded_at,
        kind=each.kind,
        key=each.key,
        version=each.version,
        title=each.title,
        title_en=each.title_en,
        reason=each.reason,
        effective_on=each.effective_on,
        stage=each.stage,
        decision=None if each.number is None else str(each.number),
        city=each.city_code or None,
        city_name=pick(each.city_vi, each.city_en) or None,
        url=told(each).address,
    )


def _table(found: list[Happening]) -> tuple[list[str], list[tuple[object, ...]]]:
    headings = [
        gettext("Event of the ledger"),
        gettext("Recorded at"),
        gettext("What happened"),
        gettext("Title"),
        gettext("Code"),
        gettext("City"),
        gettext("Holds from"),
        gettext("Reason"),
    ]
    return headings, [
        (
            each.position,
            iso_utc(each.recorded_at),
            told(each).what,
            pick(each.title, each.title_en),
            each.key,
            pick(each.city_vi, each.city_en),
            "" if each.effective_on is None else each.effective_on.isoformat(),
            each.reason,
        )
        for each in found
    ]


def _position(text: str) -> int:
    position = int(text)
    if not 1 <= position < 2**63:
        raise ValueError(text)
    return position
