-- Full text, by blocks of 16 row numbers of observations (fulltext.py): which terms stand in a block, and no text.
CREATE VIRTUAL TABLE fulltext USING fts5(terms, content = '', columnsize = 0, detail = none, tokenize = 'ascii');
-- The words among the terms, for questions about a part of a word.
CREATE TABLE fulltext_word (word TEXT PRIMARY KEY) WITHOUT ROWID;
-- What the writer has still to do: observations whose texts have changed since they were indexed; terms of rows that
-- have gone from a block, with a space between; words that perhaps no block has any more.
CREATE TABLE fulltext_again (ref INTEGER PRIMARY KEY);
CREATE TABLE fulltext_gone (ref INTEGER PRIMARY KEY, block INTEGER NOT NULL, terms TEXT NOT NULL);
CREATE TABLE fulltext_unsure (word TEXT PRIMARY KEY) WITHOUT ROWID;
-- One row: the observation up to which the index has come.
CREATE TABLE fulltext_mark (ref INTEGER PRIMARY KEY CHECK (ref = 1), upto INTEGER NOT NULL);
INSERT INTO fulltext_mark VALUES (1, -1);
