"""Since when a city counts: every day of its runs is believed, and no gap is bridged."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from registry.domain.counted import Days, Word, counted_days, counted_on
from registry.domain.counting import Outcome
from registry.domain.model import CityStatus
from registry.domain.timeline import Run

FIRST = date(2024, 1, 1)


def run(month: int, outcome: Outcome, use_case: str = "") -> Run:
    status = CityStatus.COUNTED if outcome is Outcome.COUNTED else CityStatus.SILENT
    return Run(date(2024, month, 1), outcome, status, use_case)


STORY = (
    run(1, Outcome.NO_APPLICATION),
    run(3, Outcome.COUNTED, "46-001"),
    run(4, Outcome.COUNTED, "46-002"),
    run(5, Outcome.SUSPENDED),
    run(7, Outcome.COUNTED, "46-001"),
    run(9, Outcome.NOT_ON_ROLL),
)


def test_another_application_goes_on_and_a_gap_begins_anew() -> None:
    assert counted_days(STORY) == (
        Days(date(2024, 3, 1), date(2024, 5, 1)),
        Days(date(2024, 7, 1), date(2024, 9, 1)),
    )
    assert counted_days(STORY[:5])[-1] == Days(date(2024, 7, 1), None)


def test_what_a_badge_says_on_each_day() -> None:
    for day, word, since in (
        (date(2023, 12, 31), Word.NO_ROLL, None),
        (date(2024, 2, 29), Word.NOT_YET, None),
        (date(2024, 3, 1), Word.COUNTED, date(2024, 3, 1)),
        (date(2024, 4, 30), Word.COUNTED, date(2024, 3, 1)),
        (date(2024, 5, 1), Word.NO_LONGER, date(2024, 5, 1)),
        (date(2024, 6, 30), Word.NO_LONGER, date(2024, 5, 1)),
        (date(2024, 7, 1), Word.COUNTED, date(2024, 7, 1)),
        (date(2024, 9, 1), Word.NOT_ON_ROLL, None),
    ):
        told = counted_on(STORY, day)
        assert (told.word, told.since) == (word, since), day
    assert counted_on((), FIRST).word is Word.NO_ROLL


RUNS = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from(Outcome)), min_size=1, max_size=12
).map(
    lambda steps: tuple(
        Run(
            FIRST + timedelta(days=sum(length for length, _ in steps[: index + 1])),
            outcome,
            CityStatus.COUNTED if outcome is Outcome.COUNTED else CityStatus.SILENT,
            "",
        )
        for index, (_, outcome) in enumerate(steps)
    )
)


@given(RUNS, st.integers(0, 500))
def test_a_badge_never_says_more_than_its_runs(runs: tuple[Run, ...], after: int) -> None:
    day = FIRST + timedelta(days=after)
    run = next((each for each in reversed(runs) if each.start <= day), None)
    told = counted_on(runs, day)
    assert (told.word is Word.COUNTED) == (run is not None and run.counts)
    if told.word is Word.COUNTED:
        assert told.since is not None
        between = [each for each in runs if told.since <= each.start <= day]
        assert between
        assert all(each.counts for each in between)
        before = [each for each in runs if each.start < told.since]
        assert not before or not before[-1].counts
