"""The seal-keeper: signs a head of the ledger every day, also when nothing was recorded."""

from registry import seals
from registry.actions.act import Act
from registry.actions.tree import sign_head
from registry.db.engine import transaction
from registry.domain.model import OPERATOR
from registry.jobs.tools import Tools


def sign(tools: Tools) -> None:
    """The job. Signing again what was signed already does no harm."""
    key = seals.ledger_key(tools.settings)
    with transaction(tools.sessions) as session:
        act = Act(session, OPERATOR, tools.clock, "ledger.sign")
        sign_head(act, key, seals.origin(tools.settings))
