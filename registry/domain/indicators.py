"""Indicators 1, 3 and 4: what is counted, against what, and how (domain.md §1). Pure.

Three counts in one shape: dated lines of what is counted against (services, bodies) and of what
counts (AI support, completions, data sets). Indicator 2 has rules of its own (`counting`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from registry.domain.coverage import Tally


class Indicator(IntEnum):
    """The four of Decision 699/QĐ-BTTTT, by their numbers."""

    SERVICES = 1
    CITIES = 2
    PEOPLE = 3
    OPEN_DATA = 4


class LineKind(StrEnum):
    """What a line of a list is."""

    SERVICE = "service"
    SUPPORT = "support"
    COURSE = "course"
    COMPLETION = "completion"
    BODY = "body"
    DATASET = "dataset"
    TOTAL = "total"


class SupportKind(StrEnum):
    """What AI does for whoever uses a public service."""

    VIRTUAL_ASSISTANT = "virtual_assistant"
    AUTOMATIC_ANSWERS = "automatic_answers"
    SOFTWARE_ROBOT = "software_robot"
    OTHER = "other"


class BodyLevel(StrEnum):
    MINISTRY = "ministry"
    PROVINCE = "province"


class EntryState(StrEnum):
    """Where a reported line stands."""

    REPORTED = "reported"
    APPROVED = "approved"
    RETURNED = "returned"
    REVOKED = "revoked"


class EntryAction(StrEnum):
    """What a reviewer does with a line."""

    APPROVE = "approve"
    RETURN = "return"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Shape:
    """Which lines an indicator is made of: `against` and, of a unit each, `counting`.

    Indicator 3 has no list it is counted against: its targets are numbers of people, and a
    completion belongs to a course.
    """

    against: LineKind
    counting: LineKind
    kinds: tuple[LineKind, ...]
    of_people: bool = False


SHAPES: Mapping[Indicator, Shape] = {
    Indicator.SERVICES: Shape(
        LineKind.SERVICE,
        LineKind.SUPPORT,
        (LineKind.SERVICE, LineKind.SUPPORT, LineKind.TOTAL),
    ),
    Indicator.PEOPLE: Shape(
        LineKind.COURSE,
        LineKind.COMPLETION,
        (LineKind.COURSE, LineKind.COMPLETION),
        of_people=True,
    ),
    Indicator.OPEN_DATA: Shape(
        LineKind.BODY,
        LineKind.DATASET,
        (LineKind.BODY, LineKind.DATASET, LineKind.TOTAL),
    ),
}

# A course, a completion: on from their day. Everything else lasts from a day until another one.
MOVES: Mapping[tuple[EntryState, EntryAction], EntryState] = {
    (EntryState.REPORTED, EntryAction.APPROVE): EntryState.APPROVED,
    (EntryState.REPORTED, EntryAction.RETURN): EntryState.RETURNED,
    (EntryState.APPROVED, EntryAction.REVOKE): EntryState.REVOKED,
}
REASONED = frozenset({EntryAction.RETURN, EntryAction.REVOKE})


@dataclass(frozen=True, slots=True)
class Said:
    """A line that was approved, as far as counting needs to know it.

    `approved` and `reported` are ledger positions. It holds on the days [start, end); a revocation
    known since `revoked` takes those from `revoked_from` on, or all of them where that is None.
    `parent` is the unit or course that it belongs to; `person` is the key of a person. `fits` says
    that it is of the kind the decision counts (a course of the scheme, machine-readable data).
    """

    kind: LineKind
    key: str
    parent: str
    start: date
    end: date | None
    reported: int
    approved: int
    revoked: int | None = None
    revoked_from: date | None = None
    person: str = ""
    amount: int | None = None
    fits: bool = True


@dataclass(frozen=True, slots=True)
class Fact:
    """A line with the days on which it holds, as known at some position."""

    kind: LineKind
    key: str
    parent: str
    start: date
    end: date | None
    person: str = ""
    amount: int | None = None
    fits: bool = True

    def on(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


def known(said: Iterable[Said], position: int) -> list[Fact]:
    """What holds as known at a ledger position: of a key the line that was approved last, on the
    days that no revocation known by then takes from it."""
    last: dict[tuple[LineKind, str], Said] = {}
    for each in said:
        if each.approved > position:
            continue
        other = last.get((each.kind, each.key))
        if other is None or (other.approved, other.reported) < (each.approved, each.reported):
            last[each.kind, each.key] = each
    found = []
    for each in last.values():
        end = each.end
        if each.revoked is not None and each.revoked <= position:
            end = each.revoked_from if each.revoked_from is not None else each.start
            end = end if each.end is None else min(end, each.end)
        if end is None or each.start < end:
            found.append(
                Fact(
                    each.kind,
                    each.key,
                    each.parent,
                    each.start,
                    end,
                    each.person,
                    each.amount,
                    each.fits,
                )
            )
    return sorted(found, key=lambda fact: (fact.kind, fact.key))


@dataclass(frozen=True, slots=True)
class Count:
    """How many count on a day, against how many.

    `counted` is None where nobody has reported anything that counts: that is "not yet reported",
    never zero. `enumerated` is how many units the list names, `official_total` what is published
    where that is more. `numbers_only` are completions told as numbers, in which one person may
    stand more than once: they are never added to `counted`.
    """

    counted: int | None
    enumerated: int = 0
    official_total: int | None = None
    numbers_only: int = 0

    @property
    def tally(self) -> Tally:
        """For shares; without data where there is nothing reported to be a share."""
        if self.counted is None:
            return Tally(0, 0, self.official_total)
        return Tally(self.counted, self.enumerated, self.official_total)


def count(indicator: Indicator, facts: Collection[Fact], on: date) -> Count:
    """The figure of a day, by the formula of the decision."""
    shape = SHAPES[indicator]
    units = {f.key for f in facts if f.kind is shape.against and f.fits and f.on(on)}
    counting = [f for f in facts if f.kind is shape.counting and f.fits]
    reported = any(f.start <= on for f in counting)
    if shape.of_people:
        done = [f for f in counting if f.on(on) and f.parent in units]
        people = {f.person for f in done if f.person}
        numbers = sum(f.amount or 0 for f in done if not f.person)
        return Count(len(people) if reported else None, numbers_only=numbers)
    totals = [f for f in facts if f.kind is LineKind.TOTAL and f.on(on)]
    total = max(totals, key=lambda f: f.start).amount if totals else None
    counted = units & {f.parent for f in counting if f.on(on)}
    return Count(len(counted) if reported and units else None, len(units), total)


def edges(facts: Iterable[Fact]) -> list[date]:
    """The days on which a figure of these facts can change, in order."""
    found = {day for f in facts for day in (f.start, f.end) if day is not None}
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit of a day and the lines by which it counts."""

    unit: Fact
    by: tuple[Fact, ...]

    @property
    def counts(self) -> bool:
        return bool(self.by)


def standings(indicator: Indicator, facts: Sequence[Fact], on: date) -> list[Standing]:
    """Each unit (of indicator 3: each course) of a day with what counts for it."""
    shape = SHAPES[indicator]
    by_parent: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.kind is shape.counting and fact.fits and fact.on(on):
            by_parent.setdefault(fact.parent, []).append(fact)
    return [
        Standing(unit, tuple(by_parent.get(unit.key, ())))
        for unit in facts
        if unit.kind is shape.against and unit.fits and unit.on(on)
    ]


def state_of(actions: Iterable[EntryAction]) -> EntryState:
    """Where a line stands after these decisions, in their order."""
    state = EntryState.REPORTED
    for action in actions:
        state = MOVES[state, action]
    return state
