"""Indicators 1, 3 and 4: reporting lines, a list looked through before it counts, deciding.

Whoever reports a line does not decide on it. Nothing is rewritten: a line said anew is a new one,
and holds in the place of the old from the moment it is approved.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from registry.actions.act import Act
from registry.actions.declare import person
from registry.actions.ledger import Ledger
from registry.db.tables import IndicatorDecision, IndicatorEntry, IndicatorSheet
from registry.domain.errors import FieldProblem, InvalidInput, NotFound, WrongState
from registry.domain.indicator_intake import (
    BEGINS,
    BELONGS,
    MOST_LINES,
    EntryDecisionDraft,
    LineDraft,
    Stated,
    digest,
)
from registry.domain.indicators import (
    MOVES,
    REASONED,
    EntryAction,
    Indicator,
    LineKind,
    LineVerdict,
    kinds_of,
)
from registry.domain.model import REGISTER, Action, RollDraftState, Subject
from registry.domain.permissions import check
from registry.queries.indicators import Entry, entries_by_id, latest
from registry.queries.moments import today


@dataclass(frozen=True, slots=True)
class Judged:
    """A line that can be taken, and what it would do."""

    line: Stated
    verdict: LineVerdict


def judge(act: Act, indicator: Indicator, kind: LineKind, lines: Sequence[Stated]) -> list[Judged]:
    """What each line would do. Raises InvalidInput naming every line that cannot be taken."""
    check(act.actor, Action.REPORT_INDICATOR, REGISTER)
    return _judged(act, indicator, kind, lines)


def report(act: Act, indicator: Indicator, kind: LineKind, lines: Sequence[Stated]) -> int:
    """Records the lines that say something new; returns the ledger position.

    Raises InvalidInput where a line cannot be taken, or where all of them say what is there.
    """
    role = check(act.actor, Action.REPORT_INDICATOR, REGISTER)
    ledger = Ledger(act)
    return _recorded(act, ledger, role.value, indicator, _judged(act, indicator, kind, lines))


def hand_in(
    act: Act,
    indicator: Indicator,
    kind: LineKind,
    lines: Sequence[Stated],
    *,
    file_name: str,
    numbers: Sequence[int],
) -> IndicatorSheet:
    """Keeps a list with what each of its lines would do, until its author confirms it.

    `numbers` are the rows in which the lines stand in the file.
    """
    found = judge(act, indicator, kind, lines)
    row = IndicatorSheet(
        id=uuid4(),
        indicator=indicator.value,
        kind=kind.value,
        file_name=file_name,
        lines=[
            {"row": number, "verdict": each.verdict.value, "said": each.line.document()}
            for number, each in zip(numbers, found, strict=True)
        ],
        state=RollDraftState.OPEN.value,
        position=None,
        author_id=person(act),
        created_at=act.clock(),
    )
    act.session.add(row)
    act.session.flush()
    return row


def confirm(act: Act, sheet_id: UUID) -> int:
    """Reports the lines of a list as they would be taken now; returns the ledger position."""
    role = check(act.actor, Action.REPORT_INDICATOR, REGISTER)
    ledger = Ledger(act)
    row = _open_sheet(act, sheet_id)
    indicator, kind = Indicator(row.indicator), LineKind(row.kind)
    stated = [Stated.read(line["said"]) for line in row.lines]
    found = _judged(act, indicator, kind, stated)
    row.position = _recorded(act, ledger, role.value, indicator, found)
    row.state = RollDraftState.IN_FORCE.value
    act.session.flush()
    return row.position


def put_aside(act: Act, sheet_id: UUID) -> None:
    check(act.actor, Action.REPORT_INDICATOR, REGISTER)
    _open_sheet(act, sheet_id).state = RollDraftState.DISCARDED.value
    act.session.flush()


def decide(act: Act, entry_ids: Sequence[UUID], draft: EntryDecisionDraft) -> int:
    """Approves, returns or revokes lines together; returns the ledger position.

    Raises OwnWork where one was reported by the actor, WrongState where one is not, or no longer,
    in the state that the action begins from, and NotFound where there is no such line.
    """
    check(act.actor, Action.REVIEW_INDICATOR, REGISTER)
    if draft.action in REASONED and not draft.reason:
        raise InvalidInput([FieldProblem("/reason", "required")])
    ids = list(dict.fromkeys(entry_ids))
    if not ids:
        raise InvalidInput([FieldProblem("/entries", "choose_one")])
    ledger = Ledger(act)
    found = entries_by_id(act.session, ids)
    if len(found) < len(ids):
        raise NotFound
    role = None
    for each in found.values():
        role = check(act.actor, Action.REVIEW_INDICATOR, Subject(author_id=each.author_id))
        if (each.state, draft.action) not in MOVES:
            raise WrongState
    assert role is not None
    return _decided(act, ledger, role.value, ids, draft)


def found_register(act: Act, indicator: Indicator, drafts: Sequence[LineDraft]) -> int:
    """Lays down lines that an act of law enumerates: reported and approved by nobody in person.

    Only for whoever founds a register; lines that are there already are left alone.
    """
    role = check(act.actor, Action.REPORT_INDICATOR, REGISTER).value
    assert act.actor.user_id is None
    ledger = Ledger(act)
    position = 0
    for kind in kinds_of(indicator):
        stated = [draft.stated() for draft in drafts if draft.KIND is kind]
        there = latest(act.session, indicator, kind, [line.key for line in stated])
        new = [line for line in stated if line.key not in there]
        if new:
            entries = _added(act, ledger, role, indicator, new, author=None)
            approval = EntryDecisionDraft(action=EntryAction.APPROVE)
            position = _decided(act, ledger, role, [entry.id for entry in entries], approval)
    return position


def _judged(
    act: Act, indicator: Indicator, kind: LineKind, stated: Sequence[Stated]
) -> list[Judged]:
    if kind not in kinds_of(indicator) or any(line.kind is not kind for line in stated):
        raise NotFound
    if not stated or len(stated) > MOST_LINES:
        code = "too_many" if stated else "required"
        raise InvalidInput([FieldProblem("/lines", code, {"max_length": str(MOST_LINES)})])
    belongs = BELONGS.get(kind)
    parents = (
        latest(act.session, indicator, belongs[1], (line.parent for line in stated))
        if belongs
        else {}
    )
    bodies = _bodies_named(act, indicator, kind, stated)
    times = Counter(line.key for line in stated)
    problems = []
    for index, line in enumerate(stated):
        found = _wrong(line, parents, bodies, today(act.clock()))
        if times[line.key] > 1:
            found.append(
                ("code" if "code" in line.content else BEGINS.get(kind, "since"), "line_twice", {})
            )
        problems += [
            FieldProblem(f"/lines/{index}/{field}", code, params) for field, code, params in found
        ]
    if problems:
        raise InvalidInput(problems)
    there = latest(act.session, indicator, kind, (line.key for line in stated), standing=True)
    return [Judged(line, _verdict(line, there)) for line in stated]


def _wrong(
    line: Stated, parents: Mapping[str, Entry], bodies: set[str], on: date
) -> list[tuple[str, str, dict[str, str]]]:
    """The fields of a line with what is wrong with each, as far as the register has to be asked."""
    found: list[tuple[str, str, dict[str, str]]] = []
    begins = BEGINS.get(line.kind, "since")
    if line.kind in BELONGS:
        parent = parents.get(line.parent)
        if parent is None:
            found.append((BELONGS[line.kind][0], "nothing_of_this_code", {}))
        elif line.kind is LineKind.COMPLETION and line.start < parent.start:
            found.append((begins, "before_the_course", {"day": parent.start.isoformat()}))
        if line.start > on:
            found.append((begins, "in_the_future", {}))
    if line.kind is LineKind.DATASET and date.fromisoformat(line.content["last_checked"]) > on:
        found.append(("last_checked", "in_the_future", {}))
    if not set(line.content.get("predecessors", ())) <= bodies:
        found.append(("predecessors", "nothing_of_this_code", {}))
    return found


def _bodies_named(
    act: Act, indicator: Indicator, kind: LineKind, stated: Sequence[Stated]
) -> set[str]:
    """Of the bodies named as predecessors those that there are, or that the list itself names."""
    if kind is not LineKind.BODY:
        return set()
    named = {code for line in stated for code in line.content["predecessors"]}
    return {line.key for line in stated} | set(latest(act.session, indicator, kind, named))


def _verdict(line: Stated, there: Mapping[str, Entry]) -> LineVerdict:
    entry = there.get(line.key)
    if entry is None:
        return LineVerdict.NEW
    return LineVerdict.SAME if entry.content == line.content else LineVerdict.CHANGED


def _recorded(
    act: Act, ledger: Ledger, role: str, indicator: Indicator, found: Sequence[Judged]
) -> int:
    telling = [each.line for each in found if each.verdict is not LineVerdict.SAME]
    if not telling:
        raise InvalidInput([FieldProblem("/lines", "nothing_new")])
    return _added(act, ledger, role, indicator, telling, author=person(act))[0].position


def _added(
    act: Act,
    ledger: Ledger,
    role: str,
    indicator: Indicator,
    lines: Sequence[Stated],
    author: UUID | None,
) -> list[IndicatorEntry]:
    position = ledger.append(
        "indicator.report",
        role,
        "indicator",
        indicator.value,
        {"kind": lines[0].kind.value, "lines": len(lines), "lines_sha256": digest(lines)},
    )
    entries = [
        IndicatorEntry(
            id=uuid4(),
            position=position,
            indicator=indicator.value,
            kind=line.kind.value,
            key=line.key,
            parent=line.parent,
            valid=Range(line.start, line.end),
            person_key=line.person,
            amount=line.amount,
            fits=line.fits,
            content=line.content,
            author_id=author,
        )
        for line in lines
    ]
    act.session.add_all(entries)
    act.session.flush()
    return entries


def _decided(
    act: Act, ledger: Ledger, role: str, ids: Sequence[UUID], draft: EntryDecisionDraft
) -> int:
    effective_from = draft.effective_from
    position = ledger.append(
        f"indicator.{draft.action}",
        role,
        "indicator",
        act.session.scalars(
            select(IndicatorEntry.indicator).where(IndicatorEntry.id == ids[0])
        ).one(),
        {
            "entries": [str(entry_id) for entry_id in ids],
            "reason": draft.reason,
            "effective_from": None if effective_from is None else effective_from.isoformat(),
        },
    )
    act.session.add_all(
        IndicatorDecision(
            entry_id=entry_id,
            position=position,
            action=draft.action.value,
            reason=draft.reason,
            effective_from=effective_from,
            decider_id=act.actor.user_id,
        )
        for entry_id in ids
    )
    act.session.flush()
    return position


def _open_sheet(act: Act, sheet_id: UUID) -> IndicatorSheet:
    row = act.session.scalar(
        select(IndicatorSheet)
        .where(IndicatorSheet.id == sheet_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    if row.state != RollDraftState.OPEN:
        raise WrongState
    return row
