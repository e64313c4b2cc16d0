"""Problem areas: which cities declared one as pressing, who solved it, and who has not yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import ProblemArea, ReviewState, RollSeries, Stage
from registry.queries.cities import PERIOD
from registry.queries.coverage import roll_in_force
from registry.queries.makers import Named, by_product
from registry.queries.moments import Moment
from registry.queries.published import Published, Wanted, published


class Answer(StrEnum):
    """How far a city is with the problems of one area. The first that fits, in this order."""

    SOLVED = "solved"
    OPERATING = "operating"
    ON_ITS_WAY = "on_its_way"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class AreaLine:
    """An area in numbers of cities on the roll: with an open problem of it, and counting by one."""

    area: ProblemArea
    declared: int
    solved: int


@dataclass(frozen=True, slots=True)
class AreaProblem:
    """An open problem. `declared_on` is as precise as the city gave it (ISO 8601)."""

    title: str
    title_en: str
    declared_on: str


@dataclass(frozen=True, slots=True)
class AreaCity:
    """A city that has an open problem of the area, or an approved application for one.

    It is *solved* where the city counts by a problem of this area; *operating* where an approved
    application for one is in operation and does not make the city count; *on its way* where one is
    approved and not in operation; else *open*. `cases` are those entries, the deciding one first.
    Numbers are of those `on_roll`; others are told, because one can still learn from what they did.
    """

    code: str
    name_vi: str
    name_en: str
    province_code: str
    province_vi: str
    province_en: str
    on_roll: bool
    answer: Answer
    problems: tuple[AreaProblem, ...]
    cases: tuple[Published, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """All that the register knows of an area at a moment."""

    line: AreaLine
    cities: tuple[AreaCity, ...]
    products: tuple[Named, ...]

    def by(self, answer: Answer) -> list[AreaCity]:
        return [city for city in self.cities if city.on_roll and city.answer is answer]

    @property
    def off_roll(self) -> list[AreaCity]:
        """Cities that are not on the roll of the day and have an application for it."""
        return [city for city in self.cities if not city.on_roll and city.cases]


# By the second criterion of the rule: declared for certain on the day, and not withdrawn on it. A
# date of lesser precision is over on a day when the next day lies in a later year or month.
_IS_OPEN = """
    p.declared_position <= :position
    AND p.declared_on COLLATE "C" < left(:day_after, length(p.declared_on))
    AND (p.withdrawn_position <= :position AND p.withdrawn_on <= :on) IS NOT TRUE
"""
_OPEN = text(f"""
    SELECT p.city_id, p.title, p.title_en, p.declared_on
    FROM problem p WHERE {_IS_OPEN} AND p.area = :area ORDER BY p.declared_position
""")
_ON_ROLL = """
    SELECT city_id FROM roll_entry
    WHERE roll_id = :roll AND known @> CAST(:position AS bigint)
"""
# A city counts by a problem of the area - its own, or one carried over to it.
_COUNTS = """
    FROM standing s JOIN problem p ON p.id = s.problem_id
    WHERE s.outcome = 'counted' AND s.valid @> CAST(:on AS date)
        AND s.known @> CAST(:position AS bigint)
"""
_SOLVED = text(f"""
    SELECT DISTINCT s.city_id, (SELECT code FROM use_case u WHERE u.id = s.use_case_id) AS code
    {_COUNTS} AND p.area = :area
""")
_LINES = text(f"""
    WITH on_roll AS ({_ON_ROLL})
    SELECT area, count(DISTINCT city_id) FILTER (WHERE NOT solved) AS declared,
        count(DISTINCT city_id) FILTER (WHERE solved) AS solved
    FROM (
        SELECT p.area, p.city_id, false AS solved FROM problem p WHERE {_IS_OPEN}
        UNION ALL
        SELECT p.area, s.city_id, true {_COUNTS}
    ) told JOIN on_roll USING (city_id)
    GROUP BY area
""")
_CITIES = text(f"""
    SELECT city.id, city.code, period.name_vi, period.name_en, period.province_code,
        coalesce(province.name_vi, '') AS province_vi,
        coalesce(province.name_en, '') AS province_en
    FROM city
    {PERIOD}
    WHERE city.id = ANY(:ids) OR city.code = ANY(:codes)
""")


def areas(session: Session, moment: Moment) -> list[AreaLine]:
    """Every area of the standard, in its order."""
    found = {row.area: row for row in session.execute(_LINES, _values(session, moment))}
    return [
        AreaLine(area, found[area].declared, found[area].solved)
        if area in found
        else AreaLine(area, 0, 0)
        for area in ProblemArea
    ]


def area_of(session: Session, moment: Moment, area: ProblemArea) -> Area:
    """One area with its cities, in order of code. Six questions, however many there are."""
    values = {**_values(session, moment), "area": area.value}
    on_roll = set(session.scalars(text(_ON_ROLL), values))
    problems: dict[int, list[AreaProblem]] = {}
    for row in session.execute(_OPEN, values):
        told = AreaProblem(row.title, row.title_en, row.declared_on)
        problems.setdefault(row.city_id, []).append(told)
    solved: dict[int, set[str]] = {}
    for row in session.execute(_SOLVED, values):
        solved.setdefault(row.city_id, set()).add(row.code)
    cases = [
        case
        for case in published(session, moment, Wanted(area=area))
        if case.state is ReviewState.APPROVED
    ]
    by_code = {case.code: case for case in cases}
    found = [
        _city(
            row,
            row.id in on_roll,
            problems.get(row.id, ()),
            [by_code[code] for code in sorted(solved.get(row.id, ())) if code in by_code],
            [case for case in cases if case.city_code == row.code],
        )
        for row in session.execute(
            _CITIES,
            {
                **values,
                "ids": sorted(problems.keys() | solved.keys()),
                "codes": sorted({case.city_code for case in cases}),
            },
        )
    ]
    return Area(
        AreaLine(area, len(problems.keys() & on_roll), len(solved.keys() & on_roll)),
        tuple(sorted(found, key=lambda city: city.code)),
        by_product(cases),
    )


def _values(session: Session, moment: Moment) -> dict[str, Any]:
    roll = roll_in_force(session, moment, RollSeries.URBAN)
    return {
        "on": moment.on,
        "day_after": (moment.on + timedelta(days=1)).isoformat(),
        "position": moment.position,
        "roll": 0 if roll is None else roll.id,
    }


def _city(
    row: Any,
    on_roll: bool,
    problems: Sequence[AreaProblem],
    solving: Sequence[Published],
    own: Sequence[Published],
) -> AreaCity:
    operating = [case for case in own if case.stage is Stage.OPERATIONAL]
    if solving:
        answer, first = Answer.SOLVED, list(solving)
    elif operating:
        answer, first = Answer.OPERATING, operating
    else:
        answer, first = Answer.ON_ITS_WAY if own else Answer.OPEN, []
    rest = [case for case in own if case not in first]
    return AreaCity(
        code=row.code,
        name_vi=row.name_vi,
        name_en=row.name_en,
        province_code=row.province_code,
        province_vi=row.province_vi,
        province_en=row.province_en,
        on_roll=on_roll,
        answer=answer,
        problems=tuple(problems),
        cases=(*first, *rest),
    )
