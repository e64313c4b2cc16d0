"""The engine room: the worker with all it needs, put together; alone or beside a server."""

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from api import mail
from api.deps import utc_now
from registry.db.engine import service_engine, sessions
from registry.jobs.tools import Tools, Wording
from registry.jobs.worker import WorkerLost, work
from registry.settings import Settings, settings

log = logging.getLogger("registry")

LOST_SECONDS = 5


def run() -> None:
    """Works until SIGTERM or SIGINT; what is begun is finished first.

    A database that is away for a while is waited for.
    """
    config = settings()
    engine = service_engine(config)
    tools = Tools(sessions(engine), utc_now, config, word_of(config))
    while True:
        try:
            work(tools)
        except WorkerLost as error:
            log.warning("the worker lost the database: %s", error.__cause__)
            time.sleep(LOST_SECONDS)
        else:
            break
    engine.dispose()


def word_of(config: Settings) -> partial[Wording]:
    return partial(mail.word, config.public_url)


@contextmanager
def beside_a_server() -> Iterator[None]:
    """A worker in a process of its own, so that its work slows down no answer.

    It ends with the process that started it, however that ends.
    """
    process = multiprocessing.get_context("spawn").Process(target=_run_as_child, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def _run_as_child() -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    run()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
