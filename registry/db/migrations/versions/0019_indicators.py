"""Indicators 1, 3 and 4: lines reported, decisions on them, lists on their way in."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0019"
down_revision: str | Sequence[str] | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = ("indicator_entry", "indicator_decision")
KINDS = "'service', 'support', 'course', 'completion', 'body', 'dataset', 'total'"
OF_INDICATOR = """
    (indicator = 1 AND kind IN ('service', 'support', 'total'))
    OR (indicator = 3 AND kind IN ('course', 'completion'))
    OR (indicator = 4 AND kind IN ('body', 'dataset', 'total'))
"""

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
    # Four eyes, and one way through the states. Whoever decides holds the ledger: no two at once.
    """
    CREATE FUNCTION judge_indicator_entry() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public AS $$
    DECLARE
        author uuid;
        before text;
    BEGIN
        SELECT author_id INTO author FROM indicator_entry WHERE id = NEW.entry_id;
        IF author = NEW.decider_id OR (NEW.decider_id IS NULL AND author IS NOT NULL) THEN
            RAISE EXCEPTION 'nobody decides on what they reported themselves'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        SELECT action INTO before FROM indicator_decision WHERE entry_id = NEW.entry_id
        ORDER BY position DESC LIMIT 1;
        IF before IS DISTINCT FROM (CASE NEW.action WHEN 'revoke' THEN 'approve' END) THEN
            RAISE EXCEPTION 'a line is decided once, and revoked once'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER indicator_decision_judged BEFORE INSERT ON indicator_decision
    FOR EACH ROW EXECUTE FUNCTION judge_indicator_entry()
    """,
    # A list that was confirmed or put aside stays as it is.
    """
    CREATE FUNCTION keep_indicator_sheet() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.state <> 'open' THEN
            RAISE EXCEPTION 'a list that is done with never changes'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER indicator_sheet_keep BEFORE UPDATE ON indicator_sheet
    FOR EACH ROW EXECUTE FUNCTION keep_indicator_sheet()
    """,
    *(
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}"
        for table in APPEND_ONLY
        for name in ("append_only", "no_truncate")
    ),
    "ALTER TABLE indicator_decision ENABLE ALWAYS TRIGGER indicator_decision_judged",
    "ALTER TABLE indicator_sheet ENABLE ALWAYS TRIGGER indicator_sheet_keep",
)


def upgrade() -> None:
    op.create_table(
        "indicator_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("indicator", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("person_key", sa.LargeBinary(), nullable=True),
        sa.Column("amount", sa.Integer(), nullable=True),
        sa.Column("fits", sa.Boolean(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("indicator_entry_kind_known")),
        sa.CheckConstraint(OF_INDICATOR, name=op.f("indicator_entry_kind_of_indicator")),
        sa.CheckConstraint("key <> ''", name=op.f("indicator_entry_key_given")),
        sa.CheckConstraint(
            "NOT isempty(valid) AND NOT lower_inf(valid)", name=op.f("indicator_entry_valid_begins")
        ),
        sa.CheckConstraint(
            "octet_length(person_key) = 32", name=op.f("indicator_entry_person_key_size")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("indicator_entry_amount_positive")),
        sa.CheckConstraint(
            "num_nonnulls(person_key, amount) = CAST(kind IN ('completion', 'total') AS integer)"
            " AND (person_key IS NULL OR kind = 'completion')",
            name=op.f("indicator_entry_measure_of_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name=op.f("indicator_entry_author_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["position"], ["event.position"], name=op.f("indicator_entry_position_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("indicator_entry_pkey")),
    )
    op.create_index("indicator_entry_key_idx", "indicator_entry", ["indicator", "kind", "key"])
    op.create_index("indicator_entry_position_idx", "indicator_entry", ["position"])
    op.create_table(
        "indicator_decision",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("decider_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "action IN ('approve', 'return', 'revoke')",
            name=op.f("indicator_decision_action_known"),
        ),
        sa.CheckConstraint(
            "action = 'approve' OR reason <> ''", name=op.f("indicator_decision_reason_given")
        ),
        sa.CheckConstraint(
            "action = 'revoke' OR effective_from IS NULL",
            name=op.f("indicator_decision_effect_dated"),
        ),
        sa.ForeignKeyConstraint(
            ["decider_id"], ["user_account.id"], name=op.f("indicator_decision_decider_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["indicator_entry.id"], name=op.f("indicator_decision_entry_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["position"], ["event.position"], name=op.f("indicator_decision_position_fkey")
        ),
        sa.PrimaryKeyConstraint("entry_id", "position", name=op.f("indicator_decision_pkey")),
    )
    op.create_table(
        "indicator_sheet",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("indicator", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("indicator_sheet_kind_known")),
        sa.CheckConstraint(
            "state IN ('open', 'in_force', 'discarded')", name=op.f("indicator_sheet_state_known")
        ),
        sa.CheckConstraint(OF_INDICATOR, name=op.f("indicator_sheet_kind_of_indicator")),
        sa.CheckConstraint(
            "(state = 'in_force') = (position IS NOT NULL)",
            name=op.f("indicator_sheet_force_recorded"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name=op.f("indicator_sheet_author_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["position"], ["event.position"], name=op.f("indicator_sheet_position_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("indicator_sheet_pkey")),
    )
    for statement in TRIGGERS:
        op.execute(statement)
    op.execute(f"GRANT SELECT, INSERT ON {', '.join(APPEND_ONLY)}, indicator_sheet TO registry_app")
    op.execute("GRANT UPDATE (state, position) ON indicator_sheet TO registry_app")


def downgrade() -> None:
    op.drop_table("indicator_sheet")
    op.drop_table("indicator_decision")
    op.drop_table("indicator_entry")
    op.execute("DROP FUNCTION keep_indicator_sheet()")
    op.execute("DROP FUNCTION judge_indicator_entry()")
