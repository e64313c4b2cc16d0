-- The model maker's room: a register as large as the world's cities, told by rules of arithmetic.
-- Reads its size from the temporary table `size` (cities, provinces, cases), which the caller made.
--
-- The ledger's positions: 1 puts the roll in force, then every city declares its problem, then
-- every case is submitted and decided, then every tenth case is revoked from the start.

SELECT setseed(0.699);

CREATE TEMPORARY TABLE life AS
SELECT
    i,
    kind,
    1 + floor(cities * power(random(), 1.5))::int AS city_id,
    gen_random_uuid() AS use_case_id,
    gen_random_uuid() AS version_id,
    cities + 2 * i::bigint AS submitted,
    CASE WHEN kind < 9 THEN cities + 2 * i::bigint + 1 END AS decided,
    CASE WHEN kind = 8 THEN cities + 2 * cases::bigint + 2 + i / 10 END AS revoked,
    CASE WHEN kind = 7 THEN 'pilot' ELSE 'operational' END AS stage,
    date '2024-01-01' + floor(600 * random())::int AS since
FROM size, generate_series(1, cases) i, LATERAL (SELECT i % 10) k (kind);

-- Cases that nobody decided yet leave gaps in the ledger here; the real one has none.
CREATE TEMPORARY TABLE fact AS
SELECT 1::bigint AS position, 'roll.in_force' AS kind, 'roll' AS subject_type,
    'synthetic' AS subject_id
UNION ALL
SELECT 1 + c, 'problem.declared', 'problem', 'problem ' || c
FROM size, generate_series(1, cities) c
UNION ALL
SELECT submitted, 'version.submit', 'use_case', 'case ' || i FROM life
UNION ALL
SELECT decided, 'version.approve', 'use_case', 'case ' || i FROM life WHERE decided IS NOT NULL
UNION ALL
SELECT revoked, 'version.revoke', 'use_case', 'case ' || i FROM life WHERE revoked IS NOT NULL;

INSERT INTO event (position, recorded_at, kind, actor_id, actor_role, subject_type, subject_id,
    payload, request_id, previous_hash, hash)
SELECT position, timestamptz '2024-03-01T00:00:00Z' + position * interval '20 seconds', kind, NULL,
    'operator', subject_type, subject_id, '{}', 'bench',
    sha256((position - 1)::text::bytea), sha256(position::text::bytea)
FROM fact ORDER BY position;

UPDATE ledger_head SET (position, recorded_at, hash) = (
    SELECT position, recorded_at, hash FROM event ORDER BY position DESC LIMIT 1
);

INSERT INTO target (indicator, year, percent, valid, text_vi, text_en, legal_basis)
VALUES (2, 2024, 20, '(,)', 'Mục tiêu', 'Target', 'bench'),
    (2, 2030, 100, '(,)', 'Mục tiêu', 'Target', 'bench');

INSERT INTO user_account (id, email, name, password_hash, is_demo, created_at)
SELECT md5(name)::uuid, name || '@example.org', name, '!', false, now()
FROM unnest(ARRAY['author', 'reviewer']) name;

-- Small squares side by side, so that every one is inside the country's bounds.
INSERT INTO province (code, valid, name_vi, name_en, geom)
SELECT 'P' || p, '[2000-01-01,)', 'Tỉnh ' || p, 'Province ' || p,
    ST_Multi(ST_MakeEnvelope(x, y, x + 0.1, y + 0.1, 4326))
FROM size, generate_series(0, provinces - 1) p,
    LATERAL (SELECT 102.5 + p % 150 * 0.1 AS x, 6.5 + p / 150 * 0.1 AS y) corner;

INSERT INTO city (id, code, point, point_source, population, source) OVERRIDING SYSTEM VALUE
SELECT c, 'C' || lpad(c::text, 6, '0'),
    ST_SetSRID(ST_MakePoint(102.5 + 15 * random(), 6.5 + 17 * random()), 4326), 'bench', 1000 + c,
    'bench'
FROM size, generate_series(1, cities) c;

INSERT INTO city_period (city_id, valid, name_vi, name_en, unit_type, urban_class, class_basis,
    province_code, source)
SELECT c, '[2000-01-01,)', 'Đô thị ' || c, 'City ' || c, 'township', 'V', 'bench',
    'P' || c * 104729::bigint % provinces, 'bench'
FROM size, generate_series(1, cities) c;

INSERT INTO roll (id, code, series, name_vi, name_en, valid_from, official_total, source_vi,
    source_en, source_url, legal_basis, note_vi, note_en, in_force_position) OVERRIDING SYSTEM VALUE
VALUES (1, 'synthetic', 'urban', 'Danh mục', 'Roll', '2023-01-01', NULL, 'bench', 'bench',
    'https://example.org/', 'bench', '', '', 1);

INSERT INTO roll_entry (roll_id, city_id, known, name_vi, unit_type, urban_class)
SELECT 1, c, int8range(1, NULL), 'Đô thị ' || c, 'township', 'V'
FROM size, generate_series(1, cities) c;

INSERT INTO problem (id, city_id, area, title, title_en, statement, declared_on, basis_kind,
    basis_number, basis_url, author_id, declared_position, revision)
SELECT md5('problem ' || c)::uuid, c,
    (ARRAY['traffic', 'flooding', 'health', 'public_services'])[1 + c % 4],
    'Vấn đề bức thiết ' || c, 'Pressing problem ' || c, 'Nhiều tuyến phố ngập sau mưa lớn.',
    '2023-06-01', 'resolution', c || '/NQ-HĐND', '', md5('author')::uuid, 1 + c, 1
FROM size, generate_series(1, cities) c;

INSERT INTO use_case (id, code, city_id, number)
SELECT use_case_id,
    'C' || lpad(city_id::text, 6, '0') || '-'
        || lpad(number::text, greatest(3, length(number::text)), '0'),
    city_id, number
FROM (SELECT *, row_number() OVER (PARTITION BY city_id ORDER BY i) AS number FROM life) numbered
ORDER BY i;

INSERT INTO use_case_version (id, use_case_id, number, state, standard, content, content_hash,
    author_id, submitter_id, reviewer_id, submitted_position, revision, updated_at)
SELECT version_id, use_case_id, 1,
    CASE kind WHEN 8 THEN 'revoked' WHEN 9 THEN 'submitted' ELSE 'approved' END, '0.1',
    jsonb_build_object(
        'title', 'Cảnh báo ngập sớm ' || i, 'title_en', 'Early flood warning ' || i,
        'summary', 'Dự báo điểm ngập trước hai giờ từ mực nước, mưa và triều.',
        'summary_en', '', 'solution', 'Mô hình học máy từ mực nước và mưa.',
        'problem_ids', jsonb_build_array(md5('problem ' || city_id)::uuid),
        'techniques', '["forecasting"]'::jsonb, 'technique_detail', '',
        'operator', 'Trung tâm điều hành', 'provider', '', 'application_area', '',
        'stages', jsonb_build_array(jsonb_build_object('stage', stage, 'since', since)),
        'evidence', '[{"url": "https://example.org/", "title": "Thông báo", "published": null}]'
            ::jsonb,
        'public_contact', '', 'describes_from', NULL
    ),
    sha256(i::text::bytea), md5('author')::uuid, md5('author')::uuid, md5('reviewer')::uuid,
    submitted, 3, now()
FROM life ORDER BY i;

INSERT INTO version_problem (version_id, problem_id)
SELECT version_id, md5('problem ' || city_id)::uuid FROM life ORDER BY i;

INSERT INTO version_stage (version_id, ordinal, stage, since, period)
SELECT version_id, 0, stage, since::text, daterange(since, NULL) FROM life ORDER BY i;

INSERT INTO decision (position, use_case_id, version_id, author_id, submitter_id, actor_id, action,
    reason, ai_confirmed, effective_from)
SELECT decided, use_case_id, version_id, md5('author')::uuid, md5('author')::uuid,
    md5('reviewer')::uuid, 'approve', '', true, NULL::date
FROM life WHERE decided IS NOT NULL
UNION ALL
SELECT revoked, use_case_id, version_id, md5('author')::uuid, md5('author')::uuid,
    md5('reviewer')::uuid, 'revoke', 'không còn vận hành', false, NULL
FROM life WHERE revoked IS NOT NULL
ORDER BY 1;

-- What `registry.actions.standing` would have derived; the caller holds a sample to it.
INSERT INTO standing (use_case_id, city_id, problem_id, outcome, valid, known)
SELECT use_case_id, city_id, problem_id, outcome, valid, known
FROM (
    SELECT i, use_case_id, city_id, NULL::uuid AS problem_id, 'under_review' AS outcome,
        daterange(NULL, NULL) AS valid, int8range(submitted, decided) AS known
    FROM life
    UNION ALL
    SELECT i, use_case_id, city_id, NULL, 'problem_not_open', daterange(NULL, '2023-06-01'),
        int8range(decided, revoked)
    FROM life WHERE decided IS NOT NULL
    UNION ALL
    SELECT i, use_case_id, city_id, NULL, 'not_operational',
        daterange('2023-06-01', CASE WHEN stage = 'operational' THEN since END),
        int8range(decided, revoked)
    FROM life WHERE decided IS NOT NULL
    UNION ALL
    SELECT i, use_case_id, city_id, md5('problem ' || city_id)::uuid, 'counted',
        daterange(since, NULL), int8range(decided, revoked)
    FROM life WHERE decided IS NOT NULL AND stage = 'operational'
    UNION ALL
    SELECT i, use_case_id, city_id, NULL, 'revoked', daterange(NULL, NULL),
        int8range(revoked, NULL)
    FROM life WHERE revoked IS NOT NULL
) derived
ORDER BY lower(known), i;

DROP TABLE life, fact;
