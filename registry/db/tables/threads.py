"""Talk about entries, field by field. Both tables only grow."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from registry.db.tables.base import Base, one_of
from registry.domain.threads import Saying, Scope


class CommentThread(Base):
    """A thread, known by the position of its first comment."""

    __tablename__ = "comment_thread"
    __table_args__ = (
        one_of("scope", Scope),
        Index("comment_thread_use_case_id_idx", "use_case_id"),
    )

    position: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("event.position"), primary_key=True
    )
    use_case_id: Mapped[UUID] = mapped_column(ForeignKey("use_case.id"))
    field: Mapped[str]
    scope: Mapped[str]


class CommentRow(Base):
    """What somebody said in a thread, and the version they had before them."""

    __tablename__ = "comment"
    __table_args__ = (
        one_of("saying", Saying),
        CheckConstraint("text <> '' OR saying = 'settled'", name="text_given"),
        CheckConstraint("length(text) <= 2000", name="text_short"),
        CheckConstraint("position >= thread", name="thread_first"),
        Index("comment_thread_idx", "thread", "position"),
    )

    position: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("event.position"), primary_key=True
    )
    thread: Mapped[int] = mapped_column(BigInteger, ForeignKey("comment_thread.position"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("use_case_version.id"))
    saying: Mapped[str]
    text: Mapped[str]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
