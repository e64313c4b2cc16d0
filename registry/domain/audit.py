"""The auditor's room: is this ledger the one whose heads were signed, and if not, from where on?

A root tells that something differs, never what. What names the place are the leaves as they were
when the head was signed: kept beside the events, or in an export taken earlier. Whoever kept
them, they are genuine if they fold to the signed root. Without them the heads themselves still
say between which two of them history was changed.

Faults, beside those of the chain (`registry.domain.ledger.Fault`):
- `not_as_signed`: the first event that is not what was signed; with `until`, it is one of these;
- `cut_off`: a head covers the events up to `until`, and they are not there;
- `leaf`: the event is what was signed, the leaf kept beside it is not;
- `not_as_before`: it differs from the earlier export, at a place that no head covers yet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from registry.domain.ledger import Chain, Event, Fault
from registry.domain.merkle import Growing, leaf_hash
from registry.domain.notes import Checkpoint

# Stands in the tree where no event stands.
_NOTHING = bytes(32)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as far as it is shown: `content` only to those who may see all of it."""

    recorded_at: datetime
    previous_hash: bytes
    hash: bytes
    content: Event | None

    def worked_out(self) -> bytes:
        """Its hash as it follows from what is shown."""
        return self.hash if self.content is None else self.content.hash()


@dataclass(frozen=True, slots=True)
class Line:
    """One place of a ledger: the event that stands there, and its leaf as the tree kept it."""

    position: int
    event: Recorded | None
    leaf: bytes | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """`count` events up to the hash `last`, of which the first `signed` are what was signed."""

    count: int
    last: bytes
    signed: int
    faults: tuple[Fault, ...]


def audit(
    lines: Iterable[Line], heads: Iterable[Checkpoint] = (), earlier: Iterable[Line] = ()
) -> Report:
    """Checks a ledger's chain, and its tree against every head that was signed of it.

    `earlier`: the lines of an export taken before; they name what was changed since.
    """
    signed = sorted(heads, key=lambda head: head.size)
    sizes = frozenset(head.size for head in signed)
    chain, actual, kept = Chain(), _Tree(sizes), _Tree(sizes)
    before = (leaf_of(line) for line in earlier)
    differing: int | None = None

    def stands(leaf: bytes, own: bytes | None) -> None:
        nonlocal differing
        actual.add_leaf(leaf)
        then = next(before, None) or own
        if then is not None and kept.size == actual.size - 1:
            kept.add_leaf(then)
            if differing is None and then != leaf:
                differing = actual.size

    for line in lines:
        while actual.size < line.position - 1:
            stands(_NOTHING, None)
        event = line.event
        if event is not None:
            chain.read(
                line.position,
                event.previous_hash,
                event.recorded_at,
                event.hash,
                event.worked_out(),
            )
        # What stands after its place is told by the chain; the tree has that place already.
        if line.position > actual.size:
            stands(_NOTHING if event is None else leaf_hash(event.worked_out()), line.leaf)
    chain.miss(actual.size)
    good, fault = _against(signed, actual, kept, differing)
    faults = chain.faults if fault is None else [*chain.faults, fault]
    return Report(chain.count, chain.last, good, tuple(faults))


def leaf_of(line: Line) -> bytes:
    """The leaf of a line as it is shown."""
    return _NOTHING if line.event is None else leaf_hash(line.event.worked_out())


class _Tree(Growing):
    """A tree and its roots at the sizes that were signed."""

    def __init__(self, sizes: frozenset[int]) -> None:
        super().__init__()
        self._sizes = sizes
        self.roots: dict[int, bytes] = {}

    def add_leaf(self, leaf: bytes) -> None:
        for _ in self.add(leaf):
            pass
        if self.size in self._sizes:
            self.roots[self.size] = self.root()


def _against(
    heads: Iterable[Checkpoint], actual: _Tree, kept: _Tree, differing: int | None
) -> tuple[int, Fault | None]:
    """How many events are what was signed, and the best that can be said of where they end."""
    good, found = 0, None
    for head in heads:
        if actual.roots.get(head.size) == head.root:
            good = head.size
            continue
        fault = _place(head, good, actual.size, kept.roots, differing)
        if found is None or (found.until is not None and fault.until is None):
            found = fault
    if found is None and differing is not None:
        found = Fault(differing, "leaf" if differing <= good else "not_as_before")
    return good, found


def _place(
    head: Checkpoint,
    good: int,
    size: int,
    kept: Mapping[int, bytes],
    differing: int | None,
) -> Fault:
    """Where the ledger leaves what this head says."""
    if size < head.size:
        return Fault(size + 1, "cut_off", head.size)
    if differing is not None and kept.get(head.size) == head.root:
        return Fault(differing, "not_as_signed")
    return Fault(good + 1, "not_as_signed", head.size)
