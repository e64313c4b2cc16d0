"""The city's desk: what to do next, in order, and what waits on whom since when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from api.pages.city_view import Case, Desk
from registry.domain.attestation import Due
from registry.domain.dates import PartialDate
from registry.domain.error_reports import ReportState
from registry.domain.model import Action, ReviewState, Stage
from registry.queries.desk import YearWord
from registry.queries.entries import Problem
from registry.queries.error_reports import Report
from registry.queries.moments import today as day_of
from registry.queries.staying import Live


class Step(StrEnum):
    """What somebody at the desk can do next, the most pressing first."""

    ANSWER = "answer"
    ANSWER_REPORT = "answer_report"
    SUBMIT = "submit"
    ATTEST = "attest"
    FINISH = "finish"
    SAY_STAGE_DAY = "say_stage_day"
    SAY_PROBLEM_DAY = "say_problem_day"
    DECLARE_PROBLEM = "declare_problem"
    DECLARE_USE_CASE = "declare_use_case"
    SAY_YEAR = "say_year"


@dataclass(frozen=True, slots=True)
class Task:
    """`day`: when it is due, or from when the city counts by a date known too coarsely."""

    step: Step
    case: Case | None = None
    problem: Problem | None = None
    day: date | None = None
    due: Due | None = None
    report: Report | None = None


class Whom(StrEnum):
    """On whom an application waits."""

    MINISTRY = "ministry"
    SIGNER = "signer"
    CITY = "city"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An application that somebody has to act on, and for how many days it has waited."""

    case: Case
    whom: Whom
    since: datetime
    days: int


_ANSWERED = frozenset({ReviewState.RETURNED, ReviewState.SUSPENDED, ReviewState.REVOKED})
_AT_THE_MINISTRY = frozenset({ReviewState.SUBMITTED, ReviewState.IN_REVIEW})


def tasks(
    own: Desk,
    cases: Sequence[Case],
    problems: Sequence[Problem],
    live: Mapping[str, Live],
    years: Sequence[YearWord],
    reports: Sequence[Report],
    today: date,
    *,
    counted: bool,
) -> list[Task]:
    """What this person can do next for the city, in the order in which to do it.

    A city that is `counted` need not hurry with the days of what else it has.
    """
    found = [
        *_of_cases(cases),
        *_of_reports(own, reports),
        *_of_attestations(cases, live, today),
        *(() if counted else _of_coarse_dates(cases, problems, live, today)),
        *_of_beginning(own, cases, problems, years, today),
    ]
    return sorted(found, key=lambda task: list(Step).index(task.step))


def waiting(
    cases: Sequence[Case], handed_over: Mapping[UUID, datetime], now: datetime
) -> list[Waiting]:
    """What waits on whom, the longest first; `handed_over` says when signers were asked to sign."""
    found = []
    for case in cases:
        held = _held(case)
        if held is not None:
            whom, since = held
            if whom is Whom.SIGNER:
                since = handed_over.get(case.newest.id, since)
            found.append(Waiting(case, whom, since, (day_of(now) - day_of(since)).days))
    return sorted(found, key=lambda item: item.since)


def _of_cases(cases: Sequence[Case]) -> Iterator[Task]:
    for case in cases:
        state = case.newest.state
        if state in _ANSWERED and Action.REVISE in case.actions:
            yield Task(Step.ANSWER, case)
        elif state is ReviewState.DRAFT and case.progress.missing:
            yield Task(Step.FINISH, case)
        elif Action.SUBMIT in case.actions:
            yield Task(Step.SUBMIT, case)


def _of_reports(own: Desk, reports: Sequence[Report]) -> Iterator[Task]:
    for report in reports:
        if report.state is ReportState.FORWARDED and own.may(Action.ANSWER_REPORT):
            yield Task(Step.ANSWER_REPORT, day=report.due_on, report=report)


def _of_attestations(
    cases: Sequence[Case], live: Mapping[str, Live], today: date
) -> Iterator[Task]:
    for case in cases:
        kept = live.get(case.newest.use_case_code)
        due = None if kept is None else kept.due(today)
        if kept is not None and due not in {None, Due.FRESH}:
            yield Task(Step.ATTEST, case, day=kept.term.due_on, due=due)


def _of_coarse_dates(
    cases: Sequence[Case], problems: Sequence[Problem], live: Mapping[str, Live], today: date
) -> Iterator[Task]:
    """Dates known by month or year only, which are not certain yet and keep the city waiting."""
    for case in cases:
        text = case.live or case.newest
        kept = live.get(text.use_case_code)
        if kept is None or case.newest.id != kept.version_id or kept.reported(today):
            continue
        for entry in text.draft.stage_entries():
            coarse = entry.since.earliest <= today < entry.since.latest
            if entry.stage is Stage.OPERATIONAL and coarse:
                yield Task(Step.SAY_STAGE_DAY, case, day=entry.since.latest)
    for problem in problems:
        declared = PartialDate.parse(problem.declared_on)
        if problem.withdrawn_at is None and declared.earliest <= today < declared.latest:
            yield Task(Step.SAY_PROBLEM_DAY, problem=problem, day=declared.latest)


def _of_beginning(
    own: Desk,
    cases: Sequence[Case],
    problems: Sequence[Problem],
    years: Sequence[YearWord],
    today: date,
) -> Iterator[Task]:
    if not any(problem.withdrawn_at is None for problem in problems):
        yield Task(Step.DECLARE_PROBLEM)
    elif not cases:
        yield Task(Step.DECLARE_USE_CASE)
    said = any(word.year == today.year for word in years)
    # Whoever begins has one thing to do.
    if problems and not said and own.may(Action.DECLARE_YEAR):
        yield Task(Step.SAY_YEAR, day=today)


def _held(case: Case) -> tuple[Whom, datetime] | None:
    """Who has to act on the newest version, and since when."""
    version = case.newest
    if version.state in _AT_THE_MINISTRY:
        return Whom.MINISTRY, version.submitted_at or version.updated_at
    if version.state is ReviewState.DRAFT:
        return (Whom.CITY if case.progress.missing else Whom.SIGNER), version.updated_at
    if version.state in _ANSWERED and case.ruling is not None:
        return Whom.CITY, case.ruling.decided_at
    return None
