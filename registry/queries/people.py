"""Who is signed in, and who may sign in."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import PUBLIC, Actor, Membership, Role
from registry.queries.moments import today


@dataclass(frozen=True, slots=True)
class Home:
    """A city one may act for, with one's roles there."""

    code: str
    name_vi: str
    name_en: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Person:
    """A reader: the public (`actor.user_id` None) or a signed-in person."""

    actor: Actor
    name: str = ""
    email: str = ""
    homes: tuple[Home, ...] = ()
    unread: int = 0


NOBODY = Person(PUBLIC)


def signed_in(session: Session, token: str, now: datetime) -> Person:
    """The person of a session token; `NOBODY` when it is unknown, over, or the account closed."""
    user = session.execute(
        text("""
            SELECT u.id, u.name, u.email,
                (SELECT count(*) FROM message WHERE user_id = u.id AND read_at IS NULL) AS unread
            FROM web_session s
            JOIN user_account u ON u.id = s.user_id
            WHERE s.token_hash = :hash AND s.expires_at > :now AND u.disabled_at IS NULL
        """),
        {"hash": hashlib.sha256(token.encode()).digest(), "now": now},
    ).one_or_none()
    if user is None:
        return NOBODY
    homes = _homes(session, user.id, now)
    return Person(actor(session, user.id), user.name, user.email, homes, user.unread)


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A sign-in of a person; `here` is the one that asks."""

    id: UUID
    created_at: datetime
    expires_at: datetime
    agent: str
    network: str
    here: bool


def sessions_of(session: Session, user_id: UUID, token: str, now: datetime) -> list[OwnSession]:
    """The sessions of a person that have not ended, this one first, then the newest."""
    rows = session.execute(
        text("""
            SELECT id, created_at, expires_at, agent, network,
                token_hash = :hash AS here
            FROM web_session WHERE user_id = :id AND expires_at > :now
            ORDER BY here DESC, created_at DESC
        """),
        {"id": user_id, "hash": hashlib.sha256(token.encode()).digest(), "now": now},
    )
    return [OwnSession(**row) for row in rows.mappings()]


def name_of(session: Session, user_id: UUID) -> str:
    found: str = session.execute(
        text("SELECT name FROM user_account WHERE id = :id"), {"id": user_id}
    ).scalar_one()
    return found


def actor(session: Session, user_id: UUID) -> Actor:
    rows = session.execute(
        text("SELECT role, city_id FROM membership WHERE user_id = :id"), {"id": user_id}
    )
    return Actor(user_id, frozenset(Membership(Role(r.role), r.city_id) for r in rows))


def demo_accounts(session: Session) -> list[str]:
    """Open demo accounts: none may exist in production."""
    return list(
        session.scalars(
            text(
                "SELECT email FROM user_account WHERE is_demo AND disabled_at IS NULL"
                " ORDER BY email"
            )
        )
    )


def _homes(session: Session, user_id: UUID, now: datetime) -> tuple[Home, ...]:
    rows = session.execute(
        text("""
            SELECT city.code, period.name_vi, period.name_en,
                array_agg(m.role ORDER BY m.role) AS roles
            FROM membership m JOIN city ON city.id = m.city_id
            LEFT JOIN LATERAL (
                SELECT name_vi, name_en FROM city_period p WHERE p.city_id = city.id
                ORDER BY p.valid @> CAST(:today AS date) DESC, p.valid DESC LIMIT 1
            ) period ON true
            WHERE m.user_id = :id GROUP BY 1, 2, 3 ORDER BY 2, 1
        """),
        {"id": user_id, "today": today(now)},
    )
    return tuple(
        Home(r.code, r.name_vi, r.name_en, frozenset(Role(role) for role in r.roles)) for r in rows
    )
