"""All public facts with both clocks, from which everybody can work the figure out again.

Of use cases only what the public may read: versions that were approved, and what was decided of
them. No fact names a person.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import PUBLIC
from registry.queries.entries import versions_by_id
from registry.queries.moments import Moment

# So many rows are in memory at a time.
_PART = 500
# The versions that were approved by then; of a use case nothing is public before its first.
_PUBLIC = """
    shown AS (
        SELECT DISTINCT version_id, use_case_id FROM decision
        WHERE action = 'approve' AND position <= :position
    )
"""
# A fact's time is that of its event. What the register was founded with is known from position 0.
_TIMED = "JOIN event e ON e.position = fact.position"
_FACTS: Mapping[str, str] = {
    "city": """
        SELECT code, ST_X(point) AS lon, ST_Y(point) AS lat FROM city ORDER BY code
    """,
    "city_period": """
        SELECT city.code AS city, lower(p.valid) AS valid_from, upper(p.valid) AS valid_until,
            lower(p.known) AS known_from,
            CASE WHEN upper(p.known) <= :position THEN upper(p.known) END AS known_until,
            p.name_vi, p.name_en, p.unit_type, p.urban_class, p.province_code AS province
        FROM city_period_known p JOIN city ON city.id = p.city_id
        WHERE lower(p.known) <= :position ORDER BY city.code, p.valid, p.known
    """,
    "lineage": """
        SELECT before.code AS predecessor, after.code AS successor, l.effective_on, l.kind,
            l.legal_basis
        FROM city_lineage l JOIN city before ON before.id = l.predecessor_id
        JOIN city after ON after.id = l.successor_id
        ORDER BY l.effective_on, before.code, after.code
    """,
    "roll": """
        SELECT fact.position, e.recorded_at, fact.code, fact.series, fact.name_vi, fact.name_en,
            fact.valid_from, fact.official_total, fact.legal_basis, fact.source_url
        FROM (SELECT *, in_force_position AS position FROM roll) fact JOIN event e USING (position)
        WHERE position <= :position ORDER BY position
    """,
    "roll_entry": """
        SELECT roll.code AS roll, city.code AS city, fact.name_vi, fact.unit_type,
            fact.urban_class, lower(fact.known) AS known_from, since.recorded_at AS known_from_at,
            ending.position AS known_until, ending.recorded_at AS known_until_at
        FROM roll_entry fact JOIN roll ON roll.id = fact.roll_id
        JOIN city ON city.id = fact.city_id
        LEFT JOIN event since ON since.position = lower(fact.known)
        LEFT JOIN event ending ON ending.position = upper(fact.known)
            AND ending.position <= :position
        WHERE lower(fact.known) <= :position ORDER BY roll.code, city.code, fact.known
    """,
    "problem": """
        SELECT fact.position, e.recorded_at, fact.id, city.code AS city, fact.area, fact.title,
            fact.title_en, fact.statement, fact.declared_on, fact.basis_kind, fact.basis_number,
            fact.basis_date, fact.basis_url
        FROM (SELECT *, declared_position AS position FROM problem) fact
        JOIN event e USING (position) JOIN city ON city.id = fact.city_id
        WHERE position <= :position ORDER BY position
    """,
    "problem_withdrawal": """
        SELECT fact.position, e.recorded_at, fact.id AS problem, fact.withdrawn_on,
            fact.withdrawn_reason AS reason
        FROM (SELECT *, withdrawn_position AS position FROM problem) fact
        JOIN event e USING (position) WHERE position <= :position ORDER BY position
    """,
    "use_case": f"""
        WITH {_PUBLIC} SELECT DISTINCT u.code, city.code AS city
        FROM shown JOIN use_case u ON u.id = shown.use_case_id JOIN city ON city.id = u.city_id
        ORDER BY u.code
    """,
    "decision": f"""
        WITH {_PUBLIC}
        SELECT fact.position, e.recorded_at, u.code AS use_case, v.number AS version, fact.action,
            fact.reason, fact.ai_confirmed, fact.effective_from
        FROM decision fact {_TIMED} JOIN use_case u ON u.id = fact.use_case_id
        JOIN shown ON shown.version_id = fact.version_id
        JOIN use_case_version v ON v.id = fact.version_id
        WHERE fact.action IN ('approve', 'suspend', 'revoke', 'reinstate')
            AND fact.position <= :position ORDER BY fact.position
    """,
    "carry_over": f"""
        WITH {_PUBLIC}
        SELECT fact.position, e.recorded_at, u.code AS use_case, city.code AS to_city,
            fact.effective_on, fact.legal_basis
        FROM carry_over fact {_TIMED} JOIN use_case u ON u.id = fact.use_case_id
        JOIN city ON city.id = fact.to_city_id
        WHERE fact.position <= :position AND u.id IN (SELECT use_case_id FROM shown)
        ORDER BY fact.position, city.code
    """,
    "carry_over_end": f"""
        WITH {_PUBLIC}
        SELECT fact.position, e.recorded_at, u.code AS use_case, city.code AS to_city,
            fact.effective_on, fact.reason
        FROM carry_over_end fact {_TIMED} JOIN use_case u ON u.id = fact.use_case_id
        JOIN city ON city.id = fact.to_city_id
        WHERE fact.position <= :position AND u.id IN (SELECT use_case_id FROM shown)
        ORDER BY fact.position, city.code
    """,
    "stage_report": f"""
        WITH {_PUBLIC}
        SELECT fact.position, e.recorded_at, u.code AS use_case, fact.stage, fact.effective_on,
            fact.reason
        FROM stage_report fact {_TIMED} JOIN use_case u ON u.id = fact.use_case_id
        WHERE fact.position <= :position AND u.id IN (SELECT use_case_id FROM shown)
        ORDER BY fact.position
    """,
    "year_declaration": f"""
        SELECT fact.position, e.recorded_at, city.code AS city, fact.year, fact.status, fact.note
        FROM year_declaration fact {_TIMED} JOIN city ON city.id = fact.city_id
        WHERE fact.position <= :position ORDER BY fact.position
    """,
}
_VERSIONS = text(f"""
    WITH {_PUBLIC}
    SELECT v.id, v.submitted_position AS position, e.recorded_at, u.code AS use_case,
        v.number AS version,
        ARRAY(
            SELECT problem_id FROM version_problem WHERE version_id = v.id ORDER BY problem_id
        ) AS problems,
        ARRAY(
            SELECT jsonb_build_object('stage', stage, 'since', since) FROM version_stage
            WHERE version_id = v.id ORDER BY ordinal
        ) AS stages
    FROM shown JOIN use_case_version v ON v.id = shown.version_id
    JOIN use_case u ON u.id = v.use_case_id
    JOIN event e ON e.position = v.submitted_position
    ORDER BY v.submitted_position
""")


def facts(session: Session, moment: Moment) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every public fact known by then: the kind of record, and its values by name."""
    values = {"position": moment.position}
    options = {"yield_per": _PART}
    for record, query in _FACTS.items():
        found = session.execute(text(query), values, execution_options=options)
        yield from ((record, dict(row)) for row in found.mappings())
    for part in session.execute(_VERSIONS, values, execution_options=options).partitions():
        texts = versions_by_id(session, PUBLIC, [row.id for row in part])
        for row in part:
            version = texts[row.id]
            yield (
                "version",
                {
                    **row._asdict(),
                    "standard": version.standard,
                    "content_sha256": version.content_sha256,
                    "content": version.content,
                },
            )
