"""The people of the register, for its administrators."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import Role
from registry.queries.cities import cities
from registry.queries.moments import TODAY_SQL, Moment


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


def recorded_roles(session: Session, user_id: UUID) -> list[dict[str, str | None]]:
    """The roles of a person as events say them, in a fixed order."""
    rows = session.execute(
        text("""
            SELECT m.role, city.code FROM membership m LEFT JOIN city ON city.id = m.city_id
            WHERE m.user_id = :id ORDER BY m.role, city.code
        """),
        {"id": user_id},
    )
    return [{"role": row.role, "city": row.code} for row in rows]


@dataclass(frozen=True, slots=True)
class Happened:
    """An event about a person. `by` is empty for what no person did; `facts` as recorded."""

    kind: str
    recorded_at: datetime
    position: int
    by: str
    facts: dict[str, Any]


def history(session: Session, user_id: UUID, limit: int = 200) -> list[Happened]:
    """What was done to and by the account of a person, as the ledger says, newest first."""
    rows = session.execute(
        text("""
            SELECT e.kind, e.recorded_at, e.position, coalesce(u.name, '') AS by,
                e.payload AS facts
            FROM event e LEFT JOIN user_account u ON u.id = e.actor_id
            WHERE e.subject_type = 'user' AND e.subject_id = :id
            ORDER BY e.position DESC LIMIT :limit
        """),
        {"id": str(user_id), "limit": limit},
    )
    return [Happened(**row) for row in rows.mappings()]


@dataclass(frozen=True, slots=True)
class Staffing:
    """A city of the roll in force and how many open accounts have its roles."""

    code: str
    name_vi: str
    name_en: str
    province_vi: str
    editors: int
    signers: int


def staffing(session: Session, at: Moment, words: str, lacking: Role | None) -> list[Staffing]:
    """The cities of the roll in force, in order of name; only those that lack a role, if asked."""
    counted = {
        row.city_id: row
        for row in session.execute(
            text("""
                SELECT m.city_id, count(*) FILTER (WHERE m.role = 'city_editor') AS editors,
                    count(*) FILTER (WHERE m.role = 'city_signer') AS signers
                FROM membership m JOIN user_account u ON u.id = m.user_id
                WHERE m.city_id IS NOT NULL AND u.disabled_at IS NULL GROUP BY 1
            """)
        )
    }
    found = []
    for city in cities(session, at):
        row = counted.get(city.id)
        editors, signers = (0, 0) if row is None else (row.editors, row.signers)
        if (lacking is Role.CITY_EDITOR and editors) or (lacking is Role.CITY_SIGNER and signers):
            continue
        named = f"{city.name_vi} {city.name_en} {city.code} {city.province_vi}".casefold()
        if words.casefold() in named:
            found.append(
                Staffing(city.code, city.name_vi, city.name_en, city.province_vi, editors, signers)
            )
    return sorted(found, key=lambda s: (s.name_vi, s.code))


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
