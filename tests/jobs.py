"""The night shift: runs what waits in a register's queue, here and now, for tests.

    run_jobs(database)              all jobs that are due, and those that they leave behind
    run_jobs(database, clock)       … told the time by the test's clock
    run_jobs(database, hurry=True)  … as if every waiting time were over (retries, `at=`)
    run_jobs(database, settings=s)  … as a deployment with these settings would

Returns what became of each job: `[("mail.send", "succeeded"), …]`. A failed job raises nothing: its
error is in the log (`caplog`), and it waits for its next try or has failed. Nothing comes round by
itself here: a test of such a job defers it by its name (`later.defer`).
"""

from sqlalchemy import text

from api.deps import utc_now
from api.worker import word_of
from registry.actions.act import Clock
from registry.db.engine import sessions
from registry.jobs.tools import Tools
from registry.jobs.worker import work
from registry.settings import Settings
from tests.postgres import Database

DUE = "status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())"


def run_jobs(
    database: Database,
    clock: Clock = utc_now,
    *,
    hurry: bool = False,
    settings: Settings | None = None,
) -> list[tuple[str, str]]:
    config = settings or database.settings
    tools = Tools(sessions(database.service), clock, config, word_of(config))
    if hurry:
        with database.service.begin() as connection:
            connection.execute(text("UPDATE procrastinate_jobs SET scheduled_at = NULL"))
    before = _states(database)
    while _due(database):
        work(tools, until_idle=True, come_round=False)
    return [
        (task, state)
        for number, (task, state, tried) in _states(database).items()
        if before.get(number) != (task, state, tried)
    ]


def waiting(database: Database) -> list[str]:
    """Names of the jobs in the queue, due or not."""
    return [task for task, state, _ in _states(database).values() if state == "todo"]


def _due(database: Database) -> bool:
    with database.service.begin() as connection:
        return bool(
            connection.scalar(text(f"SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE {DUE})"))  # noqa: S608
        )


def _states(database: Database) -> dict[int, tuple[str, str, int]]:
    with database.service.begin() as connection:
        rows = connection.execute(
            text("SELECT id, task_name, status, attempts FROM procrastinate_jobs ORDER BY id")
        )
        return {row.id: (row.task_name, str(row.status), row.attempts) for row in rows}
