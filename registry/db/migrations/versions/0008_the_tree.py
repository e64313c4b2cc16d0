"""The tree over the ledger: its stored nodes, its signed heads, and refused acts."""

from collections.abc import Sequence

revision: str = '0008'
down_revision: str | Sequence[str] | None = '0007'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
