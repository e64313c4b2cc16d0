"""The reviewers' queue: readings, saved filters, until when each has seen."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0015"
down_revision: str | Sequence[str] | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GUARDS = (
    """
    CREATE TRIGGER version_reading_append_only BEFORE UPDATE OR DELETE ON version_reading
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER version_reading_no_truncate BEFORE TRUNCATE ON version_reading
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    "ALTER TABLE version_reading ENABLE ALWAYS TRIGGER version_reading_append_only",
    "ALTER TABLE version_reading ENABLE ALWAYS TRIGGER version_reading_no_truncate",
    "GRANT SELECT, INSERT ON version_reading TO registry_app",
    "GRANT SELECT, INSERT, DELETE ON saved_filter TO registry_app",
    "GRANT UPDATE (name, wanted, is_default) ON saved_filter TO registry_app",
    "GRANT SELECT, INSERT ON desk_visit TO registry_app",
    "GRANT UPDATE (seen_until) ON desk_visit TO registry_app",
)


def upgrade() -> None:
    op.create_table(
        "version_reading",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "octet_length(content_hash) = 32", name=op.f("version_reading_content_hash_size")
        ),
        sa.ForeignKeyConstraint(
            ["position"], ["event.position"], name=op.f("version_reading_position_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("version_reading_user_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["use_case_version.id"], name=op.f("version_reading_version_id_fkey")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("version_reading_pkey")),
        sa.UniqueConstraint(
            "version_id", "user_id", name=op.f("version_reading_version_id_user_id_key")
        ),
    )
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("wanted", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("saved_filter_name_given")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("saved_filter_user_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("saved_filter_pkey")),
        sa.UniqueConstraint("user_id", "name", name=op.f("saved_filter_user_id_name_key")),
    )
    op.create_index(
        "saved_filter_one_default",
        "saved_filter",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "desk_visit",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("seen_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("desk_visit_user_id_fkey")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("desk_visit_pkey")),
    )
    for statement in GUARDS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("desk_visit")
    op.drop_table("saved_filter")
    op.drop_table("version_reading")
