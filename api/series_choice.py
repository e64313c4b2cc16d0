"""The almanac's counter: what a reader may choose of a series, the same for pages and API."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BeforeValidator

from api import progress
from api.deps import Db
from registry.domain.kinds import Day, blank_to_none
from registry.domain.series import Step, days
from registry.queries import series as queries
from registry.queries.moments import Moment
from registry.queries.series import By, Scope, Series, Weight


class Scale(StrEnum):
    """How high the chart reaches: to the targets, or just above what is counted."""

    TARGETS = "targets"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader may choose of a series, besides the two clocks. A blank is the default."""

    start: date | None
    step: Step
    scope: Scope
    by: By | None
    weight: Weight


def _choice(
    start: Annotated[
        Day | None,
        BeforeValidator(blank_to_none),
        Query(alias="from", description="The first day; default: that of the first known roll"),
    ] = None,
    step: Annotated[
        Step | None, BeforeValidator(blank_to_none), Query(description="Default: quarter")
    ] = None,
    scope: Annotated[
        Scope | None, BeforeValidator(blank_to_none), Query(description="Which denominator")
    ] = None,
    by: Annotated[
        By | None, BeforeValidator(blank_to_none), Query(description="Into which lines")
    ] = None,
    weight: Annotated[
        Weight | None, BeforeValidator(blank_to_none), Query(description="What a city weighs")
    ] = None,
) -> Choice:
    return Choice(start, step or Step.QUARTER, scope or Scope.URBAN, by, weight or Weight.CITIES)


Chosen = Annotated[Choice, Depends(_choice)]


def read(db: Db, when: Moment, choice: Choice) -> Series:
    start = choice.start
    if start is None:
        start = progress.default_start(
            when.on, choice.step, queries.first_roll(db, when, choice.scope)
        )
    asked = days(start, when.on, choice.step)
    return queries.series(db, when, asked, scope=choice.scope, by=choice.by, weight=choice.weight)
