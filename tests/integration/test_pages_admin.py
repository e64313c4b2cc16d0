"""The personnel office: people are invited, enter with a key, get and lose roles, leave."""

import re
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from registry.db.tables import AccountKey, UserAccount, WebSession
from registry.domain.model import Actor, Role
from registry.settings import Settings
from tests.factories import Clock, World
from tests.integration.test_pages_account import enter
from tests.integration.visitor import Page, Visitor, signed_in, site, visitor
from tests.jobs import run_jobs
from tests.mailbox import Box, mail_server
from tests.postgres import Database

NEW = "can.bo@hue.gov.vn"
SECRET = "một mật khẩu rất dài"


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


def invited(admin: Visitor, **changes: str) -> Page:
    form = admin.open("/en/admin/users/invite")
    typed = {"email": NEW, "name": "Lê Thị Hoa", "role": "city_editor", "city_code": "hue"}
    return admin.send(form, "Invite", {**typed, **changes})


def key_by_hand(admin: Visitor, page: Page) -> str:
    shown = admin.send(page, "Make a key to hand over")
    found = re.search(r"/(vi|en)/key/[\w-]+", shown.answer.text)
    assert found is not None
    return found[0]


def test_somebody_is_invited_enters_and_works(app: FastAPI, admin: Visitor) -> None:
    page = invited(admin)
    assert "City editor, City hue (hue)" in page.words
    assert "Invited" in page.words
    who = visitor(app)
    enter(who, NEW, SECRET, status=HTTPStatus.UNAUTHORIZED)
    address = key_by_hand(admin, page)
    form = who.open(address)
    assert NEW in form.words
    form = who.send(form, "Set the password", {"new": "x", "again": "y"}, 422)
    assert form.error("again")
    form = who.send(form, "Set the password", {"new": "ngắn", "again": "ngắn"}, 422)
    assert form.error("new")
    page = who.send(form, "Set the password", {"new": SECRET, "again": SECRET})
    assert "Your password was set." in page.words
    assert enter(who, NEW, SECRET).path == "/en/desk/hue"
    assert "This key is void" in who.open(address, HTTPStatus.NOT_FOUND).words


def test_the_key_of_an_invitation_comes_by_mail_in_the_invited_persons_language(
    app: FastAPI, admin: Visitor, database: Database, clock: Clock
) -> None:
    invited(admin, language="vi")
    with mail_server() as (box, url):
        run_jobs(database, clock, settings=mailing(database.settings, url))
    assert box.recipients == [NEW]
    assert box.letters[0]["Subject"] == "Tài khoản của bạn trong Sổ đăng ký AI đô thị"
    who = visitor(app)
    form = who.open(address_in(box))
    who.send(form, "Đặt mật khẩu", {"new": SECRET, "again": SECRET})
    assert enter(who, NEW, SECRET).path == "/en/desk/hue"


def address_in(box: Box) -> str:
    body = box.letters[-1].get_body(("plain",))
    assert body is not None
    found = re.search(r"/(vi|en)/key/[\w-]+", body.get_content())
    assert found is not None
    return found[0]


def mailing(settings: Settings, url: str) -> Settings:
    changes = {"smtp_url": url, "mail_from": "So dang ky <so@dangky.vn>"}
    return settings.model_copy(update=changes)


def test_a_forgotten_password_is_set_anew_with_a_mail(
    app: FastAPI, world: World, admin: Visitor, database: Database, clock: Clock
) -> None:
    actor = world.user(Role.CITY_SIGNER, "hue", NEW)
    before = signed_in(app, world, actor)
    with mail_server() as (box, url), site(mailing(database.settings, url), clock) as mailed:
        who = visitor(mailed)
        answers = [
            who.send(who.open("/en/forgotten-password"), "Send me the mail", {"email": email})
            for email in (NEW.upper(), "nobody@hue.gov.vn", "\0", "x" * 5000)
        ]
        assert len({page.words for page in answers}) == 1
        run_jobs(database, clock, settings=mailing(database.settings, url))
        assert box.recipients == [NEW]
        who.send(who.open("/en/forgotten-password"), "Send me the mail", {"email": NEW})
        run_jobs(database, clock, settings=mailing(database.settings, url))
        assert box.recipients == [NEW], "a key sent minutes ago is still good"
        form = who.open(address_in(box))
        assert form.answer.headers["referrer-policy"] == "no-referrer"
        assert form.answer.headers["cache-control"] == "no-store"
        who.send(form, form_button(form), {"new": SECRET, "again": SECRET})
        assert enter(who, NEW, SECRET).path == "/en/desk/hue"
    assert before.open("/en/account").path == "/en/sign-in"
    del admin


def form_button(page: Page) -> str:
    return next(iter(page.buttons()))


def test_a_key_is_good_for_its_time_only(
    app: FastAPI, admin: Visitor, clock: Clock, world: World
) -> None:
    address = key_by_hand(admin, invited(admin))
    clock.now += timedelta(days=7)
    who = visitor(app)
    assert "This key is void" in who.open(address, HTTPStatus.NOT_FOUND).words
    assert "This key is void" in who.open("/en/key/nonsense", HTTPStatus.NOT_FOUND).words
    with world.factory() as session:
        stored = session.scalars(select(AccountKey.token_hash)).one()
    assert address.rpartition("/")[2].encode() not in stored


def test_closing_an_account_ends_its_sessions_and_its_keys(
    app: FastAPI, admin: Visitor, world: World
) -> None:
    actor = world.user(Role.CITY_SIGNER, "hue", NEW)
    who = signed_in(app, world, actor)
    page = admin.open(f"/en/admin/users/{actor.user_id}")
    address = key_by_hand(admin, page)
    page = admin.send(page, "Close the account")
    assert who.open("/en/account").path == "/en/sign-in"
    assert "This key is void" in visitor(app).open(address, HTTPStatus.NOT_FOUND).words
    listed = admin.open("/en/admin/users?closed=true")
    assert NEW in listed.words
    page = admin.send(page, "Open the account again")
    assert "The account is open again." in page.words


def test_whoever_moves_to_another_city_leaves_the_drafts_there(
    app: FastAPI, admin: Visitor, world: World
) -> None:
    actor = world.user(Role.CITY_EDITOR, "hue", NEW)
    version = world.draft(actor, "hue", [world.problem(actor, "hue")])
    page = admin.open(f"/en/admin/users/{actor.user_id}")
    page = admin.send(page, "Give the role", {"role": "city_editor", "city_code": "da-lat"})
    page = admin.send(page, "Take away", {"role": "city_editor", "city_code": "hue"})
    assert "City da-lat" in page.words
    who = signed_in(app, world, actor)
    who.open("/en/desk/da-lat")
    who.open(f"/en/desk/hue/versions/{version}", HTTPStatus.FORBIDDEN)
    colleague = signed_in(app, world, world.user(Role.CITY_EDITOR, "hue"))
    colleague.open(f"/en/desk/hue/versions/{version}/edit")


def test_the_last_administrator_stays(admin: Visitor, chief: Actor, world: World) -> None:
    page = admin.open(f"/en/admin/users/{chief.user_id}")
    assert "Close the account" not in page.buttons()
    role = {"role": "administrator", "city_code": ""}
    page = admin.send(page, "Take away", role, HTTPStatus.CONFLICT)
    assert "Somebody must remain" in page.words
    admin.post(page.path, {"action": "close"}, HTTPStatus.CONFLICT)
    world.user(Role.ADMINISTRATOR)
    assert admin.send(page, "Take away", role).path == "/en/sign-in"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "không phải"}, "email"),
        ({"email": ""}, "email"),
        ({"name": " "}, "name"),
        ({"role": "king"}, "role"),
        ({"city_code": ""}, "city_code"),
        ({"city_code": "nowhere"}, "city_code"),
        ({"role": "reviewer"}, "city_code"),
    ],
)
def test_what_is_no_invitation(admin: Visitor, changes: dict[str, str], field: str) -> None:
    form = admin.open("/en/admin/users/invite")
    typed = {"email": NEW, "name": "Hoa", "role": "city_editor", "city_code": "hue", **changes}
    page = admin.send(form, "Invite", dict(typed), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert page.error(field)


def test_an_address_has_one_account(admin: Visitor) -> None:
    invited(admin)
    form = admin.open("/en/admin/users/invite")
    typed = {"email": NEW.upper(), "name": "Hoa", "role": "reviewer"}
    page = admin.send(form, "Invite", dict(typed), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert "has an account already" in page.error("email")


def test_people_are_found_by_name_address_city_and_role(admin: Visitor, world: World) -> None:
    world.user(Role.CITY_SIGNER, "hue", "ky@hue.vn")
    world.user(Role.REVIEWER, None, "duyet@bo.vn")
    for query, there, missing in (
        ("q=KY@", "ky@hue.vn", "duyet@bo.vn"),
        ("q=Thành+phố+hue", "ky@hue.vn", "duyet@bo.vn"),
        ("role=reviewer", "duyet@bo.vn", "ky@hue.vn"),
        ("q=%25", "No account fits", "ky@hue.vn"),
    ):
        words = admin.open(f"/en/admin/users?{query}").words
        assert there in words
        assert missing not in words


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.CITY_SIGNER])
def test_nobody_else_sees_the_accounts(
    app: FastAPI, world: World, chief: Actor, role: Role
) -> None:
    city = "hue" if role is Role.CITY_SIGNER else None
    who = signed_in(app, world, world.user(role, city))
    for path in ("", "/invite", f"/{chief.user_id}"):
        who.open(f"/en/admin/users{path}", HTTPStatus.FORBIDDEN)
    for action in ("key", "close", "take"):
        who.post(
            f"/en/admin/users/{chief.user_id}",
            {"action": action, "role": "administrator"},
            HTTPStatus.FORBIDDEN,
        )
    with world.factory() as session:
        assert session.scalars(select(AccountKey.token_hash)).all() == []
        assert session.get_one(UserAccount, chief.user_id).disabled_at is None


def test_each_act_is_an_event_that_names_nobody_in_public(
    app: FastAPI, admin: Visitor, world: World
) -> None:
    page = invited(admin)
    key_by_hand(admin, page)
    admin.send(page, "Close the account")
    with world.factory() as session:
        kinds = session.scalars(text("SELECT kind FROM event ORDER BY position")).all()
        assert session.scalars(select(WebSession.user_id)).all()
    told = ["user.invited", "membership.granted", "user.key_made", "user.disabled"]
    assert kinds[-4:] == told
    public = visitor(app).client.get("/api/v1/events?limit=500").json()["items"]
    assert {e["payload"] for e in public if e["kind"].startswith("user.")} == {None}
