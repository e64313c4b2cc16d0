"""What was learned of a day between two times: cities that came into its count, or left it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.model import RollSeries
from registry.domain.periods import Span, changed_at, overlap
from registry.queries.cities import cities
from registry.queries.coverage import Coverage, coverage
from registry.queries.moments import Moment, moment

# The cities that count, by code, with their names in both languages.
Counted = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Change:
    """A city that counts for a day as known later and did not before, or the other way.

    `position`, `kind` and `recorded_at` are those of the event that made the difference;
    `use_case_code` names its case where it was about one.
    """

    city_code: str
    city_vi: str
    city_en: str
    position: int
    kind: str
    recorded_at: datetime
    use_case_code: str


@dataclass(frozen=True, slots=True)
class Between:
    """A day as known at two times, the earlier one first, and what makes the difference."""

    before: Coverage
    after: Coverage
    entered: tuple[Change, ...]
    left: tuple[Change, ...]


def two_times(
    session: Session,
    now: datetime,
    as_of: date | None,
    since: datetime,
    until: datetime | None,
) -> tuple[Moment, Moment]:
    """One day as known at two times. Raises InvalidInput where they carry no zone, have not come
    yet or stand the wrong way round."""
    found = []
    for name, asked in (("from", since), ("to", until)):
        if asked is not None and asked.tzinfo is None:
            raise InvalidInput([FieldProblem(f"/{name}", "zone_missing")])
        if asked is not None and asked > now:
            raise InvalidInput([FieldProblem(f"/{name}", "in_the_future")])
        found.append(moment(session, now, as_of, asked))
    then, later = found
    if since > (until or now):
        raise InvalidInput([FieldProblem("/from", "after_end", {"end": str(until or now)})])
    return then, later


def between(session: Session, then: Moment, now: Moment, series: RollSeries) -> Between:
    """`then` and `now` are of the same day, and `then` is known no later than `now`."""
    entered, left = causes(
        session, then, now, counted(session, then, series), counted(session, now, series), series
    )
    return Between(coverage(session, then, series), coverage(session, now, series), entered, left)


def counted(session: Session, moment: Moment, series: RollSeries) -> Counted:
    return {
        city.code: (city.name_vi, city.name_en)
        for city in cities(session, moment, series)
        if city.outcome.value == "counted"
    }


def causes(
    session: Session,
    then: Moment,
    now: Moment,
    before: Counted,
    after: Counted,
    series: RollSeries,
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """The cities that entered and those that left, in order of code, each with its event."""
    names = {**before, **after}
    differing = before.keys() ^ after.keys()
    events = _events(session, then, now, differing, series)
    changes = {
        code: Change(code, *names[code], **events[code])
        for code in sorted(differing)
        if code in events
    }
    return (
        tuple(change for code, change in changes.items() if code in after),
        tuple(change for code, change in changes.items() if code in before),
    )


def _events(
    session: Session, then: Moment, now: Moment, codes: Collection[str], series: RollSeries
) -> dict[str, dict[str, Any]]:
    """The event by which each city came into the count of a day, or out of it, in between."""
    if not codes:
        return {}
    counting, listed = _spans(session, then.on, codes)
    in_force = _rolls(session, then.on, series)
    positions: dict[str, int] = {}
    for code in codes:
        on_roll = [
            span
            for roll_id, held in in_force.items()
            for span in overlap(held, listed.get((code, roll_id), ()))
        ]
        at = changed_at(overlap(counting.get(code, ()), on_roll), then.position, now.position)
        if at is not None:
            positions[code] = at
    rows = session.execute(
        text("""
            SELECT position, kind, recorded_at, subject_type, subject_id FROM event
            WHERE position = ANY(:positions)
        """),
        {"positions": sorted(set(positions.values()))},
    )
    by_position = {
        row.position: {
            "position": row.position,
            "kind": row.kind,
            "recorded_at": row.recorded_at,
            "use_case_code": row.subject_id if row.subject_type == "use_case" else "",
        }
        for row in rows
    }
    return {code: by_position[at] for code, at in positions.items()}


def _spans(
    session: Session, on: date, codes: Collection[str]
) -> tuple[dict[str, list[Span]], dict[tuple[str, int], list[Span]]]:
    """When it was known that a city's cases count on a day, and that a roll names it."""
    counting: dict[str, list[Span]] = {}
    values = {"on": on, "codes": sorted(codes)}
    for row in session.execute(
        text("""
            SELECT city.code, s.known FROM standing s JOIN city ON city.id = s.city_id
            WHERE s.outcome = 'counted' AND s.valid @> CAST(:on AS date)
                AND city.code = ANY(:codes)
        """),
        values,
    ):
        counting.setdefault(row.code, []).append((row.known.lower, row.known.upper))
    listed: dict[tuple[str, int], list[Span]] = {}
    for row in session.execute(
        text("""
            SELECT city.code, e.roll_id, e.known FROM roll_entry e
            JOIN city ON city.id = e.city_id WHERE city.code = ANY(:codes)
        """),
        values,
    ):
        listed.setdefault((row.code, row.roll_id), []).append((row.known.lower, row.known.upper))
    return counting, listed


def _rolls(session: Session, on: date, series: RollSeries) -> dict[int, list[Span]]:
    """Of each roll, while it was known to be the one in force on a day."""
    rows = session.execute(
        text("""
            SELECT id, valid_from, in_force_position FROM roll
            WHERE series = :series AND valid_from <= :on ORDER BY in_force_position
        """),
        {"series": series.value, "on": on},
    ).all()
    held: list[tuple[int, date, int]] = []
    for row in rows:
        if not held or row.valid_from >= held[-1][1]:
            held.append((row.id, row.valid_from, row.in_force_position))
    ends: Sequence[int | None] = [start for _, _, start in held[1:]]
    return {
        roll_id: [(start, end)]
        for (roll_id, _, start), end in zip(held, [*ends, None], strict=True)
    }
