"""Entries that are near to others: the database picks a few, `domain.similar` compares.

For the ministry alone: of every use case the newest version that was handed in is looked at,
whatever became of it.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import ReviewState
from registry.domain.similar import Described, Similar, ranked

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
            product_key(v.content) AS product, provider_key(v.content) AS provider
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
            WHERE own.provider <> '' AND provider_key(v.content) = own.provider
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
