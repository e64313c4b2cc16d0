"""The calendar's room: when a city has to say again that an entry is true."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.attestation import POLICIES, Due, Policy, term

given_days = st.dates(date(2024, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("given_on", "due_on"),
    [
        ("2025-03-31", "2026-03-31"),
        ("2024-02-29", "2025-02-28"),
        ("2025-12-31", "2026-12-31"),
        ("2023-05-01", "2024-05-01"),
    ],
)
def test_a_word_holds_for_twelve_months(given_on: str, due_on: str) -> None:
    assert term(date.fromisoformat(given_on)).due_on == date.fromisoformat(due_on)


def test_from_fresh_to_overdue() -> None:
    opened = term(date(2025, 6, 30))
    states = [
        opened.state(date.fromisoformat(on))
        for on in ("2026-04-30", "2026-05-01", "2026-06-30", "2026-07-01", "2026-08-29")
    ]
    assert states == [Due.FRESH, Due.DUE_SOON, Due.DUE_SOON, Due.IN_GRACE, Due.IN_GRACE]
    assert opened.state(date(2026, 8, 30)) is Due.OVERDUE


def test_the_latest_reminder_reached_is_due_and_none_once_overdue() -> None:
    opened = term(date(2025, 6, 30))
    asked = ("2026-04-30", "2026-05-01", "2026-06-15", "2026-06-16", "2026-08-29", "2026-08-30")
    due = [opened.reminder(date.fromisoformat(on)) for on in asked]
    assert due == [None, 60, 60, 14, 14, None]


def test_a_later_policy_holds_for_words_given_under_it() -> None:
    strict = Policy(since=date(2027, 1, 1), every_months=6, remind_days_before=(30,), grace_days=0)
    policies = (*POLICIES, strict)
    assert term(date(2026, 12, 31), policies).due_on == date(2027, 12, 31)
    opened = term(date(2027, 1, 1), policies)
    assert opened.due_on == date(2027, 7, 1)
    assert opened.state(date(2027, 7, 2)) is Due.OVERDUE


def test_the_policies_stand_in_the_order_of_their_days() -> None:
    assert list(POLICIES) == sorted(POLICIES, key=lambda p: p.since)


@given(given_days, st.integers(0, 800))
def test_a_term_is_reminded_of_when_it_is_near_and_only_then(given_on: date, after: int) -> None:
    opened = term(given_on)
    on = given_on + timedelta(days=after)
    near = opened.state(on) in {Due.DUE_SOON, Due.IN_GRACE}
    assert (opened.reminder(on) is not None) == near
