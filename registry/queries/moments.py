"""The two clocks: which day is meant, and which position of the ledger was known."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.db.locks import await_ledger
from registry.domain.errors import FieldProblem, InvalidInput

VIET_NAM = ZoneInfo("Asia/Ho_Chi_Minh")
# The database's own `current_date` is that of Greenwich: yesterday until seven in the morning.
TODAY_SQL = f"CAST(now() AT TIME ZONE '{VIET_NAM.key}' AS date)"
# Whoever asks what was known then or earlier gets the same answer: nothing.
BEFORE_ALL_EVENTS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """`on`: the day asked about (valid time). `position`: the last ledger event seen, recorded
    at `known_at` (UTC); asking again with that `known_at` gives the same answer for ever."""

    on: date
    position: int
    known_at: datetime


def today(now: datetime) -> date:
    """The date in Viet Nam at an instant."""
    return now.astimezone(VIET_NAM).date()


def moment(
    session: Session, now: datetime, as_of: date | None = None, known_at: datetime | None = None
) -> Moment:
    """Resolves what a reader asked for. `known_at` must carry a zone.

    Raises InvalidInput for a `known_at` after `now`: nobody can know it yet.
    """
    on = as_of or today(now)
    head = session.execute(text("SELECT position, recorded_at FROM ledger_head")).one()
    if known_at is None:
        return Moment(on, head.position, head.recorded_at)
    # An event's time may be ahead of the clock: it is always after that of the event before.
    if known_at > max(now, head.recorded_at):
        raise InvalidInput([FieldProblem("/known_at", "in_the_future")])
    if known_at >= head.recorded_at:
        # A writer may hold the ledger with a time before `known_at` and commit after this read:
        # wait for it, or the past would change under the reader's permalink.
        await_ledger(session)
    row = session.execute(
        text(
            "SELECT position, recorded_at FROM event WHERE recorded_at <= :known_at"
            " ORDER BY recorded_at DESC LIMIT 1"
        ),
        {"known_at": known_at},
    ).one_or_none()
    if row is None:
        return Moment(on, 0, BEFORE_ALL_EVENTS)
    return Moment(on, row.position, row.recorded_at)
