"""The second opinion's room: rule 2024-1 read again, slowly, from its text alone.

Nothing here uses the functions of `registry.domain.counting`, only its facts: dates are compared
as the text the sources gave, and a day is answered by retelling the whole ledger.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from registry.domain.counting import CaseHistory, Problem, Ruling, Version


class Answer(NamedTuple):
    outcome: str | None
    problem_ids: frozenset[UUID] = frozenset()


def has_surely_begun(since: str, on: date) -> bool:
    """No later day could still be meant: tomorrow's date, cut as short, is beyond the text."""
    return (on + timedelta(days=1)).isoformat()[: len(since)] > since


def may_have_begun(since: str, on: date) -> bool:
    return on.isoformat()[: len(since)] >= since


def answer(case: CaseHistory, city_id: int, on: date, known: int) -> Answer:
    if not _belongs(case, city_id, on, known):
        return Answer(None)
    said = _last_word(case, on, known)
    if said is None:
        return Answer(_waiting(case, known))
    if said.action.value in {"revoke", "suspend"}:
        return Answer({"revoke": "revoked", "suspend": "suspended"}[said.action.value])
    [version] = [v for v in case.versions if v.id == said.version_id]
    problem_ids = frozenset(
        p.id for p in case.problems if p.id in version.problem_ids and _is_open(p, on, known)
    )
    if not problem_ids:
        return Answer("problem_not_open")
    if not _reviewer_confirmed_ai(case, version, known):
        return Answer("ai_not_confirmed")
    if _has_stopped(case, version, on, known) or not _is_operating(version, on):
        return Answer("not_operational")
    return Answer("counted", problem_ids)


def counted_cities(cases: Iterable[CaseHistory], on: date, known: int) -> set[int]:
    told = list(cases)
    cities = {case.city_id for case in told}
    cities |= {carried.to_city_id for case in told for carried in case.carry_overs}
    return {
        city
        for city in cities
        if any(answer(case, city, on, known).outcome == "counted" for case in told)
    }


def _belongs(case: CaseHistory, city_id: int, on: date, known: int) -> bool:
    if city_id == case.city_id:
        return True
    belongs = False
    told = [(c.position, c.effective_on, True) for c in case.carry_overs if c.to_city_id == city_id]
    told += [
        (e.position, e.effective_on, False) for e in case.carry_over_ends if e.to_city_id == city_id
    ]
    for position, since, carried in sorted(told):
        if position <= known and on >= since:
            belongs = carried
    return belongs


def _last_word(case: CaseHistory, on: date, known: int) -> Ruling | None:
    """The ledger retold for one day: each decision in effect that day replaces the one before."""
    last = None
    for ruling in sorted(case.rulings, key=lambda r: r.position):
        if ruling.position > known:
            break
        if ruling.action.value not in {"approve", "suspend", "revoke", "reinstate"}:
            continue
        if ruling.effective_from is None or on >= ruling.effective_from:
            last = ruling
    return last


def _waiting(case: CaseHistory, known: int) -> str | None:
    """What can be said while no decision is in effect: where the newest version stands."""
    state, newest = None, None
    facts = [(v.submitted, "submitted", v.id) for v in case.versions]
    facts += [(r.position, r.action.value, r.version_id) for r in case.rulings]
    for position, what, version_id in sorted(facts):
        if position > known:
            break
        if what == "submitted":
            state, newest = "under_review", version_id
        elif version_id == newest:
            state = "returned" if what == "return" else None
    return state


def _is_open(problem: Problem, on: date, known: int) -> bool:
    declared = problem.declared <= known and has_surely_begun(str(problem.declared_on), on)
    heard_of_withdrawal = problem.withdrawn is not None and problem.withdrawn <= known
    if heard_of_withdrawal and problem.withdrawn_on is not None and on >= problem.withdrawn_on:
        return False
    return declared


def _reviewer_confirmed_ai(case: CaseHistory, version: Version, known: int) -> bool:
    for ruling in case.rulings:
        approval = ruling.action.value == "approve" and ruling.version_id == version.id
        if approval and ruling.ai_confirmed and ruling.position <= known:
            return True
    return False


def _has_stopped(case: CaseHistory, version: Version, on: date, known: int) -> bool:
    """The city said after this text that it stops, and by this day it had."""
    told = False
    for report in case.stage_reports:
        told = told or (version.submitted < report.position <= known and report.effective_on <= on)
    return told


def _is_operating(version: Version, on: date) -> bool:
    for index, entry in enumerate(version.stages):
        if entry.stage.value != "operational" or not has_surely_begun(str(entry.since), on):
            continue
        following = version.stages[index + 1 : index + 2]
        if not any(may_have_begun(str(later.since), on) for later in following):
            return True
    return False
