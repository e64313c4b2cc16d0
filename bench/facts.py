"""The long way round: coverage worked out from the facts alone, without `standing`.

What the derived table is measured against. The counting rule `2024-1` as one query: of the dated
decisions on a case the last recorded among those in effect governs the day, and so on
(`registry/domain/counting.py`). Finding the last decision by max() and a join was slower.
"""

_GOVERNING = """
    SELECT DISTINCT ON (use_case_id) use_case_id, version_id, action, ai_confirmed
    FROM decision
    WHERE action IN ('approve', 'suspend', 'revoke', 'reinstate')
        AND position <= %(position)s AND coalesce(effective_from <= %(on)s, true)
    ORDER BY use_case_id, position DESC
"""
# A date of reduced precision begins on the last day it could mean.
_LATEST = """
    CASE length(p.declared_on)
        WHEN 10 THEN p.declared_on::date
        WHEN 7 THEN ((p.declared_on || '-01')::date + interval '1 month - 1 day')::date
        ELSE (p.declared_on || '-12-31')::date
    END
"""
_COUNTED = f"""
    WITH governing AS MATERIALIZED ({_GOVERNING}), running AS (
        SELECT g.use_case_id FROM governing g
        JOIN version_stage s ON s.version_id = g.version_id
        JOIN version_problem vp ON vp.version_id = g.version_id
        JOIN problem p ON p.id = vp.problem_id
        WHERE g.action IN ('approve', 'reinstate')
            AND s.stage = 'operational' AND s.period @> %(on)s
            AND CASE g.action WHEN 'approve' THEN g.ai_confirmed ELSE EXISTS (
                SELECT FROM decision a WHERE a.version_id = g.version_id
                    AND a.use_case_id = g.use_case_id AND a.action = 'approve' AND a.ai_confirmed
                    AND a.position <= %(position)s
            ) END
            AND p.declared_position <= %(position)s AND {_LATEST} <= %(on)s
            AND NOT coalesce(
                p.withdrawn_position <= %(position)s AND p.withdrawn_on <= %(on)s, false
            )
    ), counted AS (
        SELECT u.city_id FROM running r JOIN use_case u ON u.id = r.use_case_id
        UNION
        SELECT c.to_city_id FROM running r JOIN carry_over c ON c.use_case_id = r.use_case_id
        WHERE c.position <= %(position)s AND c.effective_on <= %(on)s AND NOT EXISTS (
            SELECT FROM carry_over_end e WHERE e.use_case_id = c.use_case_id
                AND e.to_city_id = c.to_city_id AND e.position > c.position
                AND e.position <= %(position)s AND e.effective_on <= %(on)s
        )
    ), entry AS (
        SELECT city_id FROM roll_entry WHERE roll_id = %(roll)s AND known @> %(position)s::bigint
    )
"""
_TOTAL = """
    SELECT count(*), count(counted.city_id) FROM entry LEFT JOIN counted USING (city_id)
"""
_BY_PROVINCE = """
    SELECT period.province_code, count(*), count(counted.city_id)
    FROM entry LEFT JOIN counted USING (city_id)
    LEFT JOIN city_period period
        ON period.city_id = entry.city_id AND period.valid @> %(on)s
    GROUP BY 1 ORDER BY 1
"""

# What the planner is told, so that it joins these sets as sets and keeps them in memory.
ADVICE = (
    "SET LOCAL enable_nestloop = off",
    "SET LOCAL work_mem = '256MB'",
    "SET LOCAL statement_timeout = 0",
)
TOTAL = _COUNTED + _TOTAL
BY_PROVINCE = _COUNTED + _BY_PROVINCE
