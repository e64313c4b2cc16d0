"""Engines and sessions. The service works as `registry_app`, which owns nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from registry.settings import Settings

APP_ROLE = "registry_app"
# The queue's tables and functions (procrastinate's own) have a schema to themselves.
QUEUE_SCHEMA = "queue"
SEARCH_PATH = f"-c search_path=public,{QUEUE_SCHEMA}"
# The channel on which the database tells of every recorded fact (a trigger on `event`).
CHANGES = "registry_changes"


def service_engine(settings: Settings) -> Engine:
    """Connections of the service: role `registry_app`, short statements, plans for small reads."""
    engine = create_engine(
        make_url(settings.database_url).set(drivername="postgresql+psycopg"),
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={
            "options": "-c timezone=UTC -c jit=off -c max_parallel_workers_per_gather=0"
            " -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"
            f" -c application_name=city-ai-registry {SEARCH_PATH}"
        },
    )

    @event.listens_for(engine, "connect")
    def become_app(connection: Any, _record: object) -> None:
        # A deployment may give one address, the owner's: it gives up its rights here.
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {APP_ROLE}")
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
