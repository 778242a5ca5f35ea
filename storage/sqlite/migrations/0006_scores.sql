-- When the event was made that says what a score says: of two under one id, the later one stands.
ALTER TABLE score ADD COLUMN told_ns INTEGER NOT NULL DEFAULT 0;

-- Scores that came with telemetry (origin: its trace, or a call) and were deleted: they do not come back with it.
CREATE TABLE score_gone (
    project_ref INTEGER NOT NULL, origin TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (project_ref, origin, id)
) WITHOUT ROWID;
