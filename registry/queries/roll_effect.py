"""What a list would do to the figures, by the same rule and the same facts, before it is one."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.coverage import Tally, Target
from registry.domain.roll_changes import touched_days
from registry.queries.coverage import coverage
from registry.queries.moments import moment, today
from registry.queries.roll_drafts import Dossier, next_roll


@dataclass(frozen=True, slots=True)
class Effect:
    """The figure of a day with the roll there is and with the list in its place.

    `gained` and `lost` are the codes of cities that count and come onto or leave the roll.
    """

    on: date
    roll: str
    before: Tally
    after: Tally
    target: Target
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Orphan:
    """A live case of a city that leaves the roll, carried nowhere so far."""

    use_case_code: str
    title: str
    city_code: str


def effects(session: Session, dossier: Dossier, now: datetime) -> list[Effect]:
    """The figures of every day that the list touches: its first, ends of years, today."""
    draft = dossier.draft
    first = moment(session, now, draft.valid_from)
    until = next_roll(session, first, draft.series)
    before, after = dossier.before.keys(), dossier.after.keys()
    found = []
    for day in touched_days(draft.valid_from, until, today(now)):
        at = moment(session, now, day)
        was = coverage(session, at, draft.series)
        if draft.adds_to is not None and was.roll != draft.adds_to:
            # Another roll is in force on that day: these names change nothing there.
            continue
        counting = _counting(session, at.on, at.position)
        found.append(
            Effect(
                on=day,
                roll="" if was.roll is None else was.roll.code,
                before=was.tally,
                after=Tally(len(counting & after), len(after), draft.official_total),
                target=was.target,
                gained=tuple(sorted(counting & (after - before))),
                lost=tuple(sorted(counting & (before - after))),
            )
        )
    return found


def left_behind(session: Session, dossier: Dossier) -> list[Orphan]:
    """Live cases whose city leaves the roll, and which stand for no other city."""
    gone = sorted(dossier.before.keys() - dossier.after.keys())
    rows = session.execute(
        text("""
            SELECT u.code AS use_case_code, v.content ->> 'title' AS title, city.code AS city_code
            FROM use_case u
            JOIN city ON city.id = u.city_id
            JOIN use_case_version v ON v.use_case_id = u.id AND v.state IN ('approved', 'suspended')
            WHERE city.code = ANY(:gone)
                AND NOT EXISTS (SELECT FROM carry_over_open c WHERE c.use_case_id = u.id)
            ORDER BY city.code, u.number
        """),
        {"gone": gone},
    )
    return [Orphan(**row) for row in rows.mappings()]


def _counting(session: Session, on: date, position: int) -> set[str]:
    """The cities that the rule counts on a day, on whatever roll they are."""
    return set(
        session.scalars(
            text("""
                SELECT DISTINCT city.code FROM standing s JOIN city ON city.id = s.city_id
                WHERE s.outcome = 'counted' AND s.valid @> CAST(:on AS date)
                    AND s.known @> CAST(:position AS bigint)
            """),
            {"on": on, "position": position},
        )
    )
