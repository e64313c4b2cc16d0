"""The vestibule: a register that several rooms of tests read and none changes."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from sqlalchemy.engine import URL

from registry.db.engine import sessions
from seeds import examples, load
from tests.factories import Clock
from tests.integration.api_client import service
from tests.postgres import Database, new_database, opened


@pytest.fixture(scope="session")
def full(server: URL, migrated: str) -> Iterator[Database]:
    """The real cities and the examples, of the real today: views ask the database's own clock."""
    now = Clock(datetime.now(UTC))
    with new_database(server, migrated) as url, opened(url) as database:
        factory = sessions(database.service)
        load.load_facts(factory, now, load.untracked)
        examples.load_examples(factory, now, load.untracked)
        yield database


@pytest.fixture(scope="session")
def hall(full: Database) -> Iterator[FastAPI]:
    """The service over it, today."""
    with service(full, Clock(datetime.now(UTC))) as app:
        yield app
