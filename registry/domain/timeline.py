"""The chronicler's room: what the map shows on every day, from facts as they are known. Pure.

A city's days are cut into runs on which the rule says the same of it. The first run begins with
the first roll: before that there is no list of cities, and nothing to show.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from registry.domain.counting import Outcome, city_status
from registry.domain.coverage import Tally, Target, next_target, target_for
from registry.domain.model import CityStatus, ProblemArea, YearStatus

# A slider with more stops than this is no longer moved by hand: then years take quarters' place.
MOST_STOPS = 40


@dataclass(frozen=True, slots=True)
class RollTerm:
    """A roll, in force from `start` until the next one's start, with the cities it names."""

    code: str
    name_vi: str
    name_en: str
    start: date
    official_total: int | None
    city_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rule says of one case for a city on [start, end); `area` where it counts.

    `use_case` is empty where the public may not know of it.
    """

    start: date | None
    end: date | None
    outcome: Outcome
    use_case: str
    area: ProblemArea | None


@dataclass(frozen=True, slots=True)
class Run:
    """What is said of a city from `start` on, until its next run."""

    start: date
    outcome: Outcome
    status: CityStatus
    use_case: str

    @property
    def on_roll(self) -> bool:
        return self.outcome is not Outcome.NOT_ON_ROLL

    @property
    def counts(self) -> bool:
        return self.outcome is Outcome.COUNTED


@dataclass(frozen=True, slots=True)
class Called:
    """A city's name and province from `start` on; the first one also names the days before."""

    start: date | None
    name_vi: str
    name_en: str
    province_code: str


@dataclass(frozen=True, slots=True)
class AreaDays:
    """On [start, end) a city counts by a problem of this area, if the roll names it."""

    area: ProblemArea
    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class Track:
    """One city through time. Coordinates are degrees, EPSG:4326; None where not known."""

    code: str
    lon: float | None
    lat: float | None
    called: tuple[Called, ...]
    runs: tuple[Run, ...]
    areas: tuple[AreaDays, ...]

    def on(self, day: date) -> Run | None:
        """What is said of it on a day; None before the first roll."""
        return next((run for run in reversed(self.runs) if run.start <= day), None)

    def name(self, day: date) -> Called:
        known = (called for called in reversed(self.called) if (called.start or day) <= day)
        return next(known, self.called[0])


@dataclass(frozen=True, slots=True)
class Step:
    """The national figure from `start` on, until the next step."""

    start: date
    roll: RollTerm
    tally: Tally
    target: Target
    next_target: Target | None


@dataclass(frozen=True, slots=True)
class Turn:
    """A city that began to count, or ceased to, on a day: what was said before, and since."""

    track: Track
    on: date
    before: Run | None
    after: Run


def runs(
    rolls: Sequence[RollTerm],
    city_id: int,
    judged: Sequence[Judged],
    said: Mapping[int, YearStatus],
) -> tuple[Run, ...]:
    """`judged` comes in the order in which one case speaks for the city before another, `said` is
    its own word by year."""
    if not rolls:
        return ()
    first = rolls[0].start
    bounds = {roll.start for roll in rolls}
    bounds |= {day for one in judged for day in (one.start, one.end) if day and day > first}
    years = {date(year + after, 1, 1) for year in said for after in (0, 1)}
    bounds |= {day for day in years if day > first}
    found: list[Run] = []
    for day in sorted(bounds):
        run = _said_on(day, _term(rolls, day), city_id, judged, said)
        if not found or _unlike(found[-1], run):
            found.append(run)
    return tuple(found)


def _term(rolls: Sequence[RollTerm], day: date) -> RollTerm:
    return next(roll for roll in reversed(rolls) if roll.start <= day)


def _said_on(
    day: date,
    roll: RollTerm,
    city_id: int,
    judged: Iterable[Judged],
    said: Mapping[int, YearStatus],
) -> Run:
    if city_id not in roll.city_ids:
        return Run(day, Outcome.NOT_ON_ROLL, CityStatus.SILENT, "")
    best = next((one for one in judged if _covers(one.start, one.end, day)), None)
    outcome = Outcome.NO_APPLICATION if best is None else best.outcome
    use_case = "" if best is None else best.use_case
    return Run(day, outcome, city_status(outcome, said.get(day.year)), use_case)


def _covers(start: date | None, end: date | None, day: date) -> bool:
    return (start is None or start <= day) and (end is None or day < end)


def _unlike(one: Run, other: Run) -> bool:
    return (one.outcome, one.status, one.use_case) != (other.outcome, other.status, other.use_case)


def area_days(rolls: Sequence[RollTerm], judged: Iterable[Judged]) -> tuple[AreaDays, ...]:
    """The days by area on which cases of a city count, each run of days once."""
    if not rolls:
        return ()
    first, last = rolls[0].start, date.max
    days: dict[ProblemArea, list[tuple[date, date]]] = {}
    for one in judged:
        if one.area is not None and (one.end is None or one.end > first):
            span = (max(one.start or first, first), one.end or last)
            days.setdefault(one.area, []).append(span)
    found: list[AreaDays] = []
    for area in sorted(days):
        joined: list[tuple[date, date]] = []
        for start, end in sorted(days[area]):
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        found += [AreaDays(area, start, None if end == last else end) for start, end in joined]
    return tuple(found)


def steps(
    rolls: Sequence[RollTerm], tracks: Iterable[Track], targets: Sequence[Target]
) -> tuple[Step, ...]:
    """The figure on every day: a new step wherever a city, the roll or the target changes it."""
    if not rolls:
        return ()
    change: Counter[date] = Counter()
    for track in tracks:
        counted = False
        for run in track.runs:
            change[run.start] += run.counts - counted
            counted = run.counts
    days = {day for day, by in change.items() if by} | {roll.start for roll in rolls}
    days |= {date(t.year, 1, 1) for t in targets if date(t.year, 1, 1) > rolls[0].start}
    found, counting = [], 0
    for day in sorted(days):
        counting += change[day]
        roll = _term(rolls, day)
        tally = Tally(counting, len(roll.city_ids), roll.official_total)
        aims = target_for(targets, day), next_target(targets, day)
        found.append(Step(day, roll, tally, *aims))
    return tuple(found)


def stops(changes: Collection[date], measured: Iterable[date], today: date) -> list[date]:
    """The days a slider stops at: the end of each quarter in which something changed, the days by
    which targets are measured, and today. Nothing after today: nobody has seen those days."""
    past = [day for day in changes if day <= today]
    if not past:
        return [today]
    for ends in (_quarter_end, _year_end):
        found = {min(ends(day), today) for day in past} | {today}
        found |= {day for day in measured if min(past) <= day <= today}
        if len(found) <= MOST_STOPS:
            break
    return sorted(found)


def _quarter_end(day: date) -> date:
    month = day.month - (day.month - 1) % 3 + 3
    after = date(day.year + 1, 1, 1) if month > 12 else date(day.year, month, 1)
    return after - timedelta(days=1)


def _year_end(day: date) -> date:
    return date(day.year, 12, 31)


def turns(tracks: Iterable[Track], start: date, end: date) -> list[Turn]:
    """The cities that count on only one of two days, `start` before `end`, each with the last day
    on which that changed."""
    found = []
    for track in tracks:
        counted, counts = (run is not None and run.counts for run in map(track.on, (start, end)))
        if counted == counts:
            continue
        before: Run | None = None
        turn: Turn | None = None
        for run in track.runs:
            was = before is not None and before.counts
            if start < run.start <= end and run.counts == counts != was:
                turn = Turn(track, run.start, before, run)
            before = run
        assert turn is not None, "whoever counts on one day only turned between them"
        found.append(turn)
    return found
