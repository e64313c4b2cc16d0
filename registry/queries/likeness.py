"""Learning from others: the live use cases elsewhere that are near to what a city asks.

The database narrows down, by problem area and by words without marks; `domain.likeness` ranks.
Only texts that no city can withhold are compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.likeness import Asked, Candidate, Match, Place, Rarity, rank
from registry.domain.model import PUBLIC, ProblemArea, UrbanClass
from registry.queries import entries
from registry.queries.entries import Problem, Version
from registry.queries.moments import Moment

# For each thing asked: by how many of its words the database looks, how many it hands over to be
# ranked.
_TELLING = 8
_POOL = 80


@dataclass(frozen=True, slots=True)
class Example:
    """A use case elsewhere, as the public reads it, and why it is shown."""

    version: Version
    match: Match
    problems: tuple[Problem, ...]


# A case has the words of its text and of the problems it addresses.
_HITS = """
    SELECT term.word, hit.version_id FROM unnest(CAST(:words AS text[])) AS term (word)
    CROSS JOIN LATERAL (
        SELECT v.id AS version_id FROM use_case_version v
        WHERE v.state = 'approved' AND case_words(v.content) @@ plainto_tsquery('simple', term.word)
        UNION
        SELECT v.id FROM problem p
        JOIN version_problem vp ON vp.problem_id = p.id
        JOIN use_case_version v ON v.id = vp.version_id AND v.state = 'approved'
        WHERE problem_words(p.title, p.statement) @@ plainto_tsquery('simple', term.word)
    ) hit
"""
_RARITY = text("""
    SELECT term.word, (
            SELECT count(*) FROM use_case_version WHERE state = 'approved'
                AND case_words(content) @@ plainto_tsquery('simple', term.word)
        ) + (
            SELECT count(*) FROM problem
            WHERE problem_words(title, statement) @@ plainto_tsquery('simple', term.word)
        ) AS texts
    FROM unnest(CAST(:words AS text[])) AS term (word)
""")
_TEXTS = text("""
    SELECT (SELECT count(*) FROM use_case_version WHERE state = 'approved')
        + (SELECT count(*) FROM problem)
""")
_POOLS = text(f"""
    WITH hit AS MATERIALIZED ({_HITS}), near AS (
        SELECT place, version_id, sum(weight) AS weight FROM (
            SELECT want.place, hit.version_id, want.weight
            FROM unnest(
                CAST(:places AS integer[]), CAST(:wanted AS text[]), CAST(:weights AS float8[])
            ) AS want (place, word, weight)
            JOIN hit USING (word)
            UNION ALL
            SELECT DISTINCT asked.place, vp.version_id, CAST(:area_weight AS float8)
            FROM unnest(CAST(:areas AS text[])) WITH ORDINALITY AS asked (area, place)
            JOIN problem p ON p.area = asked.area
            JOIN version_problem vp ON vp.problem_id = p.id
        ) found GROUP BY place, version_id
    ), pool AS (
        SELECT near.place, near.version_id, u.code, u.city_id, counts.counted, row_number() OVER (
                PARTITION BY near.place
                ORDER BY near.weight + CAST(counts.counted AS integer) DESC, u.code
            ) AS rank
        FROM near
        JOIN use_case_version v ON v.id = near.version_id AND v.state = 'approved'
        JOIN use_case u ON u.id = v.use_case_id AND u.city_id <> :city_id
        CROSS JOIN LATERAL (
            SELECT EXISTS (
                SELECT FROM standing s WHERE s.use_case_id = u.id AND s.outcome = 'counted'
                    AND s.valid @> CAST(:on AS date) AND s.known @> CAST(:position AS bigint)
            ) AS counted
        ) counts
        WHERE NOT EXISTS (
            SELECT FROM carry_over_open c WHERE c.use_case_id = u.id AND c.to_city_id = :city_id
        )
    )
    SELECT pool.place, v.id, pool.code, pool.counted, v.content ->> 'title' AS title,
        v.content ->> 'title_en' AS title_en, v.content ->> 'summary' AS summary,
        v.content ->> 'solution' AS solution,
        coalesce(jsonb_array_length(v.content -> 'results'), 0) > 0 AS measured,
        city.population, period.urban_class, addressed.areas, addressed.titles,
        addressed.statements, EXISTS (
            SELECT FROM version_stage s WHERE s.version_id = v.id AND s.stage = 'operational'
                AND s.period @> CAST(:on AS date)
        ) AS operational
    FROM pool
    JOIN use_case_version v ON v.id = pool.version_id
    JOIN city ON city.id = pool.city_id
    LEFT JOIN LATERAL (
        SELECT urban_class FROM city_period WHERE city_period.city_id = city.id
        ORDER BY valid @> CAST(:on AS date) DESC, valid DESC LIMIT 1
    ) period ON true
    CROSS JOIN LATERAL (
        SELECT array_agg(p.area) AS areas, array_agg(p.title) || array_agg(p.title_en) AS titles,
            array_agg(p.statement) AS statements
        FROM version_problem vp JOIN problem p ON p.id = vp.problem_id
        WHERE vp.version_id = v.id
    ) addressed
    WHERE pool.rank <= :pool
    ORDER BY pool.place, pool.rank
""")

# As many as a telling word weighs in the choice of what is ranked.
_AREA_WEIGHT = 4.0


def examples(
    session: Session,
    moment: Moment,
    city_id: int,
    asked: Sequence[Asked],
    limit: int,
    *,
    only: ProblemArea | None = None,
) -> list[list[Example]]:
    """For each thing asked the nearest live use cases of other cities, the nearest first; those
    of one area only, if it is given.

    Six queries, however much is asked and however many cases there are.
    """
    rare = _rarity(session, asked)
    home = _home(session, city_id, moment)
    pools: list[list[tuple[UUID, Candidate]]] = [[] for _ in asked]
    for row in session.execute(_POOLS, _values(moment, city_id, asked, rare)):
        pools[row.place - 1].append((row.id, _candidate(row)))
    ids = {candidate.code: version_id for pool in pools for version_id, candidate in pool}
    found = [
        rank(each, home, [c for _, c in pool if only is None or only in c.areas], rare)[:limit]
        for each, pool in zip(asked, pools, strict=True)
    ]
    versions = entries.live_versions(
        session, PUBLIC, {ids[match.candidate.code] for matches in found for match in matches}
    )
    named = {p for version in versions.values() for p in version.draft.problem_ids}
    problems = {p.id: p for p in entries.problems_by_id(session, sorted(named))}
    return [
        [_example(versions[m.candidate.code], m, problems) for m in matches] for matches in found
    ]


def uncovered(session: Session, city_id: int) -> list[UUID]:
    """The city's open problems that no live use case of it addresses, as they were declared."""
    return list(
        session.scalars(
            text("""
                SELECT p.id FROM problem p
                WHERE p.city_id = :city_id AND p.withdrawn_position IS NULL AND NOT EXISTS (
                    SELECT FROM version_problem vp
                    JOIN use_case_version v ON v.id = vp.version_id
                    WHERE vp.problem_id = p.id AND v.state = 'approved'
                )
                ORDER BY p.declared_position
            """),
            {"city_id": city_id},
        )
    )


def same_product(session: Session, use_case_id: UUID, product: str) -> list[Version]:
    """The other cities' live use cases that run this product, however its name is written."""
    ids = session.scalars(
        text("""
            SELECT v.id FROM use_case_version v
            JOIN use_case u ON u.id = v.use_case_id
            JOIN use_case own ON own.id = :use_case_id AND own.city_id <> u.city_id
            WHERE v.state = 'approved' AND product_key(v.content) <> ''
                AND product_key(v.content) = product_key(jsonb_build_object(
                    'product', CAST(:product AS text)
                ))
        """),
        {"use_case_id": use_case_id, "product": product},
    )
    return list(entries.live_versions(session, PUBLIC, set(ids)).values())


def _rarity(session: Session, asked: Sequence[Asked]) -> Rarity:
    words = sorted({word for each in asked for word in each.terms})
    rows = session.execute(_RARITY, {"words": words})
    return Rarity({row.word: row.texts for row in rows}, session.execute(_TEXTS).scalar_one())


def _home(session: Session, city_id: int, moment: Moment) -> Place:
    row = session.execute(
        text("""
            SELECT city.population, period.urban_class FROM city
            LEFT JOIN LATERAL (
                SELECT urban_class FROM city_period WHERE city_period.city_id = city.id
                ORDER BY valid @> CAST(:on AS date) DESC, valid DESC LIMIT 1
            ) period ON true
            WHERE city.id = :city_id
        """),
        {"city_id": city_id, "on": moment.on},
    ).one()
    return _place(row)


def _values(moment: Moment, city_id: int, asked: Sequence[Asked], rare: Rarity) -> dict[str, Any]:
    wanted = [
        (place, word, weight)
        for place, each in enumerate(asked, start=1)
        for word, weight in each.telling(rare, _TELLING).items()
    ]
    return {
        "words": sorted({word for _, word, _ in wanted}),
        "places": [place for place, _, _ in wanted],
        "wanted": [word for _, word, _ in wanted],
        "weights": [weight for _, _, weight in wanted],
        "areas": [each.area for each in asked],
        "area_weight": _AREA_WEIGHT,
        "city_id": city_id,
        "on": moment.on,
        "position": moment.position,
        "pool": _POOL,
    }


def _candidate(row: Any) -> Candidate:
    return Candidate(
        code=row.code,
        areas=frozenset(map(ProblemArea, row.areas)),
        problems=tuple(row.titles),
        titles=(row.title, row.title_en),
        texts=(row.summary, row.solution, *row.statements),
        place=_place(row),
        counted=row.counted,
        operational=row.operational,
        measured=row.measured,
    )


def _place(row: Any) -> Place:
    known = row.urban_class or UrbanClass.UNCLASSIFIED
    return Place(UrbanClass(known), row.population)


def _example(version: Version, match: Match, problems: dict[UUID, Problem]) -> Example:
    return Example(version, match, tuple(problems[p] for p in version.draft.problem_ids))
