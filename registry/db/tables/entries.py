"""What cities declare: pressing problems, use cases, their versions."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from registry.db.tables.base import PARTIAL, Base, one_of
from registry.domain.model import BasisKind, ProblemArea, ReviewState, Stage


class Problem(Base):
    """A pressing problem a city declared itself. Only its withdrawal is added later."""

    __tablename__ = "problem"
    __table_args__ = (
        one_of("area", ProblemArea),
        one_of("basis_kind", BasisKind),
        CheckConstraint(f"declared_on {PARTIAL}", name="declared_on_partial"),
        CheckConstraint(f"basis_date {PARTIAL}", name="basis_date_partial"),
        CheckConstraint(
            "num_nulls(withdrawn_on, withdrawn_position, withdrawn_reason) IN (0, 3)",
            name="withdrawal_whole",
        ),
        CheckConstraint("withdrawn_position > declared_position", name="withdrawn_after"),
        Index("problem_city_id_idx", "city_id"),
        Index("problem_area_idx", "area"),
        Index("problem_words_idx", text("problem_words(title, statement)"), postgresql_using="gin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    area: Mapped[str]
    title: Mapped[str]
    title_en: Mapped[str]
    statement: Mapped[str]
    declared_on: Mapped[str]
    basis_kind: Mapped[str]
    basis_number: Mapped[str]
    basis_date: Mapped[str | None]
    basis_url: Mapped[str]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    declared_position: Mapped[int] = mapped_column(BigInteger, ForeignKey("event.position"))
    withdrawn_on: Mapped[date | None]
    withdrawn_reason: Mapped[str | None]
    withdrawn_position: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("event.position"))
    revision: Mapped[int] = mapped_column(default=1)


class UseCase(Base):
    """One AI application of one city. All its text is in its versions."""

    __tablename__ = "use_case"
    __table_args__ = (
        UniqueConstraint("city_id", "number"),
        UniqueConstraint("city_id", "own_id"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("own_id <> ''", name="own_id_given"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code: Mapped[str] = mapped_column(unique=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    number: Mapped[int]
    # What the city calls it in its own lists; by it a spreadsheet's row is known again.
    own_id: Mapped[str | None]


class UseCaseVersion(Base):
    """One text of a use case; immutable once it left `draft` (a trigger holds it)."""

    __tablename__ = "use_case_version"
    __table_args__ = (
        UniqueConstraint("use_case_id", "number"),
        # What a decision repeats, so that "decider is not the author" can be a plain check.
        UniqueConstraint("id", "use_case_id", "author_id", "submitter_id"),
        one_of("state", ReviewState),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint(
            "(state = 'draft' OR (state = 'withdrawn' AND submitted_position IS NULL))"
            " = (submitted_position IS NULL)",
            name="submitted_known",
        ),
        CheckConstraint(
            "num_nulls(submitted_position, submitter_id, content_hash) IN (0, 3)",
            name="submission_whole",
        ),
        CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_position IS NOT NULL)", name="withdrawal_known"
        ),
        CheckConstraint(
            "num_nulls(withdrawn_position, withdrawn_reason) IN (0, 2)", name="withdrawal_whole"
        ),
        CheckConstraint("submitter_id <> edited_by_id", name="two_persons"),
        CheckConstraint(
            "lease_until IS NULL OR (state = 'in_review' AND reviewer_id IS NOT NULL)",
            name="lease_in_review",
        ),
        CheckConstraint("num_nulls(letter_number, letter_date) IN (0, 2)", name="letter_whole"),
        CheckConstraint("letter_sha256 IS NULL OR letter_number IS NOT NULL", name="letter_named"),
        CheckConstraint("letter_number IS NULL OR submitter_id IS NOT NULL", name="letter_submits"),
        Index(
            "use_case_version_letter_sha256_idx",
            "letter_sha256",
            postgresql_where=text("letter_sha256 IS NOT NULL"),
        ),
        Index(
            "use_case_version_one_live",
            "use_case_id",
            unique=True,
            postgresql_where=text("state IN ('approved', 'suspended')"),
        ),
        Index(
            "use_case_version_one_open",
            "use_case_id",
            unique=True,
            postgresql_where=text("state IN ('draft', 'submitted', 'in_review')"),
        ),
        Index(
            "use_case_version_queue_idx",
            "submitted_position",
            postgresql_where=text("state IN ('submitted', 'in_review')"),
        ),
        Index(
            "use_case_version_words_idx",
            text("case_words(content)"),
            postgresql_using="gin",
            postgresql_where=text("state = 'approved'"),
        ),
        Index(
            "use_case_version_product_idx",
            text("product_key(content)"),
            postgresql_where=text("state = 'approved'"),
        ),
        # By these a reviewer is shown what is near to an entry, whatever became of it.
        Index(
            "use_case_version_marks_idx",
            text("text_marks(content)"),
            postgresql_using="gin",
            postgresql_where=text("submitted_position IS NOT NULL"),
        ),
        Index(
            "use_case_version_provider_idx",
            text("plain_provider(content)"),
            postgresql_where=text("submitted_position IS NOT NULL"),
        ),
        Index(
            "use_case_version_any_product_idx",
            text("product_key(content)"),
            postgresql_where=text("submitted_position IS NOT NULL"),
        ),
        Index(
            "use_case_version_letter_number_idx",
            "letter_number",
            postgresql_where=text("letter_number IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    use_case_id: Mapped[UUID] = mapped_column(ForeignKey("use_case.id"))
    number: Mapped[int]
    state: Mapped[str]
    standard: Mapped[str]
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[bytes | None]
    describes_from: Mapped[date | None]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    # Who wrote its text last; None where it is that of the version before, or as old as 0.1.
    edited_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    submitter_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    letter_number: Mapped[str | None]
    letter_date: Mapped[date | None]
    letter_sha256: Mapped[bytes | None] = mapped_column(ForeignKey("file.sha256"))
    reviewer_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    lease_until: Mapped[datetime | None]
    submitted_position: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("event.position"))
    withdrawn_position: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("event.position"))
    withdrawn_reason: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]


class VersionProblem(Base):
    """A declared problem that a submitted version addresses."""

    __tablename__ = "version_problem"
    __table_args__ = (Index("version_problem_problem_id_idx", "problem_id"),)

    version_id: Mapped[UUID] = mapped_column(ForeignKey("use_case_version.id"), primary_key=True)
    problem_id: Mapped[UUID] = mapped_column(ForeignKey("problem.id"), primary_key=True)


class VersionStage(Base):
    """A lifecycle stage of a submitted version and the days on which it is certain."""

    __tablename__ = "version_stage"
    __table_args__ = (
        ExcludeConstraint(("version_id", "="), ("period", "&&"), name="stage_no_overlap"),
        one_of("stage", Stage),
        CheckConstraint(f"since {PARTIAL}", name="since_partial"),
    )

    version_id: Mapped[UUID] = mapped_column(ForeignKey("use_case_version.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    stage: Mapped[str]
    since: Mapped[str]
    period: Mapped[Range[date]]


class Evidence(Base):
    """An official link or a file that shows the application of a submitted version operating."""

    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint("url ~ '^https?://'", name="url_web"),
        CheckConstraint("num_nonnulls(url, file_sha256) = 1", name="link_or_file"),
        Index(
            "evidence_file_sha256_idx",
            "file_sha256",
            postgresql_where=text("file_sha256 IS NOT NULL"),
        ),
        Index("evidence_url_idx", "url", postgresql_using="hash"),
        CheckConstraint(f"published {PARTIAL}", name="published_partial"),
    )

    version_id: Mapped[UUID] = mapped_column(ForeignKey("use_case_version.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    url: Mapped[str | None]
    file_sha256: Mapped[bytes | None] = mapped_column(ForeignKey("file.sha256"))
    title: Mapped[str]
    published: Mapped[str | None]
