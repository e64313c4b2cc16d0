"""The ministry's desk: take up an entry, decide on it, carry it over to a successor."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from registry.actions.act import Act
from registry.actions.declare import person
from registry.actions.ledger import Ledger
from registry.actions.moves import lock_version, move, permit, subject_of
from registry.actions.notify import tell_of_decision
from registry.actions.standing import refresh
from registry.db.tables import CarryOver, City, Decision, UseCase, UseCaseVersion
from registry.domain.errors import FieldProblem, InvalidInput, NotFound
from registry.domain.intake import DecisionDraft, decision_problems
from registry.domain.model import LIVE_STATES, Action, ReviewState, Subject
from registry.domain.permissions import check
from registry.domain.workflow import leads_to


def claim(act: Act, version_id: UUID, revision: int) -> UseCaseVersion:
    """A reviewer takes up a submitted version."""
    ledger = Ledger(act)
    version, subject = lock_version(act, version_id, revision)
    move(act, ledger, version, Action.CLAIM, permit(act.actor, Action.CLAIM, subject), {})
    version.reviewer_id = person(act)
    act.session.flush()
    return version


def decide(
    act: Act, version_id: UUID, action: Action, draft: DecisionDraft, revision: int
) -> Decision:
    """Records a decision and what follows from it.

    An approval takes effect from the day its text describes, and supersedes the version that
    was live until now. Raises InvalidInput where the decision's words do not fit the action;
    Stale for everyone but the first of several who decide at once.
    """
    ledger = Ledger(act)
    version, subject = lock_version(act, version_id, revision)
    permitted = permit(act.actor, action, subject)
    problems = decision_problems(action, draft)
    if problems:
        raise InvalidInput(problems)
    if action is Action.APPROVE:
        _supersede(act, ledger, version, permitted[0])
    effective_from = draft.effective_from
    if action in {Action.APPROVE, Action.REINSTATE}:
        # A text never governs days before the first it describes.
        days = [day for day in (effective_from, version.describes_from) if day is not None]
        effective_from = max(days, default=None)
    position = move(
        act,
        ledger,
        version,
        action,
        permitted,
        {
            "content_sha256": (version.content_hash or b"").hex(),
            "reason": draft.reason,
            "ai_confirmed": draft.ai_confirmed,
            "effective_from": None if effective_from is None else effective_from.isoformat(),
        },
    )
    decision = Decision(
        position=position,
        use_case_id=version.use_case_id,
        version_id=version.id,
        author_id=version.author_id,
        submitter_id=version.submitter_id,
        actor_id=person(act),
        action=action.value,
        reason=draft.reason,
        ai_confirmed=draft.ai_confirmed,
        effective_from=effective_from,
    )
    act.session.add(decision)
    act.session.flush()
    refresh(act.session, [version.use_case_id], position)
    tell_of_decision(act, version.id, action, draft.reason, effective_from)
    return decision


def carry_over(
    act: Act,
    use_case_code: str,
    to_city_codes: Sequence[str],
    effective_on: date,
    legal_basis: str,
) -> int:
    """Records that a case also stands for the successors of its city; returns the position."""
    use_case = act.session.scalar(select(UseCase).where(UseCase.code == use_case_code))
    if use_case is None:
        raise NotFound
    role = check(act.actor, Action.CARRY_OVER, Subject(city_id=use_case.city_id))
    cities = {
        city.code: city
        for city in act.session.scalars(select(City).where(City.code.in_(to_city_codes)))
    }
    for city in cities.values():
        check(act.actor, Action.CARRY_OVER, Subject(city_id=city.id))
    problems = [
        FieldProblem(f"/to_city_codes/{index}", "unknown_choice", {"value": code})
        for index, code in enumerate(to_city_codes)
        if code not in cities
    ]
    if not to_city_codes:
        problems.append(FieldProblem("/to_city_codes", "choose_one"))
    if any(city.id == use_case.city_id for city in cities.values()):
        problems.append(FieldProblem("/to_city_codes", "own_city"))
    if not legal_basis:
        problems.append(FieldProblem("/legal_basis", "required"))
    if problems:
        raise InvalidInput(problems)
    position = Ledger(act).append(
        "use_case.carried_over",
        role,
        "use_case",
        use_case.code,
        {
            "to": sorted(cities),
            "effective_on": effective_on.isoformat(),
            "legal_basis": legal_basis,
        },
    )
    act.session.add_all(
        CarryOver(
            position=position,
            use_case_id=use_case.id,
            to_city_id=city.id,
            effective_on=effective_on,
            legal_basis=legal_basis,
            actor_id=person(act),
        )
        for city in cities.values()
    )
    act.session.flush()
    refresh(act.session, [use_case.id], position)
    return position


def _supersede(act: Act, ledger: Ledger, newer: UseCaseVersion, role: str) -> None:
    live = act.session.scalar(
        select(UseCaseVersion)
        .where(
            UseCaseVersion.use_case_id == newer.use_case_id,
            UseCaseVersion.state.in_(LIVE_STATES),
        )
        .with_for_update()
    )
    if live is None:
        return
    reached: ReviewState = leads_to(subject_of(act.session, live), Action.SUPERSEDE)
    move(act, ledger, live, Action.SUPERSEDE, (role, reached), {"by_version": newer.number})
    act.session.flush()
