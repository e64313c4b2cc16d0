"""A roll being made ready: a list taken in, its lines given their cities, its changes confirmed.

Nothing here touches a figure; `roll_force` puts the list in force.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from registry.actions.act import Act
from registry.actions.declare import person
from registry.db.tables import Roll, RollDraft
from registry.domain.errors import FieldProblem, InvalidInput, NotFound, Stale, WrongState
from registry.domain.model import REGISTER, Action, RollDraftState
from registry.domain.permissions import check
from registry.domain.roll_changes import folded
from registry.domain.roll_intake import (
    RollChoicesDraft,
    RollConfirmationsDraft,
    RollDraftBody,
    RollLineDraft,
)
from registry.queries.coverage import roll_in_force
from registry.queries.moments import moment
from registry.queries.roll_drafts import (
    cities_known,
    dossier,
    namings,
    provinces_named,
    roll_draft,
)


def start_roll(
    act: Act, body: RollDraftBody, file_name: str, numbers: Mapping[int, int] | None = None
) -> RollDraft:
    """Takes a list in. Raises InvalidInput naming every line that cannot be read for what it is.

    `numbers` gives the number that a line has in its file, where that is not its place in the list.
    """
    check(act.actor, Action.MANAGE_ROLLS, REGISTER)
    adds_to = _adds_to(act, body)
    lines, problems = _lines(act, body, adds_to)
    if body.roll is not None and act.session.scalar(
        select(Roll.id).where(Roll.code == body.roll.code)
    ):
        problems.append(FieldProblem("/roll/code", "taken_code", {"value": body.roll.code}))
    if not body.lines:
        problems.append(FieldProblem("/lines", "required"))
    if problems:
        raise InvalidInput(problems)
    facts = body.roll or body.names
    assert facts is not None
    now = act.clock()
    row = RollDraft(
        id=uuid4(),
        adds_to_id=None if adds_to is None else adds_to.id,
        facts=facts.model_dump(mode="json"),
        file_name=file_name,
        lines=[
            {"number": (numbers or {}).get(index, index + 1), "said": line}
            for index, line in enumerate(lines)
        ],
        choices={},
        confirmed={},
        state=RollDraftState.OPEN.value,
        in_force_position=None,
        revision=1,
        author_id=person(act),
        updated_by_id=person(act),
        created_at=now,
        updated_at=now,
    )
    act.session.add(row)
    act.session.flush()
    return row


def choose(act: Act, draft_id: UUID, choices: RollChoicesDraft, revision: int) -> RollDraft:
    """Records which city a line is, and in which cities one goes on that is no longer listed."""
    row = lock_draft(act, draft_id, revision)
    draft = roll_draft(act.session, draft_id)
    assert draft is not None
    lines = dict(draft.choices.lines) | {each.line: each.city_code for each in choices.lines}
    heirs = dict(draft.choices.heirs) | {each.city_code: each.heirs for each in choices.heirs}
    by_number = {line.number: line for line in draft.lines}
    register = cities_known(act.session, draft.valid_from)
    own = {line.code for line in draft.lines if line.code in register}
    taken = Counter(code for number, code in lines.items() if number in by_number)
    problems = []
    for index, each in enumerate(choices.lines):
        line = by_number.get(each.line)
        if line is None:
            problems.append(FieldProblem(f"/lines/{index}/line", "unknown_choice"))
        elif taken[each.city_code] > 1 or (each.city_code in own and line.code != each.city_code):
            problems.append(FieldProblem(f"/lines/{index}/city_code", "repeated_city"))
    known = dossier(act.session, draft, act.clock())
    listed = known.plan.cities.keys() | set(lines.values())
    for index, choice in enumerate(choices.heirs):
        if choice.city_code not in known.before:
            problems.append(FieldProblem(f"/heirs/{index}/city_code", "unknown_choice"))
        problems += [
            FieldProblem(f"/heirs/{index}/heirs/{place}", "not_on_the_list")
            for place, heir in enumerate(choice.heirs)
            if heir not in listed or heir == choice.city_code
        ]
    if problems:
        raise InvalidInput(problems)
    row.choices = {
        "lines": {str(number): code for number, code in lines.items()},
        "heirs": {code: list(found) for code, found in heirs.items()},
    }
    _touched(act, row)
    return row


def confirm(
    act: Act, draft_id: UUID, confirmations: RollConfirmationsDraft, revision: int
) -> RollDraft:
    """Records the word that changes are as their source says.

    Raises InvalidInput for a change that is not, or no longer, what was confirmed.
    """
    row = lock_draft(act, draft_id, revision)
    draft = roll_draft(act.session, draft_id)
    assert draft is not None
    stamps = {c.key: c.stamp for c in dossier(act.session, draft, act.clock()).plan.changes}
    problems = [
        FieldProblem(f"/changes/{index}", "no_such_change")
        for index, each in enumerate(confirmations.changes)
        if stamps.get(each.key) != each.stamp
    ]
    if problems:
        raise InvalidInput(problems)
    row.confirmed = {
        **row.confirmed,
        **{c.key: {"stamp": c.stamp, "decree": c.decree} for c in confirmations.changes},
    }
    _touched(act, row)
    return row


def discard(act: Act, draft_id: UUID, revision: int) -> RollDraft:
    """Puts a list aside for good; it stays readable for administrators."""
    row = lock_draft(act, draft_id, revision)
    row.state = RollDraftState.DISCARDED.value
    _touched(act, row)
    return row


def lock_draft(act: Act, draft_id: UUID, revision: int) -> RollDraft:
    """An open draft, locked until commit, as the actor last saw it.

    Raises NotFound, WrongState for one that is in force or discarded, Stale where it changed.
    """
    check(act.actor, Action.MANAGE_ROLLS, REGISTER)
    row = act.session.scalar(
        select(RollDraft)
        .where(RollDraft.id == draft_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    if row.state != RollDraftState.OPEN:
        raise WrongState
    if row.revision != revision:
        raise Stale
    return row


def _touched(act: Act, row: RollDraft) -> None:
    row.revision += 1
    row.updated_by_id = person(act)
    row.updated_at = act.clock()
    act.session.flush()


def _adds_to(act: Act, body: RollDraftBody) -> Roll | None:
    if body.names is None:
        return None
    roll = act.session.scalar(select(Roll).where(Roll.code == body.names.adds_to))
    if roll is None:
        raise InvalidInput([FieldProblem("/names/adds_to", "unknown_choice")])
    return roll


def _lines(
    act: Act, body: RollDraftBody, adds_to: Roll | None
) -> tuple[list[dict[str, Any]], list[FieldProblem]]:
    """The lines with their provinces as codes, and what is wrong with them."""
    if adds_to is not None:
        valid_from, base = adds_to.valid_from, adds_to.code
    else:
        assert body.roll is not None
        valid_from = body.roll.valid_from
        at = moment(act.session, act.clock(), valid_from)
        found = roll_in_force(act.session, at, body.roll.series)
        base = "" if found is None else found.code
    before = namings(act.session, base)
    provinces: dict[str, str] = {}
    for code, *names in provinces_named(act.session, valid_from):
        provinces |= {folded(name): code for name in (code, *names)}
    codes = Counter(line.code for line in body.lines if line.code)
    lines, problems = [], []
    for index, line in enumerate(body.lines):
        province = provinces.get(folded(line.province), "")
        if line.province and not province:
            problems.append(FieldProblem(f"/lines/{index}/province", "unknown_province"))
        if codes[line.code] > 1:
            problems.append(FieldProblem(f"/lines/{index}/code", "repeated_city"))
        if any(_wrong_predecessor(code, line, before, adds_to) for code in line.predecessors):
            problems.append(FieldProblem(f"/lines/{index}/predecessors", "not_on_the_roll_before"))
        lines.append(line.model_dump(mode="json") | {"province": province})
    return lines, problems


def _wrong_predecessor(
    code: str, line: RollLineDraft, before: Mapping[str, Any], adds_to: Roll | None
) -> bool:
    return adds_to is not None or code not in before or code == line.code
