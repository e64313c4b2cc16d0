"""Leaving work for later: a job joins the queue if, and only if, the caller's act commits."""

from datetime import datetime

from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.types import JSONValue
from sqlalchemy.orm import Session

# It knows how to write a job down, and is given the connection each time: it opens none.
_queue = App(connector=SyncPsycopgConnector())


def defer(
    session: Session,
    job: str,
    *,
    lock: str | None = None,
    queueing_lock: str | None = None,
    at: datetime | None = None,
    **args: JSONValue,
) -> int | None:
    """Leaves a job of `registry.jobs.table.JOBS` to the worker, from `at` on; returns its number.

    Of the jobs with one `lock` only one runs at a time, in the order in which they came. While a
    job with this `queueing_lock` waits, no other joins and None is returned: only for work that
    looks for itself what is to be done, because the one that waits may begin before this
    transaction commits.
    """
    connection = session.connection()
    waiting = _queue.configure_task(
        job,
        lock=lock,
        queueing_lock=queueing_lock,
        schedule_at=at,
        connection=connection.connection.driver_connection,
    )
    if queueing_lock is None:
        return waiting.defer(**args)
    try:
        with connection.begin_nested():
            return waiting.defer(**args)
    except AlreadyEnqueued:
        return None
