"""Spreadsheets: what was handed in, what judging it found; a city's own ID of a use case."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0005'
down_revision: str | Sequence[str] | None = '0004'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GRANTS = (
    "GRANT SELECT, INSERT ON sheet_upload, sheet_row TO registry_app",
    "GRANT UPDATE (state, trouble, rows_done, choice, changed_at) ON sheet_upload TO registry_app",
    "GRANT UPDATE (outcome, trouble, result_id) ON sheet_row TO registry_app",
    "GRANT UPDATE (own_id) ON use_case TO registry_app",
)


def upgrade() -> None:
    op.add_column('use_case', sa.Column('own_id', sa.Text(), nullable=True))
    op.create_unique_constraint(op.f('use_case_city_id_own_id_key'), 'use_case', ['city_id', 'own_id'])
    op.create_check_constraint(op.f('use_case_own_id_given'), 'use_case', "own_id <> ''")
    op.create_table('sheet_upload',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('city_id', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('standard', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('trouble', sa.Text(), nullable=False),
    sa.Column('sheet', sa.Text(), nullable=False),
    sa.Column('notes', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('rows_total', sa.Integer(), nullable=False),
    sa.Column('rows_done', sa.Integer(), nullable=False),
    sa.Column('choice', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(state = 'failed') = (trouble <> '')", name=op.f('sheet_upload_trouble_told')),
    sa.CheckConstraint("choice IN ('all', 'accepted')", name=op.f('sheet_upload_choice_known')),
    sa.CheckConstraint("name <> ''", name=op.f('sheet_upload_name_given')),
    sa.CheckConstraint("state IN ('uploaded', 'judging', 'judged', 'confirming', 'done', 'cancelled', 'failed')", name=op.f('sheet_upload_state_known')),
    sa.CheckConstraint('octet_length(sha256) = 32', name=op.f('sheet_upload_sha256_size')),
    sa.CheckConstraint('rows_done BETWEEN 0 AND rows_total', name=op.f('sheet_upload_progress_sound')),
    sa.ForeignKeyConstraint(['city_id'], ['city.id'], name=op.f('sheet_upload_city_id_fkey')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('sheet_upload_user_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('sheet_upload_pkey'))
    )
    op.create_index('sheet_upload_user_id_idx', 'sheet_upload', ['user_id', 'created_at'], unique=False)
    op.create_table('sheet_row',
    sa.Column('upload_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('city_code', sa.Text(), nullable=False),
    sa.Column('own_id', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('verdict', sa.Text(), nullable=False),
    sa.Column('version_id', sa.Uuid(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=True),
    sa.Column('colleague', sa.Boolean(), nullable=False),
    sa.Column('changes', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('new_problems', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('cells', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('lacks', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('asks', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('trouble', sa.Text(), nullable=False),
    sa.Column('result_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("(outcome = 'not_taken_over') = (trouble <> '')", name=op.f('sheet_row_trouble_told')),
    sa.CheckConstraint("outcome IN ('taken_over', 'not_taken_over')", name=op.f('sheet_row_outcome_known')),
    sa.CheckConstraint("outcome IS NULL OR verdict IN ('new', 'changed')", name=op.f('sheet_row_outcome_of_accepted')),
    sa.CheckConstraint("verdict IN ('new', 'changed', 'same', 'refused')", name=op.f('sheet_row_verdict_known')),
    sa.CheckConstraint('num_nulls(version_id, revision) IN (0, 2)', name=op.f('sheet_row_base_whole')),
    sa.CheckConstraint('number > 0', name=op.f('sheet_row_number_positive')),
    sa.ForeignKeyConstraint(['result_id'], ['use_case_version.id'], name=op.f('sheet_row_result_id_fkey')),
    sa.ForeignKeyConstraint(['upload_id'], ['sheet_upload.id'], name=op.f('sheet_row_upload_id_fkey')),
    sa.ForeignKeyConstraint(['version_id'], ['use_case_version.id'], name=op.f('sheet_row_version_id_fkey')),
    sa.PrimaryKeyConstraint('upload_id', 'number', name=op.f('sheet_row_pkey'))
    )
    op.create_index('sheet_row_verdict_idx', 'sheet_row', ['upload_id', 'verdict'], unique=False)
    for statement in GRANTS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_index('sheet_row_verdict_idx', table_name='sheet_row')
    op.drop_table('sheet_row')
    op.drop_index('sheet_upload_user_id_idx', table_name='sheet_upload')
    op.drop_table('sheet_upload')
    op.drop_constraint(op.f('use_case_own_id_given'), 'use_case', type_='check')
    op.drop_constraint(op.f('use_case_city_id_own_id_key'), 'use_case', type_='unique')
    op.drop_column('use_case', 'own_id')
