"""Will we make it? A verdict for each target, the pace, and a forecast with its range. Pure.

The verdict compares the yearly growth that was seen with the yearly growth that the target needs,
the way Open SDG does (a method of Statistics Canada, after Eurostat): docs/trajectory.md tells it
in full, with its source and with what we added for moving denominators and for small numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Context, Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from registry.domain.series import Point, Step, ends

# Shares of the needed growth from which a figure is on track, or merely behind.
ON_TRACK = Fraction(95, 100)
BEHIND = Fraction(60, 100)
# Growth seen over less than a quarter says nothing about a year.
LEAST_DAYS = 90
# A forecast rests on so many whole quarters at least, and at most.
LEAST_QUARTERS, MOST_QUARTERS = 4, 12
# Years; what lies beyond is told as "not within a hundred years".
_HORIZON = 100
_YEAR = Fraction(1461, 4)
_EXACT = Context(prec=60)


class Course(StrEnum):
    """How a figure stands to a target."""

    MET = "met"
    ON_TRACK = "on_track"
    BEHIND = "behind"
    FAR_BEHIND = "far_behind"
    NO_DATA = "no_data"


class Ground(StrEnum):
    """What a verdict rests on."""

    REACHED = "reached"
    GROWTH = "growth"
    MISSED = "missed"
    NOTHING_COUNTED = "nothing_counted"
    FELL_BELOW = "fell_below"
    NO_ROLL = "no_roll"
    SHORT_HISTORY = "short_history"


@dataclass(frozen=True, slots=True)
class Goal:
    """What is to be reached by the end of a year: a share in per cent, or a number."""

    year: int
    percent: int | None = None
    number: int | None = None

    @property
    def due(self) -> date:
        return date(self.year, 12, 31)

    @property
    def value(self) -> Fraction:
        return Fraction(self.number or 0) if self.percent is None else Fraction(self.percent, 100)

    def needed(self, total: int | None) -> int:
        """How many must count, of a total; never rounded down."""
        if self.percent is None or total is None:
            return self.number or 0
        return -(-self.percent * total // 100)

    def missing(self, point: Point) -> int | None:
        if point.counted is None:
            return None
        return max(0, self.needed(point.total) - point.counted)


@dataclass(frozen=True, slots=True)
class Outlook:
    """The verdict for one target, with all it rests on.

    `latest` is the point that was judged: that of the day, or of the target's last day once it
    has come. `growth` and `needed_growth` are yearly, `ratio` is one by the other; cut, for
    reading. `needed_pace` is how many more are needed in each quarter left.
    """

    goal: Goal
    course: Course
    ground: Ground
    base: Point | None
    latest: Point
    missing: int | None
    growth: Decimal | None = None
    needed_growth: Decimal | None = None
    ratio: Decimal | None = None
    quarters_left: int = 0

    @property
    def needed_pace(self) -> Fraction | None:
        if self.missing is None or not self.quarters_left:
            return None
        return Fraction(self.missing, self.quarters_left)


@dataclass(frozen=True, slots=True)
class Quarter:
    """A whole quarter by its last day, and how many more (or fewer) counted after it."""

    until: date
    gain: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the target's last day brings if the quarters to come are like the past ones.

    `low` to `high` is the range that the middle half (at least) of the past quarters spans;
    `soonest` and `latest` are the quarters in which the target would be reached, None where never
    at that pace.
    """

    quarters: int
    slow: int
    fast: int
    on: date
    low: int
    high: int
    total: int | None
    soonest: date | None
    latest: date | None


def outlook(goal: Goal, history: Sequence[Point]) -> Outlook:
    """Judges a goal by a history in order of days, the last of them being today.

    `history` needs a point on the goal's last day once that has come.
    """
    past = history[-1].on >= goal.due
    seen = [point for point in history if point.on <= goal.due]
    latest = seen[-1] if seen else history[-1]
    base = next((point for point in seen if point.counted), None)
    missing = goal.missing(latest)
    left = 0 if past else quarters_left(latest.on, goal.due)

    def judged(
        course: Course,
        ground: Ground,
        growth: Decimal | None = None,
        needed: Decimal | None = None,
    ) -> Outlook:
        ratio = growth / needed if growth is not None and needed else None
        return Outlook(
            goal,
            course,
            ground,
            base,
            latest,
            missing,
            _cut(growth),
            _cut(needed),
            _cut(ratio),
            quarters_left=left,
        )

    if missing is None or latest.value is None:
        return judged(Course.NO_DATA, Ground.NO_ROLL)
    if missing == 0:
        return judged(Course.MET, Ground.REACHED)
    if base is None or base.value is None:
        return judged(Course.FAR_BEHIND, Ground.NOTHING_COUNTED)
    if base.value >= goal.value:
        # It needs no growth from there: what it did since is a loss.
        return judged(Course.FAR_BEHIND, Ground.FELL_BELOW)
    if not latest.counted:
        return judged(Course.FAR_BEHIND, Ground.NOTHING_COUNTED)
    if (latest.on - base.on).days < LEAST_DAYS:
        return judged(Course.NO_DATA, Ground.SHORT_HISTORY)
    growth = _yearly(latest.value / base.value, latest.on - base.on)
    needed = _yearly(goal.value / base.value, goal.due - base.on)
    if growth >= _decimal(ON_TRACK) * needed:
        # A target whose day has passed is met or it is not.
        course = Course.BEHIND if past else Course.ON_TRACK
    else:
        course = Course.BEHIND if growth >= _decimal(BEHIND) * needed else Course.FAR_BEHIND
    return judged(course, Ground.MISSED if past else Ground.GROWTH, growth, needed)


def quarters_left(on: date, due: date) -> int:
    """Quarters that end after a day and until another, the running one included."""
    found, day = 0, on + timedelta(days=1)
    while day <= due:
        found += 1
        day = ends(day, Step.QUARTER) + timedelta(days=1)
    return found


def quarters(points: Sequence[Point]) -> list[Quarter]:
    """What each whole quarter brought: points at ends of quarters, with data at both ends.

    A point on another day is passed over. Where the list itself changed between two points (a new
    denominator), the gain is still that of what counts: cities do not come and go with it.
    """
    at_ends = [point for point in points if point.on == ends(point.on, Step.QUARTER)]
    return [
        Quarter(after.on, after.counted - before.counted)
        for before, after in pairwise(at_ends)
        if before.counted is not None
        and after.counted is not None
        and ends(before.on + timedelta(days=1), Step.QUARTER) == after.on
    ]


def pace(found: Sequence[Quarter], most: int = 4) -> Fraction | None:
    """The average gain of the last quarters; None where there are fewer than `most`."""
    last = found[-most:]
    return Fraction(sum(q.gain for q in last), most) if len(last) == most else None


def forecast(goal: Goal, now: Point, found: Sequence[Quarter]) -> Forecast | None:
    """None where there is not enough history, no data now, or the day has come."""
    gains = sorted(quarter.gain for quarter in found[-MOST_QUARTERS:])
    if len(gains) < LEAST_QUARTERS or now.counted is None or now.on >= goal.due:
        return None
    # The quartiles, outward: at least half of the quarters lie between them.
    slow = gains[(len(gains) - 1) // 4]
    fast = gains[-1 - (len(gains) - 1) // 4]
    left = quarters_left(now.on, goal.due)
    needed = goal.needed(now.total)
    return Forecast(
        quarters=len(gains),
        slow=slow,
        fast=fast,
        on=goal.due,
        low=_within(now.counted + slow * left, now.total),
        high=_within(now.counted + fast * left, now.total),
        total=now.total,
        soonest=_reached(now, fast, needed),
        latest=_reached(now, slow, needed),
    )


def _within(count: int, total: int | None) -> int:
    return max(0, count if total is None else min(count, total))


def _reached(now: Point, per_quarter: int, needed: int) -> date | None:
    """The end of the quarter in which `needed` is reached."""
    assert now.counted is not None
    if now.counted >= needed:
        return now.on
    if per_quarter <= 0:
        return None
    count = -(-(needed - now.counted) // per_quarter)
    if count > 4 * _HORIZON:
        return None
    day = now.on
    for _ in range(count):
        day = ends(day + timedelta(days=1), Step.QUARTER)
    return day


def _yearly(factor: Fraction, during: timedelta) -> Decimal:
    """The compound yearly growth that makes `factor` in so many days."""
    exponent = _decimal(_YEAR / during.days)
    power = _EXACT.exp(_EXACT.multiply(exponent, _EXACT.ln(_decimal(factor))))
    return _EXACT.subtract(power, Decimal(1))


def _decimal(value: Fraction) -> Decimal:
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))


def _cut(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(Decimal("0.0001"), rounding=ROUND_DOWN)
