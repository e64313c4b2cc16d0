"""The ministry's desk: what one has before one's eyes when reading a version."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from api import i18n
from api.finding_words import told
from api.talk import Refused, talk
from registry.domain.deciding import Record
from registry.domain.difference import Change, brief, differences
from registry.domain.findings import Link
from registry.domain.model import PUBLIC_STATES, Actor
from registry.domain.similar import Similar
from registry.queries import cities, desk, links, similar
from registry.queries.entries import Ruling, Version
from registry.queries.findings import open_findings
from registry.queries.moments import Moment
from registry.queries.similar import Fate

# So many are shown; the API gives all.
_NEAR, _OF_CITY = 8, 20


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another entry, why it is near, and what became of it."""

    similar: Similar
    fate: Fate


def base_of(earlier: list[Version], against: int | None) -> Version | None:
    """What to compare with: as asked (0: with nothing), else the last version that was approved,
    else the one before, which the ministry has seen too."""
    if against is not None:
        return next((v for v in earlier if v.number == against), None)
    approved = [v for v in earlier if v.state in PUBLIC_STATES]
    return next(iter(approved or earlier), None)


def reading(
    db: Session,
    actor: Actor,
    version: Version,
    versions: list[Version],
    base: Version | None,
    rulings: list[Ruling],
    records: dict[int, Record],
    at: Moment,
    *,
    on: str | None = None,
    refused: Refused | None = None,
) -> dict[str, Any]:
    """What the page needs beside the text: findings, what is near, the city, the talk about it."""
    near = similar.similar(db, [version.id])[version.id][:_NEAR]
    fates = similar.fates(db, [each.other.id for each in near])
    path = f"/{i18n.current()}/review/{version.use_case_code}/{version.number}"
    return {
        "found": told(open_findings(db, [version.id], at)[version.id]),
        "changes": _changes(base, version),
        "links": _links(db, version),
        "near": [Neighbour(each, fates[each.other.code]) for each in near],
        "of_city": similar.of_city(db, version.city_id, version.use_case_id, _OF_CITY),
        "year_words": desk.year_words(db, version.city_id),
        "population": cities.population(db, version.city_id),
        "talk": talk(db, actor, versions, rulings, records, path, on=on, refused=refused),
    }


def _changes(base: Version | None, version: Version) -> list[Change]:
    """What changed, long unchanged stretches left out."""
    if base is None:
        return []
    return [brief(change) for change in differences(base.draft, version.draft)]


def _links(db: Session, version: Version) -> dict[str, Link]:
    return links.known(db, {row.url for row in version.draft.evidence if row.url})
