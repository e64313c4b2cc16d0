"""The public hall, the diary: what changed in the register in a month, or in any days."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator, TypeAdapter, ValidationError

from api.audience import Audience, open_to
from api.causes import cause
from api.deps import Db, Now, Today
from api.field_words import sentence
from api.happening_words import told, what
from api.pages.conditional import conditional
from api.pages.listing import PAGE_SIZE, Leaf, nearest
from api.rendering import page
from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.kinds import Day, blank_to_none, field_problems_of
from registry.queries import happenings as queries
from registry.queries.happenings import EVERYTHING, Kind, Wanted
from registry.queries.moments import moment
from registry.queries.stretches import Stretch, a_month_until, difference, stretch

router = APIRouter(prefix="/changes", dependencies=[open_to(Audience.PUBLIC)])

_DAY = TypeAdapter[date](Day)


@router.get("")
def changes(
    request: Request,
    db: Db,
    now: Now,
    today: Today,
    since: Annotated[str, Query(max_length=40)] = "",
    until: Annotated[str, Query(max_length=40)] = "",
    kind: Annotated[Kind | None, BeforeValidator(blank_to_none), Query()] = None,
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
) -> Response:
    def make() -> Response:
        typed = {"since": since, "until": until}
        try:
            days = _stretch(db, now, typed)
        except InvalidInput as refused:
            # What was typed stays in the form, and nothing is shown that was not asked for.
            return page(
                request,
                "public/changes.html",
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
                days=None,
                typed=typed,
                problems={p.pointer[1:]: sentence(p) for p in refused.problems},
                shortcuts=_shortcuts(today),
            )
        after = days.start.position
        counts = queries.how_many(db, days.end, after=after)
        total = sum(counts.values()) if kind is None else counts.get(kind, 0)
        at = nearest(number, total)
        rows = queries.happenings(
            db,
            days.end,
            EVERYTHING if kind is None else Wanted(kinds=[kind]),
            after=after,
            limit=PAGE_SIZE,
            offset=(at - 1) * PAGE_SIZE,
        )
        return page(
            request,
            "public/changes.html",
            days=days,
            typed={"since": days.since.isoformat(), "until": days.until.isoformat()},
            problems={},
            shortcuts=_shortcuts(today),
            found=difference(db, days),
            counts=counts,
            kind=kind,
            leaf=Leaf([(each, told(each)) for each in rows], total, at),
            what=what,
            cause=cause,
        )

    return conditional(request, moment(db, now), make)


def _stretch(db: Db, now: datetime, typed: Mapping[str, str]) -> Stretch:
    """Raises InvalidInput naming every day that cannot be read."""
    days: dict[str, date | None] = {}
    problems: list[FieldProblem] = []
    for name, text in typed.items():
        try:
            days[name] = _DAY.validate_python(text.strip()) if text.strip() else None
        except ValidationError as error:
            problems += [
                FieldProblem(f"/{name}", p.code, p.params)
                for p in field_problems_of(error.errors())
            ]
    if problems:
        raise InvalidInput(problems)
    return stretch(db, now, days["since"], days["until"])


def _shortcuts(today: date) -> Mapping[str, tuple[date, date]]:
    """Stretches that readers ask for: by name the first and the last day."""
    month = today.replace(day=1)
    month_before = month - timedelta(days=1)
    return {
        "week": (today - timedelta(days=6), today),
        "month": (a_month_until(today), today),
        "calendar_month": (month_before.replace(day=1), month_before),
        "year": (today.replace(month=1, day=1), today),
    }
