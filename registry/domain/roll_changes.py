"""A list of cities held against the roll before it: which line is which city, what would change.

Nothing is guessed. A line that fits no city, or several, waits for somebody's choice, and no
change holds before it was confirmed as it stands.
"""

import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from registry.domain.model import LineageKind, UnitType, UrbanClass


class ChangeKind(StrEnum):
    """What a list changes about a city; in the order in which changes are shown."""

    MERGED = "merged"
    SPLIT = "split"
    SUCCEEDED = "succeeded"
    DISSOLVED = "dissolved"
    CREATED = "created"
    ADDED = "added"
    RENAMED = "renamed"
    RECLASSIFIED = "reclassified"
    MOVED = "moved"


# What becomes of a city that goes on in others.
LINEAGE: Mapping[ChangeKind, LineageKind] = {
    ChangeKind.MERGED: LineageKind.MERGE,
    ChangeKind.SPLIT: LineageKind.SPLIT,
    ChangeKind.SUCCEEDED: LineageKind.SUCCESSION,
}


@dataclass(frozen=True, slots=True)
class Naming:
    """A city as a roll names it."""

    name_vi: str
    unit_type: UnitType
    urban_class: UrbanClass


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list, by its number in the file. Empty is what it does not say.

    `province` is a province's code, `predecessors` are codes of cities on the roll before.
    """

    number: int
    naming: Naming
    code: str = ""
    name_en: str = ""
    province: str = ""
    predecessors: tuple[str, ...] = ()
    decree: str = ""
    lonlat: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A city as the register knows it on the day from which the list holds."""

    code: str
    naming: Naming
    province: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What people chose: which city a line is (a code unknown so far makes a new one), and in
    which cities of the list one goes on that is no longer on it."""

    lines: Mapping[int, str] = field(default_factory=dict)
    heirs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that the list changes about one city; `heirs` are the cities it goes on in.

    `before` is None for a city that was not on the roll, `after` for one that is not any more.
    """

    kind: ChangeKind
    code: str
    before: Naming | None
    after: Naming | None
    line: Line | None = None
    heirs: tuple[str, ...] = ()
    province_before: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.code}"

    @property
    def decree(self) -> str:
        """The act that the list itself names for it, if any."""
        return "" if self.line is None else self.line.decree

    @property
    def stamp(self) -> str:
        """Changes when anything does that somebody would confirm."""
        line = None if self.line is None else replace(self.line, number=0)
        said = repr((self.key, self.before, self.after, line, self.heirs, self.province_before))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line of which nobody knows yet which city it is; `candidates` bear its name."""

    line: Line
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What putting the list in force would do. `cities` are the lines by the city each is."""

    cities: Mapping[str, Line]
    open_lines: tuple[OpenLine, ...]
    changes: tuple[Change, ...]
    unchanged: tuple[str, ...]

    def of(self, kind: ChangeKind) -> list[Change]:
        return [change for change in self.changes if change.kind is kind]


def plan(
    base: Mapping[str, Naming],
    lines: Sequence[Line],
    known: Iterable[Known],
    choices: Choices,
    lineage: Mapping[str, Sequence[str]],
    *,
    adds: bool = False,
) -> Plan:
    """Holds a list against the roll before it.

    `lineage` names the successors that the register knows already. A list that only `adds` names
    says nothing of the cities it leaves out.
    """
    register = {city.code: city for city in known}
    cities, open_lines = _matched(lines, register, choices)
    changes: list[Change] = []
    unchanged: list[str] = []
    for code, line in cities.items():
        found = _of_city(code, line, base.get(code), register.get(code))
        changes += found
        if not found:
            unchanged.append(code)
    changes += _gone_on(base, cities, choices, {} if adds else lineage, adds=adds)
    order = list(ChangeKind)
    changes.sort(key=lambda change: (order.index(change.kind), change.code))
    return Plan(cities, tuple(open_lines), tuple(changes), tuple(sorted(unchanged)))


def applied(base: Mapping[str, Naming], changes: Iterable[Change]) -> dict[str, Naming]:
    """The roll that these changes make of the one before."""
    result = dict(base)
    for change in changes:
        after = change.after
        if after is None:
            del result[change.code]
        elif change.kind in {ChangeKind.CREATED, ChangeKind.ADDED}:
            result[change.code] = after
        elif change.kind is ChangeKind.RENAMED:
            result[change.code] = replace(result[change.code], name_vi=after.name_vi)
        elif change.kind is ChangeKind.RECLASSIFIED:
            kept = result[change.code].name_vi
            result[change.code] = replace(after, name_vi=kept)
    return result


def touched_days(first: date, until: date | None, today: date) -> list[date]:
    """The days whose figures show what a roll changes: its first, the ends of years, today.

    `until` is the first day of the roll that follows. Days to come are told as things stand.
    """
    if first > today:
        return [first]
    ends = [date(year, 12, 31) for year in range(first.year, today.year + 1)]
    days = {day for day in (first, *ends, today) if first <= day <= today}
    return sorted(day for day in days if until is None or day < until)


def folded(name: str) -> str:
    """A name as it is compared: composed, without case and needless space."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _matched(
    lines: Sequence[Line], register: Mapping[str, Known], choices: Choices
) -> tuple[dict[str, Line], list[OpenLine]]:
    """By what was chosen, then by code, then by name, type and province where that fits one city
    and one line only."""
    cities: dict[str, Line] = {}
    rest: list[Line] = []
    for line in lines:
        code = choices.lines.get(line.number) or (line.code if line.code in register else "")
        if code and code not in cities:
            cities[code] = line
        else:
            rest.append(line)
    by_name = defaultdict(list)
    for city in register.values():
        by_name[folded(city.naming.name_vi)].append(city)
    namesakes = {
        line.number: tuple(
            city.code
            for city in by_name[folded(line.naming.name_vi)]
            if city.code not in cities and line.province in {"", city.province}
        )
        for line in rest
    }
    wanted = Counter(code for codes in namesakes.values() for code in codes)
    open_lines = []
    for line in rest:
        fitting = namesakes[line.number]
        alone = len(fitting) == 1 and wanted[fitting[0]] == 1
        if alone and not line.code and line.province and _same_type(line, register[fitting[0]]):
            cities[fitting[0]] = line
        elif line.code and not fitting and line.code not in cities:
            # A code that nobody has, and a name that nobody bears: a new city.
            cities[line.code] = line
        else:
            open_lines.append(OpenLine(line, fitting))
    return cities, open_lines


def _same_type(line: Line, city: Known) -> bool:
    return line.naming.unit_type is city.naming.unit_type


def _of_city(code: str, line: Line, before: Naming | None, known: Known | None) -> list[Change]:
    after = line.naming
    if known is None:
        return [Change(ChangeKind.CREATED, code, None, after, line)]
    changes = []
    if before is None:
        changes.append(Change(ChangeKind.ADDED, code, None, after, line))
    else:
        if before.name_vi != after.name_vi:
            changes.append(Change(ChangeKind.RENAMED, code, before, after, line))
        if before != replace(after, name_vi=before.name_vi):
            changes.append(Change(ChangeKind.RECLASSIFIED, code, before, after, line))
    if line.province and line.province != known.province:
        changes.append(
            Change(
                ChangeKind.MOVED,
                code,
                before or after,
                after,
                line,
                province_before=known.province,
            )
        )
    return changes


def _gone_on(
    base: Mapping[str, Naming],
    cities: Mapping[str, Line],
    choices: Choices,
    lineage: Mapping[str, Sequence[str]],
    *,
    adds: bool,
) -> list[Change]:
    """What becomes of the cities that are no longer on the list, or gave a part to others."""
    named = defaultdict(list)
    for code, line in cities.items():
        for predecessor in line.predecessors:
            if predecessor in base and predecessor != code:
                named[predecessor].append(code)
    gone = set() if adds else base.keys() - cities.keys()

    def heirs_of(code: str) -> tuple[str, ...]:
        if code in gone and code in choices.heirs:
            found: Iterable[str] = choices.heirs[code]
        else:
            found = named.get(code) or lineage.get(code, ())
        return tuple(sorted({heir for heir in found if heir in cities}))

    def line_of(code: str) -> Line | None:
        """The line that says so, with the act by which it is so."""
        return next((cities[heir] for heir in heirs[code] if heir in named[code]), None)

    heirs = {code: heirs_of(code) for code in gone | named.keys()}
    shared = Counter(heir for found in heirs.values() for heir in found)
    return [
        Change(
            _fate(code in gone, found, alone=shared[found[0]] == 1 if found else False, base=base),
            code,
            base[code],
            None if code in gone else base[code],
            line_of(code),
            found,
        )
        for code, found in heirs.items()
    ]


def _fate(
    gone: bool, heirs: Sequence[str], *, alone: bool, base: Mapping[str, Naming]
) -> ChangeKind:
    """`alone` when the one heir takes after this city only."""
    if not gone or len(heirs) > 1:
        return ChangeKind.SPLIT
    if not heirs:
        return ChangeKind.DISSOLVED
    return ChangeKind.SUCCEEDED if alone and heirs[0] not in base else ChangeKind.MERGED
