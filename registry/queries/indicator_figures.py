"""All four indicators in one shape: the figure of a day, through time, against its targets."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from registry.domain.indicators import Count, Indicator, count, edges, points
from registry.domain.series import Point, Step, ends
from registry.domain.trajectory import Goal, Outlook, outlook
from registry.queries.coverage import Coverage, coverage
from registry.queries.indicators import facts
from registry.queries.moments import Moment
from registry.queries.series import history as city_history
from registry.queries.targets import Aim, all_targets

# The decision is of May 2024: before, nothing was measured by it.
FIRST_DAY = date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator on a day, as known. `point.counted` is None where nothing was reported.

    `count` is there for indicators 1, 3 and 4, `coverage` for 2. `history` ends with `point`;
    `outlooks` judge the targets by it, in the order of their years.
    """

    indicator: Indicator
    moment: Moment
    point: Point
    history: tuple[Point, ...]
    aims: tuple[Aim, ...]
    outlooks: tuple[Outlook, ...]
    count: Count | None = None
    coverage: Coverage | None = None

    @property
    def target(self) -> Outlook | None:
        """The target that measures the day: the last whose year has come, else the first."""
        due = [each for each in self.outlooks if each.goal.year <= self.moment.on.year]
        return due[-1] if due else next(iter(self.outlooks), None)

    @property
    def reported(self) -> bool:
        """Whether there is a figure for any day at all."""
        return any(point.counted is not None for point in self.history)

    @property
    def quarterly(self) -> list[Point]:
        """For tables and charts: the ends of quarters, and the day itself."""
        return [
            point
            for point in self.history
            if point.on in {ends(point.on, Step.QUARTER), self.moment.on}
        ]


def figures(session: Session, at: Moment) -> list[Figure]:
    return [figure(session, each, at) for each in Indicator]


def figure(session: Session, indicator: Indicator, at: Moment) -> Figure:
    aims = [aim for aim in all_targets(session, at) if aim.indicator == indicator]
    goals = [Goal(aim.year, percent=aim.percent, number=aim.people) for aim in aims]
    counted, covered = None, None
    if indicator is Indicator.CITIES:
        covered = coverage(session, at)
        read = city_history(session, at, (goal.due for goal in goals))
        history = [reading.point for reading in read]
    else:
        found = facts(session, indicator, at.position)
        days = _days(at.on, [*edges(found), *(goal.due for goal in goals)])
        counted, history = count(indicator, found, at.on), points(indicator, found, days)
    return Figure(
        indicator=indicator,
        moment=at,
        point=history[-1],
        history=tuple(history),
        aims=tuple(aims),
        outlooks=tuple(outlook(goal, history) for goal in goals),
        count=counted,
        coverage=covered,
    )


def _days(until: date, also: Iterable[date]) -> list[date]:
    """The ends of quarters since the decision, those of `also` that have come, and the day."""
    days = {day for day in also if day < until} | {until}
    day = ends(FIRST_DAY, Step.QUARTER)
    while day < until:
        days.add(day)
        day = ends(day + timedelta(days=1), Step.QUARTER)
    return sorted(days)
