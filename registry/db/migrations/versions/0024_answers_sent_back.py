"""A city's answer to a report of an error may be sent back, with a new last day for another."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | Sequence[str] | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STEPS = "error_report_step"
REMINDERS = "error_report_reminder"
BEFORE = "'dismiss', 'forward', 'answer', 'close', 'withdraw'"
NOW = "'dismiss', 'forward', 'answer', 'return', 'close', 'withdraw'"


def _rules(acts: str, dated: str) -> None:
    """Which acts there are, and which of them set a last day."""
    for name, rule in (
        (f"{STEPS}_act_known", f"act IN ({acts})"),
        (f"{STEPS}_due_dated", f"(act IN ({dated})) = (due_on IS NOT NULL)"),
    ):
        op.drop_constraint(op.f(name), STEPS)
        op.create_check_constraint(op.f(name), STEPS, rule)


def _told_once(*columns: str) -> None:
    op.drop_constraint(op.f(f"{REMINDERS}_pkey"), REMINDERS)
    op.create_primary_key(op.f(f"{REMINDERS}_pkey"), REMINDERS, list(columns))


def upgrade() -> None:
    _rules(NOW, "'forward', 'return'")
    op.drop_constraint(op.f(f"{STEPS}_report_id_act_key"), STEPS)
    op.create_index(
        f"{STEPS}_once_idx",
        STEPS,
        ["report_id", "act"],
        unique=True,
        postgresql_where=sa.text("act NOT IN ('answer', 'return')"),
    )
    op.create_index(f"{STEPS}_report_id_idx", STEPS, ["report_id"])
    op.add_column(REMINDERS, sa.Column("due_on", sa.Date(), nullable=True))
    # Until now the last day of a report stayed as it was laid down.
    op.execute(
        f"UPDATE {REMINDERS} SET due_on = r.due_on FROM error_report r WHERE r.id = report_id"
    )
    op.alter_column(REMINDERS, "due_on", nullable=False)
    _told_once("report_id", "user_id", "due_on", "overdue")


def downgrade() -> None:
    """Refused by the rules themselves where an answer was sent back: what was done stays done."""
    _rules(BEFORE, "'forward'")
    op.drop_index(f"{STEPS}_report_id_idx")
    op.drop_index(f"{STEPS}_once_idx")
    op.create_unique_constraint(op.f(f"{STEPS}_report_id_act_key"), STEPS, ["report_id", "act"])
    _told_once("report_id", "user_id", "overdue")
    op.drop_column(REMINDERS, "due_on")
