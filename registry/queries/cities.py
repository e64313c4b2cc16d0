"""The cities of a roll with what the rule says of each, and one city with its history."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.counting import Outcome, city_status
from registry.domain.model import CityStatus, RollSeries, YearStatus
from registry.queries.coverage import roll_in_force
from registry.queries.moments import Moment


@dataclass(frozen=True, slots=True)
class CityRow:
    """One city at a moment. Coordinates are degrees, EPSG:4326; None where not known.

    `use_case_code` and `use_case_title` name the case behind the outcome where it is public.
    """

    id: int
    code: str
    name_vi: str
    name_en: str
    unit_type: str
    urban_class: str
    province_code: str
    province_vi: str
    province_en: str
    lon: float | None
    lat: float | None
    outcome: Outcome
    status: CityStatus
    year_status: YearStatus | None
    use_case_code: str | None
    use_case_title: str | None
    use_case_title_en: str | None


@dataclass(frozen=True, slots=True)
class Period:
    """What a city was during [start, end)."""

    start: date | None
    end: date | None
    name_vi: str
    name_en: str
    unit_type: str
    urban_class: str
    province_code: str
    province_vi: str
    province_en: str

    def covers(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class Relative:
    """A predecessor or successor of a city."""

    code: str
    name_vi: str
    name_en: str
    kind: str
    effective_on: date
    legal_basis: str


# So many are in memory where they are read one after another.
_PART = 500
# In the order of these one case speaks for its city before another.
RANKS = [outcome.value for outcome in Outcome]

# On a day outside all its periods a city still has a name: the last one it had, or the first one
# it gets. So it has as known before the register heard of it. Its province is that of its own day
# nearest to the day asked about, for a code can come back with another area.
PERIOD = """LEFT JOIN LATERAL (
        SELECT *, greatest(lower(valid), least(CAST(:on AS date), upper(valid) - 1)) AS nearest
        FROM city_period_known said WHERE said.city_id = city.id
        ORDER BY known @> CAST(:position AS bigint) DESC, valid @> CAST(:on AS date) DESC,
            CASE WHEN upper(valid) <= CAST(:on AS date) THEN upper(valid) END DESC NULLS LAST, valid
        LIMIT 1
    ) period ON true
    LEFT JOIN province_known province ON province.code = period.province_code
        AND province.valid @> period.nearest AND province.known @> CAST(:position AS bigint)"""

_SQL = f"""
    WITH entry AS (
        SELECT city_id, urban_class FROM roll_entry
        WHERE roll_id = :roll_id AND known @> CAST(:position AS bigint)
    )
    SELECT city.id, city.code, period.name_vi, period.name_en, period.unit_type,
        coalesce(entry.urban_class, period.urban_class) AS urban_class,
        period.province_code, coalesce(province.name_vi, '') AS province_vi,
        coalesce(province.name_en, '') AS province_en,
        ST_X(city.point) AS lon, ST_Y(city.point) AS lat,
        entry.city_id IS NOT NULL AS on_roll, best.outcome, said.status AS year_status,
        use_case.code AS use_case_code, live.content ->> 'title' AS use_case_title,
        live.content ->> 'title_en' AS use_case_title_en
    FROM city
    LEFT JOIN entry ON entry.city_id = city.id
    LEFT JOIN LATERAL (
        SELECT outcome, use_case_id FROM standing WHERE standing.city_id = city.id
            AND valid @> CAST(:on AS date) AND known @> CAST(:position AS bigint)
        ORDER BY array_position(CAST(:ranks AS text[]), outcome), lower(known), use_case_id
        LIMIT 1
    ) best ON true
    LEFT JOIN LATERAL (
        SELECT status FROM year_declaration said WHERE said.city_id = city.id
            AND year = :year AND position <= :position
        ORDER BY position DESC LIMIT 1
    ) said ON true
    {PERIOD}
    LEFT JOIN use_case ON use_case.id = best.use_case_id
        AND best.outcome NOT IN ('under_review', 'returned')
    LEFT JOIN LATERAL (
        SELECT v.content FROM decision d JOIN use_case_version v ON v.id = d.version_id
        WHERE d.use_case_id = use_case.id AND d.action = 'approve' AND d.position <= :position
        ORDER BY d.position DESC LIMIT 1
    ) live ON true
"""


def cities(
    session: Session, moment: Moment, series: RollSeries = RollSeries.URBAN
) -> list[CityRow]:
    """Every city on the roll in force, in order of code; empty when no roll is."""
    return list(each_city(session, moment, series))


def each_city(
    session: Session, moment: Moment, series: RollSeries = RollSeries.URBAN
) -> Iterator[CityRow]:
    """The same, one after another."""
    roll = roll_in_force(session, moment, series)
    if roll is None:
        return
    statement = text(_SQL + " WHERE entry.city_id IS NOT NULL ORDER BY city.code")
    options = {"yield_per": _PART}
    for row in session.execute(statement, _values(moment, roll.id), execution_options=options):
        yield _row(row)


def city(
    session: Session, code: str, moment: Moment, series: RollSeries = RollSeries.URBAN
) -> CityRow | None:
    """One city at a moment, whether or not it is on the roll in force."""
    roll = roll_in_force(session, moment, series)
    values = {**_values(moment, 0 if roll is None else roll.id), "code": code}
    row = session.execute(text(_SQL + " WHERE city.code = :code"), values).one_or_none()
    return None if row is None else _row(row)


def population(session: Session, city_id: int) -> int | None:
    """None where it is not known."""
    found: int | None = session.scalar(
        text("SELECT population FROM city WHERE id = :id"), {"id": city_id}
    )
    return found


def periods(session: Session, city_id: int) -> list[Period]:
    """What the city was, oldest first."""
    rows = session.execute(
        text("""
            SELECT p.*, coalesce(province.name_vi, '') AS province_vi,
                coalesce(province.name_en, '') AS province_en
            FROM city_period p
            LEFT JOIN LATERAL (
                SELECT name_vi, name_en FROM province
                WHERE province.code = p.province_code AND province.valid && p.valid
                ORDER BY province.valid LIMIT 1
            ) province ON true
            WHERE p.city_id = :id ORDER BY p.valid
        """),
        {"id": city_id},
    )
    return [
        Period(
            start=row.valid.lower,
            end=row.valid.upper,
            name_vi=row.name_vi,
            name_en=row.name_en,
            unit_type=row.unit_type,
            urban_class=row.urban_class,
            province_code=row.province_code,
            province_vi=row.province_vi,
            province_en=row.province_en,
        )
        for row in rows
    ]


def predecessors(session: Session, city_id: int) -> list[Relative]:
    return _relatives(session, city_id, "predecessor_id", "successor_id")


def successors(session: Session, city_id: int) -> list[Relative]:
    return _relatives(session, city_id, "successor_id", "predecessor_id")


def _relatives(session: Session, city_id: int, other: str, own: str) -> list[Relative]:
    rows = session.execute(
        text(f"""
            SELECT city.code, period.name_vi, period.name_en, l.kind, l.effective_on, l.legal_basis
            FROM city_lineage l
            JOIN city ON city.id = l.{other}
            LEFT JOIN LATERAL (
                SELECT name_vi, name_en FROM city_period WHERE city_id = city.id
                ORDER BY valid @> l.effective_on DESC, valid DESC LIMIT 1
            ) period ON true
            WHERE l.{own} = :id ORDER BY l.effective_on, period.name_vi, city.code
        """),
        {"id": city_id},
    )
    return [Relative(**row) for row in rows.mappings()]


def _values(moment: Moment, roll_id: int) -> dict[str, Any]:
    return {
        "on": moment.on,
        "year": moment.on.year,
        "position": moment.position,
        "roll_id": roll_id,
        "ranks": RANKS,
    }


def _row(row: Any) -> CityRow:
    if not row.on_roll:
        outcome = Outcome.NOT_ON_ROLL
    elif row.outcome is None:
        outcome = Outcome.NO_APPLICATION
    else:
        outcome = Outcome(row.outcome)
    said = None if row.year_status is None else YearStatus(row.year_status)
    return CityRow(
        id=row.id,
        code=row.code,
        name_vi=row.name_vi,
        name_en=row.name_en,
        unit_type=row.unit_type,
        urban_class=row.urban_class,
        province_code=row.province_code,
        province_vi=row.province_vi,
        province_en=row.province_en,
        lon=row.lon,
        lat=row.lat,
        outcome=outcome,
        status=city_status(outcome, said),
        year_status=said,
        use_case_code=row.use_case_code,
        use_case_title=row.use_case_title,
        use_case_title_en=row.use_case_title_en,
    )
