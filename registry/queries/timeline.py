"""The whole time line at once: what the map shows on every day, as known at one moment.

The number of questions is the same whatever the register holds; each reads its facts once, and
`registry.domain.timeline` puts them together. `cities` and `coverage` say the same for one day.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.counting import RULE, Outcome
from registry.domain.coverage import Target
from registry.domain.model import ProblemArea, RollSeries, YearStatus
from registry.domain.timeline import (
    Called,
    Judged,
    RollTerm,
    Run,
    Step,
    Track,
    area_days,
    runs,
    steps,
    stops,
)
from registry.queries.cities import RANKS
from registry.queries.coverage import targets
from registry.queries.moments import Moment

# Four digits are eleven metres: more than boundaries for shading can claim.
SHAPE_DIGITS = 4
_SERIES = RollSeries.URBAN


@dataclass(frozen=True, slots=True)
class Province:
    """A province during [start, end). `polygons` are MultiPolygon coordinates, EPSG:4326."""

    code: str
    name_vi: str
    name_en: str
    start: date | None
    end: date | None
    polygons: list[Any]


@dataclass(frozen=True, slots=True)
class Titled:
    """A use case as the public reads it."""

    code: str
    title: str
    title_en: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """`tracks` are the cities that a roll ever named, in order of code."""

    moment: Moment
    rule: str
    rolls: tuple[RollTerm, ...]
    targets: tuple[Target, ...]
    tracks: tuple[Track, ...]
    steps: tuple[Step, ...]
    use_cases: tuple[Titled, ...]

    def step(self, day: date) -> Step | None:
        return next((step for step in reversed(self.steps) if step.start <= day), None)


def timeline(session: Session, seen: Moment) -> Timeline:
    """Every day as known at `seen`, whichever day `seen` is about."""
    aims = tuple(targets(session, seen))
    terms = _rolls(session, seen)
    tracks = _tracks(session, seen, terms, frozenset[int]().union(*(t.city_ids for t in terms)))
    shown = {run.use_case for track in tracks for run in track.runs} - {""}
    return Timeline(
        moment=seen,
        rule=RULE,
        rolls=terms,
        targets=aims,
        tracks=tracks,
        steps=steps(terms, tracks, aims),
        use_cases=_titled(session, seen, shown),
    )


def runs_of(session: Session, seen: Moment, city_id: int) -> tuple[Run, ...]:
    """All days of one city as known at `seen`; no runs where no roll is known."""
    [track] = _tracks(session, seen, _rolls(session, seen), {city_id})
    return track.runs


def provinces(session: Session, seen: Moment) -> list[Province]:
    """The provinces of all days as known at `seen`, in order of code and time."""
    rows = session.execute(
        text("""
            SELECT code, name_vi, name_en, valid, ST_AsGeoJSON(geom, :digits) AS shape
            FROM province_known WHERE known @> CAST(:position AS bigint) ORDER BY code, valid
        """),
        {"digits": SHAPE_DIGITS, "position": seen.position},
    )
    return [
        Province(
            code=row.code,
            name_vi=row.name_vi,
            name_en=row.name_en,
            start=row.valid.lower,
            end=row.valid.upper,
            polygons=json.loads(row.shape)["coordinates"],
        )
        for row in rows
    ]


def slider_days(found: Timeline, layers: Sequence[Province], today: date) -> list[date]:
    """The days at which a slider over the years stops."""
    if not found.rolls:
        return [today]
    first = found.rolls[0].start
    changes = {run.start for track in found.tracks for run in track.runs}
    changes |= {step.start for step in found.steps if step.start <= today}
    changes |= {c.start for track in found.tracks for c in track.called if c.start}
    changes |= {layer.start for layer in layers if layer.start}
    measured = [date(target.year, 12, 31) for target in found.targets]
    return stops({day for day in changes if day >= first}, measured, today)


def _rolls(session: Session, seen: Moment) -> tuple[RollTerm, ...]:
    """The rolls as they follow each other; of two for one day, the later word."""
    rows = session.execute(
        text("""
            SELECT DISTINCT ON (valid_from) roll.code, roll.name_vi, roll.name_en, valid_from,
                official_total,
                ARRAY(SELECT city_id FROM roll_entry e WHERE e.roll_id = roll.id
                      AND e.known @> CAST(:position AS bigint)) AS city_ids
            FROM roll WHERE series = :series AND in_force_position <= :position
            ORDER BY valid_from, in_force_position DESC
        """),
        {"series": _SERIES.value, "position": seen.position},
    )
    return tuple(
        RollTerm(
            code=row.code,
            name_vi=row.name_vi,
            name_en=row.name_en,
            start=row.valid_from,
            official_total=row.official_total,
            city_ids=frozenset(row.city_ids),
        )
        for row in rows
    )


def _tracks(
    session: Session, seen: Moment, terms: Sequence[RollTerm], named: Collection[int]
) -> tuple[Track, ...]:
    values = {"position": seen.position, "named": sorted(named)}
    judged, said = _judged(session, values), _said(session, values)
    called = _called(session, values)
    rows = session.execute(
        text("""
            SELECT id, code, ST_X(point) AS lon, ST_Y(point) AS lat
            FROM city WHERE id = ANY(:named) ORDER BY code
        """),
        values,
    )
    return tuple(
        Track(
            code=row.code,
            lon=row.lon,
            lat=row.lat,
            called=tuple(called[row.id]),
            runs=runs(terms, row.id, judged.get(row.id, ()), said.get(row.id, {})),
            areas=area_days(terms, judged.get(row.id, ())),
        )
        for row in rows
    )


def _judged(session: Session, values: Mapping[str, Any]) -> dict[int, list[Judged]]:
    # What was submitted or returned is between the city and the ministry.
    rows = session.execute(
        text("""
            SELECT s.city_id, s.outcome, s.valid, problem.area,
                CASE WHEN s.outcome IN ('under_review', 'returned') THEN ''
                    ELSE use_case.code END AS use_case
            FROM standing s
            JOIN use_case ON use_case.id = s.use_case_id
            LEFT JOIN problem ON problem.id = s.problem_id
            WHERE s.city_id = ANY(:named) AND s.known @> CAST(:position AS bigint)
            ORDER BY array_position(CAST(:ranks AS text[]), s.outcome), lower(s.known),
                s.use_case_id
        """),
        {**values, "ranks": RANKS},
    )
    found: dict[int, list[Judged]] = defaultdict(list)
    for row in rows:
        area = None if row.area is None else ProblemArea(row.area)
        start, end = row.valid.lower, row.valid.upper
        found[row.city_id].append(Judged(start, end, Outcome(row.outcome), row.use_case, area))
    return found


def _said(session: Session, values: Mapping[str, Any]) -> dict[int, dict[int, YearStatus]]:
    rows = session.execute(
        text("""
            SELECT DISTINCT ON (city_id, year) city_id, year, status FROM year_declaration
            WHERE city_id = ANY(:named) AND position <= :position
            ORDER BY city_id, year, position DESC
        """),
        values,
    )
    found: dict[int, dict[int, YearStatus]] = defaultdict(dict)
    for row in rows:
        found[row.city_id][row.year] = YearStatus(row.status)
    return found


def _called(session: Session, values: Mapping[str, Any]) -> dict[int, list[Called]]:
    # A city known before its periods were has the names it has now, as in a list of one day.
    rows = session.execute(
        text("""
            SELECT city_id, lower(valid) AS start, name_vi, name_en, province_code
            FROM city_period_known said
            WHERE city_id = ANY(:named) AND (known @> CAST(:position AS bigint) OR NOT EXISTS (
                SELECT FROM city_period_known other WHERE other.city_id = said.city_id
                    AND other.known @> CAST(:position AS bigint)))
            ORDER BY city_id, valid
        """),
        values,
    )
    found: dict[int, list[Called]] = defaultdict(list)
    for row in rows:
        called = Called(row.start, row.name_vi, row.name_en, row.province_code)
        before = found[row.city_id][-1:]
        if not before or _named_anew(before[0], called):
            found[row.city_id].append(called)
    return found


def _named_anew(before: Called, after: Called) -> bool:
    old = (before.name_vi, before.name_en, before.province_code)
    return old != (after.name_vi, after.name_en, after.province_code)


def _titled(session: Session, seen: Moment, codes: set[str]) -> tuple[Titled, ...]:
    """The title that the last approval known gave each."""
    rows = session.execute(
        text("""
            SELECT DISTINCT ON (use_case.code) use_case.code,
                v.content ->> 'title' AS title, v.content ->> 'title_en' AS title_en
            FROM use_case
            JOIN decision d ON d.use_case_id = use_case.id AND d.action = 'approve'
                AND d.position <= :position
            JOIN use_case_version v ON v.id = d.version_id
            WHERE use_case.code = ANY(:codes) ORDER BY use_case.code, d.position DESC
        """),
        {"position": seen.position, "codes": sorted(codes)},
    )
    return tuple(Titled(row.code, row.title or "", row.title_en or "") for row in rows)


def counting_areas(session: Session, seen: Moment) -> dict[int, frozenset[ProblemArea]]:
    """Of each city that counts on a day, by the row's id, the areas of the problems it counts by,
    whether or not a roll names it."""
    rows = session.execute(
        text("""
            SELECT s.city_id, array_agg(DISTINCT problem.area) AS areas
            FROM standing s JOIN problem ON problem.id = s.problem_id
            WHERE s.outcome = 'counted' AND s.valid @> CAST(:on AS date)
                AND s.known @> CAST(:position AS bigint)
            GROUP BY 1
        """),
        {"on": seen.on, "position": seen.position},
    )
    return {row.city_id: frozenset(map(ProblemArea, row.areas)) for row in rows}


def outlines(session: Session, seen: Moment) -> list[Any]:
    """The provinces of a day for a map the size of a stamp: MultiPolygon coordinates, simplified
    to a twentieth of a degree."""
    return list(outlines_by_code(session, seen).values())


def outlines_by_code(session: Session, seen: Moment) -> dict[str, Any]:
    """The same, each by the code of its province."""
    rows = session.execute(
        text("""
            SELECT code, ST_AsGeoJSON(ST_Multi(ST_SimplifyPreserveTopology(geom, 0.05)), 3) AS shape
            FROM province_known WHERE valid @> CAST(:on AS date)
                AND known @> CAST(:position AS bigint)
            ORDER BY code
        """),
        {"on": seen.on, "position": seen.position},
    )
    return {row.code: json.loads(row.shape)["coordinates"] for row in rows}
