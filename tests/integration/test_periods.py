"""The publisher's room: periods, their cut-offs, figures that stay, what is learned afterwards."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from registry.actions import periods as acts
from registry.actions.standing import rebuild
from registry.db.engine import transaction
from registry.domain.coverage import Tally, Target
from registry.domain.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    PeriodOpen,
    RollMissing,
    Stale,
    WrongState,
)
from registry.domain.model import Action, Actor, Role
from registry.domain.period_intake import ExtensionDraft, PeriodDraft, PublicationDraft
from registry.domain.periods import Phase, digest
from registry.queries.coverage import coverage
from registry.queries.figures import Figure, Since, figure, figure_rows, figures, since
from registry.queries.moments import Moment, moment
from registry.queries.periods import late, period, periods
from tests.factories import Clock, World

CODE = "2024"
DAY = date(2024, 12, 31)
PERIOD: dict[str, Any] = {
    "code": CODE,
    "name_vi": "Báo cáo năm 2024",
    "name_en": "Report of 2024",
    "reporting_day": "2024-12-31",
    "cut_off_day": "2025-03-31",
    "target_year": 2024,
}


@pytest.fixture
def country(world: World, clock: Clock) -> World:
    """Four cities of the roll: two count by cases handed in before the cut-off."""
    clock.set("2025-01-10")
    world.targets()
    world.province()
    world.roll([world.city(code) for code in ("a", "b", "c", "d")], official_total=5)
    return world


@pytest.fixture
def keeper(country: World) -> Actor:
    return country.user(Role.ADMINISTRATOR)


def announced(world: World, keeper: Actor, **changes: Any) -> str:
    with world.act(keeper) as act:
        return acts.announce(act, PeriodDraft.read(PERIOD | changes)).code


def counted(world: World, city: str) -> tuple[Actor, Any]:
    signer = world.signer(city)
    return signer, world.approved(signer, city, [world.problem(signer, city)])


def published(world: World, keeper: Actor, counts: int = 2, total: int = 5) -> Figure:
    with world.act(keeper) as act:
        acts.publish(act, CODE, PublicationDraft(counted=counts, total=total))
    return read(world)


def read(world: World) -> Figure:
    with world.factory() as session:
        found = figure(session, CODE)
        assert found is not None
        return found


def learned(world: World, found: Figure) -> Since:
    with world.factory() as session:
        return since(session, found, moment(session, world.clock()))


def test_a_period_is_announced_extended_and_closed(
    country: World, keeper: Actor, clock: Clock
) -> None:
    announced(country, keeper)
    with country.factory() as session:
        found = period(session, CODE)
        assert found is not None
        assert found.cut_off.isoformat() == "2025-03-31T17:00:00+00:00"
        assert found.phase(clock()) is Phase.OPEN
    clock.set("2025-04-02")
    with country.act(keeper) as act:
        draft = {"cut_off_day": "2025-04-05", "cut_off_time": "12:00", "reason": "Bão số 1"}
        acts.extend(act, CODE, ExtensionDraft.read(draft))
    with country.factory() as session:
        (found,) = periods(session)
        assert found.cut_off.isoformat() == "2025-04-05T05:00:00+00:00"
        assert found.first_cut_off.isoformat() == "2025-03-31T17:00:00+00:00"
        assert [e.reason for e in found.extensions] == ["Bão số 1"]
        assert found.phase(clock()) is Phase.OPEN
        assert found.phase(clock.set("2025-04-06")) is Phase.CLOSED


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"code": CODE}, "/code", "taken_code"),
        ({"cut_off_day": "2024-12-30"}, "/cut_off_day", "before_reporting_day"),
        ({"target_year": 2027}, "/target_year", "unknown_choice"),
    ],
)
def test_a_period_that_cannot_be_is_refused(
    country: World, keeper: Actor, changes: dict[str, Any], pointer: str, code: str
) -> None:
    announced(country, keeper)
    with pytest.raises(InvalidInput) as refused:
        announced(country, keeper, **{"code": "other", **changes})
    assert [(p.pointer, p.code) for p in refused.value.problems] == [(pointer, code)]


def test_only_an_administrator_has_to_do_with_periods(country: World, keeper: Actor) -> None:
    announced(country, keeper)
    for actor in (country.reviewer(), country.signer("a")):
        with pytest.raises(Forbidden):
            announced(country, actor, code="other")
        with country.act(actor) as act, pytest.raises(Forbidden):
            acts.publish(act, CODE, PublicationDraft(counted=0, total=5))


def test_an_extension_is_later_and_before_publication(
    country: World, keeper: Actor, clock: Clock
) -> None:
    announced(country, keeper)
    same = ExtensionDraft.read({"cut_off_day": "2025-03-31", "reason": "Bão"})
    with country.act(keeper) as act, pytest.raises(InvalidInput) as refused:
        acts.extend(act, CODE, same)
    assert [p.code for p in refused.value.problems] == ["not_later"]
    with country.act(keeper) as act, pytest.raises(NotFound):
        acts.extend(act, "no-such", same)
    clock.set("2025-04-02")
    published(country, keeper, counts=0)
    later = ExtensionDraft.read({"cut_off_day": "2025-05-31", "reason": "Bão"})
    with country.act(keeper) as act, pytest.raises(WrongState):
        acts.extend(act, CODE, later)


def test_a_figure_is_published_once_after_the_cut_off_and_as_it_was_seen(
    country: World, keeper: Actor, clock: Clock
) -> None:
    announced(country, keeper)
    counted(country, "a")
    with pytest.raises(PeriodOpen):
        published(country, keeper, counts=1)
    clock.set("2025-04-02")
    with pytest.raises(Stale):
        published(country, keeper, counts=0)
    found = published(country, keeper, counts=1)
    assert found.tally == Tally(1, 4, 5)
    assert found.target == Target(2024, 20)
    assert found.position == found.moment.position + 1
    with pytest.raises(WrongState):
        published(country, keeper, counts=1)
    with country.factory() as session:
        listed = figures(session)
    assert [(f.code, f.rows, f.tally) for f in listed] == [(CODE, (), found.tally)]


def test_no_figure_without_a_roll(world: World, clock: Clock) -> None:
    clock.set("2025-01-10")
    world.targets()
    keeper = world.user(Role.ADMINISTRATOR)
    announced(world, keeper)
    clock.set("2025-04-02")
    with world.act(keeper) as act, pytest.raises(RollMissing):
        acts.publish(act, CODE, PublicationDraft(counted=0, total=1))


def test_a_published_figure_is_made_again_for_ever(
    country: World, keeper: Actor, clock: Clock
) -> None:
    """From the facts known then, and from the list that was kept; later facts change neither."""
    announced(country, keeper)
    _, version = counted(country, "a")
    counted(country, "b")
    clock.set("2025-04-02")
    found = published(country, keeper)

    clock.set("2025-05-01")
    country.decide(version, Action.REVOKE, reason="chưa từng vận hành")
    counted(country, "c")
    country.roll(["a", "c", "d"], code="urban-2024-b", official_total=3)
    with transaction(country.factory) as session:
        rebuild(session)

    again = read(country)
    assert again == found
    with country.factory() as session:
        then = Moment(DAY, found.moment.position, found.moment.known_at)
        assert coverage(session, then).tally == found.tally
        assert figure_rows(session, then) == list(found.rows)
    assert digest(again.rows) == found.rows_sha256
    assert sum(row.counts for row in again.rows) == found.tally.counted
    assert len(again.rows) == found.tally.enumerated
    (row,) = [r for r in again.rows if r.city == "a"]
    assert [(c.use_case, c.version, c.areas) for c in row.cases] == [("a-001", 1, ("flooding",))]


def test_later_knowledge_stands_beside_it_with_its_cause(
    country: World, keeper: Actor, clock: Clock
) -> None:
    announced(country, keeper)
    _, version = counted(country, "a")
    counted(country, "b")
    clock.set("2025-04-02")
    found = published(country, keeper)
    assert not learned(country, found).differs(found)

    clock.set("2025-05-01")
    revoked = country.decide(version, Action.REVOKE, reason="chưa từng vận hành")
    clock.set("2025-05-02")
    counted(country, "c")
    known = learned(country, found)
    assert known.tally == Tally(2, 4, 5)
    assert [(c.city_code, c.kind, c.position, c.use_case_code) for c in known.left] == [
        ("a", "version.revoke", revoked, "a-001")
    ]
    assert [(c.city_code, c.kind, c.use_case_code) for c in known.entered] == [
        ("c", "version.approve", "c-001")
    ]
    clock.set("2025-05-03")
    country.roll(["a", "c", "d"], code="urban-2024-b", official_total=3)
    known = learned(country, found)
    assert known.tally == Tally(1, 3, 3)
    assert [(c.city_code, c.kind) for c in known.left] == [
        ("a", "version.revoke"),
        ("b", "roll.in_force"),
    ]


def test_who_comes_back_is_no_change(country: World, keeper: Actor, clock: Clock) -> None:
    announced(country, keeper)
    _, version = counted(country, "a")
    clock.set("2025-04-02")
    found = published(country, keeper, counts=1)
    country.decide(version, Action.SUSPEND, "2024-06-01")
    assert [c.kind for c in learned(country, found).left] == ["version.suspend"]
    country.decide(version, Action.REINSTATE, "2024-06-01")
    assert not learned(country, found).differs(found)


def test_entries_after_the_cut_off_are_late_for_their_period(
    country: World, keeper: Actor, clock: Clock
) -> None:
    announced(country, keeper)
    announced(country, keeper, code="2023", reporting_day="2023-12-31", cut_off_day="2024-03-31")
    signer_a, in_time = counted(country, "a")
    signer_b = country.signer("b")
    later = country.draft(signer_b, "b", [country.problem(signer_b, "b")])
    planned = country.draft(
        signer_b,
        "b",
        [country.problem(signer_b, "b")],
        stages=[{"stage": "pilot", "since": "2024-11-01"}],
    )
    clock.set("2025-04-02")
    country.submit(signer_b, later)
    country.submit(signer_b, planned)
    # An amendment of what came in time is in time.
    country.submit(signer_a, country.revise(signer_a, in_time, summary="Rõ hơn"))
    with country.factory() as session:
        position = moment(session, clock()).position
        found = late(session, position)
        assert {key: each.period_code for key, each in found.items()} == {("b-001", 1): CODE}
        assert late(session, position, period_code="2023") == {}
        assert late(session, position, use_cases=["a-001"]) == {}
    with country.act(keeper) as act:
        draft = ExtensionDraft.read({"cut_off_day": "2025-04-30", "reason": "Bão số 1"})
        acts.extend(act, CODE, draft)
    with country.factory() as session:
        assert late(session, position) == {}


@pytest.mark.parametrize("table", ["reporting_period", "period_extension", "published_figure"])
def test_what_was_published_cannot_be_changed(
    country: World, keeper: Actor, clock: Clock, table: str
) -> None:
    announced(country, keeper)
    with country.act(keeper) as act:
        draft = ExtensionDraft.read({"cut_off_day": "2025-04-01", "reason": "Bão"})
        acts.extend(act, CODE, draft)
    clock.set("2025-04-03")
    published(country, keeper, counts=0)
    with pytest.raises(DBAPIError), transaction(country.factory) as session:
        session.execute(text(f"DELETE FROM {table}"))  # noqa: S608
