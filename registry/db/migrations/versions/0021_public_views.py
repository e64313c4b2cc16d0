"""Views of what is public today, for map programs, and a role that reads these and nothing else.

They run with the rights of their owner, so the reader needs none on the tables, and as barriers,
so that no condition of a reader's is asked of a row before the view has let it through. "Today" is
the day in Viet Nam; what is known is everything up to the ledger's last event.

Columns and their words are those of `api/ogc/collections.py`; a test holds the two equal.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0021"
down_revision: str | Sequence[str] | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# It may exist already, made by whoever runs the cluster; the service turns into it (SET ROLE).
ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'registry_reader') THEN
        CREATE ROLE registry_reader NOLOGIN;
    END IF;
    IF NOT pg_has_role('registry_app', 'registry_reader', 'MEMBER') THEN
        GRANT registry_reader TO registry_app;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'the role registry_reader is missing, and I may not make it' USING HINT =
            'As a superuser: CREATE ROLE registry_reader NOLOGIN;'
            ' GRANT registry_reader TO registry_app;';
END $$
"""

# CQL2's ACCENTI, under the name that its translation to SQL gives it.
STRIP_ACCENTS = """
CREATE FUNCTION ogc.strip_accents(given text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN public.unaccent('public.unaccent', normalize(given, NFC))
"""

# What the views below are made of; no reader sees these.
INNER = {
    "moment": """
        SELECT CAST(now() AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date) AS today, position,
            rtrim(coalesce(current_setting('registry.public_url', true), ''), '/') AS origin
        FROM ledger_head WHERE id = 1
    """,
    "known_city": """
        SELECT city.id, city.code, period.name_vi, period.name_en, period.unit_type,
            period.urban_class, period.province_code, province.name_vi AS province_vi,
            province.name_en AS province_en, CAST(city.point AS geometry(Point, 4326)) AS geom
        FROM ogc.moment CROSS JOIN city
        LEFT JOIN LATERAL (
            SELECT * FROM city_period_known said WHERE said.city_id = city.id
            ORDER BY known @> moment.position DESC, valid @> moment.today DESC,
                CASE WHEN upper(valid) <= moment.today THEN upper(valid) END DESC NULLS LAST,
                valid
            LIMIT 1
        ) period ON true
        LEFT JOIN province_known province ON province.code = period.province_code
            AND province.valid @> moment.today AND province.known @> moment.position
    """,
    "known_case": """
        SELECT u.code, v.number AS version, told.content, v.id AS version_id,
            city.code AS city_code, city.name_vi AS city_vi, city.name_en AS city_en,
            city.province_code, city.geom,
            CASE last.action WHEN 'suspend' THEN 'suspended' WHEN 'revoke' THEN 'revoked'
                ELSE 'approved' END AS state,
            EXISTS (
                SELECT FROM standing s WHERE s.use_case_id = u.id AND s.outcome = 'counted'
                    AND s.valid @> moment.today AND s.known @> moment.position
            ) AS counted,
            on_the_day.stage, on_the_day.since AS stage_since,
            (
                SELECT max(event.recorded_at) FROM decision d JOIN event USING (position)
                WHERE d.version_id = v.id AND d.action = 'approve'
            ) AS approved_at,
            moment.origin || '/vi/use-cases/' || u.code AS url
        FROM ogc.moment CROSS JOIN (
            SELECT DISTINCT ON (use_case_id) use_case_id, version_id, action FROM decision
            WHERE action IN ('approve', 'suspend', 'revoke', 'reinstate')
            ORDER BY use_case_id, position DESC
        ) last
        JOIN use_case u ON u.id = last.use_case_id
        JOIN use_case_version v ON v.id = last.version_id
        JOIN ogc.known_city city ON city.id = u.city_id
        -- Without what is withheld today.
        CROSS JOIN LATERAL (
            SELECT v.content - ARRAY(
                SELECT held ->> 'field'
                FROM jsonb_path_query(v.content, 'lax $.withheld[*]') AS held
                WHERE moment.today <= CAST(held ->> 'until' AS date)
            ) AS content
        ) told
        LEFT JOIN LATERAL (
            SELECT stage, since FROM (
                SELECT r.stage, CAST(r.effective_on AS text) AS since, true AS reported,
                    r.effective_on, r.position
                FROM stage_report r
                WHERE r.use_case_id = u.id AND r.position > v.submitted_position
                    AND r.effective_on <= moment.today
                UNION ALL
                SELECT s.stage, s.since, false, NULL, NULL FROM version_stage s
                WHERE s.version_id = v.id AND s.period @> moment.today
            ) said ORDER BY reported DESC, effective_on DESC, position DESC LIMIT 1
        ) on_the_day ON true
        WHERE v.state IN ('approved', 'suspended', 'revoked')
    """,
}

_CASE = """
    code, version, {content} ->> 'title' AS title_vi, {content} ->> 'title_en' AS title_en,
    {content} ->> 'summary' AS summary_vi, {content} ->> 'summary_en' AS summary_en,
    city_code, city_vi, city_en, province_code, state, counted, stage, stage_since,
    (
        SELECT string_agg(DISTINCT p.area, ', ' ORDER BY p.area)
        FROM version_problem vp JOIN problem p ON p.id = vp.problem_id
        WHERE vp.version_id = known_case.version_id
    ) AS problem_areas,
    (
        SELECT string_agg(technique, ', ')
        FROM jsonb_array_elements_text({content} -> 'techniques') AS technique
    ) AS techniques,
    nullif({content} ->> 'product', '') AS product,
    nullif({content} ->> 'provider', '') AS provider, approved_at, url
""".format(content="content")

VIEWS = {
    "cities": """
        SELECT city.code, city.name_vi, city.name_en, city.unit_type,
            coalesce(entry.urban_class, city.urban_class) AS urban_class,
            city.province_code, city.province_vi, city.province_en,
            CASE
                WHEN best.outcome = 'counted' THEN 'counted'
                WHEN best.outcome IN ('not_operational', 'ai_not_confirmed', 'problem_not_open',
                    'suspended', 'revoked') THEN 'approved'
                WHEN best.outcome = 'under_review' OR said.status IN ('covered', 'in_progress')
                    THEN 'in_progress'
                WHEN said.status IS NULL THEN 'silent'
                ELSE 'none'
            END AS status,
            coalesce(best.outcome = 'counted', false) AS counted,
            coalesce(best.outcome, 'no_application') AS outcome, said.status AS year_status,
            known_case.code AS use_case_code,
            known_case.content ->> 'title' AS use_case_vi,
            known_case.content ->> 'title_en' AS use_case_en,
            roll.code AS roll, moment.today AS as_of,
            moment.origin || '/vi/cities/' || city.code AS url, city.geom
        FROM ogc.moment
        JOIN LATERAL (
            SELECT id, code FROM public.roll
            WHERE series = 'urban' AND valid_from <= moment.today
                AND in_force_position <= moment.position
            ORDER BY valid_from DESC, in_force_position DESC LIMIT 1
        ) roll ON true
        JOIN roll_entry entry ON entry.roll_id = roll.id AND entry.known @> moment.position
        JOIN ogc.known_city city ON city.id = entry.city_id
        LEFT JOIN LATERAL (
            SELECT outcome, use_case_id FROM standing WHERE standing.city_id = city.id
                AND valid @> moment.today AND known @> moment.position
            ORDER BY array_position(ARRAY['counted', 'not_operational', 'ai_not_confirmed',
                'problem_not_open', 'suspended', 'revoked', 'under_review', 'returned'], outcome),
                lower(known), use_case_id
            LIMIT 1
        ) best ON true
        LEFT JOIN LATERAL (
            SELECT status FROM year_declaration said WHERE said.city_id = city.id
                AND year = extract(year FROM moment.today)
            ORDER BY position DESC LIMIT 1
        ) said ON true
        LEFT JOIN use_case ON use_case.id = best.use_case_id
            AND best.outcome NOT IN ('under_review', 'returned')
        LEFT JOIN ogc.known_case ON known_case.code = use_case.code
    """,
    "provinces": """
        SELECT province.code, province.name_vi, province.name_en,
            CAST(coalesce(cities.total, 0) AS integer) AS cities,
            CAST(coalesce(cities.counted, 0) AS integer) AS counted,
            province.approximate, moment.today AS as_of,
            moment.origin || '/vi/cities?province=' || province.code AS url,
            CAST(province.geom AS geometry(MultiPolygon, 4326)) AS geom
        FROM ogc.moment
        JOIN province_known province ON province.valid @> moment.today
            AND province.known @> moment.position
        LEFT JOIN (
            SELECT province_code, count(*) AS total, count(*) FILTER (WHERE counted) AS counted
            FROM ogc.cities GROUP BY province_code
        ) cities ON cities.province_code = province.code
    """,
    "use_cases": f"""
        SELECT {_CASE}, geom FROM ogc.known_case
    """,
    "use_case_areas": f"""
        SELECT {_CASE}, CAST(ST_Multi(ST_SetSRID(ST_GeomFromGeoJSON(content -> 'area_geometry'),
            4326)) AS geometry(MultiPolygon, 4326)) AS geom
        FROM ogc.known_case WHERE jsonb_typeof(content -> 'area_geometry') = 'object'
    """,
    "problems": """
        SELECT CAST(p.id AS text) AS id, city.code AS city_code, city.name_vi AS city_vi,
            city.name_en AS city_en, city.province_code, p.area, p.title AS title_vi,
            nullif(p.title_en, '') AS title_en, p.statement, p.declared_on, p.basis_kind,
            nullif(p.basis_number, '') AS basis_number, nullif(p.basis_url, '') AS basis_url,
            event.recorded_at AS declared_at, p.withdrawn_on,
            coalesce(p.withdrawn_on > moment.today, true) AS open,
            moment.origin || '/vi/cities/' || city.code AS url, city.geom
        FROM ogc.moment CROSS JOIN problem p
        JOIN ogc.known_city city ON city.id = p.city_id
        JOIN event ON event.position = p.declared_position
    """,
}

_NAMES = {
    "city_code": "Code of the city",
    "city_vi": "Name of the city in Vietnamese",
    "city_en": "Name of the city in English",
    "province_code": "Code of the province, as of today",
    "url": "Address of its page",
}
_CASE_WORDS = {
    "code": "Code of the application in the register",
    "version": "Number of the version that holds today",
    "title_vi": "Title in Vietnamese",
    "title_en": "Title in English",
    "summary_vi": "Summary in Vietnamese",
    "summary_en": "Summary in English",
    **_NAMES,
    "state": "State of the review",
    "counted": "Whether a city counts by it today",
    "stage": "Lifecycle stage today; none where it is not certain",
    "stage_since": "Since when, as precisely as the city knows (YYYY, YYYY-MM or YYYY-MM-DD)",
    "problem_areas": "Areas of the pressing problems it addresses",
    "techniques": "AI techniques",
    "product": "Product it is an instance of",
    "provider": "Provider; none where the city withholds it by law",
    "approved_at": "When this version was approved",
}
WORDS = {
    "cities": {
        "": "Cities of the roll in force today, each with what the counting rule says of it",
        "code": "Code of the city in the register",
        "name_vi": "Its name in Vietnamese",
        "name_en": "Its name in English",
        "unit_type": "Type of administrative unit",
        "urban_class": "Class of the urban area",
        "province_code": "Code of the province, as of today",
        "province_vi": "Name of the province in Vietnamese",
        "province_en": "Name of the province in English",
        "status": "What the map shows of the city",
        "counted": "Whether the city counts toward the target today",
        "outcome": "What the counting rule says, and why",
        "year_status": "What the city declared for this year; none where it is silent",
        "use_case_code": "Code of the application behind the outcome",
        "use_case_vi": "Its title in Vietnamese",
        "use_case_en": "Its title in English",
        "roll": "Code of the roll in force",
        "as_of": "The day this is about: today in Viet Nam",
        "url": "Address of its page",
        "geom": "A point inside the city, approximate; none where it is not known",
    },
    "provinces": {
        "": "Provinces of today, with how many of their cities count",
        "code": "Code of the province",
        "name_vi": "Its name in Vietnamese",
        "name_en": "Its name in English",
        "cities": "Cities of the roll in force",
        "counted": "Cities among them that count today",
        "approximate": "Whether the boundary is approximate",
        "as_of": "The day this is about: today in Viet Nam",
        "url": "Address of its page",
        "geom": "Boundary; it serves this map only",
    },
    "use_cases": {
        "": "AI applications that the register has approved, also those suspended or revoked since",
        **_CASE_WORDS,
        "geom": "A point inside the city, approximate; none where it is not known",
    },
    "use_case_areas": {
        "": "The areas that AI applications serve, where their cities have drawn them",
        **_CASE_WORDS,
        "geom": "The area served, as its city has drawn it",
    },
    "problems": {
        "": "Pressing problems that cities have declared",
        "id": "Identifier of the problem",
        **_NAMES,
        "area": "Area of the problem",
        "title_vi": "Title in Vietnamese",
        "title_en": "Title in English",
        "statement": "What the problem is, in the city's words",
        "declared_on": "Declared as pressing on (YYYY, YYYY-MM or YYYY-MM-DD)",
        "basis_kind": "Kind of the document it rests on",
        "basis_number": "Number of that document",
        "basis_url": "Address of that document",
        "declared_at": "When it was entered into the register",
        "withdrawn_on": "From which day the city has withdrawn it",
        "open": "Whether it is open today",
        "geom": "A point inside the city, approximate; none where it is not known",
    },
}


def upgrade() -> None:
    op.execute(ROLE)
    op.execute("CREATE SCHEMA ogc")
    op.execute(STRIP_ACCENTS)
    for name, body in INNER.items():
        op.execute(f"CREATE VIEW ogc.{name} AS {body}")
    for name, body in VIEWS.items():
        op.execute(f"CREATE VIEW ogc.{name} WITH (security_barrier) AS {body}")
    for view, words in WORDS.items():
        for column, said in words.items():
            kind = f"COLUMN ogc.{view}.{column}" if column else f"VIEW ogc.{view}"
            quoted = said.replace("'", "''")
            op.execute(f"COMMENT ON {kind} IS '{quoted}'")
    op.execute("GRANT USAGE ON SCHEMA public, ogc TO registry_reader")
    op.execute(f"GRANT SELECT ON {', '.join(f'ogc.{name}' for name in VIEWS)} TO registry_reader")


def downgrade() -> None:
    # The role is the cluster's, and other databases of it may use it.
    op.execute("DROP SCHEMA ogc CASCADE")
    op.execute("REVOKE USAGE ON SCHEMA public FROM registry_reader")
