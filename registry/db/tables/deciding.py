"""What a decision is answered for with: its record, and the dated words that records take up."""

from datetime import date
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Integer,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger, Text

from registry.db.tables.base import Base


class DecisionRecord(Base):
    """The record of a decision (`registry.domain.deciding.Record`), with its number."""

    __tablename__ = "decision_record"
    __table_args__ = (
        UniqueConstraint("year", "serial", name="decision_record_number_key"),
        CheckConstraint("serial > 0", name="serial_positive"),
    )

    position: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("decision.position"), primary_key=True
    )
    year: Mapped[int] = mapped_column(SmallInteger)
    serial: Mapped[int] = mapped_column(Integer)
    record: Mapped[dict[str, Any]]


class ReviewingBody(Base):
    """Who answers for decisions, by the name it had on these days."""

    __tablename__ = "reviewing_body"
    __table_args__ = (
        ExcludeConstraint(("valid", "&&"), name="reviewing_body_one_at_a_time", using="gist"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    valid: Mapped[Range[date]]
    name_vi: Mapped[str]
    name_en: Mapped[str]
    source: Mapped[str]


class LegalBasis(Base):
    """An act on which decisions of these days rest."""

    __tablename__ = "legal_basis"
    __table_args__ = (UniqueConstraint("text_vi"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    valid: Mapped[Range[date]]
    text_vi: Mapped[str]
    text_en: Mapped[str]
    source: Mapped[str]


class DeskPolicyRow(Base):
    """What the desk held itself to on these days (`registry.domain.desk.DeskPolicy`)."""

    __tablename__ = "desk_policy"
    __table_args__ = (
        ExcludeConstraint(("valid", "&&"), name="desk_policy_one_at_a_time", using="gist"),
        CheckConstraint("service_days > 0", name="service_days_positive"),
        CheckConstraint("lease_hours > 0", name="lease_hours_positive"),
        CheckConstraint("sample_percent BETWEEN 0 AND 100", name="sample_percent_range"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    valid: Mapped[Range[date]]
    service_days: Mapped[int] = mapped_column(SmallInteger)
    lease_hours: Mapped[int] = mapped_column(SmallInteger)
    sample_percent: Mapped[int] = mapped_column(SmallInteger)
    high_risk_twice: Mapped[bool]
    revocation_twice: Mapped[bool]
    source: Mapped[str]


class ReasonCode(Base):
    """A reason that decisions of these kinds could give on these days."""

    __tablename__ = "reason_code"
    __table_args__ = (
        CheckConstraint(
            "actions <@ ARRAY['approve', 'return', 'reject', 'suspend', 'revoke', 'reinstate']"
            " AND cardinality(actions) > 0",
            name="actions_known",
        ),
        ExcludeConstraint(
            ("code", "="), ("valid", "&&"), name="reason_code_once_a_day", using="gist"
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    code: Mapped[str]
    valid: Mapped[Range[date]]
    actions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    label_vi: Mapped[str]
    label_en: Mapped[str]
    source: Mapped[str]
