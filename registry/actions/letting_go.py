"""Leaving a desk: what somebody has in review goes back to the queue, whoever sends them away."""

from uuid import UUID

from sqlalchemy import select

from registry.actions.act import Act
from registry.actions.ledger import Ledger
from registry.actions.moves import move, subject_of
from registry.db.tables import UseCaseVersion
from registry.domain.model import Action, ReviewState
from registry.domain.workflow import leads_to


def let_go(act: Act, ledger: Ledger, role: str, user_id: UUID) -> int:
    """Hands back what this person holds and tells how much it was. The ledger must be held.

    It follows from what was done to the account: nobody's permission to review is asked.
    """
    held = act.session.scalars(
        select(UseCaseVersion)
        .where(
            UseCaseVersion.reviewer_id == user_id,
            UseCaseVersion.state == ReviewState.IN_REVIEW.value,
        )
        .order_by(UseCaseVersion.id)
        .with_for_update()
    ).all()
    for version in held:
        reached = leads_to(subject_of(act.session, version), Action.HAND_BACK)
        move(act, ledger, version, Action.HAND_BACK, (role, reached), {"reason": "left the desk"})
        version.reviewer_id = None
    act.session.flush()
    return len(held)
