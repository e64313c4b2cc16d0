"""Will we make it? The verdict's boundaries, the pace, the forecast and its silence."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from registry.domain.series import Point, Step, ends
from registry.domain.trajectory import (
    Course,
    Goal,
    Ground,
    Quarter,
    forecast,
    outlook,
    pace,
    quarters,
    quarters_left,
)

G20, G100 = Goal(2024, percent=20), Goal(2030, percent=100)
BASE, NOW = date(2024, 12, 31), date(2026, 12, 31)


def at(on: date, counted: int | None, total: int | None = 908) -> Point:
    return Point(on, counted, total)


def test_met_by_integers_alone() -> None:
    due = date(2024, 12, 31)
    for total, short, enough in ((908, 181, 182), (862, 172, 173)):
        missed = outlook(G20, [at(date(2024, 8, 16), 10, total), at(due, short, total)])
        assert (missed.course, missed.missing) == (Course.BEHIND, 1)
        assert missed.ground is Ground.MISSED
        met = outlook(G20, [at(date(2024, 8, 16), 10, total), at(due, enough, total)])
        assert (met.course, met.ground, met.missing) == (Course.MET, Ground.REACHED, 0)
    assert outlook(G100, [at(NOW, 907)]).course is not Course.MET
    assert outlook(G100, [at(NOW, 908)]).course is Course.MET


def test_the_last_day_judges_a_target_that_is_past() -> None:
    """What was reached in 2026 does not make the target of 2024 met."""
    history = [at(date(2024, 8, 16), 10), at(date(2024, 12, 31), 100), at(NOW, 300)]
    found = outlook(G20, history)
    assert found.latest.on == date(2024, 12, 31)
    assert (found.course, found.missing) == (Course.FAR_BEHIND, 82)
    assert found.quarters_left == 0
    assert found.needed_pace is None


def test_growth_against_needed_growth() -> None:
    """From 1 in 16 at the end of 2024 to all in 2030 a figure must grow 16-fold in six years."""

    def course(counted: int) -> Course:
        return outlook(G100, [at(BASE, 100, 1600), at(NOW, counted, 1600)]).course

    # 16^(1/6) - 1 = 0.5874 a year are needed. 95 % of it make a factor of 2.4281 in two years,
    # 60 % one of 1.8291.
    assert course(243) is Course.ON_TRACK
    assert course(242) is Course.BEHIND
    assert course(183) is Course.BEHIND
    assert course(182) is Course.FAR_BEHIND
    assert course(100) is Course.FAR_BEHIND
    assert course(99) is Course.FAR_BEHIND


def test_on_the_needed_curve_the_ratio_is_one() -> None:
    found = outlook(Goal(2032, percent=100), [at(BASE, 1, 16), at(date(2028, 12, 31), 4, 16)])
    assert found.course is Course.ON_TRACK
    assert found.ratio is not None
    assert abs(found.ratio - 1) < Fraction(1, 1000)


def test_a_moving_denominator_moves_the_share() -> None:
    """The same number of cities of a longer list is a smaller share."""
    steady = outlook(G100, [at(BASE, 100, 1600), at(NOW, 243, 1600)])
    longer = outlook(G100, [at(BASE, 100, 1600), at(NOW, 243, 1700)])
    assert (steady.course, longer.course) == (Course.ON_TRACK, Course.BEHIND)
    assert longer.missing == 1700 - 243


def test_a_target_left_again_is_a_loss() -> None:
    found = outlook(Goal(2030, percent=20), [at(BASE, 200, 900), at(NOW, 200, 1100)])
    assert (found.course, found.ground) == (Course.FAR_BEHIND, Ground.FELL_BELOW)


def test_numbers_of_people_by_the_same_rule() -> None:
    goal = Goal(2030, number=1000)
    history = [Point(BASE, 100), Point(NOW, 216)]
    found = outlook(goal, history)
    assert (found.course, found.missing) == (Course.ON_TRACK, 784)
    assert found.needed_pace == Fraction(784, 16)
    assert outlook(goal, [Point(NOW, 1000)]).course is Course.MET


def test_what_cannot_be_told_is_not_told() -> None:
    silent = outlook(G20, [at(date(2024, 12, 31), None)])
    assert (silent.course, silent.ground) == (Course.NO_DATA, Ground.NO_ROLL)
    short = outlook(G100, [at(NOW - timedelta(89), 5), at(NOW, 10)])
    assert (short.course, short.ground) == (Course.NO_DATA, Ground.SHORT_HISTORY)
    none = outlook(G100, [at(BASE, 0), at(NOW, 0)])
    assert (none.course, none.ground) == (Course.FAR_BEHIND, Ground.NOTHING_COUNTED)
    gone = outlook(G100, [at(BASE, 5), at(NOW, 0)])
    assert gone.course is Course.FAR_BEHIND


COUNTS = st.integers(0, 908)


@given(COUNTS, COUNTS, COUNTS)
def test_more_is_never_judged_worse(base: int, one: int, other: int) -> None:
    order = [Course.MET, Course.ON_TRACK, Course.BEHIND, Course.FAR_BEHIND]
    fewer, more = sorted((one, other))

    def rank(counted: int) -> int:
        return order.index(outlook(G100, [at(BASE, base), at(NOW, counted)]).course)

    if base:
        assert rank(more) <= rank(fewer)


def test_quarters_left_and_needed_pace() -> None:
    assert quarters_left(date(2030, 12, 31), date(2030, 12, 31)) == 0
    assert quarters_left(date(2030, 12, 30), date(2030, 12, 31)) == 1
    assert quarters_left(date(2026, 11, 28), date(2030, 12, 31)) == 17
    found = outlook(G100, [at(BASE, 10), at(date(2026, 11, 28), 41)])
    assert (found.missing, found.quarters_left) == (867, 17)
    assert found.needed_pace == Fraction(867, 17)


def test_quarters_need_data_at_both_ends_and_nothing_missing_between() -> None:
    points = [
        at(date(2024, 3, 31), None),
        at(date(2024, 6, 30), 3),
        at(date(2024, 9, 30), 5),
        at(date(2024, 11, 11), 6),
        at(date(2024, 12, 31), 4),
        at(date(2025, 6, 30), 9),
    ]
    assert quarters(points) == [Quarter(date(2024, 9, 30), 2), Quarter(date(2024, 12, 31), -1)]
    assert pace(quarters(points)) is None
    assert pace(quarters(points), most=2) == Fraction(1, 2)


def story(gains: list[int], start: date = date(2024, 12, 31)) -> list[Quarter]:
    found, day = [], start
    for gain in gains:
        day = ends(day + timedelta(1), Step.QUARTER)
        found.append(Quarter(day, gain))
    return found


def test_a_forecast_is_a_range_or_nothing() -> None:
    now = at(date(2026, 12, 31), 100)
    assert forecast(G100, now, story([5, 5, 5])) is None
    assert forecast(G20, now, story([5] * 8)) is None
    found = forecast(G100, now, story([0, 4, 8, 12, 16]))
    assert found is not None
    assert (found.slow, found.fast, found.quarters) == (4, 12, 5)
    assert (found.low, found.high) == (100 + 4 * 16, 100 + 12 * 16)
    # (908 - 100) / 12 = 67.3 quarters, / 4 = 202.
    assert found.soonest == date(2026 + 17, 12, 31)
    assert found.latest == date(2077, 6, 30)


def test_a_forecast_stays_within_what_can_be() -> None:
    now = at(date(2029, 12, 31), 900)
    high = forecast(G100, now, story([50] * 4))
    assert high is not None
    assert (high.low, high.high) == (908, 908)
    falling = forecast(G100, now, story([-400] * 4))
    assert falling is not None
    assert (falling.low, falling.high) == (0, 0)
    assert (falling.soonest, falling.latest) == (None, None)


@given(st.lists(st.integers(-20, 60), min_size=4, max_size=15), st.integers(0, 908))
def test_the_range_holds_the_median_pace(gains: list[int], counted: int) -> None:
    now = at(date(2026, 12, 31), counted)
    found = forecast(G100, now, story(gains))
    assert found is not None
    assert 0 <= found.low <= found.high <= 908
    middle = sorted(gains[-12:])
    inside = [gain for gain in middle if found.slow <= gain <= found.fast]
    assert 2 * len(inside) >= len(middle)
    if found.latest is not None:
        assert found.soonest is not None
        assert found.soonest <= found.latest
