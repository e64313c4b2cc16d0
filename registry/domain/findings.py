"""The first reader: what stands out in a version before a person reads it. Pure.

A finding decides nothing. It says how much it weighs, which field it is about and what its
sentence needs; the words are at the edge.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from registry.domain.counting import StageReport, stage_as_reported, stage_periods
from registry.domain.dates import PartialDate
from registry.domain.model import Stage
from registry.domain.rules import questions, unanswered
from registry.domain.similar import Similar
from registry.domain.use_case import UseCaseText

# Of many other entries the sentence names the first.
_NAMED = 3
# What a city may keep from the public; a criterion never rests on it (a test holds the standard
# to this), but whoever decides should know that others cannot check it.
CRITERION_FIELDS = frozenset(
    {"problem_ids", "solution", "techniques", "technique_detail", "stages", "evidence"}
)


class Weight(StrEnum):
    """How much a finding weighs, the heaviest first.

    `HINDERS`: as found, the entry would not count. `ASK`: somebody has to look or to ask.
    `NOTE`: good to know.
    """

    HINDERS = "hinders"
    ASK = "ask"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stands out. `field` is one of the standard's, empty for the whole entry."""

    code: str
    weight: Weight
    field: str = ""
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """How an address was found; `checked_at` None: it was not asked yet."""

    checked_at: datetime | None = None
    failing_since: datetime | None = None
    broken_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Addressed:
    """A problem that a version addresses, as the register knows it today."""

    title: str
    declared_on: PartialDate
    withdrawn_on: date | None
    basis_url: str

    def open_on(self, day: date) -> bool:
        withdrawn = self.withdrawn_on is not None and self.withdrawn_on <= day
        return self.declared_on.latest <= day and not withdrawn


@dataclass(frozen=True, slots=True)
class Letter:
    """The letter by which a version was handed in; `elsewhere`: other cities' entries that came
    with one of the same number and date, or with the same file."""

    given: bool
    signed_file: bool
    elsewhere: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """What the register knows beside a version's text.

    `seen_elsewhere` maps addresses and hashes of evidence to the other cities' entries that give
    the same, `files_again` hashes to the same city's other entries.
    """

    on_roll: bool
    problems: Mapping[UUID, Addressed]
    reports: Sequence[StageReport]
    links: Mapping[str, Link]
    letter: Letter
    seen_elsewhere: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    files_again: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    late_for: tuple[str, str] | None = None
    similar: Sequence[Similar] = ()


def found(text: UseCaseText, beside: Beside, on: date) -> tuple[Finding, ...]:
    """What stands out in a submitted text on a day, the heaviest first."""
    draft = text.upgraded()
    everything = [
        *_standing(draft, beside, on),
        *_problems(draft, beside),
        *_stages(draft),
        *_evidence(draft, beside, on),
        *_answers(text, on),
        *_letter(beside.letter),
        *_elsewhere(beside),
    ]
    return tuple(sorted(everything, key=lambda each: list(Weight).index(each.weight)))


def wants_a_reader(findings: Sequence[Finding]) -> bool:
    """Whether nobody should approve this without having read it on its own."""
    return any(each.weight is not Weight.NOTE for each in findings)


def _standing(draft: UseCaseText, beside: Beside, on: date) -> Iterator[Finding]:
    """The criteria that fail as things stand."""
    if not beside.on_roll:
        yield Finding("not_on_roll", Weight.HINDERS)
    addressed = [beside.problems[p] for p in draft.problem_ids if p in beside.problems]
    if not any(problem.open_on(on) for problem in addressed):
        yield Finding("no_open_problem", Weight.HINDERS, "problem_ids")
    stage = stage_as_reported(draft.stage_entries(), beside.reports, on)
    if stage is None:
        yield Finding("no_certain_stage", Weight.HINDERS, "stages")
    elif stage is not Stage.OPERATIONAL:
        yield Finding("not_operational", Weight.HINDERS, "stages", {"stage": stage.value})
    if not draft.techniques:
        yield Finding("no_technique", Weight.HINDERS, "techniques")
    if not draft.evidence:
        yield Finding("no_evidence", Weight.HINDERS, "evidence")
    elif all(row.url and _link(beside, row.url).broken_since for row in draft.evidence):
        yield Finding("no_evidence_answers", Weight.HINDERS, "evidence")


def _problems(draft: UseCaseText, beside: Beside) -> Iterator[Finding]:
    began = _operation_began(draft)
    for problem_id in draft.problem_ids:
        problem = beside.problems.get(problem_id)
        if problem is None:
            continue
        said = {"problem": problem.title}
        if problem.withdrawn_on is not None:
            day = {"day": problem.withdrawn_on.isoformat()}
            yield Finding("problem_withdrawn", Weight.ASK, "problem_ids", said | day)
        if began is not None and problem.declared_on.earliest > began.latest:
            day = {"day": problem.declared_on.latest.isoformat()}
            yield Finding("problem_after_stage", Weight.NOTE, "problem_ids", said | day)
        broken = _link(beside, problem.basis_url).broken_since if problem.basis_url else None
        if broken is not None:
            since = {"time": broken.isoformat()}
            yield Finding("basis_link_broken", Weight.ASK, "problem_ids", said | since)


def _stages(draft: UseCaseText) -> Iterator[Finding]:
    entries = draft.stage_entries()
    for entry, (start, end) in zip(entries, stage_periods(entries), strict=True):
        if end is not None and end <= start:
            # Only operation counts; of how it came about less needs to be certain.
            weight = Weight.ASK if entry.stage is Stage.OPERATIONAL else Weight.NOTE
            stage = {"stage": entry.stage.value}
            yield Finding("stage_never_certain", weight, "stages", stage)


def _evidence(draft: UseCaseText, beside: Beside, on: date) -> Iterator[Finding]:
    began = _operation_began(draft)
    early = [
        began is not None and row.published is not None and row.published.latest < began.earliest
        for row in draft.evidence
    ]
    for place, (row, too_early) in enumerate(zip(draft.evidence, early, strict=True), 1):
        item = {"item": str(place)}
        if too_early:
            # Where something newer is given too, the older piece tells how it came about.
            weight = Weight.ASK if all(early) else Weight.NOTE
            yield Finding("evidence_before_operation", weight, "evidence", item)
        if row.published is not None and row.published.earliest > on:
            yield Finding("evidence_in_the_future", Weight.ASK, "evidence", item)
        if row.url:
            yield from _answering(_link(beside, row.url), item)
        if others := beside.seen_elsewhere.get(row.url or row.file):
            code = "link_elsewhere" if row.url else "file_elsewhere"
            yield Finding(code, Weight.ASK, "evidence", item | _codes(others))
        if others := beside.files_again.get(row.file):
            yield Finding("file_again", Weight.NOTE, "evidence", item | _codes(others))


def _answering(link: Link, item: dict[str, str]) -> Iterator[Finding]:
    if link.checked_at is None:
        yield Finding("link_unchecked", Weight.NOTE, "evidence", item)
    elif link.broken_since is not None:
        since = {"time": link.broken_since.isoformat()}
        yield Finding("link_broken", Weight.ASK, "evidence", item | since)
    elif link.failing_since is not None:
        since = {"time": link.failing_since.isoformat()}
        yield Finding("link_failing", Weight.NOTE, "evidence", item | since)


def _answers(text: UseCaseText, on: date) -> Iterator[Finding]:
    """What the rules of the standard ask, and what is kept from the public."""
    for problem in questions(text):
        yield Finding(problem.code, Weight.ASK, problem.pointer.split("/")[1])
    for name in unanswered(text):
        yield Finding("unanswered", Weight.NOTE, name)
    for name, row in text.withheld_on(on).items():
        until = {"day": row.until.isoformat()}  # type: ignore[attr-defined] # a row made from data
        yield Finding("withheld", Weight.NOTE, name, until)


def _letter(letter: Letter) -> Iterator[Finding]:
    if not letter.given:
        yield Finding("letter_missing", Weight.ASK)
    elif not letter.signed_file:
        yield Finding("letter_unseen", Weight.NOTE)
    if letter.elsewhere:
        yield Finding("letter_elsewhere", Weight.ASK, params=_codes(letter.elsewhere))


def _elsewhere(beside: Beside) -> Iterator[Finding]:
    if beside.late_for is not None:
        vi, en = beside.late_for
        yield Finding("late", Weight.NOTE, params={"period_vi": vi, "period_en": en})
    twins = [each for each in beside.similar if each.duplicate]
    open_twins = [each.other.code for each in twins if not each.given_up]
    if open_twins:
        yield Finding("possible_duplicate", Weight.ASK, "title", _codes(open_twins))
    tried = [each.other.code for each in twins if each.given_up]
    if tried:
        yield Finding("tried_before", Weight.NOTE, "title", _codes(tried))
    copied = [each.other.code for each in beside.similar if each.copied]
    if copied:
        yield Finding("text_elsewhere", Weight.ASK, "summary", _codes(copied))


def _operation_began(draft: UseCaseText) -> PartialDate | None:
    stages = draft.stage_entries()
    return next((s.since for s in stages if s.stage is Stage.OPERATIONAL), None)


def _link(beside: Beside, url: str) -> Link:
    return beside.links.get(url, Link())


def _codes(codes: Sequence[str]) -> dict[str, str]:
    """Other entries as a sentence names them: the first, and how many more."""
    more = len(codes) - _NAMED
    return {"entries": ", ".join(codes[:_NAMED]) + (f" +{more}" if more > 0 else "")}
