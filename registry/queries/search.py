"""What readers look for: cities, problems, use cases, products and providers, in one search.

The best of the first `CANDIDATES` that have the words are ranked, filtered and counted: more than
that nobody reads, and "more than 1,000" is an honest answer.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.likeness import plain
from registry.domain.model import ReviewState
from registry.domain.search import Asked, exact_tsquery, near, tsqueries
from registry.queries.moments import Moment
from registry.queries.published import stage_of_the_day

CANDIDATES = 1_000
_MAKERS = 5


class Kind(StrEnum):
    """What can be found."""

    CITY = "city"
    USE_CASE = "use_case"
    PROBLEM = "problem"


class Order(StrEnum):
    RELEVANCE = "relevance"
    NEWEST = "newest"
    NAME = "name"


# By what a reader narrows a search, and counts are shown. `year` is that of the first approval.
FACETS = (
    "kind",
    "province",
    "class",
    "area",
    "technique",
    "stage",
    "risk",
    "counted",
    "year",
    "product",
    "provider",
)


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found. `title` is a city's name, a problem's title or a use case's.

    `facets` are its values by the names of `FACETS`; where it has none, none.
    """

    kind: Kind
    key: str
    city_code: str
    city_vi: str
    city_en: str
    title: str
    title_en: str
    said: str
    said_en: str
    state: ReviewState | None
    at: datetime | None
    facets: Mapping[str, tuple[str, ...]]
    score: float


@dataclass(frozen=True, slots=True)
class Maker:
    """A product or provider, by the name that most cities write, and how many run it."""

    key: str
    name: str
    cities: int


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found. `total` is after filters; `capped`: there may be more.

    `counts` say of each facet how many each value would leave; `some`: nothing has all the words,
    these have some of them. `provinces` are names of the codes in `counts`.
    """

    hits: tuple[Hit, ...] = ()
    total: int = 0
    capped: bool = False
    some: bool = False
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    products: tuple[Maker, ...] = ()
    providers: tuple[Maker, ...] = ()
    provinces: Mapping[str, tuple[str, str]] = field(default_factory=dict)


# A word in a name tells more than one in a text; who types marks finds what bears them first.
# Whoever types a code means it; what has more of the words goes before what has fewer.
_HITS = f"""
    WITH asked AS (
        SELECT to_tsquery('simple', :plain) AS plain, to_tsquery('simple', :exact) AS exact
    ), candidate AS MATERIALIZED (
        SELECT e.* FROM search_entry e, asked
        WHERE e.plain @@ asked.plain OR e.key = :code OR (:plain = '' AND e.kind = 'use_case')
        LIMIT :candidates
    )
    SELECT e.kind, e.key, city.code AS city_code, period.name_vi AS city_vi,
        period.name_en AS city_en,
        coalesce(p.title, v.content ->> 'title', period.name_vi) AS title,
        coalesce(p.title_en, v.content ->> 'title_en', period.name_en) AS title_en,
        coalesce(p.statement, v.content ->> 'summary', '') AS said,
        coalesce(v.content ->> 'summary_en', '') AS said_en,
        v.state, coalesce(declared.recorded_at, approved.first) AS at,
        period.province_code AS province, province.name_vi AS province_vi,
        province.name_en AS province_en,
        coalesce(entry.urban_class, period.urban_class) AS urban_class,
        CASE e.kind WHEN 'problem' THEN ARRAY[p.area] WHEN 'use_case' THEN ARRAY(
            SELECT DISTINCT a.area FROM version_problem vp JOIN problem a ON a.id = vp.problem_id
            WHERE vp.version_id = e.version_id ORDER BY 1
        ) ELSE ARRAY[]::text[] END AS areas,
        coalesce(v.content -> 'techniques', '[]') AS techniques,
        v.content ->> 'risk_level' AS risk, on_the_day.stage,
        CASE e.kind WHEN 'problem' THEN NULL ELSE EXISTS (
            SELECT FROM standing s WHERE s.outcome = 'counted'
                AND s.valid @> CAST(:on AS date) AND s.known @> CAST(:position AS bigint)
                AND CASE e.kind WHEN 'city' THEN s.city_id = e.city_id AND entry.city_id IS NOT NULL
                    ELSE s.use_case_id = e.use_case_id END
        ) END AS counted,
        e.product_key, e.provider_key,
        CASE WHEN :plain = '' THEN 0 ELSE
            ts_rank_cd('{{0.1, 0.2, 0.4, 1.0}}', e.plain, asked.plain, 1)
        END
        + CASE WHEN :exact = '' THEN 0 ELSE 2 * ts_rank(e.exact, asked.exact) END
        + 10 * (SELECT count(*) FROM unnest(CAST(:parts AS text[])) part
                WHERE e.plain @@ to_tsquery('simple', part))
        + CASE WHEN e.key = :code THEN 1000 ELSE 0 END AS score
    FROM candidate e CROSS JOIN asked
    JOIN city ON city.id = e.city_id
    LEFT JOIN LATERAL (
        SELECT name_vi, name_en, province_code, urban_class FROM city_period
        WHERE city_period.city_id = city.id
        ORDER BY valid @> CAST(:on AS date) DESC, valid DESC LIMIT 1
    ) period ON true
    LEFT JOIN province_known province ON province.code = period.province_code
        AND province.valid @> CAST(:on AS date) AND province.known @> CAST(:position AS bigint)
    LEFT JOIN roll_entry entry ON entry.city_id = city.id AND entry.roll_id = :roll
        AND entry.known @> CAST(:position AS bigint)
    LEFT JOIN problem p ON p.id = e.problem_id
    LEFT JOIN event declared ON declared.position = p.declared_position
    LEFT JOIN use_case_version v ON v.id = e.version_id
    LEFT JOIN LATERAL (
        SELECT min(event.recorded_at) AS first FROM decision d JOIN event USING (position)
        WHERE d.use_case_id = e.use_case_id AND d.action = 'approve'
    ) approved ON true
    LEFT JOIN LATERAL (
        {stage_of_the_day("e.use_case_id", "e.version_id", "v.submitted_position")}
    ) on_the_day ON true
"""
# A place is found before what is in it.
_KEYS: Mapping[Order, str] = {
    Order.RELEVANCE: "score DESC, array_position(ARRAY['city', 'use_case', 'problem'], kind)",
    Order.NEWEST: "at DESC NULLS LAST",
    Order.NAME: 'lower(title) COLLATE "C"',
}
_ORDERED = {
    order: text(f'SELECT * FROM ({_HITS}) hit ORDER BY {keys}, key COLLATE "C"')
    for order, keys in _KEYS.items()
}
_ANY = text("""
    SELECT EXISTS (
        SELECT FROM search_entry
        WHERE plain @@ to_tsquery('simple', :plain) OR key = :code
    )
""")
_ROLL = text("""
    SELECT id FROM roll WHERE series = 'urban' AND valid_from <= :on
        AND in_force_position <= :position
    ORDER BY valid_from DESC, in_force_position DESC LIMIT 1
""")


def _makers(column: str, name: str) -> Any:
    return text(f"""
        SELECT e.{column} AS key, mode() WITHIN GROUP (ORDER BY v.content ->> '{name}') AS name,
            count(DISTINCT e.city_id) AS cities
        FROM search_entry e JOIN use_case_version v ON v.id = e.version_id
        WHERE e.kind = 'use_case' AND e.{column} <> '' AND v.state = 'approved'
            AND plain_words(e.{column}) @@ to_tsquery('simple', :plain)
        GROUP BY 1 ORDER BY cities DESC, 1 LIMIT :most
    """)


_PRODUCTS, _PROVIDERS = _makers("product_key", "product"), _makers("provider_key", "provider")


def search(
    session: Session,
    moment: Moment,
    asked: Asked,
    chosen: Mapping[str, str],
    order: Order = Order.RELEVANCE,
    *,
    limit: int = 20,
    offset: int = 0,
) -> Found:
    """What has the words, narrowed to `chosen` (facet: value). Without words: all use cases.
    The best of the first `CANDIDATES` that have them."""
    ranked, some = _candidates(session, moment, asked, order)
    hits = [hit for hit in ranked if _fits(hit, chosen)]
    query = " & ".join(tsqueries(asked))
    makers = {"plain": query, "most": _MAKERS}
    return Found(
        hits=tuple(hits[offset : offset + limit]),
        total=len(hits),
        capped=len(ranked) == CANDIDATES,
        some=some,
        counts={name: _counts(ranked, chosen, name) for name in FACETS},
        products=tuple(_made(session.execute(_PRODUCTS, makers))) if query else (),
        providers=tuple(_made(session.execute(_PROVIDERS, makers))) if query else (),
        provinces={
            hit.facets["province"][0]: (hit.facets["province_vi"][0], hit.facets["province_en"][0])
            for hit in ranked
            if hit.facets["province"]
        },
    )


def only_some(session: Session, asked: Asked) -> bool:
    """Whether nothing has all the words, so that what has some of them is to be found."""
    if len(asked.parts) < 2:
        return False
    all_words = {"plain": " & ".join(tsqueries(asked)), "code": asked.text}
    return not session.scalar(_ANY, all_words)


def every(
    session: Session,
    moment: Moment,
    asked: Asked,
    chosen: Mapping[str, str],
    order: Order,
    *,
    some: bool,
    part: int,
) -> Iterator[Hit]:
    """All that a search finds, however many, `part` of them in memory at a time. `some`: see
    `only_some`."""
    values = _values(session, moment, asked, some=some, most=None)
    rows = session.execute(_ORDERED[order], values, execution_options={"yield_per": part})
    return (hit for hit in map(_hit, rows) if _fits(hit, chosen))


def meant(session: Session, asked: Asked) -> str | None:
    """What was typed with each unknown word replaced by the nearest known one; None where every
    word is known or nothing is near."""
    words: list[str] = []
    for word in asked.typed:
        bare = plain(word)
        if session.scalar(_KNOWN, {"start": bare + "%"}):
            words.append(word)
            continue
        rows = session.execute(_NEAR, {"first": bare[:1] + "%", "length": len(bare)})
        other = near(bare, {row.plain: row.word for row in rows})
        if other is None:
            return None
        words.append(other)
    return None if words == list(asked.typed) else " ".join(words)


def beginning(session: Session, moment: Moment, typed: Asked, limit: int) -> list[Hit]:
    """What is found while somebody types: the best few, cities first."""
    candidates, some = _candidates(session, moment, typed)
    if some:
        return []
    first = {kind: place for place, kind in enumerate(Kind)}
    return sorted(candidates, key=lambda hit: (first[hit.kind], -hit.score, hit.key))[:limit]


_KNOWN = text("SELECT EXISTS (SELECT FROM search_word WHERE plain LIKE :start)")
_NEAR = text("""
    SELECT min(word) AS word, plain FROM search_word
    WHERE plain LIKE :first AND length(plain) BETWEEN :length - 1 AND :length + 1
    GROUP BY plain ORDER BY plain LIMIT 3000
""")


def _candidates(
    session: Session, moment: Moment, asked: Asked, order: Order = Order.RELEVANCE
) -> tuple[list[Hit], bool]:
    """Those that have all the words; where nothing has, those that have some."""
    found = _hits(session, moment, asked, order, some=False)
    if found or len(asked.parts) < 2:
        return found, False
    return _hits(session, moment, asked, order, some=True), True


def _hits(session: Session, moment: Moment, asked: Asked, order: Order, *, some: bool) -> list[Hit]:
    values = _values(session, moment, asked, some=some, most=CANDIDATES)
    return [_hit(row) for row in session.execute(_ORDERED[order], values)]


def _values(
    session: Session, moment: Moment, asked: Asked, *, some: bool, most: int | None
) -> dict[str, Any]:
    clocks = {"on": moment.on, "position": moment.position}
    words = tsqueries(asked.telling if some else asked)
    return {
        **clocks,
        "roll": session.scalar(_ROLL, clocks),
        "plain": (" | " if some else " & ").join(words),
        "exact": exact_tsquery(asked) if asked.marked else "",
        "parts": list(words),
        "code": asked.text,
        "candidates": most,
    }


def _hit(row: Any) -> Hit:
    facets: dict[str, tuple[str, ...]] = {
        "kind": (row.kind,),
        "province": _given(row.province),
        "province_vi": (row.province_vi or "",),
        "province_en": (row.province_en or "",),
        "class": _given(row.urban_class),
        "area": tuple(row.areas),
        "technique": tuple(row.techniques),
        "stage": _given(row.stage),
        "risk": _given(row.risk),
        "counted": () if row.counted is None else ("yes" if row.counted else "no",),
        "year": () if row.at is None or row.kind != Kind.USE_CASE else (str(row.at.year),),
        "product": _given(row.product_key),
        "provider": _given(row.provider_key),
    }
    return Hit(
        kind=Kind(row.kind),
        key=row.key,
        city_code=row.city_code,
        city_vi=row.city_vi,
        city_en=row.city_en,
        title=row.title,
        title_en=row.title_en,
        said=row.said,
        said_en=row.said_en,
        state=None if row.state is None else ReviewState(row.state),
        at=row.at,
        facets=facets,
        score=row.score,
    )


def _given(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def _made(rows: Iterable[Any]) -> list[Maker]:
    return [Maker(row.key, row.name, row.cities) for row in rows]


def _fits(hit: Hit, chosen: Mapping[str, str], but: str = "") -> bool:
    return all(value in hit.facets[name] for name, value in chosen.items() if name != but)


def _counts(hits: Iterable[Hit], chosen: Mapping[str, str], name: str) -> Mapping[str, int]:
    """Of a facet's values how many each has, under what is chosen of the other facets."""
    return Counter(value for hit in hits if _fits(hit, chosen, name) for value in hit.facets[name])
