"""Deciding: every decision has a number and a record of what it rests on.

Decisions made before have no record: what was not kept then is not invented now.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | Sequence[str] | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TRIGGERS = (
    # Whoever takes a number holds the ledger: the next one is known.
    """
    CREATE FUNCTION follow_last_number() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public AS $$
    BEGIN
        IF NEW.serial <> (
            SELECT coalesce(max(serial), 0) + 1 FROM decision_record WHERE year = NEW.year
        ) THEN
            RAISE EXCEPTION 'decisions of a year are numbered without gaps'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER decision_record_follows BEFORE INSERT ON decision_record
    FOR EACH ROW EXECUTE FUNCTION follow_last_number()
    """,
    """
    CREATE TRIGGER decision_record_append_only BEFORE UPDATE OR DELETE ON decision_record
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER decision_record_no_truncate BEFORE TRUNCATE ON decision_record
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    *(
        f"ALTER TABLE decision_record ENABLE ALWAYS TRIGGER decision_record_{name}"
        for name in ("follows", "append_only", "no_truncate")
    ),
)

TABLES = "decision_record, reviewing_body, legal_basis, reason_code"


def upgrade() -> None:
    op.create_table(
        "decision_record",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("serial > 0", name=op.f("decision_record_serial_positive")),
        sa.ForeignKeyConstraint(
            ["position"], ["decision.position"], name=op.f("decision_record_position_fkey")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("decision_record_pkey")),
        sa.UniqueConstraint("year", "serial", name="decision_record_number_key"),
    )
    op.create_table(
        "reviewing_body",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("valid"), "&&"), using="gist", name="reviewing_body_one_at_a_time"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("reviewing_body_pkey")),
    )
    op.create_table(
        "legal_basis",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("text_vi", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("legal_basis_pkey")),
        sa.UniqueConstraint("text_vi", name=op.f("legal_basis_text_vi_key")),
    )
    op.create_table(
        "reason_code",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("actions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("label_vi", sa.Text(), nullable=False),
        sa.Column("label_en", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "actions <@ ARRAY['approve', 'return', 'reject', 'suspend', 'revoke', 'reinstate'] AND cardinality(actions) > 0",
            name=op.f("reason_code_actions_known"),
        ),
        postgresql.ExcludeConstraint(
            (sa.column("code"), "="),
            (sa.column("valid"), "&&"),
            using="gist",
            name="reason_code_once_a_day",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("reason_code_pkey")),
    )
    for statement in TRIGGERS:
        op.execute(statement)
    op.execute(f"GRANT SELECT, INSERT ON {TABLES} TO registry_app")


def downgrade() -> None:
    op.drop_table("reason_code")
    op.drop_table("legal_basis")
    op.drop_table("reviewing_body")
    op.drop_table("decision_record")
    op.execute("DROP FUNCTION follow_last_number()")
