"""The ministry's desk: deciding. `leases` has who may."""

from uuid import UUID

from sqlalchemy import select

from registry.actions.act import Act
from registry.actions.declare import person
from registry.actions.ledger import Ledger
from registry.actions.moves import lock_version, move, permit, subject_of
from registry.actions.notify import tell_of_decision
from registry.actions.records import draw_up, keep
from registry.actions.standing import refresh
from registry.db.tables import Decision, UseCaseVersion
from registry.domain.errors import InvalidInput
from registry.domain.intake import DecisionDraft, decision_problems
from registry.domain.model import LIVE_STATES, Action, ReviewState
from registry.domain.workflow import leads_to


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
    record = draw_up(act, version_id, action, draft)
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
            "number": str(record.number),
            "record_sha256": record.sha256,
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
    keep(act, position, record)
    refresh(act.session, [version.use_case_id], position)
    tell_of_decision(act, version.id, action, draft.reason, effective_from)
    return decision


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
