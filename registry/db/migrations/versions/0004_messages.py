"""Messages: the outbox, people's choices, and the queue of jobs."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision: str = '0004'
down_revision: str | Sequence[str] | None = '0003'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = (
    "'returned', 'rejected', 'approved', 'suspended', 'revoked', 'reinstated', 'deadline', "
    "'mention', 'spreadsheet_done', 'link_broken'"
)

GRANTS = (
    "GRANT SELECT, INSERT ON message, mail, mail_choice TO registry_app",
    # What was said stays said: a message can only be read.
    "GRANT UPDATE (read_at) ON message TO registry_app",
    "GRANT UPDATE ON mail TO registry_app",
    "GRANT DELETE ON mail_choice TO registry_app",
)

QUEUE_GRANTS = (
    "GRANT USAGE ON SCHEMA queue TO registry_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA queue TO registry_app",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA queue TO registry_app",
)


def upgrade() -> None:
    op.add_column('user_account',
    sa.Column('language', sa.Text(), server_default='vi', nullable=False))
    op.create_check_constraint(op.f('user_account_language_known'), 'user_account', "language IN ('vi', 'en')")
    op.create_table('message',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('link', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f('message_kind_known')),
    sa.CheckConstraint("jsonb_typeof(facts) = 'object'", name=op.f('message_facts_named')),
    sa.CheckConstraint("link ~ '^/[^/]'", name=op.f('message_link_own_page')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('message_user_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('message_pkey'))
    )
    op.create_index('message_user_id_idx', 'message', ['user_id', 'created_at'], unique=False)
    op.create_index('message_unread_idx', 'message', ['user_id'], unique=False, postgresql_where=sa.text('read_at IS NULL'))
    op.create_table('mail',
    sa.Column('message_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('attempts', sa.SmallInteger(), nullable=False),
    sa.Column('trouble', sa.Text(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name=op.f('mail_sending_dated')),
    sa.CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed', 'unconfirmed', 'withheld', 'not_configured')", name=op.f('mail_state_known')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('mail_message_id_fkey')),
    sa.PrimaryKeyConstraint('message_id', name=op.f('mail_pkey'))
    )
    op.create_index('mail_troubled_idx', 'mail', ['changed_at'], unique=False, postgresql_where=sa.text("state IN ('failed', 'unconfirmed', 'not_configured')"))
    op.create_table('mail_choice',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f('mail_choice_kind_known')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('mail_choice_user_id_fkey')),
    sa.PrimaryKeyConstraint('user_id', 'kind', name=op.f('mail_choice_pkey'))
    )
    for statement in GRANTS:
        op.execute(statement)
    _make_queue()


def _make_queue() -> None:
    op.execute("CREATE SCHEMA queue")
    op.execute("SET LOCAL search_path = queue")
    # Many statements in one text: only the driver itself takes that.
    with op.get_bind().connection.cursor() as cursor:
        cursor.execute(SchemaManager.get_schema())
    op.execute("SET LOCAL search_path TO DEFAULT")
    for statement in QUEUE_GRANTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP SCHEMA queue CASCADE")
    op.drop_table('mail_choice')
    op.drop_index('mail_troubled_idx', table_name='mail', postgresql_where=sa.text("state IN ('failed', 'unconfirmed', 'not_configured')"))
    op.drop_table('mail')
    op.drop_index('message_unread_idx', table_name='message', postgresql_where=sa.text('read_at IS NULL'))
    op.drop_index('message_user_id_idx', table_name='message')
    op.drop_table('message')
    op.drop_constraint(op.f('user_account_language_known'), 'user_account')
    op.drop_column('user_account', 'language')
