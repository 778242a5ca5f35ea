-- The public SQL (design, section 5). Columns may be added, never renamed or removed; tests compare with columns.py.
-- Plain SQLite from 3.38 on, no functions of our own, so that any tool can open the file.

DROP VIEW IF EXISTS traces;
CREATE VIEW traces AS
SELECT
    t.id AS id,
    p.id AS project_id,
    strftime('%Y-%m-%d %H:%M:%S', NULLIF(t.start_ns, 0) / 1000000000, 'unixepoch')
        || printf('.%03d', t.start_ns / 1000000 % 1000) AS timestamp,
    strftime('%Y-%m-%d %H:%M:%S', NULLIF(t.end_ns, 0) / 1000000000, 'unixepoch')
        || printf('.%03d', t.end_ns / 1000000 % 1000) AS end_timestamp,
    t.name AS name,
    s.id AS session_id,
    u.id AS user_id,
    (SELECT json_group_array(tag) FROM (SELECT tag FROM trace_tag WHERE trace_ref = t.ref ORDER BY tag)) AS tags,
    (SELECT json_group_object(substr(field, 10), json(value)) FROM claim
        WHERE trace_ref = t.ref AND field >= 'metadata.' AND field < 'metadata/') AS metadata,
    t.release AS release,
    t.version AS version,
    COALESCE(t.environment, 'default') AS environment,
    t.public AS public,
    0 AS bookmarked,
    CASE t.level WHEN 0 THEN 'DEBUG' WHEN 1 THEN 'DEFAULT' WHEN 2 THEN 'WARNING' ELSE 'ERROR' END AS level,
    CASE WHEN t.input_ref IS NULL
        THEN (SELECT COALESCE(x.input, json_extract(x.attributes, '$."' || k.key || '"'))
            FROM span x LEFT JOIN attribute_key k ON k.ref = x.input_key WHERE x.ref = t.root_ref)
        ELSE (SELECT json_extract(x.attributes, '$."' || t.input_key || '"') FROM span x WHERE x.ref = t.input_ref)
        END AS input,
    CASE WHEN t.output_ref IS NULL
        THEN (SELECT COALESCE(x.output, json_extract(x.attributes, '$."' || k.key || '"'))
            FROM span x LEFT JOIN attribute_key k ON k.ref = x.output_key WHERE x.ref = t.root_ref)
        ELSE (SELECT json_extract(x.attributes, '$."' || t.output_key || '"') FROM span x WHERE x.ref = t.output_ref)
        END AS output,
    (t.end_ns - t.start_ns) / 1e6 AS latency_ms,
    CASE WHEN t.cost_count THEN t.cost / 1e9 END AS calculated_total_cost,
    t.input_tokens AS input_tokens,
    t.output_tokens AS output_tokens,
    t.total_tokens AS total_tokens,
    t.observation_count AS observation_count,
    t.error_count AS error_count,
    t.warning_count AS warning_count,
    (SELECT o.id FROM observation o WHERE o.ref = t.root_ref) AS root_observation_id,
    t.start_ns AS start_time_unix_nano,
    t.end_ns AS end_time_unix_nano
FROM trace t
JOIN project p ON p.ref = t.project_ref
LEFT JOIN rollup s ON s.ref = t.session_ref
LEFT JOIN rollup u ON u.ref = t.user_ref;

DROP VIEW IF EXISTS observations;
CREATE VIEW observations AS
SELECT
    o.id AS id,
    p.id AS project_id,
    t.id AS trace_id,
    o.parent_id AS parent_observation_id,
    o.type AS type,
    o.name AS name,
    strftime('%Y-%m-%d %H:%M:%S', NULLIF(o.start_ns, 0) / 1000000000, 'unixepoch')
        || printf('.%03d', o.start_ns / 1000000 % 1000) AS start_time,
    strftime('%Y-%m-%d %H:%M:%S', NULLIF(o.end_ns, 0) / 1000000000, 'unixepoch')
        || printf('.%03d', o.end_ns / 1000000 % 1000) AS end_time,
    strftime('%Y-%m-%d %H:%M:%S', o.completion_start_ns / 1000000000, 'unixepoch')
        || printf('.%03d', o.completion_start_ns / 1000000 % 1000) AS completion_start_time,
    (o.end_ns - o.start_ns) / 1e6 AS latency_ms,
    CASE o.level WHEN 0 THEN 'DEBUG' WHEN 1 THEN 'DEFAULT' WHEN 2 THEN 'WARNING' ELSE 'ERROR' END AS level,
    o.status_message AS status_message,
    o.model AS model,
    COALESCE(o.model_parameters, '{}') AS model_parameters,
    (SELECT COALESCE(x.input, json_extract(x.attributes, '$."' || k.key || '"'))
        FROM span x LEFT JOIN attribute_key k ON k.ref = x.input_key WHERE x.ref = o.ref) AS input,
    (SELECT COALESCE(x.output, json_extract(x.attributes, '$."' || k.key || '"'))
        FROM span x LEFT JOIN attribute_key k ON k.ref = x.output_key WHERE x.ref = o.ref) AS output,
    COALESCE(o.metadata, '{}') AS metadata,
    (SELECT CASE
            WHEN x.input IS NULL AND x.output IS NULL THEN x.attributes
            WHEN x.output IS NULL THEN json_insert(x.attributes, '$."' || i.key || '"', x.input)
            WHEN x.input IS NULL THEN json_insert(x.attributes, '$."' || j.key || '"', x.output)
            ELSE json_insert(x.attributes, '$."' || i.key || '"', x.input, '$."' || j.key || '"', x.output)
            END
        FROM span x LEFT JOIN attribute_key i ON i.ref = x.input_key LEFT JOIN attribute_key j ON j.ref = x.output_key
        WHERE x.ref = o.ref) AS attributes,
    COALESCE(o.usage_details, '{}') AS usage_details,
    CASE WHEN o.cost_details IS NULL THEN '{}'
        ELSE (SELECT json_group_object(c.key, c.value / 1e9) FROM json_each(o.cost_details) c) END AS cost_details,
    o.cost / 1e9 AS calculated_total_cost,
    COALESCE(o.input_tokens, 0) AS input_tokens,
    COALESCE(o.output_tokens, 0) AS output_tokens,
    COALESCE(o.total_tokens, 0) AS total_tokens,
    o.prompt_name AS prompt_name,
    o.prompt_version AS prompt_version,
    COALESCE(o.version, t.version) AS version,
    COALESCE(o.environment, t.environment, 'default') AS environment,
    s.id AS session_id,
    u.id AS user_id,
    t.name AS trace_name,
    o.counted AS counted,
    (SELECT COALESCE(x.name, o.name) FROM span x WHERE x.ref = o.ref) AS span_name,
    (SELECT COALESCE(x.kind, 0) FROM span x WHERE x.ref = o.ref) AS kind,
    (SELECT COALESCE(x.status_code, 0) FROM span x WHERE x.ref = o.ref) AS status_code,
    (SELECT COALESCE(x.events, '[]') FROM span x WHERE x.ref = o.ref) AS events,
    (SELECT COALESCE(x.links, '[]') FROM span x WHERE x.ref = o.ref) AS links,
    (SELECT r.attributes FROM span x JOIN resource r ON r.ref = x.resource_ref WHERE x.ref = o.ref) AS resource,
    (SELECT c.name FROM span x JOIN scope c ON c.ref = x.scope_ref WHERE x.ref = o.ref) AS scope_name,
    (SELECT c.version FROM span x JOIN scope c ON c.ref = x.scope_ref WHERE x.ref = o.ref) AS scope_version,
    o.start_ns AS start_time_unix_nano,
    o.end_ns AS end_time_unix_nano
FROM observation o
JOIN trace t ON t.ref = o.trace_ref
JOIN project p ON p.ref = t.project_ref
LEFT JOIN rollup s ON s.ref = t.session_ref
LEFT JOIN rollup u ON u.ref = t.user_ref;

DROP VIEW IF EXISTS sessions;
CREATE VIEW sessions AS
SELECT
    r.id AS id,
    p.id AS project_id,
    CASE WHEN r.last_ns THEN strftime('%Y-%m-%d %H:%M:%S', r.first_ns / 1000000000, 'unixepoch')
        || printf('.%03d', r.first_ns / 1000000 % 1000) END AS first_timestamp,
    strftime('%Y-%m-%d %H:%M:%S', NULLIF(r.last_ns, 0) / 1000000000, 'unixepoch')
        || printf('.%03d', r.last_ns / 1000000 % 1000) AS last_timestamp,
    CASE WHEN r.last_ns THEN (r.last_ns - r.first_ns) / 1e6 ELSE 0.0 END AS duration_ms,
    r.latency_us / 1e3 AS latency_ms,
    r.trace_count AS trace_count,
    r.observation_count AS observation_count,
    r.error_count AS error_count,
    (SELECT json_group_array(value) FROM (SELECT value FROM rollup_member
        WHERE rollup_ref = r.ref AND kind = 'user' ORDER BY value)) AS user_ids,
    (SELECT json_group_array(value) FROM (SELECT value FROM rollup_member
        WHERE rollup_ref = r.ref AND kind = 'tag' ORDER BY value)) AS tags,
    (SELECT json_group_object(m.value, json((SELECT c.value FROM trace t
            JOIN claim c ON c.trace_ref = t.ref AND c.field = 'metadata.' || m.value
            WHERE t.session_ref = r.ref ORDER BY t.start_ns DESC, t.id DESC LIMIT 1)))
        FROM rollup_member m WHERE m.rollup_ref = r.ref AND m.kind = 'metadata') AS metadata,
    (SELECT COALESCE(t.environment, 'default') FROM trace t
        WHERE t.session_ref = r.ref ORDER BY t.start_ns DESC, t.id DESC LIMIT 1) AS environment,
    CASE WHEN r.cost_count THEN r.cost / 1e9 END AS calculated_total_cost,
    r.input_tokens AS input_tokens,
    r.output_tokens AS output_tokens,
    r.total_tokens AS total_tokens,
    0 AS bookmarked,
    0 AS public,
    CASE WHEN r.last_ns THEN r.first_ns ELSE 0 END AS first_time_unix_nano,
    r.last_ns AS last_time_unix_nano
FROM rollup r
JOIN project p ON p.ref = r.project_ref
WHERE r.kind = 'session';

DROP VIEW IF EXISTS users;
CREATE VIEW users AS
SELECT
    r.id AS id,
    p.id AS project_id,
    CASE WHEN r.last_ns THEN strftime('%Y-%m-%d %H:%M:%S', r.first_ns / 1000000000, 'unixepoch')
        || printf('.%03d', r.first_ns / 1000000 % 1000) END AS first_timestamp,
    strftime('%Y-%m-%d %H:%M:%S', NULLIF(r.last_ns, 0) / 1000000000, 'unixepoch')
        || printf('.%03d', r.last_ns / 1000000 % 1000) AS last_timestamp,
    CASE WHEN r.last_ns THEN (r.last_ns - r.first_ns) / 1e6 ELSE 0.0 END AS duration_ms,
    r.latency_us / 1e3 AS latency_ms,
    r.trace_count AS trace_count,
    (SELECT count(*) FROM rollup_member WHERE rollup_ref = r.ref AND kind = 'session') AS session_count,
    r.observation_count AS observation_count,
    r.error_count AS error_count,
    (SELECT json_group_array(value) FROM (SELECT value FROM rollup_member
        WHERE rollup_ref = r.ref AND kind = 'session' ORDER BY value)) AS session_ids,
    (SELECT json_group_array(value) FROM (SELECT value FROM rollup_member
        WHERE rollup_ref = r.ref AND kind = 'tag' ORDER BY value)) AS tags,
    (SELECT json_group_object(m.value, json((SELECT c.value FROM trace t
            JOIN claim c ON c.trace_ref = t.ref AND c.field = 'metadata.' || m.value
            WHERE t.user_ref = r.ref ORDER BY t.start_ns DESC, t.id DESC LIMIT 1)))
        FROM rollup_member m WHERE m.rollup_ref = r.ref AND m.kind = 'metadata') AS metadata,
    (SELECT COALESCE(t.environment, 'default') FROM trace t
        WHERE t.user_ref = r.ref ORDER BY t.start_ns DESC, t.id DESC LIMIT 1) AS environment,
    CASE WHEN r.cost_count THEN r.cost / 1e9 END AS calculated_total_cost,
    r.input_tokens AS input_tokens,
    r.output_tokens AS output_tokens,
    r.total_tokens AS total_tokens,
    CASE WHEN r.last_ns THEN r.first_ns ELSE 0 END AS first_time_unix_nano,
    r.last_ns AS last_time_unix_nano
FROM rollup r
JOIN project p ON p.ref = r.project_ref
WHERE r.kind = 'user';

DROP VIEW IF EXISTS scores;
CREATE VIEW scores AS
SELECT
    c.id AS id,
    p.id AS project_id,
    c.name AS name,
    c.value AS value,
    c.string_value AS string_value,
    c.data_type AS data_type,
    c.source AS source,
    c.comment AS comment,
    COALESCE(c.metadata, '{}') AS metadata,
    strftime('%Y-%m-%d %H:%M:%S', c.timestamp_ns / 1000000000, 'unixepoch')
        || printf('.%03d', c.timestamp_ns / 1000000 % 1000) AS timestamp,
    c.session_id AS session_id,
    c.trace_id AS trace_id,
    c.observation_id AS observation_id
FROM score c
JOIN project p ON p.ref = c.project_ref;
