"""The provinces of a day: their areas, and how many of their cities count."""

import json
from dataclasses import dataclass
from datetime import date
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
