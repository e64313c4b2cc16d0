"""A stretch of days: the register before its first and after its last, and who turned between."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.orm import Session

from registry.domain.counting import Outcome
from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.model import RollSeries
from registry.queries.changes import Change, causes, counted
from registry.queries.cities import CityRow, cities, city
from registry.queries.coverage import Coverage, coverage
from registry.queries.moments import VIET_NAM, Moment, moment, today

_SERIES = RollSeries.URBAN
_FIRST_YEAR = 1970
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole days in Viet Nam, both included. `start` is the day before as it was known when that
    day ended, `end` the last day as it was known when it ended, or as it is known now."""

    since: date
    until: date
    start: Moment
    end: Moment


@dataclass(frozen=True, slots=True)
class Turned:
    """A city that counts at one end of a stretch only, as it stands at its end.

    `change` names the event that made the difference; None where none did: a day had come that
    was known before.
    """

    city: CityRow
    change: Change | None


@dataclass(frozen=True, slots=True)
class Difference:
    before: Coverage
    after: Coverage
    entered: tuple[Turned, ...]
    left: tuple[Turned, ...]


def a_month_until(day: date) -> date:
    """The first day of the month of days that ends with this one."""
    last_of_month_before = day.replace(day=1) - timedelta(days=1)
    return last_of_month_before.replace(day=min(day.day, last_of_month_before.day)) + timedelta(
        days=1
    )


def stretch(
    session: Session, now: datetime, since: date | None = None, until: date | None = None
) -> Stretch:
    """Without days the last month until today. Raises InvalidInput for days that have not come,
    stand the wrong way round, or lie before 1970."""
    this_day = today(now)
    last = until or this_day
    first = since or a_month_until(last)
    for name, day in (("until", last), ("since", first)):
        if day.year < _FIRST_YEAR:
            raise InvalidInput([FieldProblem(f"/{name}", "unreadable")])
        if day > this_day:
            raise InvalidInput([FieldProblem(f"/{name}", "in_the_future")])
    if first > last:
        raise InvalidInput([FieldProblem("/since", "after_end", {"end": str(last)})])
    start = moment(session, now, first - timedelta(days=1), _end_of(first - timedelta(days=1)))
    end = moment(session, now, last, None if last == this_day else _end_of(last))
    return Stretch(first, last, start, end)


def difference(session: Session, found: Stretch) -> Difference:
    """The figure at both ends, and the cities that count at one of them only, in order of code."""
    start, end = found.start, found.end
    before, after = (_counted(session, at) for at in (start, end))
    # What was learned meanwhile is told by what the start already said of the last day.
    foreseen = Moment(end.on, start.position, start.known_at)
    entered, left = causes(
        session, foreseen, end, counted(session, foreseen, _SERIES), _names(after), _SERIES
    )
    why = {change.city_code: change for change in (*entered, *left)}
    gone = [
        city(session, code, end, _SERIES) or before[code]
        for code in sorted(before.keys() - after.keys())
    ]
    return Difference(
        coverage(session, start, _SERIES),
        coverage(session, end, _SERIES),
        tuple(Turned(after[code], why.get(code)) for code in sorted(after.keys() - before.keys())),
        tuple(Turned(row, why.get(row.code)) for row in gone),
    )


def _counted(session: Session, at: Moment) -> dict[str, CityRow]:
    return {row.code: row for row in cities(session, at, _SERIES) if row.outcome is Outcome.COUNTED}


def _names(rows: Mapping[str, CityRow]) -> dict[str, tuple[str, str]]:
    return {code: (row.name_vi, row.name_en) for code, row in rows.items()}


def _end_of(day: date) -> datetime:
    """The last moment of a day in Viet Nam, UTC."""
    midnight = datetime.combine(day + timedelta(days=1), time(), VIET_NAM)
    return midnight.astimezone(UTC) - _TICK
