"""The personnel office: moving between units, what people hold, their history and sessions."""

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from registry.actions import account, members, units
from registry.actions.account import (
    FAILURES_ALLOWED,
    FAILURES_ALLOWED_EVERYWHERE,
    Origin,
    sign_in,
    tidy,
)
from registry.db.engine import transaction
from registry.db.tables import AccountKey, SignInFailure, UseCaseVersion, UserAccount, WebSession
from registry.domain.errors import InvalidInput, SignInFailed, TooManyAttempts, WrongState
from registry.domain.intake import MoveDraft, RoleDraft
from registry.domain.messages import KeyPurpose
from registry.domain.model import Actor, Role
from registry.queries.people import actor as roles_of
from tests.factories import PASSWORD, Clock, World
from tests.integration.api_client import public, service
from tests.integration.api_client import signed_in as calling
from tests.integration.visitor import Visitor, signed_in, site
from tests.jobs import run_jobs
from tests.postgres import Database

LASTS = timedelta(hours=8)


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with site(database.settings, clock) as app:
        yield app


@pytest.fixture
def chief(world: World) -> Actor:
    world.province()
    world.roll([world.city("hue"), world.city("da-lat")])
    return world.user(Role.ADMINISTRATOR)


@pytest.fixture
def admin(app: FastAPI, world: World, chief: Actor) -> Visitor:
    return signed_in(app, world, chief)


def moved(world: World, chief: Actor, who: Actor, to: str, *roles: Role, leaves: str = "") -> Actor:
    assert who.user_id is not None
    draft = MoveDraft(from_city_code=leaves, city_code=to, roles=roles)
    with world.act(chief) as act:
        units.move_person(act, who.user_id, draft)
    with world.factory() as session:
        return roles_of(session, who.user_id)


def in_review(world: World, reviewer: Actor) -> list[object]:
    signer = world.signer("hue")
    found = []
    for _ in range(2):
        case = world.draft(signer, "hue", [world.problem(signer, "hue")])
        world.submit(signer, case)
        world.claim(case, reviewer)
        found.append(case)
    return list(found)


def states(world: World) -> set[tuple[str, object]]:
    with world.factory() as session:
        rows = session.execute(select(UseCaseVersion.state, UseCaseVersion.reviewer_id))
        return {(row.state, row.reviewer_id) for row in rows}


def last_event(world: World, kind: str) -> dict[str, object]:
    with world.factory() as session:
        found: dict[str, object] = session.scalar(
            text("SELECT payload FROM event WHERE kind = :kind ORDER BY position DESC LIMIT 1"),
            {"kind": kind},
        )
    return found


def test_who_moves_to_another_city_leaves_the_draft_and_a_colleague_finishes_it(
    app: FastAPI, admin: Visitor, world: World
) -> None:
    editor = world.user(Role.CITY_EDITOR, "hue")
    draft = world.draft(editor, "hue", [world.problem(editor, "hue")])
    before = signed_in(app, world, editor)
    page = admin.open(f"/en/admin/users/{editor.user_id}/move")
    typed: dict[str, str | list[str]] = {
        "roles": ["city_editor", "city_signer"],
        "city_code": "nowhere",
    }
    page = admin.send(page, "Move the person", typed, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert page.error("city_code")
    page = admin.send(page, "Move the person", {"city_code": "da-lat"})
    assert "The person was moved" in page.words
    assert "City editor (hue) → City editor (da-lat), City signer (da-lat)" in page.words
    assert before.open("/en/account").path == "/en/sign-in"
    after = signed_in(app, world, editor)
    after.open("/en/desk/da-lat")
    after.open(f"/en/desk/hue/versions/{draft}", HTTPStatus.FORBIDDEN)
    after.open("/en/desk/hue", HTTPStatus.FORBIDDEN)
    colleague = world.signer("hue")
    signed_in(app, world, colleague).open(f"/en/desk/hue/versions/{draft}/edit")
    world.submit(colleague, draft)
    assert last_event(world, "membership.moved") == {
        "from": "hue",
        "to": "da-lat",
        "before": [{"role": "city_editor", "city": "hue"}],
        "after": [
            {"role": "city_editor", "city": "da-lat"},
            {"role": "city_signer", "city": "da-lat"},
        ],
    }


def test_who_leaves_the_ministry_gives_back_what_they_hold(world: World, chief: Actor) -> None:
    reviewer = world.user(Role.REVIEWER)
    in_review(world, reviewer)
    assert states(world) == {("in_review", reviewer.user_id)}
    now = moved(world, chief, reviewer, "da-lat", Role.CITY_SIGNER)
    assert {m.role for m in now.memberships} == {Role.CITY_SIGNER}
    assert states(world) == {("submitted", None)}
    back = moved(world, chief, reviewer, "", Role.REVIEWER, leaves="da-lat")
    assert back.oversees


@pytest.mark.parametrize("how", ["close", "take"])
def test_a_closed_account_and_a_role_taken_away_give_back_too(
    world: World, chief: Actor, how: str
) -> None:
    reviewer, other = world.user(Role.REVIEWER), world.user(Role.REVIEWER)
    in_review(world, reviewer)
    assert reviewer.user_id is not None
    assert other.user_id is not None
    with world.act(chief) as act:
        members.close(act, other.user_id)
    assert states(world) == {("in_review", reviewer.user_id)}, "only what one holds oneself"
    with world.act(chief) as act:
        if how == "close":
            members.close(act, reviewer.user_id)
        else:
            members.take_role(act, reviewer.user_id, RoleDraft(role=Role.REVIEWER))
    assert states(world) == {("submitted", None)}
    told = last_event(world, "version.hand_back")
    assert (told["from_state"], told["state"]) == ("in_review", "submitted")


@pytest.mark.parametrize(
    ("leaves", "to", "roles", "pointer", "code"),
    [
        ("da-lat", "hue", (Role.CITY_EDITOR,), "/from_city_code", "no_role_there"),
        ("hue", "hue", (Role.CITY_EDITOR,), "/city_code", "same_unit"),
        ("hue", "", (Role.CITY_EDITOR,), "/city_code", "role_and_city"),
        ("hue", "da-lat", (Role.REVIEWER,), "/city_code", "role_and_city"),
        ("hue", "da-lat", (Role.REVIEWER, Role.CITY_EDITOR), "/roles", "role_and_city"),
        ("hue", "x", (Role.CITY_EDITOR,), "/city_code", "unknown_choice"),
    ],
)
def test_what_is_no_move(
    world: World,
    chief: Actor,
    leaves: str,
    to: str,
    roles: tuple[Role, ...],
    pointer: str,
    code: str,
) -> None:
    editor = world.user(Role.CITY_EDITOR, "hue")
    with pytest.raises(InvalidInput) as refused:
        moved(world, chief, editor, to, *roles, leaves=leaves)
    assert [(p.pointer, p.code) for p in refused.value.problems] == [(pointer, code)]


def test_the_last_administrator_does_not_move_away(world: World, chief: Actor) -> None:
    with pytest.raises(WrongState):
        moved(world, chief, chief, "hue", Role.CITY_EDITOR)


def test_cities_without_people_are_found_and_invited_for(admin: Visitor, world: World) -> None:
    world.user(Role.CITY_EDITOR, "hue")
    page = admin.open("/en/admin/cities?lacking=city_editor")
    assert "City da-lat" in page.words
    assert "City hue" not in page.words
    assert "City hue" in admin.open("/en/admin/cities?lacking=city_signer&q=HUE").words
    assert "No city fits" in admin.open("/en/admin/cities?q=nowhere").words
    lines = admin.client.get("/en/admin/cities.csv").text.splitlines()
    assert [line.rsplit(",", 2)[1:] for line in lines[1:]] == [["0", "0"], ["1", "0"]]
    form = admin.open("/en/admin/users/invite?role=city_signer&city_code=da-lat")
    page = admin.send(form, "Invite", {"email": "a@dalat.vn", "name": "Hoa"})
    assert "City signer, City da-lat" in page.words


def test_everybody_reads_what_their_roles_may_do(
    app: FastAPI, admin: Visitor, world: World
) -> None:
    table = admin.open("/en/admin/roles").words
    assert "Review lead : where two readers differ and one is neither of them" in table
    editor = signed_in(app, world, world.user(Role.CITY_EDITOR, "hue"))
    own = editor.open("/en/account/roles").words
    assert "City editor : in the city whose member one is" in own
    assert "Manage accounts" not in own
    editor.open("/en/admin/roles", HTTPStatus.FORBIDDEN)
    editor.open("/en/admin", HTTPStatus.FORBIDDEN)
    assert "in the city" not in editor.open("/vi/account/roles").words
    for door in ("/admin/users", "/admin/lists", "/admin/rolls", "/admin/periods", "/ledger"):
        assert f"/en{door}" in admin.open("/en/admin").answer.text


def test_somebody_sees_and_ends_their_sessions_one_by_one(
    app: FastAPI, world: World, chief: Actor
) -> None:
    here, there = signed_in(app, world, chief), signed_in(app, world, chief)
    other = signed_in(app, world, world.user(Role.REVIEWER))
    with world.factory() as session:
        others = session.scalars(
            select(WebSession.id).where(WebSession.user_id != chief.user_id)
        ).all()
    page = here.open("/en/account")
    assert len(page.main.findall(".//span[@class='state']")) == 1
    page = here.send(page, "End it")
    assert "That session was ended." in page.words
    assert there.open("/en/account").path == "/en/sign-in"
    here.post(f"/en/account/sessions/{others[0]}/end", {}, HTTPStatus.NOT_FOUND)
    assert other.open("/en/account").path == "/en/account"


def test_programs_end_sessions_too(database: Database, world: World, clock: Clock) -> None:
    with service(database, clock) as app:
        who = world.user(Role.REVIEWER)
        one, two = calling(app, world, who), calling(app, world, who)
        (here, there) = one.read("/sessions")["items"]
        assert (here["here"], there["here"]) == (True, False)
        assert one.send("DELETE", f"/sessions/{there['id']}").status_code == 204
        assert two.get("/me").status_code == 401
        assert one.send("DELETE", f"/sessions/{there['id']}").status_code == 404
        assert public(app).get("/sessions").status_code == 401


def attempt(world: World, email: str, password: str, network: str, times: int = 1) -> object:
    outcome: object = None
    for _ in range(times):
        with transaction(world.factory) as session:
            origin = Origin("browser", network)
            outcome = sign_in(session, email, password, world.clock(), LASTS, origin)
    return outcome


def test_a_stranger_does_not_lock_the_owner_out(
    world: World, chief: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    del chief
    monkeypatch.setattr(account, "_matches", lambda _, password: password == PASSWORD)
    who = world.user(Role.REVIEWER)
    with world.factory() as session:
        email = session.get_one(UserAccount, who.user_id).email
    attempt(world, email, "sai", "10.0.0.0/24", FAILURES_ALLOWED)
    assert isinstance(attempt(world, email, PASSWORD, "10.0.0.0/24"), TooManyAttempts)
    assert isinstance(attempt(world, email, PASSWORD, "10.0.1.0/24"), str)
    for n in range(FAILURES_ALLOWED_EVERYWHERE - FAILURES_ALLOWED):
        assert isinstance(attempt(world, email, "sai", f"10.1.{n}.0/24"), SignInFailed)
    assert isinstance(attempt(world, email, PASSWORD, "10.2.0.0/24"), TooManyAttempts)
    assert isinstance(attempt(world, email, PASSWORD, "10.0.1.0/24"), str), "a network known"


def test_what_is_over_is_cleared_away_each_day(
    database: Database, world: World, clock: Clock, chief: Actor
) -> None:
    assert chief.user_id is not None
    with transaction(world.factory) as session:
        now = clock()
        session.add_all(
            [
                SignInFailure(email="a", at=now),
                WebSession(
                    token_hash=b"x",
                    user_id=chief.user_id,
                    created_at=now,
                    expires_at=now + LASTS,
                ),
            ]
        )
        members.new_key(session, chief.user_id, KeyPurpose.RESET, now)
    kept = (SignInFailure.id, WebSession.id, AccountKey.user_id)

    def left() -> list[int]:
        with world.factory() as session:
            return [len(session.scalars(select(column)).all()) for column in kept]

    with transaction(world.factory) as session:
        tidy(session, now + timedelta(minutes=1))
    assert left() == [1, 1, 1]
    clock.now += timedelta(days=1)
    with transaction(world.factory) as session:
        from registry.actions.later import defer

        defer(session, "account.tidy")
    run_jobs(database, clock)
    assert left() == [0, 0, 0]
