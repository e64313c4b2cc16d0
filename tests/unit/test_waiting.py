"""The porter's clock: service targets, leases that end, what a filter asks."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from registry.domain.desk import DeskPolicy, as_met, lease_ended
from registry.domain.errors import InvalidInput
from registry.domain.model import Actor, Membership, ReviewState, Role, Subject
from registry.domain.waiting import Held, QueueFilter, SavedFilterDraft

NOW = datetime(2025, 6, 15, 2, 0, tzinfo=UTC)
ME = Actor(uuid4(), frozenset({Membership(Role.REVIEWER, None)}))
HELD = Subject(1, ReviewState.IN_REVIEW, uuid4(), uuid4(), holder_id=uuid4())


def test_the_service_target_is_so_many_days_after_the_day_of_submission() -> None:
    assert DeskPolicy(service_days=15).due_on(date(2025, 12, 20)) == date(2026, 1, 4)


def test_a_lease_lasts_as_long_as_the_policy_says_and_ends_at_its_last_instant() -> None:
    end = DeskPolicy(lease_hours=24).lease_end(NOW)
    assert end == NOW + timedelta(hours=24)
    assert not lease_ended(end, end - timedelta(microseconds=1))
    assert lease_ended(end, end)


def test_what_was_taken_up_before_there_were_leases_is_free_at_the_next_round() -> None:
    assert lease_ended(None, NOW)


def test_what_a_colleague_holds_is_free_to_others_once_their_time_has_ended() -> None:
    assert as_met(ME, HELD, NOW + timedelta(seconds=1), NOW) is HELD
    met = as_met(ME, HELD, NOW, NOW)
    assert (met.state, met.holder_id) == (ReviewState.SUBMITTED, None)
    holder = Actor(HELD.holder_id, ME.memberships)
    assert as_met(holder, HELD, NOW, NOW) is HELD


def test_a_filter_is_its_own_address() -> None:
    asked = {"held": "me", "risk": "high", "new": "yes", "q": "ngập", "order": "service"}
    wanted = QueueFilter.read(asked)
    assert wanted.held is Held.ME
    assert wanted.given() == asked
    assert QueueFilter.read(wanted.given()) == wanted
    assert QueueFilter.read({"state": "", "held": " ", "q": "  "}).given() == {}


@pytest.mark.parametrize(
    "asked", [{"risk": "none"}, {"held": "she"}, {"q": "a" * 201}, {"q": "\0"}, {"colour": "red"}]
)
def test_what_no_filter_asks_is_refused(asked: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        QueueFilter.read(asked)


def test_a_filter_is_saved_under_a_name() -> None:
    with pytest.raises(InvalidInput):
        SavedFilterDraft.read({"name": "  "})
