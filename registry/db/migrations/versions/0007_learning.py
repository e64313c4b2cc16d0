"""Learning from others: live use cases and problems by their words, products by their names."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0007'
down_revision: str | Sequence[str] | None = '0006'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# `unaccent` is only STABLE, for its dictionary could be exchanged: ours never is. Bodies in SQL's
# own syntax are bound when they are made, and mean the same under any search path.
FUNCTIONS = {
    "plain_text(given text)": """
        RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN lower(unaccent('unaccent'::regdictionary, given))
    """,
    # Dear to compute: the planner is to look it up in the index.
    "case_words(content jsonb)": """
        RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
        RETURN to_tsvector('simple', plain_text(
            (content ->> 'title') || ' ' || (content ->> 'title_en') || ' '
            || (content ->> 'summary') || ' ' || (content ->> 'solution')
        ))
    """,
    "problem_words(title text, statement text)": """
        RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
        RETURN to_tsvector('simple', plain_text(title || ' ' || statement))
    """,
    # "VNPT Smart-Flood" and "vnpt smart flood" are one product.
    "product_key(content jsonb)": """
        RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN trim(regexp_replace(
            plain_text(coalesce(content ->> 'product', '')), '[^[:alnum:]]+', ' ', 'g'
        ))
    """,
}


def upgrade() -> None:
    for signature, body in FUNCTIONS.items():
        op.execute(f"CREATE FUNCTION {signature} {body}")
    op.create_index('problem_area_idx', 'problem', ['area'], unique=False)
    op.create_index('problem_words_idx', 'problem', [sa.literal_column('problem_words(title, statement)')], unique=False, postgresql_using='gin')
    op.create_index('use_case_version_words_idx', 'use_case_version', [sa.literal_column('case_words(content)')], unique=False, postgresql_using='gin', postgresql_where=sa.text("state = 'approved'"))
    op.create_index('use_case_version_product_idx', 'use_case_version', [sa.literal_column('product_key(content)')], unique=False, postgresql_where=sa.text("state = 'approved'"))


def downgrade() -> None:
    op.drop_index('use_case_version_product_idx', table_name='use_case_version')
    op.drop_index('use_case_version_words_idx', table_name='use_case_version')
    op.drop_index('problem_words_idx', table_name='problem')
    op.drop_index('problem_area_idx', table_name='problem')
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")
