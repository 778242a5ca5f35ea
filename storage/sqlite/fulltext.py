"""Full text: an index of which terms stand in which block of observations, that follows the commits.

A block is 16 row numbers. FTS5 has one row for each, of the terms (terms.py) of all names, inputs and outputs in it: a
row for each observation would take 1.5 to 6 times the room. So the index proposes blocks, and what they hold is
compared with the question itself (locating.py). It need not be exact, only never short of a term:

- What lies behind the mark, and what has changed since it was indexed, is read by every question.
- A block may keep terms that its rows no longer have. Those of deleted rows are taken out all the same.

The writer fills it between commits, slice by slice; the mark moves in the same transaction, so that a crash loses
nothing and a question is right at any moment.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import groupby

import orjson

from .terms import GRAM, terms_of

BLOCK = 16
SLICE_ROWS = 1024
"""Observations of one slice, some 50 ms, while nothing else has to be written."""
SLICE_BYTES = 8_000_000
"""Bytes of text after which a slice ends with the block; a larger block is a slice of its own."""
SLICE_FURTHER = 256
"""Changed observations, blocks that rows have gone from, and words that one slice looks after."""
MOST_GRAMS = 4096
"""Grams of a block, beyond which (base64) they are not told apart: such a block is read by every question."""
EVERYTHING = "1"
"""The term of such a block."""
PADDING = GRAM
"""A term that nobody asks for, and a block that nobody reads."""
NOWHERE = -1
REMEMBERED = 60_000
"""Words that are known to be in the list of words."""

TRACE_KEYS = ("langfuse.trace.input", "langfuse.trace.output")
"""Attributes that a trace can have as its input or output without being its observation's."""


def input_or_output(side: str) -> str:
    """Return the text of an observation's input or output, of span x."""
    key = f"SELECT json_extract(x.attributes, '$.\"' || k.key || '\"') FROM attribute_key k WHERE k.ref = x.{side}_key"
    return f"COALESCE(x.{side}, ({key}))"


def _of_trace(key: str) -> str:
    held = f"json_extract(x.attributes, '$.\"{key}\"')"
    return f"CASE WHEN instr(x.attributes, '\"{key}\"') THEN {held} END"


_TEXTS = ("o.name", input_or_output("input"), input_or_output("output"), *map(_of_trace, TRACE_KEYS))
_ROWS = (
    # as blobs: a text that is not UTF-8 must not stop the index
    f"SELECT o.ref, {', '.join(f'CAST({text} AS BLOB)' for text in _TEXTS)}"
    " FROM observation o CROSS JOIN span x ON x.ref = o.ref WHERE"
)
AFTER = f"{_ROWS} o.ref > ? AND o.ref <= ? ORDER BY o.ref LIMIT ?"
OF_BLOCK = f"{_ROWS} o.ref BETWEEN ? AND ? ORDER BY o.ref"
AGAIN = f"{_ROWS} o.ref IN (SELECT ref FROM fulltext_again ORDER BY ref LIMIT ?) ORDER BY o.ref"
OF_REFS = f"{_ROWS} o.ref IN (SELECT value FROM json_each(?)) ORDER BY o.ref"
MARK = "SELECT upto FROM fulltext_mark"
DOUBT = "INSERT OR IGNORE INTO fulltext_unsure SELECT value FROM json_each(?)"
LIST_WORDS = "INSERT OR IGNORE INTO fulltext_word SELECT value FROM json_each(?)"
POST = "INSERT INTO fulltext (rowid, terms) VALUES (?, ?)"
TAKE_BACK = "INSERT INTO fulltext (fulltext, rowid, terms) VALUES ('delete', ?, ?)"
GONE = "SELECT ref, block, terms FROM fulltext_gone ORDER BY ref LIMIT ?"
UNUSED = """
SELECT u.word FROM (SELECT word FROM fulltext_unsure ORDER BY word LIMIT ?) u
WHERE NOT EXISTS (SELECT 1 FROM fulltext f WHERE f.fulltext MATCH '"' || u.word || '"')
"""
CHANGES = "SELECT 1 FROM fulltext_again UNION ALL SELECT 1 FROM fulltext_gone UNION ALL SELECT 1 FROM fulltext_unsure"


class Follower:
    """Fills the index, on the writer's connection and thread."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._listed: set[str] = set()

    def step(self, most: int = SLICE_ROWS) -> bool:
        """Index the next `most` observations in a transaction; say whether there is more. Raises as any commit."""
        db = self._db
        upto = int(db.execute(MARK).fetchone()[0])
        newest = int(db.execute("SELECT COALESCE(max(ref), -1) FROM observation").fetchone()[0])
        blocks, reached = self._read(upto, (newest + 1) // BLOCK * BLOCK - 1, most)
        changes = db.execute(CHANGES).fetchone() is not None
        if reached <= upto and not changes:
            return False
        db.execute("BEGIN IMMEDIATE")
        try:
            # older blocks first: FTS5 takes row numbers that rise, and empties its memory where one does not
            if changes:
                self._take_back()
                self._post_again()
            for block, rows in blocks:
                self._post(block, rows)
            db.execute("UPDATE fulltext_mark SET upto = ?", (max(reached, upto),))
            more = changes and self._drop_words()
            db.execute("COMMIT")
        except BaseException:
            self._listed.clear()
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        return more or reached + BLOCK <= newest

    def _read(self, upto: int, last: int, most: int) -> tuple[list[tuple[int, list[bytes]]], int]:
        """Return the next whole blocks with their texts, and the row number up to which they reach."""
        if last <= upto:
            return [], upto
        rows = self._db.execute(AFTER, (upto, last, most)).fetchall()
        cut = len(rows) == most
        blocks: list[tuple[int, list[bytes]]] = []
        size = 0
        for block, group in groupby(rows, lambda row: int(row[0]) // BLOCK):
            if size > SLICE_BYTES:
                return blocks, blocks[-1][0] * BLOCK + BLOCK - 1
            texts = [text for row in group for text in row[1:] if text is not None]
            size += sum(map(len, texts))
            blocks.append((block, texts))
        if cut and len(blocks) > 1:
            blocks.pop()  # there may be more of it
            return blocks, blocks[-1][0] * BLOCK + BLOCK - 1
        return blocks, last

    def _post(self, block: int, texts: Iterable[bytes]) -> None:
        words, grams = terms_of(texts)
        if len(grams) > MOST_GRAMS:
            words, grams = self._known(words), {EVERYTHING}
        new = words - self._listed
        if new:
            self._db.execute(LIST_WORDS, (_json(new),))
            if len(self._listed) > REMEMBERED:
                self._listed.clear()
            self._listed |= new
        if words or grams:
            self._db.execute(POST, (block, " ".join((*words, *grams))))

    def _known(self, words: set[str]) -> set[str]:
        """Return those of some words that are in the list: base64 must not fill it with what looks like words."""
        known = "SELECT value FROM json_each(?) WHERE value IN (SELECT word FROM fulltext_word)"
        return {row[0] for row in self._db.execute(known, (_json(words),))}

    def _take_back(self) -> None:
        """Take the terms of rows that have gone out of their blocks, but for those that other rows there have."""
        gone: dict[int, set[str]] = {}
        rows = self._db.execute(GONE, (SLICE_FURTHER,)).fetchall()
        for _, block, terms in rows:
            gone.setdefault(block, set()).update(terms.split(" "))
        if not rows:
            return
        # FTS5 keeps count of rows and terms, takes as many off as it is told, and gives up below zero
        most = max(map(len, gone.values()))
        self._db.execute(POST, (NOWHERE, " ".join([PADDING] * most)))
        for block, terms in sorted(gone.items()):
            kept = self._db.execute(OF_BLOCK, (block * BLOCK, block * BLOCK + BLOCK - 1))
            words, grams = terms_of(text for row in kept for text in row[1:] if text is not None)
            terms -= words | grams
            if terms:
                self._db.execute(TAKE_BACK, (block, " ".join(terms)))
                self._db.execute(POST, (block, " ".join([PADDING] * len(terms))))
                unsure = [term for term in terms if not term.startswith(GRAM)]
                self._db.execute(DOUBT, (_json(unsure),))
        self._db.execute("DELETE FROM fulltext_gone WHERE ref <= ?", (rows[-1][0],))

    def _post_again(self) -> None:
        """Add the terms of changed observations to their blocks."""
        rows = self._db.execute(AGAIN, (SLICE_FURTHER,)).fetchall()
        for block, group in groupby(rows, lambda row: int(row[0]) // BLOCK):
            self._post(block, [text for row in group for text in row[1:] if text is not None])
        some = "SELECT ref FROM fulltext_again ORDER BY ref LIMIT ?"
        self._db.execute(f"DELETE FROM fulltext_again WHERE ref IN ({some})", (SLICE_FURTHER,))

    def _drop_words(self) -> bool:
        """Take words off the list that no block has any more, when all else is done; say whether more is to do."""
        db = self._db
        if db.execute("SELECT 1 FROM fulltext_again UNION ALL SELECT 1 FROM fulltext_gone").fetchone() is not None:
            return True
        unused = [row[0] for row in db.execute(UNUSED, (SLICE_FURTHER,))]
        self._listed.difference_update(unused)
        db.execute("DELETE FROM fulltext_word WHERE word IN (SELECT value FROM json_each(?))", (_json(unused),))
        some = "SELECT word FROM fulltext_unsure ORDER BY word LIMIT ?"
        db.execute(f"DELETE FROM fulltext_unsure WHERE word IN ({some})", (SLICE_FURTHER,))
        return db.execute("SELECT 1 FROM fulltext_unsure").fetchone() is not None


def written(db: sqlite3.Connection, refs: Sequence[int]) -> None:
    """Have observations read by every question, and indexed again, of which the mark has passed the row number.

    Because their texts change, or because they take the place of others. Inside a transaction.
    """
    if refs and min(refs) <= int(db.execute(MARK).fetchone()[0]):
        db.execute(
            f"INSERT OR IGNORE INTO fulltext_again SELECT value FROM json_each(?) WHERE value <= ({MARK})",
            (_json(refs),),
        )


def forget(db: sqlite3.Connection, refs: Iterable[int]) -> None:
    """Have the terms of observations taken out of the index, before their rows go or change. Inside a transaction."""
    upto = int(db.execute(MARK).fetchone()[0])
    passed = sorted(ref for ref in refs if ref <= upto)
    if not passed:
        return
    rows = db.execute(OF_REFS, (_json(passed),))
    for block, group in groupby(rows, lambda row: int(row[0]) // BLOCK):
        words, grams = terms_of(text for row in group for text in row[1:] if text is not None)
        if words or grams:
            gone = " ".join((*words, *grams))
            db.execute("INSERT INTO fulltext_gone (block, terms) VALUES (?, ?)", (block, gone))
    db.execute("DELETE FROM fulltext_again WHERE ref IN (SELECT value FROM json_each(?))", (_json(passed),))


def _json(values: Iterable[str] | Iterable[int]) -> str:
    return orjson.dumps(list(values)).decode()
