"""The worker: takes jobs from the queue and runs them, as `registry_app`, until it is stopped.

Any number may run at once: a job is taken by one of them, and what comes round is deferred once.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import psycopg
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as Queued
from procrastinate.jobs import Status
from sqlalchemy.engine import make_url

from registry.db.engine import APP_ROLE, SEARCH_PATH
from registry.jobs import smtp
from registry.jobs.table import JOBS, Job, every_minutes
from registry.jobs.tools import Tools
from registry.settings import Settings

# Jobs wait for mail servers and other people's web sites most of their time.
AT_ONCE = 4
HEARTBEAT_SECONDS = 10
# A worker that was silent for so long is dead, and its jobs are another's.
DEAD_AFTER_SECONDS = 90
# Finished jobs are kept so long for whoever asks what happened.
KEEP_DAYS = 30
# What came round while no worker ran is made up for, once, if it is not older than this.
MAKE_UP_SECONDS = 24 * 60 * 60

T = TypeVar("T")

_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)


class Patience(BaseRetryStrategy):
    """How long to wait after each failure, and when to give up."""

    def __init__(self, tries: int) -> None:
        self._tries = tries

    def get_retry_decision(self, *, exception: BaseException, job: Queued) -> RetryDecision | None:
        del exception
        if job.attempts + 1 >= self._tries:
            return None
        wait = min(_FIRST_WAIT * 2 ** min(job.attempts, 20), _LONGEST_WAIT)
        return RetryDecision(retry_at=datetime.now(UTC) + wait)


def queue_of(settings: Settings) -> App:
    """The queue alone: to look at its jobs, not to run them."""
    address = make_url(settings.database_url).set(drivername="postgresql")
    connector = PsycopgConnector(
        conninfo=address.render_as_string(hide_password=False),
        kwargs={"options": f"-c timezone=UTC -c application_name=city-ai-worker {SEARCH_PATH}"},
        configure=_become_app,
        min_size=1,
        max_size=AT_ONCE,
    )
    return App(connector=connector, periodic_defaults={"max_delay": MAKE_UP_SECONDS})


def worker_app(tools: Tools, *, come_round: bool = True) -> App:
    """The queue with every job that can be run."""
    app = queue_of(tools.settings)
    for name, job in JOBS.items():
        task = app.task(name=name, retry=Patience(job.tries))(_with_tools(job, tools))
        if come_round and job.comes_round is not None:
            app.periodic(cron=job.comes_round, queueing_lock=name, lock=name)(task)
    if come_round:
        tidy = app.task(name="queue.tidy")(_tidy_of(app))
        app.periodic(cron=every_minutes(5), queueing_lock="queue.tidy")(tidy)
    return app


class WorkerLost(Exception):
    """The worker ended unasked: it lost the database, most likely."""


def work(tools: Tools, *, until_idle: bool = False, come_round: bool = True) -> None:
    """Runs jobs until SIGTERM or SIGINT, and then finishes those it has begun.

    Raises UnsafeConfiguration when it could not send mail as it is told to, WorkerLost when it
    ends unasked.
    """
    smtp.check(tools.settings)
    app = worker_app(tools, come_round=come_round)
    try:
        asyncio.run(_until_idle(app) if until_idle else _until_stopped(app))
    except (ConnectorException, psycopg.Error) as error:
        raise WorkerLost from error


async def _until_idle(app: App) -> None:
    async with app.open_async():
        await app.run_worker_async(
            concurrency=AT_ONCE, wait=False, listen_notify=False, install_signal_handlers=False
        )


async def _until_stopped(app: App) -> None:
    async with app.open_async():
        running = asyncio.create_task(
            app.run_worker_async(
                concurrency=AT_ONCE,
                install_signal_handlers=False,  # else a stop that was asked for looks like a loss
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=DEAD_AFTER_SECONDS,
            )
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, running.cancel)
        try:
            await running
        except asyncio.CancelledError:
            return
        raise WorkerLost


async def rescue(app: App) -> None:
    """Jobs of dead workers get another try, or have failed with their worker as often as allowed.

    A job that kills whoever runs it (memory, say) must not do so for ever.
    """
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS)
    for job in stalled:
        known = JOBS.get(job.task_name)
        if known is not None and job.attempts + 1 >= known.tries:
            await app.job_manager.finish_job(job, Status.FAILED, delete_job=False)
        else:
            await app.job_manager.retry_job(job)


def failed_jobs(settings: Settings) -> list[Queued]:
    """Jobs that nobody will try again by themselves."""

    async def ask(app: App) -> list[Queued]:
        return list(await app.job_manager.list_jobs_async(status=Status.FAILED.value))

    return _ask(settings, ask)


def stalled_jobs(settings: Settings) -> list[Queued]:
    """Jobs whose worker died; the next one that lives takes them up."""

    async def ask(app: App) -> list[Queued]:
        silence = DEAD_AFTER_SECONDS
        return list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silence))

    return _ask(settings, ask)


def rescue_now(settings: Settings) -> None:
    """Gives the jobs of dead workers to whoever lives."""
    _ask(settings, rescue)


def retry(settings: Settings, number: int) -> None:
    """Puts a failed job back into the queue."""

    async def ask(app: App) -> None:
        await app.job_manager.retry_job_by_id_async(number, datetime.now(UTC))

    _ask(settings, ask)


def _ask(settings: Settings, question: Callable[[App], Awaitable[T]]) -> T:
    async def asked() -> T:
        async with queue_of(settings).open_async() as app:
            return await question(app)

    return asyncio.run(asked())


def _with_tools(job: Job, tools: Tools) -> Callable[..., None]:
    def run(timestamp: int | None = None, **args: Any) -> None:
        del timestamp  # when it came round; jobs ask their clock
        job.run(tools, **args)

    return run


def _tidy_of(app: App) -> Callable[..., Any]:
    async def tidy(timestamp: int) -> None:
        del timestamp
        await rescue(app)
        await app.job_manager.delete_old_jobs(nb_hours=KEEP_DAYS * 24)

    return tidy


async def _become_app(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.execute(f"SET ROLE {APP_ROLE}")
    await connection.commit()
