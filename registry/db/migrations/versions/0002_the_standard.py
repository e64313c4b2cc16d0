"""The metadata standard 1.0: who wrote last, the city's letter, the area of application."""

from collections.abc import Sequence

revision: str = '0002'
down_revision: str | Sequence[str] | None = '0001'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
