"""The counting rule `2024-1` (Decision 699/QĐ-BTTTT, indicator 2; domain.md §3), as pure code.

Two clocks: `on` is a date in the world (valid time), `known` a position of the ledger
(transaction time): the rule sees only facts recorded at or before that position.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import chain, pairwise, zip_longest
from uuid import UUID

from registry.domain.dates import PartialDate
from registry.domain.model import DATED_DECISIONS, Action, CityStatus, Stage, YearStatus

RULE = "2024-1"

RULE_TEXT: Mapping[str, tuple[str, ...]] = {
    "vi": (
        "Một đô thị được tính tại ngày D, theo những gì đã biết tại thời điểm T, nếu có ít nhất"
        " một ứng dụng AI thỏa mãn tất cả các tiêu chí sau:",
        "Ứng dụng thuộc đô thị đó, hoặc thuộc đô thị tiền thân và đã được chuyển tiếp bằng một"
        " quyết định có ghi nhận.",
        "Ứng dụng giải quyết ít nhất một vấn đề bức thiết mà đô thị đã khai báo vào hoặc trước"
        " ngày D và chưa rút lại tại ngày D.",
        "Cán bộ duyệt đã xác nhận có sử dụng AI (kỹ thuật được nêu rõ và có minh chứng).",
        "Tại ngày D ứng dụng đang vận hành (dự kiến, thí điểm, tạm dừng, đã ngừng thì không"
        " tính; để trống thì không bao giờ được tính).",
        "Phiên bản đã được phê duyệt vào hoặc trước thời điểm T, và tại T không có quyết định"
        " thu hồi hay đình chỉ nào có hiệu lực vào hoặc trước ngày D.",
    ),
    "en": (
        "A city counts at date D, as known at time T, if at least one use case satisfies all of"
        " these criteria:",
        "It belongs to the city, or to a predecessor whose cases were carried over by a recorded"
        " decision.",
        "It addresses at least one pressing problem that the city declared on or before D and"
        " had not withdrawn at D.",
        "A reviewer confirmed that AI is used (the technique is named and evidenced).",
        "At D it is operational (planned, pilot, suspended and retired do not count; blank never"
        " counts).",
        "Its version was approved at or before T, and at T no revocation or suspension is known"
        " whose effect starts on or before D.",
    ),
}


class Outcome(StrEnum):
    """What the rule says of a city, best first: a city's outcome is that of its best case."""

    COUNTED = "counted"
    NOT_OPERATIONAL = "not_operational"
    AI_NOT_CONFIRMED = "ai_not_confirmed"
    PROBLEM_NOT_OPEN = "problem_not_open"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    UNDER_REVIEW = "under_review"
    RETURNED = "returned"
    NO_APPLICATION = "no_application"
    NOT_ON_ROLL = "not_on_roll"


# The first criterion of RULE_TEXT that fails; 0 stands for the roll, which the rule presupposes.
FAILED_CRITERION: Mapping[Outcome, int] = {
    Outcome.NOT_OPERATIONAL: 4,
    Outcome.AI_NOT_CONFIRMED: 3,
    Outcome.PROBLEM_NOT_OPEN: 2,
    Outcome.SUSPENDED: 5,
    Outcome.REVOKED: 5,
    Outcome.UNDER_REVIEW: 5,
    Outcome.RETURNED: 5,
    Outcome.NO_APPLICATION: 1,
    Outcome.NOT_ON_ROLL: 0,
}

# An approved case stands behind these, though none of them counts.
APPROVED_OUTCOMES = frozenset(
    {Outcome.NOT_OPERATIONAL, Outcome.AI_NOT_CONFIRMED, Outcome.PROBLEM_NOT_OPEN}
)


def city_status(outcome: Outcome, said: YearStatus | None) -> CityStatus:
    """What a map shows of a city, from what the rule says and the city's own word for the year."""
    if outcome is Outcome.COUNTED:
        return CityStatus.COUNTED
    if outcome in APPROVED_OUTCOMES:
        return CityStatus.APPROVED
    if outcome is Outcome.UNDER_REVIEW or said in {YearStatus.COVERED, YearStatus.IN_PROGRESS}:
        return CityStatus.IN_PROGRESS
    return CityStatus.SILENT if said is None else CityStatus.NONE


# Python's calendar has a first day, and every run of days begins after one.
_SECOND_DAY = date.min + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StageEntry:
    """From `since` on the application is in `stage`."""

    stage: Stage
    since: PartialDate


@dataclass(frozen=True, slots=True)
class Version:
    """What the rule needs of one submitted version; `submitted` is a ledger position."""

    id: UUID
    submitted: int
    problem_ids: frozenset[UUID]
    stages: tuple[StageEntry, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A declared problem. `withdrawn_on` and `withdrawn` come together or not at all."""

    id: UUID
    declared_on: PartialDate
    declared: int
    withdrawn_on: date | None = None
    withdrawn: int | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision on a version, or its withdrawal by the city (`Action.WITHDRAW`).

    `effective_from` None means from the start. Of the dated decisions on a case, the one
    recorded last among those in effect on a day governs that day: so a later version leaves
    the days before it as they were, and a revocation "from the start" takes all of them.
    """

    position: int
    action: Action
    version_id: UUID
    effective_from: date | None = None
    ai_confirmed: bool = False

    def in_effect(self, on: date) -> bool:
        return self.effective_from is None or self.effective_from <= on


@dataclass(frozen=True, slots=True)
class CarryOver:
    """A recorded decision that a case also stands for a successor from a date on."""

    to_city_id: int
    effective_on: date
    position: int


@dataclass(frozen=True, slots=True)
class CarryOverEnd:
    """A recorded decision that a case no longer stands for a successor from a date on."""

    to_city_id: int
    effective_on: date
    position: int


@dataclass(frozen=True, slots=True)
class StageReport:
    """The city's word that the application is suspended or retired from a day on.

    It holds for texts handed in before it; one handed in later tells the stages anew.
    """

    stage: Stage
    effective_on: date
    position: int


@dataclass(frozen=True, slots=True)
class CaseHistory:
    """All facts the rule needs about one use case."""

    city_id: int
    versions: tuple[Version, ...] = ()
    problems: tuple[Problem, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    carry_overs: tuple[CarryOver, ...] = ()
    carry_over_ends: tuple[CarryOverEnd, ...] = ()
    stage_reports: tuple[StageReport, ...] = ()

    @property
    def words_on_carrying(self) -> tuple[CarryOver | CarryOverEnd, ...]:
        return (*self.carry_overs, *self.carry_over_ends)


@dataclass(frozen=True, slots=True)
class Finding:
    """The rule's answer for one case, city and day; `problem_ids` are those that made it count."""

    outcome: Outcome
    problem_ids: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Standing:
    """A run of days on which a finding holds: from `start` (None: always) until before `end`."""

    city_id: int
    outcome: Outcome
    problem_id: UUID | None
    start: date | None
    end: date | None


def judge(case: CaseHistory, city_id: int, on: date, known: int) -> Finding | None:
    """Applies rule 2024-1 to one case for one city. None: the case has nothing to say of it."""
    if city_id != case.city_id and not _stands_for(case, city_id, on, known):
        return None
    ruling = _governing(case, on, known)
    if ruling is None:
        return _pending(case, known)
    if ruling.action is Action.REVOKE:
        return Finding(Outcome.REVOKED)
    if ruling.action is Action.SUSPEND:
        return Finding(Outcome.SUSPENDED)
    version = next(v for v in case.versions if v.id == ruling.version_id)
    problems = frozenset(
        p.id for p in case.problems if p.id in version.problem_ids and _open(p, on, known)
    )
    if not problems:
        return Finding(Outcome.PROBLEM_NOT_OPEN)
    if not _ai_confirmed(case, version.id, known):
        return Finding(Outcome.AI_NOT_CONFIRMED)
    said_since = reports_after(case.stage_reports, version.submitted, known)
    if stage_as_reported(version.stages, said_since, on) is not Stage.OPERATIONAL:
        return Finding(Outcome.NOT_OPERATIONAL)
    return Finding(Outcome.COUNTED, problems)


def stage_on(stages: tuple[StageEntry, ...], on: date) -> Stage | None:
    """The stage that is certain on a day; None where the sources leave it open."""
    for entry, (start, end) in zip(stages, stage_periods(stages), strict=True):
        if start <= on and (end is None or on < end):
            return entry.stage
    return None


def reports_after(
    reports: Iterable[StageReport], submitted: int, known: int
) -> tuple[StageReport, ...]:
    """The reports that hold for a text handed in at a position, as far as they were known."""
    return tuple(r for r in reports if submitted < r.position <= known)


def report_in_effect(reports: Iterable[StageReport], on: date) -> StageReport | None:
    """The report that says the stage of a day: the one with the latest beginning."""
    begun = (r for r in reports if r.effective_on <= on)
    return max(begun, key=lambda r: (r.effective_on, r.position), default=None)


def stage_as_reported(
    stages: tuple[StageEntry, ...], reports: Iterable[StageReport], on: date
) -> Stage | None:
    """The stage of a day by a text and what its city reported since."""
    report = report_in_effect(reports, on)
    return stage_on(stages, on) if report is None else report.stage


def stage_periods(stages: tuple[StageEntry, ...]) -> list[tuple[date, date | None]]:
    """Certain days of each stage, end excluded: from the last day its beginning could mean
    until the first day the next one's could. May be empty (end <= start)."""
    return [
        (entry.since.latest, later.since.earliest if later else None)
        for entry, later in zip_longest(stages, stages[1:])
    ]


def standings(case: CaseHistory, known: int) -> list[Standing]:
    """All findings of a case as runs of days, one per problem where it counts.

    The rule can change its answer only on the dates that appear in the facts, so each run is
    judged on its first day.
    """
    cities = {case.city_id, *(c.to_city_id for c in case.carry_overs)}
    edges = sorted(set(_dates(case)))
    runs: list[tuple[date | None, date | None]] = list(pairwise([None, *edges, None]))
    before_all = max(edges[0], _SECOND_DAY) - timedelta(days=1) if edges else date.min
    result: list[Standing] = []
    for city_id in sorted(cities):
        for start, end in runs:
            finding = judge(case, city_id, start or before_all, known)
            if finding is None:
                continue
            reasons: list[UUID | None] = [*sorted(finding.problem_ids)] or [None]
            for problem_id in reasons:
                result.append(Standing(city_id, finding.outcome, problem_id, start, end))
    return _merged(result)


def standing_history(case: CaseHistory) -> list[tuple[Standing, int, int | None]]:
    """Every standing with the ledger positions during which it was known: [from, to)."""
    known_since: dict[Standing, int] = {}
    result: list[tuple[Standing, int, int | None]] = []
    for position in sorted(set(_positions(case))):
        now = set(standings(case, position))
        for gone in known_since.keys() - now:
            result.append((gone, known_since.pop(gone), position))
        for new in now - known_since.keys():
            known_since[new] = position
    result.extend((standing, since, None) for standing, since in known_since.items())
    return result


def _stands_for(case: CaseHistory, city_id: int, on: date, known: int) -> bool:
    """Of the words on a city that are in effect on a day, the one recorded last governs it."""
    words = (
        word
        for word in case.words_on_carrying
        if word.to_city_id == city_id and word.position <= known and word.effective_on <= on
    )
    return isinstance(max(words, key=lambda w: w.position, default=None), CarryOver)


def _governing(case: CaseHistory, on: date, known: int) -> Ruling | None:
    in_effect = (
        r
        for r in case.rulings
        if r.action in DATED_DECISIONS and r.position <= known and r.in_effect(on)
    )
    return max(in_effect, key=lambda r: r.position, default=None)


def _pending(case: CaseHistory, known: int) -> Finding | None:
    submitted = [v for v in case.versions if v.submitted <= known]
    if not submitted:
        return None
    newest = max(submitted, key=lambda v: v.submitted)
    answers = [r for r in case.rulings if r.version_id == newest.id and r.position <= known]
    if not answers:
        return Finding(Outcome.UNDER_REVIEW)
    last = max(answers, key=lambda r: r.position)
    return Finding(Outcome.RETURNED) if last.action is Action.RETURN else None


def _open(problem: Problem, on: date, known: int) -> bool:
    if problem.declared > known or problem.declared_on.latest > on:
        return False
    withdrawn = (
        problem.withdrawn is not None
        and problem.withdrawn <= known
        and problem.withdrawn_on is not None
        and problem.withdrawn_on <= on
    )
    return not withdrawn


def _ai_confirmed(case: CaseHistory, version_id: UUID, known: int) -> bool:
    return any(
        r.ai_confirmed
        for r in case.rulings
        if r.action is Action.APPROVE and r.version_id == version_id and r.position <= known
    )


def _dates(case: CaseHistory) -> Iterator[date]:
    for ruling in case.rulings:
        if ruling.effective_from is not None:
            yield ruling.effective_from
    for problem in case.problems:
        yield problem.declared_on.latest
        if problem.withdrawn_on is not None:
            yield problem.withdrawn_on
    for version in case.versions:
        for day in chain.from_iterable(stage_periods(version.stages)):
            if day is not None:
                yield day
    for word in case.words_on_carrying:
        yield word.effective_on
    for report in case.stage_reports:
        yield report.effective_on


def _positions(case: CaseHistory) -> Iterator[int]:
    for version in case.versions:
        yield version.submitted
    for ruling in case.rulings:
        yield ruling.position
    for problem in case.problems:
        if problem.withdrawn is not None:
            yield problem.withdrawn
    for word in case.words_on_carrying:
        yield word.position
    for report in case.stage_reports:
        yield report.position


def _merged(standings: list[Standing]) -> list[Standing]:
    """Joins runs that touch and say the same."""
    open_runs: dict[tuple[int, Outcome, UUID | None], Standing] = {}
    result: list[Standing] = []
    for item in standings:
        key = (item.city_id, item.outcome, item.problem_id)
        last = open_runs.get(key)
        if last is not None and last.end is not None and last.end == item.start:
            joined = Standing(*key, last.start, item.end)
            result[result.index(last)] = joined
        else:
            joined = item
            result.append(item)
        open_runs[key] = joined
    return result
