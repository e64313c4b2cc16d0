"""The public hall, the almanac: how far we are, since when, and whether we will make it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator

from api import progress
from api.audience import Audience, open_to
from api.causes import cause
from api.deps import Db, Now, When
from api.field_words import sentence
from api.i18n import iso_utc
from api.pages.conditional import asked, conditional
from api.rendering import page
from api.series_choice import Choice, Chosen, Scale, read
from api.v1.coverage_series import official_total
from api.v1.coverage_trajectory import LONGEST_LIST
from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.kinds import Day, blank_to_none
from registry.domain.model import RollSeries
from registry.domain.series import Step
from registry.queries import outlook as queries
from registry.queries.changes import between, two_times
from registry.queries.coverage import coverage
from registry.queries.moments import VIET_NAM, moment
from registry.queries.series import By, Scope, Series, Weight

router = APIRouter(prefix="/coverage", dependencies=[open_to(Audience.PUBLIC)])

# Of parts the page shows so many of the last points; the CSV has them all.
_COLUMNS = 16
_A_QUARTER = timedelta(days=90)
_FIRST_YEAR = 1970


@router.get("")
def through_time(
    request: Request,
    db: Db,
    when: When,
    choice: Chosen,
    scale: Scale = Scale.TARGETS,
    expected: Annotated[str, Query(max_length=LONGEST_LIST)] = "",
) -> Response:
    def make() -> Response:
        problems: Mapping[str, str] = {}
        try:
            found = read(db, when, choice)
        except InvalidInput as refused:
            # What was chosen stays in the form; what is shown begins where it can.
            problems = _told(refused)
            found = read(db, when, replace(choice, start=None))
        outlooks = queries.outlooks(db, when, choice.scope)
        named = progress.codes(expected)
        chosen = _chosen(choice, scale)
        pinned = {"as_of": when.on.isoformat(), "known_at": iso_utc(when.known_at)}
        return page(
            request,
            "public/coverage.html",
            status=_status(problems),
            figure=coverage(db, when),
            found=found,
            choice=choice,
            scale=scale,
            shown=[] if choice.by is None else _columns(found),
            steps=progress.denominator_steps(found, _start(found)),
            left_out=len(found.lines) - len(progress.drawn_lines(found)),
            outlooks=outlooks,
            what_if=queries.what_if(db, when, outlooks, named, choice.scope) if named else None,
            expected=expected,
            problems=problems,
            clocks=asked(request, when),
            chosen=chosen,
            pinned=pinned,
            kept={**({"expected": expected} if named else {}), **chosen, **pinned},
            words=progress,
            official_total=official_total,
            options={"step": Step, "scope": Scope, "by": By, "weight": Weight, "scale": Scale},
        )

    return conditional(request, when, make)


@router.get("/changes")
def changes(
    request: Request,
    db: Db,
    now: Now,
    as_of: Annotated[Day | None, BeforeValidator(blank_to_none), Query()] = None,
    since: Annotated[str, Query(alias="from", max_length=40)] = "",
    until: Annotated[str, Query(alias="to", max_length=40)] = "",
) -> Response:
    """Times are typed as they are in Viet Nam; a link may say another zone."""
    head = moment(db, now)

    def make() -> Response:
        problems: Mapping[str, str] = {}
        found = None
        try:
            then, later = two_times(
                db,
                now,
                as_of,
                _time(since, "from") or now - _A_QUARTER,
                _time(until, "to"),
            )
            found = between(db, then, later, RollSeries.URBAN)
            # For the twin and the citation, which know no default.
            request.state.in_full = {
                "as_of": then.on.isoformat(),
                "from": iso_utc(then.known_at),
                # An event's time may be a moment ahead of the clock; nobody can ask for that yet.
                "to": iso_utc(min(later.known_at, now)),
            }
        except InvalidInput as refused:
            problems = _told(refused)
        return page(
            request,
            "public/coverage_changes.html",
            status=_status(problems),
            found=found,
            problems=problems,
            typed={
                "as_of": (as_of or head.on).isoformat(),
                "from": since or _local(now - _A_QUARTER),
                "to": until,
            },
            local=_local,
            cause=cause,
        )

    return conditional(request, head, make)


def _status(problems: Mapping[str, str]) -> HTTPStatus:
    return HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK


def _told(refused: InvalidInput) -> dict[str, str]:
    return {problem.pointer[1:]: sentence(problem) for problem in refused.problems}


def _chosen(choice: Choice, scale: Scale) -> dict[str, str]:
    """What the reader chose, for links to carry along; defaults need no telling."""
    told = {
        "from": None if choice.start is None else choice.start.isoformat(),
        "step": None if choice.step is Step.QUARTER else choice.step.value,
        "scope": None if choice.scope is Scope.URBAN else choice.scope.value,
        "by": None if choice.by is None else choice.by.value,
        "weight": None if choice.weight is Weight.CITIES else choice.weight.value,
        "scale": None if scale is Scale.TARGETS else scale.value,
    }
    return {name: value for name, value in told.items() if value is not None}


def _start(found: Series) -> date:
    return found.lines[0].readings[0].on if found.lines else found.moment.on


def _columns(found: Series) -> Sequence[int]:
    """The places of the points that a table of parts has room for, from the first with data."""
    count = len(found.lines[0].readings) if found.lines else 0
    told = (
        index
        for index in range(count)
        if any(line.readings[index].counted is not None for line in found.lines)
    )
    return range(max(next(told, 0), count - _COLUMNS), count)


def _time(text: str, name: str) -> datetime | None:
    """A time as typed: in Viet Nam where no zone is given."""
    if not text.strip():
        return None
    unreadable = InvalidInput([FieldProblem(f"/{name}", "unreadable")])
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise unreadable from None
    if found.year < _FIRST_YEAR:
        raise unreadable
    return found if found.tzinfo else found.replace(tzinfo=VIET_NAM)


def _local(value: datetime) -> str:
    """As a field for a time wants it."""
    return value.astimezone(VIET_NAM).strftime("%Y-%m-%dT%H:%M")
