"""Reading the ledger: pages of events."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.db.tables import EventRow
from registry.domain.ledger import Event


def events(
    session: Session, after: int = 0, limit: int = 100, subject: tuple[str, str] | None = None
) -> Sequence[tuple[Event, bytes]]:
    """Events after a position, oldest first, with their recorded hashes."""
    query = select(EventRow).where(EventRow.position > after)
    if subject is not None:
        query = query.where(EventRow.subject_type == subject[0], EventRow.subject_id == subject[1])
    rows = session.scalars(query.order_by(EventRow.position).limit(limit))
    return [(_event(row), row.hash) for row in rows]


def _event(row: EventRow) -> Event:
    fields: dict[str, Any] = {
        name: getattr(row, name) for name in Event.__dataclass_fields__ if name != "actor_id"
    }
    return Event(**fields, actor_id=None if row.actor_id is None else str(row.actor_id))
