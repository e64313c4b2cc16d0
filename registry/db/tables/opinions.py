"""What first and second readers said before there was a decision, and how that ended."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from registry.db.tables.base import Base, one_of
from registry.domain.readers import Cause, End, Seat


class OpinionRow(Base):
    """One reader's opinion in a round (`registry.domain.deciding.Opinion`): by whom, when."""

    __tablename__ = "opinion"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "use_case_id", "author_id", "submitter_id"],
            [
                "use_case_version.id",
                "use_case_version.use_case_id",
                "use_case_version.author_id",
                "use_case_version.submitter_id",
            ],
            name="opinion_version_fkey",
        ),
        one_of("seat", Seat),
        one_of("cause", Cause),
        CheckConstraint(
            "action IN ('approve', 'return', 'reject', 'revoke', 'uphold')", name="action_known"
        ),
        CheckConstraint(
            "(cause = 'revocation') = (action IN ('revoke', 'uphold'))", name="cause_of_action"
        ),
        CheckConstraint("seat <> 'first' OR action <> 'uphold'", name="nothing_to_uphold"),
        CheckConstraint("round > 0", name="round_positive"),
        CheckConstraint(
            "actor_id <> author_id AND actor_id <> submitter_id", name="reader_not_author"
        ),
        CheckConstraint("said ->> 'action' = action", name="said_as_done"),
        Index("opinion_seat_key", "version_id", "round", "seat", unique=True),
        Index("opinion_reader_key", "version_id", "round", "actor_id", unique=True),
    )

    position: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("event.position"), primary_key=True
    )
    use_case_id: Mapped[UUID]
    version_id: Mapped[UUID]
    author_id: Mapped[UUID]
    submitter_id: Mapped[UUID]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    round: Mapped[int] = mapped_column(SmallInteger)
    seat: Mapped[str]
    cause: Mapped[str]
    action: Mapped[str]
    said: Mapped[dict[str, Any]]


class RoundEnd(Base):
    """How a round of opinions on a version ended; one without an end waits."""

    __tablename__ = "round_end"
    __table_args__ = (one_of("outcome", End),)

    version_id: Mapped[UUID] = mapped_column(ForeignKey("use_case_version.id"), primary_key=True)
    round: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, ForeignKey("event.position"))
    outcome: Mapped[str]
