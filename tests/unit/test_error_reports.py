"""The letter box's room: reports move along one table; a stamp is ours, of its form and time."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain import tickets
from registry.domain.error_intake import ReportDraft
from registry.domain.error_reports import (
    ENDED,
    MOVES,
    ReportAct,
    ReportState,
    folded,
    last_day,
    leads_to,
    links_in,
    overdue,
    possible,
    reads_reporter,
    working_day,
)
from registry.domain.errors import InvalidInput, WrongState
from registry.domain.model import PUBLIC, Actor, Membership, Role

TODAY = date(2025, 6, 15)
SATURDAY = 6
NOW = datetime(2025, 6, 15, 2, 0, tzinfo=UTC)
SECRET = "one secret of forms, long enough"

states = st.sampled_from(ReportState)
acts = st.sampled_from(ReportAct)
days = st.none() | st.dates(TODAY - timedelta(days=3), TODAY + timedelta(days=3))


@given(states, acts, days)
def test_what_is_offered_is_what_would_be_done(
    state: ReportState, act: ReportAct, due_on: date | None
) -> None:
    try:
        reached = leads_to(state, act, due_on, TODAY)
    except WrongState:
        assert act not in possible(state, due_on, TODAY)
    else:
        assert act in possible(state, due_on, TODAY)
        assert reached is MOVES[state, act]


@given(acts, days)
def test_what_ended_moves_no_more(act: ReportAct, due_on: date | None) -> None:
    for state in ENDED:
        with pytest.raises(WrongState):
            leads_to(state, act, due_on, TODAY)


def test_every_state_is_reached_and_every_report_can_end() -> None:
    assert set(MOVES.values()) | {ReportState.RECEIVED} == set(ReportState)
    ends = set(ENDED)
    for _ in ReportState:
        ends |= {state for (state, _), to in MOVES.items() if to in ends}
    assert ends == set(ReportState)


@pytest.mark.parametrize(("late_by", "expected"), [(-1, False), (0, False), (1, True)])
def test_a_silent_city_is_overdue_after_its_last_day(late_by: int, expected: bool) -> None:
    due_on = TODAY - timedelta(days=late_by)
    assert overdue(ReportState.FORWARDED, due_on, TODAY) is expected
    assert not overdue(ReportState.ANSWERED, due_on, TODAY)
    closes = ReportAct.CLOSE in possible(ReportState.FORWARDED, due_on, TODAY)
    assert closes is expected


@pytest.mark.parametrize(
    ("asked_on", "days", "expected"),
    [
        # The day on which one is asked is not counted.
        (date(2025, 6, 16), 1, date(2025, 6, 17)),
        (date(2025, 6, 16), 4, date(2025, 6, 20)),
        (date(2025, 6, 16), 5, date(2025, 6, 23)),
        (date(2025, 6, 16), 6, date(2025, 6, 23)),
        (date(2025, 6, 16), 7, date(2025, 6, 23)),
    ],
)
def test_a_term_ends_on_no_day_of_rest(asked_on: date, days: int, expected: date) -> None:
    assert last_day(asked_on, days) == expected


@given(st.dates(max_value=date(9999, 12, 29)))
def test_a_day_of_rest_becomes_the_next_monday(day: date) -> None:
    found = working_day(day)
    assert found.isoweekday() < SATURDAY
    assert found == day or (day.isoweekday() >= SATURDAY and found.isoweekday() == 1)
    assert found - day < timedelta(days=3)


def test_who_reads_what_the_reporter_wrote() -> None:
    def actor(*held: tuple[Role, int | None]) -> Actor:
        return Actor(uuid4(), frozenset(Membership(*each) for each in held))

    assert reads_reporter(actor((Role.REVIEWER, None)), 1)
    assert reads_reporter(actor((Role.REVIEWER, None), (Role.CITY_EDITOR, 2)), 1)
    assert not reads_reporter(actor((Role.REVIEWER, None), (Role.CITY_EDITOR, 1)), 1)
    for role in (Role.LEAD, Role.ADMINISTRATOR):
        assert not reads_reporter(actor((role, None)), 1)
    assert not reads_reporter(actor((Role.CITY_SIGNER, 1)), 1)
    assert not reads_reporter(PUBLIC, 1)


def test_words_are_the_same_whatever_their_dress() -> None:
    assert folded("  Trạm ĐO này, đã tháo!\n") == folded("trạm đo này đã tháo")
    assert folded("trạm đo") != folded("trạm đó")


@pytest.mark.parametrize(
    ("text", "count"), [("không có", 0), ("HTTPS://a.vn và www.b.vn", 2), ("http:/a", 0)]
)
def test_links(text: str, count: int) -> None:
    assert links_in(text) == count


def test_an_address_may_be_missing_but_not_wrong() -> None:
    told = {"category": "other", "text": "Điều này không đúng."}
    assert ReportDraft.read(told).contact == ""
    with pytest.raises(InvalidInput):
        ReportDraft.read(told | {"contact": "a@b"})


# ── Stamps ──────────────────────────────────────────────────────────────────────────────────


@given(st.binary(min_size=16, max_size=16), st.text())
def test_a_stamp_is_read_again(nonce: bytes, about: str) -> None:
    ticket = tickets.read(SECRET, about, tickets.issue(SECRET, about, nonce, NOW))
    assert ticket is not None
    assert (ticket.nonce, ticket.issued_at) == (nonce, NOW)
    assert ticket.age(NOW + timedelta(seconds=5)) == timedelta(seconds=5)


@given(st.text())
def test_nonsense_is_no_stamp(text: str) -> None:
    assert tickets.read(SECRET, "/x 1", text) is None


def test_a_stamp_of_another_form_or_secret_is_none() -> None:
    stamp = tickets.issue(SECRET, "/x 1", bytes(16), NOW)
    assert tickets.read(SECRET, "/x 2", stamp) is None
    assert tickets.read(SECRET[::-1], "/x 1", stamp) is None
    for place in range(len(stamp) - 1):
        changed = "A" if stamp[place] != "A" else "B"
        assert tickets.read(SECRET, "/x 1", stamp[:place] + changed + stamp[place + 1 :]) is None


def test_a_code_hangs_on_everything_and_is_long() -> None:
    one = tickets.tracking_code(SECRET, b"a", b"b")
    assert len(one) * 5 >= 128
    assert one == tickets.tracking_code(SECRET, b"a", b"b")
    others = {
        tickets.tracking_code(SECRET, b"ab", b""),
        tickets.tracking_code(SECRET, b"a", b"c"),
        tickets.tracking_code(SECRET[::-1], b"a", b"b"),
    }
    assert len({one, *others}) == 4
