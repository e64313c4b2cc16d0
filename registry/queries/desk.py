"""What a city's own people ask at their desk: who signs, what was said, what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import Action, Role, YearStatus
from registry.queries.entries import Ruling
from registry.queries.moments import Moment


@dataclass(frozen=True, slots=True)
class YearWord:
    """The city's last word for a year, and when it was given (UTC)."""

    year: int
    status: YearStatus
    note: str
    declared_at: datetime


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of the city. `person` is named for colleagues only; others by their role."""

    at: datetime
    kind: str
    role: Role
    person: str
    what: str
    version: int | None
    year: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Reason:
    """An application and a problem by which the city counts, from `start` until before `end`."""

    use_case_code: str
    title: str
    title_en: str
    problem: str
    problem_en: str
    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class Counted:
    """The days around a day on which the city counts, as known; `reasons` are those of the day.

    `since` None: it does not count on the day. `until` is the first day it no longer counts by
    what is known, or, where it does not count now, the first day after it last did.
    """

    since: date | None
    until: date | None
    reasons: tuple[Reason, ...]


def city_id(session: Session, code: str) -> int | None:
    found: int | None = session.scalar(
        text("SELECT id FROM city WHERE code = :code"), {"code": code}
    )
    return found


def signers(session: Session, city_id: int) -> list[str]:
    """The names of those who may submit for the city."""
    return list(
        session.scalars(
            text("""
                SELECT u.name FROM membership m JOIN user_account u ON u.id = m.user_id
                WHERE m.city_id = :id AND m.role = 'city_signer' AND u.disabled_at IS NULL
                ORDER BY u.name, u.id
            """),
            {"id": city_id},
        )
    )


def counted(session: Session, city_id: int, moment: Moment) -> Counted:
    """Since when the city counts, and by what."""
    rows = session.execute(
        text("""
            SELECT s.valid, u.code AS use_case_code, live.content ->> 'title' AS title,
                live.content ->> 'title_en' AS title_en, p.title AS problem,
                p.title_en AS problem_en
            FROM standing s
            JOIN use_case u ON u.id = s.use_case_id
            JOIN problem p ON p.id = s.problem_id
            JOIN LATERAL (
                SELECT v.content FROM decision d JOIN use_case_version v ON v.id = d.version_id
                WHERE d.use_case_id = u.id AND d.action = 'approve' AND d.position <= :position
                ORDER BY d.position DESC LIMIT 1
            ) live ON true
            WHERE s.city_id = :id AND s.outcome = 'counted'
                AND s.known @> CAST(:position AS bigint)
            ORDER BY lower(s.valid), u.code, p.declared_position
        """),
        {"id": city_id, "position": moment.position},
    )
    reasons = [
        Reason(
            start=row["valid"].lower,
            end=row["valid"].upper,
            **{name: value for name, value in row.items() if name != "valid"},
        )
        for row in rows.mappings()
    ]
    on = moment.on
    since, until = _run_around(reasons, on)
    now = tuple(r for r in reasons if r.start <= on and (r.end is None or on < r.end))
    return Counted(since, until, now)


def _run_around(reasons: Sequence[Reason], on: date) -> tuple[date | None, date | None]:
    """The unbroken run of days that holds a day; else (None, the end of the last run before)."""
    since: date | None = None
    until: date | None = None
    for reason in reasons:
        if reason.start > on and (until is None or reason.start > until):
            break
        if since is None or (until is not None and reason.start > until):
            since, until = reason.start, reason.end
        elif until is not None:
            until = None if reason.end is None else max(until, reason.end)
    if since is not None and until is not None and until <= on:
        return None, until
    return since, until


def last_rulings(session: Session, city_id: int) -> dict[UUID, Ruling]:
    """The newest decision on each version of the city's use cases."""
    rows = session.execute(
        text("""
            SELECT DISTINCT ON (d.version_id) d.version_id, d.position, v.number AS version,
                d.action, d.reason, d.ai_confirmed, d.effective_from,
                event.recorded_at AS decided_at
            FROM decision d
            JOIN use_case u ON u.id = d.use_case_id
            JOIN use_case_version v ON v.id = d.version_id
            JOIN event ON event.position = d.position
            WHERE u.city_id = :id ORDER BY d.version_id, d.position DESC
        """),
        {"id": city_id},
    )
    return {
        row.version_id: Ruling(
            position=row.position,
            version=row.version,
            action=Action(row.action),
            reason=row.reason,
            ai_confirmed=row.ai_confirmed,
            effective_from=row.effective_from,
            decided_at=row.decided_at,
        )
        for row in rows
    }


def year_words(session: Session, city_id: int) -> list[YearWord]:
    """The city's last word for each year, newest year first."""
    rows = session.execute(
        text("""
            SELECT DISTINCT ON (y.year) y.year, y.status, y.note, event.recorded_at AS declared_at
            FROM year_declaration y JOIN event ON event.position = y.position
            WHERE y.city_id = :id ORDER BY y.year DESC, y.position DESC
        """),
        {"id": city_id},
    )
    return [YearWord(r.year, YearStatus(r.status), r.note, r.declared_at) for r in rows]


def history(session: Session, city_id: int, limit: int = 50) -> list[Happening]:
    """What the ledger holds of the city's problems, use cases and words, newest first."""
    rows = session.execute(
        text("""
            WITH own AS (
                SELECT 'city' AS type, code AS id, '' AS what FROM city WHERE id = :id
                UNION ALL
                SELECT 'problem', id::text, title FROM problem WHERE city_id = :id
                UNION ALL
                SELECT 'use_case', code, code FROM use_case WHERE city_id = :id
            )
            SELECT event.recorded_at AS at, event.kind, event.actor_role AS role,
                coalesce(colleague.name, '') AS person, own.what,
                CAST(event.payload ->> 'version' AS integer) AS version,
                CAST(event.payload ->> 'year' AS integer) AS year,
                coalesce(event.payload ->> 'reason', '') AS reason
            FROM event
            JOIN own ON own.type = event.subject_type AND own.id = event.subject_id
            LEFT JOIN user_account colleague ON colleague.id = event.actor_id
                AND EXISTS (SELECT FROM membership m
                            WHERE m.user_id = colleague.id AND m.city_id = :id)
            -- What is said about entries is read beside them, and not all of it by their city; that
            -- an entry goes from reader to reader is the ministry's affair.
            WHERE event.kind NOT LIKE 'comment.%' AND event.kind NOT IN (
                'version.hand_over', 'version.hand_back', 'version.reassign'
            ) AND NOT (
                event.kind = 'version.claim' AND EXISTS (
                    SELECT FROM event first WHERE first.subject_type = event.subject_type
                        AND first.subject_id = event.subject_id AND first.kind = event.kind
                        AND first.payload -> 'version' = event.payload -> 'version'
                        AND first.position < event.position
                )
            )
            ORDER BY event.position DESC LIMIT :limit
        """),
        {"id": city_id, "limit": limit},
    )
    return [
        Happening(r.at, r.kind, Role(r.role), r.person, r.what, r.version, r.year, r.reason)
        for r in rows
    ]
