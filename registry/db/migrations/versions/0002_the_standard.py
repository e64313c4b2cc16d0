"""The metadata standard 1.0: who wrote a text last, and the letter with which it is submitted."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0002'
down_revision: str | Sequence[str] | None = '0001'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEPT = (
    "id, use_case_id, number, standard, content, content_hash, describes_from, author_id,"
    " submitter_id, submitted_position"
)
LETTER = "edited_by_id, letter_number, letter_date, letter_sha256"


def _columns(row: str, names: str) -> str:
    return ", ".join(f"{row}.{name.strip()}" for name in names.split(","))


def _keep_version(names: str) -> str:
    """A submitted version keeps these columns for ever."""
    return f"""
    CREATE OR REPLACE FUNCTION keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR (OLD.state <> 'draft' AND (
            {_columns("OLD", names)}
        ) IS DISTINCT FROM (
            {_columns("NEW", names)}
        )) THEN
            RAISE EXCEPTION 'a submitted version never changes'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """


def upgrade() -> None:
    op.add_column('use_case_version', sa.Column('edited_by_id', sa.Uuid(), nullable=True))
    op.add_column('use_case_version', sa.Column('letter_number', sa.Text(), nullable=True))
    op.add_column('use_case_version', sa.Column('letter_date', sa.Date(), nullable=True))
    op.add_column('use_case_version', sa.Column('letter_sha256', sa.LargeBinary(), nullable=True))
    op.create_foreign_key(op.f('use_case_version_edited_by_id_fkey'), 'use_case_version', 'user_account', ['edited_by_id'], ['id'])
    op.create_check_constraint(op.f('use_case_version_two_persons'), 'use_case_version', 'submitter_id <> edited_by_id')
    op.create_check_constraint(op.f('use_case_version_letter_whole'), 'use_case_version', 'num_nulls(letter_number, letter_date) IN (0, 2)')
    op.create_check_constraint(op.f('use_case_version_letter_named'), 'use_case_version', 'letter_sha256 IS NULL OR letter_number IS NOT NULL')
    op.create_check_constraint(op.f('use_case_version_letter_submits'), 'use_case_version', 'letter_number IS NULL OR submitter_id IS NOT NULL')
    op.execute(_keep_version(f"{KEPT}, {LETTER}"))


def downgrade() -> None:
    op.execute(_keep_version(KEPT))
    for name in ('letter_submits', 'letter_named', 'letter_whole', 'two_persons'):
        op.drop_constraint(op.f(f'use_case_version_{name}'), 'use_case_version', type_='check')
    op.drop_constraint(op.f('use_case_version_edited_by_id_fkey'), 'use_case_version', type_='foreignkey')
    for column in ('letter_sha256', 'letter_date', 'letter_number', 'edited_by_id'):
        op.drop_column('use_case_version', column)
