"""The lookout's round: asks for the links that entries rest on, some each night."""

import logging
from concurrent.futures import ThreadPoolExecutor

from registry.actions.links import record_check
from registry.db.engine import transaction
from registry.domain.links import FINE
from registry.jobs.tools import Tools
from registry.queries.links import due
from registry.web import Lookout

log = logging.getLogger("registry")

NAME = "city-ai-registry (link check)"
# A night's work at the longest: every one of them too slow, so many at a time.
PER_ROUND = 2000
AT_ONCE = 8
# When so many are asked and none answers, it is this machine that has no way out.
OURS = 5


def check(tools: Tools) -> None:
    """The job."""
    go_round(tools, Lookout(f"{NAME} {tools.settings.public_url}"))


def go_round(tools: Tools, lookout: Lookout) -> None:
    with transaction(tools.sessions) as session:
        urls = due(session, tools.clock(), PER_ROUND)
    with ThreadPoolExecutor(AT_ONCE) as helpers:
        found = list(helpers.map(lookout.ask, urls))
    if len(found) >= OURS and not any(each.outcome in FINE for each in found):
        log.warning("none of %d links answered: nothing is written down", len(found))
        return
    for url, each in zip(urls, found, strict=True):
        with transaction(tools.sessions) as session:
            record_check(session, url, each, tools.clock())
