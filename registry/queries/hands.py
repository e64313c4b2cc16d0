"""Through whose hands an entry went, and what reviewers wrote to each other on the way."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import Action


@dataclass(frozen=True, slots=True)
class Handing:
    """Handed back or given to another; `by` is None where its time ended. By role, not by name."""

    action: Action
    by: UUID | None
    to: str
    note: str
    ended: bool
    at: datetime


def handings(session: Session, use_case_code: str, number: int) -> list[Handing]:
    """Of one version, the latest first."""
    rows = session.execute(
        text("""
            SELECT kind, actor_id, payload, recorded_at FROM event
            WHERE subject_type = 'use_case' AND subject_id = :code
                AND kind IN ('version.hand_back', 'version.reassign')
                AND payload ->> 'version' = :number
            ORDER BY position DESC
        """),
        {"code": use_case_code, "number": str(number)},
    )
    return [
        Handing(
            Action(row.kind.removeprefix("version.")),
            row.actor_id,
            row.payload.get("to", ""),
            row.payload.get("note", ""),
            "reason" in row.payload,
            row.recorded_at,
        )
        for row in rows
    ]
