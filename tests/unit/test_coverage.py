"""The counting house: integers in, a verdict out, and no rounding in between."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.coverage import Tally, Target, Verdict, next_target, target_for

TWENTY, ALL = Target(2024, 20), Target(2030, 100)

totals = st.integers(1, 2000)
percents = st.integers(1, 100)


@pytest.mark.parametrize(
    ("counted", "total", "target", "verdict", "missing"),
    [
        (181, 908, TWENTY, Verdict.NOT_MET, 1),
        (182, 908, TWENTY, Verdict.MET, 0),
        (172, 862, TWENTY, Verdict.NOT_MET, 1),
        (173, 862, TWENTY, Verdict.MET, 0),
        (907, 908, ALL, Verdict.NOT_MET, 1),
        (908, 908, ALL, Verdict.MET, 0),
        (0, 908, TWENTY, Verdict.NOT_MET, 182),
        (1, 5, TWENTY, Verdict.MET, 0),
        (0, 1, TWENTY, Verdict.NOT_MET, 1),
    ],
)
def test_worked_boundaries(
    counted: int, total: int, target: Target, verdict: Verdict, missing: int
) -> None:
    tally = Tally(counted, total)
    assert tally.verdict(target) is verdict
    assert tally.missing(target) == missing


def test_the_official_total_is_the_denominator_when_it_is_larger() -> None:
    tally = Tally(counted=160, enumerated=761, official_total=908)
    assert tally.total == 908
    assert tally.verdict(TWENTY) is Verdict.NOT_MET
    assert tally.missing(TWENTY) == 22
    assert Tally(counted=160, enumerated=761).verdict(TWENTY) is Verdict.MET
    assert Tally(counted=1, enumerated=910, official_total=908).total == 910


@pytest.mark.parametrize("official_total", [None, 908])
def test_a_roll_that_names_no_city_is_no_data(official_total: int | None) -> None:
    tally = Tally(0, 0, official_total)
    assert tally.verdict(TWENTY) is Verdict.NO_DATA
    assert tally.share is None
    assert tally.missing(TWENTY) is None


@given(totals, st.data(), percents)
def test_the_verdict_is_exact_and_says_how_many_are_missing(
    total: int, data: st.DataObject, percent: int
) -> None:
    counted = data.draw(st.integers(0, total))
    target = Target(2024, percent)
    tally = Tally(counted, total)
    met = Fraction(counted, total) >= Fraction(percent, 100)
    assert (tally.verdict(target) is Verdict.MET) == met
    missing = tally.missing(target)
    assert missing is not None
    assert (missing == 0) == met
    assert Tally(counted + missing, total).verdict(target) is Verdict.MET
    if missing:
        assert Tally(counted + missing - 1, total).verdict(target) is Verdict.NOT_MET


@given(totals, st.data(), percents)
def test_the_share_never_shows_a_target_that_is_not_met(
    total: int, data: st.DataObject, percent: int
) -> None:
    counted = data.draw(st.integers(0, total))
    tally = Tally(counted, total)
    share = tally.share
    assert share is not None
    exact = Fraction(counted, total)
    assert 0 <= exact - Fraction(share) < Fraction(1, 1_000_000)
    if tally.verdict(Target(2024, percent)) is Verdict.NOT_MET:
        assert share < Fraction(percent, 100)
    assert (share == 1) == (counted == total)


@pytest.mark.parametrize(
    ("on", "now", "then"),
    [
        (date(2020, 6, 1), TWENTY, ALL),
        (date(2024, 12, 31), TWENTY, ALL),
        (date(2029, 12, 31), TWENTY, ALL),
        (date(2030, 1, 1), ALL, None),
        (date(2045, 1, 1), ALL, None),
    ],
)
def test_the_target_of_a_date(on: date, now: Target, then: Target | None) -> None:
    for given_order in ([TWENTY, ALL], [ALL, TWENTY]):
        assert target_for(given_order, on) == now
        assert next_target(given_order, on) == then
