"""The viewing room: the real service on a loopback port, and a real browser in front of it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy.engine import URL

from api.app import create_app
from registry.actions.act import Act
from registry.actions.lists import replace
from registry.db.engine import sessions, transaction
from registry.domain.lists import ListKind
from registry.domain.model import OPERATOR, CityStatus, Role
from registry.queries.cities import cities
from registry.queries.lists import entries
from registry.queries.moments import moment
from registry.settings import Settings
from seeds import examples, load
from tests.browser.visitor import Visitor
from tests.factories import PASSWORD, Clock, World, policy
from tests.postgres import new_database, opened
from tests.web_servers import serving

# A day in the past on which the journeys' applications have been running for months.
PAST = date(2025, 6, 30)
LANGUAGES = ("vi", "en")

_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")

NewVisitor = Callable[..., Visitor]


class RealClock(Clock):
    """The time it is: the service under test has no other."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Site:
    """A running service with the real facts and the documented examples in it."""

    address: str
    world: World
    free: list[str]
    settings: Settings

    def city(self) -> str:
        """A city of the roll, then and now, that has said nothing yet; each time another."""
        return self.free.pop()

    def account(self, role: Role, city: str | None = None) -> str:
        """The address under which a new person signs in, with `PASSWORD`."""
        email = f"{role.value}-{len(self.free)}-{self.world.clock().timestamp()}@example.vn"
        self.world.user(role, city, email)
        return email


@pytest.fixture(scope="package")
def site(server: URL, migrated: str) -> Iterator[Site]:
    with new_database(server, migrated) as url, opened(url) as database:
        factory = sessions(database.service)
        clock = RealClock(datetime.now(UTC))
        load.load_facts(factory, clock, load.untracked)
        with transaction(factory) as session:
            # Nothing in a journey is left to the lot.
            [entry] = entries(session, ListKind.POLICIES)
            certain = policy(clock().date(), sample_percent=0)
            replace(Act(session, OPERATOR, clock), ListKind.POLICIES, entry.id, certain)
        examples.load_examples(factory, clock, load.untracked)
        world = World(factory, clock)
        app = create_app(database.settings)
        with serving(app) as address:
            # Absolute addresses lead here.
            app.state.settings = database.settings.model_copy(update={"public_url": address})
            yield Site(address, world, _silent_cities(world), app.state.settings)


def _silent_cities(world: World) -> list[str]:
    with world.factory() as session:
        now = world.clock()
        then, today = (
            {
                row.code
                for row in cities(session, moment(session, now, on))
                if row.status is CityStatus.SILENT and row.lon is not None
            }
            for on in (PAST, None)
        )
    return sorted(then & today, reverse=True)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    assert found, f"the browser tests need one of {_BROWSERS}: script/bootstrap installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(site: Site, chromium: Browser) -> Iterator[NewVisitor]:
    """Makes visitors, each in a browser of their own; nothing may have gone wrong in any."""
    visitors: list[Visitor] = []

    def arrive(language: str, email: str = "", *, scripts: bool = True) -> Visitor:
        arrived = Visitor(chromium, site.address, language, scripts=scripts)
        visitors.append(arrived)
        if email:
            arrived.sign_in(email, PASSWORD)
        return arrived

    yield arrive
    for one in visitors:
        one.context.close()
    assert [trouble for one in visitors for trouble in one.troubles] == []
