"""The night porter: clears away what is left of sign-ins that are over."""

from registry.actions.account import tidy
from registry.db.engine import transaction
from registry.jobs.tools import Tools


def clear(tools: Tools) -> None:
    """The job."""
    with transaction(tools.sessions) as session:
        tidy(session, tools.clock())
