"""Who may do what: the only place that knows. docs/permissions.md is made from this table."""

from collections.abc import Callable

from registry.domain.errors import (
    AlreadyRead,
    Forbidden,
    ForTheLead,
    InOtherHands,
    OwnWork,
    SignInRequired,
    TwoPersons,
)
from registry.domain.model import (
    PUBLIC_STATES,
    Action,
    Actor,
    ReviewState,
    Role,
    Subject,
)

Rule = Callable[[Actor, Role, Subject], None]


def own_city(actor: Actor, role: Role, subject: Subject) -> None:
    """in the city whose member one is"""
    if subject.city_id is None or not actor.has(role, subject.city_id):
        raise Forbidden


def text_of_another(actor: Actor, role: Role, subject: Subject) -> None:
    """in the city whose member one is, on a text that somebody else wrote last"""
    own_city(actor, role, subject)
    if subject.editor_id is not None and subject.editor_id == actor.user_id:
        raise TwoPersons


def not_own_work(actor: Actor, _role: Role, subject: Subject) -> None:
    """anywhere but on one's own work and in one's own city"""
    own = actor.user_id in {subject.author_id, subject.submitter_id}
    if own or subject.city_id in actor.city_ids:
        raise OwnWork


def unread(actor: Actor, role: Role, subject: Subject) -> None:
    """anywhere but on own work, where one gave no opinion yet and readers do not differ"""
    not_own_work(actor, role, subject)
    if actor.user_id in subject.reader_ids:
        raise AlreadyRead
    if subject.disputed:
        raise ForTheLead


def in_hand(actor: Actor, role: Role, subject: Subject) -> None:
    """what one has taken up oneself and not given one's opinion on yet"""
    unread(actor, role, subject)
    held_by_oneself(actor, role, subject)


def proposed(actor: Actor, role: Role, subject: Subject) -> None:
    """where another reviewer proposed to revoke"""
    unread(actor, role, subject)
    if not subject.proposed:
        raise Forbidden


def own_proposal(actor: Actor, _role: Role, subject: Subject) -> None:
    """where one proposed to revoke oneself and nobody has answered yet"""
    if not subject.proposed or subject.reader_ids != {actor.user_id}:
        raise Forbidden


def disputed(actor: Actor, role: Role, subject: Subject) -> None:
    """where two readers differ and one is neither of them"""
    not_own_work(actor, role, subject)
    if not subject.disputed:
        raise Forbidden
    if actor.user_id in subject.reader_ids:
        raise AlreadyRead


def dispute_in_hand(actor: Actor, role: Role, subject: Subject) -> None:
    """where two readers differ, one is neither of them and has taken it up"""
    disputed(actor, role, subject)
    held_by_oneself(actor, role, subject)


def held_by_oneself(actor: Actor, _role: Role, subject: Subject) -> None:
    """what one has taken up oneself"""
    if subject.holder_id not in {None, actor.user_id}:
        raise InOtherHands


def anywhere(_actor: Actor, _role: Role, _subject: Subject) -> None:
    """anywhere"""


_CITY: dict[Action, Rule] = {
    Action.DECLARE_PROBLEM: own_city,
    Action.WITHDRAW_PROBLEM: own_city,
    Action.DECLARE_USE_CASE: own_city,
    Action.EDIT: own_city,
    Action.REVISE: own_city,
    Action.WITHDRAW: own_city,
    Action.COMMENT: own_city,
    Action.ANSWER_REPORT: own_city,
}

RULES: dict[Role, dict[Action, Rule]] = {
    Role.CITY_EDITOR: _CITY,
    Role.CITY_SIGNER: {
        **_CITY,
        Action.SUBMIT: text_of_another,
        Action.DECLARE_YEAR: own_city,
        Action.REPORT_STAGE: own_city,
        Action.ATTEST: own_city,
    },
    Role.REVIEWER: {
        Action.VIEW_QUEUE: anywhere,
        Action.CLAIM: unread,
        Action.HAND_BACK: held_by_oneself,
        Action.APPROVE: in_hand,
        Action.RETURN: in_hand,
        Action.REJECT: in_hand,
        Action.SUSPEND: not_own_work,
        Action.REVOKE: unread,
        Action.REINSTATE: not_own_work,
        Action.UPHOLD: proposed,
        Action.TAKE_BACK: own_proposal,
        Action.CARRY_OVER: not_own_work,
        Action.REVIEW_INDICATOR: not_own_work,
        Action.COMMENT: not_own_work,
        Action.MODERATE_REPORT: not_own_work,
    },
    Role.LEAD: {
        Action.VIEW_QUEUE: anywhere,
        Action.CLAIM: disputed,
        Action.HAND_BACK: anywhere,
        Action.REASSIGN: anywhere,
        Action.APPROVE: dispute_in_hand,
        Action.RETURN: dispute_in_hand,
        Action.REJECT: dispute_in_hand,
        Action.REVOKE: disputed,
        Action.UPHOLD: disputed,
        Action.COMMENT: not_own_work,
    },
    Role.ADMINISTRATOR: {
        Action.VIEW_QUEUE: anywhere,
        Action.MANAGE_ROLLS: anywhere,
        Action.MANAGE_PERIODS: anywhere,
        Action.REPORT_INDICATOR: anywhere,
        Action.MANAGE_USERS: anywhere,
        Action.MANAGE_LISTS: anywhere,
        Action.SIGN_LEDGER: anywhere,
    },
}


def check(actor: Actor, action: Action, subject: Subject) -> Role:
    """Returns the role under which `actor` may do `action` on `subject`.

    Raises SignInRequired for the public; OwnWork, TwoPersons, AlreadyRead, InOtherHands or
    ForTheLead where only that stands in the way; else Forbidden.
    """
    if not actor.memberships and actor.user_id is None:
        raise SignInRequired
    refusal: Forbidden = Forbidden()
    for role in Role:
        rule = RULES[role].get(action)
        if rule is None or not any(m.role is role for m in actor.memberships):
            continue
        try:
            rule(actor, role, subject)
        except Forbidden as refused:
            # A refusal that says why tells more than the plain one.
            if type(refused) is not Forbidden:
                refusal = refused
        else:
            return role
    raise refusal


def can(actor: Actor, action: Action, subject: Subject) -> bool:
    try:
        check(actor, action, subject)
    except (Forbidden, SignInRequired):
        return False
    return True


def sees(actor: Actor, subject: Subject) -> bool:
    """Whether `actor` may read this version: the public what was approved, the ministry also
    what was submitted, a city all of its own."""
    if subject.state in PUBLIC_STATES or subject.city_id in actor.city_ids:
        return True
    submitted = subject.submitter_id is not None
    return actor.oversees and submitted and subject.state is not ReviewState.DRAFT


def sees_notes(actor: Actor, subject: Subject) -> bool:
    """Whether `actor` may read what a reviewer wrote to the city field by field, and the notes on
    the criteria."""
    return sees_letter(actor, subject)


def sees_internal(actor: Actor, subject: Subject) -> bool:
    """Whether `actor` may read what the ministry's people tell each other about an entry: they
    may, unless they have a hand in it themselves."""
    own = actor.user_id in {subject.author_id, subject.submitter_id}
    return actor.oversees and not own and subject.city_id not in actor.city_ids


def sees_letter(actor: Actor, subject: Subject) -> bool:
    """Whether `actor` may read the official letter with which this version was submitted: it names
    people and bears their signatures, so it stays between the city and the ministry."""
    return subject.city_id in actor.city_ids or (
        actor.oversees and subject.submitter_id is not None
    )


def sees_opinions(actor: Actor, subject: Subject) -> bool:
    """Whether `actor` may read the opinions that wait: whoever gave one of them, and the lead who
    may settle the difference. Everybody else reads no more than that another reading is due."""
    if actor.user_id in subject.reader_ids:
        return True
    return subject.disputed and actor.has(Role.LEAD) and subject.city_id not in actor.city_ids


def sees_difference(actor: Actor) -> bool:
    """Whether `actor` may read, after the lead decided, what the two readers had said."""
    return actor.oversees
