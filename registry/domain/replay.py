"""The retelling room: the public history read from a file, and the figure worked out from it again.

Needs nothing of the register but the file: the counting rule is applied to the facts as they stand
there, for any day, as known at any time up to the end of the file.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from registry.domain.counting import (
    RULE,
    CarryOver,
    CarryOverEnd,
    CaseHistory,
    Outcome,
    Problem,
    Ruling,
    StageEntry,
    StageReport,
    Version,
    judge,
)
from registry.domain.coverage import Tally
from registry.domain.dates import PartialDate
from registry.domain.model import Action, RollSeries, Stage

FORMAT = "city-ai-registry-history/1"
_BEGINNING = datetime.min.replace(tzinfo=UTC)


class Unreadable(ValueError):
    """The file is no history, or not all of one."""


@dataclass(frozen=True, slots=True)
class Roll:
    """A roll as it came into force at `position`."""

    code: str
    series: str
    valid_from: date
    official_total: int | None
    position: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A city named by a roll, as known from one position until before another."""

    city: str
    known_from: int
    known_until: int | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """The figure of a day as known at a position; `counted` are codes of cities. `roll` is None
    where none was in force."""

    on: date
    position: int
    roll: str | None
    tally: Tally
    counted: tuple[str, ...]


@dataclass
class History:
    """What a file told; its last fact became known at `known_at`. Cities are numbered as they come:
    the rule knows them by number."""

    until: int = 0
    known_at: datetime = _BEGINNING
    cities: dict[str, int] = field(default_factory=dict)
    rolls: list[Roll] = field(default_factory=list)
    entries: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    cases: list[CaseHistory] = field(default_factory=list)
    moments: list[tuple[datetime, int]] = field(default_factory=list)

    def position(self, known_at: datetime | None) -> int:
        """The last position known at a time (with zone); without one, the end of the file."""
        if known_at is None:
            return self.until
        return max((place for at, place in self.moments if at <= known_at), default=0)

    def coverage(
        self, on: date, known_at: datetime | None = None, series: RollSeries = RollSeries.URBAN
    ) -> Replayed:
        """Coverage(D, T) by rule 2024-1 (docs/domain.md, 3)."""
        known = self.position(known_at)
        roll = self._roll(on, known, series)
        if roll is None:
            return Replayed(on, known, None, Tally(0, 0), ())
        names = {number: code for code, number in self.cities.items()}
        counted = {
            names[city]
            for case in self.cases
            for city in {case.city_id, *(c.to_city_id for c in case.carry_overs)}
            if (found := judge(case, city, on, known)) and found.outcome is Outcome.COUNTED
        }
        listed = {
            entry.city
            for entry in self.entries[roll.code]
            if entry.known_from <= known
            and (entry.known_until is None or known < entry.known_until)
        }
        tally = Tally(len(counted & listed), len(listed), roll.official_total)
        return Replayed(on, known, roll.code, tally, tuple(sorted(counted & listed)))

    def _roll(self, on: date, known: int, series: RollSeries) -> Roll | None:
        in_force = (
            roll
            for roll in self.rolls
            if roll.series == series and roll.valid_from <= on and roll.position <= known
        )
        return max(in_force, key=lambda roll: (roll.valid_from, roll.position), default=None)


def read_history(lines: Iterable[str]) -> History:
    """Reads a file's lines in any order after the first. Raises Unreadable naming the line, or
    where lines are missing: they would change a figure, and nobody would know."""
    history = History()
    number, facts = 0, None
    kinds: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            if number == 1:
                if record["format"] != FORMAT or record["rule"] != RULE:
                    raise Unreadable("line 1: this is not a history by the rule known here")
                history.until = record["position"]
                history.known_at = _instant(record["known_at"])
            elif record["record"] == "end":
                facts = record["facts"]
            else:
                _take(history, kinds, record)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            if isinstance(error, Unreadable):
                raise
            raise Unreadable(f"line {number}: this is no record of a history") from None
    if facts != number - 2:
        raise Unreadable(f"not all of the history is here: it has {number} lines")
    try:
        history.cases = _cases(history, kinds)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise Unreadable("the records do not fit together") from None
    return history


def _take(history: History, kinds: dict[str, list[Mapping[str, Any]]], record: Any) -> None:
    for at, place in (
        ("recorded_at", "position"),
        ("known_from_at", "known_from"),
        ("known_until_at", "known_until"),
    ):
        if record.get(at) is not None:
            history.moments.append((_instant(record[at]), record[place]))
    match record["record"]:
        case "city":
            history.cities[record["code"]] = len(history.cities)
        case "roll":
            history.rolls.append(
                Roll(
                    record["code"],
                    record["series"],
                    date.fromisoformat(record["valid_from"]),
                    record["official_total"],
                    record["position"],
                )
            )
        case "roll_entry":
            entry = Entry(record["city"], record["known_from"], record["known_until"])
            history.entries[record["roll"]].append(entry)
        case kind:
            kinds[kind].append(record)


def _cases(history: History, kinds: Mapping[str, list[Mapping[str, Any]]]) -> list[CaseHistory]:
    withdrawn = {each["problem"]: each for each in kinds["problem_withdrawal"]}
    problems = {
        UUID(each["id"]): Problem(
            UUID(each["id"]),
            PartialDate.parse(each["declared_on"]),
            each["position"],
            *_withdrawal(withdrawn.get(each["id"])),
        )
        for each in kinds["problem"]
    }

    def of_case(kind: str) -> dict[str, list[Mapping[str, Any]]]:
        found = defaultdict(list)
        for each in kinds[kind]:
            found[each["use_case"]].append(each)
        return found

    told = {
        kind: of_case(kind)
        for kind in ("version", "decision", "carry_over", "carry_over_end", "stage_report")
    }
    cases = []
    for each in kinds["use_case"]:
        code = each["code"]
        versions = tuple(_version(v) for v in told["version"][code])
        addressed = {p for version in versions for p in version.problem_ids}
        cases.append(
            CaseHistory(
                city_id=history.cities[each["city"]],
                versions=versions,
                problems=tuple(problems[p] for p in sorted(addressed)),
                rulings=tuple(_ruling(d) for d in told["decision"][code]),
                carry_overs=tuple(
                    CarryOver(history.cities[c["to_city"]], _day(c["effective_on"]), c["position"])
                    for c in told["carry_over"][code]
                ),
                carry_over_ends=tuple(
                    CarryOverEnd(
                        history.cities[c["to_city"]], _day(c["effective_on"]), c["position"]
                    )
                    for c in told["carry_over_end"][code]
                ),
                stage_reports=tuple(
                    StageReport(Stage(r["stage"]), _day(r["effective_on"]), r["position"])
                    for r in told["stage_report"][code]
                ),
            )
        )
    return cases


def _version(record: Mapping[str, Any]) -> Version:
    return Version(
        id=_id(record),
        submitted=record["position"],
        problem_ids=frozenset(UUID(each) for each in record["problems"]),
        stages=tuple(
            StageEntry(Stage(each["stage"]), PartialDate.parse(each["since"]))
            for each in record["stages"]
        ),
    )


def _ruling(record: Mapping[str, Any]) -> Ruling:
    effect = record["effective_from"]
    return Ruling(
        position=record["position"],
        action=Action(record["action"]),
        version_id=_id(record),
        effective_from=None if effect is None else _day(effect),
        ai_confirmed=record["ai_confirmed"],
    )


def _withdrawal(record: Mapping[str, Any] | None) -> tuple[date | None, int | None]:
    return (None, None) if record is None else (_day(record["withdrawn_on"]), record["position"])


def _id(record: Mapping[str, Any]) -> UUID:
    """A version's own: the public knows it by its use case and number."""
    return uuid5(NAMESPACE_OID, f"{record['use_case']}/{record['version']}")


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
