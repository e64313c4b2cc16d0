"""The tables, in the order of the domain: places, rolls, people, entries, facts, ledger.

What must never be wrong is refused here and not only in Python: overlapping dates, unknown
states, a second live version, a decider who is the author, a changed ledger.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    MetaData,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import (
    DATERANGE,
    INT8RANGE,
    JSONB,
    ExcludeConstraint,
    Range,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import BigInteger, LargeBinary

from registry.domain.counting import Outcome
from registry.domain.geometry import BOUNDS
from registry.domain.model import (
    BasisKind,
    LineageKind,
    ProblemArea,
    ReviewState,
    Role,
    RollSeries,
    Stage,
    UnitType,
    UrbanClass,
    YearStatus,
)

_BOX = f"ST_MakeEnvelope({BOUNDS[0]:g}, {BOUNDS[1]:g}, {BOUNDS[2]:g}, {BOUNDS[3]:g}, 4326)"
# A date of reduced precision: YYYY, YYYY-MM or YYYY-MM-DD.
_PARTIAL = r"~ '^\d{4}(-\d{2}(-\d{2})?)?$'"


def _one_of(column: str, kind: type[Any]) -> CheckConstraint:
    values = ", ".join(f"'{member.value}'" for member in kind)
    return CheckConstraint(f"{column} IN ({values})", name=f"{column}_known")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "pk": "%(table_name)s_pkey",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        str: Text,
        datetime: DateTime(timezone=True),
        bytes: LargeBinary,
        dict[str, Any]: JSONB,
        Range[date]: DATERANGE,
        Range[int]: INT8RANGE,
    }


# ── Places ──────────────────────────────────────────────────────────────────────────────────


class Province(Base):
    """A province during `valid`. A code can come back with another area (2025)."""

    __tablename__ = "province"
    __table_args__ = (
        ExcludeConstraint(("code", "="), ("valid", "&&"), name="province_no_overlap"),
        CheckConstraint("NOT isempty(valid)", name="valid_not_empty"),
        CheckConstraint(f"ST_IsValid(geom) AND ST_Within(geom, {_BOX})", name="geom_sound"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    code: Mapped[str]
    valid: Mapped[Range[date]]
    name_vi: Mapped[str]
    name_en: Mapped[str]
    successor_code: Mapped[str | None]
    geom: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", srid=4326))


class City(Base):
    """An urban area. Its identity outlives its name, class and administrative form."""

    __tablename__ = "city"
    __table_args__ = (
        CheckConstraint(f"ST_Within(point, {_BOX})", name="point_in_country"),
        CheckConstraint("population > 0", name="population_positive"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    point: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=4326))
    point_source: Mapped[str]
    population: Mapped[int | None]
    source: Mapped[str]


class CityPeriod(Base):
    """What a city was called and counted as during `valid`."""

    __tablename__ = "city_period"
    __table_args__ = (
        ExcludeConstraint(("city_id", "="), ("valid", "&&"), name="city_period_no_overlap"),
        CheckConstraint("NOT isempty(valid)", name="valid_not_empty"),
        _one_of("unit_type", UnitType),
        _one_of("urban_class", UrbanClass),
        Index("city_period_province_code_idx", "province_code"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    valid: Mapped[Range[date]]
    name_vi: Mapped[str]
    name_en: Mapped[str]
    unit_type: Mapped[str]
    urban_class: Mapped[str]
    class_basis: Mapped[str]
    province_code: Mapped[str]
    source: Mapped[str]


class CityLineage(Base):
    """Predecessor to successor, with the act that did it."""

    __tablename__ = "city_lineage"
    __table_args__ = (
        CheckConstraint("predecessor_id <> successor_id", name="not_itself"),
        _one_of("kind", LineageKind),
        Index("city_lineage_successor_id_idx", "successor_id"),
    )

    predecessor_id: Mapped[int] = mapped_column(ForeignKey("city.id"), primary_key=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("city.id"), primary_key=True)
    effective_on: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str]
    legal_basis: Mapped[str]
    source: Mapped[str]


# ── Rolls and targets ───────────────────────────────────────────────────────────────────────


class Roll(Base):
    """A dated, sourced list of all cities: the denominator from `valid_from` on."""

    __tablename__ = "roll"
    __table_args__ = (
        CheckConstraint("official_total > 0", name="official_total_positive"),
        _one_of("series", RollSeries),
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
        _one_of("unit_type", UnitType),
        _one_of("urban_class", UrbanClass),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    roll_id: Mapped[int] = mapped_column(ForeignKey("roll.id"))
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    known: Mapped[Range[int]]
    name_vi: Mapped[str]
    unit_type: Mapped[str]
    urban_class: Mapped[str]


class Target(Base):
    """What an indicator is to reach by the end of a year."""

    __tablename__ = "target"
    __table_args__ = (
        CheckConstraint("indicator BETWEEN 1 AND 4", name="indicator_known"),
        CheckConstraint("num_nonnulls(percent, people) = 1", name="one_measure"),
        CheckConstraint("percent BETWEEN 1 AND 100", name="percent_range"),
        CheckConstraint("people > 0", name="people_positive"),
    )

    indicator: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    percent: Mapped[int | None] = mapped_column(SmallInteger)
    people: Mapped[int | None]
    text_vi: Mapped[str]
    text_en: Mapped[str]
    legal_basis: Mapped[str]


# ── People ──────────────────────────────────────────────────────────────────────────────────


class UserAccount(Base):
    __tablename__ = "user_account"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    is_demo: Mapped[bool] = mapped_column(default=False)
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class MembershipRow(Base):
    """A role of a user: city roles name their city, the others none."""

    __tablename__ = "membership"
    __table_args__ = (
        _one_of("role", Role),
        CheckConstraint("(role LIKE 'city_%') = (city_id IS NOT NULL)", name="city_named"),
        UniqueConstraint("user_id", "role", "city_id", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[str]
    city_id: Mapped[int | None] = mapped_column(ForeignKey("city.id"))


class WebSession(Base):
    """A sign-in; only the SHA-256 of its token is stored."""

    __tablename__ = "web_session"
    __table_args__ = (
        CheckConstraint("expires_at > created_at", name="expires_later"),
        Index("web_session_user_id_idx", "user_id"),
    )

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SignInFailure(Base):
    """A failed sign-in, kept to slow down guessing."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index("sign_in_failure_email_at_idx", "email", "at"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    email: Mapped[str]
    at: Mapped[datetime]


# ── Entries ─────────────────────────────────────────────────────────────────────────────────


class Problem(Base):
    """A pressing problem a city declared itself. Only its withdrawal is added later."""

    __tablename__ = "problem"
    __table_args__ = (
        _one_of("area", ProblemArea),
        _one_of("basis_kind", BasisKind),
        CheckConstraint(f"declared_on {_PARTIAL}", name="declared_on_partial"),
        CheckConstraint(f"basis_date {_PARTIAL}", name="basis_date_partial"),
        CheckConstraint(
            "num_nulls(withdrawn_on, withdrawn_position, withdrawn_reason) IN (0, 3)",
            name="withdrawal_whole",
        ),
        CheckConstraint("withdrawn_position > declared_position", name="withdrawn_after"),
        Index("problem_city_id_idx", "city_id"),
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
        CheckConstraint("number > 0", name="number_positive"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code: Mapped[str] = mapped_column(unique=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    number: Mapped[int]


class UseCaseVersion(Base):
    """One text of a use case; immutable once it left `draft` (a trigger holds it)."""

    __tablename__ = "use_case_version"
    __table_args__ = (
        UniqueConstraint("use_case_id", "number"),
        # What a decision repeats, so that "decider is not the author" can be a plain check.
        UniqueConstraint("id", "use_case_id", "author_id", "submitter_id"),
        _one_of("state", ReviewState),
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
    submitter_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    reviewer_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
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
        _one_of("stage", Stage),
        CheckConstraint(f"since {_PARTIAL}", name="since_partial"),
    )

    version_id: Mapped[UUID] = mapped_column(ForeignKey("use_case_version.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    stage: Mapped[str]
    since: Mapped[str]
    period: Mapped[Range[date]]


class Evidence(Base):
    """An official link that shows the application of a submitted version operating."""

    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint("url ~ '^https?://'", name="url_web"),
        CheckConstraint(f"published {_PARTIAL}", name="published_partial"),
    )

    version_id: Mapped[UUID] = mapped_column(ForeignKey("use_case_version.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    url: Mapped[str]
    title: Mapped[str]
    published: Mapped[str | None]


# ── Facts ───────────────────────────────────────────────────────────────────────────────────


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


class YearDeclaration(Base):
    """A city's own word for a year; the last one known holds."""

    __tablename__ = "year_declaration"
    __table_args__ = (
        _one_of("status", YearStatus),
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


class StandingRow(Base):
    """Derived from the facts by `counting.standings`; can be dropped and rebuilt.

    "As known during `known` (ledger positions), on every day of `valid` this case has this
    outcome for this city" - by `problem_id` where the outcome is that it counts.
    """

    __tablename__ = "standing"
    __table_args__ = (
        _one_of("outcome", Outcome),
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


# ── Ledger ──────────────────────────────────────────────────────────────────────────────────


class EventRow(Base):
    """One line of the append-only ledger (`registry.domain.ledger.Event`)."""

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("octet_length(hash) = 32", name="hash_size"),
        CheckConstraint("octet_length(previous_hash) = 32", name="previous_hash_size"),
        CheckConstraint("position > 0", name="position_positive"),
        Index("event_subject_idx", "subject_type", "subject_id"),
    )

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    recorded_at: Mapped[datetime] = mapped_column(unique=True)
    kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_role: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    payload: Mapped[dict[str, Any]]
    request_id: Mapped[str]
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes] = mapped_column(unique=True)


class LedgerHead(Base):
    """The last event; moved on by a trigger as each event is added."""

    __tablename__ = "ledger_head"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigInteger)
    recorded_at: Mapped[datetime]
    hash: Mapped[bytes]


class IdempotencyKey(Base):
    """The answer given to a creation, so that the same request sent again gets it again."""

    __tablename__ = "idempotency_key"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes]
    status: Mapped[int] = mapped_column(SmallInteger)
    location: Mapped[str]
    body: Mapped[bytes]
    created_at: Mapped[datetime]
