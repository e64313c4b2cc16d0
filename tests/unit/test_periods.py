"""The calendar's room: where a period stands, spans of knowledge, the hash of a list."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.errors import InvalidInput
from registry.domain.period_intake import CutOffDraft, PeriodDraft
from registry.domain.periods import (
    Basis,
    FigureRow,
    Phase,
    Span,
    changed_at,
    digest,
    joined,
    overlap,
    phase,
)

VIET_NAM = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = date(2024, 12, 31)
CUT_OFF = datetime(2025, 4, 1, tzinfo=VIET_NAM)

ROW = FigureRow(
    city="46",
    name_vi="Thành phố Huế",
    name_en="Hue",
    unit_type="central_city",
    urban_class="I",
    province="46",
    province_vi="Huế",
    province_en="Hue",
    outcome="counted",
    cases=(Basis("46-001", 2, ("flooding", "traffic")),),
)


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    found: list[Span] = []
    for start in draw(st.lists(st.integers(1, 30), max_size=4)):
        length = draw(st.none() | st.integers(1, 10))
        found.append((start, None if length is None else start + length))
    return found


def inside(found: list[Span], position: int) -> bool:
    return any(start <= position and (end is None or position < end) for start, end in found)


@pytest.mark.parametrize(
    ("now", "published", "expected"),
    [
        (datetime(2024, 12, 30, 23, 59, tzinfo=VIET_NAM), False, Phase.AHEAD),
        (datetime(2024, 12, 31, tzinfo=VIET_NAM), False, Phase.OPEN),
        (CUT_OFF, False, Phase.OPEN),
        (CUT_OFF + timedelta(microseconds=1), False, Phase.CLOSED),
        (CUT_OFF + timedelta(days=1), True, Phase.PUBLISHED),
    ],
)
def test_a_period_is_open_until_its_cut_off(
    now: datetime, published: bool, expected: Phase
) -> None:
    assert phase(DAY, CUT_OFF, published, now, now.date()) is expected


@given(spans(), spans(), st.integers(0, 60))
def test_spans_say_the_same_joined_and_overlapped(
    one: list[Span], other: list[Span], position: int
) -> None:
    assert inside(joined(one), position) == inside(one, position)
    both = inside(one, position) and inside(other, position)
    assert inside(overlap(one, other), position) == both


@given(spans(), st.integers(0, 60))
def test_the_last_change_is_the_last_place_where_the_answer_differs(
    found: list[Span], since: int
) -> None:
    flips = [
        position
        for position in range(since + 1, 70)
        if inside(found, position) != inside(found, position - 1)
    ]
    assert changed_at(found, since) == (flips[-1] if flips else None)


def test_a_row_is_read_back_as_it_was_and_its_hash_knows_every_word() -> None:
    assert FigureRow.read(ROW.document()) == ROW
    other = FigureRow.read({**ROW.document(), "outcome": "revoked"})
    assert digest([ROW]) == digest([FigureRow.read(ROW.document())]) != digest([other])
    assert ROW.counts
    assert not other.counts


def test_a_day_without_a_time_is_in_time_to_its_end() -> None:
    assert CutOffDraft.read({"cut_off_day": "2025-03-31"}).cut_off == datetime(2025, 4, 1)  # noqa: DTZ001
    at_five = CutOffDraft.read({"cut_off_day": "2025-03-31", "cut_off_time": "17:00"})
    assert at_five.cut_off.time() == time(17)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("cut_off_time", "25:00", "not_a_time"),
        ("cut_off_time", 17, "not_a_time"),
        ("cut_off_day", "03/2025", "not_a_date"),
        ("code", "kỳ 1", "not_a_code"),
        ("target_year", "1999", "out_of_range"),
        ("name_vi", "", "required"),
    ],
)
def test_what_cannot_be_a_period_is_refused_by_name(name: str, value: object, code: str) -> None:
    good = {
        "code": "2024",
        "name_vi": "Năm 2024",
        "name_en": "Year 2024",
        "reporting_day": "2024-12-31",
        "cut_off_day": "2025-03-31",
        "target_year": "2024",
    }
    assert PeriodDraft.read(good).target_year == 2024
    with pytest.raises(InvalidInput) as refused:
        PeriodDraft.read({**good, name: value})
    assert [(p.pointer, p.code) for p in refused.value.problems] == [(f"/{name}", code)]
