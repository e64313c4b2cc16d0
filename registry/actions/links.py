"""The lookout's log: how each link was found when it was last asked for."""

from datetime import datetime

from sqlalchemy.orm import Session

from registry.db.tables import LinkState
from registry.domain.links import Trouble, trouble
from registry.queries.moments import today
from registry.web import Found


def record_check(session: Session, url: str, found: Found, at: datetime) -> None:
    """Writes down what a check found. No figure and no entry depends on it: it is no event."""
    state = session.get(LinkState, url, with_for_update=True)
    before = Trouble() if state is None else Trouble(state.failing_since, state.broken_since)
    first = before.failing_since or at
    now = trouble(before, found.outcome, at, today(at), today(first))
    if state is None:
        state = LinkState(url=url)
        session.add(state)
    state.checked_at = at
    state.outcome = found.outcome.value
    state.status = found.status
    state.final_url = found.url
    state.failing_since = now.failing_since
    state.broken_since = now.broken_since
    session.flush()
