"""Coverage through time: every point by the roll of its own day, all as known at one moment.

One question reads the days on which anything changes; `registry.domain.series` adds them up. So
a series of four hundred points costs what one of two costs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import RollSeries, UnitType
from registry.domain.series import Change, Denominator, Point, Step, ends, levels
from registry.queries.coverage import Roll, rolls_in_force
from registry.queries.moments import Moment

# On the next day the district level ended, and with it cities and towns as administrative units.
LAST_OF_THE_DISTRICTS = date(2025, 6, 30)
TOWNS = (
    UnitType.CENTRAL_CITY,
    UnitType.PROVINCIAL_CITY,
    UnitType.MUNICIPAL_CITY,
    UnitType.DISTRICT_TOWN,
)
# From here on a class is one of four (Resolution 111/2025/UBTVQH15); before, one of six.
FOUR_CLASSES = date(2026, 1, 1)


class Scope(StrEnum):
    """Of which cities: the denominators, side by side and always named."""

    URBAN = "urban"
    TOWNS = "towns"
    ADMINISTRATIVE = "administrative"


SERIES_OF = {
    Scope.URBAN: RollSeries.URBAN,
    Scope.TOWNS: RollSeries.URBAN,
    Scope.ADMINISTRATIVE: RollSeries.ADMINISTRATIVE,
}


class Weight(StrEnum):
    """What a city weighs: one, or the people who live there."""

    CITIES = "cities"
    POPULATION = "population"


class By(StrEnum):
    """Into which lines a series is parted."""

    PROVINCE = "province"
    CHAIN = "province_chain"
    URBAN_CLASS = "class"
    UNIT_TYPE = "unit_type"
    AREA = "area"
    TECHNIQUE = "technique"
    DENOMINATOR = "denominator"


# Any city may have any of these: each is measured against the whole roll.
OF_THE_WHOLE = frozenset({By.AREA, By.TECHNIQUE})


@dataclass(frozen=True, slots=True)
class Reading:
    """One day of a line. `roll` is None where none was in force.

    `counted`, `enumerated` and `total` are cities, or their people; `counted` is None where the
    list names nobody, which is "no data". `summed`: the predecessors' numbers added up.
    """

    on: date
    roll: Roll | None
    counted: int | None
    enumerated: int
    total: int
    summed: bool = False

    @property
    def point(self) -> Point:
        return Point(self.on, self.counted, self.total, "" if self.roll is None else self.roll.code)


@dataclass(frozen=True, slots=True)
class Line:
    """A part of the roll through time. Names are empty where `key` is a code list's own word.

    `until` is the last day of a province that is no more.
    """

    key: str
    name_vi: str
    name_en: str
    readings: tuple[Reading, ...]
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Unweighed:
    """A city of the roll that is in neither side, because its population is not known."""

    code: str
    name_vi: str
    name_en: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Series:
    """`moment.on` is the last day; `rolls` are all that were in force until then."""

    moment: Moment
    scope: Scope
    weight: Weight
    by: By | None
    rolls: tuple[Roll, ...]
    lines: tuple[Line, ...]
    unweighed: tuple[Unweighed, ...] = ()

    @property
    def denominators(self) -> list[Denominator]:
        """By the rolls' own words: what the official total was from which day on."""
        return [Denominator(roll.valid_from, roll.official_total, roll.code) for roll in self.rolls]


def series(
    session: Session,
    moment: Moment,
    days: Sequence[date],
    *,
    scope: Scope = Scope.URBAN,
    by: By | None = None,
    weight: Weight = Weight.CITIES,
) -> Series:
    """The lines of a series on each of `days`, which are in order and none after `moment.on`."""
    if by is By.DENOMINATOR:
        return _side_by_side(session, moment, days, weight)
    rolls = _rolls(session, moment, scope)
    rows = _changes(session, moment, rolls, scope, by, weight)
    provinces = _provinces(session, moment) if by in {By.PROVINCE, By.CHAIN} else {}
    held = levels((((row.what, row.key), Change(row.day, row.by)) for row in rows), days)
    official = weight is Weight.CITIES and scope is not Scope.TOWNS
    # Whatever may be had by any city is measured against the whole.
    whole = by is None or by in OF_THE_WHOLE
    keys = {key for what, key in held if what == "counted" or not whole} if by else {""}
    nothing = [0] * len(days)
    lines = []
    for key in sorted(keys):
        province = provinces.get(key, _Province())
        readings = _readings(
            rolls,
            days,
            held.get(("counted", key), nothing),
            held.get(("enumerated", "" if whole else key), nothing),
            official=official and whole,
            summed_before=province.since if by is By.CHAIN else None,
        )
        lines.append(Line(key, province.name_vi, province.name_en, readings, province.until))
    unweighed = () if weight is Weight.CITIES else tuple(_unweighed(session, moment, rolls, scope))
    return Series(moment, scope, weight, by, tuple(rolls), tuple(lines), unweighed)


def history(
    session: Session, moment: Moment, also: Iterable[date], scope: Scope = Scope.URBAN
) -> list[Reading]:
    """Every day until `moment.on` on which the count or its roll moved, every end of a quarter
    since the first roll, and those of `also` that have come; the last one is `moment.on`."""
    rolls = _rolls(session, moment, scope)
    rows = _changes(session, moment, rolls, scope, None, Weight.CITIES)
    days = {row.day for row in rows} | {roll.valid_from for roll in rolls} | set(also)
    day = ends(rolls[0].valid_from, Step.QUARTER) if rolls else moment.on
    while day < moment.on:
        days.add(day)
        day = ends(day + timedelta(days=1), Step.QUARTER)
    asked = sorted({each for each in days if each < moment.on} | {moment.on})
    held = levels(((row.what, Change(row.day, row.by)) for row in rows), asked)
    nothing = [0] * len(asked)
    return list(
        _readings(
            rolls,
            asked,
            held.get("counted", nothing),
            held.get("enumerated", nothing),
            official=scope is not Scope.TOWNS,
        )
    )


def _side_by_side(session: Session, moment: Moment, days: Sequence[date], weight: Weight) -> Series:
    """The whole by each denominator, one beside the other."""
    found = [series(session, moment, days, scope=scope, weight=weight) for scope in Scope]
    unweighed = {city.code: city for each in found for city in each.unweighed}
    return Series(
        moment=moment,
        scope=Scope.URBAN,
        weight=weight,
        by=By.DENOMINATOR,
        rolls=tuple(roll for each in found if each.scope is not Scope.TOWNS for roll in each.rolls),
        lines=tuple(replace(each.lines[0], key=each.scope.value) for each in found),
        unweighed=tuple(unweighed[code] for code in sorted(unweighed)),
    )


def first_roll(session: Session, moment: Moment, scope: Scope) -> date | None:
    """The day from which the first known roll is in force, whether or not it names anybody."""
    rolls = _rolls(session, moment, scope)
    return rolls[0].valid_from if rolls else None


def _rolls(session: Session, moment: Moment, scope: Scope) -> list[Roll]:
    return rolls_in_force(session, moment, SERIES_OF[scope])


def _readings(
    rolls: Sequence[Roll],
    days: Sequence[date],
    counted: Sequence[int],
    enumerated: Sequence[int],
    *,
    official: bool,
    summed_before: date | None = None,
) -> tuple[Reading, ...]:
    found = []
    for on, n, of in zip(days, counted, enumerated, strict=True):
        roll = _of_day(rolls, on)
        stated = roll.official_total if roll is not None and official else None
        summed = summed_before is not None and on < summed_before
        found.append(Reading(on, roll, n if of else None, of, max(of, stated or 0), summed))
    return tuple(found)


def _of_day(rolls: Sequence[Roll], on: date) -> Roll | None:
    return next((roll for roll in reversed(rolls) if roll.valid_from <= on), None)


def _changes(
    session: Session,
    moment: Moment,
    rolls: Sequence[Roll],
    scope: Scope,
    by: By | None,
    weight: Weight,
) -> Sequence[Any]:
    if not rolls:
        return []
    after = moment.on + timedelta(days=1)
    starts = [roll.valid_from for roll in rolls]
    return session.execute(
        text(_sql(scope, by, weight)),
        {
            "position": moment.position,
            "rolls": [roll.id for roll in rolls],
            "starts": starts,
            "ends": [*starts[1:], after],
            "towns": [kind.value for kind in TOWNS],
            "last_day": LAST_OF_THE_DISTRICTS,
            "four_classes": FOUR_CLASSES,
        },
    ).all()


# Each roll with the days on which it is in force, the last one until the day asked about.
_ROLLS = """
    term AS (
        SELECT roll_id, daterange(since, until) AS during
        FROM unnest(CAST(:rolls AS bigint[]), CAST(:starts AS date[]), CAST(:ends AS date[]))
            AS t(roll_id, since, until)
    ), entry AS (
        SELECT e.city_id, e.urban_class, term.during FROM roll_entry e JOIN term USING (roll_id)
        WHERE e.known @> CAST(:position AS bigint)
    ), said AS (
        SELECT city_id, valid, unit_type, province_code FROM city_period_known
        WHERE known @> CAST(:position AS bigint)
    )
"""
# A city stays what it was on the last day on which there was anything to be.
_TOWNS = """
    town AS (
        SELECT city_id, range_agg(
            CASE WHEN valid @> CAST(:last_day AS date) THEN daterange(lower(valid), NULL)
                ELSE valid END
        ) AS valid
        FROM said WHERE unit_type = ANY(:towns) AND NOT lower(valid) > :last_day IS TRUE
        GROUP BY city_id
    ), listed AS (
        SELECT city_id, urban_class, unnest(datemultirange(during) * town.valid) AS during
        FROM entry JOIN town USING (city_id)
    )
"""
_ALL = "listed AS (SELECT city_id, urban_class, during FROM entry)"
# Cities of which nothing is said on some days are of no known part on these.
_BY_PERIOD = """
    SELECT listed.city_id, {key} AS key, listed.during * said.valid{within} AS during
    FROM listed JOIN said ON said.city_id = listed.city_id AND said.valid && listed.during {join}
    UNION ALL
    SELECT city_id, '', unnest(
        datemultirange(during) - coalesce(known.valid, CAST('{{}}' AS datemultirange))
    )
    FROM listed LEFT JOIN (
        SELECT city_id, range_agg(valid) AS valid FROM said GROUP BY city_id
    ) known USING (city_id)
"""
# The one place that knows how a city's province is found, and what became of it. A code that
# comes back with another area (2025) is told apart by the last day of the one before.
PROVINCE_KEY = """CASE WHEN upper_inf(province.valid) THEN province.code
    ELSE province.code || '@' || (upper(province.valid) - 1) END"""
_PROVINCE = """JOIN province_known province ON province.code = said.province_code
    AND province.known @> CAST(:position AS bigint)
    AND province.valid && said.valid AND province.valid && listed.during"""
_MEMBER = {
    None: "SELECT city_id, '' AS key, during FROM listed",
    By.PROVINCE: _BY_PERIOD.format(key=PROVINCE_KEY, within=" * province.valid", join=_PROVINCE),
    By.CHAIN: _BY_PERIOD.format(
        key="""CASE WHEN upper_inf(province.valid) THEN province.code
            WHEN cardinality(province.successor_codes) = 1 THEN province.successor_codes[1]
            ELSE province.code END""",
        within=" * province.valid",
        join=_PROVINCE,
    ),
    By.UNIT_TYPE: _BY_PERIOD.format(key="said.unit_type", within="", join=""),
    By.URBAN_CLASS: """
        SELECT city_id, during, urban_class ||
            CASE WHEN lower(during) >= :four_classes THEN '' ELSE '@six' END AS key
        FROM listed
    """,
}
_COUNTING = """
    SELECT s.city_id, s.valid, '' AS key FROM standing s
    WHERE s.outcome = 'counted' AND s.known @> CAST(:position AS bigint)
"""
_BY_AREA = """
    SELECT s.city_id, s.valid, problem.area AS key
    FROM standing s JOIN problem ON problem.id = s.problem_id
    WHERE s.outcome = 'counted' AND s.known @> CAST(:position AS bigint)
"""
# Of all dated decisions in effect on a day the one recorded last governs it: so a decision governs
# from its own day until the first day on which a later one does.
_BY_TECHNIQUE = """
    SELECT s.city_id, s.valid * governing.valid AS valid, technique AS key
    FROM standing s
    JOIN (
        SELECT use_case_id, version_id, CASE WHEN since < until OR until IS NULL
            THEN daterange(since, until) ELSE 'empty' END AS valid
        FROM (
            SELECT use_case_id, version_id, coalesce(effective_from, '-infinity') AS since,
                min(coalesce(effective_from, '-infinity')) OVER (
                    PARTITION BY use_case_id ORDER BY position
                    ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
                ) AS until
            FROM decision
            WHERE action IN ('approve', 'suspend', 'revoke', 'reinstate')
                AND position <= :position
        ) ruling
    ) governing USING (use_case_id)
    JOIN use_case_version v ON v.id = governing.version_id
    CROSS JOIN LATERAL jsonb_array_elements_text(v.content -> 'techniques') AS technique
    WHERE s.outcome = 'counted' AND s.known @> CAST(:position AS bigint)
        AND s.valid && governing.valid
"""


def _sql(scope: Scope, by: By | None, weight: Weight) -> str:
    """Everything that moves: on which day, by how much, of which part."""
    split = {By.AREA: _BY_AREA, By.TECHNIQUE: _BY_TECHNIQUE}.get(by) if by else None
    weighed = "1" if weight is Weight.CITIES else "city.population"
    return f"""
        WITH {_ROLLS}, {_TOWNS if scope is Scope.TOWNS else _ALL},
        member AS ({_MEMBER[None if split else by]}),
        counting AS ({split or _COUNTING}),
        counted AS (
            SELECT member.city_id, {"counting.key" if split else "member.key"} AS key,
                unnest(range_agg(counting.valid * member.during)) AS during
            FROM member JOIN counting
                ON counting.city_id = member.city_id AND counting.valid && member.during
            GROUP BY 1, 2
        ),
        spell AS (
            SELECT 'counted' AS what, key, city_id, during FROM counted
            UNION ALL
            SELECT 'enumerated', key, city_id, during FROM member WHERE NOT isempty(during)
        ),
        weighed AS (
            SELECT what, key, during, {weighed} AS weight FROM spell JOIN city ON city.id = city_id
        )
        SELECT what, key, day, CAST(sum(by) AS bigint) AS by FROM (
            SELECT what, key, lower(during) AS day, weight AS by FROM weighed
            UNION ALL
            SELECT what, key, upper(during), -weight FROM weighed
        ) moved
        WHERE by IS NOT NULL
        GROUP BY 1, 2, 3 HAVING sum(by) <> 0
    """


@dataclass(frozen=True, slots=True)
class _Province:
    name_vi: str = ""
    name_en: str = ""
    since: date | None = None
    until: date | None = None


def _provinces(session: Session, moment: Moment) -> dict[str, _Province]:
    rows = session.execute(
        text(f"""
            SELECT {PROVINCE_KEY} AS key, name_vi, name_en, lower(valid) AS since,
                upper(valid) - 1 AS until
            FROM province_known province WHERE known @> CAST(:position AS bigint)
        """),
        {"position": moment.position},
    )
    return {row.key: _Province(row.name_vi, row.name_en, row.since, row.until) for row in rows}


def _unweighed(
    session: Session, moment: Moment, rolls: Sequence[Roll], scope: Scope
) -> list[Unweighed]:
    """The cities on the roll of the last day that have no known population, in order of code."""
    roll = _of_day(rolls, moment.on)
    if roll is None:
        return []
    towns = f", {_TOWNS}" if scope is Scope.TOWNS else f", {_ALL}"
    rows = session.execute(
        text(f"""
            WITH {_ROLLS}{towns}
            SELECT city.code, period.name_vi, period.name_en, EXISTS (
                SELECT FROM standing s WHERE s.city_id = city.id AND s.outcome = 'counted'
                    AND s.valid @> CAST(:on AS date) AND s.known @> CAST(:position AS bigint)
            ) AS counts
            FROM listed JOIN city ON city.id = listed.city_id
            LEFT JOIN LATERAL (
                SELECT name_vi, name_en FROM city_period_known p WHERE p.city_id = city.id
                ORDER BY p.known @> CAST(:position AS bigint) DESC,
                    p.valid @> CAST(:on AS date) DESC, p.valid LIMIT 1
            ) period ON true
            WHERE city.population IS NULL AND listed.during @> CAST(:on AS date)
            ORDER BY city.code
        """),
        {
            "position": moment.position,
            "on": moment.on,
            "rolls": [roll.id],
            "starts": [roll.valid_from],
            "ends": [moment.on + timedelta(days=1)],
            "towns": [kind.value for kind in TOWNS],
            "last_day": LAST_OF_THE_DISTRICTS,
        },
    )
    return [Unweighed(**row) for row in rows.mappings()]
