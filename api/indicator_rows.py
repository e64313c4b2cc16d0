"""The counter for the rows under a figure: the same of all four indicators, for page, CSV, API."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from api.i18n import gettext, pick
from api.labels import label
from registry.domain.counting import Outcome
from registry.domain.indicators import BodyLevel, Indicator, LineKind, SupportKind
from registry.queries.cities import cities
from registry.queries.indicators import Entry, UnitRow, unit_rows
from registry.queries.moments import Moment


@dataclass(frozen=True, slots=True)
class By:
    """What a unit counts by: an AI support, a data set, a use case. `line` is its page."""

    code: str
    name: str
    kind: str
    since: date | None
    until: date | None
    source_url: str
    example: bool
    line: str


@dataclass(frozen=True, slots=True)
class Row:
    """A unit of the day: a service, a city, a course, a body. `of` is who it belongs to."""

    code: str
    name: str
    of: str
    since: date | None
    until: date | None
    counts: bool
    people: int | None
    numbers: int | None
    source_url: str
    line: str
    by: tuple[By, ...]


def rows(session: Session, indicator: Indicator, at: Moment) -> list[Row]:
    if indicator is Indicator.CITIES:
        return _cities(session, at)
    of_people = indicator is Indicator.PEOPLE
    return [_row(each, of_people) for each in unit_rows(session, indicator, at)]


def _row(found: UnitRow, of_people: bool) -> Row:
    unit = found.entry
    return Row(
        code=unit.key,
        name=pick(unit.name_vi, unit.name_en),
        of=_belongs(unit),
        since=unit.start,
        until=unit.end,
        counts=found.counts,
        people=found.people if of_people else None,
        numbers=found.numbers if of_people else None,
        source_url=unit.source_url,
        line=str(unit.id),
        by=tuple(_by(each) for each in found.by),
    )


def _by(entry: Entry) -> By:
    support = entry.content.get("support")
    return By(
        code=entry.key,
        name=pick(entry.name_vi, entry.name_en),
        kind=label(SupportKind(support)) if support else label(entry.kind),
        since=entry.start,
        until=entry.end,
        source_url=entry.source_url,
        example=entry.example,
        line=str(entry.id),
    )


def _belongs(unit: Entry) -> str:
    match unit.kind:
        case LineKind.BODY:
            return label(BodyLevel(unit.content["level"]))
        case LineKind.COURSE:
            return str(unit.content["organiser"])
    return str(unit.content.get("owner", ""))


def _cities(session: Session, at: Moment) -> list[Row]:
    return [
        Row(
            code=city.code,
            name=pick(city.name_vi, city.name_en),
            of=pick(city.province_vi, city.province_en),
            since=None,
            until=None,
            counts=city.outcome is Outcome.COUNTED,
            people=None,
            numbers=None,
            source_url="",
            line="",
            by=_case(city.use_case_code, city.use_case_title, city.use_case_title_en)
            if city.outcome is Outcome.COUNTED
            else (),
        )
        for city in cities(session, at)
    ]


def _case(code: str | None, title: str | None, title_en: str | None) -> tuple[By, ...]:
    if code is None:
        return ()
    name = pick(title or "", title_en or "")
    return (By(code, name, gettext("AI application"), None, None, "", False, ""),)
