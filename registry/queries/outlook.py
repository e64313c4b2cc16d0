"""Where the register stands to its targets: verdicts, pace and forecast, from what is counted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from sqlalchemy.orm import Session

from registry.domain.model import CityStatus
from registry.domain.series import Point
from registry.domain.trajectory import (
    Forecast,
    Goal,
    Outlook,
    Quarter,
    forecast,
    outlook,
    pace,
    quarters,
)
from registry.queries.cities import cities
from registry.queries.coverage import targets
from registry.queries.moments import Moment
from registry.queries.series import SERIES_OF, Reading, Scope, history


@dataclass(frozen=True, slots=True)
class Outlooks:
    """`now` is the reading of the day; `last_year` the average gain of the last four quarters.

    `forecast` is for the last target, None where there is not enough history.
    """

    now: Reading
    verdicts: tuple[Outlook, ...]
    quarters: tuple[Quarter, ...]
    last_year: Fraction | None
    forecast: Forecast | None
    history: tuple[Point, ...]

    @property
    def ahead(self) -> tuple[Point, Forecast] | None:
        return None if self.forecast is None else (self.now.point, self.forecast)


class Expected(StrEnum):
    """What becomes of a city that is expected to be approved."""

    ADDED = "added"
    COUNTED_ALREADY = "counted_already"
    NOT_ON_ROLL = "not_on_roll"


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The day as it would be if some cities counted. Nothing of it is kept anywhere."""

    point: Point
    verdicts: tuple[Outlook, ...]
    cities: tuple[tuple[str, str, str, Expected], ...]


def goals(session: Session, at: Moment) -> list[Goal]:
    return [Goal(target.year, percent=target.percent) for target in targets(session, at)]


def outlooks(session: Session, moment: Moment, scope: Scope = Scope.URBAN) -> Outlooks:
    aims = goals(session, moment)
    readings = history(session, moment, [goal.due for goal in aims], scope)
    points = [reading.point for reading in readings]
    gains = quarters(points)
    ahead = [goal for goal in aims if goal.due > moment.on]
    return Outlooks(
        now=readings[-1],
        verdicts=tuple(outlook(goal, points) for goal in aims),
        quarters=tuple(gains),
        last_year=pace(gains),
        forecast=forecast(ahead[-1], points[-1], gains) if ahead else None,
        history=tuple(points),
    )


def what_if(
    session: Session,
    moment: Moment,
    found: Outlooks,
    codes: Collection[str],
    scope: Scope = Scope.URBAN,
) -> WhatIf:
    """With these cities counted as well, on the day of `moment`. Codes of no city are kept."""
    by_code = {city.code: city for city in cities(session, moment, SERIES_OF[scope])}
    told = []
    for code in sorted(set(codes)):
        city = by_code.get(code)
        if city is None:
            told.append((code, "", "", Expected.NOT_ON_ROLL))
            continue
        counted = city.status is CityStatus.COUNTED
        state = Expected.COUNTED_ALREADY if counted else Expected.ADDED
        told.append((code, city.name_vi, city.name_en, state))
    added = sum(1 for *_, state in told if state is Expected.ADDED)
    now = found.history[-1]
    point = now if now.counted is None else replace(now, counted=now.counted + added)
    changed: Sequence[Point] = [*found.history[:-1], point]
    # A target whose day has passed stays as it was judged.
    verdicts = tuple(outlook(each.goal, changed) for each in found.verdicts)
    return WhatIf(point, verdicts, tuple(told))
