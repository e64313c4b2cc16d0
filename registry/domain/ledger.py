"""The chain of events: canonical bytes, their hash, and the check of a chain as it is read."""

import hashlib
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
    """Where a chain breaks, and how: `missing`, `unlinked`, `altered` or `time_order`; where it is
    not what was signed, see `registry.domain.audit`. `until`: somewhere up to there."""

    position: int
    kind: str
    until: int | None = None


class Chain:
    """A chain that is being read, in order of position, and the faults found in it so far."""

    def __init__(self, after: int = 0, last: bytes = GENESIS) -> None:
        """`after`: a position up to which the chain is known to be sound, and its hash there."""
        self.count = 0
        self.last = last
        self.faults: list[Fault] = []
        self._expected = after + 1
        self._last_time: datetime | None = None

    def read(
        self,
        position: int,
        previous_hash: bytes,
        recorded_at: datetime,
        recorded_hash: bytes,
        worked_out: bytes,
    ) -> None:
        """The next line: its hash as it is recorded, and as it follows from what is shown."""
        if self._expected < position:
            self.miss(position - 1)
            self.last = previous_hash
        if previous_hash != self.last:
            self.faults.append(Fault(position, "unlinked"))
        if worked_out != recorded_hash:
            self.faults.append(Fault(position, "altered"))
        if self._last_time is not None and recorded_at <= self._last_time:
            self.faults.append(Fault(position, "time_order"))
        self.last, self._last_time = recorded_hash, recorded_at
        self._expected = position + 1
        self.count += 1

    def miss(self, until: int) -> None:
        """No line stands at the places up to this one."""
        self.faults += [Fault(place, "missing") for place in range(self._expected, until + 1)]
        self._expected = max(self._expected, until + 1)


def content_hash(content: dict[str, Any]) -> bytes:
    """SHA-256 of the RFC 8785 form of a version's content."""
    return hashlib.sha256(rfc8785.dumps(content)).digest()


def change(before: dict[str, Any] | None, after: dict[str, Any]) -> dict[str, str | None]:
    """What an event says of a text that it puts in the place of another, or of none."""
    return {
        "before_sha256": None if before is None else content_hash(before).hex(),
        "after_sha256": content_hash(after).hex(),
    }
