"""The archivist's room: which text was public when, out of any decisions."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from api.publicity import public_on, tombstone
from registry.domain.model import Action
from registry.domain.publicity import spans, standing
from registry.queries.entries import Ruling

START = datetime(2025, 1, 1, tzinfo=UTC)


def ruling(position: int, version: int, action: Action) -> Ruling:
    at = START + timedelta(days=position)
    return Ruling(position, version, action, "vì thế", True, None, at)


def told(*acts: tuple[int, Action]) -> list[Ruling]:
    return [ruling(place, version, action) for place, (version, action) in enumerate(acts, 1)]


A, S, R, B, N = (
    Action.APPROVE,
    Action.SUSPEND,
    Action.REVOKE,
    Action.REINSTATE,
    Action.RETURN,
)


def test_spans_follow_each_other() -> None:
    found = spans(told((1, A), (2, N), (2, A), (2, S), (2, B), (2, R)))
    assert [(s.version, s.ended_by) for s in found] == [
        (1, Action.SUPERSEDE),
        (2, S),
        (2, R),
    ]
    assert all(s.until is not None and s.since.position < s.until.position for s in found)


def test_nothing_is_public_before_the_first_approval() -> None:
    decisions = told((1, N), (1, A))
    assert standing(decisions, decisions[1].decided_at) is None
    assert public_on(decisions, date(2025, 1, 3)) is not None
    assert spans(told((1, N))) == []


def test_the_day_ends_at_midnight_in_viet_nam() -> None:
    """17:00 UTC is the next day there."""
    decisions = [Ruling(1, 1, A, "", True, None, datetime(2025, 1, 1, 17, 0, tzinfo=UTC))]
    assert public_on(decisions, date(2025, 1, 1)) is None
    assert public_on(decisions, date(2025, 1, 2)) is not None


def test_a_tombstone_names_the_last_word() -> None:
    decisions = told((1, A), (1, S), (1, R))
    stone = tombstone(decisions, 1)
    assert stone is not None
    assert (stone.ended.action, stone.approved.position) == (R, 1)
    assert tombstone(told((1, A), (1, S), (1, B)), 1) is None
    assert tombstone(told((1, A), (2, A)), 1) is None
    later = told((1, A), (1, R), (2, A))
    assert tombstone(later, 1) is not None
    assert tombstone(later, 2) is None


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from([A, S, R, B, N])), max_size=12))
def test_at_most_one_text_is_approved_at_a_time(acts: list[tuple[int, Action]]) -> None:
    found = spans(told(*acts))
    for earlier, later in pairwise(found):
        assert earlier.until is not None
        assert earlier.until.position <= later.since.position
