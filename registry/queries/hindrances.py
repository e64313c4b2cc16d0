"""What stands in the way of approving a version together with others: everything that the register
itself finds in it. The one place that says so; whoever adds a finding adds it here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from registry.domain.deciding import Mark
from registry.domain.errors import FieldProblem
from registry.domain.rules import questions, unanswered
from registry.queries import cities, entries
from registry.queries.entries import Problem, Version
from registry.queries.findings import findings
from registry.queries.links import broken
from registry.queries.moments import Moment
from registry.queries.staying import reported_stages


class HindranceKind(StrEnum):
    CRITERION = "criterion"
    QUESTION = "question"
    UNANSWERED = "unanswered"
    BROKEN_LINK = "broken_link"


@dataclass(frozen=True, slots=True)
class Hindrance:
    """`subject` is the criterion's number, the field's name or the address; `problem` says which
    answers do not go together."""

    kind: HindranceKind
    subject: str
    problem: FieldProblem | None = None


def hindrances(
    session: Session, versions: Sequence[Version], at: Moment
) -> dict[UUID, tuple[Hindrance, ...]]:
    """Of each of these versions, which wait for a decision, what was found."""
    problems = {
        problem.id: problem
        for problem in entries.problems_by_id(
            session, sorted({each for version in versions for each in version.draft.problem_ids})
        )
    }
    on_roll = {code: cities.city(session, code, at) for code in {v.city_code for v in versions}}
    silent = broken(session, {url for v in versions for url in _links(v, _own(v, problems))})
    found: dict[UUID, tuple[Hindrance, ...]] = {}
    for version in versions:
        own = _own(version, problems)
        reports = reported_stages(session, version.use_case_code, at.position)
        marks = findings(version, own, (), reports, on_roll[version.city_code], at.on).marks
        found[version.id] = (*_criteria(marks), *_answers(version), *_silent(version, own, silent))
    return found


def _own(version: Version, problems: dict[UUID, Problem]) -> list[Problem]:
    return [problems[each] for each in version.draft.problem_ids if each in problems]


def _criteria(marks: Sequence[Mark]) -> Iterator[Hindrance]:
    for number, mark in enumerate(marks, 1):
        if mark is Mark.MISSING:
            yield Hindrance(HindranceKind.CRITERION, str(number))


def _answers(version: Version) -> Iterator[Hindrance]:
    for problem in questions(version.draft):
        name = problem.pointer.strip("/").partition("/")[0]
        yield Hindrance(HindranceKind.QUESTION, name, problem)
    for name in unanswered(version.draft):
        yield Hindrance(HindranceKind.UNANSWERED, name)


def _links(version: Version, problems: Sequence[Problem]) -> list[str]:
    shown = [row.url for row in version.draft.evidence] + [each.basis_url for each in problems]
    return [url for url in shown if url]


def _silent(
    version: Version, problems: Sequence[Problem], silent: dict[str, datetime]
) -> Iterator[Hindrance]:
    for url in dict.fromkeys(_links(version, problems)):
        if url in silent:
            yield Hindrance(HindranceKind.BROKEN_LINK, url)
