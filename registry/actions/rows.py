"""The reading room: one accepted row becomes a draft, through the same doors as any other."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from registry.actions import declare
from registry.actions.act import Act
from registry.db.locks import NUMBERING
from registry.db.tables import City, SheetRow, UseCase, UseCaseVersion
from registry.domain.errors import NotFound, Stale, WrongState
from registry.domain.intake import ProblemDraft
from registry.domain.model import Action
from registry.domain.use_case import UseCaseDraft
from registry.queries import entries
from registry.queries.sheets import content_of
from registry.sheets.rowwork import EMPTY


def take_over(act: Act, row: SheetRow) -> UUID:
    """Writes the draft that the row describes; returns the version that now has its text.

    Raises Stale where what the row was judged against has changed since.
    """
    city = act.session.scalar(select(City).where(City.code == row.city_code))
    if city is None:
        raise NotFound
    # Two sheets at once must not declare one problem twice.
    act.session.execute(select(func.pg_advisory_xact_lock(NUMBERING, city.id)))
    problem_ids = [_declared(act, city.code, problem) for problem in row.new_problems]
    if row.version_id is None:
        return _started(act, city, row, problem_ids)
    return _changed(act, row, problem_ids)


def _declared(act: Act, city_code: str, content: dict[str, Any]) -> str:
    """The id of the city's problem of this content; it is declared where there is none."""
    for problem in entries.problems(act.session, city_code):
        if problem.withdrawn_on is None and content_of(problem) == content:
            return str(problem.id)
    return str(declare.declare_problem(act, city_code, ProblemDraft.read(content)).id)


def _started(act: Act, city: City, row: SheetRow, problem_ids: list[str]) -> UUID:
    taken = act.session.scalar(
        select(UseCase.id).where(UseCase.city_id == city.id, UseCase.own_id == row.own_id)
    )
    if taken is not None:
        raise Stale
    draft = UseCaseDraft.read(_with(EMPTY, row.changes, problem_ids))
    version = declare.start_use_case(act, city.code, draft)
    _name(act, version, row.own_id)
    return version.id


def _changed(act: Act, row: SheetRow, problem_ids: list[str]) -> UUID:
    version = act.session.get_one(UseCaseVersion, row.version_id, populate_existing=True)
    if version.revision != row.revision:
        raise Stale
    if row.changes or problem_ids:
        seen = entries.version(act.session, act.actor, version.id)
        actions = () if seen is None else seen.actions(act.actor)
        if Action.EDIT not in actions:
            if Action.REVISE not in actions:
                raise WrongState
            version = declare.revise(act, version.id, version.revision)
        base = entries.version(act.session, act.actor, version.id)
        assert base is not None
        content = _with(base.draft.upgraded().content(), row.changes, problem_ids)
        version = declare.save_draft(act, version.id, UseCaseDraft.read(content), version.revision)
    _name(act, version, row.own_id)
    return version.id


def _with(
    base: Mapping[str, Any], changes: dict[str, Any], problem_ids: list[str]
) -> dict[str, Any]:
    content = {**base, **changes}
    known = content["problem_ids"]
    return {**content, "problem_ids": [*known, *(i for i in problem_ids if i not in known)]}


def _name(act: Act, version: UseCaseVersion, own_id: str) -> None:
    """Keeps the city's own ID; one that is there never changes."""
    use_case = act.session.get_one(UseCase, version.use_case_id)
    if own_id and use_case.own_id is None:
        use_case.own_id = own_id
        act.session.flush()
