"""The map's days: cut where something changes, and nowhere else."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from registry.domain.counting import Outcome, city_status
from registry.domain.coverage import Target
from registry.domain.model import CityStatus, ProblemArea, YearStatus
from registry.domain.timeline import (
    MOST_STOPS,
    Called,
    Judged,
    RollTerm,
    Run,
    Track,
    area_days,
    runs,
    steps,
    stops,
    turns,
)

FIRST, SECOND = date(2024, 8, 16), date(2026, 1, 1)
ROLLS = (
    RollTerm("DT-2024", "Danh mục 2024", "Roll 2024", FIRST, 908, frozenset({1, 2})),
    RollTerm("DT-2026", "Danh mục 2026", "Roll 2026", SECOND, None, frozenset({1, 3})),
)
TARGETS = (Target(2024, 20), Target(2030, 100))
TODAY = date(2026, 11, 28)
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))


def counted(start: date | None, end: date | None, area: ProblemArea) -> Judged:
    return Judged(start, end, Outcome.COUNTED, "46-001", area)


def track(*judged: Judged, city_id: int = 1, said: dict[int, YearStatus] | None = None) -> Track:
    return Track(
        code=str(city_id),
        lon=None,
        lat=None,
        called=(Called(None, "Thành phố", "City", "48"),),
        runs=runs(ROLLS, city_id, judged, said or {}),
        areas=area_days(ROLLS, judged),
    )


JUDGED = st.builds(
    lambda ends, outcome, case: Judged(
        min(ends),
        max(ends) + timedelta(days=1),
        outcome,
        case,
        ProblemArea.FLOODING if outcome is Outcome.COUNTED else None,
    ),
    st.tuples(DAYS, DAYS),
    st.sampled_from(
        [Outcome.COUNTED, Outcome.NOT_OPERATIONAL, Outcome.REVOKED, Outcome.UNDER_REVIEW]
    ),
    st.sampled_from(["46-001", "46-002"]),
)
SAID = st.dictionaries(st.integers(2024, 2027), st.sampled_from(list(YearStatus)))


@given(st.lists(JUDGED, max_size=4), SAID, st.integers(1, 3), DAYS)
def test_a_day_is_told_as_if_it_alone_were_asked_about(
    judged: Sequence[Judged], said: dict[int, YearStatus], city_id: int, day: date
) -> None:
    run = track(*judged, city_id=city_id, said=said).on(day)
    if day < FIRST:
        assert run is None
        return
    assert run is not None
    roll = ROLLS[day >= SECOND]
    best = next((one for one in judged if (one.start or day) <= day < (one.end or TODAY)), None)
    if city_id not in roll.city_ids:
        assert not run.on_roll
    elif best is None:
        assert run.outcome is Outcome.NO_APPLICATION
        assert run.status is city_status(run.outcome, said.get(day.year))
    else:
        assert (run.outcome, run.use_case) == (best.outcome, best.use_case)
        assert run.status is city_status(best.outcome, said.get(day.year))


@given(st.lists(JUDGED, max_size=4), SAID)
def test_a_run_ends_only_where_something_else_is_said(
    judged: Sequence[Judged], said: dict[int, YearStatus]
) -> None:
    found = track(*judged, said=said).runs
    assert found[0].start == FIRST
    for before, after in pairwise(found):
        assert before.start < after.start
        told = [(run.outcome, run.status, run.use_case) for run in (before, after)]
        assert told[0] != told[1]


def test_without_a_roll_there_is_nothing_to_show() -> None:
    assert runs((), 1, [counted(None, None, ProblemArea.FLOODING)], {}) == ()
    assert area_days((), [counted(None, None, ProblemArea.FLOODING)]) == ()
    assert steps((), [], TARGETS) == ()


def test_the_figure_steps_with_cities_rolls_and_targets() -> None:
    tracks = [
        track(counted(date(2024, 11, 1), date(2025, 3, 1), ProblemArea.FLOODING), city_id=1),
        track(counted(None, None, ProblemArea.TRAFFIC), city_id=2),
        track(counted(None, None, ProblemArea.TRAFFIC), city_id=3),
    ]
    told = [
        (s.start, s.roll.code, s.tally.counted, s.tally.total, s.target.year, s.next_target)
        for s in steps(ROLLS, tracks, TARGETS)
    ]
    later = TARGETS[1]
    assert told == [
        (FIRST, "DT-2024", 1, 908, 2024, later),
        (date(2024, 11, 1), "DT-2024", 2, 908, 2024, later),
        (date(2025, 3, 1), "DT-2024", 1, 908, 2024, later),
        (SECOND, "DT-2026", 1, 2, 2024, later),
        (date(2030, 1, 1), "DT-2026", 1, 2, 2030, None),
    ]


def test_days_by_area_are_joined_and_begin_with_the_first_roll() -> None:
    found = track(
        counted(None, date(2024, 10, 1), ProblemArea.FLOODING),
        counted(date(2024, 9, 1), date(2025, 1, 1), ProblemArea.FLOODING),
        counted(date(2025, 6, 1), None, ProblemArea.FLOODING),
        counted(date(2023, 1, 1), FIRST, ProblemArea.TRAFFIC),
    ).areas
    assert [(span.area, span.start, span.end) for span in found] == [
        (ProblemArea.FLOODING, FIRST, date(2025, 1, 1)),
        (ProblemArea.FLOODING, date(2025, 6, 1), None),
    ]


def test_a_slider_stops_at_ends_of_quarters_with_changes_and_today() -> None:
    changes = {FIRST, date(2024, 12, 31), date(2025, 7, 1), date(2026, 10, 3), date(2027, 1, 1)}
    assert stops(changes, [date(2024, 12, 31), date(2030, 12, 31)], TODAY) == [
        date(2024, 9, 30),
        date(2024, 12, 31),
        date(2025, 9, 30),
        TODAY,
    ]
    assert stops(set(), [date(2024, 12, 31)], TODAY) == [TODAY]


@given(st.sets(st.dates(date(1990, 1, 1), TODAY), min_size=1))
def test_a_slider_shows_every_change_in_few_stops(changes: set[date]) -> None:
    found = stops(changes, [], TODAY)
    assert found == sorted(set(found))
    assert found[-1] == TODAY
    assert len(found) <= MOST_STOPS
    # Between two stops that follow each other something changed, so no step is idle.
    for before, after in pairwise([date.min, *found]):
        assert after == TODAY or any(before < day <= after for day in changes)


def test_who_turned_between_two_days_and_when() -> None:
    began = track(counted(date(2024, 11, 1), None, ProblemArea.FLOODING))
    ceased = track(counted(None, None, ProblemArea.FLOODING), city_id=2)
    returned = track(
        counted(None, date(2024, 12, 1), ProblemArea.FLOODING),
        counted(date(2025, 1, 1), None, ProblemArea.FLOODING),
    )
    found = turns([began, ceased, returned], date(2024, 10, 1), date(2026, 2, 1))
    assert [(turn.track, turn.on, turn.after.counts) for turn in found] == [
        (began, date(2024, 11, 1), True),
        (ceased, SECOND, False),
    ]
    assert found[0].before == Run(FIRST, Outcome.NO_APPLICATION, CityStatus.SILENT, "")
    assert found[1].after.outcome is Outcome.NOT_ON_ROLL
    assert [t.track for t in turns([returned], date(2024, 12, 1), TODAY)] == [returned]
    assert turns([began, ceased, returned], date(2024, 11, 1), date(2024, 11, 30)) == []
