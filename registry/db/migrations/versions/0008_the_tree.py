"""The tree over the ledger: its nodes, its keys, and its signed heads."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0008'
down_revision: str | Sequence[str] | None = '0007'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = ("tree_node", "tree_key", "tree_head")

TRIGGERS = (
    # A head covers what every earlier one covers. A new one is told to whoever keeps answers.
    """
    CREATE FUNCTION follow_tree_head() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM tree_head
            WHERE signed_at <> NEW.signed_at AND (size > NEW.size OR signed_at > NEW.signed_at)
        ) THEN
            RAISE EXCEPTION 'a head of % events does not follow the last one', NEW.size
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        PERFORM pg_notify('registry_changes', NEW.size::text);
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER tree_head_follows AFTER INSERT ON tree_head
    FOR EACH ROW EXECUTE FUNCTION follow_tree_head()
    """,
    "ALTER TABLE tree_head ENABLE ALWAYS TRIGGER tree_head_follows",
    *(
        f"""
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
        """
        for table in APPEND_ONLY
    ),
    *(
        f"""
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """
        for table in APPEND_ONLY
    ),
    *(
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}"
        for table in APPEND_ONLY
        for name in ("append_only", "no_truncate")
    ),
)

GRANTS = ("GRANT SELECT, INSERT ON tree_node, tree_key, tree_head TO registry_app",)


def upgrade() -> None:
    op.create_table('tree_node',
    sa.Column('level', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint('octet_length(hash) = 32', name=op.f('tree_node_hash_size')),
    sa.CheckConstraint('level BETWEEN 0 AND 62 AND number >= 0', name=op.f('tree_node_place')),
    sa.PrimaryKeyConstraint('level', 'number', name=op.f('tree_node_pkey'))
    )
    op.create_table('tree_key',
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.CheckConstraint('octet_length(public_key) = 32', name=op.f('tree_key_public_key_size')),
    sa.ForeignKeyConstraint(['position'], ['event.position'], name=op.f('tree_key_position_fkey')),
    sa.PrimaryKeyConstraint('position', name=op.f('tree_key_pkey')),
    sa.UniqueConstraint('public_key', name=op.f('tree_key_public_key_key'))
    )
    op.create_table('tree_head',
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('root', sa.LargeBinary(), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.CheckConstraint('octet_length(root) = 32', name=op.f('tree_head_root_size')),
    sa.ForeignKeyConstraint(['public_key'], ['tree_key.public_key'], name=op.f('tree_head_public_key_fkey')),
    sa.ForeignKeyConstraint(['size'], ['event.position'], name=op.f('tree_head_size_fkey')),
    sa.PrimaryKeyConstraint('signed_at', name=op.f('tree_head_pkey'))
    )
    op.create_index('tree_head_size_idx', 'tree_head', ['size'], unique=False)
    for statement in (*TRIGGERS, *GRANTS):
        op.execute(statement)


def downgrade() -> None:
    op.drop_index('tree_head_size_idx', table_name='tree_head')
    op.drop_table('tree_head')
    op.drop_table('tree_key')
    op.drop_table('tree_node')
    op.execute("DROP FUNCTION follow_tree_head()")
