"""Files that cities hold, and how the web pages they name were last found."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from registry.db.tables.base import Base, one_of
from registry.domain.files import MediaType
from registry.domain.links import Outcome


class StoredFile(Base):
    """Some content that the store keeps under its hash."""

    __tablename__ = "file"
    __table_args__ = (
        one_of("media_type", MediaType),
        CheckConstraint("octet_length(sha256) = 32", name="sha256_size"),
        CheckConstraint("size > 0", name="size_positive"),
    )

    sha256: Mapped[bytes] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    stored_at: Mapped[datetime]


class FileHolding(Base):
    """A city that handed the content in, and what it called it. Only it may name the file."""

    __tablename__ = "file_holding"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name_given"),
        Index("file_holding_sha256_idx", "sha256"),
    )

    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"), primary_key=True)
    sha256: Mapped[bytes] = mapped_column(ForeignKey("file.sha256"), primary_key=True)
    name: Mapped[str]
    uploaded_by: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    uploaded_at: Mapped[datetime]


class LinkState(Base):
    """How a web address was found when it was last asked.

    `failing_since`: the first of the checks that failed one after the other up to now;
    `broken_since`: the same, once they failed on two days.
    """

    __tablename__ = "link_state"
    __table_args__ = (
        one_of("outcome", Outcome),
        CheckConstraint("broken_since IS NULL OR failing_since IS NOT NULL", name="broken_fails"),
        Index("link_state_checked_at_idx", "checked_at"),
    )

    url: Mapped[str] = mapped_column(primary_key=True)
    checked_at: Mapped[datetime]
    outcome: Mapped[str]
    status: Mapped[int | None] = mapped_column(SmallInteger)
    final_url: Mapped[str]
    failing_since: Mapped[datetime | None]
    broken_since: Mapped[datetime | None]
