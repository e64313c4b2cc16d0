"""Indicators 1, 3 and 4: what is counted, against what, and how (domain.md §1). Pure.

Three counts in one shape: dated lines of what is counted against (services, bodies) and of what
counts (AI support, completions, data sets). Indicator 2 has rules of its own (`counting`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from registry.domain.coverage import Tally
from registry.domain.periods import Span, joined, overlap
from registry.domain.series import Change, Point, levels


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


class LineVerdict(StrEnum):
    """What a line would do, as it is held against what is there."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


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


def kinds_of(indicator: Indicator) -> tuple[LineKind, ...]:
    """The kinds of lines one can report; of indicator 2 none, for it has entries of its own."""
    return SHAPES[indicator].kinds if indicator in SHAPES else ()


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


def points(indicator: Indicator, facts: Collection[Fact], on: Sequence[date]) -> list[Point]:
    """The figure on each of some days, in order: what `count` says of each, without asking anew."""
    shape = SHAPES[indicator]
    totals = sorted((f for f in facts if f.kind is LineKind.TOTAL), key=lambda f: f.start)
    counting = [f for f in facts if f.kind is shape.counting and f.fits]
    held = levels(_changes(shape, facts, counting), on)
    nothing = [0] * len(on)
    counted, units = held.get("counted", nothing), held.get("units", nothing)
    reported = min((f.start for f in counting), default=None)
    found = []
    for index, day in enumerate(on):
        known_of = reported is not None and reported <= day
        if shape.of_people:
            found.append(Point(day, counted[index] if known_of else None))
            continue
        total = next((f.amount for f in reversed(totals) if f.on(day)), None) or 0
        number = counted[index] if known_of and units[index] else None
        found.append(Point(day, number, max(units[index], total)))
    return found


def _changes(
    shape: Shape, facts: Collection[Fact], counting: Collection[Fact]
) -> Iterator[tuple[str, Change]]:
    """From which day on there are more or fewer units, and more or fewer of what counts: a unit or
    a person begins to count with the first line that does it, and ends with the last."""
    units = {f.key: _span(f) for f in facts if f.kind is shape.against and f.fits}
    for span in units.values():
        yield from _from_to("units", span)
    spells: dict[str, list[Span]] = {}
    for fact in counting:
        who = fact.person if shape.of_people else fact.parent
        if who and fact.parent in units:
            spells.setdefault(who, []).extend(overlap([_span(fact)], [units[fact.parent]]))
    for spans in spells.values():
        for span in joined(spans):
            yield from _from_to("counted", span)


def _span(fact: Fact) -> Span:
    """Its days as numbers."""
    return fact.start.toordinal(), None if fact.end is None else fact.end.toordinal()


def _from_to(what: str, span: Span) -> Iterator[tuple[str, Change]]:
    start, end = span
    yield what, Change(date.fromordinal(start), 1)
    if end is not None:
        yield what, Change(date.fromordinal(end), -1)


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
