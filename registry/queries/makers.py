"""Products and providers: who runs what, told from the entries that name it.

A product or provider has no record of its own. It is a name, and two spellings of one name are
one: the database's `product_key` and `plain_provider` say which. A provider withheld by law names
nobody here, as in the search (`provider_key`).
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import ProblemArea, ReviewState, Stage
from registry.queries.moments import Moment
from registry.queries.published import Published, Wanted, published, stage_of_the_day


class MakerKind(StrEnum):
    PRODUCT = "product"
    PROVIDER = "provider"

    @property
    def other(self) -> "MakerKind":
        return MakerKind.PROVIDER if self is MakerKind.PRODUCT else MakerKind.PRODUCT


@dataclass(frozen=True, slots=True)
class Named:
    """A product or provider as one line: the name that most entries write, how many cities have an
    approved application with it, and in how many it is in operation and counts on the day."""

    key: str
    name: str
    cities: int
    operating: int
    counting: int


@dataclass(frozen=True, slots=True)
class Maker:
    """All that is public of a product or provider at a moment.

    `cases` are the entries whose governing text names it, the latest approved first; those that are
    suspended or revoked stay among them and are in no number. `stages` are numbers of cities by the
    stage of the day (None: none is certain); a city with two entries may stand in two. `renamed`
    are entries that named it once and now name something else, where nothing names it any more.
    """

    kind: MakerKind
    key: str
    line: Named
    spellings: tuple[str, ...]
    cases: tuple[Published, ...]
    stages: tuple[tuple[Stage | None, int], ...]
    areas: tuple[tuple[ProblemArea, int], ...]
    others: tuple[Named, ...]
    first: datetime | None
    last: datetime | None
    renamed: tuple[Published, ...] = ()

    @property
    def live(self) -> tuple[Published, ...]:
        return tuple(case for case in self.cases if case.state is ReviewState.APPROVED)

    @property
    def ended(self) -> tuple[Published, ...]:
        return tuple(case for case in self.cases if case.state is not ReviewState.APPROVED)


# The same words as the search's: what its rows hold already is not worked out again.
_LIST = """
    SELECT v.content ->> '{kind}' AS name,
        CASE WHEN e.version_id = v.id THEN e.{kind}_key ELSE {kind}_key(v.content) END AS key,
        u.city_id, coalesce((
            SELECT stage = 'operational' FROM ({stage}) on_the_day
        ), false) AS operating, EXISTS (
            SELECT FROM standing s WHERE s.use_case_id = u.id AND s.outcome = 'counted'
                AND s.valid @> CAST(:on AS date) AND s.known @> CAST(:position AS bigint)
        ) AS counting
    FROM (
        SELECT DISTINCT ON (use_case_id) use_case_id, version_id, action FROM decision
        WHERE action IN ('approve', 'suspend', 'revoke', 'reinstate') AND position <= :position
        ORDER BY use_case_id, position DESC
    ) last
    JOIN use_case u ON u.id = last.use_case_id
    JOIN use_case_version v ON v.id = last.version_id
    LEFT JOIN search_entry e ON e.use_case_id = u.id
    WHERE last.action IN ('approve', 'reinstate') AND coalesce(v.content ->> '{kind}', '') <> ''
"""
_STAGE = stage_of_the_day("u.id", "v.id", "v.submitted_position")


def makers(session: Session, moment: Moment, kind: MakerKind) -> list[Named]:
    """Every product or provider that an approved entry names, those in most cities first."""
    rows = session.execute(
        text(f"""
            SELECT key, mode() WITHIN GROUP (ORDER BY name) AS name,
                count(DISTINCT city_id) AS cities,
                count(DISTINCT city_id) FILTER (WHERE operating) AS operating,
                count(DISTINCT city_id) FILTER (WHERE counting) AS counting
            FROM ({_LIST.format(kind=kind.value, stage=_STAGE)}) named
            WHERE key <> '' GROUP BY key ORDER BY cities DESC, operating DESC, key
        """),
        {"on": moment.on, "position": moment.position},
    )
    return [Named(**row) for row in rows.mappings()]


def maker(session: Session, moment: Moment, kind: MakerKind, key: str) -> Maker | None:
    """One of them by its key; None where no public text ever named it, as known at the moment."""
    cases = published(session, moment, _wanted(kind, key))
    former = {} if cases else _former(session, moment, kind, key)
    if not cases and not former:
        return None
    renamed = published(session, moment, Wanted(codes=former)) if former else ()
    live = [case for case in cases if case.state is ReviewState.APPROVED]
    names = Counter(former.values() or [_name(case, kind) for case in live or cases])
    name = max(sorted(names), key=lambda each: names[each])
    return Maker(
        kind=kind,
        key=key,
        line=Named(key, name, *_counts(live)),
        spellings=tuple(sorted(each for each in names if each != name)),
        cases=tuple(cases),
        stages=_by_stage(live),
        areas=_by_area(live),
        others=_others(live, kind.other),
        first=min((case.approved_at for case in cases), default=None),
        last=max((case.approved_at for case in cases), default=None),
        renamed=tuple(renamed),
    )


def key_of(session: Session, kind: MakerKind, written: str) -> str:
    """The key of a name, however it is written; of a key, itself. Empty for what is no name."""
    function = "product_key" if kind is MakerKind.PRODUCT else "plain_provider"
    found: str = session.execute(
        text(f"SELECT {function}(jsonb_build_object('{kind.value}', CAST(:name AS text)))"),
        {"name": unicodedata.normalize("NFC", written)},
    ).scalar_one()
    return found


def _wanted(kind: MakerKind, key: str) -> Wanted:
    return Wanted(product=key) if kind is MakerKind.PRODUCT else Wanted(provider=key)


def _name(case: Published, kind: MakerKind) -> str:
    return case.product if kind is MakerKind.PRODUCT else case.provider


def _key(case: Published, kind: MakerKind) -> str:
    return case.product_key if kind is MakerKind.PRODUCT else case.provider_key


def _counts(live: Iterable[Published]) -> tuple[int, int, int]:
    cities, operating, counting = set(), set(), set()
    for case in live:
        cities.add(case.city_code)
        if case.stage is Stage.OPERATIONAL:
            operating.add(case.city_code)
        if case.counts:
            counting.add(case.city_code)
    return len(cities), len(operating), len(counting)


def _by_stage(live: Sequence[Published]) -> tuple[tuple[Stage | None, int], ...]:
    order: list[Stage | None] = [*Stage, None]
    counts = Counter(stage for _, stage in {(case.city_code, case.stage) for case in live})
    return tuple((stage, counts[stage]) for stage in order if counts[stage])


def _by_area(live: Sequence[Published]) -> tuple[tuple[ProblemArea, int], ...]:
    counts = Counter(area for _, area in {(c.city_code, area) for c in live for area in c.areas})
    return tuple((area, counts[area]) for area in ProblemArea if counts[area])


def _others(live: Sequence[Published], kind: MakerKind) -> tuple[Named, ...]:
    """The providers of a product, or the products of a provider, as these entries name them."""
    found = []
    for key in sorted({_key(case, kind) for case in live} - {""}):
        own = [case for case in live if _key(case, kind) == key]
        names = Counter(_name(case, kind) for case in own)
        found.append(Named(key, max(sorted(names), key=lambda n: names[n]), *_counts(own)))
    return tuple(sorted(found, key=lambda each: (-each.cities, each.key)))


def by_product(cases: Sequence[Published]) -> tuple[Named, ...]:
    """The products that these entries name, those in most cities first."""
    return _others(cases, MakerKind.PRODUCT)


def _former(session: Session, moment: Moment, kind: MakerKind, key: str) -> dict[str, str]:
    """The entries of which a text that was once approved named it, by code, with the spelling."""
    plain = "product_key" if kind is MakerKind.PRODUCT else "plain_provider"
    rows: Any = session.execute(
        text(f"""
            SELECT DISTINCT ON (u.code) u.code, v.content ->> '{kind.value}' AS name
            FROM use_case_version v
            JOIN use_case u ON u.id = v.use_case_id
            JOIN decision d ON d.version_id = v.id AND d.action = 'approve'
                AND d.position <= :position
            WHERE v.submitted_position IS NOT NULL AND {plain}(v.content) = :key
                AND {kind.value}_key(v.content) = :key
            ORDER BY u.code, v.number DESC
        """),
        {"key": key, "position": moment.position},
    )
    return {row.code: row.name for row in rows}
