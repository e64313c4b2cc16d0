"""The rule's room: rule 2024-1, boundary by boundary (each sentence of the rule is a test)."""

import re
from dataclasses import replace

import pytest

from registry.domain.counting import (
    FAILED_CRITERION,
    RULE_TEXT,
    CaseHistory,
    Finding,
    Outcome,
    judge,
    stage_as_reported,
    stage_on,
    stage_periods,
    standings,
)
from registry.domain.model import Action, Stage
from tests.unit.stories import HUE, NOW, STRANGER, SUCCESSOR, Story, counted_story, day, stages

YEAR_END = "2024-12-31"


# ── The worked boundaries of the rule's text ────────────────────────────────────────────────


def test_february_approval_counts_for_december_only_once_known() -> None:
    story = Story()
    problem = story.problem("2024-05")
    version = story.submit(problem, operational="2024-11")
    january = story.position
    story.decide(Action.APPROVE, version)
    march = story.position
    assert story.says(YEAR_END, known=january) == "under_review"
    assert story.says(YEAR_END, known=march) == "counted"


def test_revocation_from_the_start_empties_every_day_known_after_it_and_none_before() -> None:
    story, _, version = counted_story(operational="2024-11-01")
    before = story.position
    after = story.decide(Action.REVOKE, version)
    for on in ("2024-11-01", YEAR_END, "2030-01-01"):
        assert story.says(on, known=before) == "counted"
        assert story.says(on, known=after) == "revoked"


def test_an_approval_reaches_back_to_the_day_operation_began() -> None:
    story, _, _ = counted_story(operational="2024-11-01")
    assert story.says("2024-10-31") == "not_operational"
    assert story.says("2024-11-01") == "counted"


def test_the_answer_for_a_known_position_never_changes_when_the_ledger_grows() -> None:
    story, problem, version = counted_story()
    told = {on: story.says(on, known=3) for on in ("2024-11-01", YEAR_END, "2025-06-30")}
    story.decide(Action.REVOKE, version)
    story.withdraw_problem(problem, "2024-11-15")
    story.decide(Action.REINSTATE, version, "2025-01-01")
    assert {on: story.says(on, known=3) for on in told} == told


# ── 1: of the city, or carried over ─────────────────────────────────────────────────────────


def test_says_nothing_of_a_city_it_does_not_belong_to() -> None:
    story, _, _ = counted_story()
    assert story.says(YEAR_END, city=STRANGER) is None


def test_carry_over_counts_for_the_successor_from_its_day_and_once_known() -> None:
    story, _, _ = counted_story()
    unknown = story.position
    story.carry_over(SUCCESSOR, "2025-07-01")
    assert story.says("2025-06-30", city=SUCCESSOR) is None
    assert story.says("2025-07-01", city=SUCCESSOR) == "counted"
    assert story.says("2025-07-01", city=SUCCESSOR, known=unknown) is None
    assert story.says("2025-07-01", city=HUE) == "counted"


def test_a_carried_over_case_is_judged_by_the_same_criteria() -> None:
    story, _, version = counted_story()
    story.carry_over(SUCCESSOR, "2025-07-01")
    story.decide(Action.REVOKE, version, "2025-09-01")
    assert story.says("2025-08-31", city=SUCCESSOR) == "counted"
    assert story.says("2025-09-01", city=SUCCESSOR) == "revoked"


def test_a_carry_over_taken_back_counts_as_known_before_and_on_days_before() -> None:
    story, _, _ = counted_story()
    story.carry_over(SUCCESSOR, "2025-07-01")
    before = story.position
    story.take_back(SUCCESSOR, "2025-09-01")
    assert story.says("2025-08-31", city=SUCCESSOR) == "counted"
    assert story.says("2025-09-01", city=SUCCESSOR) is None
    assert story.says("2025-09-01", city=SUCCESSOR, known=before) == "counted"
    assert story.says("2025-09-01", city=HUE) == "counted"
    story.take_back(SUCCESSOR, "2025-07-01")
    assert story.says("2025-08-31", city=SUCCESSOR) is None


def test_a_case_carried_again_after_that_counts_again() -> None:
    story, _, _ = counted_story()
    story.carry_over(SUCCESSOR, "2025-07-01")
    story.take_back(SUCCESSOR, "2025-01-01")
    story.carry_over(SUCCESSOR, "2025-10-01")
    assert story.says("2025-09-30", city=SUCCESSOR) is None
    assert story.says("2025-10-01", city=SUCCESSOR) == "counted"


# ── 2: a problem declared on or before the day, not withdrawn ───────────────────────────────


@pytest.mark.parametrize(
    ("declared", "first_day"),
    [("2024-12-15", "2024-12-15"), ("2024-12", "2024-12-31"), ("2024", "2024-12-31")],
)
def test_a_problem_counts_from_the_last_day_its_declaration_could_mean(
    declared: str, first_day: str
) -> None:
    story = Story()
    story.decide(Action.APPROVE, story.submit(story.problem(declared), operational="2023"))
    day_before = day(first_day).replace(day=day(first_day).day - 1).isoformat()
    assert story.says(day_before) == "problem_not_open"
    assert story.says(first_day) == "counted"


def test_a_withdrawn_problem_stops_on_its_day_and_once_known() -> None:
    story, problem, _ = counted_story()
    before = story.position
    story.withdraw_problem(problem, "2025-03-01")
    assert story.says("2025-02-28") == "counted"
    assert story.says("2025-03-01") == "problem_not_open"
    assert story.says("2025-03-01", known=before) == "counted"


def test_one_open_problem_of_two_is_enough_and_is_named() -> None:
    story = Story()
    first, second = story.problem("2024-01-01"), story.problem("2024-06-01")
    story.decide(Action.APPROVE, story.submit(first, second, operational="2024-01-01"))
    story.withdraw_problem(first, "2024-09-01")
    reasons = [
        judge(story.case, HUE, day(on), NOW) for on in ("2024-05-31", "2024-06-01", "2024-09-01")
    ]
    assert reasons == [
        Finding(Outcome.COUNTED, frozenset({first})),
        Finding(Outcome.COUNTED, frozenset({first, second})),
        Finding(Outcome.COUNTED, frozenset({second})),
    ]


def test_a_problem_of_the_city_that_the_version_does_not_address_is_no_help() -> None:
    story = Story()
    addressed, other = story.problem("2025-01-01"), story.problem("2020-01-01")
    story.decide(Action.APPROVE, story.submit(addressed, operational="2024-01-01"))
    assert other in {p.id for p in story.case.problems}
    assert story.says("2024-12-31") == "problem_not_open"


# ── 3: AI confirmed ─────────────────────────────────────────────────────────────────────────


def test_without_the_reviewers_word_on_ai_nothing_counts() -> None:
    story = Story()
    version = story.submit(story.problem(), operational="2024-01-01")
    story.decide(Action.APPROVE, version, ai_confirmed=False)
    assert story.says(YEAR_END) == "ai_not_confirmed"


def test_ai_confirmed_for_one_version_is_not_confirmed_for_the_next() -> None:
    story, problem, _ = counted_story()
    second = story.submit(problem, operational="2024-11-01")
    story.decide(Action.APPROVE, second, "2025-01-01", ai_confirmed=False)
    assert story.says("2024-12-31") == "counted"
    assert story.says("2025-01-01") == "ai_not_confirmed"


def test_reinstating_keeps_the_word_given_at_approval() -> None:
    story, _, version = counted_story()
    story.decide(Action.REVOKE, version)
    story.decide(Action.REINSTATE, version)
    assert story.says(YEAR_END) == "counted"


# ── 4: operational on the day ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("stage", [s for s in Stage if s is not Stage.OPERATIONAL])
def test_no_other_stage_counts(stage: Stage) -> None:
    story, _, _ = counted_story(**{stage.value: "2024-01-01"})
    assert story.says(YEAR_END) == "not_operational"


def test_blank_stages_never_count() -> None:
    story = Story()
    story.decide(Action.APPROVE, story.submit(story.problem()))
    assert story.says(YEAR_END) == "not_operational"
    assert story.says("2199-12-31") == "not_operational"


@pytest.mark.parametrize(
    ("since", "before", "first"),
    [
        ("2024", "2024-12-30", "2024-12-31"),
        ("2024-11", "2024-11-29", "2024-11-30"),
        ("2024-02", "2024-02-28", "2024-02-29"),
        ("2024-11-15", "2024-11-14", "2024-11-15"),
    ],
)
def test_a_beginning_counts_from_the_last_day_it_could_mean(
    since: str, before: str, first: str
) -> None:
    story, _, _ = counted_story(operational=since)
    assert story.says(before) == "not_operational"
    assert story.says(first) == "counted"


@pytest.mark.parametrize(
    ("until", "last", "after"),
    [
        ("2025", "2024-12-31", "2025-01-01"),
        ("2025-03", "2025-02-28", "2025-03-01"),
        ("2025-03-10", "2025-03-09", "2025-03-10"),
    ],
)
def test_an_end_counts_from_the_first_day_it_could_mean(until: str, last: str, after: str) -> None:
    story, _, _ = counted_story(operational="2024-06-01", retired=until)
    assert story.says(last) == "counted"
    assert story.says(after) == "not_operational"


def test_vague_neighbours_leave_no_certain_day_between_them() -> None:
    entries = stages(pilot="2023", operational="2024", suspended="2024-08")
    assert stage_periods(entries)[1] == (day("2024-12-31"), day("2024-08-01"))
    assert not any(
        stage_on(entries, day(f"2024-{month:02}-15")) is Stage.OPERATIONAL for month in range(1, 13)
    )


def test_pilot_then_operational_then_suspended() -> None:
    story, _, _ = counted_story(pilot="2024-01", operational="2024-06-01", suspended="2025-02")
    says = [
        story.says(on)
        for on in ("2023-12-31", "2024-05-31", "2024-06-01", "2025-01-31", "2025-02-01")
    ]
    counts = [outcome == "counted" for outcome in says]
    assert counts == [False, False, True, True, False]


def test_a_reported_suspension_uncounts_from_its_day_for_those_who_know() -> None:
    story, _, _ = counted_story(operational="2024-06-01")
    before = story.position
    story.report(Stage.SUSPENDED, "2025-03-01")
    assert [story.says(on) for on in ("2025-02-28", "2025-03-01")] == ["counted", "not_operational"]
    assert story.says("2025-03-01", known=before) == "counted"


def test_a_version_handed_in_after_a_report_tells_the_stages_anew() -> None:
    story, problem, _ = counted_story(operational="2024-06-01")
    story.report(Stage.SUSPENDED, "2025-03-01")
    resumed = story.submit(problem, suspended="2025-03-01", operational="2025-06-01")
    assert story.says("2025-06-01") == "not_operational"
    story.decide(Action.APPROVE, resumed, "2025-06-01")
    says = [story.says(on) for on in ("2025-02-28", "2025-05-31", "2025-06-01")]
    assert says == ["counted", "not_operational", "counted"]


def test_a_report_holds_for_a_version_that_was_already_waiting() -> None:
    story, problem, _ = counted_story(operational="2024-06-01")
    waiting = story.submit(problem, operational="2024-06-01")
    story.report(Stage.RETIRED, "2025-03-01")
    story.decide(Action.APPROVE, waiting)
    assert [story.says(on) for on in ("2025-02-28", "2025-03-01")] == ["counted", "not_operational"]


def test_of_several_reports_the_one_that_began_last_names_the_stage() -> None:
    story, _, _ = counted_story(operational="2024-06-01")
    story.report(Stage.RETIRED, "2025-06-01")
    story.report(Stage.SUSPENDED, "2025-05-01")
    entries, reports = stages(operational="2024-06-01"), story.case.stage_reports
    named = [
        stage_as_reported(entries, reports, day(on))
        for on in ("2025-04-30", "2025-05-01", "2025-06-01")
    ]
    assert named == [Stage.OPERATIONAL, Stage.SUSPENDED, Stage.RETIRED]


# ── 5: approved, and no revocation or suspension in effect ──────────────────────────────────


@pytest.mark.parametrize(
    ("action", "outcome"), [(Action.REVOKE, "revoked"), (Action.SUSPEND, "suspended")]
)
def test_an_end_by_decision_leaves_the_days_before_it(action: Action, outcome: str) -> None:
    story, _, version = counted_story(operational="2024-06-01")
    before = story.position
    story.decide(action, version, "2025-01-01")
    assert story.says("2024-12-31") == "counted"
    assert story.says("2025-01-01") == outcome
    assert story.says("2025-01-01", known=before) == "counted"


def test_reinstatement_counts_again_from_its_day_and_leaves_the_gap() -> None:
    story, _, version = counted_story(operational="2024-06-01")
    story.decide(Action.SUSPEND, version, "2025-01-01")
    story.decide(Action.REINSTATE, version, "2025-04-01")
    says = [story.says(on) for on in ("2024-12-31", "2025-01-01", "2025-03-31", "2025-04-01")]
    assert says == ["counted", "suspended", "suspended", "counted"]


def test_reinstatement_from_the_start_undoes_the_revocation_wholly() -> None:
    story, _, version = counted_story(operational="2024-06-01")
    revoked = story.decide(Action.REVOKE, version)
    story.decide(Action.REINSTATE, version)
    assert story.says("2024-06-01") == "counted"
    assert story.says("2024-06-01", known=revoked) == "revoked"


def test_the_later_recorded_of_two_decisions_in_effect_governs() -> None:
    story, _, version = counted_story(operational="2024-06-01")
    story.decide(Action.SUSPEND, version, "2025-03-01")
    story.decide(Action.REVOKE, version, "2024-09-01")
    assert story.says("2024-08-31") == "counted"
    assert story.says("2024-09-01") == "revoked"
    assert story.says("2025-03-01") == "revoked"


def test_a_later_text_leaves_the_days_before_it_as_the_earlier_one_described_them() -> None:
    story, problem, _ = counted_story(operational="2024-06-01")
    second = story.submit(problem, retired="2025-01-01")
    assert story.says("2025-06-01") == "counted"
    story.decide(Action.APPROVE, second, "2025-01-01")
    assert story.says("2024-12-31") == "counted"
    assert story.says("2025-01-01") == "not_operational"


def test_a_correction_from_the_start_replaces_all_days() -> None:
    story, problem, _ = counted_story(operational="2024-06-01")
    first_known = story.position
    corrected = story.submit(problem, pilot="2024-06-01", operational="2024-10-01")
    story.decide(Action.APPROVE, corrected)
    assert story.says("2024-09-30") == "not_operational"
    assert story.says("2024-10-01") == "counted"
    assert story.says("2024-09-30", known=first_known) == "counted"


def test_a_revocation_from_the_start_takes_the_earlier_versions_days_too() -> None:
    story, problem, _ = counted_story(operational="2024-06-01")
    second = story.submit(problem, operational="2024-06-01")
    story.decide(Action.APPROVE, second, "2025-01-01")
    story.decide(Action.REVOKE, second)
    assert story.says("2024-07-01") == "revoked"
    assert story.says("2025-07-01") == "revoked"


def test_a_superseded_case_stays_counted_while_the_next_version_waits() -> None:
    story, problem, _ = counted_story(operational="2024-06-01")
    second = story.submit(problem, operational="2024-06-01")
    assert story.says(YEAR_END) == "counted"
    story.decide(Action.RETURN, second)
    assert story.says(YEAR_END) == "counted"
    story.decide(Action.REJECT, story.submit(problem, operational="2024-06-01"))
    assert story.says(YEAR_END) == "counted"


# ── Not approved (yet) ──────────────────────────────────────────────────────────────────────


def test_before_its_submission_is_known_a_case_has_nothing_to_say() -> None:
    story = Story()
    problem_known = story.position + 1
    story.submit(story.problem(), operational="2024-01-01")
    assert story.says(YEAR_END, known=problem_known) is None
    assert story.says(YEAR_END, known=story.position) == "under_review"
    assert judge(CaseHistory(HUE), HUE, day(YEAR_END), NOW) is None


@pytest.mark.parametrize(
    ("action", "outcome"),
    [(Action.RETURN, "returned"), (Action.REJECT, None), (Action.WITHDRAW, None)],
)
def test_an_answer_other_than_approval(action: Action, outcome: str | None) -> None:
    story = Story()
    problem = story.problem()
    story.decide(action, story.submit(problem, operational="2024-01-01"))
    assert story.says(YEAR_END) == outcome
    story.submit(problem, operational="2024-01-01")
    assert story.says(YEAR_END) == "under_review"


def test_an_approval_whose_text_starts_later_says_nothing_of_earlier_days() -> None:
    story = Story()
    version = story.submit(story.problem(), operational="2024-01-01")
    story.decide(Action.APPROVE, version, "2025-01-01")
    assert story.says("2024-12-31") is None
    assert story.says("2025-01-01") == "counted"


# ── The rule as it is shown ─────────────────────────────────────────────────────────────────


def test_the_text_has_five_criteria_in_both_languages() -> None:
    assert {language: len(text) for language, text in RULE_TEXT.items()} == {"vi": 6, "en": 6}
    assert re.search("[ăâđêôơư]", RULE_TEXT["vi"][0])


def test_every_outcome_but_counting_names_a_criterion() -> None:
    assert set(FAILED_CRITERION) == set(Outcome) - {Outcome.COUNTED}
    assert set(FAILED_CRITERION.values()) <= {0, 1, 2, 3, 4, 5}


# ── Runs of days ────────────────────────────────────────────────────────────────────────────


def test_runs_of_a_plain_case() -> None:
    story, problem, version = counted_story(operational="2024-11-01")
    story.decide(Action.REVOKE, version, "2025-02-01")
    told = [(s.outcome.value, s.problem_id, s.start, s.end) for s in standings(story.case, NOW)]
    assert told == [
        ("problem_not_open", None, None, day("2024-01-15")),
        ("not_operational", None, day("2024-01-15"), day("2024-11-01")),
        ("counted", problem, day("2024-11-01"), day("2025-02-01")),
        ("revoked", None, day("2025-02-01"), None),
    ]


def test_a_case_without_facts_has_no_runs() -> None:
    assert standings(CaseHistory(HUE), NOW) == []
    assert standings(replace(counted_story()[0].case, rulings=()), 0) == []
