"""The calendar's room: what a date of reduced precision can mean."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.dates import FIRST_YEAR, LAST_YEAR, PartialDate

DAYS = st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))


@given(DAYS, st.sampled_from([4, 7, 10]))
def test_covers_exactly_the_days_its_text_could_mean(day: date, length: int) -> None:
    text = day.isoformat()[:length]
    when = PartialDate.parse(text)
    assert str(when) == text
    assert when.earliest <= day <= when.latest
    for inside in (when.earliest, when.latest):
        assert inside.isoformat().startswith(text)
    for outside in (when.earliest - timedelta(days=1), when.latest + timedelta(days=1)):
        assert not outside.isoformat().startswith(text)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-02", date(2023, 2, 1), date(2023, 2, 28)),
        ("2024-12", date(2024, 12, 1), date(2024, 12, 31)),
        ("2024-06-15", date(2024, 6, 15), date(2024, 6, 15)),
        (" 2024-06 \n", date(2024, 6, 1), date(2024, 6, 30)),
    ],
)
def test_reads(text: str, earliest: date, latest: date) -> None:
    assert PartialDate.parse(text) == PartialDate(text.strip(), earliest, latest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "24",
        "2024-",
        "2024-13",
        "2024-00",
        "2024-6",
        "2023-02-29",
        "2024-04-31",
        "2024-01-01T00:00:00Z",
        "20240101",
        "2024-W01",
        "15/06/2024",
        "1899",
        "2200",
        "-2024",
        "+2024",
        "٢٠٢٤",
        "２０２４-０１",
        "2024\n2025",
    ],
)
def test_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|month"):
        PartialDate.parse(text)


@given(st.text(max_size=12))
def test_any_text_is_a_date_or_refused_as_none(text: str) -> None:
    try:
        when = PartialDate.parse(text)
    except ValueError:
        return
    assert when.text == text.strip()
    assert when.text.isascii()
