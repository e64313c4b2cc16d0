"""The land registry's room: a list on its way to a roll, and what it does and does not change."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from registry.actions import roll_drafts, roll_force
from registry.actions.carrying import carry_all_over
from registry.db.engine import transaction
from registry.db.tables import CityLineage, EventRow, RollDraft
from registry.domain.coverage import Tally
from registry.domain.errors import Forbidden, InvalidInput, NotFound, Stale, WrongState
from registry.domain.model import Actor, LineageKind, Role, RollSeries, UnitType
from registry.domain.roll_changes import ChangeKind
from registry.domain.roll_intake import (
    CarryOverDraft,
    RollChoicesDraft,
    RollConfirmationsDraft,
    RollDraftBody,
)
from registry.queries import cities as of_roll
from registry.queries.carrying import predecessors
from registry.queries.coverage import GroupBy, coverage
from registry.queries.moments import moment
from registry.queries.roll_drafts import Dossier, dossier, roll_draft
from registry.queries.roll_effect import effects, left_behind
from registry.queries.rolls import listed_cities
from seeds import load
from tests.factories import Clock, World

FIRST, SECOND = date(2024, 1, 1), date(2025, 1, 1)
ROLL: dict[str, Any] = {
    "code": "urban-2025",
    "name_vi": "Danh mục 2025",
    "name_en": "Roll 2025",
    "valid_from": SECOND.isoformat(),
    "legal_basis": "12/QĐ",
    "source_vi": "Bộ Xây dựng",
    "source_en": "Ministry of Construction",
    "source_url": "https://example.vn/danh-muc",
}


def line(code: str, name: str = "", **said: Any) -> dict[str, Any]:
    """As World's rolls name a city."""
    given = {"code": code, "name_vi": name or code, "unit_type": "provincial_city"}
    return {**given, "urban_class": "I", **said}


@pytest.fixture
def country(world: World) -> World:
    world.targets()
    world.province()
    return world


@pytest.fixture
def keeper(country: World) -> Actor:
    return country.user(Role.ADMINISTRATOR)


def start(world: World, by: Actor, *lines: dict[str, Any], **facts: Any) -> UUID:
    body = RollDraftBody.read({"roll": ROLL | facts, "lines": lines})
    with world.act(by) as act:
        return roll_drafts.start_roll(act, body, "danh-muc.xlsx").id


def held(world: World, draft_id: UUID) -> Dossier:
    with world.factory() as session:
        draft = roll_draft(session, draft_id)
        assert draft is not None
        return dossier(session, draft, world.clock())


def told(found: Dossier) -> list[tuple[str, str]]:
    return [(change.kind.value, change.code) for change in found.plan.changes]


def confirm(world: World, by: Actor, draft_id: UUID, decree: str = "7/NQ") -> None:
    found = held(world, draft_id)
    words = [{"key": c.key, "stamp": c.stamp, "decree": decree} for c in found.plan.changes]
    with world.act(by) as act:
        draft = RollConfirmationsDraft.read({"changes": words})
        roll_drafts.confirm(act, draft_id, draft, found.draft.revision)


def force(world: World, by: Actor, draft_id: UUID) -> int:
    with world.act(by) as act:
        return roll_force.put_in_force(
            act, draft_id, act.session.get_one(RollDraft, draft_id).revision
        )


def figures(world: World, position: int | None = None) -> dict[tuple[date, str], Any]:
    """Every figure that a reader could ask for on a few days, as known at a position."""
    found: dict[tuple[date, str], Any] = {}
    with world.factory() as session:
        for day in (FIRST, date(2024, 12, 31), SECOND, date(2025, 6, 15)):
            at = moment(session, world.clock(), day)
            at = at if position is None else replace(at, position=position)
            for by in GroupBy:
                told_of = coverage(session, at, group_by=by)
                found[day, by.value] = (told_of.tally, told_of.roll, told_of.groups)
            found[day, "cities"] = of_roll.cities(session, at)
    return found


def events(world: World, kind: str) -> list[EventRow]:
    with world.factory() as session:
        rows = select(EventRow).where(EventRow.kind.like(kind)).order_by(EventRow.position)
        return list(session.scalars(rows))


# ── Two cities are merged ───────────────────────────────────────────────────────────────────


def test_two_cities_are_merged(country: World, keeper: Actor) -> None:
    """Effect before, one transaction, figures of the past as they were known, the case carried."""
    small, _, _ = country.counted_city("small")
    large, plain = country.city("large"), country.city("plain")
    country.roll([small, large, plain], valid_from=FIRST)
    was, known_before = figures(country), len(events(country, "%"))
    draft_id = start(
        country,
        keeper,
        line("large", "Thành phố Lớn", predecessors=["small"], decree="8/NQ"),
        line("plain", urban_class="II"),
        line("new", "Đô thị Mới", unit_type="township", urban_class="V", province="48"),
    )
    found = held(country, draft_id)
    assert told(found) == [
        ("merged", "small"),
        ("created", "new"),
        ("renamed", "large"),
        ("reclassified", "plain"),
    ]
    with country.factory() as session:
        foreseen = effects(session, found, country.clock())
        assert [c.use_case_code for c in left_behind(session, found)] == ["small-001"]
    assert {(e.on, e.before, e.after, e.lost) for e in foreseen} == {
        (day, Tally(1, 3), Tally(0, 3), ("small",)) for day in (SECOND, date(2025, 6, 15))
    }
    # Looking changes nothing.
    assert figures(country) == was

    confirm(country, keeper, draft_id)
    position = force(country, keeper, draft_id)
    now = figures(country)
    assert {e.on: e.after for e in foreseen} == {e.on: now[e.on, "area"][0] for e in foreseen}
    # The days before are as they were, and every day is as it was known.
    assert {key: told_of for key, told_of in now.items() if key[0] < SECOND} == {
        key: told_of for key, told_of in was.items() if key[0] < SECOND
    }
    assert figures(country, known_before) == was
    assert figures(country, position - 1) == was

    with country.factory() as session:
        links = session.scalars(select(CityLineage)).all()
        names = {
            c.code: c.name_vi for c in of_roll.cities(session, moment(session, country.clock()))
        }
        [orphaned] = predecessors(session, moment(session, country.clock()))
    assert [(link.kind, link.effective_on, link.legal_basis) for link in links] == [
        ("merge", SECOND, "7/NQ")
    ]
    assert names == {"large": "Thành phố Lớn", "plain": "Thành phố plain", "new": "Đô thị Mới"}
    assert [case.code for case in orphaned.orphans] == ["small-001"]
    assert [e.kind for e in events(country, "city.%")] == [
        "city.merged",
        "city.created",
        "city.renamed",
    ]
    payload = events(country, "roll.in_force")[-1].payload
    assert payload["changes"]["reclassified"] == ["plain"]
    assert len(payload["list_sha256"]) == 64

    country.carry_over("small-001", ["large"], SECOND)
    assert figures(country)[SECOND, "area"][0] == Tally(1, 3)
    with country.factory() as session:
        assert not any(p.orphans for p in predecessors(session, moment(session, country.clock())))


def test_nothing_is_put_in_force_that_nobody_confirmed(country: World, keeper: Actor) -> None:
    country.roll([country.city("46")], valid_from=FIRST)
    draft_id = start(country, keeper, line("46", "Huế"), line("", "Nơi nào đó"))
    before = len(events(country, "%"))
    with pytest.raises(InvalidInput) as refused:
        force(country, keeper, draft_id)
    assert {(p.pointer, p.code) for p in refused.value.problems} == {
        ("/lines/2/code", "city_to_be_chosen"),
        ("/changes/renamed:46", "not_confirmed"),
    }
    assert len(events(country, "%")) == before

    # A choice makes another change of it: what was confirmed before is no word for that.
    confirm(country, keeper, draft_id)
    with country.act(keeper) as act:
        choices = RollChoicesDraft.read({"lines": [{"line": 2, "city_code": "99"}]})
        roll_drafts.choose(act, draft_id, choices, 2)
    with pytest.raises(InvalidInput) as refused:
        force(country, keeper, draft_id)
    assert {(p.pointer, p.code) for p in refused.value.problems} == {
        ("/lines/2/province", "required"),
        ("/changes/created:99", "not_confirmed"),
    }


def test_a_confirmation_is_of_the_change_that_was_read(country: World, keeper: Actor) -> None:
    country.roll([country.city("46")], valid_from=FIRST)
    draft_id = start(country, keeper, line("46", "Huế"))
    words = {"changes": [{"key": "renamed:46", "stamp": "0" * 16, "decree": "7/NQ"}]}
    with pytest.raises(InvalidInput) as refused, country.act(keeper) as act:
        roll_drafts.confirm(act, draft_id, RollConfirmationsDraft.read(words), 1)
    assert [p.code for p in refused.value.problems] == ["no_such_change"]


def test_two_administrators_are_told_of_each_other(country: World, keeper: Actor) -> None:
    country.roll([country.city("46")], valid_from=FIRST)
    draft_id = start(country, keeper, line("46", "Huế"))
    other = country.user(Role.ADMINISTRATOR)
    confirm(country, other, draft_id)
    with pytest.raises(Stale), country.act(keeper) as act:
        roll_drafts.discard(act, draft_id, 1)
    assert held(country, draft_id).draft.updated_by == "administrator"
    with country.act(keeper) as act:
        roll_drafts.discard(act, draft_id, 2)
    with pytest.raises(WrongState):
        force(country, keeper, draft_id)


def test_a_choice_takes_no_city_twice_and_no_heir_that_is_not_listed(
    country: World, keeper: Actor
) -> None:
    country.roll([country.city("46"), country.city("48")], valid_from=FIRST)
    draft_id = start(country, keeper, line("46"), line("", "Một"), line("", "Hai"))

    def refusals(choices: dict[str, Any]) -> set[tuple[str, str]]:
        with pytest.raises(InvalidInput) as refused, country.act(keeper) as act:
            roll_drafts.choose(act, draft_id, RollChoicesDraft.read(choices), 1)
        return {(p.pointer, p.code) for p in refused.value.problems}

    both = [{"line": 2, "city_code": "48"}, {"line": 3, "city_code": "48"}]
    assert refusals({"lines": both}) == {
        ("/lines/0/city_code", "repeated_city"),
        ("/lines/1/city_code", "repeated_city"),
    }
    assert refusals({"lines": [{"line": 2, "city_code": "46"}]}) == {
        ("/lines/0/city_code", "repeated_city")
    }
    assert refusals({"lines": [{"line": 9, "city_code": "48"}]}) == {
        ("/lines/0/line", "unknown_choice")
    }
    assert refusals({"heirs": [{"city_code": "48", "heirs": ["46", "99"]}]}) == {
        ("/heirs/0/heirs/1", "not_on_the_list")
    }


def test_a_list_that_cannot_be_read_is_not_taken_in(country: World, keeper: Actor) -> None:
    country.roll([country.city("46")], valid_from=FIRST)
    with pytest.raises(InvalidInput) as refused:
        start(
            country,
            keeper,
            line("46", province="Atlantis"),
            line("48", predecessors=["47"]),
            line("48"),
            code="urban-2024",
        )
    assert {(p.pointer, p.code) for p in refused.value.problems} == {
        ("/lines/0/province", "unknown_province"),
        ("/lines/1/code", "repeated_city"),
        ("/lines/1/predecessors", "not_on_the_roll_before"),
        ("/lines/2/code", "repeated_city"),
        ("/roll/code", "taken_code"),
    }


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.CITY_SIGNER])
def test_only_administrators_prepare_rolls(country: World, keeper: Actor, role: Role) -> None:
    city = country.city("46")
    country.roll([city], valid_from=FIRST)
    draft_id = start(country, keeper, line("46", "Huế"))
    other = country.user(role, city if role is Role.CITY_SIGNER else None)
    with pytest.raises(Forbidden):
        start(country, other, line("46"), code="theirs")
    with pytest.raises(Forbidden):
        force(country, other, draft_id)


# ── More names ──────────────────────────────────────────────────────────────────────────────


def test_the_ministry_adds_names_as_it_learns_them(country: World, keeper: Actor) -> None:
    country.roll([country.city("46"), country.city("47")], valid_from=FIRST, official_total=5)
    was, before = figures(country), len(events(country, "%"))
    facts = {
        "adds_to": "urban-2024",
        "legal_basis": "12/QĐ",
        "source_vi": "Bộ Xây dựng",
        "source_url": "https://example.vn",
    }
    lines = [line("46", urban_class="II"), line("48", "Đô thị Mới", province="Tỉnh 48")]
    body = RollDraftBody.read({"names": facts, "lines": lines})
    with country.act(keeper) as act:
        draft_id = roll_drafts.start_roll(act, body, "them.csv").id
    assert told(held(country, draft_id)) == [("created", "48"), ("reclassified", "46")]
    confirm(country, keeper, draft_id)
    force(country, keeper, draft_id)
    with country.factory() as session:
        listed = {(c.city_code, c.urban_class.value) for c in listed_cities(session, "urban-2024")}
    assert listed == {("46", "II"), ("47", "I"), ("48", "I")}
    assert figures(country)[FIRST, "area"][0] == Tally(0, 3, 5)
    assert figures(country, before) == was
    again = RollDraftBody.read({"names": facts, "lines": lines})
    with country.act(keeper) as act:
        second = roll_drafts.start_roll(act, again, "them.csv").id
    with pytest.raises(InvalidInput) as refused:
        force(country, keeper, second)
    assert [p.code for p in refused.value.problems] == ["nothing_changes"]


# ── What the database keeps ─────────────────────────────────────────────────────────────────


def test_a_period_that_was_changed_is_kept_by_the_database(country: World) -> None:
    country.city("46")
    country.roll(["46"])
    for statement in (
        "UPDATE city_period SET name_vi = 'Khác'",
        "UPDATE city_period SET name_vi = 'Khác nữa'",
    ):
        with transaction(country.factory) as session:
            session.execute(text(statement))
    with country.factory() as session:
        kept = session.execute(text("SELECT name_vi, known::text FROM city_period_past")).all()
    assert [tuple(row) for row in kept] == [("Thành phố 46", "[0,1)")]
    with pytest.raises(DBAPIError), transaction(country.factory) as session:
        session.execute(text("DELETE FROM city_period_past"))


# ── Carrying over ───────────────────────────────────────────────────────────────────────────


def test_several_cases_are_carried_over_together_or_not_at_all(country: World) -> None:
    old, signer, _ = country.counted_city("old")
    country.approved(signer, old, [country.problem(signer, old)])
    ward, other = country.city("ward"), country.city("other")
    country.lineage(old, ward, SECOND, LineageKind.SPLIT)
    country.roll([ward, other])
    draft = CarryOverDraft(to_city_codes=("ward",), effective_on=SECOND, legal_basis="7/NQ")

    def carry(cases: list[str], **changes: Any) -> list[str]:
        try:
            with country.act(country.reviewer()) as act:
                carry_all_over(act, cases, draft.model_copy(update=changes))
        except InvalidInput as refused:
            return [p.code for p in refused.problems]
        return []

    both = ["old-001", "old-002"]
    assert carry(both, to_city_codes=("ward", "other")) == ["no_successor"]
    assert carry(both, to_city_codes=("nowhere",)) == ["unknown_choice"]
    assert carry(both, effective_on=FIRST) == ["before_succession"]
    with pytest.raises(NotFound):
        carry(["old-001", "none-001"])
    assert not events(country, "use_case.carried_over")
    assert carry(both) == []
    assert len(events(country, "use_case.carried_over")) == 2
    assert carry(["old-001"]) == ["carried_already"]


def test_an_orphan_is_a_case_whose_city_left_a_roll(country: World) -> None:
    """A unit that only the administrative roll names is where it belongs."""
    zone, _, _ = country.counted_city("zone")
    gone, _, _ = country.counted_city("gone")
    stays = country.city("stays")
    country.roll([gone, stays], code="a", valid_from=FIRST)
    country.roll([zone], code="b", series=RollSeries.ADMINISTRATIVE)

    def orphans() -> list[str]:
        with country.factory() as session:
            found = predecessors(session, moment(session, country.clock()))
            return [case.code for city in found for case in city.orphans]

    assert orphans() == []
    country.roll([stays], code="c", valid_from=SECOND)
    assert orphans() == ["gone-001"]


def test_no_case_counts_twice_on_one_roll(country: World) -> None:
    old, _, _ = country.counted_city("old")
    part = country.city("part")
    country.lineage(old, part, SECOND, LineageKind.SPLIT)
    country.roll([old, part])
    with pytest.raises(InvalidInput) as refused:
        country.carry_over("old-001", [part], SECOND)
    assert [p.code for p in refused.value.problems] == ["counted_twice"]
    country.roll([old], code="later", valid_from=date(2025, 6, 1))
    country.roll([part], code="units", series=RollSeries.ADMINISTRATIVE)
    country.carry_over("old-001", [part], date(2025, 6, 1))


# ── The real lists ──────────────────────────────────────────────────────────────────────────


def test_the_lists_of_2024_2025_and_2026_are_replayed(world: World, clock: Clock) -> None:
    """What the seeds enter directly, an administrator could have put in force by hand."""
    clock.now = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    load.load_facts(world.factory, world.clock, load.untracked)
    keeper = world.user(Role.ADMINISTRATOR)

    def lines_of(roll: str) -> list[dict[str, Any]]:
        with world.factory() as session:
            return [
                line(
                    city.city_code,
                    city.name_vi,
                    unit_type=city.unit_type.value,
                    urban_class=city.urban_class.value,
                    province=city.province_code,
                )
                for city in listed_cities(session, roll)
            ]

    # The list of 2026 again, later: nothing changes but the roll.
    again = held(
        world, start(world, keeper, *lines_of("DT-2026"), code="a", valid_from="2027-01-01")
    )
    assert told(again) == []
    assert len(again.plan.unchanged) == 762

    # The units of 2025 after the cities of 2024: who went on in whom is known from the lineage.
    draft_id = start(world, keeper, *lines_of("HC-2025"), code="b", valid_from="2025-07-01")
    found = held(world, draft_id)
    number = {kind: len(found.plan.of(kind)) for kind in ChangeKind}
    assert not found.plan.open_lines
    assert number[ChangeKind.ADDED] == 706 - 6
    gone = sum(
        number[kind]
        for kind in (
            ChangeKind.MERGED,
            ChangeKind.SPLIT,
            ChangeKind.SUCCEEDED,
            ChangeKind.DISSOLVED,
        )
    )
    assert gone == 762 - 6
    assert number[ChangeKind.SPLIT] > 100
    confirm(world, keeper, draft_id)
    force(world, keeper, draft_id)
    with world.factory() as session:
        day = moment(session, world.clock(), date(2025, 12, 31))
        assert coverage(session, day).tally == Tally(0, 706)
        assert coverage(session, replace(day, on=date(2026, 1, 1))).tally.total == 908
        assert {c.unit_type for c in of_roll.cities(session, day)} == {
            UnitType.CENTRAL_CITY,
            UnitType.WARD,
            UnitType.SPECIAL_ZONE,
        }
