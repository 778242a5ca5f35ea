-- The tables, version 1. Ours to change, with a migration; the public SQL is the views (views.py).
-- `ref` columns are row numbers inside this file and never leave it. Times are nanoseconds since the epoch (0: unset),
-- latencies microseconds, costs nano-dollars: integers, so that sums are exact and do not depend on order.

CREATE TABLE project (ref INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);

-- What was received. ---------------------------------------------------------------------------------------------

CREATE TABLE resource (
    ref INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE,
    attributes TEXT NOT NULL, dropped_attributes_count INTEGER NOT NULL, schema_url TEXT NOT NULL, wire BLOB
);
CREATE TABLE scope (
    ref INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL, version TEXT NOT NULL,
    attributes TEXT NOT NULL, dropped_attributes_count INTEGER NOT NULL, schema_url TEXT NOT NULL, wire BLOB
);
CREATE TABLE attribute_key (ref INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);

-- A span as it arrived, less what its observation (same ref) says already. NULL is the usual value: the name, start
-- and end of the observation, no events, a count of 0. The texts that are the observation's input and output stand in
-- their own columns and not in `attributes`, so that each byte is stored once.
CREATE TABLE span (
    ref INTEGER PRIMARY KEY,
    resource_ref INTEGER NOT NULL, scope_ref INTEGER NOT NULL,
    attributes TEXT NOT NULL,
    input_key INTEGER, output_key INTEGER, input TEXT, output TEXT,
    events TEXT, links TEXT,
    name TEXT, kind INTEGER, start_ns INTEGER, end_ns INTEGER,
    status_code INTEGER, status_message TEXT, trace_state TEXT, flags INTEGER,
    dropped_attributes_count INTEGER, dropped_events_count INTEGER, dropped_links_count INTEGER,
    wire BLOB
);

-- What it means. --------------------------------------------------------------------------------------------------

CREATE TABLE observation (
    ref INTEGER PRIMARY KEY,
    trace_ref INTEGER NOT NULL, id TEXT NOT NULL, parent_id TEXT,
    start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL, completion_start_ns INTEGER,
    type TEXT NOT NULL, name TEXT NOT NULL, level INTEGER NOT NULL, status_message TEXT,
    usage_below INTEGER NOT NULL, counted INTEGER NOT NULL, -- bits: 1 tokens, 2 cost
    input_tokens INTEGER, output_tokens INTEGER, total_tokens INTEGER, cost INTEGER,
    model TEXT, model_parameters TEXT, metadata TEXT, usage_details TEXT, cost_details TEXT,
    prompt_name TEXT, prompt_version TEXT, version TEXT, environment TEXT
);
CREATE UNIQUE INDEX observation_by_trace ON observation (trace_ref, id);
CREATE INDEX observation_by_start ON observation (start_ns);

CREATE TABLE trace (
    ref INTEGER PRIMARY KEY, project_ref INTEGER NOT NULL, id TEXT NOT NULL,
    start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,
    name TEXT, session_ref INTEGER, user_ref INTEGER,
    release TEXT, version TEXT, environment TEXT, public INTEGER NOT NULL,
    root_ref INTEGER, input_ref INTEGER, input_key TEXT, output_ref INTEGER, output_key TEXT,
    level INTEGER NOT NULL, observation_count INTEGER NOT NULL, error_count INTEGER NOT NULL,
    warning_count INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, total_tokens INTEGER NOT NULL,
    cost INTEGER NOT NULL, cost_count INTEGER NOT NULL, orphan_count INTEGER NOT NULL
);
CREATE UNIQUE INDEX trace_by_id ON trace (project_ref, id);
CREATE INDEX trace_by_start ON trace (project_ref, start_ns);
CREATE INDEX trace_by_session ON trace (session_ref, start_ns) WHERE session_ref IS NOT NULL;
CREATE INDEX trace_by_user ON trace (user_ref, start_ns) WHERE user_ref IS NOT NULL;
-- for the last end of a session or user that a trace has left
CREATE INDEX trace_by_session_end ON trace (session_ref, end_ns) WHERE session_ref IS NOT NULL;
CREATE INDEX trace_by_user_end ON trace (user_ref, end_ns) WHERE user_ref IS NOT NULL;

CREATE TABLE trace_tag (trace_ref INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (trace_ref, tag)) WITHOUT ROWID;

-- Sessions and users: the same sums over the traces that name them.
CREATE TABLE rollup (
    ref INTEGER PRIMARY KEY, project_ref INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL,
    trace_count INTEGER NOT NULL, observation_count INTEGER NOT NULL, error_count INTEGER NOT NULL,
    latency_us INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, total_tokens INTEGER NOT NULL,
    cost INTEGER NOT NULL, cost_count INTEGER NOT NULL
);
CREATE UNIQUE INDEX rollup_by_id ON rollup (project_ref, kind, id);
CREATE INDEX rollup_by_first ON rollup (project_ref, kind, first_ns);

-- What the traces of a rollup have in common, with the number of traces that have it. kind: tag, metadata (a key),
-- session or user (an id).
CREATE TABLE rollup_member (
    rollup_ref INTEGER NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, trace_count INTEGER NOT NULL,
    PRIMARY KEY (rollup_ref, kind, value)
) WITHOUT ROWID;

-- How a trace's fields are settled (ARCHITECTURE.md, "One trace, many claims"). ---------------------------------------

-- The value of each field now. `rank` and `settled`: the best claim of spans whose place in the tree is final.
-- `orphan_rank` and `orphan`: the best claim of spans whose parent is unknown. The higher rank's is the value, and
-- stands in `value` only (NULL in its own column). `orphan_count`: how many orphans claim the field.
CREATE TABLE claim (
    trace_ref INTEGER NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
    rank BLOB, settled TEXT, orphan_rank BLOB, orphan TEXT, orphan_count INTEGER NOT NULL,
    PRIMARY KEY (trace_ref, field)
) WITHOUT ROWID;
-- Observations that wait for their parent, in the order in which claims of one tier go, with the claims they make
-- (JSON: [[field, tier, value], ...]; NULL: their rank is final, only their place in the tree is not).
CREATE TABLE orphan (
    trace_ref INTEGER NOT NULL, start_ns INTEGER NOT NULL, id TEXT NOT NULL,
    parent_id TEXT NOT NULL, observation_ref INTEGER NOT NULL, claims TEXT,
    PRIMARY KEY (trace_ref, start_ns, id)
) WITHOUT ROWID;
CREATE INDEX orphan_by_parent ON orphan (trace_ref, parent_id);

-- Scores (written by a later version; the view is here so that its shape is settled). ---------------------------------

CREATE TABLE score (
    ref INTEGER PRIMARY KEY, project_ref INTEGER NOT NULL, id TEXT NOT NULL,
    name TEXT NOT NULL, value REAL, string_value TEXT, data_type TEXT NOT NULL, source TEXT NOT NULL, comment TEXT,
    metadata TEXT, timestamp_ns INTEGER NOT NULL, session_id TEXT, trace_id TEXT, observation_id TEXT
);
CREATE UNIQUE INDEX score_by_id ON score (project_ref, id);

-- What happened, for `doctor`. kind: count, rejection, problem. ----------------------------------------------------

CREATE TABLE tally (
    kind TEXT NOT NULL, name TEXT NOT NULL, count INTEGER NOT NULL, last_ns INTEGER NOT NULL, example TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;
