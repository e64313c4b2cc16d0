"""Reporting periods, their extensions, and the figures published for them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0011'
down_revision: str | Sequence[str] | None = '0010'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = ("reporting_period", "period_extension", "published_figure")

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


def upgrade() -> None:
    op.create_table('reporting_period',
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name_vi', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('reporting_day', sa.Date(), nullable=False),
    sa.Column('cut_off', sa.DateTime(timezone=True), nullable=False),
    sa.Column('target_year', sa.SmallInteger(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('target_year BETWEEN 2020 AND 2100', name=op.f('reporting_period_target_year_range')),
    sa.ForeignKeyConstraint(['author_id'], ['user_account.id'], name=op.f('reporting_period_author_id_fkey')),
    sa.ForeignKeyConstraint(['position'], ['event.position'], name=op.f('reporting_period_position_fkey')),
    sa.PrimaryKeyConstraint('position', name=op.f('reporting_period_pkey')),
    sa.UniqueConstraint('code', name=op.f('reporting_period_code_key'))
    )
    op.create_table('period_extension',
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('period_code', sa.Text(), nullable=False),
    sa.Column('cut_off', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("reason <> ''", name=op.f('period_extension_reason_given')),
    sa.ForeignKeyConstraint(['author_id'], ['user_account.id'], name=op.f('period_extension_author_id_fkey')),
    sa.ForeignKeyConstraint(['period_code'], ['reporting_period.code'], name=op.f('period_extension_period_code_fkey')),
    sa.ForeignKeyConstraint(['position'], ['event.position'], name=op.f('period_extension_position_fkey')),
    sa.PrimaryKeyConstraint('position', name=op.f('period_extension_pkey'))
    )
    op.create_index('period_extension_period_code_idx', 'period_extension', ['period_code', 'position'], unique=False)
    op.create_table('published_figure',
    sa.Column('period_code', sa.Text(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('known_position', sa.BigInteger(), nullable=False),
    sa.Column('known_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('rule', sa.Text(), nullable=False),
    sa.Column('roll_code', sa.Text(), nullable=False),
    sa.Column('counted', sa.Integer(), nullable=False),
    sa.Column('enumerated', sa.Integer(), nullable=False),
    sa.Column('official_total', sa.Integer(), nullable=True),
    sa.Column('target_year', sa.SmallInteger(), nullable=False),
    sa.Column('target_percent', sa.SmallInteger(), nullable=False),
    sa.Column('rows', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('rows_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('counted BETWEEN 0 AND enumerated', name=op.f('published_figure_counted_of_enumerated')),
    sa.CheckConstraint('enumerated > 0', name=op.f('published_figure_enumerated_positive')),
    sa.CheckConstraint('known_position < position', name=op.f('published_figure_known_before')),
    sa.CheckConstraint('octet_length(rows_sha256) = 32', name=op.f('published_figure_rows_sha256_size')),
    sa.CheckConstraint('official_total > 0', name=op.f('published_figure_official_total_positive')),
    sa.CheckConstraint('target_percent BETWEEN 1 AND 100', name=op.f('published_figure_target_percent_range')),
    sa.ForeignKeyConstraint(['author_id'], ['user_account.id'], name=op.f('published_figure_author_id_fkey')),
    sa.ForeignKeyConstraint(['period_code'], ['reporting_period.code'], name=op.f('published_figure_period_code_fkey')),
    sa.ForeignKeyConstraint(['position'], ['event.position'], name=op.f('published_figure_position_fkey')),
    sa.ForeignKeyConstraint(['roll_code'], ['roll.code'], name=op.f('published_figure_roll_code_fkey')),
    sa.PrimaryKeyConstraint('period_code', name=op.f('published_figure_pkey')),
    sa.UniqueConstraint('position', name=op.f('published_figure_position_key'))
    )
    for statement in TRIGGERS:
        op.execute(statement)
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO registry_app")


def downgrade() -> None:
    op.drop_table('published_figure')
    op.drop_index('period_extension_period_code_idx', table_name='period_extension')
    op.drop_table('period_extension')
    op.drop_table('reporting_period')
