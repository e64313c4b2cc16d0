"""The shelf of lists: which days an entry holds on, and what is no entry."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.errors import InvalidInput
from registry.domain.lists import (
    KINDS,
    Days,
    Entry,
    ListKind,
    PolicyDraft,
    ReasonDraft,
    RiskSchemeDraft,
    Standing,
    TargetDraft,
    document,
)

BEGUN, LATER = date(2025, 1, 1), date(2026, 1, 1)
WHEN = {"valid_from": "2026-01-01", "source": "1/QĐ"}
some_day = st.dates(date(2024, 1, 1), date(2024, 3, 1))


@st.composite
def some_days(draw: st.DrawFn) -> Days:
    begin = draw(st.none() | some_day)
    end = draw(st.none() | some_day)
    if begin is not None and end is not None and end <= begin:
        end = begin + timedelta(days=1)
    return Days(begin, end)


@given(one=some_days(), other=some_days())
def test_days_meet_where_one_day_is_of_both(one: Days, other: Days) -> None:
    all_days = [date(2023, 12, 30) + timedelta(days=n) for n in range(70)]
    both = any(one.hold(day) and other.hold(day) for day in all_days)
    assert one.meet(other) == other.meet(one) == both


def test_an_entry_is_ahead_then_in_force_then_over() -> None:
    days = Days(BEGUN, LATER)
    assert days.standing(BEGUN - timedelta(days=1)) is Standing.AHEAD
    assert days.standing(BEGUN) is Standing.IN_FORCE
    assert days.standing(LATER - timedelta(days=1)) is Standing.IN_FORCE
    assert days.standing(LATER) is Standing.OVER


def test_what_was_known_before_does_not_change() -> None:
    days, always = Days(BEGUN, LATER), Days(BEGUN)
    ended = Entry(1, ListKind.TARGETS, {}, days, "s", known_from=5, ended_position=9)
    known = [ended.known_at(position) for position in (4, 5, 8, 9)]
    assert known == [None, always, always, days]
    gone = Entry(1, ListKind.TARGETS, {}, always, "s", known_from=5, withdrawn_position=9)
    assert [gone.known_at(position) for position in (8, 9)] == [always, None]


@pytest.mark.parametrize(
    ("draft", "said", "pointer", "code"),
    [
        (TargetDraft, {"indicator": 3, "percent": 20}, "", "percent_or_people"),
        (TargetDraft, {"indicator": 2, "people": 20}, "", "percent_or_people"),
        (TargetDraft, {"indicator": 2, "people": 20, "percent": 20}, "", "percent_or_people"),
        (TargetDraft, {"indicator": 5, "percent": 20}, "/indicator", "out_of_range"),
        (TargetDraft, {"indicator": 2, "percent": 101}, "/percent", "out_of_range"),
        (ReasonDraft, {"actions": ["bless"]}, "/actions/0", "unknown_choice"),
        (ReasonDraft, {"actions": []}, "/actions", "required"),
        (ReasonDraft, {"actions": ["return", "return"]}, "/actions", "repeated"),
        (ReasonDraft, {"code": "có dấu"}, "/code", "not_a_code"),
        (PolicyDraft, {"lease_hours": 0}, "/lease_hours", "out_of_range"),
        (PolicyDraft, {"sample_percent": 101}, "/sample_percent", "out_of_range"),
        (RiskSchemeDraft, {"levels": ["not_classified"]}, "/levels/0", "unknown_choice"),
        (RiskSchemeDraft, {"code": "eu_ai_act"}, "/code", "unknown_choice"),
        (PolicyDraft, {"source": ""}, "/source", "required"),
        (PolicyDraft, {"valid_from": "2026-01"}, "/valid_from", "not_a_date"),
    ],
)
def test_what_is_no_entry(draft: Any, said: dict[str, Any], pointer: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        draft.read(GOOD[draft] | WHEN | said)
    first = refused.value.problems[0]
    assert (first.pointer, first.code) == (pointer, code)


GOOD: dict[Any, dict[str, Any]] = {
    TargetDraft: {"year": 2027, "text_vi": "v", "text_en": "e"},
    ReasonDraft: {"code": "late", "actions": ["return"], "label_vi": "v", "label_en": "e"},
    PolicyDraft: {"service_days": 10, "lease_hours": 8, "sample_percent": 5},
    RiskSchemeDraft: {
        "code": "law_134_2025",
        "levels": ["high", "low"],
        "name_vi": "v",
        "name_en": "e",
    },
}


def test_every_list_has_its_kind_and_says_all_of_an_entry_to_the_ledger() -> None:
    assert set(KINDS) == set(ListKind)
    said = ReasonDraft.read(GOOD[ReasonDraft] | WHEN)
    assert document(said) == {
        **GOOD[ReasonDraft],
        "valid_from": "2026-01-01",
        "valid_to": None,
        "source": "1/QĐ",
    }
