"""What the lists of the register hold, on which days, as known when."""

from datetime import date
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from registry.db.tables.lists import LISTS, SOURCES
from registry.domain.lists import KINDS, Days, Entry, ListKind
from registry.queries.moments import Moment, today


def entries(session: Session, kind: ListKind) -> list[Entry]:
    """All entries of a list, also those that are over or were withdrawn, oldest first."""
    rows: Any = session.scalars(
        select(LISTS[kind]).order_by(LISTS[kind].id).execution_options(populate_existing=True)
    )
    found = [_entry(kind, row) for row in rows]
    return sorted(found, key=lambda entry: (entry.days.begin or date.min, entry.id))


def entry(session: Session, kind: ListKind, entry_id: int) -> Entry | None:
    return next((e for e in entries(session, kind) if e.id == entry_id), None)


def known(session: Session, kind: ListKind, at: Moment) -> list[Entry]:
    """The entries in force on a day, as known."""
    return [
        entry
        for entry in entries(session, kind)
        if (days := entry.known_at(at.position)) is not None and days.hold(at.on)
    ]


def last_decision(session: Session) -> date | None:
    """The last day on which a decision took up the words in force, in Viet Nam."""
    at = session.scalar(
        text("""
            SELECT recorded_at FROM event JOIN decision USING (position)
            ORDER BY position DESC LIMIT 1
        """)
    )
    return None if at is None else today(at)


def open_periods(session: Session, year: int) -> list[tuple[str, date]]:
    """Periods that are measured against the target of a year and have no figure yet."""
    rows = session.execute(
        text("""
            SELECT code, reporting_day FROM reporting_period p
            WHERE target_year = :year
                AND NOT EXISTS (SELECT FROM published_figure f WHERE f.period_code = p.code)
            ORDER BY code
        """),
        {"year": year},
    )
    return [(row.code, row.reporting_day) for row in rows]


def _entry(kind: ListKind, row: Any) -> Entry:
    return Entry(
        id=row.id,
        kind=kind,
        values={
            name: tuple(value) if isinstance(value, list) else value
            for name in KINDS[kind].fields
            for value in [getattr(row, name)]
        },
        days=Days(row.valid.lower, row.valid.upper),
        source=getattr(row, SOURCES.get(kind, "source")),
        known_from=row.known_from,
        ended_position=row.ended_position,
        withdrawn_position=row.withdrawn_position,
        end_source=row.end_source,
    )
