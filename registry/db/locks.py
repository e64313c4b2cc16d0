"""Advisory locks of the register: each number names one thing that only one may do at a time."""

from sqlalchemy import text
from sqlalchemy.orm import Session

# Held by whoever records facts, until commit; readers of a recent past wait for it.
LEDGER = 699
# First of two keys: use cases of one city (the second) are numbered one after the other.
NUMBERING = 700
# First of two keys: files of one city (the second) are weighed one after the other.
FILES = 702
# Held by whoever signs the ledger; always taken before the ledger itself.
TREE = 704
# Held by the one process that migrates.
MIGRATION = 701


def hold_ledger(session: Session) -> None:
    """Waits until no other transaction records facts, and keeps others waiting until commit."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LEDGER})


def await_ledger(session: Session) -> None:
    """Waits for the transaction that records facts now, if any. Readers do not hinder readers."""
    session.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": LEDGER})


def hold_tree(session: Session) -> None:
    """Waits until no other transaction signs the ledger, and keeps others waiting until commit."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": TREE})
