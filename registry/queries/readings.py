"""Who has read which text."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import Actor


def read_at(session: Session, actor: Actor, version_id: UUID) -> datetime | None:
    """When this person said that they have read this version; None where they have not."""
    found: datetime | None = session.scalar(
        text("""
            SELECT event.recorded_at FROM version_reading r
            JOIN use_case_version v ON v.id = r.version_id AND v.content_hash = r.content_hash
            JOIN event ON event.position = r.position
            WHERE r.version_id = :version AND r.user_id = :me
        """),
        {"version": version_id, "me": actor.user_id},
    )
    return found
