"""The round of the reading room: what nobody decided in their time goes back into the queue."""

from registry.actions.act import Act
from registry.actions.leases import end_lease
from registry.db.engine import transaction
from registry.domain.model import OPERATOR
from registry.jobs.tools import Tools
from registry.queries.waiting import ended_leases


def end(tools: Tools) -> None:
    """The job. Each entry is a transaction of its own."""
    with transaction(tools.sessions) as session:
        ended = ended_leases(session, tools.clock())
    for version_id in ended:
        with transaction(tools.sessions) as session:
            end_lease(Act(session, OPERATOR, tools.clock, "leases.end"), version_id)
