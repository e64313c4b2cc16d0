"""The office of lists: an entry begins on a day, is ended on a day, gives way to another.

Whatever the list, an act leaves the days before it as they were, and one event with what was said
before and after, and the source it rests on.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import Range

from registry.actions.act import Act
from registry.actions.ledger import Ledger
from registry.db.tables.lists import LISTS, SOURCES
from registry.domain.errors import FieldProblem, InvalidInput, NotFound, WrongState
from registry.domain.lists import (
    KINDS,
    Days,
    EndDraft,
    Entry,
    EntryDraft,
    ListKind,
    RetractionDraft,
    Standing,
    document,
    title,
    values_of,
)
from registry.domain.model import REGISTER, Action
from registry.domain.permissions import check
from registry.queries import lists
from registry.queries.coverage import INDICATOR
from registry.queries.moments import today


def add(act: Act, kind: ListKind, draft: EntryDraft) -> Entry:
    """Enters what holds from a day on.

    Raises InvalidInput where an entry alike holds on one of these days already, or where decisions
    took up what held on them.
    """
    role = check(act.actor, Action.MANAGE_LISTS, REGISTER)
    ledger = Ledger(act)
    problems = _decided_since(act, kind, "/valid_from", draft.valid_from)
    problems += _overlaps(act, kind, draft, but=None)
    if problems:
        raise InvalidInput(problems)
    after = {"before": None, "after": document(draft)}
    ledger.append("list.added", role.value, "list", kind.value, after)
    return _insert(act, kind, draft)


def replace(act: Act, kind: ListKind, entry_id: int, draft: EntryDraft) -> Entry:
    """Ends an entry on the day on which another takes its place: one act, one event.

    Raises WrongState for an entry that was ended or withdrawn already.
    """
    role = check(act.actor, Action.MANAGE_LISTS, REGISTER)
    ledger = Ledger(act)
    found = _open_entry(act, kind, entry_id)
    words = values_of(draft)
    problems = _decided_since(act, kind, "/valid_from", draft.valid_from)
    problems += _not_after_beginning("/valid_from", found, draft.valid_from)
    problems += [
        FieldProblem(f"/{name}", "not_the_same_entry")
        for name in KINDS[kind].fixed
        if words[name] != found.values[name]
    ]
    problems += _overlaps(act, kind, draft, but=found)
    if problems:
        raise InvalidInput(problems)
    position = ledger.append(
        "list.replaced",
        role.value,
        "list",
        kind.value,
        {"entry": found.id, "before": found.document(), "after": document(draft)},
    )
    _close(act, found, draft.valid_from, position, draft.source)
    return _insert(act, kind, draft)


def end(act: Act, kind: ListKind, entry_id: int, draft: EndDraft) -> Entry:
    """Ends an entry: from `ends_on` it no longer holds.

    Raises WrongState for one that was ended or withdrawn already, InvalidInput for a day that
    decisions rest on or that would leave figures without a target.
    """
    role = check(act.actor, Action.MANAGE_LISTS, REGISTER)
    ledger = Ledger(act)
    found = _open_entry(act, kind, entry_id)
    problems = _decided_since(act, kind, "/ends_on", draft.ends_on)
    problems += _not_after_beginning("/ends_on", found, draft.ends_on)
    problems += _needed(act, found, "/ends_on", draft.ends_on)
    if problems:
        raise InvalidInput(problems)
    position = ledger.append(
        "list.ended",
        role.value,
        "list",
        kind.value,
        {
            "entry": found.id,
            "before": found.document(),
            "after": found.document() | {"valid_to": draft.ends_on.isoformat()},
            "source": draft.source,
        },
    )
    _close(act, found, draft.ends_on, position, draft.source)
    return _found(act, kind, entry_id)


def withdraw(act: Act, kind: ListKind, entry_id: int, draft: RetractionDraft) -> Entry:
    """Takes back what has not begun yet. Raises WrongState for what has, or was withdrawn."""
    role = check(act.actor, Action.MANAGE_LISTS, REGISTER)
    ledger = Ledger(act)
    found = _found(act, kind, entry_id)
    if found.standing(today(act.clock())) is not Standing.AHEAD:
        raise WrongState
    problems = _needed(act, found, "/source", found.days.begin or date.min)
    if problems:
        raise InvalidInput(problems)
    position = ledger.append(
        "list.withdrawn",
        role.value,
        "list",
        kind.value,
        {
            "entry": found.id,
            "before": found.document(),
            "after": None,
            "source": draft.source,
        },
    )
    row = act.session.get_one(LISTS[kind], found.id)
    row.withdrawn_position, row.end_source = position, draft.source
    act.session.flush()
    return _found(act, kind, entry_id)


def lay_down(act: Act, kind: ListKind, rows: Iterable[Mapping[str, Any]]) -> None:
    """Enters what the register brings along: `rows` as the table has them, `valid` included.

    What a register begins with is no event of it; what a later release adds is one.
    """
    role = check(act.actor, Action.MANAGE_LISTS, REGISTER)
    given = list(rows)
    if not given:
        return
    ledger = Ledger(act)
    if ledger.head[0]:
        after = [{n: _as_json(v) for n, v in row.items()} for row in given]
        ledger.append("list.laid_down", role.value, "list", kind.value, {"after": after})
    act.session.add_all(LISTS[kind](**row) for row in given)
    act.session.flush()


def _open_entry(act: Act, kind: ListKind, entry_id: int) -> Entry:
    """An entry that goes on until somebody ends it. The ledger must be held."""
    found = _found(act, kind, entry_id)
    if found.days.end is not None or found.withdrawn_position is not None:
        raise WrongState
    return found


def _found(act: Act, kind: ListKind, entry_id: int) -> Entry:
    found = lists.entry(act.session, kind, entry_id)
    if found is None:
        raise NotFound
    return found


def _insert(act: Act, kind: ListKind, draft: EntryDraft) -> Entry:
    columns: dict[str, Any] = {
        **{n: list(v) if isinstance(v, tuple) else v for n, v in values_of(draft).items()},
        "valid": Range(draft.valid_from, None),
        SOURCES.get(kind, "source"): draft.source,
    }
    row = LISTS[kind](**columns)
    act.session.add(row)
    act.session.flush()
    return _found(act, kind, row.id)


def _close(act: Act, found: Entry, end: date, position: int, source: str) -> None:
    row = act.session.get_one(LISTS[found.kind], found.id)
    row.valid = Range(found.days.begin, end)
    row.ended_position, row.end_source = position, source
    act.session.flush()


def _decided_since(act: Act, kind: ListKind, pointer: str, day: date) -> list[FieldProblem]:
    """Records of decisions hold the words of their day: those days keep them."""
    last = lists.last_decision(act.session) if KINDS[kind].copied else None
    if last is None or day > last:
        return []
    return [FieldProblem(pointer, "decided_since", {"day": last.isoformat()})]


def _not_after_beginning(pointer: str, found: Entry, day: date) -> list[FieldProblem]:
    begin = found.days.begin
    if begin is None or begin < day:
        return []
    return [FieldProblem(pointer, "not_after_beginning", {"day": begin.isoformat()})]


def _overlaps(act: Act, kind: ListKind, draft: EntryDraft, but: Entry | None) -> list[FieldProblem]:
    """The first other entry that holds on days on which the new one would."""
    days, values = Days(draft.valid_from), values_of(draft)
    for other in lists.entries(act.session, kind):
        if other.alike(values) and other.days.meet(days) and (but is None or other.id != but.id):
            begin, end = other.days.begin, other.days.end
            last = None if end is None else end - timedelta(days=1)
            said = " – ".join("…" if day is None else day.isoformat() for day in (begin, last))
            params = {"entry": title(other) or str(other.id), "days": said}
            return [FieldProblem("/valid_from", "overlaps", params)]
    return []


def _needed(act: Act, found: Entry, pointer: str, end: date) -> list[FieldProblem]:
    """Every day has a target of the counted indicator, and every period the one it names."""
    if found.kind is not ListKind.TARGETS or found.values["indicator"] != INDICATOR:
        return []
    others = [
        entry
        for entry in lists.entries(act.session, ListKind.TARGETS)
        if entry.id != found.id
        and entry.withdrawn_position is None
        and entry.values["indicator"] == INDICATOR
    ]
    if not any(entry.days.end is None and entry.days.hold(end) for entry in others):
        return [FieldProblem(pointer, "last_target")]
    for code, day in lists.open_periods(act.session, found.values["year"]):
        if day >= end and found.days.hold(day):
            return [FieldProblem(pointer, "period_needs_target", {"period": code})]
    return []


def _as_json(value: Any) -> Any:
    if isinstance(value, Range):
        ends = (value.lower, value.upper)
        return [None if day is None else day.isoformat() for day in ends]
    return value
