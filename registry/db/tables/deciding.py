"""What a decision is answered for with: its record, and the dated words that records take up."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Integer, SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger, Text

from registry.db.tables.base import Base, Dated, one_a_day


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


class ReviewingBody(Dated, Base):
    """Who answers for decisions, by the name it had on these days."""

    __tablename__ = "reviewing_body"
    __table_args__ = (one_a_day("reviewing_body_one_at_a_time"),)

    name_vi: Mapped[str]
    name_en: Mapped[str]
    source: Mapped[str]


class LegalBasis(Dated, Base):
    """An act on which decisions of these days rest."""

    __tablename__ = "legal_basis"
    __table_args__ = (one_a_day("legal_basis_once_a_day", "text_vi"),)

    text_vi: Mapped[str]
    text_en: Mapped[str]
    source: Mapped[str]


class DeskPolicyRow(Dated, Base):
    """What the desk held itself to on these days (`registry.domain.desk.DeskPolicy`)."""

    __tablename__ = "desk_policy"
    __table_args__ = (
        one_a_day("desk_policy_one_at_a_time"),
        CheckConstraint("service_days > 0", name="service_days_positive"),
        CheckConstraint("lease_hours > 0", name="lease_hours_positive"),
        CheckConstraint("report_days > 0", name="report_days_positive"),
        CheckConstraint("sample_percent BETWEEN 0 AND 100", name="sample_percent_range"),
    )

    service_days: Mapped[int] = mapped_column(SmallInteger)
    lease_hours: Mapped[int] = mapped_column(SmallInteger)
    report_days: Mapped[int] = mapped_column(SmallInteger, server_default="15")
    sample_percent: Mapped[int] = mapped_column(SmallInteger)
    high_risk_twice: Mapped[bool]
    revocation_twice: Mapped[bool]
    source: Mapped[str]


class ReasonCode(Dated, Base):
    """A reason that decisions of these kinds could give on these days."""

    __tablename__ = "reason_code"
    __table_args__ = (
        CheckConstraint(
            "actions <@ ARRAY['approve', 'return', 'reject', 'suspend', 'revoke', 'reinstate']"
            " AND cardinality(actions) > 0",
            name="actions_known",
        ),
        one_a_day("reason_code_once_a_day", "code"),
    )

    code: Mapped[str]
    actions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    label_vi: Mapped[str]
    label_en: Mapped[str]
    source: Mapped[str]


class RiskScheme(Dated, Base):
    """By which scheme cities said on these days how much risk an application bears.

    Code and levels are of the metadata standard's lists.
    """

    __tablename__ = "risk_scheme"
    __table_args__ = (
        CheckConstraint("cardinality(levels) > 0", name="levels_given"),
        one_a_day("risk_scheme_one_at_a_time"),
    )

    code: Mapped[str]
    levels: Mapped[list[str]] = mapped_column(ARRAY(Text))
    name_vi: Mapped[str]
    name_en: Mapped[str]
    source: Mapped[str]
