"""The office of lists: entries begin, end and give way; what was stays, and takes effect."""

from collections.abc import Iterator
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from registry.actions import lists, periods
from registry.domain.errors import Forbidden, InvalidInput, WrongState
from registry.domain.lists import (
    KINDS,
    EndDraft,
    Entry,
    EntryDraft,
    ListKind,
    RetractionDraft,
    Standing,
)
from registry.domain.model import Action, Actor, Role
from registry.domain.period_intake import PeriodDraft
from registry.queries.coverage import coverage, targets
from registry.queries.desk_policy import policy
from registry.queries.lists import entries
from registry.queries.moments import moment
from tests.factories import Clock, World
from tests.integration.api_client import Caller, public, service, signed_in
from tests.integration.visitor import signed_in as visiting
from tests.integration.visitor import site
from tests.postgres import Database

TODAY = date(2025, 6, 15)
SOURCE = "12/2025/NĐ-CP"
# One good entry of each list, and what another calls itself that takes its place.
GOOD: dict[ListKind, tuple[dict[str, Any], dict[str, Any]]] = {
    ListKind.BODIES: ({"name_vi": "Bộ A", "name_en": "Ministry A"}, {"name_vi": "Bộ B"}),
    ListKind.LEGAL_BASES: ({"text_vi": "Luật 1", "text_en": "Law 1"}, {"text_en": "Act 1"}),
    ListKind.REASONS: (
        {"code": "late", "actions": ["return", "reject"], "label_vi": "Muộn", "label_en": "Late"},
        {"label_vi": "Quá hạn"},
    ),
    ListKind.TARGETS: (
        {"indicator": 4, "year": 2027, "percent": 50, "text_vi": "v", "text_en": "e"},
        {"percent": 60},
    ),
    ListKind.POLICIES: (
        {"service_days": 10, "lease_hours": 8, "sample_percent": 5, "high_risk_twice": True},
        {"service_days": 20},
    ),
    ListKind.RISK_SCHEMES: (
        {"code": "other", "levels": ["high"], "name_vi": "Cũ", "name_en": "Old"},
        {"levels": ["high", "low"]},
    ),
}


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    clock.set("2025-06-15T05:00:00")
    with service(database, clock) as app:
        yield app


@pytest.fixture
def chief(world: World, clock: Clock) -> Actor:
    clock.set("2025-06-15T05:00:00")
    world.province()
    world.targets()
    world.roll([world.city("hue"), world.city("da-lat")])
    return world.user(Role.ADMINISTRATOR)


@pytest.fixture
def admin(app: FastAPI, world: World, chief: Actor) -> Caller:
    return signed_in(app, world, chief)


def draft(kind: ListKind, day: str, **changes: Any) -> EntryDraft:
    said = GOOD[kind][0] | {"valid_from": day, "source": SOURCE} | changes
    return KINDS[kind].draft.read(said)


def added(world: World, by: Actor, kind: ListKind, day: str, **changes: Any) -> Entry:
    with world.act(by) as act:
        return lists.add(act, kind, draft(kind, day, **changes))


def standings(world: World, kind: ListKind, on: date) -> list[Standing]:
    with world.factory() as session:
        found = entries(session, kind)
    return [e.standing(on) for e in found if e.values.get("indicator") != 2]


def problem(refused: pytest.ExceptionInfo[InvalidInput]) -> tuple[str, str]:
    (found,) = refused.value.problems
    return found.pointer, found.code


def last_event(world: World) -> tuple[str, str, dict[str, Any]]:
    with world.factory() as session:
        row = session.execute(
            text("SELECT kind, subject_id, payload FROM event ORDER BY position DESC LIMIT 1")
        ).one()
    return row.kind, row.subject_id, row.payload


@pytest.mark.parametrize("kind", ListKind)
def test_an_entry_begins_gives_way_and_ends(world: World, chief: Actor, kind: ListKind) -> None:
    first = added(world, chief, kind, "2025-01-01")
    assert last_event(world)[:2] == ("list.added", kind.value)
    with world.act(chief) as act:
        second = lists.replace(act, kind, first.id, draft(kind, "2025-07-01", **GOOD[kind][1]))
    event, _, payload = last_event(world)
    assert (event, payload["entry"]) == ("list.replaced", first.id)
    assert payload["before"] != payload["after"]
    assert payload["after"]["source"] == SOURCE
    assert standings(world, kind, TODAY) == [Standing.IN_FORCE, Standing.AHEAD]
    assert standings(world, kind, date(2025, 7, 1)) == [Standing.OVER, Standing.IN_FORCE]
    with world.act(chief) as act, pytest.raises(WrongState):
        lists.replace(act, kind, first.id, draft(kind, "2025-08-01"))
    with world.act(chief) as act:
        ended = EndDraft(ends_on=date(2025, 12, 1), source="bãi bỏ")
        assert lists.end(act, kind, second.id, ended).end_source == "bãi bỏ"
    assert last_event(world)[2]["after"]["valid_to"] == "2025-12-01"
    assert standings(world, kind, date(2025, 12, 1)) == [Standing.OVER] * 2


@pytest.mark.parametrize("kind", ListKind)
def test_two_do_not_hold_on_one_day(world: World, chief: Actor, kind: ListKind) -> None:
    added(world, chief, kind, "2025-01-01")
    with pytest.raises(InvalidInput) as refused:
        added(world, chief, kind, "2025-05-01")
    assert problem(refused) == ("/valid_from", "overlaps")
    assert refused.value.problems[0].params["days"] == "2025-01-01 – …"
    assert len(standings(world, kind, TODAY)) == 1


@pytest.mark.parametrize("kind", ListKind)
def test_what_has_not_begun_can_be_withdrawn(world: World, chief: Actor, kind: ListKind) -> None:
    ahead = added(world, chief, kind, "2025-07-01")
    with world.act(chief) as act:
        lists.withdraw(act, kind, ahead.id, RetractionDraft(source="nhập nhầm"))
    assert last_event(world)[0] == "list.withdrawn"
    again = added(world, chief, kind, "2025-06-15")
    assert standings(world, kind, TODAY) == [Standing.IN_FORCE, Standing.WITHDRAWN]
    with world.act(chief) as act, pytest.raises(WrongState):
        lists.withdraw(act, kind, again.id, RetractionDraft(source="muộn"))


def test_only_an_administrator_keeps_lists(world: World, chief: Actor) -> None:
    del chief
    for role in (Role.REVIEWER, Role.LEAD):
        with pytest.raises(Forbidden):
            added(world, world.user(role), ListKind.BODIES, "2025-07-01")


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO reviewing_body (valid, name_vi, name_en, source)"
        " VALUES ('[2030-01-01,)', '', '', '')",
        "UPDATE reviewing_body SET valid = '[2025-01-01,2025-02-01)'",
        "UPDATE reviewing_body SET withdrawn_position = 1, end_source = 's'",
        "DELETE FROM reviewing_body",
        "TRUNCATE reviewing_body",
    ],
)
@pytest.mark.parametrize("who", ["service", "owner"])
def test_nothing_changes_silently(
    database: Database, world: World, chief: Actor, change: str, who: str
) -> None:
    added(world, chief, ListKind.BODIES, "2025-01-01")
    world.problem(world.signer("hue"), "hue")  # the last event is of something else
    with pytest.raises(DBAPIError), getattr(database, who).begin() as connection:
        connection.execute(text(change))


@pytest.mark.parametrize(
    "change",
    [
        "name_vi = 'Bộ khác'",
        "valid = '[2024-01-01,)'",
        "valid = '[2025-02-01,)', ended_position = (SELECT position FROM ledger_head)",
        "known_from = 0",
        "valid = '[2025-01-01,2026-01-01)', end_source = 's'",
    ],
)
def test_an_entry_is_not_changed_even_with_an_event(
    database: Database, world: World, chief: Actor, change: str
) -> None:
    added(world, chief, ListKind.BODIES, "2025-01-01")
    with pytest.raises(DBAPIError), database.owner.begin() as connection:
        connection.execute(text(f"UPDATE reviewing_body SET {change}"))  # noqa: S608


def test_a_renamed_body_signs_what_is_decided_after(
    world: World, chief: Actor, clock: Clock
) -> None:
    """Decisions of the days before keep its name, and those days are nobody's to rewrite."""
    body = added(world, chief, ListKind.BODIES, "2025-01-01")
    signer = world.signer("hue")
    cases = [world.draft(signer, "hue", [world.problem(signer, "hue")]) for _ in range(2)]
    for case in cases:
        world.submit(signer, case)
        world.claim(case)
    world.decide(cases[0], Action.APPROVE)
    renamed = {"name_vi": "Bộ B", "name_en": "Ministry B"}
    with world.act(chief) as act, pytest.raises(InvalidInput) as refused:
        lists.replace(act, ListKind.BODIES, body.id, draft(ListKind.BODIES, "2025-06-15"))
    assert problem(refused) == ("/valid_from", "decided_since")
    with world.act(chief) as act:
        lists.replace(
            act, ListKind.BODIES, body.id, draft(ListKind.BODIES, "2025-06-16", **renamed)
        )
    clock.now += timedelta(days=1)
    world.decide(cases[1], Action.APPROVE)
    with world.factory() as session:
        bodies = session.scalars(
            text("SELECT record -> 'body' ->> 'vi' FROM decision_record ORDER BY position")
        ).all()
    assert bodies == ["Bộ A", "Bộ B"]


def test_a_new_policy_holds_from_its_day(world: World, chief: Actor) -> None:
    added(world, chief, ListKind.POLICIES, "2025-07-01")
    with world.factory() as session:
        days = [policy(session, day).service_days for day in (TODAY, date(2025, 7, 1))]
    assert days == [30, 10]


def aims(world: World, on: date, position: int) -> list[tuple[int, int]]:
    with world.factory() as session:
        at = moment(session, world.clock(), on)
        known = type(at)(at.on, position, at.known_at)
        return [(t.year, t.percent) for t in targets(session, known)]


def test_a_new_target_changes_no_figure_that_was_known_before(
    app: FastAPI, world: World, chief: Actor, clock: Clock
) -> None:
    anyone = public(app)
    before = anyone.read("/coverage?as_of=2025-06-15")
    clock.now += timedelta(hours=1)
    interim = {"indicator": 2, "year": 2025, "percent": 40}
    added(world, chief, ListKind.TARGETS, "2025-01-01", **interim)
    after = anyone.read("/coverage?as_of=2025-06-15")
    assert (before["target_year"], after["target_year"], after["target"]) == (2024, 2025, 0.4)
    again = anyone.read(f"/coverage?as_of=2025-06-15&known_at={before['known_at']}")
    assert again == before
    # Days on which it did not hold yet are measured as they were.
    assert anyone.read("/coverage?as_of=2024-12-31")["next_target"]["year"] == 2030
    listed = anyone.read("/targets?as_of=2025-06-15")["items"]
    assert [t["year"] for t in listed] == [2024, 2025, 2030]


def test_a_new_target_is_on_the_home_page(
    database: Database, world: World, chief: Actor, clock: Clock
) -> None:
    added(world, chief, ListKind.TARGETS, "2025-01-01", indicator=2, year=2025, percent=40)
    with site(database.settings, clock) as app:
        assert "40%" in visiting(app, world, chief).open("/en/").words


def test_figures_always_have_a_target(world: World, chief: Actor) -> None:
    with world.factory() as session:
        first, last = entries(session, ListKind.TARGETS)
    ended = EndDraft(ends_on=date(2026, 1, 1), source="s")
    facts = {
        "code": "2030",
        "name_vi": "n",
        "name_en": "n",
        "reporting_day": "2030-12-31",
        "cut_off_day": "2031-03-31",
        "target_year": 2030,
    }
    with world.act(chief) as act:
        periods.announce(act, PeriodDraft.read(facts))
    with world.act(chief) as act, pytest.raises(InvalidInput) as refused:
        lists.end(act, ListKind.TARGETS, last.id, ended)
    assert problem(refused) == ("/ends_on", "period_needs_target")
    with world.act(chief) as act:
        position = lists.end(act, ListKind.TARGETS, first.id, ended).ended_position
    assert position is not None
    assert aims(world, date(2027, 1, 1), position) == [(2030, 100)]
    assert aims(world, date(2027, 1, 1), position - 1) == [(2024, 20), (2030, 100)]
    with world.act(chief) as act, pytest.raises(InvalidInput) as refused:
        lists.end(act, ListKind.TARGETS, last.id, ended)
    assert problem(refused) == ("/ends_on", "last_target")
    with world.factory() as session:
        assert coverage(session, moment(session, world.clock(), date(1999, 1, 1))).target.year


def test_the_api_does_what_the_pages_do(app: FastAPI, admin: Caller) -> None:
    body = {"name_vi": "Bộ A", "name_en": "A", "valid_from": "2025-01-01", "source": SOURCE}
    made = admin.created("/lists/reviewing-bodies", body).json()
    assert made["standing"] == "in_force"
    address = f"/lists/reviewing-bodies/{made['id']}"
    taken = admin.create("/lists/reviewing-bodies", body)
    assert "“Bộ A” đang có hiệu lực trong những ngày này (01/01/2025 – …)" in taken.text
    other = body | {"name_vi": "Bộ B", "valid_from": "2025-07-01"}
    admin.created(f"{address}/replacement", other)
    assert (
        admin.send("POST", f"{address}/end", {"ends_on": "2026-01-01", "source": "s"}).status_code
        == 409
    )
    anyone = public(app)
    names = [
        [e["values"]["name_vi"] for e in anyone.read(f"/lists/reviewing-bodies{q}")["items"]]
        for q in ("", "?as_of=2025-07-01", "/history")
    ]
    assert names == [["Bộ A"], ["Bộ B"], ["Bộ A", "Bộ B"]]
    ahead = anyone.read("/lists/reviewing-bodies/history")["items"][1]["id"]
    taken_back = {"source": "nhầm"}
    gone = admin.send("POST", f"/lists/reviewing-bodies/{ahead}/withdrawal", taken_back)
    assert gone.json()["standing"] == "withdrawn"
    assert anyone.get("/lists/nothing").status_code == HTTPStatus.NOT_FOUND
    assert anyone.create("/lists/reviewing-bodies", body).status_code == 401
    missing = admin.send("POST", "/lists/targets/999/end", {"ends_on": "2026-01-01", "source": "s"})
    assert missing.status_code == HTTPStatus.NOT_FOUND
    told = [e for e in anyone.read("/events?limit=100")["items"] if e["kind"].startswith("list.")]
    assert [e["payload"]["after"] and e["payload"]["after"]["name_vi"] for e in told] == [
        "Bộ A",
        "Bộ B",
        None,
    ]


@pytest.mark.parametrize("kind", ListKind)
def test_the_pages_of_every_list(
    database: Database, world: World, chief: Actor, clock: Clock, kind: ListKind
) -> None:
    with site(database.settings, clock) as app:
        who = visiting(app, world, chief)
        who.open("/vi/admin/lists")
        form = who.open(f"/en/admin/lists/{kind}/new")
        typed = {n: str(v) if not isinstance(v, list) else v for n, v in GOOD[kind][0].items()}
        typed |= {"valid_from": "1/1/2025", "high_risk_twice": "true"}
        page = who.send(form, "Enter it", typed, HTTPStatus.UNPROCESSABLE_ENTITY)
        assert page.error("source")
        page = who.send(page, "Enter it", {"source": SOURCE})
        assert "The entry was made." in page.words
        entry = added_id(world, kind)
        form = who.open(f"/en/admin/lists/{kind}/{entry}?act=replace")
        sent = {"valid_from": "1/1/2025", "source": SOURCE}
        page = who.send(form, "Replace the entry", sent, HTTPStatus.UNPROCESSABLE_ENTITY)
        assert "begins only on 1 January 2025" in page.error("valid_from")
        page = who.send(page, "Replace the entry", {"valid_from": "1/7/2025"})
        assert "gives way" in page.words
        ahead = added_id(world, kind)
        page = who.open(f"/vi/admin/lists/{kind}/{ahead}")
        page = who.send(
            who.open(f"/en/admin/lists/{kind}/{ahead}"), "Withdraw the entry", {"source": "s"}
        )
        assert "withdrawn before it began" in page.words
        who.post(
            f"/en/admin/lists/{kind}/{entry}",
            {"action": "end", "ends_on": "1/1/2026", "source": "s"},
            HTTPStatus.CONFLICT,
        )
        who.open(f"/en/admin/lists/{kind}/999", HTTPStatus.NOT_FOUND)
        who.post(f"/en/admin/lists/{kind}/{entry}", {"action": "x"}, HTTPStatus.NOT_FOUND)


def added_id(world: World, kind: ListKind) -> int:
    with world.factory() as session:
        return max(entry.id for entry in entries(session, kind))
