"""When which text of an entry was the public one, and what stands where one no longer is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from registry.domain.model import Action

_BEGINS = frozenset({Action.APPROVE, Action.REINSTATE})
_ENDS = frozenset({Action.SUSPEND, Action.REVOKE})


class Said(Protocol):
    """A decision on a version, at a position of the ledger (UTC)."""

    @property
    def position(self) -> int: ...
    @property
    def version(self) -> int: ...
    @property
    def action(self) -> Action: ...
    @property
    def decided_at(self) -> datetime: ...
    @property
    def effective_from(self) -> date | None: ...
    @property
    def reason(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Span:
    """A version was approved from `since` until before `until` (open: it still is).

    `ended_by` is SUPERSEDE where another version was approved, else SUSPEND or REVOKE.
    """

    version: int
    since: Said
    until: Said | None = None
    ended_by: Action | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the public read at a time: the version, and the decision by which it was no longer
    approved, where that was so."""

    version: int
    since: Said
    ended: Said | None


def spans(decisions: Sequence[Said]) -> list[Span]:
    """The spans in which a text was the approved one, oldest first; other decisions are passed
    over."""
    found: list[Span] = []
    for said in sorted(decisions, key=lambda each: each.position):
        if said.action not in _BEGINS | _ENDS:
            continue
        if found and found[-1].until is None:
            by = said.action if said.action in _ENDS else Action.SUPERSEDE
            found[-1] = replace(found[-1], until=said, ended_by=by)
        if said.action in _BEGINS:
            found.append(Span(said.version, said))
    return found


def standing(decisions: Sequence[Said], before: datetime) -> Standing | None:
    """What was public just before a time; None where nothing had been approved by then.

    A suspended or revoked text stays public, with the decision that took its approval away.
    """
    known = [
        said for said in decisions if said.decided_at < before and said.action in _BEGINS | _ENDS
    ]
    if not known:
        return None
    last = max(known, key=lambda each: each.position)
    first = [span for span in spans(known) if span.version == last.version][-1]
    return Standing(last.version, first.since, last if last.action in _ENDS else None)
