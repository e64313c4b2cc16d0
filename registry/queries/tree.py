"""Reading the tree over the ledger: heads, keys, proofs, and the check of the whole."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import func, select, text, tuple_
from sqlalchemy.orm import Session, sessionmaker

from registry.db.tables import TreeHead, TreeKey, TreeNode
from registry.domain.audit import Line, Recorded, Report, audit
from registry.domain.errors import FieldProblem, InvalidInput, NotFound
from registry.domain.ledger import Fault
from registry.domain.merkle import Node, Span, consistency, cover, fold, folded, inclusion, nodes_of
from registry.domain.notes import BadNote, Checkpoint, PublicKey, checkpoint
from registry.queries.ledger import events

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Head:
    """A signed head. `note` is the checkpoint; of when it was signed only the register speaks."""

    size: int
    root: bytes
    signed_at: datetime
    key: PublicKey
    note: str


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the ledger, since when, and the statement that introduced it."""

    key: PublicKey
    since: datetime
    position: int
    statement: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Hashes that lead from what is known to the root of the tree of `size` events."""

    size: int
    root: bytes
    hashes: tuple[bytes, ...]


def latest_head(session: Session) -> Head | None:
    return next(iter(heads(session, limit=1)), None)


def head_over(session: Session, position: int) -> Head | None:
    """The first signed head that covers an event; it stays the same for ever."""
    row = session.execute(
        select(TreeHead, TreeKey.name)
        .join(TreeKey, TreeKey.public_key == TreeHead.public_key)
        .where(TreeHead.size >= position)
        .order_by(TreeHead.size, TreeHead.signed_at)
        .limit(1)
    ).one_or_none()
    return None if row is None else _head(*row)


def signed_at(session: Session) -> datetime | None:
    """When the latest head was signed."""
    return session.scalar(select(func.max(TreeHead.signed_at)))


def heads(
    session: Session, *, before: datetime | None = None, limit: int | None = 100
) -> list[Head]:
    """Signed heads, the newest first; those signed before a time."""
    query = select(TreeHead, TreeKey.name).join(TreeKey, TreeKey.public_key == TreeHead.public_key)
    if before is not None:
        query = query.where(TreeHead.signed_at < before)
    rows = session.execute(query.order_by(TreeHead.signed_at.desc()).limit(limit))
    return [_head(head, name) for head, name in rows]


def _head(head: TreeHead, key_name: str) -> Head:
    return Head(
        head.size, head.root, head.signed_at, PublicKey(key_name, head.public_key), head.note
    )


def keys(session: Session) -> list[Key]:
    """Every key, the oldest first; the last one signs."""
    rows = session.execute(
        text("""
            SELECT k.name, k.public_key, k.statement, k.position, event.recorded_at AS since
            FROM tree_key k JOIN event ON event.position = k.position ORDER BY k.position
        """)
    )
    return [Key(PublicKey(r.name, r.public_key), r.since, r.position, r.statement) for r in rows]


def nodes(session: Session, wanted: Iterable[Node]) -> Mapping[Node, bytes]:
    """Nodes of the tree as they were kept; those that are not there are left out."""
    rows = session.execute(
        select(TreeNode.level, TreeNode.number, TreeNode.hash).where(
            tuple_(TreeNode.level, TreeNode.number).in_(list(wanted))
        )
    )
    return {Node(row.level, row.number): row.hash for row in rows}


def inclusion_proof(session: Session, position: int, size: int | None) -> tuple[bytes, Proof]:
    """The hash of an event's leaf, and the proof that it is in the tree of `size` events (default:
    those of the latest head).

    Raises NotFound before the first head, InvalidInput for what no head covers yet.
    """
    size = _covered(session, "/size", size)
    if position > size:
        raise InvalidInput([FieldProblem("/position", "out_of_range")])
    leaf = Span(position - 1, position)
    [found, *hashes], root = _fold(session, [leaf, *inclusion(position - 1, size)], size)
    return found, Proof(size, root, tuple(hashes))


def consistency_proof(session: Session, first: int, second: int | None) -> tuple[bytes, Proof]:
    """The root over the first events, and the proof that a later tree begins with them.

    Raises NotFound before the first head, InvalidInput for what no head covers yet.
    """
    second = _covered(session, "/second", second)
    if first > second:
        raise InvalidInput([FieldProblem("/first", "out_of_range")])
    [root, *hashes], whole = _fold(session, [Span(0, first), *consistency(first, second)], second)
    return root, Proof(second, whole, tuple(hashes))


def verify_ledger(session: Session, noted: Sequence[Checkpoint] = ()) -> Report:
    """Checks every event and every signed head, and the heads that somebody noted elsewhere."""
    faults: list[Fault] = []
    said = list(noted)
    for head in reversed(heads(session, limit=None)):
        try:
            found, _ = checkpoint(head.note, [head.key])
        except BadNote:
            found = None
        if found is None or (found.size, found.root) != (head.size, head.root):
            faults.append(Fault(head.size, "signature"))
        else:
            said.append(found)
    until = last_position(session)
    report = audit(_in_pages(partial(lines_between, session), until), said)
    end = session.execute(text("SELECT position, hash FROM ledger_head")).one()
    if end.hash != report.last:
        faults.append(Fault(end.position, "head"))
    return replace(report, faults=(*report.faults, *faults))


def ledger_lines(factory: sessionmaker[Session], until: int) -> Iterator[Line]:
    """Every place of the ledger up to a position, in order.

    Each page is a transaction of its own: whoever reads slowly holds up nobody, and what is
    written once does not change between two pages.
    """

    def page(after: int, end: int) -> list[Line]:
        with factory() as session, session.begin():
            return lines_between(session, after, end)

    return _in_pages(page, until)


def lines_between(session: Session, after: int, end: int) -> list[Line]:
    """The places after a position up to another, each event beside its leaf as it was kept."""
    page = events(session, after, end - after)
    found = {
        event.position: Recorded(event.recorded_at, event.previous_hash, digest, event)
        for event, digest in page
    }
    rows = session.execute(
        select(TreeNode.number, TreeNode.hash).where(
            TreeNode.level == 0, TreeNode.number >= after, TreeNode.number < end
        )
    )
    kept = {row.number + 1: row.hash for row in rows}
    return [
        Line(position, found.get(position), kept.get(position))
        for position in range(after + 1, end + 1)
        if position in found or position in kept
    ]


def last_position(session: Session) -> int:
    """The last place of the ledger that anything in the database speaks of."""
    found: int = session.execute(
        text("""
            SELECT greatest(
                (SELECT position FROM ledger_head), (SELECT max(position) FROM event),
                (SELECT max(number) + 1 FROM tree_node WHERE level = 0)
            )
        """)
    ).scalar_one()
    return found


def _in_pages(page: Callable[[int, int], list[Line]], until: int) -> Iterator[Line]:
    for after in range(0, until, _PAGE):
        yield from page(after, min(after + _PAGE, until))


def _covered(session: Session, pointer: str, size: int | None) -> int:
    """A size up to that of the latest head, which is the default."""
    head = latest_head(session)
    if head is None:
        raise NotFound
    if size is not None and size > head.size:
        raise InvalidInput([FieldProblem(pointer, "out_of_range")])
    return head.size if size is None else size


def _fold(session: Session, spans: Sequence[Span], size: int) -> tuple[list[bytes], bytes]:
    """The roots of these spans, and of the whole tree."""
    whole = Span(0, size)
    known = nodes(session, nodes_of([*spans, whole]))
    return folded(spans, known), fold([known[node] for node in cover(whole)])
