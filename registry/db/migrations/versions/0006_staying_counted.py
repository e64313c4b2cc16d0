"""Staying counted: stages reported by the city, attestations."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0006'
down_revision: str | Sequence[str] | None = '0005'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = ("stage_report", "attestation")

TRIGGERS = (
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

GRANTS = (
    "GRANT SELECT, INSERT ON stage_report, attestation, attestation_reminder TO registry_app",
)


def upgrade() -> None:
    op.create_table('stage_report',
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('use_case_id', sa.Uuid(), nullable=False),
    sa.Column('stage', sa.Text(), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("stage IN ('suspended', 'retired')", name=op.f('stage_report_stage_ends_operation')),
    sa.CheckConstraint("reason <> ''", name=op.f('stage_report_reason_given')),
    sa.ForeignKeyConstraint(['author_id'], ['user_account.id'], name=op.f('stage_report_author_id_fkey')),
    sa.ForeignKeyConstraint(['position'], ['event.position'], name=op.f('stage_report_position_fkey')),
    sa.ForeignKeyConstraint(['use_case_id'], ['use_case.id'], name=op.f('stage_report_use_case_id_fkey')),
    sa.PrimaryKeyConstraint('position', name=op.f('stage_report_pkey'))
    )
    op.create_index('stage_report_use_case_id_idx', 'stage_report', ['use_case_id', 'position'], unique=False)
    op.create_table('attestation',
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('use_case_id', sa.Uuid(), nullable=False),
    sa.Column('version_id', sa.Uuid(), nullable=False),
    sa.Column('attested_on', sa.Date(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['user_account.id'], name=op.f('attestation_author_id_fkey')),
    sa.ForeignKeyConstraint(['position'], ['event.position'], name=op.f('attestation_position_fkey')),
    sa.ForeignKeyConstraint(['use_case_id'], ['use_case.id'], name=op.f('attestation_use_case_id_fkey')),
    sa.ForeignKeyConstraint(['version_id'], ['use_case_version.id'], name=op.f('attestation_version_id_fkey')),
    sa.PrimaryKeyConstraint('position', name=op.f('attestation_pkey'))
    )
    op.create_index('attestation_use_case_id_idx', 'attestation', ['use_case_id', 'position'], unique=False)
    op.create_table('attestation_reminder',
    sa.Column('use_case_id', sa.Uuid(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('days_before', sa.SmallInteger(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('days_before >= 0', name=op.f('attestation_reminder_days_before_due')),
    sa.ForeignKeyConstraint(['use_case_id'], ['use_case.id'], name=op.f('attestation_reminder_use_case_id_fkey')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('attestation_reminder_user_id_fkey')),
    sa.PrimaryKeyConstraint('use_case_id', 'due_on', 'days_before', 'user_id', name=op.f('attestation_reminder_pkey'))
    )
    for statement in (*TRIGGERS, *GRANTS):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table('attestation_reminder')
    op.drop_index('attestation_use_case_id_idx', table_name='attestation')
    op.drop_table('attestation')
    op.drop_index('stage_report_use_case_id_idx', table_name='stage_report')
    op.drop_table('stage_report')
