"""The append-only ledger, and the answers kept for requests sent again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from registry.db.tables.base import Base


class EventRow(Base):
    """One line of the append-only ledger (`registry.domain.ledger.Event`)."""

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("octet_length(hash) = 32", name="hash_size"),
        CheckConstraint("octet_length(previous_hash) = 32", name="previous_hash_size"),
        CheckConstraint("position > 0", name="position_positive"),
        Index("event_subject_idx", "subject_type", "subject_id"),
    )

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    recorded_at: Mapped[datetime] = mapped_column(unique=True)
    kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_role: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    payload: Mapped[dict[str, Any]]
    request_id: Mapped[str]
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes] = mapped_column(unique=True)


class LedgerHead(Base):
    """The last event; moved on by a trigger as each event is added."""

    __tablename__ = "ledger_head"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigInteger)
    recorded_at: Mapped[datetime]
    hash: Mapped[bytes]


class IdempotencyKey(Base):
    """The answer given to a creation, so that the same request sent again gets it again."""

    __tablename__ = "idempotency_key"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes]
    status: Mapped[int] = mapped_column(SmallInteger)
    location: Mapped[str]
    body: Mapped[bytes]
    created_at: Mapped[datetime]
