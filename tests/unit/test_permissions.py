"""The porter's room: who may do what, cell by cell."""

from dataclasses import replace
from uuid import UUID

import pytest

from registry.domain.errors import Forbidden, OwnWork, SignInRequired
from registry.domain.model import (
    CITY_ROLES,
    DECISIONS,
    OPERATOR,
    PUBLIC,
    PUBLIC_STATES,
    REGISTER,
    Action,
    Actor,
    Membership,
    ReviewState,
    Role,
    Subject,
)
from registry.domain.permissions import RULES, can, check, sees

HOME, ELSEWHERE = 1, 2
ME, AUTHOR, SUBMITTER = UUID(int=1), UUID(int=2), UUID(int=3)

# Written out a second time, on purpose: whoever changes the table says so here too.
CITY_DESK = {
    Action.DECLARE_PROBLEM,
    Action.WITHDRAW_PROBLEM,
    Action.DECLARE_USE_CASE,
    Action.EDIT,
    Action.REVISE,
    Action.WITHDRAW,
    Action.ANSWER_REPORT,
}
SIGNERS = {Action.SUBMIT, Action.DECLARE_YEAR, Action.REPORT_STAGE, Action.ATTEST}
REVIEWERS = DECISIONS | {
    Action.CLAIM,
    Action.CARRY_OVER,
    Action.REVIEW_INDICATOR,
    Action.MODERATE_REPORT,
}
LEADS = {Action.APPROVE, Action.RETURN, Action.REJECT, Action.REVOKE, Action.UPHOLD, Action.CLAIM}
MAY = {
    Role.CITY_EDITOR: CITY_DESK | {Action.COMMENT},
    Role.CITY_SIGNER: CITY_DESK | SIGNERS | {Action.COMMENT},
    Role.REVIEWER: REVIEWERS
    | {Action.VIEW_QUEUE, Action.HAND_BACK, Action.UPHOLD, Action.TAKE_BACK, Action.COMMENT},
    Role.LEAD: LEADS | {Action.VIEW_QUEUE, Action.HAND_BACK, Action.REASSIGN, Action.COMMENT},
    Role.ADMINISTRATOR: {
        Action.VIEW_QUEUE,
        Action.MANAGE_ROLLS,
        Action.MANAGE_PERIODS,
        Action.REPORT_INDICATOR,
        Action.MANAGE_USERS,
        Action.MANAGE_LISTS,
        Action.SIGN_LEDGER,
    },
}


def holder(*roles: Role, city: int = HOME) -> Actor:
    return Actor(ME, frozenset(Membership(r, city if r in CITY_ROLES else None) for r in roles))


def version_of(city: int, state: ReviewState = ReviewState.IN_REVIEW) -> Subject:
    return Subject(city, state, AUTHOR, SUBMITTER)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_each_role_at_home_and_elsewhere(role: Role, action: Action) -> None:
    actor = holder(role)
    listed = action in MAY[role]
    of_the_city = role in CITY_ROLES
    if role is Role.LEAD and action in LEADS:
        assert not can(actor, action, version_of(ELSEWHERE))
        assert can(actor, action, replace(version_of(ELSEWHERE), disputed=True))
        return
    if role is Role.REVIEWER and action is Action.TAKE_BACK:
        mine = frozenset({actor.user_id} if actor.user_id else ())
        theirs = mine | {UUID(int=77)}
        waiting = replace(version_of(ELSEWHERE), proposed=True, reader_ids=mine)
        assert can(actor, action, waiting)
        assert not can(actor, action, replace(waiting, proposed=False))
        assert not can(actor, action, replace(waiting, reader_ids=theirs, disputed=True))
        assert not can(actor, action, replace(waiting, reader_ids=frozenset({UUID(int=77)})))
        return
    if role is Role.REVIEWER and action is Action.UPHOLD:
        assert not can(actor, action, version_of(ELSEWHERE))
        assert can(actor, action, replace(version_of(ELSEWHERE), proposed=True))
        return
    assert can(actor, action, version_of(HOME)) == listed
    assert can(actor, action, version_of(ELSEWHERE)) == (listed and not of_the_city)


@pytest.mark.parametrize("action", Action)
def test_the_public_must_sign_in(action: Action) -> None:
    with pytest.raises(SignInRequired):
        check(PUBLIC, action, version_of(HOME))


@pytest.mark.parametrize("action", Action)
def test_a_person_without_roles_may_nothing(action: Action) -> None:
    with pytest.raises(Forbidden):
        check(Actor(ME), action, version_of(HOME))


@pytest.mark.parametrize("action", Action)
def test_the_operator_administers_and_decides_nothing(action: Action) -> None:
    assert can(OPERATOR, action, REGISTER) == (action in MAY[Role.ADMINISTRATOR])


@pytest.mark.parametrize("action", sorted(REVIEWERS))
@pytest.mark.parametrize(
    "subject",
    [
        Subject(ELSEWHERE, ReviewState.IN_REVIEW, ME, SUBMITTER),
        Subject(ELSEWHERE, ReviewState.IN_REVIEW, AUTHOR, ME),
        Subject(HOME, ReviewState.IN_REVIEW, AUTHOR, SUBMITTER),
    ],
    ids=["author", "submitter", "member of the city"],
)
def test_own_work_is_refused_by_that_name(action: Action, subject: Subject) -> None:
    with pytest.raises(OwnWork):
        check(holder(Role.REVIEWER, Role.CITY_EDITOR), action, subject)


def test_the_role_one_acts_under() -> None:
    both = holder(Role.CITY_EDITOR, Role.CITY_SIGNER, Role.REVIEWER)
    assert check(both, Action.SUBMIT, version_of(HOME)) is Role.CITY_SIGNER
    assert check(both, Action.EDIT, version_of(HOME)) is Role.CITY_EDITOR
    assert check(both, Action.APPROVE, version_of(ELSEWHERE)) is Role.REVIEWER


def test_every_role_has_its_rules() -> None:
    assert {role: set(rules) for role, rules in RULES.items()} == MAY


@pytest.mark.parametrize("state", ReviewState)
def test_who_sees_a_version(state: ReviewState) -> None:
    submitted = Subject(HOME, state, AUTHOR, SUBMITTER)
    never_submitted = Subject(HOME, state, AUTHOR, None)
    public = state in PUBLIC_STATES
    assert sees(PUBLIC, submitted) == public
    assert sees(holder(Role.CITY_EDITOR, city=ELSEWHERE), submitted) == public
    assert sees(holder(Role.CITY_EDITOR), submitted)
    assert sees(holder(Role.CITY_EDITOR), never_submitted)
    for role in (Role.REVIEWER, Role.ADMINISTRATOR):
        assert sees(holder(role), submitted) == (state is not ReviewState.DRAFT)
        assert sees(holder(role), never_submitted) == public
