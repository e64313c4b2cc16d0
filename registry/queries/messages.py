"""What a person has been told, what they want mailed, and which mails did not arrive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.messages import TROUBLED, Language, MailState, MessageKind


@dataclass(frozen=True, slots=True)
class Told:
    """One message; its words are made of `facts` when it is shown."""

    id: UUID
    kind: MessageKind
    facts: dict[str, Any]
    link: str
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Choices:
    language: Language
    off: frozenset[MessageKind]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A mail that somebody has to look at."""

    message_id: UUID
    email: str
    kind: MessageKind
    state: MailState
    attempts: int
    trouble: str
    changed_at: datetime


_TROUBLED = "mail.state IN ({})".format(", ".join(f"'{state}'" for state in sorted(TROUBLED)))
_COLUMNS = "id, kind, facts, link, created_at, read_at"


def inbox(session: Session, user_id: UUID, *, limit: int, offset: int) -> Sequence[Told]:
    """What is unread first, then the newest."""
    rows = session.execute(
        text(f"""
            SELECT {_COLUMNS} FROM message WHERE user_id = :user
            ORDER BY read_at IS NULL DESC, created_at DESC, id LIMIT :limit OFFSET :offset
        """),
        {"user": user_id, "limit": limit, "offset": offset},
    )
    return [_told(row) for row in rows.mappings()]


def newest(
    session: Session,
    user_id: UUID,
    *,
    limit: int,
    before: tuple[datetime, UUID] | None = None,
    unread_only: bool = False,
) -> Sequence[Told]:
    """The newest first; `before` is the place of the last one seen."""
    at, number = before or (None, None)
    rows = session.execute(
        text(f"""
            SELECT {_COLUMNS} FROM message WHERE user_id = :user
                AND (NOT :unread_only OR read_at IS NULL)
                AND (CAST(:at AS timestamptz) IS NULL
                    OR (created_at, id) < (CAST(:at AS timestamptz), CAST(:number AS uuid)))
            ORDER BY created_at DESC, id DESC LIMIT :limit
        """),
        {
            "user": user_id,
            "unread_only": unread_only,
            "at": at,
            "number": number,
            "limit": limit,
        },
    )
    return [_told(row) for row in rows.mappings()]


def total(session: Session, user_id: UUID) -> int:
    count = text("SELECT count(*) FROM message WHERE user_id = :user")
    return int(session.scalar(count, {"user": user_id}) or 0)


def choices(session: Session, user_id: UUID) -> Choices:
    row = session.execute(
        text("""
            SELECT language, array(SELECT kind FROM mail_choice WHERE user_id = u.id) AS off
            FROM user_account u WHERE id = :user
        """),
        {"user": user_id},
    ).one()
    return Choices(Language(row.language), frozenset(MessageKind(kind) for kind in row.off))


def count_troubled_mails(session: Session) -> int:
    return int(session.scalar(text(f"SELECT count(*) FROM mail WHERE {_TROUBLED}")) or 0)


def troubled_mails(
    session: Session, *, limit: int | None = None, offset: int = 0
) -> Sequence[Trouble]:
    """Mails that failed, that may or may not have arrived, or that no server was there for; those
    longest so first."""
    rows = session.execute(
        text(f"""
            SELECT mail.message_id, u.email, message.kind, mail.state, mail.attempts, mail.trouble,
                mail.changed_at
            FROM mail JOIN message ON message.id = mail.message_id
            JOIN user_account u ON u.id = message.user_id
            WHERE {_TROUBLED}
            ORDER BY mail.changed_at, mail.message_id LIMIT :limit OFFSET :offset
        """),
        {"limit": limit, "offset": offset},
    )
    return [
        Trouble(**{**row, "kind": MessageKind(row["kind"]), "state": MailState(row["state"])})
        for row in rows.mappings()
    ]


def _told(row: Any) -> Told:
    return Told(**{**row, "kind": MessageKind(row["kind"])})
