-- Calls that are reported more than once, prices, log records, conflicts and derived scores.

-- response_id: the model provider's id of a call. call_kind: among reports of one call the smallest is preferred
-- (calls.py). chosen: bits, what of this report counts (1 tokens, 2 cost). pairs_below: tokens that the nearest
-- reporting observations below it bring (lineage.py). priced: 1 where the cost comes from the price list.
ALTER TABLE observation ADD COLUMN response_id TEXT;
ALTER TABLE observation ADD COLUMN call_kind INTEGER;
ALTER TABLE observation ADD COLUMN chosen INTEGER;
ALTER TABLE observation ADD COLUMN pairs_below TEXT;
ALTER TABLE observation ADD COLUMN priced INTEGER;
CREATE INDEX observation_by_response ON observation (response_id, call_kind, trace_ref) WHERE chosen > 0;
-- for `doctor`: models without a price
CREATE INDEX observation_unpriced ON observation (model)
    WHERE cost IS NULL AND total_tokens > 0 AND model IS NOT NULL;

-- joined: bits, which texts come from log records (1 input, 2 output).
ALTER TABLE span ADD COLUMN joined INTEGER;

-- A log record as it arrived; `digest` stands for its content, so that a repeat changes nothing. at_ns: its time, or
-- when it was observed where it has none.
CREATE TABLE log (
    ref INTEGER PRIMARY KEY, project_ref INTEGER NOT NULL, digest TEXT NOT NULL,
    trace_id TEXT, span_id TEXT, response_id TEXT,
    at_ns INTEGER NOT NULL, time_ns INTEGER NOT NULL, observed_ns INTEGER NOT NULL,
    severity_number INTEGER, severity_text TEXT, event_name TEXT, body TEXT, attributes TEXT NOT NULL,
    flags INTEGER, dropped_attributes_count INTEGER,
    resource_ref INTEGER NOT NULL, scope_ref INTEGER NOT NULL, wire BLOB
);
CREATE UNIQUE INDEX log_by_digest ON log (project_ref, digest);
CREATE INDEX log_by_time ON log (project_ref, at_ns);
CREATE INDEX log_by_span ON log (project_ref, trace_id, span_id, at_ns, digest) WHERE trace_id IS NOT NULL;
CREATE INDEX log_by_response ON log (project_ref, response_id, trace_id, at_ns, digest) WHERE response_id IS NOT NULL;

-- All values that the spans of a trace claim for its session or user, where they are not of one mind.
CREATE TABLE contender (
    trace_ref INTEGER NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (trace_ref, field, value)
) WITHOUT ROWID;

-- origin: the id of the trace whose telemetry brought the score, `call:ID` for a log record without a trace that names
-- the response id of a call, NULL for a score that somebody posted.
ALTER TABLE score ADD COLUMN origin TEXT;
CREATE INDEX score_by_origin ON score (project_ref, origin) WHERE origin IS NOT NULL;

-- What a later writer must know. mapping: the configured keys (JSON) by which the file was mapped last.
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- One row: how far `remap` has come. `next_ref`: the first trace to do, up to `last_ref`; NULL: nothing to do.
CREATE TABLE remap (
    ref INTEGER PRIMARY KEY CHECK (ref = 1), next_ref INTEGER, last_ref INTEGER NOT NULL,
    done INTEGER NOT NULL, total INTEGER NOT NULL, begun_ns INTEGER NOT NULL
);
