"""The desk's abacus: since when a city counts, from the runs of days of its applications."""

from datetime import date

import pytest

from registry.queries.desk import Reason, _run_around

ON = date(2025, 6, 15)


def reason(start: str, end: str | None) -> Reason:
    until = None if end is None else date.fromisoformat(end)
    return Reason("x", "", "", "", "", date.fromisoformat(start), until)


@pytest.mark.parametrize(
    ("runs", "since", "until"),
    [
        ([], None, None),
        ([("2024-01-01", None)], "2024-01-01", None),
        ([("2024-01-01", "2025-01-01")], None, "2025-01-01"),
        ([("2024-01-01", "2025-06-15")], None, "2025-06-15"),
        ([("2024-01-01", "2025-06-16")], "2024-01-01", "2025-06-16"),
        ([("2025-07-01", None)], None, None),
        # Runs that touch or overlap are one; a gap begins a new one.
        ([("2024-01-01", "2025-01-01"), ("2025-01-01", None)], "2024-01-01", None),
        ([("2024-01-01", "2025-02-01"), ("2024-06-01", "2025-12-01")], "2024-01-01", "2025-12-01"),
        ([("2024-01-01", "2025-01-01"), ("2025-02-01", None)], "2025-02-01", None),
        ([("2024-01-01", None), ("2024-06-01", "2025-01-01")], "2024-01-01", None),
        ([("2024-01-01", "2025-12-01"), ("2025-12-01", "2026-01-01")], "2024-01-01", "2026-01-01"),
        ([("2024-01-01", "2025-01-01"), ("2025-07-01", None)], None, "2025-01-01"),
    ],
)
def test_the_unbroken_run_around_a_day(
    runs: list[tuple[str, str | None]], since: str | None, until: str | None
) -> None:
    found = _run_around([reason(*run) for run in runs], ON)
    told = tuple(None if day is None else day.isoformat() for day in found)
    assert told == (since, until)
