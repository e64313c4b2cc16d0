"""Files: what cities hold as evidence and letters, and what checking their links found."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0003'
down_revision: str | Sequence[str] | None = '0002'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = ("file", "file_holding")

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
    "GRANT SELECT, INSERT ON file, file_holding TO registry_app",
    "GRANT SELECT, INSERT, UPDATE ON link_state TO registry_app",
)


def upgrade() -> None:
    op.create_table('file',
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.Column('media_type', sa.Text(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('stored_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("media_type IN ('application/pdf', 'image/png', 'image/jpeg', 'image/webp', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'application/vnd.openxmlformats-officedocument.presentationml.presentation', 'application/vnd.oasis.opendocument.text', 'application/vnd.oasis.opendocument.spreadsheet', 'application/vnd.oasis.opendocument.presentation')", name=op.f('file_media_type_known')),
    sa.CheckConstraint('octet_length(sha256) = 32', name=op.f('file_sha256_size')),
    sa.CheckConstraint('size > 0', name=op.f('file_size_positive')),
    sa.PrimaryKeyConstraint('sha256', name=op.f('file_pkey'))
    )
    op.create_table('file_holding',
    sa.Column('city_id', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("name <> ''", name=op.f('file_holding_name_given')),
    sa.ForeignKeyConstraint(['city_id'], ['city.id'], name=op.f('file_holding_city_id_fkey')),
    sa.ForeignKeyConstraint(['sha256'], ['file.sha256'], name=op.f('file_holding_sha256_fkey')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['user_account.id'], name=op.f('file_holding_uploaded_by_fkey')),
    sa.PrimaryKeyConstraint('city_id', 'sha256', name=op.f('file_holding_pkey'))
    )
    op.create_index('file_holding_sha256_idx', 'file_holding', ['sha256'], unique=False)
    op.create_table('link_state',
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('status', sa.SmallInteger(), nullable=True),
    sa.Column('final_url', sa.Text(), nullable=False),
    sa.Column('failing_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('broken_since', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('broken_since IS NULL OR failing_since IS NOT NULL', name=op.f('link_state_broken_fails')),
    sa.CheckConstraint("outcome IN ('answered', 'guarded', 'gone', 'failing', 'no_host', 'no_connection', 'too_slow', 'unreadable', 'roundabout', 'not_public')", name=op.f('link_state_outcome_known')),
    sa.PrimaryKeyConstraint('url', name=op.f('link_state_pkey'))
    )
    op.create_index('link_state_checked_at_idx', 'link_state', ['checked_at'], unique=False)
    op.add_column('evidence', sa.Column('file_sha256', sa.LargeBinary(), nullable=True))
    op.alter_column('evidence', 'url', existing_type=sa.Text(), nullable=True)
    op.create_foreign_key(op.f('evidence_file_sha256_fkey'), 'evidence', 'file', ['file_sha256'], ['sha256'])
    op.create_check_constraint(op.f('evidence_link_or_file'), 'evidence', 'num_nonnulls(url, file_sha256) = 1')
    op.create_index('evidence_file_sha256_idx', 'evidence', ['file_sha256'], unique=False, postgresql_where=sa.text('file_sha256 IS NOT NULL'))
    op.create_foreign_key(op.f('use_case_version_letter_sha256_fkey'), 'use_case_version', 'file', ['letter_sha256'], ['sha256'])
    op.create_index('use_case_version_letter_sha256_idx', 'use_case_version', ['letter_sha256'], unique=False, postgresql_where=sa.text('letter_sha256 IS NOT NULL'))
    for statement in (*TRIGGERS, *GRANTS):
        op.execute(statement)


def downgrade() -> None:
    op.drop_index('use_case_version_letter_sha256_idx', table_name='use_case_version', postgresql_where=sa.text('letter_sha256 IS NOT NULL'))
    op.drop_constraint(op.f('use_case_version_letter_sha256_fkey'), 'use_case_version', type_='foreignkey')
    op.drop_index('evidence_file_sha256_idx', table_name='evidence', postgresql_where=sa.text('file_sha256 IS NOT NULL'))
    # What came before knows links only; the texts of the versions still name the files.
    op.execute("ALTER TABLE evidence DISABLE TRIGGER evidence_keep")
    op.execute("DELETE FROM evidence WHERE url IS NULL")
    op.execute("ALTER TABLE evidence ENABLE TRIGGER evidence_keep")
    op.drop_constraint(op.f('evidence_link_or_file'), 'evidence', type_='check')
    op.drop_constraint(op.f('evidence_file_sha256_fkey'), 'evidence', type_='foreignkey')
    op.alter_column('evidence', 'url', existing_type=sa.Text(), nullable=False)
    op.drop_column('evidence', 'file_sha256')
    op.drop_index('link_state_checked_at_idx', table_name='link_state')
    op.drop_table('link_state')
    op.drop_index('file_holding_sha256_idx', table_name='file_holding')
    op.drop_table('file_holding')
    op.drop_table('file')
