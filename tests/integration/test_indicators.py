"""Indicators 1, 3 and 4 on the real database: reporting, four eyes, and figures that stay."""

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from registry.actions import indicators as acts
from registry.db.tables import Base
from registry.domain.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    OwnWork,
    SignInRequired,
    WrongState,
)
from registry.domain.indicator_intake import (
    BodyDraft,
    EntryDecisionDraft,
    Stated,
    read_lines,
    sealed,
)
from registry.domain.indicators import Count, EntryState, Indicator, LineKind
from registry.domain.model import OPERATOR, PUBLIC, Actor, Membership, Role
from registry.domain.trajectory import Course
from registry.queries.indicator_figures import figure
from registry.queries.indicators import Wanted, count_on, entries, sheet, unit_rows
from registry.queries.moments import Moment, moment
from tests.factories import Clock, World

SECRET = "a secret of at least thirty-two characters"
CARD = "001099012345"
SOURCE = "https://dichvucong.gov.vn/p/home"
SERVICE = {
    "code": "1.004873",
    "name_vi": "Cấp giấy phép",
    "owner": "Bộ Tài chính",
    "since": "2024-01-01",
    "source_url": SOURCE,
}
SUPPORT = {
    "code": "tl-1",
    "service": "1.004873",
    "support": "virtual_assistant",
    "name_vi": "Trợ lý ảo",
    "since": "2024-03-01",
    "source_url": "https://example.vn/tro-ly",
}
COURSE = {
    "code": "k-1",
    "organiser": "Học viện",
    "name_vi": "Ứng dụng AI",
    "held_on": "2024-04-01",
    "in_scheme": True,
    "source_url": SOURCE,
}
DONE = {"course": "k-1", "completed_on": "2024-04-05", "person": CARD, "source_url": SOURCE}
TOTAL = {"since": "2024-01-01", "total": 4, "name_vi": "Tổng", "source_url": SOURCE}
ONE, THREE, FOUR = Indicator.SERVICES, Indicator.PEOPLE, Indicator.OPEN_DATA


@pytest.fixture
def keeper(world: World, clock: Clock) -> Actor:
    clock.set("2025-01-10")
    return world.user(Role.ADMINISTRATOR)


def lines(kind: LineKind, *said: dict[str, Any]) -> list[Stated]:
    return sealed(read_lines(kind, said), SECRET)


def reported(
    world: World, by: Actor, n: Indicator, kind: LineKind, *said: dict[str, Any]
) -> list[UUID]:
    """Reports lines; their ids."""
    with world.act(by) as act:
        position = acts.report(act, n, kind, lines(kind, *said))
        found = entries(act.session, Wanted(n, kind), limit=100)
        return [entry.id for entry in found if entry.position == position]


def decided(world: World, ids: list[UUID], action: str = "approve", **more: Any) -> int:
    draft = EntryDecisionDraft.read({"action": action, "reason": "theo hồ sơ", **more})
    with world.act(world.reviewer()) as act:
        return acts.decide(act, ids, draft)


def approved(
    world: World, by: Actor, n: Indicator, kind: LineKind, *said: dict[str, Any]
) -> list[UUID]:
    ids = reported(world, by, n, kind, *said)
    decided(world, ids)
    return ids


def now(world: World, on: str = "2025-01-01") -> Moment:
    with world.factory() as session:
        return moment(session, world.clock(), date.fromisoformat(on))


def counted(world: World, n: Indicator, at: Moment) -> Count:
    with world.factory() as session:
        return count_on(session, n, at)


def test_nothing_counts_before_somebody_else_approved_it(world: World, keeper: Actor) -> None:
    services = reported(world, keeper, ONE, LineKind.SERVICE, SERVICE)
    support = reported(world, keeper, ONE, LineKind.SUPPORT, SUPPORT)
    assert counted(world, ONE, now(world)) == Count(None, 0)
    decided(world, services)
    assert counted(world, ONE, now(world)) == Count(None, 1)
    decided(world, support)
    assert counted(world, ONE, now(world)) == Count(1, 1)
    assert counted(world, ONE, now(world, "2024-02-29")) == Count(None, 1)


def test_whoever_reported_a_line_does_not_approve_it(world: World) -> None:
    both = world.user(Role.ADMINISTRATOR)
    both = Actor(both.user_id, both.memberships | {Membership(Role.REVIEWER, None)})
    own = reported(world, both, ONE, LineKind.SERVICE, SERVICE)
    other = reported(
        world, world.user(Role.ADMINISTRATOR), ONE, LineKind.SERVICE, SERVICE | {"code": "2"}
    )
    draft = EntryDecisionDraft.read({"action": "approve"})
    for ids in (own, [*other, *own]):
        with pytest.raises(OwnWork), world.act(both) as act:
            acts.decide(act, ids, draft)
    assert counted(world, ONE, now(world)) == Count(None, 0)
    with world.act(both) as act:
        acts.decide(act, other, draft)
    # The database refuses it too, whatever our Python says.
    with pytest.raises(DBAPIError, match="reported themselves"), world.act(both) as act:
        act.session.execute(
            text("""
                INSERT INTO indicator_decision (entry_id, position, action, reason, decider_id)
                VALUES (:entry, 1, 'approve', '', :me)
            """),
            {"entry": own[0], "me": both.user_id},
        )


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.LEAD])
def test_only_administrators_report(world: World, role: Role) -> None:
    for actor, refusal in ((world.user(role), Forbidden), (PUBLIC, SignInRequired)):
        with pytest.raises(refusal), world.act(actor) as act:
            acts.report(act, ONE, LineKind.SERVICE, lines(LineKind.SERVICE, SERVICE))


def test_a_line_is_decided_once_and_revoked_once(world: World, keeper: Actor) -> None:
    ids = approved(world, keeper, ONE, LineKind.SERVICE, SERVICE)
    for action in ("approve", "return"):
        with pytest.raises(WrongState):
            decided(world, ids, action)
    decided(world, ids, "revoke", from_the_start=True)
    with pytest.raises(WrongState):
        decided(world, ids, "revoke", from_the_start=True)
    with pytest.raises(InvalidInput, match="/reason: required"):
        decided(world, ids, "revoke", from_the_start=True, reason="")
    with pytest.raises(NotFound):
        decided(world, [UUID(int=1)])


def test_a_returned_line_is_reported_again(world: World, keeper: Actor) -> None:
    ids = reported(world, keeper, ONE, LineKind.SERVICE, SERVICE)
    with pytest.raises(InvalidInput, match="nothing_new"):
        reported(world, keeper, ONE, LineKind.SERVICE, SERVICE)
    decided(world, ids, "return", reason="Thiếu nguồn")
    approved(world, keeper, ONE, LineKind.SERVICE, SERVICE)
    with world.factory() as session:
        states = [entry.state for entry in entries(session, Wanted(), limit=9)]
    assert states == [EntryState.RETURNED, EntryState.APPROVED]


def test_what_was_known_stays_known(world: World, keeper: Actor, clock: Clock) -> None:
    """A figure asked for again, as known then, is the same whatever is learned later."""
    approved(world, keeper, ONE, LineKind.SERVICE, SERVICE, SERVICE | {"code": "2"})
    support = approved(world, keeper, ONE, LineKind.SUPPORT, SUPPORT)
    first = now(world)
    clock.set("2025-02-01")
    # A correction: it began only later, and the second service was never one.
    approved(world, keeper, ONE, LineKind.SUPPORT, SUPPORT | {"since": "2025-01-20"})
    second = now(world)
    approved(world, keeper, ONE, LineKind.SERVICE, SERVICE | {"code": "2", "until": "2024-06-01"})
    third = now(world)
    approved(world, keeper, ONE, LineKind.TOTAL, TOTAL)
    fourth = now(world)
    for _ in range(2):
        found = [counted(world, ONE, at) for at in (first, second, third, fourth)]
        assert found == [Count(1, 2), Count(None, 2), Count(None, 1), Count(None, 1, 4)]
        decided(
            world,
            approved(world, keeper, ONE, LineKind.SERVICE, SERVICE | {"code": f"{_}x"}),
            "revoke",
            effective_from="2024-05-01",
        )
    with pytest.raises(WrongState):
        decided(world, support)


def test_a_revocation_takes_the_days_it_names(world: World, keeper: Actor) -> None:
    approved(world, keeper, ONE, LineKind.SERVICE, SERVICE)
    ids = approved(world, keeper, ONE, LineKind.SUPPORT, SUPPORT)
    before = now(world)
    decided(world, ids, "revoke", effective_from="2024-12-01")
    assert counted(world, ONE, now(world, "2024-11-30")) == Count(1, 1)
    assert counted(world, ONE, now(world)) == Count(0, 1)
    assert counted(world, ONE, before) == Count(1, 1)


def test_one_person_of_two_courses_counts_once(world: World, keeper: Actor) -> None:
    other = COURSE | {"code": "k-2", "in_scheme": True}
    approved(world, keeper, THREE, LineKind.COURSE, COURSE, other)
    approved(
        world,
        keeper,
        THREE,
        LineKind.COMPLETION,
        DONE,
        DONE | {"course": "k-2"},
        DONE | {"person": "001099012346"},
        {k: v for k, v in DONE.items() if k != "person"} | {"number": 40},
    )
    assert counted(world, THREE, now(world)) == Count(2, numbers_only=40)
    with world.factory() as session:
        rows = unit_rows(session, THREE, now(world))
    assert [(row.entry.key, row.people, row.numbers) for row in rows] == [
        ("k-1", 2, 40),
        ("k-2", 1, 0),
    ]


def test_no_identity_number_is_anywhere(world: World, keeper: Actor) -> None:
    approved(world, keeper, THREE, LineKind.COURSE, COURSE)
    with world.act(keeper) as act:
        acts.hand_in(
            act,
            THREE,
            LineKind.COMPLETION,
            lines(LineKind.COMPLETION, DONE),
            file_name="ds.xlsx",
            numbers=[2],
        )
    approved(world, keeper, THREE, LineKind.COMPLETION, DONE)
    with world.factory() as session:
        for table in Base.metadata.tables.values():
            assert CARD not in str(session.execute(select(table)).all()), table.name
        people = session.scalar(text("SELECT count(person_key) FROM indicator_entry"))
    assert people == 1


def test_without_a_secret_only_numbers_are_taken() -> None:
    drafts = read_lines(LineKind.COMPLETION, [DONE])
    with pytest.raises(InvalidInput, match="/lines/0/person: no_secret_for_people"):
        sealed(drafts, None)


@pytest.mark.parametrize(
    ("n", "kind", "said", "wrong"),
    [
        (ONE, LineKind.SUPPORT, SUPPORT | {"service": "9"}, "/lines/0/service: nothing_of_this"),
        (ONE, LineKind.SUPPORT, SUPPORT | {"since": "2026-01-01"}, "/lines/0/since: in_the_fut"),
        (THREE, LineKind.COMPLETION, DONE, "/lines/0/course: nothing_of_this_code"),
        (ONE, LineKind.SERVICE, SERVICE | {"owner": ""}, "/lines/0/owner: required"),
        (ONE, LineKind.SERVICE, SERVICE | {"surprise": "x"}, "/lines/0/surprise: unknown_field"),
    ],
)
def test_a_line_that_cannot_be_is_named(
    world: World, keeper: Actor, n: Indicator, kind: LineKind, said: dict[str, Any], wrong: str
) -> None:
    approved(world, keeper, ONE, LineKind.SERVICE, SERVICE)
    with pytest.raises(InvalidInput, match=wrong), world.act(keeper) as act:
        acts.judge(act, n, kind, lines(kind, said))


def test_lines_of_one_list_do_not_contradict_each_other(world: World, keeper: Actor) -> None:
    twice = [SERVICE, SERVICE | {"name_vi": "Tên khác"}]
    with pytest.raises(InvalidInput, match="line_twice"):
        reported(world, keeper, ONE, LineKind.SERVICE, *twice)
    with pytest.raises(NotFound):
        reported(world, keeper, FOUR, LineKind.SERVICE, SERVICE)


def test_a_list_is_confirmed_once_and_says_what_is_new(world: World, keeper: Actor) -> None:
    approved(world, keeper, ONE, LineKind.SERVICE, SERVICE)
    told = [SERVICE, SERVICE | {"code": "2"}]
    with world.act(keeper) as act:
        row = acts.hand_in(
            act,
            ONE,
            LineKind.SERVICE,
            lines(LineKind.SERVICE, *told),
            file_name="ds.csv",
            numbers=[3, 5],
        )
    with world.factory() as session:
        found = sheet(session, row.id)
        assert found is not None
        assert [(line["row"], line["verdict"]) for line in found.lines] == [(3, "same"), (5, "new")]
    with world.act(keeper) as act:
        acts.confirm(act, row.id)
    for late in (acts.confirm, acts.put_aside):
        with pytest.raises(WrongState), world.act(keeper) as act:
            late(act, row.id)
    with world.factory() as session:
        assert len(entries(session, Wanted(ONE), limit=9)) == 2


def test_the_register_is_founded_once(world: World, keeper: Actor) -> None:
    del keeper
    body = {
        "code": "BTC",
        "name_vi": "Bộ Tài chính",
        "level": "ministry",
        "since": "2021-07-23",
        "legal_basis": "08/2021/QH15",
        "source_url": SOURCE,
    }
    for _ in range(2):
        with world.act(OPERATOR) as act:
            acts.found_register(act, FOUR, [BodyDraft.read(body)])
    assert counted(world, FOUR, now(world)) == Count(None, 1)
    with world.factory() as session:
        assert len(entries(session, Wanted(FOUR), limit=9)) == 1


def test_the_event_vouches_for_what_was_reported(world: World, keeper: Actor) -> None:
    reported(world, keeper, ONE, LineKind.SERVICE, SERVICE)
    with world.factory() as session:
        event = session.execute(
            text("SELECT kind, payload FROM event ORDER BY position DESC LIMIT 1")
        ).one()
    assert event.kind == "indicator.report"
    assert event.payload["lines"] == 1
    assert len(event.payload["lines_sha256"]) == 64
    assert "Cấp giấy phép" not in json.dumps(event.payload, ensure_ascii=False)


def test_a_figure_is_judged_against_its_targets(world: World, keeper: Actor) -> None:
    with world.factory() as session:
        bare = figure(session, ONE, now(world))
    assert (bare.target, bare.point.counted) == (None, None)
    world.targets(1, first=30)
    world.targets(3, "people", first=2)
    told = [SERVICE | {"code": str(number)} for number in range(4)]
    approved(world, keeper, ONE, LineKind.SERVICE, *told)
    approved(world, keeper, ONE, LineKind.SUPPORT, SUPPORT | {"service": "1"})
    approved(world, keeper, THREE, LineKind.COURSE, COURSE)
    approved(world, keeper, THREE, LineKind.COMPLETION, DONE, DONE | {"person": "0" * 12})
    with world.factory() as session:
        one, three = (figure(session, n, now(world)) for n in (ONE, THREE))
    assert one.target is not None
    # 1 of 4 is 25%: one is missing for 30%, and the year is over.
    assert (one.target.missing, one.target.course is Course.MET) == (1, False)
    assert three.target is not None
    assert (three.point.counted, three.target.course) == (2, Course.MET)
    assert [p.on for p in one.quarterly][-2:] == [date(2024, 12, 31), date(2025, 1, 1)]
