"""The night watch's room: jobs join with their transaction, are run once, and are not lost."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from registry.actions import later
from registry.db.engine import transaction
from registry.jobs import worker
from registry.jobs.table import JOBS, Job
from registry.jobs.tools import Tools
from tests.jobs import run_jobs, waiting
from tests.postgres import Database

Sessions = sessionmaker[Session]


class Diary:
    """A job that notes each call, and fails as often as it is told to."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.failures = 0

    def __call__(self, _tools: Tools, **args: Any) -> None:
        self.calls.append(args)
        if len(self.calls) <= self.failures:
            raise RuntimeError("not today")


@pytest.fixture
def diary(monkeypatch: pytest.MonkeyPatch) -> Diary:
    diary = Diary()
    monkeypatch.setitem(JOBS, "test.note", Job(diary, tries=3))
    return diary


def test_a_job_runs_with_its_arguments(
    database: Database, session_factory: Sessions, diary: Diary
) -> None:
    with transaction(session_factory) as session:
        assert later.defer(session, "test.note", words="ngập úng", deep={"a": [1, None]})
    assert run_jobs(database) == [("test.note", "succeeded")]
    assert diary.calls == [{"words": "ngập úng", "deep": {"a": [1, None]}}]
    assert run_jobs(database) == []


@pytest.mark.usefixtures("diary")
def test_a_rollback_leaves_no_job(database: Database, session_factory: Sessions) -> None:
    with session_factory() as session:
        later.defer(session, "test.note")
        session.rollback()
    assert waiting(database) == []


@pytest.mark.usefixtures("diary")
def test_a_queueing_lock_lets_one_wait_and_harms_nothing(
    database: Database, session_factory: Sessions
) -> None:
    with transaction(session_factory) as session:
        assert later.defer(session, "test.note", queueing_lock="one") is not None
        assert later.defer(session, "test.note", queueing_lock="one") is None
        later.defer(session, "test.note", after="all")
    assert waiting(database) == ["test.note", "test.note"]


@pytest.mark.usefixtures("diary")
def test_what_is_for_later_waits(database: Database, session_factory: Sessions) -> None:
    with transaction(session_factory) as session:
        later.defer(session, "test.note", at=datetime.now(UTC) + timedelta(days=1))
    assert run_jobs(database) == []
    assert run_jobs(database, hurry=True) == [("test.note", "succeeded")]


def test_an_error_is_answered_by_another_try_until_it_has_failed_for_good(
    database: Database, session_factory: Sessions, diary: Diary, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    diary.failures = 4
    with transaction(session_factory) as session:
        later.defer(session, "test.note")
    assert run_jobs(database) == [("test.note", "todo")]
    assert run_jobs(database) == []  # not due yet
    assert len(diary.calls) == 1
    run_jobs(database, hurry=True)
    assert run_jobs(database, hurry=True) == [("test.note", "failed")]
    (failed,) = worker.failed_jobs(database.settings)
    assert failed.id is not None
    worker.retry(database.settings, failed.id)
    assert run_jobs(database) == [("test.note", "failed")]
    diary.failures = 0
    worker.retry(database.settings, failed.id)
    assert run_jobs(database) == [("test.note", "succeeded")]
    assert worker.failed_jobs(database.settings) == []


@pytest.mark.usefixtures("diary")
def test_a_dead_workers_job_is_taken_up_by_the_next(
    database: Database, session_factory: Sessions
) -> None:
    with transaction(session_factory) as session:
        later.defer(session, "test.note")
        # As a worker leaves it that was killed after it had taken the job.
        number = session.scalar(text("SELECT worker_id FROM procrastinate_register_worker_v1()"))
        session.execute(
            text("SELECT procrastinate_fetch_job_v2(NULL, :worker)"), {"worker": number}
        )
    assert run_jobs(database) == []
    assert worker.stalled_jobs(database.settings) == []  # it may still be alive
    with transaction(session_factory) as session:
        session.execute(
            text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
        )
    assert len(worker.stalled_jobs(database.settings)) == 1
    worker.rescue_now(database.settings)
    assert run_jobs(database) == [("test.note", "succeeded")]


@pytest.mark.usefixtures("diary")
def test_a_job_that_kills_its_workers_has_failed_in_the_end(
    database: Database, session_factory: Sessions
) -> None:
    with transaction(session_factory) as session:
        later.defer(session, "test.note")
        session.execute(text("SELECT procrastinate_fetch_job_v2(NULL, NULL)"))
        session.execute(text("UPDATE procrastinate_jobs SET attempts = 2"))
    worker.rescue_now(database.settings)
    assert run_jobs(database) == []
    assert [job.task_name for job in worker.failed_jobs(database.settings)] == ["test.note"]


def test_the_service_may_use_the_queue_and_not_change_it(session_factory: Sessions) -> None:
    with transaction(session_factory) as session:
        owner = session.scalar(text("SELECT has_schema_privilege('queue', 'CREATE')"))
    assert owner is False
