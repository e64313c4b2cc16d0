"""The exhibition's clock: which text of an entry was public when, for the page and the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from registry.domain.model import Action
from registry.domain.publicity import Said, Standing, spans, standing
from registry.queries.moments import VIET_NAM, Moment

_ENDS = frozenset({Action.SUSPEND, Action.REVOKE})
_AN_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What stands on an entry that is no longer approved: the decision that ended it, and since
    when it had been approved."""

    ended: Said
    approved: Said


def public_at(decisions: Sequence[Said], seen: Moment, *, on_the_day: bool) -> Standing | None:
    """What the public read at the time `seen` was known; `on_the_day`: at the end of its day, as
    far as it was known then. None where nothing was public by then."""
    before = seen.known_at + _AN_INSTANT
    return standing(decisions, min(before, _end(seen.on)) if on_the_day else before)


def public_on(decisions: Sequence[Said], on: date) -> Standing | None:
    """What the public read at the end of a day in Viet Nam."""
    return standing(decisions, _end(on))


def tombstone(
    decisions: Sequence[Said], version: int, then: Standing | None = None
) -> Tombstone | None:
    """Of a version whose approval was suspended or revoked: today, or at the time read of."""
    if then is not None and then.version == version:
        return None if then.ended is None else Tombstone(then.ended, then.since)
    own = [span for span in spans(decisions) if span.version == version]
    if not own or own[-1].until is None or own[-1].ended_by is Action.SUPERSEDE:
        return None
    # Suspended first and revoked then: the last word is what stands.
    words = [said for said in decisions if said.version == version and said.action in _ENDS]
    return Tombstone(max(words, key=lambda said: said.position), own[-1].since)


def _end(on: date) -> datetime:
    return datetime.combine(on + timedelta(days=1), time(), VIET_NAM)
