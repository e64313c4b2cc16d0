"""The seal: the tree over the ledger grows, its head is signed, its key is handed on."""

from collections.abc import Iterator
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert, text

from registry.actions.act import Act
from registry.actions.ledger import Ledger
from registry.db.locks import hold_tree
from registry.db.tables import TreeHead, TreeKey, TreeNode
from registry.domain import notes
from registry.domain.errors import LedgerBroken, UnsafeConfiguration
from registry.domain.ledger import Chain
from registry.domain.merkle import Growing, Node, Span, cover, fold, leaf_hash
from registry.domain.model import REGISTER, Action
from registry.domain.notes import Checkpoint, PublicKey, SigningKey
from registry.domain.permissions import check
from registry.queries.ledger import events
from registry.queries.tree import Head, keys, latest_head, nodes

_PAGE = 1000
_TICK = timedelta(microseconds=1)


def sign_head(act: Act, private: Ed25519PrivateKey, origin: str) -> Head:
    """Signs what the ledger is now, and keeps the nodes of the tree that were added.

    The first key of a ledger gives it its origin, for good. Raises LedgerBroken where the ledger
    does not go on from the last head, UnsafeConfiguration where the key is not the ledger's.
    """
    check(act.actor, Action.SIGN_LEDGER, REGISTER)
    hold_tree(act.session)
    known = keys(act.session)
    name = known[-1].key.name if known else origin
    if not notes.is_origin(name):
        raise UnsafeConfiguration(f"a ledger cannot be called {name!r}")
    key = SigningKey(name, private)
    if not known:
        _introduce(act, key, None)
    elif known[-1].key != key.public:
        raise UnsafeConfiguration(
            f"the ledger's key is {known[-1].key}, and the file holds {key.public}"
        )
    last = latest_head(act.session)
    tree = _grow(act, last)
    root = tree.root()
    note = notes.sign(Checkpoint(name, tree.size, root).text(), key)
    now = act.clock()
    if last is not None:
        now = max(now, last.signed_at + _TICK)
    head = Head(tree.size, root, now, key.public, note)
    act.session.add(
        TreeHead(
            signed_at=head.signed_at,
            size=head.size,
            root=root,
            public_key=key.public.raw,
            note=note,
        )
    )
    act.session.flush()
    return head


def hand_on(act: Act, new: Ed25519PrivateKey, old: Ed25519PrivateKey | None) -> PublicKey:
    """Makes a new key the ledger's; the present one, `old`, vouches for it, unless it was lost.

    Heads that the present key signed stay what they are. Raises UnsafeConfiguration where `old` is
    not the present key.
    """
    check(act.actor, Action.SIGN_LEDGER, REGISTER)
    hold_tree(act.session)
    known = keys(act.session)
    if not known:
        raise UnsafeConfiguration("the ledger has no key yet: sign a first head")
    name = known[-1].key.name
    by = None if old is None else SigningKey(name, old)
    if by is not None and by.public != known[-1].key:
        raise UnsafeConfiguration(f"only {known[-1].key} can hand on to a new key")
    key = SigningKey(name, new)
    _introduce(act, key, by)
    return key.public


def _introduce(act: Act, key: SigningKey, by: SigningKey | None) -> None:
    role = check(act.actor, Action.SIGN_LEDGER, REGISTER)
    public = key.public
    position = Ledger(act).append(
        "ledger_key.introduced",
        role,
        "ledger_key",
        public.id.hex(),
        {"key": str(public), "by": None if by is None else str(by.public)},
    )
    act.session.add(
        TreeKey(
            position=position,
            public_key=public.raw,
            name=public.name,
            statement=notes.introduce(key, by),
        )
    )
    act.session.flush()


def _grow(act: Act, last: Head | None) -> Growing:
    """The tree over all events there are; what it gained since the last head is kept.

    Raises LedgerBroken where the tree, or the chain, does not go on from what was signed.
    """
    size = 0 if last is None else last.size
    spine = cover(Span(0, size))
    leaf = [Node(0, size - 1)] if size else []
    known = nodes(act.session, [*spine, *leaf])
    edge = [known[node] for node in spine if node in known]
    if last is not None and fold(edge) != last.root:
        raise LedgerBroken
    before = events(act.session, size - 1, 1) if size else []
    chain = Chain()
    if size:
        if [leaf_hash(event.hash()) for event, _ in before] != [known.get(Node(0, size - 1))]:
            raise LedgerBroken
        chain = Chain(size, before[0][1])
    tree = Growing(size, edge)
    for page in _pages(act, size, chain):
        gained = [
            {"level": node.level, "number": node.number, "hash": found}
            for leaf_of_event in page
            for node, found in tree.add(leaf_of_event)
        ]
        act.session.execute(insert(TreeNode), gained)
    if chain.faults:
        raise LedgerBroken
    return tree


def _pages(act: Act, after: int, chain: Chain) -> Iterator[list[bytes]]:
    """Leaves of the events after a position, until where the ledger's head is now."""
    until = act.session.scalar(text("SELECT position FROM ledger_head")) or 0
    while after < until:
        page = events(act.session, after, min(_PAGE, until - after))
        for event, recorded in page:
            chain.read(
                event.position, event.previous_hash, event.recorded_at, recorded, event.hash()
            )
        if not page or chain.faults:
            raise LedgerBroken
        yield [leaf_hash(recorded) for _, recorded in page]
        after = page[-1][0].position
