"""Places: boundaries that are made ready as rolls are, and a carrying over that is taken back.

What a province was called and where it ran is now said with the time since when it is known, as
of cities; and a province that goes on in several others names them all.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0018'
down_revision: str | Sequence[str] | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SAID = "code, valid, name_vi, name_en, successor_codes, source, approximate, geom"
OLD = ", ".join(f"OLD.{column}" for column in SAID.split(", "))
APPEND_ONLY = ('carry_over_end', 'province_past')

TRIGGERS = (
    f"""
    CREATE FUNCTION keep_province() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    DECLARE
        head bigint;
    BEGIN
        SELECT position INTO head FROM ledger_head;
        IF OLD.known_from < head THEN
            INSERT INTO province_past ({SAID}, known)
            VALUES ({OLD}, int8range(OLD.known_from, head));
        END IF;
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        NEW.known_from := head;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER province_keep BEFORE UPDATE OR DELETE ON province
    FOR EACH ROW EXECUTE FUNCTION keep_province()
    """,
    "ALTER TABLE province ENABLE ALWAYS TRIGGER province_keep",
    *(
        statement
        for table in APPEND_ONLY
        for statement in (
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
        )
    ),
)

VIEWS = (
    # Provinces with the ledger positions during which they were what the register knew.
    f"""
    CREATE VIEW province_known AS
    SELECT {SAID}, int8range(known_from, NULL) AS known FROM province
    UNION ALL
    SELECT {SAID}, known FROM province_past
    """,
    # Carryings over that nobody has taken back since.
    """
    CREATE VIEW carry_over_open AS
    SELECT c.* FROM carry_over c WHERE NOT EXISTS (
        SELECT FROM carry_over_end e WHERE e.use_case_id = c.use_case_id
            AND e.to_city_id = c.to_city_id AND e.position > c.position
    )
    """,
)

GRANTS = (
    "GRANT SELECT, INSERT ON carry_over_end TO registry_app",
    "GRANT SELECT, INSERT, UPDATE ON province_draft TO registry_app",
    "GRANT SELECT ON province_past, province_known, carry_over_open TO registry_app",
    "GRANT UPDATE, DELETE ON province TO registry_app",
)


def upgrade() -> None:
    op.create_table('carry_over_end',
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('use_case_id', sa.Uuid(), nullable=False),
    sa.Column('to_city_id', sa.Integer(), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("reason <> ''", name=op.f('carry_over_end_reason_given')),
    sa.ForeignKeyConstraint(['actor_id'], ['user_account.id'], name=op.f('carry_over_end_actor_id_fkey')),
    sa.ForeignKeyConstraint(['position'], ['event.position'], name=op.f('carry_over_end_position_fkey')),
    sa.ForeignKeyConstraint(['to_city_id'], ['city.id'], name=op.f('carry_over_end_to_city_id_fkey')),
    sa.ForeignKeyConstraint(['use_case_id'], ['use_case.id'], name=op.f('carry_over_end_use_case_id_fkey')),
    sa.PrimaryKeyConstraint('position', 'use_case_id', 'to_city_id', name=op.f('carry_over_end_pkey'))
    )
    op.create_index('carry_over_end_use_case_id_idx', 'carry_over_end', ['use_case_id'], unique=False)
    op.create_table('province_draft',
    sa.Column('id', sa.Uuid(), nullable=False),
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
    sa.CheckConstraint("(state = 'in_force') = (in_force_position IS NOT NULL)", name=op.f('province_draft_force_recorded')),
    sa.CheckConstraint("state IN ('open', 'in_force', 'discarded')", name=op.f('province_draft_state_known')),
    sa.ForeignKeyConstraint(['author_id'], ['user_account.id'], name=op.f('province_draft_author_id_fkey')),
    sa.ForeignKeyConstraint(['in_force_position'], ['event.position'], name=op.f('province_draft_in_force_position_fkey')),
    sa.ForeignKeyConstraint(['updated_by_id'], ['user_account.id'], name=op.f('province_draft_updated_by_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('province_draft_pkey'))
    )
    op.add_column('province', sa.Column('successor_codes', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False))
    op.execute("UPDATE province SET successor_codes = ARRAY[successor_code] WHERE successor_code IS NOT NULL")
    op.drop_column('province', 'successor_code')
    op.add_column('province', sa.Column('source', sa.Text(), server_default='', nullable=False))
    op.add_column('province', sa.Column('approximate', sa.Boolean(), server_default='true', nullable=False))
    op.add_column('province', sa.Column('known_from', sa.BigInteger(), server_default='0', nullable=False))
    op.execute("""
        CREATE TABLE province_past (
            id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT province_past_pkey PRIMARY KEY,
            code text NOT NULL, valid daterange NOT NULL, name_vi text NOT NULL,
            name_en text NOT NULL, successor_codes text[] NOT NULL, source text NOT NULL,
            approximate boolean NOT NULL, geom geometry(MULTIPOLYGON, 4326) NOT NULL,
            known int8range NOT NULL
        )
    """)
    for statement in (*TRIGGERS, *VIEWS, *GRANTS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("REVOKE UPDATE, DELETE ON province FROM registry_app")
    op.execute("DROP VIEW carry_over_open")
    op.execute("DROP VIEW province_known")
    op.execute("DROP TRIGGER province_keep ON province")
    op.execute("DROP FUNCTION keep_province()")
    op.drop_table('province_past')
    op.add_column('province', sa.Column('successor_code', sa.Text(), nullable=True))
    op.execute("UPDATE province SET successor_code = successor_codes[1]")
    for column in ('successor_codes', 'source', 'approximate', 'known_from'):
        op.drop_column('province', column)
    op.drop_table('province_draft')
    op.drop_index('carry_over_end_use_case_id_idx', table_name='carry_over_end')
    op.drop_table('carry_over_end')
