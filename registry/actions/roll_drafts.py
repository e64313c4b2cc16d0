"""A roll being made ready: a list taken in, its lines given their cities, its changes confirmed.

Nothing here touches a figure; `roll_force` puts the list in force.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from registry.actions.act import Act
from registry.actions.drafts import (
    lock_draft,
    new_draft,
    put_aside,
    record_confirmations,
    touched,
)
from registry.db.tables import Roll, RollDraft
from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.model import REGISTER, Action
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
    row = RollDraft(
        id=uuid4(),
        adds_to_id=None if adds_to is None else adds_to.id,
        facts=facts.model_dump(mode="json"),
        file_name=file_name,
        lines=[
            {"number": (numbers or {}).get(index, index + 1), "said": line}
            for index, line in enumerate(lines)
        ],
    )
    return new_draft(act, row)


def choose(act: Act, draft_id: UUID, choices: RollChoicesDraft, revision: int) -> RollDraft:
    """Records which city a line is, and in which cities one goes on that is no longer listed."""
    row = lock_draft(act, RollDraft, draft_id, revision)
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
    touched(act, row)
    return row


def confirm(
    act: Act, draft_id: UUID, confirmations: RollConfirmationsDraft, revision: int
) -> RollDraft:
    """Records the word that changes are as their source says."""
    row = lock_draft(act, RollDraft, draft_id, revision)
    draft = roll_draft(act.session, draft_id)
    assert draft is not None
    changes = dossier(act.session, draft, act.clock()).plan.changes
    record_confirmations(act, row, changes, confirmations)
    return row


def discard(act: Act, draft_id: UUID, revision: int) -> RollDraft:
    row = lock_draft(act, RollDraft, draft_id, revision)
    put_aside(act, row)
    return row


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
