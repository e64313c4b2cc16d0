"""The lookout's round: asks for the links that entries rest on, some each night."""

from concurrent.futures import ThreadPoolExecutor

from registry.actions.links import record_check
from registry.db.engine import transaction
from registry.jobs.tools import Tools
from registry.queries.links import due
from registry.web import Lookout

NAME = "city-ai-registry (link check)"
# A night's work at the longest: every one of them too slow, so many at a time.
PER_ROUND = 2000
AT_ONCE = 8


def check(tools: Tools) -> None:
    """The job. What it has written down stays, and is not asked for again so soon."""
    go_round(tools, Lookout(f"{NAME} {tools.settings.public_url}"))


def go_round(tools: Tools, lookout: Lookout) -> None:
    with transaction(tools.sessions) as session:
        urls = due(session, tools.clock(), PER_ROUND)
    with ThreadPoolExecutor(AT_ONCE) as helpers:
        for url, found in zip(urls, helpers.map(lookout.ask, urls), strict=True):
            with transaction(tools.sessions) as session:
                record_check(session, url, found, tools.clock())
