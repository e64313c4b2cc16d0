"""The packing table: a ledger written to a file, one JSON record a line, and read again.

First what the file is (`ledger`), then the statements about its keys (`key`) and its signed heads
(`head`), then every event in order of position (`event`), each with its own hash and its leaf as
the tree kept it. A file with all content lets everybody work the hashes out again; in one for the
public some content is not shown, and the hashes stand for it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from registry.domain.audit import Line, Recorded
from registry.domain.ledger import Event

FORMAT = "city-ai-registry-ledger/1"


class Unreadable(ValueError):
    """A line of the file is none of a ledger's."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose first records were read; `lines` reads the events."""

    full: bool
    statements: tuple[str, ...]
    heads: tuple[str, ...]
    lines: Iterator[Line]


def instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def front(
    origin: str,
    until: int,
    keys: Iterable[tuple[int, str, str]],
    heads: Iterable[tuple[int, datetime, str]],
    *,
    full: bool,
) -> Iterator[str]:
    """The records before the events. Keys: since which event, key, statement; heads: size, when,
    note."""
    yield _line(
        {
            "record": "ledger",
            "format": FORMAT,
            "origin": origin,
            "content": "full" if full else "public",
            "events": until,
        }
    )
    for since, key, statement in keys:
        yield _line({"record": "key", "since": since, "key": key, "statement": statement})
    for size, at, note in heads:
        yield _line({"record": "head", "size": size, "signed_at": instant(at), "note": note})


def place(line: Line, shown: Mapping[str, Any] | None = None) -> str:
    """One place of the ledger: `shown` of its event, or all of it."""
    kept = None if line.leaf is None else line.leaf.hex()
    if line.event is None:
        return _line({"record": "missing", "position": line.position, "leaf": kept})
    event = _all_of(line.event) if shown is None else shown
    return _line({"record": "event", **event, "leaf": kept})


def opened(text: Iterable[str]) -> Opened:
    """Raises Unreadable here or while the events are read."""
    records = _records(text)
    _, first = next(records, (1, {}))
    if first.get("format") != FORMAT or first.get("content") not in {"full", "public"}:
        raise Unreadable("line 1: this is not the export of a ledger")
    full = first["content"] == "full"
    statements: list[str] = []
    heads: list[str] = []
    begun: list[tuple[int, dict[str, Any]]] = []  # the first event, read to see that it is one
    for number, record in records:
        match record.get("record"):
            case "key":
                statements.append(_text(record, "statement", number))
            case "head":
                heads.append(_text(record, "note", number))
            case _:
                begun.append((number, record))
                break

    lines = (_read(record, number, full) for number, record in chain(begun, records))
    return Opened(full, tuple(statements), tuple(heads), lines)


def _all_of(recorded: Recorded) -> dict[str, Any]:
    event = recorded.content
    if event is None:
        raise ValueError("an event of which only a part is known")
    return {
        "position": event.position,
        "recorded_at": instant(event.recorded_at),
        "kind": event.kind,
        "actor_id": event.actor_id,
        "actor_role": event.actor_role,
        "subject_type": event.subject_type,
        "subject_id": event.subject_id,
        "payload": event.payload,
        "request_id": event.request_id,
        "previous_hash": event.previous_hash.hex(),
        "hash": recorded.hash.hex(),
    }


def _read(record: Mapping[str, Any], number: int, full: bool) -> Line:
    try:
        position, leaf = _position(record["position"]), record["leaf"]
        kept = None if leaf is None else bytes.fromhex(leaf)
        if record["record"] == "missing":
            return Line(position, None, kept)
        at = datetime.fromisoformat(record["recorded_at"]).astimezone(UTC)
        previous, own = (bytes.fromhex(record[name]) for name in ("previous_hash", "hash"))
        content = None
        if full:
            others = {name: record[name] for name in _CONTENT}
            content = Event(position=position, recorded_at=at, previous_hash=previous, **others)
            content.hash()
        return Line(position, Recorded(at, previous, own, content), kept)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Unreadable(f"line {number}: this is no event of a ledger") from None


_CONTENT = (
    "kind",
    "actor_id",
    "actor_role",
    "subject_type",
    "subject_id",
    "payload",
    "request_id",
)


def _position(found: object) -> int:
    if type(found) is not int or found < 1:
        raise ValueError(found)
    return found


def _records(text: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text, 1):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            raise Unreadable(f"line {number}: this is no record")
        yield number, record


def _text(record: Mapping[str, Any], name: str, number: int) -> str:
    found = record.get(name)
    if not isinstance(found, str):
        raise Unreadable(f"line {number}: no {name}")
    return found


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"
