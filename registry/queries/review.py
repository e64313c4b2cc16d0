"""The ministry's lists: what waits for a decision and what was decided. For its people only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from unicodedata import normalize
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import Action, Actor, ProblemArea, ReviewState, Role, Subject
from registry.domain.workflow import available
from registry.queries.opinions import READERS_SQL, with_readers

WAITING = (ReviewState.SUBMITTED, ReviewState.IN_REVIEW)
DECIDED = (
    ReviewState.APPROVED,
    ReviewState.SUSPENDED,
    ReviewState.REVOKED,
    ReviewState.SUPERSEDED,
    ReviewState.RETURNED,
    ReviewState.REJECTED,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A submitted version as a list shows it. `previous` is where the submitted version before
    it ended, None for the first one of its use case."""

    use_case_code: str
    number: int
    state: ReviewState
    title: str
    title_en: str
    city_code: str
    city_vi: str
    city_en: str
    province_vi: str
    province_en: str
    areas: tuple[ProblemArea, ...]
    submitted_at: datetime
    updated_at: datetime
    reviewer_id: UUID | None
    previous: ReviewState | None
    subject: Subject

    def actions(self, actor: Actor) -> tuple[Action, ...]:
        return available(actor, self.subject)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reader narrows a list to; blank is everything. `words` is looked for in titles,
    codes and names of cities, without regard to case and diacritics."""

    states: Sequence[ReviewState]
    province: str = ""
    area: ProblemArea | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """The last thing that was done with a version: by whom, in which role, when."""

    action: Action
    actor_id: UUID | None
    role: Role
    at: datetime


_FROM = """
    FROM use_case_version v
    JOIN use_case u ON u.id = v.use_case_id
    JOIN city ON city.id = u.city_id
    JOIN event submitted ON submitted.position = v.submitted_position
    LEFT JOIN LATERAL (
        SELECT name_vi, name_en, province_code FROM city_period
        WHERE city_period.city_id = city.id
        ORDER BY valid @> CAST(:on AS date) DESC, valid DESC LIMIT 1
    ) period ON true
    LEFT JOIN province ON province.code = period.province_code
        AND province.valid @> CAST(:on AS date)
"""
_WHERE = """
    WHERE v.state = ANY(:states)
        AND (:province = '' OR period.province_code = :province)
        AND (:area = '' OR EXISTS (
            SELECT FROM version_problem vp JOIN problem p ON p.id = vp.problem_id
            WHERE vp.version_id = v.id AND p.area = :area))
        AND (:words = '' OR strpos(
            lower(unaccent(concat_ws(' ', v.content ->> 'title', v.content ->> 'title_en',
                u.code, period.name_vi, period.name_en))),
            lower(unaccent(:words))) > 0)
"""
_LINE = f"""
    SELECT u.code AS use_case_code, v.number, v.state, v.content ->> 'title' AS title,
        v.content ->> 'title_en' AS title_en, city.code AS city_code, u.city_id,
        period.name_vi AS city_vi, period.name_en AS city_en,
        coalesce(province.name_vi, '') AS province_vi,
        coalesce(province.name_en, '') AS province_en,
        ARRAY(SELECT DISTINCT p.area FROM version_problem vp JOIN problem p ON p.id = vp.problem_id
              WHERE vp.version_id = v.id ORDER BY 1) AS areas,
        submitted.recorded_at AS submitted_at, v.updated_at, v.reviewer_id,
        v.author_id, v.submitter_id,
        (SELECT older.state FROM use_case_version older
         WHERE older.use_case_id = v.use_case_id AND older.number < v.number
            AND older.submitted_position IS NOT NULL
         ORDER BY older.number DESC LIMIT 1) AS previous,
        {READERS_SQL} AS readers
"""
_OLDEST_FIRST = "ORDER BY v.submitted_position"
_LATEST_FIRST = "ORDER BY v.updated_at DESC, v.submitted_position DESC"


def queue(
    session: Session, on: date, wanted: Filter, *, limit: int = 50, offset: int = 0
) -> list[Line]:
    """What waits for a decision, oldest submission first."""
    return _lines(session, on, wanted, f"{_OLDEST_FIRST} LIMIT {limit:d} OFFSET {offset:d}")


def decided(
    session: Session, on: date, wanted: Filter, *, limit: int = 50, offset: int = 0
) -> list[Line]:
    """What was decided, the latest first."""
    return _lines(session, on, wanted, f"{_LATEST_FIRST} LIMIT {limit:d} OFFSET {offset:d}")


def counts(session: Session, on: date, wanted: Filter) -> dict[ReviewState, int]:
    """How many there are of each of the wanted states."""
    found = dict.fromkeys(wanted.states, 0)
    rows = session.execute(
        text(f"SELECT v.state, count(*) AS n {_FROM} {_WHERE} GROUP BY 1"), _values(on, wanted)
    )
    return found | {ReviewState(row.state): row.n for row in rows}


def provinces(
    session: Session, on: date, states: Sequence[ReviewState]
) -> list[tuple[str, str, str]]:
    """Code and names of the provinces that versions in these states come from."""
    rows = session.execute(
        text(f"""
            SELECT DISTINCT province.code, province.name_vi, province.name_en {_FROM} {_WHERE}
                AND province.code IS NOT NULL
            ORDER BY 1
        """),
        _values(on, Filter(states)),
    )
    return [(row.code, row.name_vi, row.name_en) for row in rows]


def next_waiting(session: Session, on: date, actor: Actor) -> Line | None:
    """The oldest entry that this reviewer may go on with: free, or taken up by themselves."""
    offset = 0
    while lines := queue(session, on, Filter(WAITING), offset=offset):
        for line in lines:
            free = line.reviewer_id in {None, actor.user_id}
            if free and line.actions(actor):
                return line
        offset += len(lines)
    return None


def last_move(session: Session, use_case_code: str, number: int) -> Move | None:
    """What was last done with a version, as the ledger has it."""
    row = session.execute(
        text("""
            SELECT kind, actor_id, actor_role, recorded_at FROM event
            WHERE subject_type = 'use_case' AND subject_id = :code
                AND kind LIKE 'version.%' AND payload ->> 'version' = :number
            ORDER BY position DESC LIMIT 1
        """),
        {"code": use_case_code, "number": str(number)},
    ).one_or_none()
    if row is None:
        return None
    action = Action(row.kind.removeprefix("version."))
    return Move(action, row.actor_id, Role(row.actor_role), row.recorded_at)


def _lines(session: Session, on: date, wanted: Filter, end: str) -> list[Line]:
    rows = session.execute(text(f"{_LINE} {_FROM} {_WHERE} {end}"), _values(on, wanted))
    return [_line(row) for row in rows]


def _values(on: date, wanted: Filter) -> dict[str, Any]:
    return {
        "on": on,
        "states": [state.value for state in wanted.states],
        "province": wanted.province,
        "area": "" if wanted.area is None else wanted.area.value,
        "words": normalize("NFC", wanted.words).strip(),
    }


def _line(row: Any) -> Line:
    state = ReviewState(row.state)
    given: dict[str, Any] = {
        "state": state,
        "areas": tuple(ProblemArea(area) for area in row.areas),
        "previous": None if row.previous is None else ReviewState(row.previous),
        # Reinstating may need more than a list knows; an entry's own page asks again.
        "subject": with_readers(
            Subject(
                row.city_id,
                state,
                row.author_id,
                row.submitter_id,
                holder_id=row.reviewer_id if state is ReviewState.IN_REVIEW else None,
            ),
            row.readers,
        ),
    }
    names = Line.__dataclass_fields__.keys() - given.keys()
    return Line(**{name: getattr(row, name) for name in names}, **given)
