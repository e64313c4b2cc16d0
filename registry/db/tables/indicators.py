"""Indicators 1, 3 and 4: lines as they were reported, what reviewers said of them, lists on their
way in. What was said and decided is append-only."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB, Range
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from registry.db.tables.base import Base, one_of
from registry.domain.indicators import EntryAction, LineKind
from registry.domain.model import RollDraftState

_OF_INDICATOR = """
    (indicator = 1 AND kind IN ('service', 'support', 'total'))
    OR (indicator = 3 AND kind IN ('course', 'completion'))
    OR (indicator = 4 AND kind IN ('body', 'dataset', 'total'))
"""


class IndicatorEntry(Base):
    """A line of a list, as somebody reported it; a later line of the same key says it anew.

    `person_key` is made of an identity number with a secret that is not in the database. Nobody is
    the author of what the register was founded with, each by its act.
    """

    __tablename__ = "indicator_entry"
    __table_args__ = (
        one_of("kind", LineKind),
        CheckConstraint(_OF_INDICATOR, name="kind_of_indicator"),
        CheckConstraint("key <> ''", name="key_given"),
        CheckConstraint("NOT isempty(valid) AND NOT lower_inf(valid)", name="valid_begins"),
        CheckConstraint("octet_length(person_key) = 32", name="person_key_size"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint(
            "num_nonnulls(person_key, amount) = CAST(kind IN ('completion', 'total') AS integer)"
            " AND (person_key IS NULL OR kind = 'completion')",
            name="measure_of_kind",
        ),
        Index("indicator_entry_key_idx", "indicator", "kind", "key"),
        Index("indicator_entry_position_idx", "position"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, ForeignKey("event.position"))
    indicator: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str]
    key: Mapped[str]
    parent: Mapped[str]
    valid: Mapped[Range[date]]
    person_key: Mapped[bytes | None]
    amount: Mapped[int | None]
    fits: Mapped[bool]
    content: Mapped[dict[str, Any]]
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class IndicatorDecision(Base):
    """What a reviewer decided of a line; nobody decides on what they reported themselves."""

    __tablename__ = "indicator_decision"
    __table_args__ = (
        one_of("action", EntryAction),
        CheckConstraint("action = 'approve' OR reason <> ''", name="reason_given"),
        CheckConstraint("action = 'revoke' OR effective_from IS NULL", name="effect_dated"),
    )

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("indicator_entry.id"), primary_key=True)
    position: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("event.position"), primary_key=True
    )
    action: Mapped[str]
    reason: Mapped[str]
    effective_from: Mapped[date | None]
    decider_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class IndicatorSheet(Base):
    """A list that was handed in and judged, until it is confirmed or put aside; its lines hold
    keys of people and never their numbers, and the file itself is not kept."""

    __tablename__ = "indicator_sheet"
    __table_args__ = (
        one_of("kind", LineKind),
        one_of("state", RollDraftState),
        CheckConstraint(_OF_INDICATOR, name="kind_of_indicator"),
        CheckConstraint("(state = 'in_force') = (position IS NOT NULL)", name="force_recorded"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    indicator: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str]
    file_name: Mapped[str]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    state: Mapped[str]
    position: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("event.position"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
