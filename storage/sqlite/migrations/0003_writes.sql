-- Scores, bookmarks and links that people write, and the events of older clients.

ALTER TABLE score ADD COLUMN environment TEXT;
ALTER TABLE score ADD COLUMN config_id TEXT;
ALTER TABLE score ADD COLUMN queue_id TEXT;
-- When it was posted first and last; NULL for a score that came with telemetry.
ALTER TABLE score ADD COLUMN created_ns INTEGER;
ALTER TABLE score ADD COLUMN updated_ns INTEGER;
CREATE INDEX score_by_trace ON score (project_ref, trace_id) WHERE trace_id IS NOT NULL;
CREATE INDEX score_by_session ON score (project_ref, session_id) WHERE session_id IS NOT NULL;
CREATE INDEX score_by_time ON score (project_ref, timestamp_ns);

-- What people did to a session or trace (kind). public: NULL where nobody said. share: the token of its link.
CREATE TABLE mark (
    project_ref INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    bookmarked INTEGER NOT NULL, public INTEGER, share TEXT UNIQUE,
    PRIMARY KEY (project_ref, kind, id)
) WITHOUT ROWID;

-- An event of Langfuse's ingestion API: what it says about the observation or trace `entity_id` (kind: observation,
-- trace). `content` is the digest of what it says, so that a repeat changes nothing.
CREATE TABLE event (
    project_ref INTEGER NOT NULL, trace_id TEXT NOT NULL, kind TEXT NOT NULL, entity_id TEXT NOT NULL,
    time_ns INTEGER NOT NULL, id TEXT NOT NULL, content BLOB NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (project_ref, trace_id, kind, entity_id, time_ns, id, content)
) WITHOUT ROWID;
CREATE INDEX event_by_entity ON event (project_ref, entity_id, kind);

-- hidden: 1 for the observation that stands for what events say about the trace itself, which no view shows.
ALTER TABLE observation ADD COLUMN hidden INTEGER;
