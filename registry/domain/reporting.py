"""What a city may report of a live application without a review: that it pauses, that it ends.

Such a report can only lower the figure, so it takes effect on its date. Taking it back could
raise the figure, so that needs a new version, which a reviewer reads.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from registry.domain.counting import StageEntry, StageReport, stage_as_reported
from registry.domain.dates import PartialDate
from registry.domain.errors import FieldProblem
from registry.domain.model import Stage
from registry.domain.use_case import StageDraft, UseCaseText

# A planned shutdown is announced, not guessed years ahead.
ANNOUNCED_DAYS = 366


def report_problems(
    stages: tuple[StageEntry, ...],
    reports: Iterable[StageReport],
    stage: Stage,
    effective_on: date,
    today: date,
) -> list[FieldProblem]:
    """What keeps a report from being recorded, by the text and what was reported since."""
    found = []
    ended = _running(stages, today)
    if ended is not None and effective_on < ended.since.earliest:
        params = {"day": ended.since.earliest.isoformat()}
        found.append(FieldProblem("/effective_on", "before_stage_it_ends", params))
    if effective_on > today + timedelta(days=ANNOUNCED_DAYS):
        params = {"max_length": str(ANNOUNCED_DAYS)}
        found.append(FieldProblem("/effective_on", "too_far_ahead", params))
    if stage_as_reported(stages, reports, effective_on) in {stage, Stage.RETIRED}:
        found.append(FieldProblem("/stage", "reported_already"))
    return found


def with_reports(text: UseCaseText, reports: Iterable[StageReport]) -> UseCaseText:
    """The text with the reported stages among its own, in order of time: where the city goes on."""
    rows = list(text.stages)
    for report in sorted(reports, key=lambda r: (r.effective_on, r.position)):
        row = StageDraft(stage=report.stage, since=PartialDate.parse(str(report.effective_on)))
        begun = (
            i for i, r in enumerate(rows) if r.since and r.since.earliest <= report.effective_on
        )
        rows.insert(max(begun, default=-1) + 1, row)
    return text.model_copy(update={"stages": tuple(rows)})


def _running(stages: tuple[StageEntry, ...], today: date) -> StageEntry | None:
    """The stage that the text has the application in: the last that may have begun."""
    begun = [entry for entry in stages if entry.since.earliest <= today]
    return begun[-1] if begun else next(iter(stages), None)
