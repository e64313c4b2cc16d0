"""The ministry's list of what was decided, and what was last done. `waiting` has what waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from unicodedata import normalize
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import Action, ReviewState, Role

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
    """A version that was decided on, as a list shows it."""

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
    submitted_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reader narrows a list to; blank is everything. `words` is looked for in titles,
    codes and names of cities, without regard to case and diacritics."""

    states: Sequence[ReviewState]
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
        AND (:words = '' OR strpos(
            lower(unaccent(concat_ws(' ', v.content ->> 'title', v.content ->> 'title_en',
                u.code, period.name_vi, period.name_en))),
            lower(unaccent(:words))) > 0)
"""
_LINE = """
    SELECT u.code AS use_case_code, v.number, v.state, v.content ->> 'title' AS title,
        v.content ->> 'title_en' AS title_en, city.code AS city_code,
        period.name_vi AS city_vi, period.name_en AS city_en,
        coalesce(province.name_vi, '') AS province_vi,
        coalesce(province.name_en, '') AS province_en,
        submitted.recorded_at AS submitted_at, v.updated_at
"""
_LATEST_FIRST = "ORDER BY v.updated_at DESC, v.submitted_position DESC"


def decided(
    session: Session, on: date, wanted: Filter, *, limit: int = 50, offset: int = 0
) -> list[Line]:
    """What was decided, the latest first."""
    rows = session.execute(
        text(f"{_LINE} {_FROM} {_WHERE} {_LATEST_FIRST} LIMIT {limit:d} OFFSET {offset:d}"),
        _values(on, wanted),
    )
    return [Line(**{**row, "state": ReviewState(row["state"])}) for row in rows.mappings()]


def counts(session: Session, on: date, wanted: Filter) -> dict[ReviewState, int]:
    """How many there are of each of the wanted states."""
    found = dict.fromkeys(wanted.states, 0)
    rows = session.execute(
        text(f"SELECT v.state, count(*) AS n {_FROM} {_WHERE} GROUP BY 1"), _values(on, wanted)
    )
    return found | {ReviewState(row.state): row.n for row in rows}


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


def _values(on: date, wanted: Filter) -> dict[str, Any]:
    return {
        "on": on,
        "states": [state.value for state in wanted.states],
        "words": normalize("NFC", wanted.words).strip(),
    }
