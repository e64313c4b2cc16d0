"""Loads the facts of seeds/data into a migrated database; loading twice changes nothing.

Places, rolls and what administrators keep are facts and go in directly; the documented examples,
which people enter, are in `seeds/examples.py`.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from geoalchemy2.shape import from_shape
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session, sessionmaker

from registry.actions.act import Act, Clock
from registry.actions.indicators import found_register
from registry.actions.lists import lay_down
from registry.actions.rolls import Entry, RollFacts, put_roll_in_force
from registry.db.engine import transaction
from registry.db.tables import (
    City,
    CityLineage,
    CityPeriod,
    DeskPolicyRow,
    LegalBasis,
    Province,
    ReasonCode,
    ReviewingBody,
    RiskScheme,
    Roll,
    Target,
)
from registry.domain import geometry
from registry.domain.indicator_intake import BodyDraft
from registry.domain.indicators import Indicator
from registry.domain.lists import ListKind
from registry.domain.model import OPERATOR, RollSeries, UnitType, UrbanClass

DATA = Path(__file__).parent / "data"
Row = dict[str, str]
Track = Callable[[Iterable[Any], str], Iterable[Any]]


def load_facts(factory: sessionmaker[Session], clock: Clock, track: Track) -> None:
    """Provinces, cities with their periods and lineage, targets, what decisions rest on, rolls,
    ministry- and province-level bodies."""
    with transaction(factory) as session:
        _provinces(session)
        ids = _cities(session)
        _periods(session, ids)
        _lineage(session, ids)
        act = Act(session, OPERATOR, clock, "seed")
        _targets(act)
        _words_of_decisions(act)
        session.flush()
        _rolls(act, track)
        _bodies(act)


def read(name: str) -> list[Row]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _range(row: dict[str, Any]) -> Range[date]:
    return Range(_day(row["valid_from"]), _day(row["valid_to"]))


def _provinces(session: Session) -> None:
    known = {
        (row.code, row.valid.lower)
        for row in session.execute(select(Province.code, Province.valid))
    }
    features = json.loads((DATA / "provinces.geojson").read_text(encoding="utf-8"))["features"]
    for feature in features:
        facts = feature["properties"]
        valid = _range(facts)
        if (facts["code"], valid.lower) in known:
            continue
        shape = geometry.area(feature["geometry"], f"/{facts['code']}")
        session.add(
            Province(
                code=facts["code"],
                valid=valid,
                name_vi=facts["name_vi"],
                name_en=facts["name_en"],
                successor_codes=[facts["successor"]] if facts["successor"] else [],
                geom=from_shape(shape, srid=geometry.SRID),
            )
        )


def _cities(session: Session) -> dict[str, int]:
    known = set(session.scalars(select(City.code)))
    for row in read("cities.csv"):
        if row["code"] in known:
            continue
        place = None
        if row["lon"]:
            coordinates = {"type": "Point", "coordinates": [float(row["lon"]), float(row["lat"])]}
            place = from_shape(geometry.point(coordinates, f"/{row['code']}"), srid=geometry.SRID)
        session.add(
            City(
                code=row["code"],
                point=place,
                point_source=row["coord_source"],
                population=int(row["population"]) if row["population"] else None,
                source=row["source"],
            )
        )
    session.flush()
    return {row.code: row.id for row in session.execute(select(City.code, City.id))}


def _periods(session: Session, ids: dict[str, int]) -> None:
    known = {
        (row.city_id, row.valid.lower)
        for row in session.execute(select(CityPeriod.city_id, CityPeriod.valid))
    }
    columns = ("name_vi", "name_en", "unit_type", "urban_class", "class_basis", "province_code")
    session.add_all(
        CityPeriod(
            city_id=ids[row["code"]],
            valid=_range(row),
            source=row["source"],
            **{column: row[column] for column in columns},
        )
        for row in read("city_periods.csv")
        if (ids[row["code"]], _day(row["valid_from"])) not in known
    )


def _lineage(session: Session, ids: dict[str, int]) -> None:
    links = select(CityLineage.predecessor_id, CityLineage.successor_id)
    known = {(row.predecessor_id, row.successor_id) for row in session.execute(links)}
    session.add_all(
        CityLineage(
            predecessor_id=ids[row["predecessor_code"]],
            successor_id=ids[row["successor_code"]],
            effective_on=date.fromisoformat(row["effective_on"]),
            kind=row["kind"],
            legal_basis=row["legal_basis"],
            source=row["source"],
        )
        for row in read("lineage.csv")
        if (ids[row["predecessor_code"]], ids[row["successor_code"]]) not in known
    )


def _targets(act: Act) -> None:
    years = select(Target.indicator, Target.year)
    known = {(row.indicator, row.year) for row in act.session.execute(years)}
    missing: list[dict[str, Any]] = [
        {
            "valid": Range(None, None),
            "indicator": int(row["indicator"]),
            "year": int(row["year"]),
            "percent": int(row["share_percent"]) if row["share_percent"] else None,
            "people": int(row["people"]) if row["people"] else None,
            "text_vi": row["text_vi"],
            "text_en": row["text_en"],
            "legal_basis": row["legal_basis"],
        }
        for row in read("targets.csv")
        if (int(row["indicator"]), int(row["year"])) not in known
    ]
    lay_down(act, ListKind.TARGETS, missing)


def _words_of_decisions(act: Act) -> None:
    """Who decides, on which acts, for which reasons: each with the days for which it holds."""
    session = act.session
    bodies = set(session.scalars(select(ReviewingBody.name_vi)))
    bases = set(session.scalars(select(LegalBasis.text_vi)))
    policies = {valid.lower for valid in session.scalars(select(DeskPolicyRow.valid))}
    codes = {
        (row.code, row.valid.lower)
        for row in session.execute(select(ReasonCode.code, ReasonCode.valid))
    }
    schemes = set(session.scalars(select(RiskScheme.code)))
    missing: dict[ListKind, list[dict[str, Any]]] = {
        ListKind.BODIES: [
            row for row in read("reviewing_bodies.csv") if row["name_vi"] not in bodies
        ],
        ListKind.LEGAL_BASES: [
            row for row in read("legal_bases.csv") if row["text_vi"] not in bases
        ],
        ListKind.POLICIES: [
            _policy(row)
            for row in read("desk_policies.csv")
            if _day(row["valid_from"]) not in policies
        ],
        ListKind.REASONS: [
            row | {"actions": row["actions"].split()}
            for row in read("reason_codes.csv")
            if (row["code"], _day(row["valid_from"])) not in codes
        ],
        ListKind.RISK_SCHEMES: [
            row | {"levels": row["levels"].split()}
            for row in read("risk_schemes.csv")
            if row["code"] not in schemes
        ],
    }
    for kind, rows in missing.items():
        lay_down(act, kind, [{"valid": _range(row), **_without_dates(row)} for row in rows])


def _policy(row: Row) -> dict[str, Any]:
    numbers = ("service_days", "lease_hours", "sample_percent")
    marks = ("high_risk_twice", "revocation_twice")
    return {
        **row,
        **{name: int(row[name]) for name in numbers},
        **{name: row[name] == "true" for name in marks},
    }


def _without_dates(row: dict[str, Any]) -> dict[str, Any]:
    return {name: cell for name, cell in row.items() if not name.startswith("valid_")}


def _rolls(act: Act, track: Track) -> None:
    known = set(act.session.scalars(select(Roll.code)))
    by_roll = {
        code: list(rows)
        for code, rows in groupby(read("roll_entries.csv"), key=itemgetter("roll_code"))
    }
    missing = [row for row in read("rolls.csv") if row["code"] not in known]
    for row in track(missing, "rolls"):
        facts = RollFacts(
            **{
                **row,
                "series": RollSeries(row["series"]),
                "valid_from": date.fromisoformat(row["valid_from"]),
                "official_total": int(row["official_total"]) if row["official_total"] else None,
            }
        )
        entries = [
            Entry(
                e["city_code"], e["name_vi"], UnitType(e["unit_type"]), UrbanClass(e["urban_class"])
            )
            for e in by_roll.get(row["code"], [])
        ]
        put_roll_in_force(act, facts, entries)


def _bodies(act: Act) -> None:
    """The ministry- and province-level bodies, each with the act that made it (indicator 4)."""
    found_register(
        act,
        Indicator.OPEN_DATA,
        [
            BodyDraft.read({**row, "predecessors": row["predecessors"].split()})
            for row in read("indicator_bodies.csv")
        ],
    )


def untracked(items: Iterable[Any], _what: str) -> Iterator[Any]:
    """A `Track` that shows nothing."""
    yield from items
