"""What each of the ministry's people keeps of the queue: named filters, until when they saw it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.errors import InvalidInput
from registry.domain.model import Actor
from registry.domain.waiting import QueueFilter


@dataclass(frozen=True, slots=True)
class Saved:
    id: UUID
    name: str
    wanted: QueueFilter
    default: bool


def saved_filters(session: Session, actor: Actor) -> list[Saved]:
    """This person's own, by name."""
    rows = session.execute(
        text("SELECT * FROM saved_filter WHERE user_id = :me ORDER BY lower(name), id"),
        {"me": actor.user_id},
    )
    return [Saved(row.id, row.name, _readable(row.wanted), row.is_default) for row in rows]


def seen_until(session: Session, actor: Actor) -> datetime | None:
    found: datetime | None = session.scalar(
        text("SELECT seen_until FROM desk_visit WHERE user_id = :me"), {"me": actor.user_id}
    )
    return found


def _readable(stored: dict[str, Any]) -> QueueFilter:
    """What a filter asked for under words that are no longer known asks for nothing."""
    known: dict[str, Any] = {}
    for name, value in stored.items():
        try:
            QueueFilter.read({name: value})
        except InvalidInput:
            continue
        known[name] = value
    return QueueFilter.read(known)
