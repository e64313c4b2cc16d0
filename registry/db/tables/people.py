"""Accounts, their roles, and what signing in leaves behind."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from registry.db.tables.base import Base, one_of
from registry.domain.messages import KeyPurpose, Language
from registry.domain.model import Role


class UserAccount(Base):
    __tablename__ = "user_account"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        one_of("language", Language),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    is_demo: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(default=Language.VI.value, server_default="vi")
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class MembershipRow(Base):
    """A role of a user: city roles name their city, the others none."""

    __tablename__ = "membership"
    __table_args__ = (
        one_of("role", Role),
        CheckConstraint("(role LIKE 'city_%') = (city_id IS NOT NULL)", name="city_named"),
        UniqueConstraint("user_id", "role", "city_id", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[str]
    city_id: Mapped[int | None] = mapped_column(ForeignKey("city.id"))


class WebSession(Base):
    """A sign-in; only the SHA-256 of its token is stored.

    `agent` and `network` are of the sign-in, so that its owner can recognise it. When it was last
    used is not kept: whoever reads writes nothing.
    """

    __tablename__ = "web_session"
    __table_args__ = (
        CheckConstraint("expires_at > created_at", name="expires_later"),
        Index("web_session_user_id_idx", "user_id"),
    )

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True, server_default=func.gen_random_uuid())
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    agent: Mapped[str] = mapped_column(server_default="")
    network: Mapped[str] = mapped_column(server_default="")


class AccountKey(Base):
    """What lets the owner of an address set the account's password; only its SHA-256 is stored."""

    __tablename__ = "account_key"
    __table_args__ = (
        one_of("purpose", KeyPurpose),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        Index("account_key_user_id_idx", "user_id"),
    )

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    purpose: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SignInFailure(Base):
    """A failed sign-in, kept to slow down guessing."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index("sign_in_failure_email_at_idx", "email", "at"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    email: Mapped[str]
    network: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime]
