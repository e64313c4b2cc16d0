"""Reporting periods, what extended them, and the figures published for them: all append-only."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from registry.db.tables.base import Base


class ReportingPeriod(Base):
    """A day about which is reported, and until when entries are in time for it."""

    __tablename__ = "reporting_period"
    __table_args__ = (
        CheckConstraint("target_year BETWEEN 2020 AND 2100", name="target_year_range"),
    )

    position: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("event.position"), primary_key=True
    )
    code: Mapped[str] = mapped_column(unique=True)
    name_vi: Mapped[str]
    name_en: Mapped[str]
    reporting_day: Mapped[date]
    cut_off: Mapped[datetime]
    target_year: Mapped[int] = mapped_column(SmallInteger)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))


class PeriodExtension(Base):
    """A later cut-off for a period, with why; the last one known holds."""

    __tablename__ = "period_extension"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason_given"),
        Index("period_extension_period_code_idx", "period_code", "position"),
    )

    position: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("event.position"), primary_key=True
    )
    period_code: Mapped[str] = mapped_column(ForeignKey("reporting_period.code"))
    cut_off: Mapped[datetime]
    reason: Mapped[str]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))


class PublishedFigure(Base):
    """The figure of a period as it was published, with the list of rows it was made from.

    `known_position` is the last event it knew; `rows` in canonical JSON has the hash `rows_sha256`.
    """

    __tablename__ = "published_figure"
    __table_args__ = (
        CheckConstraint("counted BETWEEN 0 AND enumerated", name="counted_of_enumerated"),
        CheckConstraint("enumerated > 0", name="enumerated_positive"),
        CheckConstraint("official_total > 0", name="official_total_positive"),
        CheckConstraint("known_position < position", name="known_before"),
        CheckConstraint("octet_length(rows_sha256) = 32", name="rows_sha256_size"),
        CheckConstraint("target_percent BETWEEN 1 AND 100", name="target_percent_range"),
    )

    period_code: Mapped[str] = mapped_column(ForeignKey("reporting_period.code"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, ForeignKey("event.position"), unique=True)
    known_position: Mapped[int] = mapped_column(BigInteger)
    known_at: Mapped[datetime]
    as_of: Mapped[date]
    rule: Mapped[str]
    roll_code: Mapped[str] = mapped_column(ForeignKey("roll.code"))
    counted: Mapped[int]
    enumerated: Mapped[int]
    official_total: Mapped[int | None]
    target_year: Mapped[int] = mapped_column(SmallInteger)
    target_percent: Mapped[int] = mapped_column(SmallInteger)
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    rows_sha256: Mapped[bytes]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
