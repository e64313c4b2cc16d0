"""The register: its tables, the rights of the service, and what may never change."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision: str = '0001'
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# The service's role. It may exist already, made by whoever runs the cluster.
APP_ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'registry_app') THEN
        CREATE ROLE registry_app NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'registry_app', 'MEMBER') THEN
        EXECUTE format('GRANT registry_app TO %I', current_user);
    END IF;
EXCEPTION
    WHEN duplicate_object OR insufficient_privilege THEN NULL;
END $$
"""

FIRST_HEAD = """
INSERT INTO ledger_head (id, position, recorded_at, hash)
VALUES (1, 0, '2024-01-01T00:00:00Z', decode(repeat('00', 32), 'hex'))
"""

APPEND_ONLY = ("event", "decision", "carry_over", "year_declaration")

TRIGGERS = (
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    *(
        f"""
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
        """
        for table in APPEND_ONLY
    ),
    *(
        f"""
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """
        for table in APPEND_ONLY
    ),
    *(
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}"
        for table in APPEND_ONLY
        for name in ("append_only", "no_truncate")
    ),
    # Each event must follow the head it names; the head moves only so.
    """
    CREATE FUNCTION advance_head() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    BEGIN
        UPDATE ledger_head
        SET position = NEW.position, recorded_at = NEW.recorded_at, hash = NEW.hash
        WHERE position = NEW.position - 1
            AND hash = NEW.previous_hash
            AND recorded_at < NEW.recorded_at;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'event % does not follow the head of the ledger', NEW.position
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        PERFORM pg_notify('registry_changes', NEW.position::text);
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER event_follows_head AFTER INSERT ON event
    FOR EACH ROW EXECUTE FUNCTION advance_head()
    """,
    "ALTER TABLE event ENABLE ALWAYS TRIGGER event_follows_head",
    """
    CREATE FUNCTION keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR (OLD.state <> 'draft' AND (
            OLD.id, OLD.use_case_id, OLD.number, OLD.standard, OLD.content, OLD.content_hash,
            OLD.describes_from, OLD.author_id, OLD.submitter_id, OLD.submitted_position
        ) IS DISTINCT FROM (
            NEW.id, NEW.use_case_id, NEW.number, NEW.standard, NEW.content, NEW.content_hash,
            NEW.describes_from, NEW.author_id, NEW.submitter_id, NEW.submitted_position
        )) THEN
            RAISE EXCEPTION 'a submitted version never changes'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER use_case_version_keep BEFORE UPDATE OR DELETE ON use_case_version
    FOR EACH ROW EXECUTE FUNCTION keep_version()
    """,
    """
    CREATE FUNCTION keep_version_parts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'INSERT' OR (
            SELECT state FROM use_case_version WHERE id = NEW.version_id
        ) IS DISTINCT FROM 'draft' THEN
            RAISE EXCEPTION 'a submitted version never changes (%)', TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    *(
        f"""
        CREATE TRIGGER {table}_keep BEFORE INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION keep_version_parts()
        """
        for table in ("version_problem", "version_stage", "evidence")
    ),
)

# What the service may do beyond reading. Everything else is refused by the database.
WRITES = {
    "INSERT": (
        "province, city, city_period, city_lineage, roll, roll_entry, target, user_account,"
        " membership, web_session, sign_in_failure, problem, use_case, use_case_version,"
        " version_problem, version_stage, evidence, decision, carry_over, year_declaration,"
        " standing, event, idempotency_key"
    ),
    "UPDATE": (
        "roll_entry, user_account, web_session, problem, use_case_version, standing"
    ),
    "DELETE": "membership, web_session, sign_in_failure, standing, idempotency_key",
}

GRANTS = (
    "GRANT USAGE ON SCHEMA public TO registry_app",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO registry_app",
    *(f"GRANT {right} ON {tables} TO registry_app" for right, tables in WRITES.items()),
)


def upgrade() -> None:
    for extension in ("postgis", "btree_gist", "unaccent"):
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    op.execute(APP_ROLE)
    op.create_geospatial_table('city',
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('point', Geometry(geometry_type='POINT', srid=4326, dimension=2, spatial_index=False, from_text='ST_GeomFromEWKT', name='geometry'), nullable=True),
    sa.Column('point_source', sa.Text(), nullable=False),
    sa.Column('population', sa.Integer(), nullable=True),
    sa.Column('source', sa.Text(), nullable=False),
    sa.CheckConstraint('ST_Within(point, ST_MakeEnvelope(102, 6, 118, 24, 4326))', name=op.f('city_point_in_country')),
    sa.CheckConstraint('population > 0', name=op.f('city_population_positive')),
    sa.PrimaryKeyConstraint('id', name=op.f('city_pkey')),
    sa.UniqueConstraint('code', name=op.f('city_code_key'))
    )
    op.create_geospatial_index('idx_city_point', 'city', ['point'], unique=False, postgresql_using='gist', postgresql_ops={})
    op.create_table('event',
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('actor_role', sa.Text(), nullable=False),
    sa.Column('subject_type', sa.Text(), nullable=False),
    sa.Column('subject_id', sa.Text(), nullable=False),
    sa.Column('payload', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('request_id', sa.Text(), nullable=False),
    sa.Column('previous_hash', sa.LargeBinary(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint('octet_length(hash) = 32', name=op.f('event_hash_size')),
    sa.CheckConstraint('octet_length(previous_hash) = 32', name=op.f('event_previous_hash_size')),
    sa.CheckConstraint('position > 0', name=op.f('event_position_positive')),
    sa.PrimaryKeyConstraint('position', name=op.f('event_pkey')),
    sa.UniqueConstraint('hash', name=op.f('event_hash_key')),
    sa.UniqueConstraint('recorded_at', name=op.f('event_recorded_at_key'))
    )
    op.create_index('event_subject_idx', 'event', ['subject_type', 'subject_id'], unique=False)
    op.create_table('ledger_head',
    sa.Column('id', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ledger_head_single')),
    sa.PrimaryKeyConstraint('id', name=op.f('ledger_head_pkey'))
    )
    op.create_geospatial_table('province',
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), nullable=False),
    sa.Column('name_vi', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('successor_code', sa.Text(), nullable=True),
    sa.Column('geom', Geometry(geometry_type='MULTIPOLYGON', srid=4326, dimension=2, spatial_index=False, from_text='ST_GeomFromEWKT', name='geometry', nullable=False), nullable=False),
    postgresql.ExcludeConstraint((sa.column('code'), '='), (sa.column('valid'), '&&'), using='gist', name='province_no_overlap'),
    sa.CheckConstraint('NOT isempty(valid)', name=op.f('province_valid_not_empty')),
    sa.CheckConstraint('ST_IsValid(geom) AND ST_Within(geom, ST_MakeEnvelope(102, 6, 118, 24, 4326))', name=op.f('province_geom_sound')),
    sa.PrimaryKeyConstraint('id', name=op.f('province_pkey'))
    )
    op.create_geospatial_index('idx_province_geom', 'province', ['geom'], unique=False, postgresql_using='gist', postgresql_ops={})
    op.create_table('sign_in_failure',
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('sign_in_failure_pkey'))
    )
    op.create_index('sign_in_failure_email_at_idx', 'sign_in_failure', ['email', 'at'], unique=False)
    op.create_table('target',
    sa.Column('indicator', sa.SmallInteger(), nullable=False),
    sa.Column('year', sa.SmallInteger(), nullable=False),
    sa.Column('percent', sa.SmallInteger(), nullable=True),
    sa.Column('people', sa.Integer(), nullable=True),
    sa.Column('text_vi', sa.Text(), nullable=False),
    sa.Column('text_en', sa.Text(), nullable=False),
    sa.Column('legal_basis', sa.Text(), nullable=False),
    sa.CheckConstraint('indicator BETWEEN 1 AND 4', name=op.f('target_indicator_known')),
    sa.CheckConstraint('num_nonnulls(percent, people) = 1', name=op.f('target_one_measure')),
    sa.CheckConstraint('people > 0', name=op.f('target_people_positive')),
    sa.CheckConstraint('percent BETWEEN 1 AND 100', name=op.f('target_percent_range')),
    sa.PrimaryKeyConstraint('indicator', 'year', name=op.f('target_pkey'))
    )
    op.create_table('user_account',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('email = lower(email)', name=op.f('user_account_email_lower')),
    sa.PrimaryKeyConstraint('id', name=op.f('user_account_pkey')),
    sa.UniqueConstraint('email', name=op.f('user_account_email_key'))
    )
    op.create_table('city_lineage',
    sa.Column('predecessor_id', sa.Integer(), nullable=False),
    sa.Column('successor_id', sa.Integer(), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('legal_basis', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.CheckConstraint("kind IN ('merge', 'split', 'rename', 'upgrade', 'dissolution', 'succession')", name=op.f('city_lineage_kind_known')),
    sa.CheckConstraint('predecessor_id <> successor_id', name=op.f('city_lineage_not_itself')),
    sa.ForeignKeyConstraint(['predecessor_id'], ['city.id'], name=op.f('city_lineage_predecessor_id_fkey')),
    sa.ForeignKeyConstraint(['successor_id'], ['city.id'], name=op.f('city_lineage_successor_id_fkey')),
    sa.PrimaryKeyConstraint('predecessor_id', 'successor_id', 'effective_on', name=op.f('city_lineage_pkey'))
    )
    op.create_index('city_lineage_successor_id_idx', 'city_lineage', ['successor_id'], unique=False)
    op.create_table('city_period',
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('city_id', sa.Integer(), nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), nullable=False),
    sa.Column('name_vi', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('unit_type', sa.Text(), nullable=False),
    sa.Column('urban_class', sa.Text(), nullable=False),
    sa.Column('class_basis', sa.Text(), nullable=False),
    sa.Column('province_code', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    postgresql.ExcludeConstraint((sa.column('city_id'), '='), (sa.column('valid'), '&&'), using='gist', name='city_period_no_overlap'),
    sa.CheckConstraint("unit_type IN ('central_city', 'provincial_city', 'municipal_city', 'district_town', 'township', 'urban_area', 'ward', 'special_zone')", name=op.f('city_period_unit_type_known')),
    sa.CheckConstraint("urban_class IN ('special', 'I', 'II', 'II-III', 'III', 'III-IV', 'IV', 'IV-V', 'V', 'unclassified')", name=op.f('city_period_urban_class_known')),
    sa.CheckConstraint('NOT isempty(valid)', name=op.f('city_period_valid_not_empty')),
    sa.ForeignKeyConstraint(['city_id'], ['city.id'], name=op.f('city_period_city_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('city_period_pkey'))
    )
    op.create_index('city_period_province_code_idx', 'city_period', ['province_code'], unique=False)
    op.create_table('idempotency_key',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('request_hash', sa.LargeBinary(), nullable=False),
    sa.Column('status', sa.SmallInteger(), nullable=False),
    sa.Column('location', sa.Text(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('idempotency_key_user_id_fkey')),
    sa.PrimaryKeyConstraint('user_id', 'key', name=op.f('idempotency_key_pkey'))
    )
    op.create_table('membership',
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('city_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("(role LIKE 'city_%%') = (city_id IS NOT NULL)", name=op.f('membership_city_named')),
    sa.CheckConstraint("role IN ('city_editor', 'city_signer', 'reviewer', 'administrator')", name=op.f('membership_role_known')),
    sa.ForeignKeyConstraint(['city_id'], ['city.id'], name=op.f('membership_city_id_fkey')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('membership_user_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('membership_pkey')),
    sa.UniqueConstraint('user_id', 'role', 'city_id', name=op.f('membership_user_id_role_city_id_key'), postgresql_nulls_not_distinct=True)
    )
    op.create_table('problem',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('city_id', sa.Integer(), nullable=False),
    sa.Column('area', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('title_en', sa.Text(), nullable=False),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.Column('declared_on', sa.Text(), nullable=False),
    sa.Column('basis_kind', sa.Text(), nullable=False),
    sa.Column('basis_number', sa.Text(), nullable=False),
    sa.Column('basis_date', sa.Text(), nullable=True),
    sa.Column('basis_url', sa.Text(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('declared_position', sa.BigInteger(), nullable=False),
    sa.Column('withdrawn_on', sa.Date(), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=True),
    sa.Column('withdrawn_position', sa.BigInteger(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.CheckConstraint("area IN ('traffic', 'flooding', 'environment', 'public_order', 'food_safety', 'health', 'education', 'public_services', 'disaster', 'tourism', 'other')", name=op.f('problem_area_known')),
    sa.CheckConstraint("basis_date ~ '^\\d{4}(-\\d{2}(-\\d{2})?)?$'", name=op.f('problem_basis_date_partial')),
    sa.CheckConstraint("basis_kind IN ('resolution', 'plan', 'decision', 'programme', 'other_document', 'public_source')", name=op.f('problem_basis_kind_known')),
    sa.CheckConstraint("declared_on ~ '^\\d{4}(-\\d{2}(-\\d{2})?)?$'", name=op.f('problem_declared_on_partial')),
    sa.CheckConstraint('num_nulls(withdrawn_on, withdrawn_position, withdrawn_reason) IN (0, 3)', name=op.f('problem_withdrawal_whole')),
    sa.CheckConstraint('withdrawn_position > declared_position', name=op.f('problem_withdrawn_after')),
    sa.ForeignKeyConstraint(['author_id'], ['user_account.id'], name=op.f('problem_author_id_fkey')),
    sa.ForeignKeyConstraint(['city_id'], ['city.id'], name=op.f('problem_city_id_fkey')),
    sa.ForeignKeyConstraint(['declared_position'], ['event.position'], name=op.f('problem_declared_position_fkey')),
    sa.ForeignKeyConstraint(['withdrawn_position'], ['event.position'], name=op.f('problem_withdrawn_position_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('problem_pkey'))
    )
    op.create_index('problem_city_id_idx', 'problem', ['city_id'], unique=False)
    op.create_table('roll',
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('series', sa.Text(), nullable=False),
    sa.Column('name_vi', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('official_total', sa.Integer(), nullable=True),
    sa.Column('source_vi', sa.Text(), nullable=False),
    sa.Column('source_en', sa.Text(), nullable=False),
    sa.Column('source_url', sa.Text(), nullable=False),
    sa.Column('legal_basis', sa.Text(), nullable=False),
    sa.Column('note_vi', sa.Text(), nullable=False),
    sa.Column('note_en', sa.Text(), nullable=False),
    sa.Column('in_force_position', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("series IN ('urban', 'administrative')", name=op.f('roll_series_known')),
    sa.CheckConstraint('official_total > 0', name=op.f('roll_official_total_positive')),
    sa.ForeignKeyConstraint(['in_force_position'], ['event.position'], name=op.f('roll_in_force_position_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('roll_pkey')),
    sa.UniqueConstraint('code', name=op.f('roll_code_key'))
    )
    op.create_index('roll_series_valid_from_idx', 'roll', ['series', 'valid_from'], unique=False)
    op.create_table('use_case',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('city_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.CheckConstraint('number > 0', name=op.f('use_case_number_positive')),
    sa.ForeignKeyConstraint(['city_id'], ['city.id'], name=op.f('use_case_city_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('use_case_pkey')),
    sa.UniqueConstraint('city_id', 'number', name=op.f('use_case_city_id_number_key')),
    sa.UniqueConstraint('code', name=op.f('use_case_code_key'))
    )
    op.create_table('web_session',
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('expires_at > created_at', name=op.f('web_session_expires_later')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('web_session_user_id_fkey')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('web_session_pkey'))
    )
    op.create_index('web_session_user_id_idx', 'web_session', ['user_id'], unique=False)
    op.create_table('year_declaration',
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('city_id', sa.Integer(), nullable=False),
    sa.Column('year', sa.SmallInteger(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("status IN ('covered', 'in_progress', 'none')", name=op.f('year_declaration_status_known')),
    sa.CheckConstraint('year BETWEEN 2020 AND 2100', name=op.f('year_declaration_year_range')),
    sa.ForeignKeyConstraint(['author_id'], ['user_account.id'], name=op.f('year_declaration_author_id_fkey')),
    sa.ForeignKeyConstraint(['city_id'], ['city.id'], name=op.f('year_declaration_city_id_fkey')),
    sa.ForeignKeyConstraint(['position'], ['event.position'], name=op.f('year_declaration_position_fkey')),
    sa.PrimaryKeyConstraint('position', name=op.f('year_declaration_pkey'))
    )
    op.create_index('year_declaration_city_id_idx', 'year_declaration', ['city_id', 'year', 'position'], unique=False)
    op.create_table('carry_over',
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('use_case_id', sa.Uuid(), nullable=False),
    sa.Column('to_city_id', sa.Integer(), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('legal_basis', sa.Text(), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['user_account.id'], name=op.f('carry_over_actor_id_fkey')),
    sa.ForeignKeyConstraint(['position'], ['event.position'], name=op.f('carry_over_position_fkey')),
    sa.ForeignKeyConstraint(['to_city_id'], ['city.id'], name=op.f('carry_over_to_city_id_fkey')),
    sa.ForeignKeyConstraint(['use_case_id'], ['use_case.id'], name=op.f('carry_over_use_case_id_fkey')),
    sa.PrimaryKeyConstraint('position', 'use_case_id', 'to_city_id', name=op.f('carry_over_pkey'))
    )
    op.create_index('carry_over_use_case_id_idx', 'carry_over', ['use_case_id'], unique=False)
    op.create_table('roll_entry',
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('roll_id', sa.Integer(), nullable=False),
    sa.Column('city_id', sa.Integer(), nullable=False),
    sa.Column('known', postgresql.INT8RANGE(), nullable=False),
    sa.Column('name_vi', sa.Text(), nullable=False),
    sa.Column('unit_type', sa.Text(), nullable=False),
    sa.Column('urban_class', sa.Text(), nullable=False),
    postgresql.ExcludeConstraint((sa.column('roll_id'), '='), (sa.column('city_id'), '='), (sa.column('known'), '&&'), using='gist', name='roll_entry_no_overlap'),
    sa.CheckConstraint("unit_type IN ('central_city', 'provincial_city', 'municipal_city', 'district_town', 'township', 'urban_area', 'ward', 'special_zone')", name=op.f('roll_entry_unit_type_known')),
    sa.CheckConstraint("urban_class IN ('special', 'I', 'II', 'II-III', 'III', 'III-IV', 'IV', 'IV-V', 'V', 'unclassified')", name=op.f('roll_entry_urban_class_known')),
    sa.CheckConstraint('NOT isempty(known)', name=op.f('roll_entry_known_not_empty')),
    sa.ForeignKeyConstraint(['city_id'], ['city.id'], name=op.f('roll_entry_city_id_fkey')),
    sa.ForeignKeyConstraint(['roll_id'], ['roll.id'], name=op.f('roll_entry_roll_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('roll_entry_pkey'))
    )
    op.create_table('standing',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('use_case_id', sa.Uuid(), nullable=False),
    sa.Column('city_id', sa.Integer(), nullable=False),
    sa.Column('problem_id', sa.Uuid(), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), nullable=False),
    sa.Column('known', postgresql.INT8RANGE(), nullable=False),
    sa.CheckConstraint("(outcome = 'counted') = (problem_id IS NOT NULL)", name=op.f('standing_problem_named')),
    sa.CheckConstraint("outcome IN ('counted', 'not_operational', 'ai_not_confirmed', 'problem_not_open', 'suspended', 'revoked', 'under_review', 'returned', 'no_application', 'not_on_roll')", name=op.f('standing_outcome_known')),
    sa.CheckConstraint('NOT isempty(valid) AND NOT isempty(known)', name=op.f('standing_not_empty')),
    sa.ForeignKeyConstraint(['city_id'], ['city.id'], name=op.f('standing_city_id_fkey')),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('standing_problem_id_fkey')),
    sa.ForeignKeyConstraint(['use_case_id'], ['use_case.id'], name=op.f('standing_use_case_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('standing_pkey'))
    )
    op.create_index('standing_city_id_idx', 'standing', ['city_id'], unique=False)
    op.create_index('standing_counted_idx', 'standing', ['city_id'], unique=False, postgresql_include=['valid', 'known'], postgresql_where=sa.text("outcome = 'counted'"))
    op.create_index('standing_use_case_id_idx', 'standing', ['use_case_id'], unique=False)
    op.create_table('use_case_version',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('use_case_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('standard', sa.Text(), nullable=False),
    sa.Column('content', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=True),
    sa.Column('describes_from', sa.Date(), nullable=True),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('submitter_id', sa.Uuid(), nullable=True),
    sa.Column('reviewer_id', sa.Uuid(), nullable=True),
    sa.Column('submitted_position', sa.BigInteger(), nullable=True),
    sa.Column('withdrawn_position', sa.BigInteger(), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(state = 'draft' OR (state = 'withdrawn' AND submitted_position IS NULL)) = (submitted_position IS NULL)", name=op.f('use_case_version_submitted_known')),
    sa.CheckConstraint("(state = 'withdrawn') = (withdrawn_position IS NOT NULL)", name=op.f('use_case_version_withdrawal_known')),
    sa.CheckConstraint("state IN ('draft', 'submitted', 'in_review', 'approved', 'returned', 'rejected', 'withdrawn', 'superseded', 'suspended', 'revoked')", name=op.f('use_case_version_state_known')),
    sa.CheckConstraint('num_nulls(submitted_position, submitter_id, content_hash) IN (0, 3)', name=op.f('use_case_version_submission_whole')),
    sa.CheckConstraint('num_nulls(withdrawn_position, withdrawn_reason) IN (0, 2)', name=op.f('use_case_version_withdrawal_whole')),
    sa.CheckConstraint('number > 0', name=op.f('use_case_version_number_positive')),
    sa.ForeignKeyConstraint(['author_id'], ['user_account.id'], name=op.f('use_case_version_author_id_fkey')),
    sa.ForeignKeyConstraint(['reviewer_id'], ['user_account.id'], name=op.f('use_case_version_reviewer_id_fkey')),
    sa.ForeignKeyConstraint(['submitted_position'], ['event.position'], name=op.f('use_case_version_submitted_position_fkey')),
    sa.ForeignKeyConstraint(['submitter_id'], ['user_account.id'], name=op.f('use_case_version_submitter_id_fkey')),
    sa.ForeignKeyConstraint(['use_case_id'], ['use_case.id'], name=op.f('use_case_version_use_case_id_fkey')),
    sa.ForeignKeyConstraint(['withdrawn_position'], ['event.position'], name=op.f('use_case_version_withdrawn_position_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('use_case_version_pkey')),
    sa.UniqueConstraint('id', 'use_case_id', 'author_id', 'submitter_id', name=op.f('use_case_version_id_use_case_id_author_id_submitter_id_key')),
    sa.UniqueConstraint('use_case_id', 'number', name=op.f('use_case_version_use_case_id_number_key'))
    )
    op.create_index('use_case_version_one_live', 'use_case_version', ['use_case_id'], unique=True, postgresql_where=sa.text("state IN ('approved', 'suspended')"))
    op.create_index('use_case_version_one_open', 'use_case_version', ['use_case_id'], unique=True, postgresql_where=sa.text("state IN ('draft', 'submitted', 'in_review')"))
    op.create_index('use_case_version_queue_idx', 'use_case_version', ['submitted_position'], unique=False, postgresql_where=sa.text("state IN ('submitted', 'in_review')"))
    op.create_table('decision',
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('use_case_id', sa.Uuid(), nullable=False),
    sa.Column('version_id', sa.Uuid(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('submitter_id', sa.Uuid(), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('ai_confirmed', sa.Boolean(), nullable=False),
    sa.Column('effective_from', sa.Date(), nullable=True),
    sa.CheckConstraint("NOT ai_confirmed OR action = 'approve'", name=op.f('decision_ai_on_approval')),
    sa.CheckConstraint("action IN ('approve', 'return', 'reject', 'suspend', 'revoke', 'reinstate')", name=op.f('decision_action_known')),
    sa.CheckConstraint("effective_from IS NULL OR action NOT IN ('return', 'reject')", name=op.f('decision_effect_dated')),
    sa.CheckConstraint("reason <> '' OR action IN ('approve', 'reinstate')", name=op.f('decision_reason_given')),
    sa.CheckConstraint('actor_id <> author_id AND actor_id <> submitter_id', name=op.f('decision_decider_not_author')),
    sa.ForeignKeyConstraint(['actor_id'], ['user_account.id'], name=op.f('decision_actor_id_fkey')),
    sa.ForeignKeyConstraint(['position'], ['event.position'], name=op.f('decision_position_fkey')),
    sa.ForeignKeyConstraint(['version_id', 'use_case_id', 'author_id', 'submitter_id'], ['use_case_version.id', 'use_case_version.use_case_id', 'use_case_version.author_id', 'use_case_version.submitter_id'], name='decision_version_fkey'),
    sa.PrimaryKeyConstraint('position', name=op.f('decision_pkey'))
    )
    op.create_index('decision_use_case_id_idx', 'decision', ['use_case_id', 'position'], unique=False)
    op.create_table('evidence',
    sa.Column('version_id', sa.Uuid(), nullable=False),
    sa.Column('ordinal', sa.SmallInteger(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('published', sa.Text(), nullable=True),
    sa.CheckConstraint("published ~ '^\\d{4}(-\\d{2}(-\\d{2})?)?$'", name=op.f('evidence_published_partial')),
    sa.CheckConstraint("url ~ '^https?://'", name=op.f('evidence_url_web')),
    sa.ForeignKeyConstraint(['version_id'], ['use_case_version.id'], name=op.f('evidence_version_id_fkey')),
    sa.PrimaryKeyConstraint('version_id', 'ordinal', name=op.f('evidence_pkey'))
    )
    op.create_table('version_problem',
    sa.Column('version_id', sa.Uuid(), nullable=False),
    sa.Column('problem_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('version_problem_problem_id_fkey')),
    sa.ForeignKeyConstraint(['version_id'], ['use_case_version.id'], name=op.f('version_problem_version_id_fkey')),
    sa.PrimaryKeyConstraint('version_id', 'problem_id', name=op.f('version_problem_pkey'))
    )
    op.create_index('version_problem_problem_id_idx', 'version_problem', ['problem_id'], unique=False)
    op.create_table('version_stage',
    sa.Column('version_id', sa.Uuid(), nullable=False),
    sa.Column('ordinal', sa.SmallInteger(), nullable=False),
    sa.Column('stage', sa.Text(), nullable=False),
    sa.Column('since', sa.Text(), nullable=False),
    sa.Column('period', postgresql.DATERANGE(), nullable=False),
    postgresql.ExcludeConstraint((sa.column('version_id'), '='), (sa.column('period'), '&&'), using='gist', name='stage_no_overlap'),
    sa.CheckConstraint("since ~ '^\\d{4}(-\\d{2}(-\\d{2})?)?$'", name=op.f('version_stage_since_partial')),
    sa.CheckConstraint("stage IN ('planned', 'pilot', 'operational', 'suspended', 'retired')", name=op.f('version_stage_stage_known')),
    sa.ForeignKeyConstraint(['version_id'], ['use_case_version.id'], name=op.f('version_stage_version_id_fkey')),
    sa.PrimaryKeyConstraint('version_id', 'ordinal', name=op.f('version_stage_pkey'))
    )

    for statement in (*TRIGGERS, *GRANTS):
        op.execute(statement)
    op.execute(FIRST_HEAD)


def downgrade() -> None:
    op.drop_table('version_stage')
    op.drop_index('version_problem_problem_id_idx', table_name='version_problem')
    op.drop_table('version_problem')
    op.drop_table('evidence')
    op.drop_index('decision_use_case_id_idx', table_name='decision')
    op.drop_table('decision')
    op.drop_index('use_case_version_queue_idx', table_name='use_case_version', postgresql_where=sa.text("state IN ('submitted', 'in_review')"))
    op.drop_index('use_case_version_one_open', table_name='use_case_version', postgresql_where=sa.text("state IN ('draft', 'submitted', 'in_review')"))
    op.drop_index('use_case_version_one_live', table_name='use_case_version', postgresql_where=sa.text("state IN ('approved', 'suspended')"))
    op.drop_table('use_case_version')
    op.drop_index('standing_use_case_id_idx', table_name='standing')
    op.drop_index('standing_counted_idx', table_name='standing', postgresql_include=['valid', 'known'], postgresql_where=sa.text("outcome = 'counted'"))
    op.drop_index('standing_city_id_idx', table_name='standing')
    op.drop_table('standing')
    op.drop_table('roll_entry')
    op.drop_index('carry_over_use_case_id_idx', table_name='carry_over')
    op.drop_table('carry_over')
    op.drop_index('year_declaration_city_id_idx', table_name='year_declaration')
    op.drop_table('year_declaration')
    op.drop_index('web_session_user_id_idx', table_name='web_session')
    op.drop_table('web_session')
    op.drop_table('use_case')
    op.drop_index('roll_series_valid_from_idx', table_name='roll')
    op.drop_table('roll')
    op.drop_index('problem_city_id_idx', table_name='problem')
    op.drop_table('problem')
    op.drop_table('membership')
    op.drop_table('idempotency_key')
    op.drop_index('city_period_province_code_idx', table_name='city_period')
    op.drop_table('city_period')
    op.drop_index('city_lineage_successor_id_idx', table_name='city_lineage')
    op.drop_table('city_lineage')
    op.drop_table('user_account')
    op.drop_table('target')
    op.drop_index('sign_in_failure_email_at_idx', table_name='sign_in_failure')
    op.drop_table('sign_in_failure')
    op.drop_geospatial_index('idx_province_geom', table_name='province', postgresql_using='gist', column_name='geom')
    op.drop_geospatial_table('province')
    op.drop_table('ledger_head')
    op.drop_index('event_subject_idx', table_name='event')
    op.drop_table('event')
    op.drop_geospatial_index('idx_city_point', table_name='city', postgresql_using='gist', column_name='point')
    op.drop_geospatial_table('city')
    for function in ("refuse_change", "advance_head", "keep_version", "keep_version_parts"):
        op.execute(f"DROP FUNCTION {function}()")
