"""Rolls: a list that is being made ready, change by change, before it is put in force.

What a city was called is now said with the time since when it is known: what a later list
corrects stays readable as it was known before.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0009'
down_revision: str | Sequence[str] | None = '0008'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TRIGGERS = (
    # Whoever changes a period is never asked to keep the old one: the database does.
    """
    CREATE FUNCTION keep_city_period() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    DECLARE
        head bigint;
    BEGIN
        SELECT position INTO head FROM ledger_head;
        IF OLD.known_from < head THEN
            INSERT INTO city_period_past (city_id, valid, name_vi, name_en, unit_type,
                urban_class, class_basis, province_code, source, known)
            VALUES (OLD.city_id, OLD.valid, OLD.name_vi, OLD.name_en, OLD.unit_type,
                OLD.urban_class, OLD.class_basis, OLD.province_code, OLD.source,
                int8range(OLD.known_from, head));
        END IF;
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        NEW.known_from := head;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER city_period_keep BEFORE UPDATE OR DELETE ON city_period
    FOR EACH ROW EXECUTE FUNCTION keep_city_period()
    """,
    "ALTER TABLE city_period ENABLE ALWAYS TRIGGER city_period_keep",
    """
    CREATE TRIGGER city_period_past_append_only BEFORE UPDATE OR DELETE ON city_period_past
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER city_period_past_no_truncate BEFORE TRUNCATE ON city_period_past
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    "ALTER TABLE city_period_past ENABLE ALWAYS TRIGGER city_period_past_append_only",
    "ALTER TABLE city_period_past ENABLE ALWAYS TRIGGER city_period_past_no_truncate",
)

# Periods with the ledger positions during which they were what the register knew.
VIEW = """
CREATE VIEW city_period_known AS
SELECT city_id, valid, name_vi, name_en, unit_type, urban_class, province_code,
    int8range(known_from, NULL) AS known
FROM city_period
UNION ALL
SELECT city_id, valid, name_vi, name_en, unit_type, urban_class, province_code, known
FROM city_period_past
"""

GRANTS = (
    "GRANT SELECT, INSERT, UPDATE ON roll_draft TO registry_app",
    "GRANT SELECT ON city_period_past, city_period_known TO registry_app",
    "GRANT UPDATE, DELETE ON city_period TO registry_app",
)


def upgrade() -> None:
    op.create_table('roll_draft',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('adds_to_id', sa.Integer(), nullable=True),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('file_name', sa.Text(), nullable=False),
    sa.Column('lines', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('choices', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('confirmed', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('in_force_position', sa.BigInteger(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('updated_by_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(state = 'in_force') = (in_force_position IS NOT NULL)", name=op.f('roll_draft_force_recorded')),
    sa.CheckConstraint("state IN ('open', 'in_force', 'discarded')", name=op.f('roll_draft_state_known')),
    sa.ForeignKeyConstraint(['adds_to_id'], ['roll.id'], name=op.f('roll_draft_adds_to_id_fkey')),
    sa.ForeignKeyConstraint(['author_id'], ['user_account.id'], name=op.f('roll_draft_author_id_fkey')),
    sa.ForeignKeyConstraint(['in_force_position'], ['event.position'], name=op.f('roll_draft_in_force_position_fkey')),
    sa.ForeignKeyConstraint(['updated_by_id'], ['user_account.id'], name=op.f('roll_draft_updated_by_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('roll_draft_pkey'))
    )
    op.create_table('city_period_past',
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('city_id', sa.Integer(), nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), nullable=False),
    sa.Column('name_vi', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('unit_type', sa.Text(), nullable=False),
    sa.Column('urban_class', sa.Text(), nullable=False),
    sa.Column('class_basis', sa.Text(), nullable=False),
    sa.Column('province_code', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('known', postgresql.INT8RANGE(), nullable=False),
    sa.ForeignKeyConstraint(['city_id'], ['city.id'], name=op.f('city_period_past_city_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('city_period_past_pkey'))
    )
    op.create_index('city_period_past_city_id_idx', 'city_period_past', ['city_id'], unique=False)
    op.add_column('city_period', sa.Column('known_from', sa.BigInteger(), server_default='0', nullable=False))
    for statement in (*TRIGGERS, VIEW, *GRANTS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("REVOKE UPDATE, DELETE ON city_period FROM registry_app")
    op.execute("DROP VIEW city_period_known")
    op.execute("DROP TRIGGER city_period_keep ON city_period")
    op.execute("DROP FUNCTION keep_city_period()")
    op.drop_column('city_period', 'known_from')
    op.drop_index('city_period_past_city_id_idx', table_name='city_period_past')
    op.drop_table('city_period_past')
    op.drop_table('roll_draft')
