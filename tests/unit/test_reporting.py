"""The switchboard: what a city may report of a running application, and what it then writes."""

from datetime import date, timedelta

import pytest
from hypothesis import given

from registry.domain.counting import StageReport, stage_as_reported
from registry.domain.model import Stage
from registry.domain.reporting import ANNOUNCED_DAYS, report_problems, with_reports
from registry.domain.use_case import UseCaseDraft
from tests.unit.histories import WINDOW, days, stage_dates
from tests.unit.stories import day, stages

TODAY = date(2025, 6, 15)


def refused(stage: Stage, on: date, *reports: StageReport, **since: str) -> list[tuple[str, str]]:
    told = stages(**(since or {"pilot": "2024-01", "operational": "2024-06"}))
    return [(p.pointer, p.code) for p in report_problems(told, reports, stage, on, TODAY)]


@pytest.mark.parametrize("on", [date(2024, 6, 1), TODAY, TODAY + timedelta(days=ANNOUNCED_DAYS)])
@pytest.mark.parametrize("stage", [Stage.SUSPENDED, Stage.RETIRED])
def test_a_running_application_stops_by_now_or_within_a_year(stage: Stage, on: date) -> None:
    assert refused(stage, on) == []


@pytest.mark.parametrize(
    ("on", "code"),
    [
        (date(2024, 5, 31), "before_stage_it_ends"),
        (TODAY + timedelta(days=ANNOUNCED_DAYS + 1), "too_far_ahead"),
    ],
)
def test_not_before_the_stage_it_ends_nor_years_ahead(on: date, code: str) -> None:
    assert refused(Stage.SUSPENDED, on) == [("/effective_on", code)]


def test_what_has_stopped_is_not_stopped_again() -> None:
    paused = StageReport(Stage.SUSPENDED, date(2025, 3, 1), 9)
    ended = StageReport(Stage.RETIRED, date(2025, 5, 1), 10)
    already = [("/stage", "reported_already")]
    assert refused(Stage.SUSPENDED, date(2025, 4, 1), paused) == already
    assert refused(Stage.SUSPENDED, date(2025, 2, 1), paused) == []
    assert refused(Stage.RETIRED, date(2025, 4, 1), paused) == []
    assert refused(Stage.SUSPENDED, date(2025, 6, 1), paused, ended) == already
    assert refused(Stage.RETIRED, TODAY, operational="2024", retired="2025-01") == already


def test_a_text_whose_stages_have_not_begun_can_be_given_up() -> None:
    assert refused(Stage.RETIRED, date(2026, 1, 1), planned="2026-01") == []
    assert refused(Stage.RETIRED, TODAY, planned="2026-01") == [
        ("/effective_on", "before_stage_it_ends")
    ]


def test_the_next_text_begins_with_what_was_reported() -> None:
    text = UseCaseDraft.read(
        {
            "stages": [
                {"stage": "operational", "since": "2024-06"},
                {"stage": "retired", "since": "2027"},
            ]
        }
    )
    reports = (
        StageReport(Stage.SUSPENDED, day("2025-03-01"), 5),
        StageReport(Stage.RETIRED, day("2025-05-01"), 6),
    )
    told = [(row.stage, str(row.since)) for row in with_reports(text, reports).stages]
    assert told == [
        (Stage.OPERATIONAL, "2024-06"),
        (Stage.SUSPENDED, "2025-03-01"),
        (Stage.RETIRED, "2025-05-01"),
        (Stage.RETIRED, "2027"),
    ]
    assert with_reports(text, ()) == text


@given(stage_dates(), days)
def test_the_next_text_says_of_the_days_after_what_the_report_said(
    told: dict[str, str], on: str
) -> None:
    report = StageReport(Stage.SUSPENDED, day(on), 1)
    rows = [{"stage": stage, "since": since} for stage, since in told.items()]
    text = UseCaseDraft.read({"stages": rows})
    written = with_reports(text, [report]).stage_entries()
    for asked in WINDOW:
        if stage_as_reported(written, (), asked) is Stage.OPERATIONAL:
            began_later = any(
                e.stage is Stage.OPERATIONAL and e.since.earliest > report.effective_on
                for e in text.stage_entries()
            )
            assert asked < report.effective_on or began_later
