"""The one table along which versions move (domain.md §4). docs/workflow.md is made from it."""

from registry.domain.errors import WrongState
from registry.domain.model import Action, Actor, ReviewState, Subject
from registry.domain.permissions import can

S = ReviewState

# Revising leaves the version as it is and opens a new draft beside it: the state reached is
# that of the new version. Superseding happens to a version when the next one is approved, handing
# over when a second reader (or, where two differ, the lead) has to read it too.
TRANSITIONS: dict[tuple[ReviewState, Action], ReviewState] = {
    (S.DRAFT, Action.EDIT): S.DRAFT,
    (S.DRAFT, Action.SUBMIT): S.SUBMITTED,
    (S.DRAFT, Action.WITHDRAW): S.WITHDRAWN,
    (S.SUBMITTED, Action.CLAIM): S.IN_REVIEW,
    (S.SUBMITTED, Action.WITHDRAW): S.WITHDRAWN,
    (S.IN_REVIEW, Action.HAND_BACK): S.SUBMITTED,
    (S.IN_REVIEW, Action.REASSIGN): S.IN_REVIEW,
    (S.IN_REVIEW, Action.HAND_OVER): S.SUBMITTED,
    (S.IN_REVIEW, Action.APPROVE): S.APPROVED,
    (S.IN_REVIEW, Action.RETURN): S.RETURNED,
    (S.IN_REVIEW, Action.REJECT): S.REJECTED,
    (S.IN_REVIEW, Action.WITHDRAW): S.WITHDRAWN,
    (S.RETURNED, Action.REVISE): S.DRAFT,
    (S.WITHDRAWN, Action.REVISE): S.DRAFT,
    (S.APPROVED, Action.REVISE): S.DRAFT,
    (S.APPROVED, Action.SUSPEND): S.SUSPENDED,
    (S.APPROVED, Action.REVOKE): S.REVOKED,
    (S.APPROVED, Action.UPHOLD): S.APPROVED,
    (S.APPROVED, Action.TAKE_BACK): S.APPROVED,
    (S.APPROVED, Action.SUPERSEDE): S.SUPERSEDED,
    (S.SUSPENDED, Action.REINSTATE): S.APPROVED,
    (S.SUSPENDED, Action.REVISE): S.DRAFT,
    (S.SUSPENDED, Action.REVOKE): S.REVOKED,
    (S.SUSPENDED, Action.UPHOLD): S.SUSPENDED,
    (S.SUSPENDED, Action.TAKE_BACK): S.SUSPENDED,
    (S.SUSPENDED, Action.SUPERSEDE): S.SUPERSEDED,
    (S.REVOKED, Action.REINSTATE): S.APPROVED,
    (S.REVOKED, Action.REVISE): S.DRAFT,
}

# These need the version to be the newest of its use case: nothing after it is open or was approved.
# An unsubmitted draft is no reason to refuse a reinstatement, and a refusal would betray it.
NEWEST_ONLY = frozenset({Action.REVISE, Action.REINSTATE})


def _barred(subject: Subject, action: Action) -> bool:
    if action is Action.REINSTATE:
        return subject.overtaken
    return action in NEWEST_ONLY and not subject.replaceable


def leads_to(subject: Subject, action: Action) -> ReviewState:
    """The state `action` leads to. Raises WrongState where the table has no such move."""
    if subject.state is None or _barred(subject, action):
        raise WrongState
    try:
        return TRANSITIONS[subject.state, action]
    except KeyError:
        raise WrongState from None


def available(actor: Actor, subject: Subject) -> tuple[Action, ...]:
    """What `actor` can do with this version now, in the order of `Action`."""
    if subject.state is None:
        return ()
    return tuple(
        action
        for action in Action
        if (subject.state, action) in TRANSITIONS
        and not _barred(subject, action)
        and can(actor, action, subject)
    )
