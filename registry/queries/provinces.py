"""The provinces of a day: their areas, and how many of their cities count."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.coverage import Tally
from registry.domain.model import RollSeries
from registry.queries.coverage import GroupBy, coverage
from registry.queries.moments import Moment

_NO_CITY = Tally(counted=0, enumerated=0)


@dataclass(frozen=True, slots=True)
class ProvinceRow:
    """A province as it was on a day. `polygons` are MultiPolygon coordinates, EPSG:4326."""

    code: str
    name_vi: str
    name_en: str
    polygons: list[Any]
    approximate: bool
    tally: Tally


@dataclass(frozen=True, slots=True)
class Term:
    """What bore a province's code during [start, end). `source` says by which act or data."""

    code: str
    name_vi: str
    name_en: str
    start: date | None
    end: date | None
    source: str
    approximate: bool

    @property
    def last_day(self) -> date | None:
        return None if self.end is None else self.end - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Province:
    """A province by its code, as known at a moment: `term` is the one of the day, else the last
    before it, else the first after it. A code can come back with another area (2025).

    `whole` is the day's figure of the cities that the roll names in it, without a total of its own.
    """

    term: Term
    on_the_day: bool
    terms: tuple[Term, ...]
    predecessors: tuple[Term, ...]
    successors: tuple[Term, ...]
    whole: Tally


_TERM = """
    SELECT code, name_vi, name_en, lower(valid) AS start, upper(valid) AS end, source, approximate
    FROM province_known WHERE known @> CAST(:position AS bigint)
"""


def province(
    session: Session, moment: Moment, code: str, series: RollSeries = RollSeries.URBAN
) -> Province | None:
    """None where no province ever bore the code, as known."""
    values = {"code": code, "position": moment.position}
    terms = _terms(session, "AND code = :code", values)
    if not terms:
        return None
    past = [term for term in terms if term.start is None or term.start <= moment.on]
    term = past[-1] if past else terms[0]
    on_the_day = term in past and (term.end is None or moment.on < term.end)
    groups = coverage(session, moment, series, GroupBy.PROVINCE).groups if on_the_day else ()
    return Province(
        term=term,
        on_the_day=on_the_day,
        terms=tuple(terms),
        # Those that ended when it began and go on in it; those that it goes on in.
        predecessors=tuple(
            _terms(
                session,
                "AND :code = ANY(successor_codes) AND upper(valid) = :start",
                {**values, "start": term.start},
            )
        ),
        successors=tuple(
            _terms(
                session,
                "AND lower(valid) = :end AND code IN (SELECT unnest(successor_codes)"
                " FROM province_known WHERE code = :code AND upper(valid) = :end"
                " AND known @> CAST(:position AS bigint))",
                {**values, "end": term.end},
            )
        ),
        whole=next((group.tally for group in groups if group.key == code), _NO_CITY),
    )


def _terms(session: Session, which: str, values: dict[str, Any]) -> list[Term]:
    rows = session.execute(text(f"{_TERM} {which} ORDER BY lower(valid) NULLS FIRST, code"), values)
    return [Term(**row) for row in rows.mappings()]


def provinces(
    session: Session, moment: Moment, series: RollSeries = RollSeries.URBAN
) -> list[ProvinceRow]:
    """The provinces in order of code, whether or not the roll names a city of theirs."""
    groups = coverage(session, moment, series, GroupBy.PROVINCE).groups
    tallies = {group.key: group.tally for group in groups}
    rows = session.execute(
        # Exterior rings run counterclockwise (RFC 7946).
        text("""
            SELECT code, name_vi, name_en, approximate,
                ST_AsGeoJSON(ST_ForcePolygonCCW(geom), 5) AS shape
            FROM province_known WHERE valid @> CAST(:on AS date)
                AND known @> CAST(:position AS bigint) ORDER BY code
        """),
        {"on": moment.on, "position": moment.position},
    )
    return [
        ProvinceRow(
            code=row.code,
            name_vi=row.name_vi,
            name_en=row.name_en,
            polygons=json.loads(row.shape)["coordinates"],
            approximate=row.approximate,
            tally=tallies.get(row.code, _NO_CITY),
        )
        for row in rows
    ]


def name_of(session: Session, code: str) -> tuple[str, str] | None:
    """The last name of a province, Vietnamese and English; None where no such code is known."""
    row = session.execute(
        text("""
            SELECT name_vi, name_en FROM province WHERE code = :code ORDER BY valid DESC LIMIT 1
        """),
        {"code": code},
    ).one_or_none()
    return None if row is None else (row.name_vi, row.name_en)


def to_edit(session: Session, on: date) -> dict[str, Any]:
    """The provinces of a day as a FeatureCollection that can be changed and handed in again."""
    rows = session.execute(
        text("""
            SELECT code, name_vi, name_en, ST_AsGeoJSON(ST_ForcePolygonCCW(geom), 7) AS shape
            FROM province WHERE valid @> CAST(:on AS date) ORDER BY code
        """),
        {"on": on},
    )
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "code": row.code,
                    "name_vi": row.name_vi,
                    "name_en": row.name_en,
                    "predecessors": [],
                },
                "geometry": json.loads(row.shape),
            }
            for row in rows
        ],
    }
