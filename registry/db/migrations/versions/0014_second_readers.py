"""Second readers: opinions before a decision, how a round of them ended; leads are told."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0014"
down_revision: str | Sequence[str] | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("opinion", "round_end")

TRIGGERS = (
    # One after the other, and nobody after the end.
    """
    CREATE FUNCTION follow_first_reader() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public AS $$
    DECLARE
        before text := CASE NEW.seat WHEN 'second' THEN 'first' WHEN 'lead' THEN 'second' END;
    BEGIN
        IF EXISTS (
            SELECT FROM round_end e WHERE e.version_id = NEW.version_id AND e.round = NEW.round
        ) OR (before IS NOT NULL AND NOT EXISTS (
            SELECT FROM opinion o
            WHERE o.version_id = NEW.version_id AND o.round = NEW.round AND o.seat = before
                AND o.cause = NEW.cause
        )) THEN
            RAISE EXCEPTION 'an opinion follows the one before it in an open round'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER opinion_follows BEFORE INSERT ON opinion
    FOR EACH ROW EXECUTE FUNCTION follow_first_reader()
    """,
    *(
        f"""
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
        """
        for table in TABLES
    ),
    *(
        f"""
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """
        for table in TABLES
    ),
    "ALTER TABLE opinion ENABLE ALWAYS TRIGGER opinion_follows",
    *(
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}"
        for table in TABLES
        for name in ("append_only", "no_truncate")
    ),
)

KINDS = (
    *("returned", "rejected", "approved", "suspended", "revoked", "reinstated", "deadline"),
    *("mention", "spreadsheet_done", "link_broken", "difference"),
)


def _kinds(*kinds: str) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    for table in ("message", "mail_choice"):
        op.drop_constraint(f"{table}_kind_known", table)
        op.create_check_constraint(op.f(f"{table}_kind_known"), table, f"kind IN ({listed})")


def upgrade() -> None:
    op.create_table(
        "opinion",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("use_case_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("submitter_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("said", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("seat IN ('first', 'second', 'lead')", name=op.f("opinion_seat_known")),
        sa.CheckConstraint(
            "cause IN ('revocation', 'high_risk', 'sample')", name=op.f("opinion_cause_known")
        ),
        sa.CheckConstraint(
            "action IN ('approve', 'return', 'reject', 'revoke', 'uphold')",
            name=op.f("opinion_action_known"),
        ),
        sa.CheckConstraint(
            "(cause = 'revocation') = (action IN ('revoke', 'uphold'))",
            name=op.f("opinion_cause_of_action"),
        ),
        sa.CheckConstraint(
            "seat <> 'first' OR action <> 'uphold'", name=op.f("opinion_nothing_to_uphold")
        ),
        sa.CheckConstraint("round > 0", name=op.f("opinion_round_positive")),
        sa.CheckConstraint(
            "actor_id <> author_id AND actor_id <> submitter_id",
            name=op.f("opinion_reader_not_author"),
        ),
        sa.CheckConstraint("said ->> 'action' = action", name=op.f("opinion_said_as_done")),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["user_account.id"], name=op.f("opinion_actor_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["position"], ["event.position"], name=op.f("opinion_position_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "use_case_id", "author_id", "submitter_id"],
            [
                "use_case_version.id",
                "use_case_version.use_case_id",
                "use_case_version.author_id",
                "use_case_version.submitter_id",
            ],
            name="opinion_version_fkey",
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("opinion_pkey")),
    )
    op.create_index("opinion_seat_key", "opinion", ["version_id", "round", "seat"], unique=True)
    op.create_index(
        "opinion_reader_key", "opinion", ["version_id", "round", "actor_id"], unique=True
    )
    op.create_table(
        "round_end",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('agreed', 'settled', 'taken_back', 'withdrawn', 'superseded')",
            name=op.f("round_end_outcome_known"),
        ),
        sa.ForeignKeyConstraint(
            ["position"], ["event.position"], name=op.f("round_end_position_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["use_case_version.id"], name=op.f("round_end_version_id_fkey")
        ),
        sa.PrimaryKeyConstraint("version_id", "round", name=op.f("round_end_pkey")),
    )
    for statement in TRIGGERS:
        op.execute(statement)
    op.execute("GRANT SELECT, INSERT ON opinion, round_end TO registry_app")
    _kinds(*KINDS)


def downgrade() -> None:
    op.execute("DELETE FROM mail_choice WHERE kind = 'difference'")
    op.execute(
        "DELETE FROM mail WHERE message_id IN (SELECT id FROM message WHERE kind = 'difference')"
    )
    op.execute("DELETE FROM message WHERE kind = 'difference'")
    _kinds(*KINDS[:-1])
    op.drop_table("round_end")
    op.drop_table("opinion")
    op.execute("DROP FUNCTION follow_first_reader()")
