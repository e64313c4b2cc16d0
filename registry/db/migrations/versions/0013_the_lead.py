"""The review lead, leases on what is in review, and the desk's policy with its days."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0013"
down_revision: str | Sequence[str] | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROLES = ("city_editor", "city_signer", "reviewer", "lead", "administrator")


def _roles(*roles: str) -> None:
    listed = ", ".join(f"'{role}'" for role in roles)
    op.drop_constraint("membership_role_known", "membership")
    op.create_check_constraint(op.f("membership_role_known"), "membership", f"role IN ({listed})")


def upgrade() -> None:
    _roles(*ROLES)
    # Whoever had something in review before there were leases has it until the round comes.
    op.add_column(
        "use_case_version", sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_check_constraint(
        op.f("use_case_version_lease_in_review"),
        "use_case_version",
        "lease_until IS NULL OR (state = 'in_review' AND reviewer_id IS NOT NULL)",
    )
    op.create_table(
        "desk_policy",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("service_days", sa.SmallInteger(), nullable=False),
        sa.Column("lease_hours", sa.SmallInteger(), nullable=False),
        sa.Column("sample_percent", sa.SmallInteger(), nullable=False),
        sa.Column("high_risk_twice", sa.Boolean(), nullable=False),
        sa.Column("revocation_twice", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("service_days > 0", name=op.f("desk_policy_service_days_positive")),
        sa.CheckConstraint("lease_hours > 0", name=op.f("desk_policy_lease_hours_positive")),
        sa.CheckConstraint(
            "sample_percent BETWEEN 0 AND 100", name=op.f("desk_policy_sample_percent_range")
        ),
        postgresql.ExcludeConstraint(
            (sa.column("valid"), "&&"), using="gist", name="desk_policy_one_at_a_time"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("desk_policy_pkey")),
    )
    op.execute("GRANT SELECT, INSERT ON desk_policy TO registry_app")


def downgrade() -> None:
    op.drop_table("desk_policy")
    op.drop_constraint("use_case_version_lease_in_review", "use_case_version")
    op.drop_column("use_case_version", "lease_until")
    op.execute("DELETE FROM membership WHERE role = 'lead'")
    _roles(*(role for role in ROLES if role != "lead"))
