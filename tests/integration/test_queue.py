"""The porter's lodge: leases, the next in line, what each filter shows, filters that are kept."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, text
from sqlalchemy.dialects.postgresql import Range

from registry.actions import later, leases, periods, reading, saved_filters
from registry.actions.account import grant
from registry.db.engine import transaction
from registry.db.tables import DeskPolicyRow, UseCaseVersion
from registry.domain.errors import (
    Forbidden,
    InOtherHands,
    InvalidInput,
    NotFound,
    OwnWork,
    RegistryError,
    Stale,
    TooMany,
    WrongState,
)
from registry.domain.intake import AssignmentDraft, HandBackDraft
from registry.domain.model import OPERATOR, Action, Actor, Membership, Role, UnitType, UrbanClass
from registry.domain.period_intake import PeriodDraft
from registry.domain.waiting import MOST_SAVED, QueueFilter, SavedFilterDraft
from registry.queries.saved_filters import saved_filters as kept_by
from registry.queries.waiting import queue, tally
from tests.factories import Clock, World
from tests.jobs import run_jobs
from tests.postgres import Database

ALL = QueueFilter()


@pytest.fixture
def country(world: World) -> World:
    world.targets()
    world.province("48")
    world.province("79", box=(106, 10, 107, 11))
    with transaction(world.factory) as session:
        session.add(
            DeskPolicyRow(
                valid=Range(date(2000, 1, 1), None),
                service_days=15,
                lease_hours=24,
                sample_percent=0,
                high_risk_twice=False,
                revocation_twice=False,
                source="test",
            )
        )
    return world


def submitted(world: World, city: str = "", **changes: Any) -> UUID:
    city = city or world.city()
    signer = world.signer(city)
    version = world.draft(signer, city, [world.problem(signer, city)], **changes)
    world.submit(signer, version)
    return version


def row(world: World, version: UUID) -> UseCaseVersion:
    with world.factory() as session:
        return session.get_one(UseCaseVersion, version)


def events(world: World) -> list[tuple[str, str | None, dict[str, Any]]]:
    with world.factory() as session:
        rows = session.execute(
            text("SELECT kind, actor_id, payload FROM event ORDER BY position DESC LIMIT 3")
        )
        return [(r.kind, r.actor_id, r.payload) for r in rows]


def hand_back(world: World, version: UUID, by: Actor, note: str = "") -> None:
    revision = row(world, version).revision
    with world.act(by) as act:
        leases.hand_back(act, version, HandBackDraft(note=note), revision)


def reassign(world: World, version: UUID, by: Actor, to: Actor) -> None:
    revision = row(world, version).revision
    assert to.user_id is not None
    with world.act(by) as act:
        leases.reassign(act, version, AssignmentDraft(reviewer=to.user_id), revision)


def titles(world: World, actor: Actor, wanted: QueueFilter = ALL) -> list[str]:
    with world.factory() as session:
        return [line.title for line in queue(session, actor, world.clock(), wanted)]


# ── Leases ──────────────────────────────────────────────────────────────────────────────────


def test_what_is_taken_up_is_held_as_long_as_the_policy_says(country: World) -> None:
    version = submitted(country)
    country.claim(version)
    assert row(country, version).lease_until == country.clock() + timedelta(hours=24)
    country.decide(version, Action.APPROVE)
    assert row(country, version).lease_until is None


def test_the_worker_gives_back_what_was_not_decided_in_time(
    country: World, clock: Clock, database: Database
) -> None:
    ended, running, decided = (submitted(country) for _ in range(3))
    for version in (ended, decided):
        country.claim(version)
    country.decide(decided, Action.APPROVE)
    clock.set("2025-06-15T20:00:00")
    country.claim(running)
    clock.set("2025-06-16T02:00:00")
    with transaction(country.factory) as session:
        later.defer(session, "leases.end")
    assert ("leases.end", "succeeded") in run_jobs(database, clock)
    given = row(country, ended)
    assert (given.state, given.reviewer_id, given.lease_until) == ("submitted", None, None)
    assert row(country, running).state == "in_review"
    kind, actor, payload = events(country)[0]
    assert (kind, actor, payload["reason"]) == ("version.hand_back", None, "lease ended")
    with country.act(OPERATOR) as act:
        assert not leases.end_lease(act, running)
        assert not leases.end_lease(act, ended)
        assert not leases.end_lease(act, uuid4())


def test_who_comes_after_an_ended_lease_gets_the_entry_at_once(
    country: World, clock: Clock
) -> None:
    version = submitted(country)
    country.claim(version)
    second = country.user(Role.REVIEWER)
    clock.set("2025-06-16T01:59:59")
    with pytest.raises(WrongState):
        country.claim(version, second)
    clock.set("2025-06-16T02:00:00")
    country.claim(version, second)
    assert row(country, version).reviewer_id == second.user_id
    assert [kind for kind, _, _ in events(country)[:2]] == ["version.claim", "version.hand_back"]
    with pytest.raises(InOtherHands):
        country.decide(version, Action.APPROVE)
    country.decide(version, Action.APPROVE, by=second)


def test_only_its_holder_or_the_lead_hands_an_entry_back(country: World) -> None:
    version = submitted(country)
    country.claim(version)
    with pytest.raises(InOtherHands):
        hand_back(country, version, country.user(Role.REVIEWER))
    with pytest.raises(Forbidden):
        hand_back(country, version, country.user(Role.ADMINISTRATOR))
    hand_back(country, version, country.reviewer(), note="Tôi quen người soạn")
    assert row(country, version).reviewer_id is None
    assert events(country)[0][2]["note"] == "Tôi quen người soạn"
    with pytest.raises(WrongState):
        hand_back(country, version, country.reviewer())
    country.claim(version)
    hand_back(country, version, country.user(Role.LEAD))
    with country.factory() as session:
        assert session.scalar(text("SELECT count(*) FROM message")) == 0


def test_the_lead_gives_an_entry_only_to_who_may_decide_it(country: World) -> None:
    city = country.city()
    version = submitted(country, city)
    country.claim(version)
    lead, other = country.user(Role.LEAD), country.user(Role.REVIEWER)
    with pytest.raises(Forbidden):
        reassign(country, version, country.reviewer(), other)
    local = country.user(Role.REVIEWER, email="both@example.vn")
    with country.act(OPERATOR) as act:
        grant(act, "both@example.vn", Role.CITY_EDITOR, city)
    closed = country.user(Role.REVIEWER)
    with transaction(country.factory) as session:
        session.execute(
            text("UPDATE user_account SET disabled_at = now() WHERE id = :id"),
            {"id": closed.user_id},
        )
    nobody = Actor(uuid4())
    for refused in (country.reviewer(), local, closed, country.signer(city), lead, nobody):
        with pytest.raises(InvalidInput):
            reassign(country, version, lead, refused)
    reassign(country, version, lead, other)
    held = row(country, version)
    assert held.reviewer_id == other.user_id
    assert held.lease_until == country.clock() + timedelta(hours=24)
    with pytest.raises(InOtherHands):
        country.decide(version, Action.APPROVE)
    country.decide(version, Action.APPROVE, by=other)


def test_of_two_who_hand_on_at_once_one_wins(country: World) -> None:
    version = submitted(country)
    country.claim(version)
    lead, other = country.user(Role.LEAD), country.user(Role.REVIEWER)
    revision = row(country, version).revision
    assert other.user_id is not None
    chosen = AssignmentDraft(reviewer=other.user_id)

    def back() -> None:
        with country.act(country.reviewer()) as act:
            leases.hand_back(act, version, HandBackDraft(), revision)

    def given() -> None:
        with country.act(lead) as act:
            leases.reassign(act, version, chosen, revision)

    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(each).exception() for each in (back, given)]
    assert [type(end) for end in ends if end is not None] == [Stale]


# ── The next in line ────────────────────────────────────────────────────────────────────────


def take_next(world: World, actor: Actor, wanted: QueueFilter = ALL) -> UUID | None:
    with world.act(actor) as act:
        version = leases.take_next(act, wanted)
        return None if version is None else version.id


def test_two_who_take_the_next_at_once_get_two_entries(country: World) -> None:
    waiting = {submitted(country) for _ in range(4)}
    people = [country.user(Role.REVIEWER) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda each: take_next(country, each), people))
    assert set(taken) == waiting
    assert take_next(country, people[0]) is None


def test_the_next_is_of_the_list_and_never_ones_own_work(country: World, clock: Clock) -> None:
    city = country.city()
    own = submitted(country, city)
    other = submitted(country, country.city(province="79"))
    local = country.user(Role.REVIEWER, email="both@example.vn")
    with country.act(OPERATOR) as act:
        grant(act, "both@example.vn", Role.CITY_EDITOR, city)
        membership = Membership(Role.CITY_EDITOR, row_city(country, city))
    local = Actor(local.user_id, local.memberships | {membership})
    assert take_next(country, local, QueueFilter(province="48")) is None
    assert take_next(country, local) == other
    assert take_next(country, local) is None
    assert take_next(country, country.user(Role.LEAD)) is None
    with country.factory() as session:
        line = queue(session, local, clock(), ALL)[0]
        assert isinstance(line.why_not(local, clock()), OwnWork)
        assert line.version_id == own
    # What a colleague's time has ended on comes round again.
    clock.set("2025-06-17T02:00:00")
    assert take_next(country, country.reviewer(), QueueFilter(province="79")) == other


def row_city(world: World, code: str) -> int:
    with world.factory() as session:
        found: int = session.execute(
            text("SELECT id FROM city WHERE code = :code"), {"code": code}
        ).scalar_one()
        return found


def test_a_city_takes_nothing_up(country: World) -> None:
    with pytest.raises(RegistryError):
        take_next(country, country.signer(country.city()))


# ── The list ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def desk(country: World, clock: Clock) -> World:
    """Four entries, each different in everything that a filter asks."""
    big = country.city("a", unit_type=UnitType.CENTRAL_CITY, urban_class=UrbanClass.SPECIAL)
    small = country.city("b", province="79", unit_type=UnitType.TOWNSHIP, urban_class=UrbanClass.V)
    clock.set("2025-05-20T02:00:00")
    submitted(country, big, title="Cũ", risk_level="high")
    clock.set("2025-06-02T02:00:00")
    signer = country.signer(small)
    traffic = country.problem(signer, small, area="traffic")
    version = country.draft(signer, small, [traffic], title="Lần đầu", risk_level="low")
    country.submit(signer, version)
    country.claim(version)
    country.decide(version, Action.RETURN)
    answer = country.revise(signer, version, title="Trả lời")
    clock.set("2025-06-14T20:00:00")
    country.submit(signer, answer)
    country.claim(answer)
    submitted(country, big, title="Của người khác")
    with country.factory() as session:
        newest = session.execute(
            text("SELECT id FROM use_case_version ORDER BY submitted_position DESC LIMIT 1")
        ).scalar_one()
    country.claim(newest, country.user(Role.REVIEWER))
    clock.set("2025-06-15T02:00:00")
    return country


ASKED: list[tuple[dict[str, str], list[str]]] = [
    ({}, ["Cũ", "Trả lời", "Của người khác"]),
    ({"order": "changed"}, ["Của người khác", "Trả lời", "Cũ"]),
    ({"order": "service"}, ["Cũ", "Trả lời", "Của người khác"]),
    ({"province": "79"}, ["Trả lời"]),
    ({"urban_class": "special"}, ["Cũ", "Của người khác"]),
    ({"unit_type": "township"}, ["Trả lời"]),
    ({"area": "traffic"}, ["Trả lời"]),
    ({"risk": "high"}, ["Cũ"]),
    ({"risk": "not_classified"}, ["Của người khác"]),
    ({"state": "submitted"}, ["Cũ"]),
    ({"round": "first"}, ["Cũ", "Của người khác"]),
    ({"round": "revision"}, ["Trả lời"]),
    ({"service": "overdue"}, ["Cũ"]),
    ({"service": "soon"}, []),
    ({"held": "me"}, ["Trả lời"]),
    ({"held": "nobody"}, ["Cũ"]),
    ({"held": "others"}, ["Của người khác"]),
    ({"q": "cua nguoi KHAC"}, ["Của người khác"]),
    ({"q": "%"}, []),
    ({"late": "2024"}, ["Cũ", "Trả lời", "Của người khác"]),
    ({"late": "1999"}, []),
    ({"reading": "second"}, []),
    ({"reading": "disputed"}, []),
    ({"new": "yes"}, ["Cũ", "Của người khác"]),
    ({"held": "me", "province": "48"}, []),
]


def test_each_question_of_a_filter_narrows_the_list_and_its_numbers(desk: World) -> None:
    facts = {
        "code": "2024",
        "name_vi": "Năm 2024",
        "name_en": "Year 2024",
        "reporting_day": "2024-12-31",
        "cut_off_day": "2025-03-31",
        "target_year": 2024,
    }
    with desk.act(desk.user(Role.ADMINISTRATOR)) as act:
        periods.announce(act, PeriodDraft.read(facts))
    assert {name for asked, _ in ASKED for name in asked} == set(QueueFilter.model_fields)
    for asked, shown in ASKED:
        wanted = QueueFilter.read(asked)
        assert titles(desk, desk.reviewer(), wanted) == shown, asked
        with desk.factory() as session:
            assert tally(session, desk.reviewer(), desk.clock(), wanted).total == len(shown)


def test_each_number_is_what_one_would_see_who_chose_it(desk: World) -> None:
    me = desk.reviewer()
    with desk.factory() as session:
        found = tally(session, me, desk.clock(), QueueFilter.read({"held": "me"}))
    assert (found.total, found.mine, found.overdue, found.new) == (1, 1, 0, 0)
    assert {state.value: n for state, n in found.states.items()} == {
        "submitted": 0,
        "in_review": 1,
    }


def test_the_last_day_of_the_service_target_is_not_overdue(desk: World, clock: Clock) -> None:
    overdue = QueueFilter.read({"service": "overdue", "province": "79"})
    soon = QueueFilter.read({"service": "soon", "province": "79"})
    # Submitted on 15 June in Viet Nam; the 30th is the last day.
    for now, late, near in (
        ("2025-06-26T16:59:59", False, False),
        ("2025-06-26T17:00:00", False, True),
        ("2025-06-30T16:59:59", False, True),
        ("2025-06-30T17:00:00", True, False),
    ):
        clock.set(now)
        assert bool(titles(desk, desk.reviewer(), overdue)) is late, now
        assert bool(titles(desk, desk.reviewer(), soon)) is near, now


def test_what_was_seen_is_new_again_once_it_changes(desk: World, clock: Clock) -> None:
    me, new = desk.user(Role.REVIEWER), QueueFilter(new=True)
    assert len(titles(desk, me, new)) == 3
    with desk.act(me) as act:
        saved_filters.seen(act, clock())
    assert titles(desk, me, new) == []
    assert len(titles(desk, desk.user(Role.REVIEWER), new)) == 3
    clock.set("2025-06-15T04:00:00")
    with desk.act(me) as act:
        saved_filters.seen(act, clock() - timedelta(days=9))
        saved_filters.seen(act, clock() - timedelta(hours=1))
    assert take_next(desk, desk.reviewer()) is not None
    assert titles(desk, me, new) == ["Cũ"]
    with desk.act(me) as act:
        saved_filters.seen(act, clock() + timedelta(days=9))
    clock.set("2025-06-15T05:00:00")
    submitted(desk, title="Mới")
    assert titles(desk, me, new) == ["Mới"]


def test_the_queue_asks_as_often_for_many_as_for_one(desk: World) -> None:
    """Lines and numbers; the page adds no loop of its own (see the test of the page)."""
    asked: list[str] = []
    with desk.factory() as session:
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
        queue(session, desk.reviewer(), desk.clock(), ALL)
        tally(session, desk.reviewer(), desk.clock(), ALL)
    assert len([each for each in asked if "FROM use_case_version v" in each]) == 2


# ── Filters that are kept ───────────────────────────────────────────────────────────────────


def keep(world: World, by: Actor, name: str, *, default: bool = False, **asked: Any) -> UUID:
    draft = SavedFilterDraft.read({"name": name, "wanted": asked, "default": default})
    with world.act(by) as act:
        return saved_filters.save_filter(act, draft).id


def test_filters_are_ones_own_and_one_is_the_default(country: World) -> None:
    me, other = country.reviewer(), country.user(Role.REVIEWER)
    first = keep(country, me, "Một", default=True, held="me")
    second = keep(country, me, "Hai", default=True, service="overdue")
    keep(country, other, "Một")
    with country.factory() as session:
        assert [(each.name, each.default) for each in kept_by(session, me)] == [
            ("Hai", True),
            ("Một", False),
        ]
    renamed = SavedFilterDraft.read({"name": "Hai", "default": True})
    with pytest.raises(InvalidInput), country.act(me) as act:
        saved_filters.change_filter(act, first, renamed)
    with country.act(me) as act:
        saved_filters.change_filter(act, second, renamed)
        saved_filters.delete_filter(act, first)
    for theirs in (first, second):
        with pytest.raises(NotFound), country.act(other) as act:
            saved_filters.delete_filter(act, theirs)
    with country.factory() as session:
        assert [each.name for each in kept_by(session, me)] == ["Hai"]


def test_there_is_an_end_to_the_filters_one_keeps(country: World) -> None:
    for number in range(MOST_SAVED):
        keep(country, country.reviewer(), f"{number}")
    with pytest.raises(TooMany):
        keep(country, country.reviewer(), "zu viel")
    with pytest.raises(Forbidden):
        keep(country, country.signer(country.city()), "không được")


def test_a_saved_word_that_is_no_longer_known_asks_for_nothing(country: World) -> None:
    keep(country, country.reviewer(), "Cũ", held="me")
    with transaction(country.factory) as session:
        session.execute(
            text("""UPDATE saved_filter SET wanted = '{"held": "me", "area": "dragons"}'""")
        )
    with country.factory() as session:
        assert kept_by(session, country.reviewer())[0].wanted.given() == {"held": "me"}


# ── Read ────────────────────────────────────────────────────────────────────────────────────


def test_who_has_read_a_text_says_so_once(country: World, clock: Clock) -> None:
    version = submitted(country)
    country.claim(version)
    revision = row(country, version).revision
    clock.set("2025-06-15T12:00:00")
    for _ in range(2):
        with country.act(country.reviewer()) as act:
            reading.mark_read(act, version, revision)
    assert row(country, version).lease_until == clock() + timedelta(hours=24)
    assert row(country, version).revision == revision
    assert [kind for kind, _, _ in events(country)].count("reading.marked") == 1
    with pytest.raises(InOtherHands), country.act(country.user(Role.REVIEWER)) as act:
        reading.mark_read(act, version, revision)
    with pytest.raises(Forbidden), country.act(country.user(Role.ADMINISTRATOR)) as act:
        reading.mark_read(act, version, revision)
