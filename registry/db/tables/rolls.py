"""The denominators: rolls with their entries, those being made ready, and the targets."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.types import BigInteger

from registry.db.tables.base import Base, Dated, one_a_day, one_of
from registry.domain.model import RollDraftState, RollSeries, UnitType, UrbanClass


class Roll(Base):
    """A dated, sourced list of all cities: the denominator from `valid_from` on."""

    __tablename__ = "roll"
    __table_args__ = (
        CheckConstraint("official_total > 0", name="official_total_positive"),
        one_of("series", RollSeries),
        Index("roll_series_valid_from_idx", "series", "valid_from"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    series: Mapped[str]
    name_vi: Mapped[str]
    name_en: Mapped[str]
    valid_from: Mapped[date]
    official_total: Mapped[int | None]
    source_vi: Mapped[str]
    source_en: Mapped[str]
    source_url: Mapped[str]
    legal_basis: Mapped[str]
    note_vi: Mapped[str]
    note_en: Mapped[str]
    in_force_position: Mapped[int] = mapped_column(BigInteger, ForeignKey("event.position"))


class RollEntry(Base):
    """A city named by a roll, as known during `known` (ledger positions)."""

    __tablename__ = "roll_entry"
    __table_args__ = (
        ExcludeConstraint(
            ("roll_id", "="), ("city_id", "="), ("known", "&&"), name="roll_entry_no_overlap"
        ),
        CheckConstraint("NOT isempty(known)", name="known_not_empty"),
        one_of("unit_type", UnitType),
        one_of("urban_class", UrbanClass),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    roll_id: Mapped[int] = mapped_column(ForeignKey("roll.id"))
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    known: Mapped[Range[int]]
    name_vi: Mapped[str]
    unit_type: Mapped[str]
    urban_class: Mapped[str]


class Drafted:
    """What is on its way to being in force, looked through by people: what is said of it as a
    whole (`facts`), its lines as they came, what was chosen and confirmed of them."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    facts: Mapped[dict[str, Any]]
    file_name: Mapped[str]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    choices: Mapped[dict[str, Any]]
    confirmed: Mapped[dict[str, Any]]
    state: Mapped[str]
    in_force_position: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("event.position"))
    revision: Mapped[int]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    updated_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            one_of("state", RollDraftState),
            CheckConstraint(
                "(state = 'in_force') = (in_force_position IS NOT NULL)", name="force_recorded"
            ),
        )


class RollDraft(Drafted, Base):
    """A list on its way to a roll.

    `adds_to_id` is the roll in force that it names more cities of; None for a roll of its own.
    """

    __tablename__ = "roll_draft"

    adds_to_id: Mapped[int | None] = mapped_column(ForeignKey("roll.id"))


class ProvinceDraft(Drafted, Base):
    """Boundaries on their way to being in force; its lines are the areas of a file."""

    __tablename__ = "province_draft"


class Target(Dated, Base):
    """What an indicator is to reach by the end of a year, as laid down on these days."""

    __tablename__ = "target"
    __table_args__ = (
        CheckConstraint("indicator BETWEEN 1 AND 4", name="indicator_known"),
        CheckConstraint("num_nonnulls(percent, people) = 1", name="one_measure"),
        CheckConstraint("percent BETWEEN 1 AND 100", name="percent_range"),
        CheckConstraint("people > 0", name="people_positive"),
        one_a_day("target_once_a_day", "indicator", "year"),
    )

    indicator: Mapped[int] = mapped_column(SmallInteger)
    year: Mapped[int] = mapped_column(SmallInteger)
    percent: Mapped[int | None] = mapped_column(SmallInteger)
    people: Mapped[int | None]
    text_vi: Mapped[str]
    text_en: Mapped[str]
    legal_basis: Mapped[str]
