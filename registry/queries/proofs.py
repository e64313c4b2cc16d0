"""That an event is not younger than it says: worked out here, with everything to do it again."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from registry.domain.merkle import extends, leaf_hash, node_hash, walk
from registry.domain.notes import BadNote, checkpoint, signature
from registry.queries.ledger import events
from registry.queries.tree import Head, consistency_proof, head_over, inclusion_proof, latest_head


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Step:
    """One hash of the way to the root: it stands on this side of what was found so far, and both
    together give `node`."""

    side: Side
    hash: bytes
    node: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """An event in the tree of the first signed head that covers it.

    `included`: the steps lead to that head's root. `signed`: the head's words are those that its
    key has signed. `goes_on`: the tree of the `latest` head begins with this one. `text` and
    `signature` are what was signed and with what (Ed25519).
    """

    head: Head
    leaf: bytes
    steps: tuple[Step, ...]
    included: bool
    signed: bool
    latest: Head
    goes_on: bool
    text: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """`unaltered`: the event's hash was worked out again from all that is kept of it, also from
    what is not public. `sealed` is None until a head is signed that covers it."""

    position: int
    event_hash: bytes
    unaltered: bool
    sealed: Sealed | None

    @property
    def holds(self) -> bool:
        found = self.sealed
        return (
            self.unaltered
            and found is not None
            and found.included
            and found.signed
            and found.goes_on
        )


def proof_of(session: Session, position: int) -> Proof:
    """Of an event that is there. Nothing is taken from what was found before: every hash on the
    way is worked out now."""
    [(event, digest)] = events(session, position - 1, 1)
    head = head_over(session, position)
    return Proof(
        position=position,
        event_hash=digest,
        unaltered=event.hash() == digest,
        sealed=None if head is None else _sealed(session, position, digest, head),
    )


def _sealed(session: Session, position: int, digest: bytes, head: Head) -> Sealed:
    leaf = leaf_hash(digest)
    latest = latest_head(session) or head
    text, signed_with, signed = _signed(head)
    return Sealed(
        head=head,
        leaf=leaf,
        steps=(steps := _steps(session, position, leaf, head)) or (),
        included=steps is not None and (steps[-1].node if steps else leaf) == head.root,
        signed=signed,
        latest=latest,
        goes_on=_goes_on(session, head, latest),
        text=text,
        signature=signed_with,
    )


def _steps(session: Session, position: int, leaf: bytes, head: Head) -> tuple[Step, ...] | None:
    """None where the tree that was kept is damaged, so that there is no way to its root."""
    try:
        _, proof = inclusion_proof(session, position, head.size)
        way = walk(position - 1, head.size, proof.hashes)
    except (KeyError, ValueError):
        return None
    node, steps = leaf, []
    for on_left, sibling in way:
        node = node_hash(sibling, node) if on_left else node_hash(node, sibling)
        steps.append(Step(Side.LEFT if on_left else Side.RIGHT, sibling, node))
    return tuple(steps)


def _signed(head: Head) -> tuple[str, bytes, bool]:
    try:
        said, _ = checkpoint(head.note, [head.key])
        text, signed_with = signature(head.note, head.key)
    except BadNote:
        return "", b"", False
    return text, signed_with, (said.size, said.root) == (head.size, head.root)


def _goes_on(session: Session, head: Head, latest: Head) -> bool:
    try:
        _, proof = consistency_proof(session, head.size, latest.size)
    except KeyError:
        return False
    return extends(head.size, head.root, latest.size, latest.root, proof.hashes)
