"""The reviewers' own: what each has read, which lists they keep, until when they have seen."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from registry.db.tables.base import Base


class VersionReading(Base):
    """That somebody of the ministry has read a version: the text of this hash."""

    __tablename__ = "version_reading"
    __table_args__ = (
        UniqueConstraint("version_id", "user_id"),
        CheckConstraint("octet_length(content_hash) = 32", name="content_hash_size"),
    )

    position: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("event.position"), primary_key=True
    )
    version_id: Mapped[UUID] = mapped_column(ForeignKey("use_case_version.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    content_hash: Mapped[bytes]


class SavedFilter(Base):
    """A filter of the queue that somebody named (`registry.domain.waiting.QueueFilter`)."""

    __tablename__ = "saved_filter"
    __table_args__ = (
        UniqueConstraint("user_id", "name"),
        CheckConstraint("name <> ''", name="name_given"),
        Index(
            "saved_filter_one_default",
            "user_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    name: Mapped[str]
    wanted: Mapped[dict[str, Any]]
    is_default: Mapped[bool]
    created_at: Mapped[datetime]


class DeskVisit(Base):
    """Until when somebody has seen what waits: what came or changed later is new to them."""

    __tablename__ = "desk_visit"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    seen_until: Mapped[datetime]
