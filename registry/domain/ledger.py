"""The chain of events: canonical bytes, their hash, and the check of a whole chain."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785

GENESIS = bytes(32)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the append-only ledger.

    `recorded_at` is UTC and strictly increasing with `position` (1, 2, 3 …). `payload` holds
    JSON of strings, integers, booleans, nulls, lists and objects only: no floats, so that its
    canonical form (RFC 8785) is the same everywhere.
    """

    position: int
    recorded_at: datetime
    kind: str
    actor_id: str | None
    actor_role: str
    subject_type: str
    subject_id: str
    payload: dict[str, Any]
    request_id: str
    previous_hash: bytes

    def canonical(self) -> bytes:
        """RFC 8785 bytes of everything but the event's own hash."""
        at = self.recorded_at.astimezone(UTC)
        return rfc8785.dumps(
            {
                "position": self.position,
                "recorded_at": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "kind": self.kind,
                "actor_id": self.actor_id,
                "actor_role": self.actor_role,
                "subject_type": self.subject_type,
                "subject_id": self.subject_id,
                "payload": self.payload,
                "request_id": self.request_id,
                "previous_hash": self.previous_hash.hex(),
            }
        )

    def hash(self) -> bytes:
        """SHA-256 of the canonical bytes."""
        return hashlib.sha256(self.canonical()).digest()


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a chain breaks, and how: `missing`, `unlinked`, `altered` or `time_order`."""

    position: int
    kind: str


def verify(events: Iterable[tuple[Event, bytes]]) -> tuple[int, bytes, list[Fault]]:
    """Checks events in order of position against their recorded hashes.

    Returns the number of events read, the hash of the last, and every fault found.
    """
    faults: list[Fault] = []
    count, previous, last_time = 0, GENESIS, None
    expected = 1
    for event, recorded_hash in events:
        while expected < event.position:
            faults.append(Fault(expected, "missing"))
            expected += 1
            previous = event.previous_hash
        if event.previous_hash != previous:
            faults.append(Fault(event.position, "unlinked"))
        if event.hash() != recorded_hash:
            faults.append(Fault(event.position, "altered"))
        if last_time is not None and event.recorded_at <= last_time:
            faults.append(Fault(event.position, "time_order"))
        previous, last_time = recorded_hash, event.recorded_at
        expected = event.position + 1
        count += 1
    return count, previous, faults


def content_hash(content: dict[str, Any]) -> bytes:
    """SHA-256 of the RFC 8785 form of a version's content."""
    return hashlib.sha256(rfc8785.dumps(content)).digest()
