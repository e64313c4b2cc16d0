"""Reports of errors: what is kept of them, what was done, and what is personal and goes again."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from registry.db.tables.base import Base, one_of
from registry.domain.error_reports import Category, Outcome, ReportAct, ReportState
from registry.domain.messages import Language


class ErrorReport(Base):
    """A report, without a word of whoever made it. Of its code only the SHA-256 is kept; network
    and contact are known by keyed hashes, and for a day only, to limit floods."""

    __tablename__ = "error_report"
    __table_args__ = (
        one_of("category", Category),
        one_of("state", ReportState),
        CheckConstraint("octet_length(code_hash) = 32", name="code_hash_size"),
        CheckConstraint("octet_length(submission_hash) = 32", name="submission_hash_size"),
        CheckConstraint("octet_length(content_hash) = 32", name="content_hash_size"),
        CheckConstraint("(use_case_id IS NULL) = (version_id IS NULL)", name="version_of_use_case"),
        CheckConstraint(
            "(state IN ('dismissed', 'closed', 'withdrawn')) = (ended_at IS NOT NULL)",
            name="end_dated",
        ),
        CheckConstraint(
            "due_on IS NOT NULL OR state NOT IN ('forwarded', 'answered', 'closed')",
            name="due_dated",
        ),
        Index("error_report_state_idx", "state", "received_at"),
        Index("error_report_city_id_idx", "city_id"),
        Index("error_report_use_case_id_idx", "use_case_id"),
        Index("error_report_received_at_idx", "received_at"),
        Index(
            "error_report_hashes_idx",
            "received_at",
            postgresql_where=text("network_hash IS NOT NULL OR contact_hash IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, ForeignKey("event.position"), unique=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    use_case_id: Mapped[UUID | None] = mapped_column(ForeignKey("use_case.id"))
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("use_case_version.id"))
    category: Mapped[str]
    field: Mapped[str]
    network_hash: Mapped[bytes | None]
    contact_hash: Mapped[bytes | None]
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    submission_hash: Mapped[bytes] = mapped_column(unique=True)
    content_hash: Mapped[bytes]
    state: Mapped[str]
    due_on: Mapped[date | None]
    received_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ErrorReportWords(Base):
    """What the reporter wrote and where they can be reached; deleted some days after the report's
    end, or when it is withdrawn. `text_hash` is keyed and finds the same words again."""

    __tablename__ = "error_report_words"
    __table_args__ = (
        one_of("language", Language),
        CheckConstraint("text <> ''", name="text_given"),
        CheckConstraint("length(text) <= 2000", name="text_short"),
        Index("error_report_words_text_hash_idx", "text_hash"),
    )

    report_id: Mapped[UUID] = mapped_column(ForeignKey("error_report.id"), primary_key=True)
    text: Mapped[str]
    text_hash: Mapped[bytes]
    contact: Mapped[str]
    language: Mapped[str]


class ErrorReportStep(Base):
    """One thing done with a report; it stays as it was done. Each is done once, save that the city
    may be asked again and answers again. `text` is of a reviewer or the city, never of the
    reporter."""

    __tablename__ = "error_report_step"
    __table_args__ = (
        Index(
            "error_report_step_once_idx",
            "report_id",
            "act",
            unique=True,
            postgresql_where=text("act NOT IN ('answer', 'return')"),
        ),
        Index("error_report_step_report_id_idx", "report_id"),
        one_of("act", ReportAct),
        one_of("outcome", Outcome),
        CheckConstraint("text <> '' OR act IN ('close', 'withdraw')", name="text_given"),
        CheckConstraint("length(text) <= 2000", name="text_short"),
        CheckConstraint("(act IN ('forward', 'return')) = (due_on IS NOT NULL)", name="due_dated"),
        CheckConstraint("(act = 'answer') = (outcome IS NOT NULL)", name="answer_told"),
        CheckConstraint("version_id IS NULL OR act = 'answer'", name="version_of_answer"),
        CheckConstraint("(act = 'close') = (published IS NOT NULL)", name="publication_decided"),
        CheckConstraint("NOT published OR text <> ''", name="publication_worded"),
        CheckConstraint("(act = 'withdraw') = (actor_id IS NULL)", name="actor_known"),
    )

    position: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("event.position"), primary_key=True
    )
    report_id: Mapped[UUID] = mapped_column(ForeignKey("error_report.id"))
    act: Mapped[str]
    text: Mapped[str]
    due_on: Mapped[date | None]
    outcome: Mapped[str | None]
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("use_case_version.id"))
    published: Mapped[bool | None]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class ErrorReportReminder(Base):
    """Who was told when that an answer is due on a day, or overdue since; each of them once."""

    __tablename__ = "error_report_reminder"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("error_report.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    overdue: Mapped[bool] = mapped_column(primary_key=True)
    told_at: Mapped[datetime]
