"""Reading an entry: what is near to it is found by indexes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | Sequence[str] | None = "0013"
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
    "provider_key(content jsonb)": """
        RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN trim(regexp_replace(
            plain_text(coalesce(content ->> 'provider', '')), '[^[:alnum:]]+', ' ', 'g'
        ))
    """,
}

SUBMITTED = sa.text("submitted_position IS NOT NULL")


def upgrade() -> None:
    for signature, body in FUNCTIONS.items():
        op.execute(f"CREATE FUNCTION {signature} {body}")
    for name, key, kind in (
        ("marks", "text_marks(content)", "gin"),
        ("provider", "provider_key(content)", "btree"),
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
    op.drop_index("evidence_url_idx", table_name="evidence")
    for name in ("letter_number", "any_product", "provider", "marks"):
        op.drop_index(f"use_case_version_{name}_idx", table_name="use_case_version")
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")
