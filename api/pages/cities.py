"""The cities' corridor: every city of the roll, and one city with why it counts or does not."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator

from api.audience import Audience, open_to
from api.choosing import CityChoice
from api.criteria import checks
from api.deps import Db, When
from api.embed import drawing
from api.fields import field_names
from api.i18n import gettext, mark, number, pick
from api.labels import label
from api.names import bare, in_order
from api.old_addresses import sent_on
from api.pages.conditional import asked, conditional
from api.pages.listing import Code, Words, leaf_of
from api.rendering import page
from maps import small
from registry.domain.kinds import blank_to_none
from registry.domain.model import PUBLIC, CityStatus, LineageKind, RollSeries, UnitType, UrbanClass
from registry.queries import cities as of_roll
from registry.queries import deciding, entries
from registry.queries.announcements import announcements, year_words
from registry.queries.boundaries import successors_of
from registry.queries.cities import CityRow, Period
from registry.queries.coverage import roll_in_force
from registry.queries.error_reports import published as reported
from registry.queries.links import broken
from registry.queries.moments import Moment
from registry.queries.published import Published, Wanted, published
from registry.queries.spelling import Noun
from registry.queries.staying import live_cases
from registry.queries.timeline import outlines_by_code

router = APIRouter(dependencies=[open_to(Audience.PUBLIC)])


class Sort(StrEnum):
    NAME = "name"
    PROVINCE = "province"
    CLASS = "class"
    STATUS = "status"


_SORTS = {
    Sort.NAME: mark("By name"),
    Sort.PROVINCE: mark("By province"),
    Sort.CLASS: mark("By class"),
    Sort.STATUS: mark("By status"),
}


@router.get("/cities")
def city_list(
    request: Request,
    db: Db,
    when: When,
    q: Words = "",
    province: Words = "",
    status: Annotated[CityStatus | None, BeforeValidator(blank_to_none), Query()] = None,
    urban_class: Annotated[
        UrbanClass | None, BeforeValidator(blank_to_none), Query(alias="class")
    ] = None,
    sort: Sort = Sort.NAME,
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
) -> Response:
    def make() -> Response:
        rows = of_roll.cities(db, when)
        choice = CityChoice(q, province, urban_class, status=status)
        found = [row for row in rows if choice.fits(row)]
        statuses = Counter(row.status for row in rows)
        classes = Counter(UrbanClass(row.urban_class) for row in rows)
        filters = {"q": q, "province": province, "status": status, "class": urban_class}
        chosen = {name: value for name, value in filters.items() if value}
        return page(
            request,
            "public/cities.html",
            leaf=leaf_of(sorted(found, key=_key(sort)), number),
            roll=roll_in_force(db, when, RollSeries.URBAN),
            provinces=_provinces(rows),
            leads_on=[] if found or not province else successors_of(db, province, when.on),
            statuses=[(each, _numbered(label(each), statuses[each])) for each in CityStatus],
            classes=[
                (each, _numbered(label(each), classes[each]))
                for each in UrbanClass
                if each in classes
            ],
            sorts=[(each, gettext(words)) for each, words in _SORTS.items()],
            chosen=chosen,
            sort=sort,
            clocks=asked(request, when),
            when=when,
            UrbanClass=UrbanClass,
        )

    return conditional(request, when, make)


def _key(sort: Sort) -> Callable[[CityRow], Any]:
    def name(row: CityRow) -> Any:
        return in_order(bare(row.name_vi)), row.code

    before: dict[Sort, Callable[[CityRow], Any]] = {
        Sort.NAME: lambda _: 0,
        Sort.PROVINCE: lambda row: in_order(bare(row.province_vi)),
        Sort.CLASS: lambda row: list(UrbanClass).index(UrbanClass(row.urban_class)),
        Sort.STATUS: lambda row: list(CityStatus).index(row.status),
    }
    return lambda row: (before[sort](row), name(row))


def _provinces(rows: Sequence[CityRow]) -> list[tuple[str, str]]:
    counts = Counter((row.province_code, pick(row.province_vi, row.province_en)) for row in rows)
    return [
        (code, _numbered(name or gettext("Province not known"), counts[code, name]))
        for code, name in sorted(counts, key=lambda each: in_order(bare(each[1])))
    ]


def _numbered(words: str, count: int) -> str:
    return f"{words} ({number(count)})"


@router.get("/cities/{code}")
def one_city(request: Request, db: Db, when: When, code: Code) -> Response:
    def make() -> Response:
        city = of_roll.city(db, code, when)
        if city is None:
            sent_on(db, Noun.CITY, code)
        cases = published(db, when, Wanted(city_id=city.id))
        best = next((case for case in cases if case.code == city.use_case_code), None)
        problems = _problems(db, code, when)
        decisions = announcements(db, when, city_id=city.id)
        periods = of_roll.periods(db, city.id)
        return page(
            request,
            "public/city.html",
            city=city,
            roll=roll_in_force(db, when, RollSeries.URBAN),
            checks=checks(city.outcome),
            best=best,
            best_version=None if best is None else text_of(db, best),
            problems=problems,
            place=_place(db, when, city, periods),
            view_box=small.VIEW_BOX,
            isles=drawing.isles(),
            c=drawing.LIGHT,
            broken=broken(db, [problem.basis_url for problem in problems]),
            cases=cases,
            live=live_cases(db, when, [case.code for case in cases]),
            words=year_words(db, city.id, when),
            decisions=decisions,
            records=deciding.records(db, [said.position for said in decisions]),
            periods=periods,
            predecessors=of_roll.predecessors(db, city.id),
            successors=of_roll.successors(db, city.id),
            reported=reported(db, when.position, city_code=code),
            fields=field_names(),
            clocks=asked(request, when),
            when=when,
            one_day=timedelta(days=1),
            LineageKind=LineageKind,
            UnitType=UnitType,
            UrbanClass=UrbanClass,
        )

    return conditional(request, when, make)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a city lies on a small map of the country: outlines of its own province (empty where
    none is known) and of the others."""

    x: int
    y: int
    province: str
    others: tuple[str, ...]


def _place(db: Db, when: Moment, city: CityRow, periods: Sequence[Period]) -> Place | None:
    if city.lon is None or city.lat is None:
        return None
    land = {code: small.outline(each) for code, each in outlines_by_code(db, when).items()}
    # On a day when the city was not, its province's code may be that of another area.
    there = any(period.covers(when.on) for period in periods)
    own = land.pop(city.province_code, "") if there else ""
    return Place(*small.place(city.lon, city.lat), own, tuple(land.values()))


def text_of(db: Db, case: Published) -> entries.Version:
    found = entries.versions(db, PUBLIC, use_case_code=case.code)
    return next(version for version in found if version.number == case.version)


def _problems(db: Db, code: str, when: Moment) -> list[entries.Problem]:
    return [p for p in entries.problems(db, code) if p.declared_at <= when.known_at]
