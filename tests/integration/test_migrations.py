"""The removal firm's room: the tables go up, down and up again, whoever else is moving them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import Engine, inspect, text
from sqlalchemy.engine import URL

from registry.db.locks import MIGRATION
from registry.db.tables import Base
from registry.domain.model import Action, Role
from tests.factories import World
from tests.postgres import (
    ROOT,
    Database,
    alembic_config,
    migrate,
    new_database,
    opened,
    prepared_template,
)

# Alembic's own; PostGIS's tables and views belong to the extension.
NOT_OURS = {"alembic_version", "spatial_ref_sys"}


@pytest.fixture
def bare(server: URL) -> Iterator[Database]:
    """A database before its first migration."""
    with new_database(server, prepared_template(server)) as url, opened(url) as database:
        yield database


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - NOT_OURS


def functions(engine: Engine) -> set[str]:
    """Functions that no extension brought, and the queue's."""
    with engine.connect() as connection:
        rows = connection.scalars(
            text("""
                SELECT proname FROM pg_proc
                JOIN pg_namespace ON pg_namespace.oid = pronamespace
                WHERE nspname IN ('public', 'queue')
                AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
            """)
        )
        return set(rows)


def fill(world: World) -> None:
    """At least one row of every journey: places, rolls, people, entries, decisions."""
    world.targets()
    world.province()
    city, signer, version = world.counted_city()
    world.roll([city])
    world.revise(signer, version)
    world.decide(version, Action.SUSPEND, "2025-01-01")
    world.user(Role.ADMINISTRATOR)


def test_models_and_migrations_say_the_same(database: Database) -> None:
    config = alembic_config()
    with database.owner.connect() as connection:
        config.attributes["connection"] = connection
        command.check(config)


def test_the_check_can_fail(database: Database) -> None:
    with database.owner.begin() as connection:
        connection.execute(text("ALTER TABLE roll ADD COLUMN surprise text"))
    config = alembic_config()
    with database.owner.connect() as connection:
        config.attributes["connection"] = connection
        with pytest.raises(CommandError, match="surprise"):
            command.check(config)


def test_every_table_is_made_and_taken_away(bare: Database) -> None:
    migrate(bare.owner)
    assert tables(bare.owner) == set(Base.metadata.tables)
    assert functions(bare.owner)
    migrate(bare.owner, "base")
    assert tables(bare.owner) == set()
    assert functions(bare.owner) == set()


def test_down_and_up_again_on_a_filled_register(database: Database, world: World) -> None:
    fill(world)
    migrate(database.owner, "base")
    assert tables(database.owner) == set()
    migrate(database.owner)
    assert tables(database.owner) == set(Base.metadata.tables)
    # The register starts anew and works: its first event follows an empty head.
    fill(World(world.factory, world.clock))
    with world.factory() as session:
        first = session.scalar(text("SELECT min(position) FROM event"))
    assert first == 1


def test_up_to_date_is_left_alone(database: Database, world: World) -> None:
    fill(world)
    with world.factory() as session:
        before = session.execute(text("SELECT count(*), max(position) FROM event")).one()
    migrate(database.owner)
    with world.factory() as session:
        assert session.execute(text("SELECT count(*), max(position) FROM event")).one() == before


def test_two_processes_that_migrate_at_once_take_turns(bare: Database) -> None:
    code = (
        "from alembic import command; from tests.postgres import alembic_config;"
        " import registry.db.tables; print('ready', flush=True);"
        " command.upgrade(alembic_config(), 'head'); print('migrated')"
    )
    environment = {**os.environ, "REGISTRY_DATABASE_URL": bare.settings.database_url}
    environment.pop("REGISTRY_OWNER_DATABASE_URL", None)
    with ExitStack() as stack:
        connection = stack.enter_context(bare.owner.connect())
        # Both find a third one migrating, so that they leave the starting line together.
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION})
        connection.commit()
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", code],
                    cwd=ROOT,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(2)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION})
        connection.commit()
        ends = [process.communicate(timeout=60) for process in processes]
    assert [out for out, _ in ends] == ["migrated\n"] * 2, ends
    assert tables(bare.owner) == set(Base.metadata.tables)


def test_a_migration_does_not_wait_long_for_a_lock(database: Database) -> None:
    """It would hold up every reader that queues behind it."""
    seen: dict[str, str] = {}
    config = alembic_config()
    with database.owner.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        for name in ("lock_timeout", "statement_timeout"):
            seen[name] = str(connection.scalar(text(f"SHOW {name}")))
    assert seen == {"lock_timeout": "10s", "statement_timeout": "10min"}
