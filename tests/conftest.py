"""The caretaker's room: what every test may ask for. Only tests that ask get a database."""

from collections.abc import Iterator
from datetime import UTC, datetime

import hypothesis
import pytest
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session, sessionmaker

from registry.db.engine import sessions
from tests.factories import Clock, World
from tests.postgres import (
    Database,
    drop_leftovers,
    migrate,
    new_database,
    opened,
    prepared_template,
    server_url,
)

# A busy machine is not a failure.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def server() -> URL:
    """The PostgreSQL of the tests, as a role that may create databases."""
    url = server_url()
    drop_leftovers(url)
    return url


@pytest.fixture(scope="session")
def migrated(server: URL) -> Iterator[str]:
    """The name of a database with the newest tables and nothing in them."""
    with new_database(server, prepared_template(server)) as url:
        with opened(url) as database:
            migrate(database.owner)
        assert url.database is not None
        yield url.database


@pytest.fixture
def database(server: URL, migrated: str) -> Iterator[Database]:
    """An empty register of the test's own."""
    with new_database(server, migrated) as url, opened(url) as database:
        yield database


@pytest.fixture
def session_factory(database: Database) -> sessionmaker[Session]:
    """Sessions as the service has them."""
    return sessions(database.service)


@pytest.fixture
def clock() -> Clock:
    """The time is what the test says it is."""
    return Clock(datetime(2025, 6, 15, 2, 0, tzinfo=UTC))


@pytest.fixture
def world(session_factory: sessionmaker[Session], clock: Clock) -> World:
    """A register to fill with cities, people and their doings."""
    return World(session_factory, clock)
