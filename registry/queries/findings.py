"""What the register finds of a version before anybody judges it: for each criterion of the
counting rule a mark, and everything that stands out.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.counting import Outcome, StageReport, stage_as_reported, stage_periods
from registry.domain.dates import PartialDate
from registry.domain.deciding import Mark
from registry.domain.findings import Addressed, Beside, Finding, Letter, Link, found
from registry.domain.model import Action, ReviewState, RollSeries, Stage
from registry.domain.use_case import UseCaseText, read_text
from registry.queries import cities, entries, links
from registry.queries.cities import CityRow
from registry.queries.coverage import roll_in_force
from registry.queries.entries import Problem, Ruling, Version
from registry.queries.moments import Moment
from registry.queries.periods import late
from registry.queries.similar import similar
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


_SUBMITTED = text("""
    SELECT v.id, v.use_case_id, u.code, u.city_id, v.number, v.standard, v.content,
        v.submitted_position, v.letter_number, v.letter_sha256, EXISTS (
            SELECT FROM roll_entry r
            WHERE r.roll_id = :roll AND r.known @> CAST(:position AS bigint)
                AND (r.city_id = u.city_id OR r.city_id IN (
                    SELECT to_city_id FROM carry_over c WHERE c.use_case_id = u.id
                        AND c.effective_on <= :on AND c.position <= :position
                ))
        ) AS on_roll
    FROM use_case_version v JOIN use_case u ON u.id = v.use_case_id
    WHERE v.id = ANY(:ids) AND v.submitted_position IS NOT NULL
""")
_REPORTS = text("""
    SELECT v.id, r.stage, r.effective_on, r.position
    FROM stage_report r JOIN use_case_version v ON v.use_case_id = r.use_case_id
    WHERE v.id = ANY(:ids) AND r.position > v.submitted_position AND r.position <= :position
""")
# The same evidence in another entry that was handed in: `named` is its address or its hash.
_AGAIN = text("""
    SELECT DISTINCT own.version_id AS id,
        coalesce(own.url, encode(own.file_sha256, 'hex')) AS named, other_case.code,
        other_case.city_id = own_case.city_id AS same_city
    FROM evidence own
    JOIN use_case_version v ON v.id = own.version_id
    JOIN use_case own_case ON own_case.id = v.use_case_id
    JOIN evidence other ON other.url = own.url OR other.file_sha256 = own.file_sha256
    JOIN use_case_version other_version ON other_version.id = other.version_id
    JOIN use_case other_case ON other_case.id = other_version.use_case_id
    WHERE own.version_id = ANY(:ids) AND other_case.id <> own_case.id
        AND (own.url IS NULL OR other_case.city_id <> own_case.city_id)
    ORDER BY other_case.code
""")
# Every city counts its letters by itself: only number and day together are the same letter.
_LETTERS = text("""
    SELECT DISTINCT v.id, other_case.code
    FROM use_case_version v
    JOIN use_case own_case ON own_case.id = v.use_case_id
    JOIN use_case_version other
        ON (other.letter_number = v.letter_number AND other.letter_date = v.letter_date)
        OR other.letter_sha256 = v.letter_sha256
    JOIN use_case other_case ON other_case.id = other.use_case_id
    WHERE v.id = ANY(:ids) AND other_case.city_id <> own_case.city_id
    ORDER BY other_case.code
""")


def open_findings(
    session: Session, versions: Collection[UUID], at: Moment
) -> dict[UUID, tuple[Finding, ...]]:
    """What stands out in each of these submitted versions, the heaviest first; for the ministry.

    The number of queries does not depend on how many versions there are.
    """
    if not versions:
        return {}
    roll = roll_in_force(session, at, RollSeries.URBAN)
    values = {
        "ids": list(versions),
        "roll": 0 if roll is None else roll.id,
        "position": at.position,
        "on": at.on,
    }
    rows = session.execute(_SUBMITTED, values).all()
    texts = {row.id: read_text(row.standard, row.content) for row in rows}
    problems = _problems(session, texts.values())
    known = _links(session, texts.values(), problems.values())
    reports: dict[UUID, list[StageReport]] = {}
    for row in session.execute(_REPORTS, values):
        report = StageReport(Stage(row.stage), row.effective_on, row.position)
        reports.setdefault(row.id, []).append(report)
    again = _again(session, values)
    letters: dict[UUID, list[str]] = {}
    for row in session.execute(_LETTERS, values):
        letters.setdefault(row.id, []).append(row.code)
    came_late = late(session, at.position, use_cases=[row.code for row in rows])
    near = similar(session, [row.id for row in rows])
    answer = {}
    for row in rows:
        tardy = came_late.get((row.code, row.number))
        beside = Beside(
            on_roll=row.on_roll,
            problems=problems,
            reports=reports.get(row.id, ()),
            links=known,
            letter=Letter(
                given=row.letter_number is not None,
                signed_file=row.letter_sha256 is not None,
                elsewhere=letters.get(row.id, ()),
            ),
            seen_elsewhere=again.get((row.id, False), {}),
            files_again=again.get((row.id, True), {}),
            late_for=None if tardy is None else (tardy.period_vi, tardy.period_en),
            similar=near[row.id],
        )
        answer[row.id] = found(texts[row.id], beside, at.on)
    return answer


def _problems(session: Session, texts: Iterable[UseCaseText]) -> dict[UUID, Addressed]:
    named = {problem_id for text in texts for problem_id in text.problem_ids}
    return {
        problem.id: Addressed(
            problem.title,
            PartialDate.parse(problem.declared_on),
            problem.withdrawn_on,
            problem.basis_url,
        )
        for problem in entries.problems_by_id(session, sorted(named))
    }


def _links(
    session: Session, texts: Iterable[UseCaseText], problems: Iterable[Addressed]
) -> dict[str, Link]:
    given = {row.url for text in texts for row in text.evidence if row.url}
    return links.known(session, given | {p.basis_url for p in problems if p.basis_url})


def _again(
    session: Session, values: dict[str, Any]
) -> dict[tuple[UUID, bool], dict[str, list[str]]]:
    """For each version, of other cities and of the same one: evidence and who gives it too."""
    again: dict[tuple[UUID, bool], dict[str, list[str]]] = {}
    for row in session.execute(_AGAIN, values):
        places = again.setdefault((row.id, row.same_city), {})
        places.setdefault(row.named, []).append(row.code)
    return again
