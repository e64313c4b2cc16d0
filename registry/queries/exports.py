"""What is taken away in files: rows of whole sets, read one after another and never all at once.

Each function is a generator over a cursor of the server, so a set of any size takes the memory of
some hundred rows; it has to be read to the end inside the transaction of its session.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import (
    PUBLIC,
    BasisKind,
    ProblemArea,
    ReviewState,
    Stage,
    UnitType,
    UrbanClass,
)
from registry.domain.search import Asked
from registry.queries import search
from registry.queries.announcements import Announcement, announced
from registry.queries.coverage import Roll
from registry.queries.entries import as_known, problems_after, versions_by_id
from registry.queries.moments import Moment
from registry.queries.published import Wanted, published_in_parts

# So many rows are in memory at a time.
PART = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A city at a moment: degrees, EPSG:4326, None where not known."""

    lon: float | None
    lat: float | None
    name_vi: str
    name_en: str


_YES: Mapping[tuple[str, ...], bool] = {("yes",): True, ("no",): False}
_NOWHERE = Place(None, None, "", "")


@dataclass(frozen=True, slots=True)
class UseCaseRow:
    """A use case once approved, in the version that governed it as known; `content` is its text by
    the current standard, without what is withheld from the public today."""

    code: str
    version: int
    state: ReviewState
    counts: bool
    stage: Stage | None
    stage_since: str | None
    approved_at: datetime
    city_code: str
    city_vi: str
    city_en: str
    areas: tuple[ProblemArea, ...]
    written_by_standard: str
    content_sha256: str | None
    content: dict[str, Any]
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """A declared problem as known; dates of reduced precision are ISO text, times UTC."""

    id: UUID
    city_code: str
    city_vi: str
    city_en: str
    area: ProblemArea
    title: str
    title_en: str
    statement: str
    declared_on: str
    basis_kind: BasisKind
    basis_number: str
    basis_date: str | None
    basis_url: str
    declared_at: datetime
    withdrawn_on: date | None
    withdrawn_reason: str | None
    withdrawn_at: datetime | None
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class RollRow:
    """A city as a roll names it."""

    roll_code: str
    city_code: str
    name_vi: str
    unit_type: UnitType
    urban_class: UrbanClass
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class FoundRow:
    """Something a search found; facets that it does not have are empty."""

    kind: search.Kind
    key: str
    title: str
    title_en: str
    said: str
    said_en: str
    city_code: str
    city_vi: str
    city_en: str
    province_code: str | None
    province_vi: str
    province_en: str
    urban_class: str | None
    areas: tuple[str, ...]
    techniques: tuple[str, ...]
    stage: str | None
    risk: str | None
    counted: bool | None
    state: ReviewState | None
    at: datetime | None
    lon: float | None
    lat: float | None


def use_cases(session: Session, moment: Moment, wanted: Wanted) -> Iterator[UseCaseRow]:
    """The use cases wanted, the latest approved first."""
    places = _places(session, moment)
    for part in published_in_parts(session, moment, wanted, PART):
        texts = versions_by_id(session, PUBLIC, [case.version_id for case in part])
        for case in part:
            version = texts[case.version_id]
            place = places.get(case.city_code, _NOWHERE)
            yield UseCaseRow(
                code=case.code,
                version=case.version,
                state=case.state,
                counts=case.counts,
                stage=case.stage,
                stage_since=case.stage_since,
                approved_at=case.approved_at,
                city_code=case.city_code,
                city_vi=case.city_vi,
                city_en=case.city_en,
                areas=case.areas,
                written_by_standard=version.standard,
                content_sha256=version.content_sha256,
                content=version.draft.upgraded().content(),
                lon=place.lon,
                lat=place.lat,
            )


def problems(
    session: Session, moment: Moment, city_code: str | None, area: ProblemArea | None
) -> Iterator[ProblemRow]:
    """The problems declared by then, in the order they were declared."""
    places = _places(session, moment)
    after: datetime | None = None
    while part := problems_after(session, after, PART, city_code=city_code, area=area):
        after = part[-1].declared_at
        for problem in part:
            if problem.declared_at > moment.known_at:
                return
            place = places.get(problem.city_code, _NOWHERE)
            said = as_known(problem, moment)
            names = ProblemRow.__dataclass_fields__.keys() & said.__dataclass_fields__.keys()
            yield ProblemRow(
                **{name: getattr(said, name) for name in names},
                city_vi=place.name_vi,
                city_en=place.name_en,
                lon=place.lon,
                lat=place.lat,
            )


def decisions(session: Session, moment: Moment, city_id: int | None) -> Iterator[Announcement]:
    """The decisions the public may read, newest first."""
    return announced(session, moment, city_id=city_id, part=PART)


def roll_rows(session: Session, moment: Moment, roll: Roll | None) -> Iterator[RollRow]:
    """What a roll enumerates as known, in order of the cities' codes."""
    if roll is None:
        return
    rows = session.execute(
        text("""
            SELECT city.code, e.name_vi, e.unit_type, e.urban_class,
                ST_X(city.point) AS lon, ST_Y(city.point) AS lat
            FROM roll_entry e JOIN city ON city.id = e.city_id
            WHERE e.roll_id = :roll AND e.known @> CAST(:position AS bigint) ORDER BY city.code
        """),
        {"roll": roll.id, "position": moment.position},
        execution_options={"yield_per": PART},
    )
    for row in rows:
        yield RollRow(
            roll_code=roll.code,
            city_code=row.code,
            name_vi=row.name_vi,
            unit_type=UnitType(row.unit_type),
            urban_class=UrbanClass(row.urban_class),
            lon=row.lon,
            lat=row.lat,
        )


def found(
    session: Session,
    moment: Moment,
    asked: Asked,
    chosen: Mapping[str, str],
    order: search.Order,
    *,
    some: bool,
) -> Iterator[FoundRow]:
    """Everything a search finds, in its order. `some`: see `search.only_some`."""
    places = _places(session, moment)
    for hit in search.every(session, moment, asked, chosen, order, some=some, part=PART):
        place = places.get(hit.city_code, _NOWHERE)
        facets = hit.facets
        yield FoundRow(
            kind=hit.kind,
            key=hit.key,
            title=hit.title,
            title_en=hit.title_en,
            said=hit.said,
            said_en=hit.said_en,
            city_code=hit.city_code,
            city_vi=hit.city_vi,
            city_en=hit.city_en,
            province_code=_one(facets["province"]),
            province_vi=facets["province_vi"][0],
            province_en=facets["province_en"][0],
            urban_class=_one(facets["class"]),
            areas=facets["area"],
            techniques=facets["technique"],
            stage=_one(facets["stage"]),
            risk=_one(facets["risk"]),
            counted=_YES.get(facets["counted"]),
            state=hit.state,
            at=hit.at,
            lon=place.lon,
            lat=place.lat,
        )


def _one(values: tuple[str, ...]) -> str | None:
    return values[0] if values else None


def _places(session: Session, moment: Moment) -> dict[str, Place]:
    """Every city by its code: there are as many as a country has, and no more."""
    rows = session.execute(
        text("""
            SELECT city.code, ST_X(point) AS lon, ST_Y(point) AS lat,
                coalesce(period.name_vi, '') AS name_vi, coalesce(period.name_en, '') AS name_en
            FROM city LEFT JOIN LATERAL (
                SELECT name_vi, name_en FROM city_period_known said WHERE said.city_id = city.id
                ORDER BY known @> CAST(:position AS bigint) DESC,
                    valid @> CAST(:on AS date) DESC, valid LIMIT 1
            ) period ON true
        """),
        {"on": moment.on, "position": moment.position},
    )
    return {row.code: Place(row.lon, row.lat, row.name_vi, row.name_en) for row in rows}


def how_many(session: Session, moment: Moment, roll: Roll | None) -> dict[str, int]:
    """The rows of each set at a moment, by its name."""
    values = {
        "on": moment.on,
        "position": moment.position,
        "roll": 0 if roll is None else roll.id,
    }
    row = session.execute(
        text("""
            SELECT
                (SELECT count(*) FROM roll_entry
                 WHERE roll_id = :roll AND known @> CAST(:position AS bigint)) AS named,
                (SELECT count(DISTINCT use_case_id) FROM decision
                 WHERE action = 'approve' AND position <= :position) AS use_cases,
                (SELECT count(*) FROM problem WHERE declared_position <= :position) AS problems,
                (SELECT count(*) FROM decision WHERE position <= :position
                    AND action IN ('approve', 'suspend', 'revoke', 'reinstate')) AS decisions,
                (SELECT count(*) FROM province_known WHERE valid @> CAST(:on AS date)
                    AND known @> CAST(:position AS bigint)) AS provinces
        """),
        values,
    ).one()
    return {
        "cities": row.named,
        "use-cases": row.use_cases,
        "problems": row.problems,
        "decisions": row.decisions,
        "provinces": row.provinces,
        "roll-entries": row.named,
    }
