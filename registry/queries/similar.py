"""Entries that are near to others: the database picks a few, `domain.similar` compares.

For the ministry alone: of every use case the newest version that was handed in is looked at,
whatever became of it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.deciding import Number
from registry.domain.model import Action, ReviewState
from registry.domain.similar import Described, Similar, ranked
from registry.queries.moments import TODAY_SQL

# For each version: how many are handed over to be compared, of its own city and of others.
_OWN, _OTHERS = 40, 20

# What was handed in last of each use case stands for it.
_NEWEST = """
    v.submitted_position IS NOT NULL AND NOT EXISTS (
        SELECT FROM use_case_version newer WHERE newer.use_case_id = v.use_case_id
            AND newer.number > v.number AND newer.submitted_position IS NOT NULL
    )
"""
_DESCRIBED = """
    v.id, u.code, v.number, u.city_id, v.state, v.content ->> 'title' AS title,
    v.content ->> 'summary' AS summary, v.content ->> 'solution' AS solution,
    coalesce(v.content ->> 'product', '') AS product,
    coalesce(v.content ->> 'provider', '') AS provider, v.content -> 'problem_ids' AS problem_ids
"""
_SIMILAR = text(f"""
    WITH own AS (
        SELECT v.id, v.use_case_id, u.city_id, text_marks(v.content) AS marks,
            product_key(v.content) AS product, plain_provider(v.content) AS provider
        FROM use_case_version v JOIN use_case u ON u.id = v.use_case_id WHERE v.id = ANY(:ids)
    ), near AS (
        SELECT own.id AS own_id, beside.id FROM own CROSS JOIN LATERAL (
            SELECT v.id FROM use_case u JOIN use_case_version v ON v.use_case_id = u.id
            WHERE u.city_id = own.city_id AND u.id <> own.use_case_id AND {_NEWEST}
            ORDER BY v.submitted_position DESC LIMIT {_OWN:d}
        ) beside
        UNION
        SELECT own.id, beside.id FROM own CROSS JOIN LATERAL (
            SELECT v.id FROM use_case_version v
            WHERE text_marks(v.content) && own.marks AND v.submitted_position IS NOT NULL
                AND v.use_case_id <> own.use_case_id AND {_NEWEST}
            ORDER BY cardinality(ARRAY(
                SELECT unnest(text_marks(v.content)) INTERSECT SELECT unnest(own.marks)
            )) DESC, v.submitted_position DESC LIMIT {_OTHERS:d}
        ) beside
        UNION
        SELECT own.id, beside.id FROM own CROSS JOIN LATERAL (
            SELECT v.id FROM use_case_version v
            WHERE own.product <> '' AND product_key(v.content) = own.product
                AND v.use_case_id <> own.use_case_id AND {_NEWEST}
            ORDER BY v.submitted_position DESC LIMIT {_OTHERS:d}
        ) beside
        UNION
        SELECT own.id, beside.id FROM own CROSS JOIN LATERAL (
            SELECT v.id FROM use_case_version v
            WHERE own.provider <> '' AND plain_provider(v.content) = own.provider
                AND v.use_case_id <> own.use_case_id AND {_NEWEST}
            ORDER BY v.submitted_position DESC LIMIT {_OTHERS:d}
        ) beside
    )
    SELECT near.own_id, {_DESCRIBED}
    FROM near JOIN use_case_version v ON v.id = near.id JOIN use_case u ON u.id = v.use_case_id
""")
_OWN_TEXTS = text(f"""
    SELECT {_DESCRIBED} FROM use_case_version v JOIN use_case u ON u.id = v.use_case_id
    WHERE v.id = ANY(:ids)
""")


def similar(session: Session, versions: Collection[UUID]) -> dict[UUID, list[Similar]]:
    """For each of these versions the other entries that are near to it, the nearest first.

    Two queries, however many versions.
    """
    if not versions:
        return {}
    ids = {"ids": list(versions)}
    others: dict[UUID, list[Described]] = {}
    for row in session.execute(_SIMILAR, ids):
        others.setdefault(row.own_id, []).append(_described(row))
    return {
        row.id: ranked(_described(row), others.get(row.id, ()))
        for row in session.execute(_OWN_TEXTS, ids)
    }


def _described(row: Any) -> Described:
    return Described(
        id=row.id,
        code=row.code,
        number=row.number,
        city_id=row.city_id,
        state=ReviewState(row.state),
        title=row.title,
        texts=(row.summary, row.solution),
        product=row.product,
        provider=row.provider,
        problem_ids=frozenset(row.problem_ids),
    )


@dataclass(frozen=True, slots=True)
class Fate:
    """An entry as it stands: its newest submitted version, and the last decision on the entry, if
    any, with the number of its record (`slug`)."""

    code: str
    number: int
    state: ReviewState
    title: str
    title_en: str
    city_code: str
    city_vi: str
    city_en: str
    action: Action | None
    reason: str
    decided_at: datetime | None
    slug: str


_FATE = f"""
    SELECT u.code, v.number, v.state, v.content ->> 'title' AS title,
        v.content ->> 'title_en' AS title_en, city.code AS city_code,
        coalesce(period.name_vi, city.code) AS city_vi,
        coalesce(period.name_en, city.code) AS city_en,
        last.action, coalesce(last.reason, '') AS reason, last.decided_at, last.year, last.serial
    FROM use_case_version v
    JOIN use_case u ON u.id = v.use_case_id
    JOIN city ON city.id = u.city_id
    LEFT JOIN LATERAL (
        SELECT name_vi, name_en FROM city_period WHERE city_period.city_id = city.id
        ORDER BY valid @> {TODAY_SQL} DESC, valid DESC LIMIT 1
    ) period ON true
    LEFT JOIN LATERAL (
        SELECT d.action, d.reason, event.recorded_at AS decided_at, r.year, r.serial
        FROM decision d JOIN event USING (position)
        LEFT JOIN decision_record r USING (position)
        WHERE d.use_case_id = u.id ORDER BY d.position DESC LIMIT 1
    ) last ON true
"""


def fates(session: Session, versions: Collection[UUID]) -> dict[str, Fate]:
    """What became of these entries, by code."""
    rows = session.execute(text(f"{_FATE} WHERE v.id = ANY(:ids)"), {"ids": list(versions)})
    return {row.code: _fate(row) for row in rows}


def of_city(session: Session, city_id: int, without: UUID, limit: int) -> list[Fate]:
    """The city's other entries, those handed in last first."""
    rows = session.execute(
        text(f"""
            {_FATE} WHERE u.city_id = :city AND u.id <> :without AND {_NEWEST}
            ORDER BY v.submitted_position DESC LIMIT :limit
        """),
        {"city": city_id, "without": without, "limit": limit},
    )
    return [_fate(row) for row in rows]


def _fate(row: Any) -> Fate:
    names = Fate.__dataclass_fields__.keys() - {"state", "action", "slug"}
    return Fate(
        **{name: getattr(row, name) for name in names},
        state=ReviewState(row.state),
        action=None if row.action is None else Action(row.action),
        slug="" if row.year is None else Number(row.year, row.serial).slug,
    )
