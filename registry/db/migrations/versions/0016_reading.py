"""Reading an entry: what is near to it is found by indexes; talk about it, field by field."""

import re
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | Sequence[str] | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FUNCTIONS = {
    # Of all runs of three words of a text those with the smallest hashes: two texts that share
    # most of their runs share most of these, and an index finds them. Not PostgreSQL's own hash,
    # which another version of it may work out differently.
    "text_marks(content jsonb)": """
        RETURNS integer[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000
        BEGIN ATOMIC
            SELECT coalesce(array_agg(mark), '{}') FROM (
                SELECT DISTINCT ('x' || left(md5(first || ' ' || second || ' ' || third), 8))
                    ::bit(32)::integer AS mark
                FROM (
                    SELECT word AS first, lead(word) OVER run AS second, lead(word, 2) OVER run AS third
                    FROM regexp_split_to_table(
                        plain_text((content ->> 'summary') || ' ' || (content ->> 'solution')),
                        '[^[:alnum:]]+'
                    ) WITH ORDINALITY AS words (word, place)
                    WHERE word <> ''
                    WINDOW run AS (ORDER BY place)
                ) runs
                WHERE third IS NOT NULL
                ORDER BY mark LIMIT 16
            ) smallest;
        END
    """,
    "plain_provider(content jsonb)": """
        RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN trim(regexp_replace(
            plain_text(coalesce(content ->> 'provider', '')), '[^[:alnum:]]+', ' ', 'g'
        ))
    """,
}

# Both only grow; and what is said in a thread is said of a version of the thread's entry.
TRIGGERS = (
    """
    CREATE FUNCTION stay_with_entry() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT FROM comment_thread t JOIN use_case_version v ON v.use_case_id = t.use_case_id
            WHERE t.position = NEW.thread AND v.id = NEW.version_id
        ) THEN
            RAISE EXCEPTION 'a comment is on a version of the entry its thread is about'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER comment_stays BEFORE INSERT ON comment
    FOR EACH ROW EXECUTE FUNCTION stay_with_entry()
    """,
    "ALTER TABLE comment ENABLE ALWAYS TRIGGER comment_stays",
    *(
        statement
        for table in ("comment_thread", "comment")
        for statement in (
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
        )
    ),
    "GRANT SELECT, INSERT ON comment_thread, comment TO registry_app",
)

SUBMITTED = sa.text("submitted_position IS NOT NULL")


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
        _known_kinds(table, lambda kinds: kinds | {"comment"})
    op.create_table(
        "comment_thread",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("use_case_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "scope IN ('city', 'internal')", name=op.f("comment_thread_scope_known")
        ),
        sa.ForeignKeyConstraint(
            ["position"], ["event.position"], name=op.f("comment_thread_position_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["use_case_id"], ["use_case.id"], name=op.f("comment_thread_use_case_id_fkey")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("comment_thread_pkey")),
    )
    op.create_index("comment_thread_use_case_id_idx", "comment_thread", ["use_case_id"])
    op.create_table(
        "comment",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("thread", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("saying", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "saying IN ('said', 'settled', 'reopened')", name=op.f("comment_saying_known")
        ),
        sa.CheckConstraint("text <> '' OR saying = 'settled'", name=op.f("comment_text_given")),
        sa.CheckConstraint("length(text) <= 2000", name=op.f("comment_text_short")),
        sa.CheckConstraint("position >= thread", name=op.f("comment_thread_first")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name=op.f("comment_author_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["position"], ["event.position"], name=op.f("comment_position_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["thread"], ["comment_thread.position"], name=op.f("comment_thread_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["use_case_version.id"], name=op.f("comment_version_id_fkey")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("comment_pkey")),
    )
    op.create_index("comment_thread_idx", "comment", ["thread", "position"])
    for statement in TRIGGERS:
        op.execute(statement)
    for signature, body in FUNCTIONS.items():
        op.execute(f"CREATE FUNCTION {signature} {body}")
    for name, key, kind in (
        ("marks", "text_marks(content)", "gin"),
        ("provider", "plain_provider(content)", "btree"),
        ("any_product", "product_key(content)", "btree"),
    ):
        op.create_index(
            f"use_case_version_{name}_idx",
            "use_case_version",
            [sa.literal_column(key)],
            postgresql_using=kind,
            postgresql_where=SUBMITTED,
        )
    op.create_index(
        "use_case_version_letter_number_idx",
        "use_case_version",
        ["letter_number"],
        postgresql_where=sa.text("letter_number IS NOT NULL"),
    )
    # Addresses may be longer than an ordinary index holds.
    op.create_index("evidence_url_idx", "evidence", ["url"], postgresql_using="hash")


def downgrade() -> None:
    op.drop_table("comment")
    op.drop_table("comment_thread")
    op.execute("DROP FUNCTION stay_with_entry()")
    op.execute("DELETE FROM mail USING message WHERE id = message_id AND kind = 'comment'")
    for table in ("message", "mail_choice"):
        op.execute(f"DELETE FROM {table} WHERE kind = 'comment'")
        _known_kinds(table, lambda kinds: kinds - {"comment"})
    op.drop_index("evidence_url_idx", table_name="evidence")
    for name in ("letter_number", "any_product", "provider", "marks"):
        op.drop_index(f"use_case_version_{name}_idx", table_name="use_case_version")
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")
