"""The people of the register, for its administrators."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import Role
from registry.queries.moments import TODAY_SQL


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role; `city_code` is empty for those of the whole register."""

    role: Role
    city_code: str
    city_vi: str
    city_en: str


@dataclass(frozen=True, slots=True)
class Member:
    """An account. `invited_until` is set while a key of an invitation is good; `entered` is false
    until its owner has set a password. Times are UTC."""

    id: UUID
    email: str
    name: str
    is_demo: bool
    created_at: datetime
    disabled_at: datetime | None
    entered: bool
    invited_until: datetime | None
    last_session_at: datetime | None
    roles: tuple[HeldRole, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which accounts: words of name, address or city; a role; closed ones or open ones."""

    words: str = ""
    role: Role | None = None
    closed: bool = False


_MEMBER = f"""
    SELECT u.id, u.email, u.name, u.is_demo, u.created_at, u.disabled_at,
        u.password_hash <> '!' AS entered,
        (SELECT max(k.expires_at) FROM account_key k
         WHERE k.user_id = u.id AND k.purpose = 'invitation' AND k.expires_at > :now
        ) AS invited_until,
        (SELECT max(s.created_at) FROM web_session s WHERE s.user_id = u.id) AS last_session_at,
        coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                'role', m.role, 'city_code', coalesce(city.code, ''),
                'city_vi', coalesce(period.name_vi, ''), 'city_en', coalesce(period.name_en, '')
            ) ORDER BY m.role, period.name_vi, city.code)
            FROM membership m
            LEFT JOIN city ON city.id = m.city_id
            LEFT JOIN LATERAL (
                SELECT name_vi, name_en FROM city_period p WHERE p.city_id = city.id
                ORDER BY p.valid @> {TODAY_SQL} DESC, p.valid DESC LIMIT 1
            ) period ON true
            WHERE m.user_id = u.id
        ), '[]') AS roles
    FROM user_account u
"""
_WHERE = """
    WHERE (u.disabled_at IS NOT NULL) = :closed
        AND (CAST(:role AS text) IS NULL OR EXISTS (
            SELECT FROM membership m WHERE m.user_id = u.id AND m.role = :role
        ))
        AND (:words = '' OR u.email ILIKE :like OR u.name ILIKE :like OR EXISTS (
            SELECT FROM membership m JOIN city_period p ON p.city_id = m.city_id
            WHERE m.user_id = u.id AND p.name_vi ILIKE :like
        ))
"""


def members(
    session: Session, wanted: Wanted, now: datetime, *, limit: int, offset: int
) -> list[Member]:
    """Accounts in the order of their names."""
    rows = session.execute(
        text(f"{_MEMBER} {_WHERE} ORDER BY u.name, u.email LIMIT :limit OFFSET :offset"),
        {**_values(wanted), "now": now, "limit": limit, "offset": offset},
    )
    return [_member(row) for row in rows]


def how_many(session: Session, wanted: Wanted) -> int:
    statement = text(f"SELECT count(*) FROM user_account u {_WHERE}")
    return int(session.scalar(statement, _values(wanted)) or 0)


def member(session: Session, user_id: UUID, now: datetime) -> Member | None:
    row = session.execute(
        text(f"{_MEMBER} WHERE u.id = :id"), {"id": user_id, "now": now}
    ).one_or_none()
    return None if row is None else _member(row)


def _values(wanted: Wanted) -> dict[str, Any]:
    escaped = wanted.words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return {
        "closed": wanted.closed,
        "role": wanted.role,
        "words": wanted.words,
        "like": f"%{escaped}%",
    }


def _member(row: Any) -> Member:
    fields = {name: getattr(row, name) for name in Member.__dataclass_fields__}
    held = tuple(HeldRole(**{**role, "role": Role(role["role"])}) for role in row.roles)
    return Member(**{**fields, "roles": held})
