"""What the register finds of a version for each criterion of the counting rule, before anybody
judges it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from registry.domain.counting import Outcome, StageReport, stage_as_reported, stage_periods
from registry.domain.dates import PartialDate
from registry.domain.deciding import Mark
from registry.domain.model import Action, ReviewState, Stage
from registry.queries import cities, entries
from registry.queries.cities import CityRow
from registry.queries.entries import Problem, Ruling, Version
from registry.queries.moments import Moment
from registry.queries.staying import ReportedStage, reported_stages


@dataclass(frozen=True, slots=True)
class StageDays:
    """A stage and the days on which it is certain; `end` is the first day no longer in it."""

    stage: Stage
    since: PartialDate
    start: date
    end: date | None

    @property
    def certain(self) -> bool:
        return self.end is None or self.start < self.end


@dataclass(frozen=True, slots=True)
class ProblemDays:
    """A problem and the days on which it counts as open; `end` is the first day no longer."""

    problem: Problem
    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class Findings:
    """For criteria 1 to 5 a mark, and what it rests on."""

    marks: tuple[Mark, ...]
    problems: tuple[ProblemDays, ...]
    stages: tuple[StageDays, ...]
    reports: tuple[ReportedStage, ...]
    stage_today: Stage | None
    approval: Ruling | None
    last: Ruling | None


def findings(
    version: Version,
    problems: Sequence[Problem],
    rulings: Sequence[Ruling],
    reports: Sequence[ReportedStage],
    city: CityRow | None,
    on: date,
) -> Findings:
    """What speaks for and against the version on a day; `rulings` and `reports` newest first."""
    own = [r for r in rulings if r.version == version.number]
    approval = next((r for r in own if r.action is Action.APPROVE), None)
    entries = version.draft.stage_entries()
    stages = tuple(
        StageDays(entry.stage, entry.since, start, end)
        for entry, (start, end) in zip(entries, stage_periods(entries), strict=True)
    )
    addressed = tuple(
        ProblemDays(p, PartialDate.parse(p.declared_on).latest, p.withdrawn_on)
        for p in problems
        if p.id in version.draft.problem_ids
    )
    # What was reported before a text was handed in, the text tells anew.
    handed_in = version.submitted_at
    since = tuple(r for r in reports if handed_in is not None and r.recorded_at > handed_in)
    told = [StageReport(r.stage, r.effective_on, r.position) for r in since]
    stage_today = stage_as_reported(entries, told, on)
    on_roll = city is not None and city.outcome is not Outcome.NOT_ON_ROLL
    return Findings(
        marks=(
            _found(on_roll),
            _found(any(p.start <= on and (p.end is None or on < p.end) for p in addressed)),
            Mark.JUDGE if approval is None else _found(approval.ai_confirmed),
            _found(stage_today is Stage.OPERATIONAL),
            Mark.JUDGE if not own else _found(version.state is ReviewState.APPROVED),
        ),
        problems=addressed,
        stages=stages,
        reports=since,
        stage_today=stage_today,
        approval=approval,
        last=next(iter(own), None),
    )


def marks(session: Session, version: Version, at: Moment) -> tuple[Mark, ...]:
    """The same, found for a decision that is being made: criterion by criterion."""
    found = findings(
        version,
        entries.problems_by_id(session, sorted(version.draft.problem_ids)),
        entries.rulings(session, version.use_case_id),
        reported_stages(session, version.use_case_code, at.position),
        cities.city(session, version.city_code, at),
        at.on,
    )
    return found.marks


def _found(there: bool) -> Mark:
    return Mark.FOUND if there else Mark.MISSING
