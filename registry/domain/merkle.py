"""The tree over the ledger (RFC 6962 §2.1, RFC 9162 §2.1): roots, proofs, and their checks.

Leaf number `position - 1` is an event's own hash. So whoever is shown only part of an event can
still check that exactly this event stands at its place.

A tree is kept as its nodes: the roots of all perfect subtrees, `Node(level, number)` covering the
leaves from `number << level`. Every hash a proof needs is folded from a few of them, so a proof of
a million events reads some twenty nodes.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

EMPTY = hashlib.sha256(b"").digest()


class Node(NamedTuple):
    """A perfect subtree of `1 << level` leaves."""

    level: int
    number: int


class Span(NamedTuple):
    """The leaves from `begin` until before `end`."""

    begin: int
    end: int


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Growing:
    """A tree that grows at its right edge, of which only that edge is remembered."""

    def __init__(self, size: int = 0, edge: Sequence[bytes] = ()) -> None:
        """`edge`: the hashes of `cover(Span(0, size))`, the largest first."""
        self.size = size
        self._edge = list(edge)

    def add(self, leaf: bytes) -> Iterator[tuple[Node, bytes]]:
        """Adds a leaf's hash; gives the nodes that are whole now, the leaf itself first."""
        index, level, found = self.size, 0, leaf
        self.size += 1
        yield Node(0, index), found
        while index & 1:
            found = node_hash(self._edge.pop(), found)
            index, level = index >> 1, level + 1
            yield Node(level, index), found
        self._edge.append(found)

    def root(self) -> bytes:
        return fold(self._edge)


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over these hashes of leaves."""
    tree = Growing()
    for leaf in leaves:
        for _ in tree.add(leaf):
            pass
    return tree.root()


def cover(span: Span) -> list[Node]:
    """The fewest perfect subtrees that make up a span, from left to right.

    Of the spans that occur in trees and proofs, these fold to the span's own root.
    """
    nodes = []
    begin, end = span
    while begin < end:
        level = (end - begin).bit_length() - 1
        if begin:
            # No larger than the place where it begins allows.
            level = min(level, (begin & -begin).bit_length() - 1)
        nodes.append(Node(level, begin >> level))
        begin += 1 << level
    return nodes


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees of falling size."""
    if not hashes:
        return EMPTY
    *left, root = hashes
    for sibling in reversed(left):
        root = node_hash(sibling, root)
    return root


def inclusion(index: int, size: int) -> list[Span]:
    """The spans whose roots prove that leaf `index` is in the tree of `size` (RFC 9162 §2.1.3.1),
    from the leaf upwards. `0 <= index < size`."""
    path: list[Span] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _left(end - begin)
        if index < middle:
            path.append(Span(middle, end))
            end = middle
        else:
            path.append(Span(begin, middle))
            begin = middle
    return path[::-1]


def consistency(first: int, second: int) -> list[Span]:
    """The spans whose roots prove that the tree of `second` leaves begins with that of `first`
    (RFC 9162 §2.1.4.1). `0 < first <= second`."""
    path: list[Span] = []
    begin, end = 0, second
    while end != first:
        middle = begin + _left(end - begin)
        if first <= middle:
            path.append(Span(middle, end))
            end = middle
        else:
            path.append(Span(begin, middle))
            begin = middle
    # The verifier knows the root of the first tree, and no other of its subtrees.
    if begin:
        path.append(Span(begin, end))
    return path[::-1]


def nodes_of(spans: Sequence[Span]) -> set[Node]:
    """What has to be read to fold these spans."""
    return {node for span in spans for node in cover(span)}


def folded(spans: Sequence[Span], known: Mapping[Node, bytes]) -> list[bytes]:
    """The root of each span. Raises KeyError for a node that is not known."""
    return [fold([known[node] for node in cover(span)]) for span in spans]


def includes(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether it proves that this leaf's hash is at `index` of the tree (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    found = leaf
    try:
        for on_left, sibling in walk(index, size, proof):
            found = node_hash(sibling, found) if on_left else node_hash(found, sibling)
    except ValueError:
        return False
    return found == root


def walk(index: int, size: int, proof: Sequence[bytes]) -> list[tuple[bool, bytes]]:
    """The hashes of a proof from the leaf upwards, each with whether it stands on the left of what
    was found so far. Raises ValueError for too few or too many of them."""
    node, last = index, size - 1
    found = []
    for sibling in proof:
        if last == 0:
            raise ValueError("more hashes than the tree is high")
        on_left = bool(node & 1) or node == last
        found.append((on_left, sibling))
        if on_left:
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        node, last = node >> 1, last >> 1
    if last != 0:
        raise ValueError("fewer hashes than lead to the root")
    return found


def extends(
    first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof shows that the second tree begins with the first (RFC 9162 §2.1.4.2)."""
    if first == second:
        return not proof and first_root == second_root
    if not 0 < first < second:
        return False
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    if not path:
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _left(size: int) -> int:
    """The largest power of two smaller than `size` (at least two)."""
    return 1 << (size - 1).bit_length() - 1
