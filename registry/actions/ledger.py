"""Writing to the ledger: whoever records a fact takes its head first and keeps it until commit."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from registry.actions.act import Act
from registry.db.locks import hold_ledger
from registry.db.tables import EventRow, LedgerHead
from registry.domain.ledger import Event

_TICK = timedelta(microseconds=1)


class Ledger:
    """The ledger, held by this transaction.

    An event's time is taken once the head is held: strictly after every earlier event's, and
    never before a time that a reader may have asked about in the meantime (domain.md §6).
    """

    def __init__(self, act: Act) -> None:
        self._act = act
        hold_ledger(act.session)
        head = act.session.execute(
            select(LedgerHead.position, LedgerHead.recorded_at, LedgerHead.hash)
        ).one()
        self._position, self._recorded_at, self._hash = head.position, head.recorded_at, head.hash

    @property
    def head(self) -> tuple[int, datetime]:
        """Position and time of the last event, which nobody can follow but this transaction."""
        return self._position, self._recorded_at

    def append(
        self,
        kind: str,
        role: str,
        subject_type: str,
        subject_id: object,
        payload: dict[str, Any],
    ) -> int:
        """Records one event and returns its position."""
        act = self._act
        event = Event(
            position=self._position + 1,
            recorded_at=max(act.clock(), self._recorded_at + _TICK),
            kind=kind,
            actor_id=None if act.actor.user_id is None else str(act.actor.user_id),
            actor_role=role,
            subject_type=subject_type,
            subject_id=str(subject_id),
            payload=payload,
            request_id=act.request_id,
            previous_hash=self._hash,
        )
        row = EventRow(**asdict(event), hash=event.hash())
        row.actor_id = act.actor.user_id
        act.session.add(row)
        act.session.flush()
        self._position, self._recorded_at, self._hash = (
            event.position,
            event.recorded_at,
            row.hash,
        )
        return event.position
