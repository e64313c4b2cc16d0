"""The targets of all four indicators of Decision 699/QĐ-BTTTT, as laid down and known."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from registry.domain.lists import Entry, ListKind
from registry.queries.lists import entries
from registry.queries.moments import Moment


@dataclass(frozen=True, slots=True)
class Aim:
    """What an indicator is to reach by the end of a year: a share or a number of people."""

    indicator: int
    year: int
    percent: int | None
    people: int | None
    text_vi: str
    text_en: str
    legal_basis: str


def all_targets(session: Session, at: Moment) -> list[Aim]:
    """Those that hold on a day, as known, by indicator and year.

    A day before any of an indicator is measured by the first, and so is what was known before the
    register knew one: a figure always has a target.
    """
    by_indicator: dict[int, list[Entry]] = {}
    for entry in entries(session, ListKind.TARGETS):
        by_indicator.setdefault(entry.values["indicator"], []).append(entry)
    found = [aim for of_one in by_indicator.values() for aim in _holding(of_one, at)]
    return sorted(found, key=lambda aim: (aim.indicator, aim.year))


def _holding(of_one: list[Entry], at: Moment) -> list[Aim]:
    position = max(at.position, min(entry.known_from for entry in of_one))
    known = [(days, entry) for entry in of_one if (days := entry.known_at(position)) is not None]
    first = min((days.begin or date.min for days, _ in known), default=date.min)
    on = max(at.on, first)
    return [_aim(entry) for days, entry in known if days.hold(on)]


def _aim(entry: Entry) -> Aim:
    return Aim(**entry.values, legal_basis=entry.source)
