"""The forester's room: the tree over the ledger, against the plain words of RFC 6962."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain import merkle
from registry.domain.merkle import Growing, Node, Span

# The inputs and roots with which Certificate Transparency's own implementations are tested.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
sizes = st.integers(1, 70)


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(str(number).encode()) for number in range(count)]


def grown(hashes: Sequence[bytes]) -> tuple[Growing, dict[Node, bytes]]:
    nodes: dict[Node, bytes] = {}
    tree = Growing()
    for leaf in hashes:
        nodes.update(tree.add(leaf))
    return tree, nodes


# ── The plain words: RFC 6962 §2.1, written down as they stand ──────────────────────────────


def split(count: int) -> int:
    k = 1
    while k * 2 < count:
        k *= 2
    return k


def mth(d: Sequence[bytes]) -> bytes:
    """Of leaves' hashes."""
    if not d:
        return hashlib.sha256().digest()
    if len(d) == 1:
        return d[0]
    k = split(len(d))
    return hashlib.sha256(b"\x01" + mth(d[:k]) + mth(d[k:])).digest()


def path(m: int, d: Sequence[bytes]) -> list[bytes]:
    if len(d) == 1:
        return []
    k = split(len(d))
    if m < k:
        return [*path(m, d[:k]), mth(d[k:])]
    return [*path(m - k, d[k:]), mth(d[:k])]


def subproof(m: int, d: Sequence[bytes], whole: bool) -> list[bytes]:
    if m == len(d):
        return [] if whole else [mth(d)]
    k = split(len(d))
    if m <= k:
        return [*subproof(m, d[:k], whole), mth(d[k:])]
    return [*subproof(m - k, d[k:], False), mth(d[:k])]


# ── Roots ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_the_roots_are_those_of_certificate_transparency(size: int) -> None:
    hashes = [merkle.leaf_hash(data) for data in INPUTS[:size]]
    assert merkle.root_of(hashes).hex() == ROOTS[size]
    assert mth(hashes).hex() == ROOTS[size]


@given(st.integers(0, 300))
def test_a_growing_tree_has_the_plain_root(size: int) -> None:
    hashes = leaves(size)
    tree, nodes = grown(hashes)
    assert tree.root() == mth(hashes)
    for node, found in nodes.items():
        begin = node.number << node.level
        assert found == mth(hashes[begin : begin + (1 << node.level)])


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_tree_goes_on_from_its_edge(before: int, more: int) -> None:
    hashes = leaves(before + more)
    _, nodes = grown(hashes[:before])
    edge = [nodes[node] for node in merkle.cover(Span(0, before))]
    tree = Growing(before, edge)
    for leaf in hashes[before:]:
        nodes.update(tree.add(leaf))
    assert (tree.size, tree.root()) == (before + more, mth(hashes))
    assert nodes == grown(hashes)[1]


# ── Proofs ──────────────────────────────────────────────────────────────────────────────────


@given(sizes, st.data())
def test_inclusion_is_proved(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    hashes = leaves(size)
    _, nodes = grown(hashes)
    proof = merkle.folded(merkle.inclusion(index, size), nodes)
    assert proof == path(index, hashes)
    assert merkle.includes(index, size, hashes[index], proof, mth(hashes))


@given(sizes, st.data())
def test_an_inclusion_proof_proves_nothing_else(size: int, data: st.DataObject) -> None:
    index, other = (data.draw(st.integers(0, size - 1)) for _ in range(2))
    hashes = leaves(size)
    proof, root = path(index, hashes), mth(hashes)
    leaf = hashes[index]
    if other != index:
        assert not merkle.includes(other, size, leaf, proof, root)
        assert not merkle.includes(index, size, hashes[other], proof, root)
    assert not merkle.includes(index, size, leaf, proof, merkle.EMPTY)
    assert not merkle.includes(index, size, leaf, [*proof, root], root)
    assert not merkle.includes(size, size, leaf, proof, root)
    assert not merkle.includes(-1, size, leaf, proof, root)
    if proof:
        assert not merkle.includes(index, size, leaf, proof[:-1], root)
        assert not merkle.includes(index, size, leaf, [*proof[:-1], leaf], root)


@given(sizes, st.data())
def test_consistency_is_proved(second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, second))
    hashes = leaves(second)
    _, nodes = grown(hashes)
    proof = merkle.folded(merkle.consistency(first, second), nodes)
    assert proof == subproof(first, hashes, whole=True)
    assert merkle.extends(first, mth(hashes[:first]), second, mth(hashes), proof)


@given(st.integers(2, 70), st.data())
def test_history_written_anew_is_not_consistent(second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, second - 1))
    changed = data.draw(st.integers(0, first - 1))
    hashes = leaves(second)
    kept = mth(hashes[:first])
    hashes[changed] = merkle.leaf_hash(b"another")
    proof = subproof(first, hashes, whole=True)
    assert not merkle.extends(first, kept, second, mth(hashes), proof)
    assert not merkle.extends(first, kept, second, mth(hashes), proof[:-1])
    assert not merkle.extends(first, kept, second, mth(hashes), [*proof, kept])


@pytest.mark.parametrize(("first", "second"), [(0, 5), (6, 5), (-1, 5)])
def test_what_is_no_earlier_tree_is_not_consistent(first: int, second: int) -> None:
    root = mth(leaves(5))
    assert not merkle.extends(first, root, second, root, [])


def test_a_tree_is_consistent_with_itself_without_proof() -> None:
    root = mth(leaves(5))
    assert merkle.consistency(5, 5) == []
    assert merkle.extends(5, root, 5, root, [])
    assert not merkle.extends(5, root, 5, leaves(1)[0], [])
    assert not merkle.extends(5, root, 5, root, [root])


@pytest.mark.parametrize("index", [0, 1, 499_999, 999_998, 999_999])
def test_a_proof_of_a_million_events_reads_few_nodes(index: int) -> None:
    size = 1_000_000
    assert len(merkle.nodes_of(merkle.inclusion(index, size))) <= 40
    assert len(merkle.nodes_of(merkle.consistency(index + 1, size))) <= 40
