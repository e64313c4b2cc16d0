"""A figure through time: the days asked about, what was counted on each, and of how many. Pure.

The same for a share whose denominator moves (cities of the roll in force) and for a number that
stands alone (people trained). What changes is told by the day on which it changes; the days in
between need nobody to ask.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from registry.domain.errors import FieldProblem, InvalidInput

# Ten years by month, or a year by day.
MOST_POINTS = 400
_CUT = Decimal("0.000001")

Key = TypeVar("Key", bound=Hashable)


class Step(StrEnum):
    """How far the points of a series lie apart."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS = {Step.MONTH: 1, Step.QUARTER: 3, Step.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Point:
    """What was counted on a day. `counted` is None where there is no data: never 0.

    `total` is the denominator of that day, None for a number that stands alone; `basis` names the
    list the day was counted by.
    """

    on: date
    counted: int | None
    total: int | None = None
    basis: str = ""

    @property
    def value(self) -> Fraction | None:
        """Exactly: the share of the total, or the number itself."""
        if self.counted is None:
            return None
        return Fraction(self.counted, 1 if self.total is None else self.total)

    @property
    def share(self) -> Decimal | None:
        """As a fraction of one cut (not rounded) at six decimals; None for mere numbers."""
        if self.counted is None or self.total is None:
            return None
        return (Decimal(self.counted) / Decimal(self.total)).quantize(_CUT, rounding=ROUND_DOWN)


@dataclass(frozen=True, slots=True)
class Denominator:
    """Of how many, from a day on until the next one."""

    since: date
    total: int | None
    basis: str


@dataclass(frozen=True, slots=True)
class Change:
    """From a day on there are `by` more (or fewer)."""

    on: date
    by: int


def days(start: date, end: date, step: Step) -> list[date]:
    """The last day of each step that ends between the two (both included), and `end` itself.

    Raises InvalidInput where they stand the wrong way round or mean more than MOST_POINTS.
    """
    if start > end:
        raise InvalidInput([FieldProblem("/from", "after_end", {"end": end.isoformat()})])
    # A year has at most 366 days: what is far too long is refused before it is counted out.
    found: list[date] = []
    day = start if step is Step.DAY else ends(start, step)
    while day < end:
        found.append(day)
        if len(found) >= MOST_POINTS:
            raise InvalidInput(
                [FieldProblem("/step", "too_many_points", {"most": str(MOST_POINTS)})]
            )
        day = day + timedelta(days=1) if step is Step.DAY else ends(day + timedelta(days=1), step)
    return [*found, end]


def ends(day: date, step: Step) -> date:
    """The last day of the step in which a day lies."""
    if step is Step.DAY:
        return day
    months = _MONTHS[step]
    month = (day.month - 1) // months * months + months
    following = date(day.year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)


def levels(
    changes: Iterable[tuple[Key, Change]], on: Sequence[date]
) -> Mapping[Key, Sequence[int]]:
    """How many there are of each key on each of the days, from the days of change alone."""
    found: dict[Key, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for key, change in changes:
        found[key][change.on] += change.by
    result: dict[Key, Sequence[int]] = {}
    for key, by_day in found.items():
        steps = sorted(by_day)
        running, sums = 0, [0]
        for day in steps:
            running += by_day[day]
            sums.append(running)
        result[key] = [sums[bisect_right(steps, day)] for day in on]
    return result


def in_force(denominators: Sequence[Denominator], on: date) -> Denominator | None:
    """The last one that has begun; `denominators` in order of `since`."""
    begun = bisect_right([each.since for each in denominators], on)
    return denominators[begun - 1] if begun else None


def steps_between(
    denominators: Sequence[Denominator], start: date, end: date
) -> list[tuple[Denominator | None, Denominator]]:
    """Where the denominator changes after `start` and until `end`: what held before, and after."""
    return [
        (None if index == 0 else denominators[index - 1], each)
        for index, each in enumerate(denominators)
        if start < each.since <= end
    ]
