"""The ministry's desk: in whose hands an entry is. Taken up for a time, handed back, given to
another, given back when its time has ended. Cities are not told of any of it."""

from uuid import UUID

from sqlalchemy import select

from registry.actions.act import Act
from registry.actions.declare import person
from registry.actions.ledger import Ledger
from registry.actions.moves import lock_version, move, permit, subject_of
from registry.db.tables import UseCaseVersion
from registry.domain.desk import as_met, freed, lease_ended
from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.intake import AssignmentDraft, HandBackDraft
from registry.domain.model import REGISTER, Action, ReviewState, Role, Subject
from registry.domain.permissions import can, check
from registry.domain.waiting import QueueFilter
from registry.domain.workflow import leads_to
from registry.queries.desk_policy import policy
from registry.queries.moments import today
from registry.queries.reviewers import reviewer
from registry.queries.waiting import free

LEASE_ENDED = "lease ended"


def claim(act: Act, version_id: UUID, revision: int) -> UseCaseVersion:
    """A reviewer takes up a submitted version, or one on which a colleague's time has ended."""
    ledger = Ledger(act)
    version, subject = lock_version(act, version_id, revision)
    return take_up(act, ledger, version, subject)


def take_next(act: Act, wanted: QueueFilter) -> UseCaseVersion | None:
    """Takes up the first entry of the queue that this person may decide; None where none is left.

    Whoever holds the ledger sees the queue as it is: of several at once each gets another entry.
    """
    check(act.actor, Action.VIEW_QUEUE, REGISTER)
    ledger = Ledger(act)
    line = next(free(act.session, act.actor, act.clock(), wanted), None)
    if line is None:
        return None
    version, subject = lock_version(act, line.version_id, line.revision)
    return take_up(act, ledger, version, subject)


def take_up(act: Act, ledger: Ledger, version: UseCaseVersion, subject: Subject) -> UseCaseVersion:
    """Puts a locked version into the actor's hands."""
    met = as_met(act.actor, subject, version.lease_until, act.clock())
    permitted = permit(act.actor, Action.CLAIM, met)
    if met is not subject:
        _give_back(act, ledger, version, subject, permitted[0])
    move(act, ledger, version, Action.CLAIM, permitted, {})
    _hold(act, version, person(act))
    return version


def renew(act: Act, version: UseCaseVersion) -> None:
    """Whoever works on what they hold has it for as long again."""
    if version.state == ReviewState.IN_REVIEW and version.reviewer_id == act.actor.user_id:
        _hold(act, version, person(act))


def hand_back(act: Act, version_id: UUID, draft: HandBackDraft, revision: int) -> UseCaseVersion:
    """Its holder, or the lead, puts an entry back into the queue, with a word for colleagues."""
    ledger = Ledger(act)
    version, subject = lock_version(act, version_id, revision)
    permitted = permit(act.actor, Action.HAND_BACK, subject)
    move(act, ledger, version, Action.HAND_BACK, permitted, {"note": draft.note})
    _release(act, version)
    return version


def reassign(act: Act, version_id: UUID, draft: AssignmentDraft, revision: int) -> UseCaseVersion:
    """The lead gives an entry to a reviewer who may decide it.

    Raises InvalidInput for whoever may not, and for whoever has it already.
    """
    ledger = Ledger(act)
    version, subject = lock_version(act, version_id, revision)
    permitted = permit(act.actor, Action.REASSIGN, subject)
    chosen = reviewer(act.session, draft.reviewer)
    if chosen is None or not can(chosen.actor, Action.CLAIM, freed(subject)):
        raise InvalidInput([FieldProblem("/reviewer", "may_not_decide")])
    if draft.reviewer == subject.holder_id:
        raise InvalidInput([FieldProblem("/reviewer", "holds_it_already")])
    payload = {"to": str(draft.reviewer), "note": draft.note}
    move(act, ledger, version, Action.REASSIGN, permitted, payload)
    _hold(act, version, draft.reviewer)
    return version


def end_lease(act: Act, version_id: UUID) -> bool:
    """Gives back what nobody decided in their time; False where there is nothing to give back."""
    ledger = Ledger(act)
    version = act.session.scalar(
        select(UseCaseVersion).where(UseCaseVersion.id == version_id).with_for_update()
    )
    if version is None or version.state != ReviewState.IN_REVIEW:
        return False
    if not lease_ended(version.lease_until, act.clock()):
        return False
    # Time has ended it: nobody's permission is asked, and no person does it.
    subject = subject_of(act.session, version)
    _give_back(act, ledger, version, subject, Role.ADMINISTRATOR.value)
    return True


def _give_back(
    act: Act, ledger: Ledger, version: UseCaseVersion, subject: Subject, role: str
) -> None:
    reached = leads_to(subject, Action.HAND_BACK)
    move(act, ledger, version, Action.HAND_BACK, (role, reached), {"reason": LEASE_ENDED})
    _release(act, version)


def _hold(act: Act, version: UseCaseVersion, user_id: UUID) -> None:
    now = act.clock()
    version.reviewer_id = user_id
    version.lease_until = policy(act.session, today(now)).lease_end(now)
    act.session.flush()


def _release(act: Act, version: UseCaseVersion) -> None:
    version.reviewer_id = None
    act.session.flush()
