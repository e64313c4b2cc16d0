"""Lists that administrators keep: what holds on a day is entered, ended or withdrawn, never changed.

Sessions can be told apart by their owner, and failed sign-ins by where they came from.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0017"
down_revision: str | Sequence[str] | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Each list, the name of its constraint, and in what entries are alike that exclude each other.
LISTS = (
    ("reviewing_body", "reviewing_body_one_at_a_time", ()),
    ("legal_basis", "legal_basis_once_a_day", ("text_vi",)),
    ("desk_policy", "desk_policy_one_at_a_time", ()),
    ("reason_code", "reason_code_once_a_day", ("code",)),
    ("target", "target_once_a_day", ("indicator", "year")),
)
NEW = ("risk_scheme", "risk_scheme_one_at_a_time", ())
TABLES = tuple(table for table, _, _ in (*LISTS, NEW))

# Nobody is asked to keep what was: the database does. `known_from` is not anybody's word either.
KEEP = """
CREATE FUNCTION keep_dated_entry() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE
    head bigint;
    movable text[] := ARRAY['valid', 'ended_position', 'withdrawn_position', 'end_source'];
    ended boolean;
    withdrawn boolean;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT position INTO head FROM ledger_head;
    IF head > 0 AND NOT EXISTS (
        SELECT FROM event WHERE position = head AND subject_type = 'list'
    ) THEN
        RAISE EXCEPTION '% changes only with the event that says so', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.known_from := head;
        NEW.ended_position := NULL;
        NEW.withdrawn_position := NULL;
        NEW.end_source := NULL;
        RETURN NEW;
    END IF;
    ended := upper_inf(OLD.valid) AND NOT upper_inf(NEW.valid) AND NOT isempty(NEW.valid)
        AND lower(NEW.valid) IS NOT DISTINCT FROM lower(OLD.valid)
        AND OLD.ended_position IS NULL AND NEW.ended_position IS NOT DISTINCT FROM head
        AND NEW.withdrawn_position IS NULL;
    withdrawn := NEW.valid = OLD.valid AND NEW.withdrawn_position IS NOT DISTINCT FROM head
        AND NEW.ended_position IS NOT DISTINCT FROM OLD.ended_position;
    IF OLD.withdrawn_position IS NOT NULL OR coalesce(NEW.end_source, '') = ''
        OR NOT (ended OR withdrawn) OR to_jsonb(OLD) - movable <> to_jsonb(NEW) - movable
    THEN
        RAISE EXCEPTION 'an entry of % is ended or withdrawn, and never changed', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$
"""


def _triggers(table: str) -> tuple[str, ...]:
    return (
        f"""
        CREATE TRIGGER {table}_keep BEFORE INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION keep_dated_entry()
        """,
        f"""
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """,
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_keep",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
        f"GRANT UPDATE (valid, ended_position, withdrawn_position, end_source) ON {table}"
        " TO registry_app",
    )


def _once_a_day(table: str, name: str, key: Sequence[str], where: str | None) -> None:
    columns = [*((column, "=") for column in key), ("valid", "&&")]
    op.create_exclude_constraint(name, table, *columns, using="gist", where=where)


def _kept() -> list[sa.Column[object]]:
    return [
        sa.Column("known_from", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("ended_position", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_position", sa.BigInteger(), nullable=True),
        sa.Column("end_source", sa.Text(), nullable=True),
    ]


def upgrade() -> None:
    op.drop_constraint("target_pkey", "target")
    op.add_column("target", sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False))
    op.create_primary_key("target_pkey", "target", ["id"])
    # Until now every target was one of all days.
    op.add_column(
        "target",
        sa.Column("valid", postgresql.DATERANGE(), server_default="(,)", nullable=False),
    )
    op.alter_column("target", "valid", server_default=None)
    op.drop_constraint("legal_basis_text_vi_key", "legal_basis")
    for table, name, key in LISTS:
        for column in _kept():
            op.add_column(table, column)
        if table not in {"target", "legal_basis"}:
            op.drop_constraint(name, table)
        _once_a_day(table, name, key, "withdrawn_position IS NULL")
    op.create_table(
        "risk_scheme",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("levels", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        *_kept(),
        sa.CheckConstraint("cardinality(levels) > 0", name=op.f("risk_scheme_levels_given")),
        sa.PrimaryKeyConstraint("id", name=op.f("risk_scheme_pkey")),
    )
    _once_a_day(*NEW, "withdrawn_position IS NULL")
    op.execute("GRANT SELECT, INSERT ON risk_scheme TO registry_app")
    op.execute(KEEP)
    for table in TABLES:
        for statement in _triggers(table):
            op.execute(statement)

    op.add_column(
        "web_session",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
    )
    op.create_unique_constraint(op.f("web_session_id_key"), "web_session", ["id"])
    op.add_column("web_session", sa.Column("agent", sa.Text(), server_default="", nullable=False))
    for table in ("web_session", "sign_in_failure"):
        op.add_column(table, sa.Column("network", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    for table in ("sign_in_failure", "web_session"):
        op.drop_column(table, "network")
    op.drop_column("web_session", "agent")
    op.drop_column("web_session", "id")
    for table in TABLES:
        op.execute(f"DROP TRIGGER {table}_keep ON {table}")
        op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
        op.execute(f"REVOKE UPDATE (valid, ended_position, withdrawn_position, end_source) ON {table} FROM registry_app")
    op.execute("DROP FUNCTION keep_dated_entry()")
    op.drop_table("risk_scheme")
    for table, name, key in LISTS:
        op.execute(f"DELETE FROM {table} WHERE withdrawn_position IS NOT NULL")
        op.drop_constraint(name, table)
        for column in _kept():
            op.drop_column(table, str(column.name))
        if table not in {"target", "legal_basis"}:
            _once_a_day(table, name, key, None)
    # The tables of before know one entry of a text and of a year: the last one stays.
    op.execute("DELETE FROM legal_basis a USING legal_basis b WHERE a.text_vi = b.text_vi AND a.id < b.id")
    op.create_unique_constraint(op.f("legal_basis_text_vi_key"), "legal_basis", ["text_vi"])
    op.execute("DELETE FROM target a USING target b WHERE (a.indicator, a.year) = (b.indicator, b.year) AND a.id < b.id")
    op.drop_column("target", "valid")
    op.drop_constraint("target_pkey", "target")
    op.drop_column("target", "id")
    op.create_primary_key("target_pkey", "target", ["indicator", "year"])
