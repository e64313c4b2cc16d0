"""Talk about entries, as each reader may read it."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.deciding import Named
from registry.domain.model import Actor, Role
from registry.domain.threads import Comment, Reading, Saying, Scope, Thread, readable
from registry.queries.entries import Version
from registry.queries.moments import VIET_NAM

_COMMENTS = text("""
    SELECT t.use_case_id, t.position AS id, t.field, t.scope, c.position, c.saying, c.text,
        c.author_id, v.number AS version, person.name, event.actor_role AS role,
        event.recorded_at AS at, body.name_vi AS body_vi, body.name_en AS body_en
    FROM comment_thread t
    JOIN comment c ON c.thread = t.position
    JOIN event ON event.position = c.position
    JOIN use_case_version v ON v.id = c.version_id
    JOIN user_account person ON person.id = c.author_id
    LEFT JOIN reviewing_body body ON event.actor_role NOT LIKE 'city_%'
        AND body.valid @> CAST(event.recorded_at AT TIME ZONE :zone AS date)
    WHERE t.use_case_id = ANY(:use_cases)
    ORDER BY t.position, c.position
""")


def threads(session: Session, actor: Actor, versions: Sequence[Version]) -> list[Thread]:
    """The threads on an entry that `actor` may read, oldest first; `versions` are all of it that
    they may see."""
    if not versions:
        return []
    entry = versions[0]
    found = _threads(session, [entry.use_case_id]).get(entry.use_case_id, [])
    readings = [
        Reading(version.subject, version.submitted_at)
        for version in versions
        if version.submitted_at is not None and version.subject.reader_ids
    ]
    return readable(found, actor, [version.subject for version in versions], readings)


def comments_on(session: Session, use_case_id: UUID) -> int:
    found: int = session.execute(
        text("""
            SELECT count(*) FROM comment c JOIN comment_thread t ON t.position = c.thread
            WHERE t.use_case_id = :id
        """),
        {"id": use_case_id},
    ).scalar_one()
    return found


def _threads(session: Session, use_cases: Collection[UUID]) -> dict[UUID, list[Thread]]:
    values = {"use_cases": list(use_cases), "zone": VIET_NAM.key}
    found: dict[UUID, dict[int, tuple[Any, list[Comment]]]] = {}
    for row in session.execute(_COMMENTS, values):
        _, comments = found.setdefault(row.use_case_id, {}).setdefault(row.id, (row, []))
        comments.append(
            Comment(
                position=row.position,
                version=row.version,
                saying=Saying(row.saying),
                text=row.text,
                author_id=row.author_id,
                name=row.name,
                role=Role(row.role),
                at=row.at,
                body=None if row.body_vi is None else Named(row.body_vi, row.body_en),
            )
        )
    return {
        use_case: [
            Thread(first.id, first.field, Scope(first.scope), tuple(comments))
            for first, comments in each.values()
        ]
        for use_case, each in found.items()
    }
