"""Search: a row of words for each city, problem and public use case, kept by the database itself.

Whatever changes a text that is public - an approval, a declaration, a new name - puts its words
anew in the same transaction; nobody can forget to, and the rows can be made again at any time.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0020"
down_revision: str | Sequence[str] | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Bodies in SQL's own syntax are bound when they are made, and mean the same under any search path.
_WORDS = """
    RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN to_tsvector('simple', regexp_replace({given}, '[^[:alnum:]]+', ' ', 'g'))
"""
_CASE_STATES = "('approved', 'suspended', 'revoked')"

FUNCTIONS = {
    # "TP.HCM" is two words to whoever looks for one of them.
    "plain_words(given text)": _WORDS.format(given="plain_text(given)"),
    "exact_words(given text)": _WORDS.format(given="lower(given)"),
    "weighed_words(first text, second text, third text)": """
        RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN setweight(plain_words(coalesce(first, '')), 'A')
            || setweight(plain_words(coalesce(second, '')), 'B')
            || setweight(plain_words(coalesce(third, '')), 'D')
    """,
    "provider_key(content jsonb)": """
        RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN CASE WHEN content -> 'withheld' @> '[{"field": "provider"}]' THEN '' ELSE trim(
            regexp_replace(
                plain_text(coalesce(content ->> 'provider', '')), '[^[:alnum:]]+', ' ', 'g'
            )
        ) END
    """,
    "put_search_entry(kind text, key text, city_id integer, use_case_id uuid, version_id uuid,"
    " problem_id uuid, product text, provider text, first text, second text, third text)": """
        RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
            INSERT INTO search_word
            SELECT lexeme, plain_text(lexeme) FROM unnest(
                exact_words(concat_ws(' ', first, second, third))
            ) WHERE length(lexeme) BETWEEN 2 AND 30 AND lexeme !~ '[0-9]'
            ON CONFLICT DO NOTHING;
            INSERT INTO search_entry
            VALUES (kind, key, city_id, use_case_id, version_id, problem_id, product, provider,
                weighed_words(first, second, third),
                exact_words(concat_ws(' ', first, second, third)))
            ON CONFLICT ON CONSTRAINT search_entry_pkey DO UPDATE SET
                version_id = excluded.version_id, product_key = excluded.product_key,
                provider_key = excluded.provider_key, plain = excluded.plain,
                exact = excluded.exact
        $$
    """,
    "search_city(wanted integer)": """
        RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
            SELECT put_search_entry('city', city.code, city.id, NULL, NULL, NULL, '', '',
                string_agg(p.name_vi || ' ' || p.name_en, ' '), '',
                string_agg(DISTINCT concat_ws(' ', province.name_vi, province.name_en), ' '))
            FROM city JOIN city_period p ON p.city_id = city.id
            LEFT JOIN province ON province.code = p.province_code AND province.valid && p.valid
            WHERE city.id = wanted GROUP BY city.id
        $$
    """,
    "search_problem(wanted uuid)": """
        RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
            SELECT put_search_entry('problem', p.id::text, p.city_id, NULL, NULL, p.id, '', '',
                p.title || ' ' || p.title_en, names.all_of_them, p.statement)
            FROM problem p CROSS JOIN LATERAL (
                SELECT string_agg(DISTINCT name_vi || ' ' || name_en, ' ') AS all_of_them
                FROM city_period WHERE city_id = p.city_id
            ) names
            WHERE p.id = wanted
        $$
    """,
    "search_use_case(wanted uuid)": f"""
        RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
            DELETE FROM search_entry WHERE kind = 'use_case' AND use_case_id = wanted
                AND NOT EXISTS (SELECT FROM use_case_version v
                    WHERE v.use_case_id = wanted AND v.state IN {_CASE_STATES});
            SELECT put_search_entry('use_case', u.code, u.city_id, u.id, v.id, NULL,
                product_key(v.content), provider_key(v.content),
                concat_ws(' ', v.content ->> 'title', v.content ->> 'title_en',
                    v.content ->> 'product', addressed.titles),
                concat_ws(' ', names.all_of_them, v.content ->> 'summary',
                    v.content ->> 'summary_en', provider_key(v.content)),
                concat_ws(' ', v.content ->> 'solution', v.content ->> 'technique_detail',
                    v.content ->> 'deployer', v.content ->> 'application_area',
                    addressed.statements))
            FROM use_case u
            CROSS JOIN LATERAL (
                SELECT * FROM use_case_version v
                WHERE v.use_case_id = u.id AND v.state IN {_CASE_STATES}
                ORDER BY v.number DESC LIMIT 1
            ) v
            CROSS JOIN LATERAL (
                SELECT string_agg(DISTINCT name_vi || ' ' || name_en, ' ') AS all_of_them
                FROM city_period WHERE city_id = u.city_id
            ) names
            CROSS JOIN LATERAL (
                SELECT string_agg(p.title || ' ' || p.title_en, ' ') AS titles,
                    string_agg(p.statement, ' ') AS statements
                FROM version_problem vp JOIN problem p ON p.id = vp.problem_id
                WHERE vp.version_id = v.id
            ) addressed
            WHERE u.id = wanted
        $$
    """,
    "follow_version_words()": f"""
        RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        BEGIN
            IF NEW.state IN {_CASE_STATES} OR OLD.state IN {_CASE_STATES} THEN
                PERFORM search_use_case(NEW.use_case_id);
            END IF;
            RETURN NULL;
        END $$
    """,
    "follow_problem_words()": """
        RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        BEGIN
            PERFORM search_problem(NEW.id);
            RETURN NULL;
        END $$
    """,
    "follow_city_words()": """
        RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        BEGIN
            PERFORM search_city(city_id) FROM (SELECT DISTINCT city_id FROM changed) c;
            PERFORM search_problem(problem.id) FROM problem
            WHERE city_id IN (SELECT city_id FROM changed);
            PERFORM search_use_case(use_case.id) FROM use_case
            WHERE city_id IN (SELECT city_id FROM changed);
            RETURN NULL;
        END $$
    """,
}

TRIGGERS = {
    "use_case_version_words": "AFTER UPDATE OF state ON use_case_version FOR EACH ROW"
    " EXECUTE FUNCTION follow_version_words()",
    "problem_words": "AFTER INSERT ON problem FOR EACH ROW"
    " EXECUTE FUNCTION follow_problem_words()",
    "city_period_words_new": "AFTER INSERT ON city_period REFERENCING NEW TABLE AS changed"
    " FOR EACH STATEMENT EXECUTE FUNCTION follow_city_words()",
    "city_period_words_changed": "AFTER UPDATE ON city_period REFERENCING NEW TABLE AS changed"
    " FOR EACH STATEMENT EXECUTE FUNCTION follow_city_words()",
}
TABLES = {
    "use_case_version_words": "use_case_version",
    "problem_words": "problem",
    "city_period_words_new": "city_period",
    "city_period_words_changed": "city_period",
}


def upgrade() -> None:
    op.create_table(
        "search_entry",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("use_case_id", sa.Uuid(), nullable=True),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("problem_id", sa.Uuid(), nullable=True),
        sa.Column("product_key", sa.Text(), nullable=False),
        sa.Column("provider_key", sa.Text(), nullable=False),
        sa.Column("plain", postgresql.TSVECTOR(), nullable=False),
        sa.Column("exact", postgresql.TSVECTOR(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('city', 'problem', 'use_case')", name=op.f("search_entry_kind_known")
        ),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("search_entry_city_id_fkey")),
        sa.ForeignKeyConstraint(
            ["use_case_id"], ["use_case.id"], name=op.f("search_entry_use_case_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["use_case_version.id"], name=op.f("search_entry_version_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["problem_id"], ["problem.id"], name=op.f("search_entry_problem_id_fkey")
        ),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("search_entry_pkey")),
    )
    op.create_index(
        "search_entry_plain_idx", "search_entry", ["plain"], unique=False, postgresql_using="gin"
    )
    op.create_index("search_entry_use_case_id_idx", "search_entry", ["use_case_id"], unique=False)
    for made in ("product_key", "provider_key"):
        op.create_index(
            f"search_entry_{made}_idx",
            "search_entry",
            [made],
            unique=False,
            postgresql_where=sa.text(f"{made} <> ''"),
        )
    op.create_table(
        "search_word",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("plain", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("search_word_pkey")),
    )
    op.create_index("search_word_plain_idx", "search_word", ["plain"], unique=False)
    for signature, body in FUNCTIONS.items():
        op.execute(f"CREATE FUNCTION {signature} {body}")
    for name, how in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {how}")
    # What is public already. A register of a million entries takes minutes here, once.
    op.execute("SELECT search_city(id) FROM city")
    op.execute("SELECT search_problem(id) FROM problem")
    op.execute("SELECT search_use_case(id) FROM use_case")
    op.execute("GRANT SELECT ON search_entry, search_word TO registry_app")


def downgrade() -> None:
    for name, table in TABLES.items():
        op.execute(f"DROP TRIGGER {name} ON {table}")
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")
    op.drop_table("search_word")
    op.drop_table("search_entry")
