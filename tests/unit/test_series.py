"""A figure through time: its days, its levels, its denominators."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.errors import InvalidInput
from registry.domain.series import (
    MOST_POINTS,
    Change,
    Denominator,
    Point,
    Step,
    days,
    ends,
    in_force,
    levels,
    steps_between,
)

DAYS = st.dates(date(2020, 1, 1), date(2031, 1, 1))


def test_the_days_of_each_step() -> None:
    start, end = date(2024, 2, 10), date(2025, 2, 10)
    assert days(start, date(2024, 2, 12), Step.DAY) == [date(2024, 2, d) for d in (10, 11, 12)]
    assert days(start, date(2024, 4, 30), Step.MONTH) == [
        date(2024, 2, 29),
        date(2024, 3, 31),
        date(2024, 4, 30),
    ]
    assert days(start, end, Step.QUARTER) == [
        date(2024, 3, 31),
        date(2024, 6, 30),
        date(2024, 9, 30),
        date(2024, 12, 31),
        end,
    ]
    assert days(start, end, Step.YEAR) == [date(2024, 12, 31), end]
    assert days(end, end, Step.YEAR) == [end]


@given(DAYS, DAYS, st.sampled_from(Step))
def test_days_are_in_order_bounded_and_end_where_asked(one: date, other: date, step: Step) -> None:
    start, end = sorted((one, other))
    try:
        found = days(start, end, step)
    except InvalidInput:
        assert step is Step.DAY
        assert (end - start).days >= MOST_POINTS
        return
    assert found == sorted(set(found))
    assert found[-1] == end
    assert len(found) <= MOST_POINTS
    assert all(day == ends(day, step) for day in found[:-1])


def test_too_many_points_and_a_span_turned_round_are_refused() -> None:
    assert len(days(date(2024, 1, 1), date(2024, 1, 1) + timedelta(MOST_POINTS - 1), Step.DAY))
    with pytest.raises(InvalidInput, match="too_many_points"):
        days(date(2024, 1, 1), date(2024, 1, 1) + timedelta(MOST_POINTS), Step.DAY)
    with pytest.raises(InvalidInput, match="too_many_points"):
        days(date(1, 1, 1), date(9999, 12, 31), Step.YEAR)
    with pytest.raises(InvalidInput, match="after_end"):
        days(date(2024, 1, 2), date(2024, 1, 1), Step.DAY)


@given(
    st.lists(st.tuples(st.sampled_from("ab"), DAYS, st.integers(-2, 2))),
    st.lists(DAYS, max_size=5),
)
def test_levels_are_what_came_until_then(told: list[tuple[str, date, int]], on: list[date]) -> None:
    found = levels([(key, Change(day, by)) for key, day, by in told], on)
    for key, counts in found.items():
        assert list(counts) == [
            sum(by for k, day, by in told if k == key and day <= asked) for asked in on
        ]


def test_a_point_without_data_is_no_zero() -> None:
    silent = Point(date(2023, 12, 31), None, 902)
    assert (silent.value, silent.share) == (None, None)
    assert Point(date(2024, 12, 31), 181, 908).value == Fraction(181, 908)
    assert str(Point(date(2024, 12, 31), 181, 908).share) == "0.199339"
    assert Point(date(2024, 12, 31), 120).value == 120


def test_steps_of_the_denominator() -> None:
    rolls = [
        Denominator(date(2020, 12, 31), 862, "2020"),
        Denominator(date(2023, 12, 31), 902, "2023"),
        Denominator(date(2024, 8, 16), 908, "2024"),
    ]
    assert in_force(rolls, date(2020, 12, 30)) is None
    assert in_force(rolls, date(2023, 12, 30)) == rolls[0]
    assert in_force(rolls, date(2024, 8, 16)) == rolls[2]
    assert steps_between(rolls, date(2023, 12, 31), date(2024, 12, 31)) == [(rolls[1], rolls[2])]
    assert steps_between(rolls, date(2000, 1, 1), date(2021, 1, 1)) == [(None, rolls[0])]
