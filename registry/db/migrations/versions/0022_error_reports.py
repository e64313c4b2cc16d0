"""Reports of errors by the public; within how many days a city should answer one."""

import re
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | Sequence[str] | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = {"error_forwarded", "error_answered", "error_due"}
CATEGORIES = (
    "'wrong_fact', 'not_operating', 'does_not_exist', 'wrong_place', 'evidence', 'personal_data',"
    " 'wording', 'other'"
)
STATES = "'received', 'dismissed', 'forwarded', 'answered', 'closed', 'withdrawn'"
ACTS = "'dismiss', 'forward', 'answer', 'close', 'withdraw'"

TRIGGERS = (
    # What a report is about and when it came stays; what is done with it moves its state on. The
    # hashes by which floods are limited are forgotten, and never put back.
    """
    CREATE FUNCTION keep_error_report() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public AS $$
    DECLARE
        moving text[] := '{state, due_on, ended_at}';
        passing text[] := '{network_hash, contact_hash}';
    BEGIN
        IF to_jsonb(OLD) - moving - passing <> to_jsonb(NEW) - moving - passing
            OR OLD.ended_at IS NOT NULL
                AND to_jsonb(OLD) - passing <> to_jsonb(NEW) - passing
            OR NEW.network_hash IS NOT NULL AND NEW.network_hash IS DISTINCT FROM OLD.network_hash
            OR NEW.contact_hash IS NOT NULL AND NEW.contact_hash IS DISTINCT FROM OLD.contact_hash
        THEN
            RAISE EXCEPTION 'a report stays as it was made, and ends once'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER error_report_keep BEFORE UPDATE ON error_report
    FOR EACH ROW EXECUTE FUNCTION keep_error_report()
    """,
    "ALTER TABLE error_report ENABLE ALWAYS TRIGGER error_report_keep",
    "CREATE TRIGGER error_report_step_append_only BEFORE UPDATE OR DELETE ON error_report_step"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER error_report_step_no_truncate BEFORE TRUNCATE ON error_report_step"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "ALTER TABLE error_report_step ENABLE ALWAYS TRIGGER error_report_step_append_only",
    "ALTER TABLE error_report_step ENABLE ALWAYS TRIGGER error_report_step_no_truncate",
    "GRANT SELECT, INSERT ON error_report, error_report_words, error_report_step,"
    " error_report_reminder TO registry_app",
    "GRANT UPDATE (state, due_on, ended_at, network_hash, contact_hash) ON error_report"
    " TO registry_app",
    "GRANT UPDATE (contact) ON error_report_words TO registry_app",
    "GRANT DELETE ON error_report_words TO registry_app",
)


def _known_kinds(table: str, change: Callable[[set[str]], set[str]]) -> None:
    """Changes which kinds of message a table knows, whatever other kinds were added before."""
    name = f"{table}_kind_known"
    rule = op.get_bind().scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
        {"name": name},
    )
    kinds = change(set(re.findall("'([a-z_]+)'", str(rule))))
    listed = ", ".join(f"'{kind}'" for kind in sorted(kinds))
    op.drop_constraint(name, table)
    op.create_check_constraint(op.f(name), table, f"kind IN ({listed})")


def upgrade() -> None:
    for table in ("message", "mail_choice"):
        _known_kinds(table, lambda kinds: kinds | KINDS)
    op.add_column(
        "desk_policy",
        sa.Column("report_days", sa.SmallInteger(), nullable=False, server_default="15"),
    )
    op.create_check_constraint(
        op.f("desk_policy_report_days_positive"), "desk_policy", "report_days > 0"
    )
    op.create_table(
        "error_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("use_case_id", sa.Uuid(), nullable=True),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("network_hash", sa.LargeBinary(), nullable=True),
        sa.Column("contact_hash", sa.LargeBinary(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("submission_hash", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            f"category IN ({CATEGORIES})", name=op.f("error_report_category_known")
        ),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("error_report_state_known")),
        sa.CheckConstraint(
            "octet_length(code_hash) = 32", name=op.f("error_report_code_hash_size")
        ),
        sa.CheckConstraint(
            "octet_length(submission_hash) = 32", name=op.f("error_report_submission_hash_size")
        ),
        sa.CheckConstraint(
            "octet_length(content_hash) = 32", name=op.f("error_report_content_hash_size")
        ),
        sa.CheckConstraint(
            "(use_case_id IS NULL) = (version_id IS NULL)",
            name=op.f("error_report_version_of_use_case"),
        ),
        sa.CheckConstraint(
            "(state IN ('dismissed', 'closed', 'withdrawn')) = (ended_at IS NOT NULL)",
            name=op.f("error_report_end_dated"),
        ),
        sa.CheckConstraint(
            "due_on IS NOT NULL OR state NOT IN ('forwarded', 'answered', 'closed')",
            name=op.f("error_report_due_dated"),
        ),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("error_report_city_id_fkey")),
        sa.ForeignKeyConstraint(
            ["position"], ["event.position"], name=op.f("error_report_position_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["use_case_id"], ["use_case.id"], name=op.f("error_report_use_case_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["use_case_version.id"], name=op.f("error_report_version_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("error_report_pkey")),
        sa.UniqueConstraint("position", name=op.f("error_report_position_key")),
        sa.UniqueConstraint("code_hash", name=op.f("error_report_code_hash_key")),
        sa.UniqueConstraint("submission_hash", name=op.f("error_report_submission_hash_key")),
    )
    op.create_index("error_report_state_idx", "error_report", ["state", "received_at"])
    op.create_index("error_report_city_id_idx", "error_report", ["city_id"])
    op.create_index("error_report_use_case_id_idx", "error_report", ["use_case_id"])
    op.create_index("error_report_received_at_idx", "error_report", ["received_at"])
    op.create_index(
        "error_report_hashes_idx",
        "error_report",
        ["received_at"],
        postgresql_where=sa.text("network_hash IS NOT NULL OR contact_hash IS NOT NULL"),
    )
    op.create_table(
        "error_report_words",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "language IN ('vi', 'en')", name=op.f("error_report_words_language_known")
        ),
        sa.CheckConstraint("text <> ''", name=op.f("error_report_words_text_given")),
        sa.CheckConstraint("length(text) <= 2000", name=op.f("error_report_words_text_short")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["error_report.id"], name=op.f("error_report_words_report_id_fkey")
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("error_report_words_pkey")),
    )
    op.create_index("error_report_words_text_hash_idx", "error_report_words", ["text_hash"])
    op.create_table(
        "error_report_step",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("published", sa.Boolean(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(f"act IN ({ACTS})", name=op.f("error_report_step_act_known")),
        sa.CheckConstraint(
            "outcome IN ('corrected', 'right')", name=op.f("error_report_step_outcome_known")
        ),
        sa.CheckConstraint(
            "text <> '' OR act IN ('close', 'withdraw')",
            name=op.f("error_report_step_text_given"),
        ),
        sa.CheckConstraint("length(text) <= 2000", name=op.f("error_report_step_text_short")),
        sa.CheckConstraint(
            "(act = 'forward') = (due_on IS NOT NULL)", name=op.f("error_report_step_due_dated")
        ),
        sa.CheckConstraint(
            "(act = 'answer') = (outcome IS NOT NULL)", name=op.f("error_report_step_answer_told")
        ),
        sa.CheckConstraint(
            "version_id IS NULL OR act = 'answer'",
            name=op.f("error_report_step_version_of_answer"),
        ),
        sa.CheckConstraint(
            "(act = 'close') = (published IS NOT NULL)",
            name=op.f("error_report_step_publication_decided"),
        ),
        sa.CheckConstraint(
            "NOT published OR text <> ''", name=op.f("error_report_step_publication_worded")
        ),
        sa.CheckConstraint(
            "(act = 'withdraw') = (actor_id IS NULL)", name=op.f("error_report_step_actor_known")
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["user_account.id"], name=op.f("error_report_step_actor_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["position"], ["event.position"], name=op.f("error_report_step_position_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["error_report.id"], name=op.f("error_report_step_report_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["use_case_version.id"],
            name=op.f("error_report_step_version_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("error_report_step_pkey")),
        sa.UniqueConstraint("report_id", "act", name=op.f("error_report_step_report_id_act_key")),
    )
    op.create_table(
        "error_report_reminder",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["error_report.id"], name=op.f("error_report_reminder_report_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("error_report_reminder_user_id_fkey")
        ),
        sa.PrimaryKeyConstraint(
            "report_id", "user_id", "overdue", name=op.f("error_report_reminder_pkey")
        ),
    )
    for statement in TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    for table in ("reminder", "step", "words"):
        op.drop_table(f"error_report_{table}")
    op.drop_table("error_report")
    op.execute("DROP FUNCTION keep_error_report()")
    op.drop_constraint(op.f("desk_policy_report_days_positive"), "desk_policy")
    op.drop_column("desk_policy", "report_days")
    listed = ", ".join(f"'{kind}'" for kind in sorted(KINDS))
    op.execute(f"DELETE FROM mail USING message WHERE id = message_id AND kind IN ({listed})")
    for table in ("message", "mail_choice"):
        op.execute(f"DELETE FROM {table} WHERE kind IN ({listed})")
        _known_kinds(table, lambda kinds: kinds - KINDS)
