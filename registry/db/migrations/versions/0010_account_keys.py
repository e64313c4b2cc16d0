"""Keys to accounts: what an invitation or a reset sends to the owner of an address."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0010'
down_revision: str | Sequence[str] | None = '0009'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('account_key',
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("purpose IN ('invitation', 'reset')", name=op.f('account_key_purpose_known')),
    sa.CheckConstraint('expires_at > created_at', name=op.f('account_key_expires_later')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('account_key_user_id_fkey')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('account_key_pkey'))
    )
    op.create_index('account_key_user_id_idx', 'account_key', ['user_id'], unique=False)
    op.execute("GRANT SELECT, INSERT, DELETE ON account_key TO registry_app")


def downgrade() -> None:
    op.drop_index('account_key_user_id_idx', table_name='account_key')
    op.drop_table('account_key')
