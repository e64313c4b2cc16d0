"""The gate, through its door: who comes in, where they are led, how they leave."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from registry.actions import account
from registry.db.engine import transaction
from registry.db.tables import SignInFailure, UserAccount, WebSession
from registry.domain.errors import SignInFailed
from registry.domain.model import OPERATOR, Role
from registry.settings import Mode
from tests.factories import PASSWORD, Clock, World
from tests.integration.visitor import Page, Visitor, signed_in, site, visitor
from tests.postgres import Database

HOSTILE = "{{7*7}} {% raw %} ${1} <script>alert(1)</script>"
ADDRESS = "ky@example.vn"


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with site(database.settings, clock) as app:
        yield app


def enter(
    who: Visitor,
    email: str = ADDRESS,
    password: str = PASSWORD,
    path: str = "/en/sign-in",
    status: int = HTTPStatus.OK,
) -> Page:
    fields: dict[str, str | list[str]] = {"email": email, "password": password}
    return who.send(who.open(path), "Sign in", fields, status)


def signer(world: World) -> str:
    city = world.city("hue")
    world.user(Role.CITY_SIGNER, city, ADDRESS)
    return city


def test_people_are_led_to_their_desk(app: FastAPI, world: World) -> None:
    signer(world)
    world.user(Role.REVIEWER, email="duyet@example.vn")
    world.user(Role.ADMINISTRATOR, email="quan-tri@example.vn")
    assert enter(visitor(app)).path == "/en/desk/hue"
    assert enter(visitor(app), "duyet@example.vn").path == "/en/review"
    assert enter(visitor(app), "quan-tri@example.vn").path == "/en/review"


def test_somebody_without_a_role_is_led_to_their_account(app: FastAPI, world: World) -> None:
    with world.act(OPERATOR) as act:
        account.create_user(act, "moi@example.vn", "Người mới", PASSWORD)
    page = enter(visitor(app), "moi@example.vn")
    assert page.path == "/en/account"
    assert "This account has no role yet." in page.words


def test_whoever_wanted_to_go_somewhere_arrives_there(app: FastAPI, world: World) -> None:
    signer(world)
    who = visitor(app)
    asked = who.open("/en/account")
    assert asked.path == "/en/sign-in"
    wanted = who.send(asked, "Sign in", {"email": ADDRESS, "password": PASSWORD})
    assert wanted.path == "/en/account"
    assert "Your account" in wanted.words
    assert who.open("/en/sign-in?next=/en/account").path == "/en/account"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/%09/evil.example",
        "\t//evil.example",
        "/vi\n//evil.example",
        "/vi.evil.example/",
        "javascript:alert(1)",
        "/api/v1/coverage",
    ],
)
def test_nobody_is_led_out_of_the_house(app: FastAPI, world: World, elsewhere: str) -> None:
    city = signer(world)
    who = visitor(app)
    who.client.follow_redirects = False
    answer = who.client.post(
        "/en/sign-in", data={"email": ADDRESS, "password": PASSWORD, "next": elsewhere}
    )
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert answer.headers["location"] == "/en/desk"
    answer = who.client.get("/en/sign-in", params={"next": elsewhere})
    assert answer.headers["location"] == "/en/desk"
    who.client.follow_redirects = True
    assert who.open("/en/desk").path == f"/en/desk/{city}"


def test_a_wrong_password_and_an_unknown_address_are_told_the_same(
    app: FastAPI, world: World
) -> None:
    signer(world)
    wrong = enter(visitor(app), password="nhầm", status=HTTPStatus.UNAUTHORIZED)
    unknown = enter(visitor(app), "ai-do@example.vn", status=HTTPStatus.UNAUTHORIZED)
    assert "The e-mail address and password do not match." in wrong.words
    assert wrong.words == unknown.words
    assert wrong.typed("email") == ADDRESS
    assert wrong.typed("password") == ""
    with world.factory() as session:
        assert session.scalar(select(func.count()).select_from(SignInFailure)) == 2


def test_guessing_is_slowed_down(app: FastAPI, world: World, clock: Clock) -> None:
    signer(world)
    who = visitor(app)
    for _ in range(account.FAILURES_ALLOWED):
        enter(who, password="nhầm", status=HTTPStatus.UNAUTHORIZED)
    page = enter(who, status=HTTPStatus.TOO_MANY_REQUESTS)
    assert "Please try again in 15 minutes." in page.words
    assert page.answer.headers["retry-after"] == "900"
    clock.now += account.FAILURE_WINDOW + timedelta(seconds=1)
    assert enter(who).path == "/en/desk/hue"


def test_guessing_at_the_same_time_is_no_way_around(world: World) -> None:
    world.user(Role.REVIEWER, email=ADDRESS)

    def guess(_: int) -> type:
        with transaction(world.factory) as session:
            lasts = timedelta(hours=1)
            return type(account.sign_in(session, ADDRESS, "nhầm", world.clock(), lasts))

    with ThreadPoolExecutor(5) as guessers:
        told = Counter(guessers.map(guess, range(account.FAILURES_ALLOWED * 2)))
    assert told[SignInFailed] == account.FAILURES_ALLOWED


# Long without repetition: the index would squeeze a repeated letter into a page.
ENDLESS = "".join(chr(ord("一") + number) for number in range(5000))


@pytest.mark.parametrize("email", [HOSTILE, "a\x00b@example.vn", "\ud800@example.vn", ENDLESS])
def test_odd_addresses_are_only_wrong(app: FastAPI, email: str) -> None:
    sent = email.encode("utf-8", "surrogatepass")
    who = visitor(app)
    answer = who.client.post(
        "/en/sign-in",
        content=b"password=x&email=" + b"".join(b"%%%02x" % byte for byte in sent),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == HTTPStatus.UNAUTHORIZED, answer.text
    assert "<script>alert" not in answer.text
    assert "49" not in answer.text.partition("<main")[2].partition("</form>")[0]


def test_a_password_does_not_change_under_a_sign_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a session opened with the old password would outlive it."""
    person = world.user(Role.REVIEWER, email=ADDRESS).user_id
    assert person is not None
    compare = account._matches
    tried: list[UUID] = []

    def while_comparing(stored: str, password: str) -> bool:
        if not tried:
            tried.append(person)
            with world.factory() as other:
                other.execute(text("SET LOCAL lock_timeout = '100ms'"))
                with pytest.raises(OperationalError):
                    account.change_password(other, person, PASSWORD, PASSWORD[::-1])
        return compare(stored, password)

    monkeypatch.setattr(account, "_matches", while_comparing)
    with transaction(world.factory) as session:
        now = world.clock()
        token = account.sign_in(session, ADDRESS, PASSWORD, now, timedelta(hours=1))
    assert isinstance(token, str)
    with transaction(world.factory) as session:
        account.change_password(session, person, PASSWORD, PASSWORD[::-1])
        assert session.scalar(select(func.count()).select_from(WebSession)) == 0


def test_a_session_lasts_its_hours_and_no_longer(
    app: FastAPI, world: World, database: Database, clock: Clock
) -> None:
    signer(world)
    who = visitor(app)
    enter(who)
    clock.now += timedelta(hours=database.settings.session_hours, seconds=-1)
    assert who.open("/en/account").path == "/en/account"
    clock.now += timedelta(seconds=1)
    assert who.open("/en/account").path == "/en/sign-in"


def test_signing_out_ends_the_session_and_not_only_the_cookie(app: FastAPI, world: World) -> None:
    signer(world)
    who = visitor(app)
    enter(who)
    kept = who.client.cookies["session"]
    left = who.post("/en/sign-out", {})
    assert "You have signed out." in left.words
    assert "session" not in who.client.cookies
    thief = visitor(app)
    thief.client.cookies.set("session", kept, domain="registry.test")
    assert thief.open("/en/account").path == "/en/sign-in"
    with world.factory() as session:
        assert session.scalar(select(func.count()).select_from(WebSession)) == 0


def test_signing_out_twice_is_no_error(app: FastAPI) -> None:
    assert visitor(app).post("/vi/sign-out", {}).path == "/vi/sign-in"


def test_signing_out_everywhere_ends_every_session_of_this_person_only(
    app: FastAPI, world: World
) -> None:
    signer(world)
    other = signed_in(app, world, world.reviewer())
    office, phone = visitor(app), visitor(app)
    enter(office)
    enter(phone)
    left = phone.send(phone.open("/en/account"), "Sign out everywhere")
    assert "You have signed out on all devices." in left.words
    assert office.open("/en/account").path == "/en/sign-in"
    assert phone.open("/en/account").path == "/en/sign-in"
    assert other.open("/en/account").path == "/en/account"


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(
    app: FastAPI, world: World
) -> None:
    signer(world)
    office, phone = visitor(app), visitor(app)
    enter(office)
    enter(phone)
    new = "một mật khẩu khác"
    page = phone.send(
        phone.open("/en/account"),
        "Change the password",
        {"old": PASSWORD, "new": new, "again": new},
    )
    assert "Your password was changed." in page.words
    assert phone.open("/en/account").path == "/en/account"
    assert office.open("/en/account").path == "/en/sign-in"
    enter(visitor(app), status=HTTPStatus.UNAUTHORIZED)
    assert enter(visitor(app), password=new).path == "/en/desk/hue"


@pytest.mark.parametrize(
    ("old", "new", "again", "field"),
    [
        ("nhầm", "một mật khẩu khác", "một mật khẩu khác", "old"),
        (PASSWORD, "ngắn", "ngắn", "new"),
        (PASSWORD, account.DEMO_PASSWORD, account.DEMO_PASSWORD, "new"),
        (PASSWORD, "một mật khẩu khác", "một mật khẩu khac", "again"),
    ],
)
def test_a_password_that_will_not_do_changes_nothing(
    app: FastAPI, world: World, old: str, new: str, again: str, field: str
) -> None:
    signer(world)
    who = visitor(app)
    enter(who)
    page = who.send(
        who.open("/en/account"),
        "Change the password",
        {"old": old, "new": new, "again": again},
        HTTPStatus.UNPROCESSABLE_ENTITY,
    )
    assert page.error(field)
    assert new not in page.answer.text
    assert who.open("/en/account").path == "/en/account"
    assert enter(visitor(app)).path == "/en/desk/hue"


def test_an_account_says_what_its_person_may_do(app: FastAPI, world: World) -> None:
    actor = world.signer(world.city("hue"))
    with transaction(world.factory) as session:
        session.get_one(UserAccount, actor.user_id).name = HOSTILE
    page = signed_in(app, world, actor).open("/en/account")
    assert HOSTILE in page.words
    assert "City hue : City signer. Declares, writes and submits" in page.words
    assert "/en/desk/hue" in page.links()
    page = signed_in(app, world, world.reviewer()).open("/vi/account")
    assert "Cán bộ duyệt. Xem xét hồ sơ" in page.words


def demo(world: World) -> None:
    city = world.city("hue")
    with world.act(OPERATOR) as act:
        name, email = "Người ký thử", "thu@example.org"
        account.create_user(act, email, name, account.DEMO_PASSWORD, is_demo=True)
        account.grant(act, email, Role.CITY_SIGNER, city)


def test_in_development_the_demo_accounts_introduce_themselves(app: FastAPI, world: World) -> None:
    demo(world)
    page = visitor(app).open("/en/sign-in")
    assert "thu@example.org City signer , City hue" in page.words
    assert account.DEMO_PASSWORD in page.words
    chosen = visitor(app).open("/en/sign-in?email=thu@example.org&next=")
    assert chosen.typed("email") == "thu@example.org"


def test_in_production_nothing_is_said_of_demo_accounts_and_the_cookie_is_bound(
    database: Database, world: World, clock: Clock
) -> None:
    demo(world)
    signer_of = world.user(Role.CITY_SIGNER, "hue", ADDRESS)
    assert signer_of.user_id is not None
    settings = database.settings.model_copy(
        update={"mode": Mode.PRODUCTION, "public_url": "https://registry.test"}
    )
    with site(settings, clock) as app:
        who = visitor(app, "https://registry.test")
        page = who.open("/en/sign-in")
        assert "thu@example.org" not in page.answer.text
        assert account.DEMO_PASSWORD not in page.answer.text
        for path in ("/en/sign-in", "/en/about"):
            assert "documented examples" not in who.open(path).answer.text
        who.client.follow_redirects = False
        answer = who.client.post("/en/sign-in", data={"email": ADDRESS, "password": PASSWORD})
        cookie = answer.headers["set-cookie"].lower()
        assert cookie.startswith("__host-session=")
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= set(cookie.split("; "))
        assert "domain" not in cookie


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_of_the_gate_is_faultless(app: FastAPI, world: World, language: str) -> None:
    signer(world)
    who = visitor(app)
    who.open(f"/{language}/sign-in?done=signed-out")
    who.post(f"/{language}/sign-in", {"email": ADDRESS, "password": PASSWORD})
    who.open(f"/{language}/account?done=password")


def test_a_form_of_another_site_is_refused(app: FastAPI, world: World) -> None:
    signer(world)
    who = visitor(app)
    answer = who.client.post(
        "/en/sign-in",
        data={"email": ADDRESS, "password": PASSWORD},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "set-cookie" not in answer.headers
