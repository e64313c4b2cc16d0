"""The reading desk: gives tipg what it would ask of asyncpg, on the house's own connections.

tipg needs no more of its driver than `acquire`, `fetch` and `fetchval`. So there is one driver, one
way to name a database, and no pool that belongs to an event loop.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

from anyio import CancelScope, CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from psycopg import Connection, OperationalError, RawCursor
from psycopg.errors import QueryCanceled
from psycopg.rows import dict_row
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError as Unreachable

from registry.db.engine import READERS

# Of each event loop: who may have a connection, and the threads that wait for the database.
_limits: RunVar[tuple[CapacityLimiter, CapacityLimiter]] = RunVar("limits")


class Reader:
    """A connection for the length of one transaction: all its statements see one state."""

    def __init__(self, connection: Connection[Any], desks: CapacityLimiter) -> None:
        self._connection = connection
        self._desks = desks

    async def fetch(self, sql: str, *given: object) -> list[Mapping[str, Any]]:
        """`sql` has PostgreSQL's own places, $1 and on."""
        return await to_thread.run_sync(self._ask, sql, given, limiter=self._desks)

    async def fetchval(self, sql: str, *given: object) -> object:
        """The first column of the first row; None without one."""
        rows = await self.fetch(sql, *given)
        return next(iter(rows[0].values())) if rows else None

    def _ask(self, sql: str, given: tuple[object, ...]) -> list[Mapping[str, Any]]:
        with RawCursor(self._connection, row_factory=dict_row) as cursor:
            try:
                # Binary answers come by the protocol that takes one statement and never two.
                cursor.execute(sql.encode(), given, binary=True)
            except QueryCanceled:
                raise
            except OperationalError as error:
                raise Unreachable(sql, None, error) from error
            return list(cursor.fetchall())


class Readers:
    """In place of asyncpg's pool."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        self._engine.dispose()

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Reader]:
        """Whoever has a place has a connection too: nobody waits for one inside a thread."""
        places, desks = _of_this_loop()
        async with places:
            taken = await to_thread.run_sync(self._engine.raw_connection, limiter=desks)
            try:
                yield Reader(cast("Connection[Any]", taken.driver_connection), desks)
            finally:
                with CancelScope(shield=True):
                    await to_thread.run_sync(taken.close, limiter=desks)


def _of_this_loop() -> tuple[CapacityLimiter, CapacityLimiter]:
    found = _limits.get(None)
    if found is None:
        found = (CapacityLimiter(READERS), CapacityLimiter(READERS))
        _limits.set(found)
    return found
