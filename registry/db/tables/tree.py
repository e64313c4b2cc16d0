"""The tree over the ledger: its nodes, the keys that sign it, its signed heads."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from registry.db.tables.base import Base


class TreeNode(Base):
    """The root of a perfect subtree (`registry.domain.merkle.Node`); kept when a head is signed."""

    __tablename__ = "tree_node"
    __table_args__ = (
        CheckConstraint("octet_length(hash) = 32", name="hash_size"),
        CheckConstraint("level BETWEEN 0 AND 62 AND number >= 0", name="place"),
    )

    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes]


class TreeKey(Base):
    """A public key of the ledger, with the statement by which the one before it introduced it."""

    __tablename__ = "tree_key"
    __table_args__ = (CheckConstraint("octet_length(public_key) = 32", name="public_key_size"),)

    position: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("event.position"), primary_key=True, autoincrement=False
    )
    public_key: Mapped[bytes] = mapped_column(unique=True)
    name: Mapped[str]
    statement: Mapped[str]


class TreeHead(Base):
    """What was signed of the first `size` events; `note` is the checkpoint as it is published."""

    __tablename__ = "tree_head"
    __table_args__ = (
        CheckConstraint("octet_length(root) = 32", name="root_size"),
        Index("tree_head_size_idx", "size"),
    )

    signed_at: Mapped[datetime] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, ForeignKey("event.position"))
    root: Mapped[bytes]
    public_key: Mapped[bytes] = mapped_column(ForeignKey("tree_key.public_key"))
    note: Mapped[str]
