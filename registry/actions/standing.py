"""Keeping the derived `standing` rows true to the facts, in the transaction of each fact."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from registry.db.tables import StandingRow
from registry.domain.counting import Outcome, Standing, standing_history, standings
from registry.queries.histories import histories


def refresh(session: Session, use_case_ids: Collection[UUID], position: int) -> None:
    """Closes what is no longer known at `position`, and opens what became known with it."""
    open_rows = session.scalars(
        select(StandingRow).where(
            StandingRow.use_case_id.in_(use_case_ids), text("upper_inf(known)")
        )
    ).all()
    for use_case_id, history in histories(session, use_case_ids).items():
        wanted = set(standings(history, position))
        for row in open_rows:
            if row.use_case_id != use_case_id:
                continue
            held = _standing(row)
            if held in wanted:
                wanted.remove(held)
            elif row.known.lower == position:
                session.delete(row)
            else:
                row.known = Range(row.known.lower, position)
        session.add_all(_row(use_case_id, s, Range(position, None)) for s in wanted)
    session.flush()


def rebuild(session: Session) -> int:
    """Drops every row and derives all of them from the facts; returns how many there are."""
    session.execute(delete(StandingRow))
    ids = list(session.scalars(text("SELECT id FROM use_case ORDER BY code")))
    count = 0
    for start in range(0, len(ids), 500):
        for use_case_id, history in histories(session, ids[start : start + 500]).items():
            for standing, known_from, known_to in standing_history(history):
                session.add(_row(use_case_id, standing, Range(known_from, known_to)))
                count += 1
        session.flush()
    return count


def _standing(row: StandingRow) -> Standing:
    return Standing(
        row.city_id, Outcome(row.outcome), row.problem_id, row.valid.lower, row.valid.upper
    )


def _row(use_case_id: UUID, standing: Standing, known: Range[int]) -> StandingRow:
    valid: Range[date] = Range(standing.start, standing.end)
    return StandingRow(
        use_case_id=use_case_id,
        city_id=standing.city_id,
        problem_id=standing.problem_id,
        outcome=standing.outcome.value,
        valid=valid,
        known=known,
    )
