"""The calendar's round: reminds cities each morning of what they have to confirm."""

from registry.actions.act import Act
from registry.actions.reminders import remind
from registry.db.engine import transaction
from registry.domain.model import OPERATOR
from registry.jobs.tools import Tools
from registry.queries.moments import moment
from registry.queries.staying import live_cases


def go_round(tools: Tools) -> None:
    """The job. Each entry is a transaction of its own: who was reminded is not reminded again."""
    with transaction(tools.sessions) as session:
        at = moment(session, tools.clock())
        live = live_cases(session, at)
    for kept in live.values():
        if kept.term.reminder(at.on) is not None:
            with transaction(tools.sessions) as session:
                remind(Act(session, OPERATOR, tools.clock), kept, at.on)
