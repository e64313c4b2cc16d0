"""The list of use cases: of each one text, as far as it is the reader's to see."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import Actor, ReviewState
from registry.queries.entries import VISIBLE, Version, versions_by_id, visible_to
from registry.queries.moments import Moment
from registry.queries.published import FITS, NAMED_THEN, Wanted

# The text that a decision last spoke of, so far as known.
_GOVERNS = """v.id = (
    SELECT d.version_id FROM decision d WHERE d.use_case_id = u.id
        AND d.action IN ('approve', 'suspend', 'revoke', 'reinstate') AND d.position <= :position
    ORDER BY d.position DESC LIMIT 1
)"""
# Of which use cases first: what a version needs beside is looked up for one page only.
_LEAF = f"""
    SELECT v.id FROM use_case u
    JOIN city ON city.id = u.city_id
    CROSS JOIN LATERAL (
        SELECT v.* FROM use_case_version v
        WHERE v.use_case_id = u.id AND {VISIBLE} AND {{which}}
        ORDER BY v.number DESC LIMIT 1
    ) v
    {NAMED_THEN}
    WHERE u.code > :after AND (CAST(:city AS text) IS NULL OR city.code = :city)
        AND (CAST(:area AS text) IS NULL OR EXISTS (
            SELECT FROM problem p
            WHERE p.area = :area AND v.content -> 'problem_ids' ? p.id::text
        ))
        AND {FITS}
    ORDER BY u.code LIMIT :limit
"""


def use_cases_after(
    session: Session,
    actor: Actor,
    moment: Moment,
    wanted: Wanted,
    code_after: str,
    limit: int,
    *,
    state: ReviewState | None = None,
    city_code: str | None = None,
) -> list[Version]:
    """A page of use cases in the order of their codes: of each the text that was public at the
    moment; with a `state` the newest version that is in it today. Of `wanted` only area, stage and
    words matter."""
    rows = session.scalars(
        text(_LEAF.format(which=_GOVERNS if state is None else "v.state = :state")),
        {
            **visible_to(actor),
            "state": state,
            "on": moment.on,
            "position": moment.position,
            "after": code_after,
            "city": city_code,
            "area": wanted.area,
            "stage": wanted.stage,
            "words": wanted.words,
            "limit": limit,
        },
    )
    ids = list(rows)
    found = versions_by_id(session, actor, ids)
    return [found[each] for each in ids]
