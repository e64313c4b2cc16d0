"""What people are told, the mail that carries it, and what they would rather not be mailed."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.db.tables.base import Base, one_of
from registry.domain.messages import MailState, MessageKind


class Message(Base):
    """One thing told to one person; `link` is a page's address without its language."""

    __tablename__ = "message"
    __table_args__ = (
        one_of("kind", MessageKind),
        CheckConstraint("link ~ '^/[^/]'", name="link_own_page"),
        CheckConstraint("jsonb_typeof(facts) = 'object'", name="facts_named"),
        Index("message_user_id_idx", "user_id", "created_at"),
        Index("message_unread_idx", "user_id", postgresql_where=text("read_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[str]
    facts: Mapped[dict[str, Any]]
    link: Mapped[str]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class Mail(Base):
    """The outbox: one row per message, written with it and moved on by the worker alone."""

    __tablename__ = "mail"
    __table_args__ = (
        one_of("state", MailState),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sending_dated"),
        Index(
            "mail_troubled_idx",
            "changed_at",
            postgresql_where=text("state IN ('failed', 'unconfirmed', 'not_configured')"),
        ),
    )

    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id"), primary_key=True)
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    trouble: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class MailChoice(Base):
    """A kind of message that a person has switched off for e-mail."""

    __tablename__ = "mail_choice"
    __table_args__ = (one_of("kind", MessageKind),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
