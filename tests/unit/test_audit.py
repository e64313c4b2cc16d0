"""The auditor's room: a forged history is named by its first place, whatever was done to it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain import ledger_file
from registry.domain.audit import Line, Recorded, audit
from registry.domain.ledger import GENESIS, Event, Fault
from registry.domain.merkle import leaf_hash, root_of
from registry.domain.notes import Checkpoint

START = datetime(2025, 1, 1, tzinfo=UTC)
ORIGIN = "registry.test/ledger"


def told(names: Sequence[str], kept: Sequence[str] | None = None) -> list[Line]:
    """A chain made whole over events of these names, beside the leaves of another."""
    leaves = [None] * len(names) if kept is None else [line_leaf(line) for line in told(kept)]
    lines, previous = [], GENESIS
    for position, name in enumerate(names, 1):
        event = Event(
            position=position,
            recorded_at=START + timedelta(seconds=position),
            kind="problem.declared",
            actor_id=None,
            actor_role="city_editor",
            subject_type="problem",
            subject_id=name,
            payload={"title": name},
            request_id="",
            previous_hash=previous,
        )
        recorded = Recorded(event.recorded_at, previous, event.hash(), event)
        leaf = leaves[position - 1] if position <= len(leaves) else None
        lines.append(Line(position, recorded, leaf))
        previous = event.hash()
    return lines


def line_leaf(line: Line) -> bytes:
    assert line.event is not None
    return leaf_hash(line.event.hash)


def head(lines: Sequence[Line], size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, root_of([line_leaf(line) for line in lines[:size]]))


def faults(
    lines: Sequence[Line], heads: Sequence[Checkpoint], earlier: Sequence[Line] = ()
) -> list[Fault]:
    return list(audit(lines, heads, earlier).faults)


@given(st.integers(1, 20), st.data())
def test_a_true_history_has_no_fault(size: int, data: st.DataObject) -> None:
    names = [str(number) for number in range(size)]
    lines = told(names, names)
    sizes = data.draw(st.lists(st.integers(1, size)))
    report = audit(lines, [head(lines, at) for at in sizes])
    assert (report.count, report.faults) == (size, ())
    assert report.signed == max(sizes, default=0)


@given(st.integers(2, 20), st.data())
def test_history_written_anew_is_named_by_its_first_place(size: int, data: st.DataObject) -> None:
    true = [str(number) for number in range(size)]
    signed = data.draw(st.integers(1, size))
    place = data.draw(st.integers(1, signed))
    rest = data.draw(st.permutations([*true[place:], *data.draw(st.lists(st.just("new")))]))
    forged = [*true[: place - 1], "forged", *rest]
    noted = [head(told(true), signed)]
    named = Fault(place, "not_as_signed")
    if len(forged) >= signed:
        assert faults(told(forged, true), noted) == [named]
        assert faults(told(forged), noted, told(true)) == [named]
        assert faults(told(forged, forged), noted) == [Fault(1, "not_as_signed", signed)]
    earlier = data.draw(st.integers(0, place - 1))
    if earlier and len(forged) >= signed:
        closing_in = [head(told(true), earlier), *noted]
        assert faults(told(forged), closing_in) == [Fault(earlier + 1, "not_as_signed", signed)]


@pytest.mark.parametrize("full", [True, False])
def test_a_file_is_read_as_it_was_written(full: bool) -> None:
    lines = told(["một", '\u2028\n{"}', "ba"], ["một", "hai", "ba"])
    lines.insert(1, Line(9, None, bytes(32)))
    written = [
        *ledger_file.front(ORIGIN, 3, [(1, "key", "says\n")], [(3, START, "note\n")], full=full),
        *(ledger_file.place(line, None if full else shown(line)) for line in lines),
    ]
    assert all(line.count("\n") == 1 for line in written)
    read = ledger_file.opened(written)
    assert (read.full, read.statements, read.heads) == (full, ("says\n",), ("note\n",))
    assert list(read.lines) == [line if full else without_content(line) for line in lines]


def shown(line: Line) -> dict[str, object]:
    assert line.event is not None or line.position == 9
    if line.event is None:
        return {}
    return {
        "position": line.position,
        "recorded_at": ledger_file.instant(line.event.recorded_at),
        "previous_hash": line.event.previous_hash.hex(),
        "hash": line.event.hash.hex(),
    }


def without_content(line: Line) -> Line:
    if line.event is None:
        return line
    return replace(line, event=replace(line.event, content=None))
