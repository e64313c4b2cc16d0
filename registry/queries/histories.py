"""The facts of use cases, as the counting rule reads them."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.counting import (
    CarryOver,
    CarryOverEnd,
    CaseHistory,
    Problem,
    Ruling,
    StageEntry,
    StageReport,
    Version,
)
from registry.domain.dates import PartialDate
from registry.domain.model import Action, Stage

_CASES = text("SELECT id, city_id FROM use_case WHERE id = ANY(:ids)")
_VERSIONS = text("""
    SELECT v.id, v.use_case_id, v.submitted_position, v.withdrawn_position,
        ARRAY(SELECT problem_id FROM version_problem WHERE version_id = v.id) AS problem_ids,
        ARRAY(SELECT stage || ' ' || since FROM version_stage
              WHERE version_id = v.id ORDER BY ordinal) AS stages
    FROM use_case_version v
    WHERE v.use_case_id = ANY(:ids) AND v.submitted_position IS NOT NULL
    ORDER BY v.submitted_position
""")
_PROBLEMS = text("""
    SELECT DISTINCT v.use_case_id, p.id, p.declared_on, p.declared_position, p.withdrawn_on,
        p.withdrawn_position
    FROM use_case_version v
    JOIN version_problem vp ON vp.version_id = v.id
    JOIN problem p ON p.id = vp.problem_id
    WHERE v.use_case_id = ANY(:ids)
    ORDER BY p.declared_position
""")
_DECISIONS = text("""
    SELECT use_case_id, position, action, version_id, effective_from, ai_confirmed
    FROM decision WHERE use_case_id = ANY(:ids) ORDER BY position
""")
_CARRY_OVERS = text("""
    SELECT use_case_id, to_city_id, effective_on, position
    FROM carry_over WHERE use_case_id = ANY(:ids) ORDER BY position, to_city_id
""")
_CARRY_OVER_ENDS = text("""
    SELECT use_case_id, to_city_id, effective_on, position
    FROM carry_over_end WHERE use_case_id = ANY(:ids) ORDER BY position, to_city_id
""")
_STAGE_REPORTS = text("""
    SELECT use_case_id, stage, effective_on, position
    FROM stage_report WHERE use_case_id = ANY(:ids) ORDER BY position
""")


def histories(session: Session, ids: Collection[UUID]) -> dict[UUID, CaseHistory]:
    """The histories of these use cases: seven queries, however many cases."""
    parameters = {"ids": list(ids)}

    def by_case(statement: Any) -> dict[UUID, list[Any]]:
        found = defaultdict(list)
        for row in session.execute(statement, parameters):
            found[row.use_case_id].append(row)
        return found

    versions, problems = by_case(_VERSIONS), by_case(_PROBLEMS)
    decisions, carry_overs = by_case(_DECISIONS), by_case(_CARRY_OVERS)
    ends, stage_reports = by_case(_CARRY_OVER_ENDS), by_case(_STAGE_REPORTS)
    return {
        case.id: CaseHistory(
            city_id=case.city_id,
            versions=tuple(_version(row) for row in versions[case.id]),
            problems=tuple(_problem(row) for row in problems[case.id]),
            rulings=_rulings(versions[case.id], decisions[case.id]),
            carry_overs=tuple(
                CarryOver(row.to_city_id, row.effective_on, row.position)
                for row in carry_overs[case.id]
            ),
            carry_over_ends=tuple(
                CarryOverEnd(row.to_city_id, row.effective_on, row.position)
                for row in ends[case.id]
            ),
            stage_reports=tuple(_report(row) for row in stage_reports[case.id]),
        )
        for case in session.execute(_CASES, parameters)
    }


def cases_addressing(session: Session, problem_id: UUID) -> list[UUID]:
    """The use cases with a submitted version that addresses this problem."""
    return list(
        session.scalars(
            text("""
                SELECT DISTINCT v.use_case_id FROM version_problem vp
                JOIN use_case_version v ON v.id = vp.version_id
                WHERE vp.problem_id = :id ORDER BY v.use_case_id
            """),
            {"id": problem_id},
        )
    )


def reports_since(
    session: Session, use_case_id: UUID, submitted: int | None
) -> tuple[StageReport, ...]:
    """The stages reported of a use case since a text of it was handed in."""
    rows = session.execute(_STAGE_REPORTS, {"ids": [use_case_id]})
    return tuple(_report(row) for row in rows if submitted is not None and row.position > submitted)


def _version(row: Any) -> Version:
    stages = (entry.split(" ") for entry in row.stages)
    return Version(
        id=row.id,
        submitted=row.submitted_position,
        problem_ids=frozenset(row.problem_ids),
        stages=tuple(StageEntry(Stage(stage), PartialDate.parse(since)) for stage, since in stages),
    )


def _problem(row: Any) -> Problem:
    return Problem(
        id=row.id,
        declared_on=PartialDate.parse(row.declared_on),
        declared=row.declared_position,
        withdrawn_on=row.withdrawn_on,
        withdrawn=row.withdrawn_position,
    )


def _report(row: Any) -> StageReport:
    return StageReport(Stage(row.stage), row.effective_on, row.position)


def _rulings(versions: list[Any], decisions: list[Any]) -> tuple[Ruling, ...]:
    rulings = [
        Ruling(
            position=row.position,
            action=Action(row.action),
            version_id=row.version_id,
            effective_from=row.effective_from,
            ai_confirmed=row.ai_confirmed,
        )
        for row in decisions
    ]
    rulings += [
        Ruling(row.withdrawn_position, Action.WITHDRAW, row.id)
        for row in versions
        if row.withdrawn_position is not None
    ]
    return tuple(sorted(rulings, key=lambda r: r.position))
