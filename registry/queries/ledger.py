"""Reading the ledger: pages of events, and the check of the whole chain."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from registry.db.tables import EventRow
from registry.domain.ledger import GENESIS, Event, Fault, verify


def events(
    session: Session, after: int = 0, limit: int = 100, subject: tuple[str, str] | None = None
) -> Sequence[tuple[Event, bytes]]:
    """Events after a position, oldest first, with their recorded hashes."""
    query = select(EventRow).where(EventRow.position > after)
    if subject is not None:
        query = query.where(EventRow.subject_type == subject[0], EventRow.subject_id == subject[1])
    rows = session.scalars(query.order_by(EventRow.position).limit(limit))
    return [(_event(row), row.hash) for row in rows]


def verify_chain(session: Session) -> tuple[int, bytes, list[Fault]]:
    """Number of events, hash of the last, and every fault - also against the stored head."""
    count, last, faults = verify(_all(session))
    head = session.execute(text("SELECT position, hash FROM ledger_head")).one()
    if head.hash != (last if count else GENESIS):
        faults.append(Fault(head.position, "head"))
    return count, last, faults


def _all(session: Session) -> Iterator[tuple[Event, bytes]]:
    query = select(EventRow).order_by(EventRow.position)
    for row in session.scalars(query.execution_options(yield_per=1000)):
        yield _event(row), row.hash


def _event(row: EventRow) -> Event:
    fields: dict[str, Any] = {
        name: getattr(row, name) for name in Event.__dataclass_fields__ if name != "actor_id"
    }
    return Event(**fields, actor_id=None if row.actor_id is None else str(row.actor_id))
