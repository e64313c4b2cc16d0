"""Spreadsheets that people handed in, and what judging each row found."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.db.tables.base import Base, one_of
from registry.domain.sheets import Choice, Outcome, SheetState, Verdict


class SheetUpload(Base):
    """One spreadsheet, seen by nobody but who handed it in. Its content is in the store.

    `rows_done` counts rows judged, and from the confirmation on rows taken over or not.
    `notes` tells what was found of its headings.
    """

    __tablename__ = "sheet_upload"
    __table_args__ = (
        one_of("state", SheetState),
        one_of("choice", Choice),
        CheckConstraint("octet_length(sha256) = 32", name="sha256_size"),
        CheckConstraint("name <> ''", name="name_given"),
        CheckConstraint("rows_done BETWEEN 0 AND rows_total", name="progress_sound"),
        CheckConstraint("(state = 'failed') = (trouble <> '')", name="trouble_told"),
        Index("sheet_upload_user_id_idx", "user_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    sha256: Mapped[bytes]
    name: Mapped[str]
    standard: Mapped[str]
    state: Mapped[str]
    trouble: Mapped[str] = mapped_column(default="")
    sheet: Mapped[str]
    notes: Mapped[dict[str, Any]]
    rows_total: Mapped[int]
    rows_done: Mapped[int] = mapped_column(default=0)
    choice: Mapped[str | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class SheetRow(Base):
    """A row as it was judged: against which version of which use case, and what it would change."""

    __tablename__ = "sheet_row"
    __table_args__ = (
        one_of("verdict", Verdict),
        one_of("outcome", Outcome),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("num_nulls(version_id, revision) IN (0, 2)", name="base_whole"),
        CheckConstraint(
            "outcome IS NULL OR verdict IN ('new', 'changed')", name="outcome_of_accepted"
        ),
        CheckConstraint("(outcome = 'not_taken_over') = (trouble <> '')", name="trouble_told"),
        Index("sheet_row_verdict_idx", "upload_id", "verdict"),
    )

    upload_id: Mapped[UUID] = mapped_column(ForeignKey("sheet_upload.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    city_code: Mapped[str]
    own_id: Mapped[str]
    title: Mapped[str]
    verdict: Mapped[str]
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("use_case_version.id"))
    revision: Mapped[int | None]
    colleague: Mapped[bool]
    changes: Mapped[dict[str, Any]]
    new_problems: Mapped[list[Any]] = mapped_column(JSONB)
    cells: Mapped[list[Any]] = mapped_column(JSONB)
    lacks: Mapped[list[Any]] = mapped_column(JSONB)
    asks: Mapped[list[Any]] = mapped_column(JSONB)
    outcome: Mapped[str | None]
    trouble: Mapped[str] = mapped_column(default="")
    result_id: Mapped[UUID | None] = mapped_column(ForeignKey("use_case_version.id"))
