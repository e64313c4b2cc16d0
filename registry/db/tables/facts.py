"""What was decided and said, append-only, and what is derived from it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    SmallInteger,
    text,
)
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from registry.db.tables.base import Base, one_of
from registry.domain.counting import Outcome
from registry.domain.model import YearStatus


class Decision(Base):
    """A reviewer's decision on a version: by whom, when (its event), why."""

    __tablename__ = "decision"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "use_case_id", "author_id", "submitter_id"],
            [
                "use_case_version.id",
                "use_case_version.use_case_id",
                "use_case_version.author_id",
                "use_case_version.submitter_id",
            ],
            name="decision_version_fkey",
        ),
        CheckConstraint(
            "action IN ('approve', 'return', 'reject', 'suspend', 'revoke', 'reinstate')",
            name="action_known",
        ),
        CheckConstraint(
            "actor_id <> author_id AND actor_id <> submitter_id", name="decider_not_author"
        ),
        CheckConstraint("reason <> '' OR action IN ('approve', 'reinstate')", name="reason_given"),
        CheckConstraint(
            "effective_from IS NULL OR action NOT IN ('return', 'reject')", name="effect_dated"
        ),
        CheckConstraint("NOT ai_confirmed OR action = 'approve'", name="ai_on_approval"),
        Index("decision_use_case_id_idx", "use_case_id", "position"),
    )

    position: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("event.position"), primary_key=True
    )
    use_case_id: Mapped[UUID]
    version_id: Mapped[UUID]
    author_id: Mapped[UUID]
    submitter_id: Mapped[UUID]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    action: Mapped[str]
    reason: Mapped[str]
    ai_confirmed: Mapped[bool]
    effective_from: Mapped[date | None]


class CarryOver(Base):
    """A recorded decision that a case also stands for a successor city from a date on."""

    __tablename__ = "carry_over"
    __table_args__ = (Index("carry_over_use_case_id_idx", "use_case_id"),)

    position: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("event.position"), primary_key=True
    )
    use_case_id: Mapped[UUID] = mapped_column(ForeignKey("use_case.id"), primary_key=True)
    to_city_id: Mapped[int] = mapped_column(ForeignKey("city.id"), primary_key=True)
    effective_on: Mapped[date]
    legal_basis: Mapped[str]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))


class CarryOverEnd(Base):
    """A recorded decision that a case no longer stands for a successor from a date on.

    It takes back what was recorded before it; a later carrying over holds again. The view
    `carry_over_open` has those that nobody has taken back.
    """

    __tablename__ = "carry_over_end"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason_given"),
        Index("carry_over_end_use_case_id_idx", "use_case_id"),
    )

    position: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("event.position"), primary_key=True
    )
    use_case_id: Mapped[UUID] = mapped_column(ForeignKey("use_case.id"), primary_key=True)
    to_city_id: Mapped[int] = mapped_column(ForeignKey("city.id"), primary_key=True)
    effective_on: Mapped[date]
    reason: Mapped[str]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))


class YearDeclaration(Base):
    """A city's own word for a year; the last one known holds."""

    __tablename__ = "year_declaration"
    __table_args__ = (
        one_of("status", YearStatus),
        CheckConstraint("year BETWEEN 2020 AND 2100", name="year_range"),
        Index("year_declaration_city_id_idx", "city_id", "year", "position"),
    )

    position: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("event.position"), primary_key=True
    )
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    year: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[str]
    note: Mapped[str]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))


class StageReport(Base):
    """The city's word that a live application is suspended or retired from a day on."""

    __tablename__ = "stage_report"
    __table_args__ = (
        CheckConstraint("stage IN ('suspended', 'retired')", name="stage_ends_operation"),
        CheckConstraint("reason <> ''", name="reason_given"),
        Index("stage_report_use_case_id_idx", "use_case_id", "position"),
    )

    position: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("event.position"), primary_key=True
    )
    use_case_id: Mapped[UUID] = mapped_column(ForeignKey("use_case.id"))
    stage: Mapped[str]
    effective_on: Mapped[date]
    reason: Mapped[str]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))


class Attestation(Base):
    """The city's word, on a day, that the text of its live version is still true."""

    __tablename__ = "attestation"
    __table_args__ = (Index("attestation_use_case_id_idx", "use_case_id", "position"),)

    position: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("event.position"), primary_key=True
    )
    use_case_id: Mapped[UUID] = mapped_column(ForeignKey("use_case.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("use_case_version.id"))
    attested_on: Mapped[date]
    note: Mapped[str]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))


class AttestationReminder(Base):
    """That a person was reminded of a due day, so many days before it."""

    __tablename__ = "attestation_reminder"
    __table_args__ = (CheckConstraint("days_before >= 0", name="days_before_due"),)

    use_case_id: Mapped[UUID] = mapped_column(ForeignKey("use_case.id"), primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    days_before: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    told_at: Mapped[datetime]


class StandingRow(Base):
    """Derived from the facts by `counting.standings`; can be dropped and rebuilt.

    "As known during `known` (ledger positions), on every day of `valid` this case has this
    outcome for this city" - by `problem_id` where the outcome is that it counts.
    """

    __tablename__ = "standing"
    __table_args__ = (
        one_of("outcome", Outcome),
        CheckConstraint("NOT isempty(valid) AND NOT isempty(known)", name="not_empty"),
        CheckConstraint("(outcome = 'counted') = (problem_id IS NOT NULL)", name="problem_named"),
        # Counting reads only this: cities, on which days, as known when.
        Index(
            "standing_counted_idx",
            "city_id",
            postgresql_include=["valid", "known"],
            postgresql_where=text("outcome = 'counted'"),
        ),
        Index("standing_city_id_idx", "city_id"),
        Index("standing_use_case_id_idx", "use_case_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    use_case_id: Mapped[UUID] = mapped_column(ForeignKey("use_case.id"))
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    problem_id: Mapped[UUID | None] = mapped_column(ForeignKey("problem.id"))
    outcome: Mapped[str]
    valid: Mapped[Range[date]]
    known: Mapped[Range[int]]
