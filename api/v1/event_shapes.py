"""The public ledger's glass case: what of an event is shown to everybody."""

from collections.abc import Mapping
from typing import Any

from api.v1.shapes import Instant, Shape
from registry.domain.ledger import Event

# Accounts are nobody's business but their owners', drafts nobody's but their city's, talk about an
# entry is the city's and the ministry's, reports of errors are between whoever makes them and who
# answers them, and who was refused, has read or reads a second time, and what readers say before
# there is a decision, is the ministry's: of them only the links of the chain show.
_PRIVATE = (
    *("user.", "membership.", "draft.", "access.", "sign_in.", "reading.", "comment.", "report."),
    *("version.opinion", "version.hand_over", "version.uphold", "version.take_back"),
)
# What a city and the ministry write to each other about a version that is not public, and what
# reviewers write to each other.
_BETWEEN_THEM: Mapping[str, frozenset[str]] = {
    "version.submit": frozenset({"letter_number", "letter_date", "letter_file"}),
    "version.withdraw": frozenset({"reason"}),
    "version.return": frozenset({"reason"}),
    "version.reject": frozenset({"reason"}),
    "indicator.return": frozenset({"reason"}),
    "version.hand_back": frozenset({"note"}),
    "version.reassign": frozenset({"to", "note"}),
}
# A lead takes up what two readers differ on: who did would tell.
_BY_THE_DESK = frozenset({"version.claim"})


class EventSubject(Shape):
    type: str
    id: str


class LedgerEvent(Shape):
    """`hash` is that of the event as it is kept, with what is not shown here (RFC 8785, SHA-256);
    `previous_hash` links it to the event before."""

    position: int
    recorded_at: Instant
    kind: str
    role: str | None
    subject: EventSubject | None
    payload: dict[str, Any] | None
    previous_hash: str
    hash: str


def shown(event: Event, digest: bytes) -> LedgerEvent:
    private = event.kind.startswith(_PRIVATE)
    hidden = _BETWEEN_THEM.get(event.kind, frozenset())
    return LedgerEvent(
        position=event.position,
        recorded_at=event.recorded_at,
        kind=event.kind,
        role=None if private or event.kind in _BY_THE_DESK else event.actor_role,
        subject=None if private else EventSubject(type=event.subject_type, id=event.subject_id),
        payload=None
        if private
        else {name: value for name, value in event.payload.items() if name not in hidden},
        previous_hash=event.previous_hash.hex(),
        hash=digest.hex(),
    )
