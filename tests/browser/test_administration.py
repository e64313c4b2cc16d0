"""The administrator's screens: the ministry gets another name from a day on; somebody moves."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Browser
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.engine import URL

from api.app import create_app
from registry.actions import lists
from registry.db.engine import sessions
from registry.domain.lists import ListKind
from registry.domain.model import OPERATOR, Action, Role
from tests.browser.visitor import Visitor
from tests.factories import PASSWORD, Clock, World
from tests.postgres import new_database, opened
from tests.web_servers import serving

pytestmark = pytest.mark.xdist_group("browser")

OLD, NEW = "Bộ Thông tin và Truyền thông", "Bộ Khoa học và Công nghệ"


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2025, 2, 27, 3, tzinfo=UTC))


@pytest.fixture
def office(server: URL, migrated: str, clock: Clock) -> Iterator[tuple[str, World]]:
    """A small register whose days the test turns over."""
    with new_database(server, migrated) as url, opened(url) as database:
        world = World(sessions(database.service), clock)
        world.province()
        world.targets()
        with world.act(OPERATOR) as act:
            body = {"valid": Range(None, None), "name_vi": OLD, "name_en": "MIC", "source": "48"}
            lists.lay_down(act, ListKind.BODIES, [body])
        world.roll([world.city("hue"), world.city("da-lat")])
        with serving(create_app(database.settings, clock)) as address:
            yield address, world


def test_a_ministry_is_renamed_and_a_person_moves(
    office: tuple[str, World], chromium: Browser, clock: Clock
) -> None:
    address, world = office
    signer = world.signer("hue")
    cases = [world.draft(signer, "hue", [world.problem(signer, "hue")]) for _ in range(2)]
    for case in cases:
        world.submit(signer, case)
        world.claim(case)
    world.decide(cases[0], Action.APPROVE)
    world.user(Role.ADMINISTRATOR, email="admin@bo.vn")
    editor = world.user(Role.CITY_EDITOR, "hue", "soan@hue.vn")
    admin, person, anyone = (
        Visitor(chromium, address, "vi", scripts=s) for s in (False, True, True)
    )
    admin.sign_in("admin@bo.vn", PASSWORD)

    admin.go("/admin")
    admin.follow("Lists with their days")
    admin.follow("Reviewing bodies")
    admin.click(admin.main.get_by_role("link", name=OLD))
    admin.follow("Replace it from a day on")
    admin.fill(name_vi=NEW, name_en="MOST", valid_from="1/3/2025", source="55/2025/NĐ-CP")
    admin.press("Replace the entry")
    admin.sees(NEW)
    clock.now += timedelta(days=3)
    assert clock.now.date() > date(2025, 3, 1)
    world.decide(cases[1], Action.APPROVE)
    for number, body in ((1, OLD), (2, NEW)):
        anyone.go(f"/decisions/2025-{number:06}")
        anyone.sees(body)

    person.sign_in("soan@hue.vn", PASSWORD)
    person.go("/desk/hue")
    # Sign in again: the administrator's session is over after three days.
    admin.sign_in("admin@bo.vn", PASSWORD)
    admin.go(f"/admin/users/{editor.user_id}")
    admin.follow("Move to another unit")
    admin.main.locator("[name=roles][value=city_editor]").check()
    admin.fill(city_code="da-lat")
    admin.press("Move the person")
    admin.sees("da-lat")
    person.go("/desk")
    person.sees(person.words("Sign in"))
    person.fill(email="soan@hue.vn", password=PASSWORD)
    person.press("Sign in")
    person.go("/desk/da-lat")
    for one in (admin, person, anyone):
        one.context.close()
        assert one.troubles == []
