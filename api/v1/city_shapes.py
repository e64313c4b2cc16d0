"""How the API shows a city: in a page, on a map, in a spreadsheet, and with its whole story."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from api import i18n, labels, outcome_words
from api.answers import Content
from api.csv_text import csv_text
from api.geojson import Point, point
from api.i18n import gettext, pick
from api.openapi import CSV, GEOJSON
from api.v1.problems import DeclaredProblem
from api.v1.shapes import Instant, Shape
from registry.domain.counting import Outcome
from registry.domain.model import (
    CityStatus,
    LineageKind,
    ReviewState,
    Stage,
    UnitType,
    UrbanClass,
    YearStatus,
)
from registry.queries.announcements import YearWord
from registry.queries.cities import CityRow, Period, Relative
from registry.queries.coverage import Roll
from registry.queries.entries import Problem, as_known
from registry.queries.moments import Moment
from registry.queries.published import Published


class CaseLink(Shape):
    """The use case behind the outcome. The addresses lead to pages in the reader's language."""

    code: str
    title: str
    url: str
    evidence_url: str


class CityProperties(Shape):
    code: str
    name: str
    name_en: str
    province_code: str
    province_name: str
    unit_type: UnitType
    urban_class: UrbanClass
    status: CityStatus
    outcome: Outcome
    reason: Outcome
    reason_text: str
    next_step: str
    year_status: YearStatus | None
    use_case: CaseLink | None
    url: str


class CityItem(CityProperties):
    point: Point | None


class CityPage(Shape):
    """`province_successors`: where the province asked for goes on, if there is none such then."""

    as_of: date
    known_at: Instant
    position: int
    roll: str | None
    total: int
    province_successors: list[str]
    items: list[CityItem]
    next: str | None


class CityFeature(Shape):
    type: Literal["Feature"] = "Feature"
    id: str
    geometry: Point | None
    properties: CityProperties


class CityCollection(Shape):
    type: Literal["FeatureCollection"] = "FeatureCollection"
    as_of: date
    known_at: Instant
    position: int
    features: list[CityFeature]


class CityPeriod(Shape):
    """What the city was from `start` until before `end`."""

    start: date | None
    end: date | None
    name: str
    name_en: str
    unit_type: UnitType
    urban_class: UrbanClass
    province_code: str
    province_name: str


class CityRelative(Shape):
    code: str
    name: str
    name_en: str
    kind: LineageKind
    effective_on: date
    legal_basis: str
    url: str


class CityCase(Shape):
    """A use case once approved; its stage is the one that is certain on the day, by the text or
    by what the city reported since (`stage_reported`)."""

    code: str
    version: int
    title: str
    title_en: str
    state: ReviewState
    stage: Stage | None
    stage_reported: bool
    counts: bool
    approved_at: Instant
    url: str


class CityYear(Shape):
    year: int
    status: YearStatus
    note: str
    declared_at: Instant


class CityDetail(CityItem):
    as_of: date
    known_at: Instant
    position: int
    periods: list[CityPeriod]
    predecessors: list[CityRelative]
    successors: list[CityRelative]
    problems: list[DeclaredProblem]
    use_cases: list[CityCase]
    years: list[CityYear]


def city_page(
    rows: Sequence[CityRow],
    total: int,
    seen: Moment,
    roll: Roll | None,
    following: str | None,
    province_successors: Sequence[str] = (),
) -> CityPage:
    return CityPage(
        as_of=seen.on,
        known_at=seen.known_at,
        position=seen.position,
        roll=None if roll is None else roll.code,
        total=total,
        province_successors=list(province_successors),
        items=[_item(row) for row in rows],
        next=following,
    )


def collection(rows: Sequence[CityRow], seen: Moment) -> Content:
    shape = CityCollection(
        as_of=seen.on,
        known_at=seen.known_at,
        position=seen.position,
        features=[feature(row) for row in rows],
    )
    return Content(shape.model_dump_json().encode(), GEOJSON)


def feature(row: CityRow) -> CityFeature:
    return CityFeature(id=row.code, geometry=point(row.lon, row.lat), properties=_properties(row))


def table(rows: Sequence[CityRow]) -> Content:
    headings = [
        gettext("Code"),
        gettext("Name"),
        gettext("English name"),
        gettext("Province code"),
        gettext("Province"),
        gettext("Type"),
        gettext("Class"),
        gettext("Status"),
        gettext("Reason"),
        gettext("Next step"),
        gettext("Code of the AI application"),
        gettext("Title of the AI application"),
        gettext("Longitude"),
        gettext("Latitude"),
    ]
    lines = []
    for row in rows:
        shown, place = _properties(row), point(row.lon, row.lat)
        lines.append(
            [
                shown.code,
                shown.name,
                shown.name_en,
                shown.province_code,
                pick(row.province_vi, row.province_en),
                labels.label(shown.unit_type),
                labels.label(shown.urban_class),
                labels.label(shown.status),
                shown.reason_text,
                shown.next_step,
                shown.use_case and shown.use_case.code,
                shown.use_case and shown.use_case.title,
                *(place.coordinates if place else ("", "")),
            ]
        )
    return Content(csv_text(headings, lines), f"{CSV}; charset=utf-8")


def detail(
    row: CityRow,
    seen: Moment,
    *,
    periods: Sequence[Period],
    predecessors: Sequence[Relative],
    successors: Sequence[Relative],
    problems: Sequence[Problem],
    use_cases: Sequence[Published],
    years: Sequence[YearWord],
) -> CityDetail:
    return CityDetail(
        **dict(_item(row)),
        as_of=seen.on,
        known_at=seen.known_at,
        position=seen.position,
        periods=[_period(period) for period in periods],
        predecessors=[_relative(other) for other in predecessors],
        successors=[_relative(other) for other in successors],
        problems=[
            DeclaredProblem.model_validate(as_known(problem, seen))
            for problem in problems
            if problem.declared_at <= seen.known_at
        ],
        use_cases=[_case(case) for case in use_cases],
        years=[CityYear.model_validate(word) for word in years],
    )


def _page(*path: str) -> str:
    """The address of a page in the reader's language."""
    return "/".join(("", i18n.current(), *path))


def _item(row: CityRow) -> CityItem:
    return CityItem(**dict(_properties(row)), point=point(row.lon, row.lat))


def _properties(row: CityRow) -> CityProperties:
    return CityProperties(
        code=row.code,
        name=row.name_vi,
        name_en=row.name_en,
        province_code=row.province_code,
        province_name=row.province_vi,
        unit_type=UnitType(row.unit_type),
        urban_class=UrbanClass(row.urban_class),
        status=row.status,
        outcome=row.outcome,
        reason=row.outcome,
        reason_text=outcome_words.reason(row.outcome),
        next_step=outcome_words.next_step(row.outcome),
        year_status=row.year_status,
        use_case=_case_link(row),
        url=_page("cities", row.code),
    )


def _case_link(row: CityRow) -> CaseLink | None:
    if row.use_case_code is None:
        return None
    url = _page("use-cases", row.use_case_code)
    return CaseLink(
        code=row.use_case_code,
        title=pick(row.use_case_title or "", row.use_case_title_en or ""),
        url=url,
        evidence_url=f"{url}#evidence",
    )


def _period(period: Period) -> CityPeriod:
    return CityPeriod(
        start=period.start,
        end=period.end,
        name=period.name_vi,
        name_en=period.name_en,
        unit_type=UnitType(period.unit_type),
        urban_class=UrbanClass(period.urban_class),
        province_code=period.province_code,
        province_name=period.province_vi,
    )


def _relative(other: Relative) -> CityRelative:
    return CityRelative(
        code=other.code,
        name=other.name_vi,
        name_en=other.name_en,
        kind=LineageKind(other.kind),
        effective_on=other.effective_on,
        legal_basis=other.legal_basis,
        url=_page("cities", other.code),
    )


def _case(case: Published) -> CityCase:
    return CityCase(
        code=case.code,
        version=case.version,
        title=case.title,
        title_en=case.title_en,
        state=case.state,
        stage=case.stage,
        stage_reported=case.stage_reported,
        counts=case.counts,
        approved_at=case.approved_at,
        url=_page("use-cases", case.code),
    )
