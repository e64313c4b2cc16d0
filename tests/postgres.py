"""The boiler room: the tests' databases, copied from a migrated one and dropped again."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from psycopg import Connection, connect, errors, sql
from sqlalchemy import Engine
from sqlalchemy.engine import URL, make_url

from registry.db import migrations
from registry.db.engine import owner_engine, service_engine
from registry.settings import Settings

ROOT = Path(__file__).parents[1]

# What script/database prepares; elsewhere the migrations' own CREATE EXTENSION has to do.
PREPARED = "template_registry"
PREFIX = "registry_test"
_numbers = count()


@dataclass(frozen=True)
class Database:
    """A register of a test's own. `service` works as `registry_app`, `owner` may do anything."""

    settings: Settings
    service: Engine
    owner: Engine


def server_url() -> URL:
    given = os.environ.get("REGISTRY_TEST_DATABASE_URL")
    if not given:
        script = [str(ROOT / "script/database"), "--test", "--urls"]
        given = subprocess.run(script, check=True, capture_output=True, text=True).stdout.strip()
    return make_url(given).set(drivername="postgresql+psycopg")


@contextmanager
def administration(url: URL) -> Iterator[Connection[tuple[object, ...]]]:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with connect(plain, autocommit=True) as connection:
        yield connection


def prepared_template(url: URL) -> str:
    with administration(url) as connection:
        found = connection.execute("SELECT true FROM pg_database WHERE datname = %s", [PREPARED])
        return PREPARED if found.fetchone() else "template1"


@contextmanager
def new_database(url: URL, template: str) -> Iterator[URL]:
    """A copy of `template`, dropped afterwards whoever is still connected."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"{PREFIX}_{worker}_{os.getpid()}_{next(_numbers)}"
    # On a cluster without fsync copying files takes 15 ms, writing them to the log 22 ms.
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
    with administration(url) as connection:
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield url.set(database=name)
    finally:
        with administration(url) as connection:
            _drop(connection, name)


def _drop(connection: Connection[tuple[object, ...]], name: str) -> None:
    statement = sql.SQL("DROP DATABASE {}").format(sql.Identifier(name))
    try:
        connection.execute(statement + sql.SQL(" WITH (FORCE)"))
    except errors.InsufficientPrivilege:
        # FORCE may not end an autovacuum worker; without it PostgreSQL does so by itself.
        connection.execute(statement)


def drop_leftovers(url: URL) -> None:
    """Drops databases of runs that died, told by the process number in their names."""
    with administration(url) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [PREFIX])
        names = connection.execute(
            "SELECT datname FROM pg_database WHERE datname ~ %s", [rf"^{PREFIX}_[a-z0-9]+_\d+_\d+$"]
        ).fetchall()
        for (name,) in names:
            if Path(f"/proc/{str(name).split('_')[-2]}").exists():
                continue
            # Somebody connected: a run on another machine, whose numbers are not ours to read.
            with suppress(errors.ObjectInUse):
                drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(str(name)))
                connection.execute(drop)


@contextmanager
def opened(url: URL) -> Iterator[Database]:
    address = url.render_as_string(hide_password=False)
    with TemporaryDirectory() as files, TemporaryDirectory() as keys:
        settings = Settings(
            database_url=address,
            owner_database_url=address,
            pool_size=8,
            files=files,
            downloads=f"{files}/downloads",
            ledger_key=f"{keys}/ledger-key.pem",
            # Nobody reads that fast, and a limit of the tests' own is asked for by name.
            rate_limit=1_000_000,
            # Whatever the shell is set up for: mail goes to a test's own letter box or nowhere.
            smtp_url=None,
            mail_from=None,
        )
        database = Database(settings, service_engine(settings), owner_engine(settings))
        try:
            yield database
        finally:
            database.service.dispose()
            database.owner.dispose()


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    return config


def migrate(engine: Engine, target: str = "head") -> None:
    """Up to `target`, or down to it when it is `base`."""
    config = alembic_config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if target == "base" else command.upgrade)(config, target)
