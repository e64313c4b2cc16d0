"""Decisions by their number, and the dated words that a record takes up."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.deciding import Named, Number, Opinion, Reason, Record
from registry.domain.model import Action, Actor, Role
from registry.domain.permissions import sees_difference
from registry.queries import entries
from registry.queries.entries import Version


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision with its record, as its reader may see it: by role and body, not by name."""

    position: int
    record: Record
    version: Version
    action: Action
    role: Role
    reason: str
    ai_confirmed: bool
    effective_from: date | None
    decided_at: datetime
    event_hash: str
    intact: bool
    """Whether the record is the one whose hash the ledger holds."""
    opinions: tuple[Opinion, ...]
    """What the two readers had said, where this one may know: once the lead has decided, the
    ministry alone."""


def next_number(session: Session, year: int) -> Number:
    """For whoever holds the ledger."""
    last = session.scalar(
        text("SELECT coalesce(max(serial), 0) FROM decision_record WHERE year = :year"),
        {"year": year},
    )
    return Number(year, (last or 0) + 1)


def body(session: Session, on: date) -> Named | None:
    """The reviewing body by its name of a day."""
    row = session.execute(
        text("""
            SELECT name_vi, name_en FROM reviewing_body
            WHERE valid @> CAST(:on AS date) AND withdrawn_position IS NULL
        """),
        {"on": on},
    ).one_or_none()
    return None if row is None else Named(row.name_vi, row.name_en)


def legal_bases(session: Session, on: date) -> tuple[Named, ...]:
    """The acts in force on a day, oldest first."""
    rows = session.execute(
        text("""
            SELECT text_vi, text_en FROM legal_basis
            WHERE valid @> CAST(:on AS date) AND withdrawn_position IS NULL
            ORDER BY lower(valid) NULLS FIRST, id
        """),
        {"on": on},
    )
    return tuple(Named(row.text_vi, row.text_en) for row in rows)


def reasons(session: Session, on: date, action: Action) -> tuple[Reason, ...]:
    """The reasons that a decision may give on a day, in the order of the list."""
    rows = session.execute(
        text("""
            SELECT code, label_vi, label_en FROM reason_code
            WHERE valid @> CAST(:on AS date) AND :action = ANY(actions)
                AND withdrawn_position IS NULL
            ORDER BY id
        """),
        {"on": on, "action": action.value},
    )
    return tuple(Reason(row.code, row.label_vi, row.label_en) for row in rows)


def records(session: Session, positions: Collection[int]) -> dict[int, Record]:
    """Of these decisions the records, by position; those of before there were records have none."""
    rows = session.execute(
        text(
            "SELECT position, year, serial, record FROM decision_record WHERE position = ANY(:at)"
        ),
        {"at": list(positions)},
    )
    return {row.position: _record(row) for row in rows}


def decided(session: Session, actor: Actor, number: Number) -> Decided | None:
    """None where there is none on a version that `actor` may see."""
    row = session.execute(
        text("""
            SELECT r.position, r.year, r.serial, r.record, d.version_id, d.action, d.reason,
                d.ai_confirmed, d.effective_from, event.recorded_at AS decided_at,
                event.actor_role, event.hash, event.payload ->> 'record_sha256' AS record_sha256
            FROM decision_record r
            JOIN decision d ON d.position = r.position
            JOIN event ON event.position = r.position
            WHERE r.year = :year AND r.serial = :serial
        """),
        {"year": number.year, "serial": number.serial},
    ).one_or_none()
    if row is None:
        return None
    version_id: UUID = row.version_id
    version = entries.version(session, actor, version_id)
    if version is None:
        return None
    record = _record(row)
    return Decided(
        position=row.position,
        record=record,
        version=version,
        action=Action(row.action),
        role=Role(row.actor_role),
        reason=row.reason,
        ai_confirmed=row.ai_confirmed,
        effective_from=row.effective_from,
        decided_at=row.decided_at,
        event_hash=bytes(row.hash).hex(),
        intact=record.sha256 == row.record_sha256,
        opinions=() if record.settled and not sees_difference(actor) else record.opinions,
    )


def _record(row: Any) -> Record:
    return Record.read(Number(row.year, row.serial), row.record)
