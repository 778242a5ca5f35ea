-- Questions that somebody saved by name, as they were typed.
CREATE TABLE saved_query (
    project_ref INTEGER NOT NULL, name TEXT NOT NULL, query TEXT NOT NULL, saved_ns INTEGER NOT NULL,
    PRIMARY KEY (project_ref, name)
) WITHOUT ROWID;
