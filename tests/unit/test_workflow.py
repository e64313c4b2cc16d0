"""The review's room: versions move along one table, and only so."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.errors import RegistryError, WrongState
from registry.domain.model import (
    CITY_ROLES,
    DECISIONS,
    LIVE_STATES,
    OPEN_STATES,
    PUBLIC,
    Action,
    Actor,
    Membership,
    ReviewState,
    Role,
    Subject,
)
from registry.domain.permissions import can, check
from registry.domain.workflow import TRANSITIONS, available, leads_to

AUTHOR, SUBMITTER, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
CITIES = (1, 2)

memberships = st.sampled_from(
    [Membership(role, city) for role in CITY_ROLES for city in CITIES]
    + [Membership(role, None) for role in set(Role) - CITY_ROLES]
)
actors = st.builds(Actor, st.sampled_from([AUTHOR, SUBMITTER, OTHER]), st.frozensets(memberships))
versions = st.builds(
    Subject,
    city_id=st.sampled_from(CITIES),
    state=st.sampled_from(ReviewState),
    author_id=st.just(AUTHOR),
    submitter_id=st.sampled_from([SUBMITTER, AUTHOR, None]),
    replaceable=st.booleans(),
    overtaken=st.booleans(),
)


def would_be_done(actor: Actor, action: Action, subject: Subject) -> bool:
    """What the actions ask before they move a version."""
    try:
        check(actor, action, subject)
        leads_to(subject, action)
    except RegistryError:
        return False
    return True


@given(actors | st.just(PUBLIC), versions)
def test_what_is_offered_is_what_would_be_done(actor: Actor, version: Subject) -> None:
    offered = available(actor, version)
    assert list(offered) == [a for a in Action if would_be_done(actor, a, version)]


@given(actors, versions)
def test_no_decision_is_offered_to_the_author_the_submitter_or_a_member_of_the_city(
    actor: Actor, version: Subject
) -> None:
    offered = set(available(actor, version)) & (DECISIONS | {Action.CLAIM})
    if offered:
        assert actor.user_id not in {version.author_id, version.submitter_id}
        assert version.city_id not in actor.city_ids
        assert actor.has(Role.REVIEWER)


@given(actors, versions)
def test_nobody_supersedes_by_hand(actor: Actor, version: Subject) -> None:
    assert Action.SUPERSEDE not in available(actor, version)
    assert not can(actor, Action.SUPERSEDE, version)


def test_the_public_is_offered_nothing() -> None:
    for state in ReviewState:
        assert available(PUBLIC, Subject(1, state, AUTHOR, SUBMITTER)) == ()


def test_what_is_not_a_version_is_offered_nothing() -> None:
    everyone = Actor(OTHER, frozenset(Membership(role, 1) for role in Role))
    assert available(everyone, Subject(city_id=1)) == ()
    with pytest.raises(WrongState):
        leads_to(Subject(city_id=1), Action.SUBMIT)


def test_every_state_can_be_reached() -> None:
    reached, new = set(), {ReviewState.DRAFT}
    while new:
        reached |= new
        new = {to for (state, _), to in TRANSITIONS.items() if state in reached} - reached
    assert reached == set(ReviewState)


def test_only_a_rejected_or_superseded_version_goes_nowhere() -> None:
    leaving = {state for state, _ in TRANSITIONS}
    assert set(ReviewState) - leaving == {ReviewState.REJECTED, ReviewState.SUPERSEDED}


def test_a_decision_is_made_on_what_is_in_review_or_was_approved() -> None:
    before_a_decision = {
        state for state, action in TRANSITIONS if action in {Action.WITHDRAW, Action.EDIT}
    }
    assert before_a_decision == OPEN_STATES
    for (state, action), to in TRANSITIONS.items():
        if action in {Action.APPROVE, Action.RETURN, Action.REJECT}:
            assert state is ReviewState.IN_REVIEW
        if action in {Action.SUSPEND, Action.REVOKE, Action.SUPERSEDE}:
            assert state in LIVE_STATES
        if action is Action.REVISE:
            assert state not in OPEN_STATES
            assert to is ReviewState.DRAFT


@pytest.mark.parametrize("action", [Action.REVISE, Action.REINSTATE])
def test_an_older_version_does_not_come_back_beside_a_newer_one(action: Action) -> None:
    old = Subject(1, ReviewState.REVOKED, AUTHOR, SUBMITTER, replaceable=False, overtaken=True)
    with pytest.raises(WrongState):
        leads_to(old, action)
    reviewer = Actor(OTHER, frozenset({Membership(Role.REVIEWER, None)}))
    editor = Actor(OTHER, frozenset({Membership(Role.CITY_EDITOR, 1)}))
    assert available(reviewer, old) == available(editor, old) == ()


def test_a_draft_beside_it_hinders_no_reinstatement_and_is_not_betrayed() -> None:
    suspended = Subject(1, ReviewState.SUSPENDED, AUTHOR, SUBMITTER, replaceable=False)
    reviewer = Actor(OTHER, frozenset({Membership(Role.REVIEWER, None)}))
    assert leads_to(suspended, Action.REINSTATE) is ReviewState.APPROVED
    assert Action.REINSTATE in available(reviewer, suspended)
    with pytest.raises(WrongState):
        leads_to(suspended, Action.REVISE)
