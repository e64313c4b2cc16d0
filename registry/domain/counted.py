"""The badge-maker's room: since when a city counts, from its days as they are known. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from registry.domain.counting import Outcome
from registry.domain.timeline import Run


class Word(StrEnum):
    """What a badge says of a city on a day, in the order in which it is asked."""

    NO_ROLL = "no_roll"
    NOT_ON_ROLL = "not_on_roll"
    COUNTED = "counted"
    NO_LONGER = "no_longer"
    NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True)
class Days:
    """A city counts on every day of [start, end); an end of None is not known yet."""

    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class Counted:
    """What is said of a city on a day, with all its days in the count, in order.

    `since`: the first day of those around the day asked about, without a gap; of a city that no
    longer counts, the first day on which it did not. None for the other words.
    """

    word: Word
    since: date | None
    days: tuple[Days, ...]


def counted_days(runs: Sequence[Run]) -> tuple[Days, ...]:
    """The days on which a city counts. Runs that follow each other are one, whichever of its
    applications it counts by; `runs` are in order and leave no gap."""
    found: list[Days] = []
    counting: date | None = None
    for run in runs:
        if run.counts and counting is None:
            counting = run.start
        elif not run.counts and counting is not None:
            found.append(Days(counting, run.start))
            counting = None
    if counting is not None:
        found.append(Days(counting, None))
    return tuple(found)


def counted_on(runs: Sequence[Run], day: date) -> Counted:
    """What a badge says of a city on a day."""
    days = counted_days(runs)
    run = next((each for each in reversed(runs) if each.start <= day), None)
    if run is None:
        return Counted(Word.NO_ROLL, None, days)
    if run.counts:
        since = max(each.start for each in days if each.start <= day)
        return Counted(Word.COUNTED, since, days)
    if run.outcome is Outcome.NOT_ON_ROLL:
        return Counted(Word.NOT_ON_ROLL, None, days)
    ended = [each.end for each in days if each.end is not None and each.end <= day]
    if ended:
        return Counted(Word.NO_LONGER, max(ended), days)
    return Counted(Word.NOT_YET, None, days)
