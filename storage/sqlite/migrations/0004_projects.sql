-- What happened, by project: 0 for what was refused before anybody knew whose it was.
CREATE TEMP TABLE counted AS SELECT * FROM tally;
DROP TABLE tally;
CREATE TABLE tally (
    project_ref INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    count INTEGER NOT NULL, last_ns INTEGER NOT NULL, example TEXT NOT NULL,
    PRIMARY KEY (project_ref, kind, name)
) WITHOUT ROWID;
INSERT INTO tally SELECT COALESCE((SELECT ref FROM project WHERE id = 'default'), 0), * FROM counted;
DROP TABLE temp.counted;
