"""Who decides at the ministry's desk, for the lead who gives entries to them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import Action, Actor, Membership, Role, Subject
from registry.domain.permissions import can


@dataclass(frozen=True, slots=True)
class Reviewer:
    actor: Actor
    name: str
    email: str

    @property
    def id(self) -> UUID | None:
        return self.actor.user_id


_REVIEWERS = """
    SELECT u.id, u.name, u.email,
        array_agg(m.role ORDER BY m.id) AS roles, array_agg(m.city_id ORDER BY m.id) AS cities
    FROM user_account u JOIN membership m ON m.user_id = u.id
    WHERE u.disabled_at IS NULL
    GROUP BY u.id HAVING bool_or(m.role IN ('reviewer', 'lead'))
"""


def who_may_decide(session: Session, subject: Subject) -> list[Reviewer]:
    """Those who could take it up, were it free, by name."""
    rows = session.execute(text(f"{_REVIEWERS} ORDER BY u.name, u.email"))
    return [each for row in rows if can((each := _reviewer(row)).actor, Action.CLAIM, subject)]


def reviewer(session: Session, user_id: UUID) -> Reviewer | None:
    """Of an open account that decides; None for any other."""
    rows = session.execute(text(f"SELECT * FROM ({_REVIEWERS}) r WHERE id = :id"), {"id": user_id})
    row = rows.one_or_none()
    return None if row is None else _reviewer(row)


def _reviewer(row: Any) -> Reviewer:
    held = zip(row.roles, row.cities, strict=True)
    memberships = frozenset(Membership(Role(role), city_id) for role, city_id in held)
    return Reviewer(Actor(row.id, memberships), row.name, row.email)
