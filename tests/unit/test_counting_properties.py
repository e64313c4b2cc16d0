"""The rule's second room: what must hold for every history, likely or not."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from itertools import pairwise
from uuid import UUID

from hypothesis import given, settings

from registry.domain.counting import (
    CaseHistory,
    Outcome,
    Problem,
    Standing,
    judge,
    standing_history,
    standings,
)
from tests.unit import oracle
from tests.unit.histories import (
    CITIES,
    WINDOW,
    case_histories,
    known_positions,
)
from tests.unit.stories import NOW

Said = tuple[str, frozenset[UUID]]


def covers(standing: Standing, on: date) -> bool:
    started = standing.start is None or standing.start <= on
    return started and (standing.end is None or on < standing.end)


def said_on(runs: list[Standing], city_id: int, on: date) -> Said | None:
    found = [run for run in runs if run.city_id == city_id and covers(run, on)]
    if not found:
        return None
    [outcome] = {run.outcome.value for run in found}
    return outcome, frozenset(run.problem_id for run in found if run.problem_id is not None)


def judged(case: CaseHistory, city_id: int, on: date, known: int) -> Said | None:
    finding = judge(case, city_id, on, known)
    return None if finding is None else (finding.outcome.value, finding.problem_ids)


@settings(max_examples=400)
@given(case_histories(), known_positions)
def test_the_rule_says_what_its_text_says(case: CaseHistory, known: int) -> None:
    for city_id in CITIES:
        for on in WINDOW:
            told = oracle.answer(case, city_id, on, known)
            expected = None if told.outcome is None else (told.outcome, told.problem_ids)
            assert judged(case, city_id, on, known) == expected, (city_id, on)


@settings(max_examples=400)
@given(case_histories(), known_positions)
def test_runs_say_what_the_rule_says_on_every_day(case: CaseHistory, known: int) -> None:
    runs = standings(case, known)
    for city_id in CITIES:
        for on in WINDOW:
            assert said_on(runs, city_id, on) == judged(case, city_id, on, known), (city_id, on)


@given(case_histories(), known_positions)
def test_runs_never_overlap_and_are_as_long_as_they_can_be(case: CaseHistory, known: int) -> None:
    runs = standings(case, known)
    assert len(set(runs)) == len(runs)
    alike = defaultdict(list)
    for run in runs:
        assert run.start is None or run.end is None or run.start < run.end
        assert (run.problem_id is not None) == (run.outcome is Outcome.COUNTED)
        alike[run.city_id, run.outcome, run.problem_id].append(run)
    for group in alike.values():
        group.sort(key=lambda run: run.start or date.min)
        for earlier, later in pairwise(group):
            assert earlier.end is not None
            assert later.start is not None
            assert earlier.end < later.start


@given(case_histories(), known_positions)
def test_what_was_known_is_the_answer_of_a_ledger_that_ends_there(
    case: CaseHistory, known: int
) -> None:
    ended = CaseHistory(
        case.city_id,
        tuple(v for v in case.versions if v.submitted <= known),
        tuple(_as_known(p, known) for p in case.problems if p.declared <= known),
        tuple(r for r in case.rulings if r.position <= known),
        tuple(c for c in case.carry_overs if c.position <= known),
        tuple(e for e in case.carry_over_ends if e.position <= known),
        tuple(r for r in case.stage_reports if r.position <= known),
    )
    assert set(standings(ended, NOW)) == set(standings(case, known))
    for city_id in CITIES:
        for on in WINDOW:
            assert judged(ended, city_id, on, NOW) == judged(case, city_id, on, known)


@given(case_histories())
def test_the_history_of_runs_knows_what_was_known_at_every_position(case: CaseHistory) -> None:
    history = standing_history(case)
    for known in range(22):
        open_then = [s for s, since, to in history if since <= known and (to is None or known < to)]
        assert len(set(open_then)) == len(open_then)
        assert set(open_then) == set(standings(case, known))


@given(case_histories(), known_positions)
def test_a_report_of_a_stage_only_ever_lowers_the_figure(case: CaseHistory, known: int) -> None:
    unreported = replace(case, stage_reports=())
    for on in WINDOW:
        with_it = oracle.counted_cities([case], on, known)
        assert with_it <= oracle.counted_cities([unreported], on, known)


def _as_known(problem: Problem, known: int) -> Problem:
    if problem.withdrawn is None or problem.withdrawn <= known:
        return problem
    return replace(problem, withdrawn_on=None, withdrawn=None)
