"""The ministry's desk: a case carried over to the successors of its city; that taken back."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select

from registry.actions.act import Act
from registry.actions.declare import person
from registry.actions.ledger import Ledger
from registry.actions.standing import refresh
from registry.db.tables import CarryOver, CarryOverEnd, City, UseCase
from registry.domain.carrying import carrying_problems, ending_problems
from registry.domain.errors import FieldProblem, InvalidInput, NotFound
from registry.domain.model import Action, Role, Subject
from registry.domain.permissions import check
from registry.domain.roll_intake import CarryOverDraft, CarryOverEndDraft
from registry.queries.carrying import links_from, rolls_of, stands_for
from registry.queries.moments import moment, today


def carry_over(act: Act, use_case_code: str, draft: CarryOverDraft) -> int:
    """Records that a case also stands for successors of its city; returns the ledger position.

    Raises InvalidInput where lineage does not lead there, not on that day yet, or where a roll
    names predecessor and successor both, so that one case would count twice.
    """
    return carry_all_over(act, [use_case_code], draft)[0]


def carry_all_over(act: Act, codes: Sequence[str], draft: CarryOverDraft) -> list[int]:
    """The same for several cases: all of them, or none."""
    role, cases = _permitted(act, codes)
    ledger = Ledger(act)
    ids = _named(act, draft.to_city_codes)
    _refuse(_hindered(act, cases, list(ids.values()), draft.effective_on))
    positions = []
    for case in cases:
        position = ledger.append(
            "use_case.carried_over",
            role,
            "use_case",
            case.code,
            {"to": sorted(ids), **draft.model_dump(mode="json", exclude={"to_city_codes"})},
        )
        act.session.add_all(
            CarryOver(
                position=position,
                use_case_id=case.id,
                to_city_id=city_id,
                effective_on=draft.effective_on,
                legal_basis=draft.legal_basis,
                actor_id=person(act),
            )
            for city_id in ids.values()
        )
        act.session.flush()
        refresh(act.session, [case.id], position)
        positions.append(position)
    return positions


def take_back(act: Act, use_case_code: str, draft: CarryOverEndDraft) -> int:
    """Records that a case no longer stands for cities it was carried to; returns the position.

    It still counts for them as known before, and on days before the decision's effect. Raises
    InvalidInput where it does not stand for one, or was carried on from there.
    """
    role, [case] = _permitted(act, [use_case_code])
    ledger = Ledger(act)
    ids = _named(act, draft.to_city_codes)
    stands = stands_for(act.session, case.id)
    problems = ending_problems(list(ids.values()), stands, links_from(act.session, stands))
    if draft.effective_on > today(act.clock()):
        problems.append(FieldProblem("/effective_on", "in_the_future"))
    _refuse(problems)
    position = ledger.append(
        "use_case.carry_over_ended",
        role,
        "use_case",
        case.code,
        {"to": sorted(ids), **draft.model_dump(mode="json", exclude={"to_city_codes"})},
    )
    act.session.add_all(
        CarryOverEnd(
            position=position,
            use_case_id=case.id,
            to_city_id=city_id,
            effective_on=draft.effective_on,
            reason=draft.reason,
            actor_id=person(act),
        )
        for city_id in ids.values()
    )
    act.session.flush()
    refresh(act.session, [case.id], position)
    return position


def _named(act: Act, codes: Sequence[str]) -> dict[str, int]:
    """The cities of these codes, in their order, each one that the actor may decide about."""
    found = select(City.code, City.id).where(City.code.in_(codes))
    ids = {row.code: row.id for row in act.session.execute(found)}
    for city_id in ids.values():
        check(act.actor, Action.CARRY_OVER, Subject(city_id=city_id))
    _refuse(
        FieldProblem(f"/to_city_codes/{index}", "unknown_choice", {"value": code})
        for index, code in enumerate(codes)
        if code not in ids
    )
    return {code: ids[code] for code in codes}


def _refuse(problems: Iterable[FieldProblem]) -> None:
    """Says each thing once, though it may hold for several cases."""
    found = list(problems)
    if found:
        raise InvalidInput([p for index, p in enumerate(found) if p not in found[:index]])


def _permitted(act: Act, codes: Sequence[str]) -> tuple[Role, list[UseCase]]:
    cases = list(
        act.session.scalars(select(UseCase).where(UseCase.code.in_(codes)).order_by(UseCase.code))
    )
    if not cases or len(cases) != len(set(codes)):
        raise NotFound
    roles = [check(act.actor, Action.CARRY_OVER, Subject(city_id=c.city_id)) for c in cases]
    return roles[0], cases


def _hindered(
    act: Act, cases: Sequence[UseCase], to: Sequence[int], on: date
) -> list[FieldProblem]:
    rolls = rolls_of(act.session, moment(act.session, act.clock(), on))
    problems = []
    for case in cases:
        stands = stands_for(act.session, case.id)
        links = links_from(act.session, stands)
        problems += carrying_problems(to, on, stands, links, rolls)
    return problems
