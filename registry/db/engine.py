"""Engines and sessions. The service works as `registry_app`, which owns nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from registry.settings import Settings

APP_ROLE = "registry_app"
# Reads the views of schema `ogc`, which show what is public today, and nothing else.
READER_ROLE = "registry_reader"
READERS = 8
# The queue's tables and functions (procrastinate's own) have a schema to themselves.
QUEUE_SCHEMA = "queue"
SEARCH_PATH = f"-c search_path=public,{QUEUE_SCHEMA}"
_PLANS = (
    "-c timezone=UTC -c jit=off -c max_parallel_workers_per_gather=0"
    " -c idle_in_transaction_session_timeout=60s -c application_name=city-ai-registry"
)
# The channel on which the database tells of every recorded fact (a trigger on `event`).
CHANGES = "registry_changes"


def service_engine(settings: Settings) -> Engine:
    """Connections of the service: role `registry_app`, short statements, plans for small reads."""
    engine = create_engine(
        make_url(settings.database_url).set(drivername="postgresql+psycopg"),
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"options": f"{_PLANS} -c statement_timeout=30s {SEARCH_PATH}"},
    )

    @event.listens_for(engine, "connect")
    def become_app(connection: Any, _record: object) -> None:
        # A deployment may give one address, the owner's: it gives up its rights here.
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {APP_ROLE}")
        connection.commit()

    return engine


def reader_engine(settings: Settings) -> Engine:
    """Connections on which strangers' conditions are asked: role `registry_reader`, read only, each
    transaction of one state of the register, statements of ten seconds at most."""
    engine = create_engine(
        make_url(settings.reader_database_url or settings.database_url).set(
            drivername="postgresql+psycopg"
        ),
        pool_size=READERS,
        max_overflow=0,
        pool_pre_ping=True,
        isolation_level="REPEATABLE READ",
        connect_args={
            "options": f"{_PLANS} -c statement_timeout=10s -c default_transaction_read_only=on"
            " -c search_path=ogc,public"
        },
    )

    @event.listens_for(engine, "connect")
    def become_reader(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {READER_ROLE}")
            # The views make addresses of pages with it.
            named = ("registry.public_url", settings.public_url)
            cursor.execute("SELECT set_config(%s, %s, false)", named)
        connection.commit()

    return engine


def owner_engine(settings: Settings) -> Engine:
    """Connections that may change the schema; for migrations only."""
    address = settings.owner_database_url or settings.database_url
    return create_engine(make_url(address).set(drivername="postgresql+psycopg"), pool_size=1)


def read_sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions in which the database itself refuses to write."""
    return sessionmaker(engine.execution_options(postgresql_readonly=True))


def sessions(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def transaction(factory: sessionmaker[Session]) -> Iterator[Session]:
    """One unit of work: commits at the end, rolls back on any error."""
    with factory() as session, session.begin():
        yield session
