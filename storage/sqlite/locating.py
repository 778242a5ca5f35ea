"""Questions about texts: which rows hold one, proposed by the index and settled by the texts themselves.

Where the index leaves few observations, these are read first, and the question becomes one for their row numbers. Where
it leaves many, most pages are full soon: then each row is looked at in the order that was asked for, and its texts are
read if the index proposes its block.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import orjson

from ..selection import Condition, Selection, View, conditions_in, rewritten
from .fulltext import BLOCK, EVERYTHING, MARK, input_or_output
from .terms import Run, grams, is_word, runs_of
from .views import VIEWS

READ_AT_ONCE = 24_000
"""Observations that are read to settle a question before anything else is asked; some 60 ms."""
MOST_NAMED = 10_000
"""Traces that are found by their own names likewise."""
MOST_WORDS = 500
"""Words of the list that one run may be a part of; what is a part of more narrows nothing."""

OPERATORS = ("contains", "does not contain", "matches")
_SIDES = ("input", "output")
TEXTS: dict[View, dict[str, tuple[str, ...]]] = {
    "traces": {"text": ("name", *_SIDES), "input": ("input",), "output": ("output",)},
    "observations": {"text": ("name", *_SIDES), "name": ("name",), "input": ("input",), "output": ("output",)},
    "sessions": {"text": ("name", *_SIDES)},
    "users": {"text": ("name", *_SIDES)},
}
"""The columns that the index helps with: which texts, of the row itself or, of a session or user, of its traces."""
PLACES = ("t.root_ref", "t.input_ref", "t.output_ref")
"""The observations that a trace has its input and output from."""

_PROPOSED = f"""
SELECT o.ref FROM json_each(?) j CROSS JOIN observation o
ON o.ref BETWEEN j.value * {BLOCK} AND j.value * {BLOCK} + {BLOCK - 1} WHERE o.ref <= ({MARK})
UNION ALL SELECT ref FROM observation WHERE ref > ({MARK}) UNION ALL SELECT ref FROM fulltext_again
"""
UNREAD = f"""
SELECT (SELECT COALESCE(max(ref), 0) FROM observation) - ({MARK}) + (SELECT count(*) FROM fulltext_again),
    (SELECT COALESCE(max(ref), 0) FROM observation) / {BLOCK} + 1
"""
WORDS = {
    (False, False): "instr(word, ?1) > 0",
    (False, True): "substr(word, -length(?1)) = ?1",
    (True, False): "word >= ?1 AND word < ?1 || char(0x10ffff)",
}
"""How a word has a run in it, by whether it must begin and end where the run does."""


@dataclass(frozen=True, slots=True)
class Located(Condition):
    """A condition on texts with the SQL that settles it."""

    sql: str = ""
    parameters: tuple[object, ...] = ()
    settled: bool = True
    """Whether no text needs to be read any more."""


def locate(db: sqlite3.Connection, selection: Selection, project_ref: int) -> tuple[Selection, bool]:
    """Return a selection with its conditions on texts located; and whether none of them has texts left to read."""
    columns = TEXTS.get(selection.view, {})
    if not any(_is_about(columns, condition) for condition in conditions_in(selection.where)):
        return selection, True
    locator = _Locator(db, selection.view, project_ref)
    where = tuple(
        rewritten(each, lambda one: locator.located(one) if _is_about(columns, one) else one)
        for each in selection.where
    )
    settled = all(one.settled for one in conditions_in(where) if isinstance(one, Located))
    return replace(selection, where=where), settled


def _is_about(columns: dict[str, tuple[str, ...]], condition: Condition) -> bool:
    return (
        condition.column in columns
        and condition.operator in OPERATORS
        and not condition.key
        and isinstance(condition.value, str)
    )


class _Locator:
    def __init__(self, db: sqlite3.Connection, view: View, project_ref: int) -> None:
        self._db = db
        self._view = view
        self._project_ref = project_ref

    def located(self, condition: Condition) -> Located:
        texts, asked = TEXTS[self._view][condition.column], cast(str, condition.value)
        unread, blocks = self._db.execute(UNREAD).fetchone()
        proposed = self._blocks(asked, blocks // 2)
        rows = None
        if proposed is not None and len(proposed) * BLOCK + unread <= READ_AT_ONCE:
            rows = self._rows(texts, asked, proposed)
        settled = rows is not None
        sql, parameters = self._among(rows) if rows is not None else self._read(texts, asked, proposed)
        if condition.operator == "does not contain":
            sql = f"NOT {sql}"
        return Located(condition.column, condition.operator, asked, "", sql, tuple(parameters), settled)

    def _blocks(self, asked: str, most: int) -> list[int] | None:
        """Return the blocks that the index proposes, None where they are more than `most`."""
        groups = [group for group in map(self._group, runs_of(asked)) if group]
        if not groups:
            return None
        # terms hold no quotation mark
        match = " AND ".join(f"({' OR '.join(group)})" for group in groups)
        found = self._db.execute("SELECT rowid FROM fulltext WHERE fulltext MATCH ? LIMIT ?", (match, most + 1))
        blocks = [int(row[0]) for row in found]
        return None if len(blocks) > most else blocks

    def _group(self, run: Run) -> list[str]:
        """Return what a block that holds the run has one of at least; nothing where the index cannot tell."""
        words: list[str] = []
        parts = [f'"{gram}"' for gram in grams(run.text)]
        if is_word(run.text):
            if run.begins and run.ends:
                return [f'"{run.text}"', f'"{EVERYTHING}"']
            where = WORDS[run.begins, run.ends]
            listed = f"SELECT word FROM fulltext_word WHERE {where} LIMIT {MOST_WORDS + 1}"
            words = [f'"{row[0]}"' for row in self._db.execute(listed, (run.text,))] if parts else []
        if not parts or len(words) > MOST_WORDS:
            return []
        return [*words, f"({' AND '.join(parts)})", f'"{EVERYTHING}"']

    def _rows(self, texts: Sequence[str], asked: str, blocks: list[int]) -> list[int] | None:
        """Return the row numbers of the observations or traces that hold a text, None for too many traces."""
        if self._view == "observations":
            holds, parameters = _observation_holds(texts, asked)
            sql = f"SELECT o.ref FROM ({_PROPOSED}) c CROSS JOIN observation o ON o.ref = c.ref WHERE {holds}"
            return [row[0] for row in self._db.execute(sql, (_json(blocks), *parameters))]
        inside = [text for text in texts if text != "name"]
        holds, parameters = _trace_holds(inside, asked)
        sql = (
            f"SELECT DISTINCT t.ref FROM ({_PROPOSED}) c CROSS JOIN observation o ON o.ref = c.ref"
            " CROSS JOIN trace t ON t.ref = o.trace_ref"
            f" WHERE t.project_ref = {self._project_ref} AND o.ref IN ({', '.join(PLACES)}) AND {holds}"
        )
        rows = [row[0] for row in self._db.execute(sql, (_json(blocks), *parameters))]
        if "name" in texts:
            holds, parameters = _trace_holds(("name",), asked)
            sql = f"SELECT t.ref FROM trace t WHERE t.project_ref = {self._project_ref} AND {holds} LIMIT ?"
            named = [row[0] for row in self._db.execute(sql, (*parameters, MOST_NAMED + 1))]
            if len(named) > MOST_NAMED:
                return None
            rows += named
        return rows

    def _among(self, rows: list[int]) -> tuple[str, list[object]]:
        listed = "(SELECT value FROM json_each(?))"
        if self._view in ("traces", "observations"):
            return f"({VIEWS[self._view].key} IN {listed})", [_json(rows)]
        theirs = f"y.{self._view[:-1]}_ref"
        own = f"SELECT {theirs} FROM trace y WHERE y.ref IN {listed} AND {theirs} IS NOT NULL"
        return f"(r.ref IN ({own}))", [_json(rows)]

    def _read(self, texts: Sequence[str], asked: str, blocks: list[int] | None) -> tuple[str, list[object]]:
        """Return the condition that reads the texts of a row, at the places that the index proposes."""
        if self._view == "observations":
            holds, parameters = _observation_holds(texts, asked)
            near, some = _near(("o.ref",), blocks)
            return f"({near} AND {holds})", [*some, *parameters]
        inside = [text for text in texts if text != "name"]
        holds, parameters = _trace_holds(inside, asked)
        near, some = _near(PLACES, blocks)
        sql, parameters = f"({near} AND {holds})", [*some, *parameters]
        if "name" in texts:
            named, more = _trace_holds(("name",), asked)
            sql, parameters = f"({named} OR {sql})", [*more, *parameters]
        if self._view != "traces":
            sql = f"EXISTS (SELECT 1 FROM trace t WHERE t.{self._view[:-1]}_ref = r.ref AND {sql})"
        return sql, parameters


def _near(places: Sequence[str], blocks: list[int] | None) -> tuple[str, list[object]]:
    """Say whether one of these observations must be read."""
    if blocks is None:
        return "1", []
    near = " OR ".join(
        f"{ref} / {BLOCK} IN (SELECT value FROM json_each(?)) OR {ref} > ({MARK})"
        f" OR {ref} IN (SELECT ref FROM fulltext_again)"
        for ref in places
    )
    return f"COALESCE({near}, 0)", [_json(blocks)] * len(places)


def _observation_holds(texts: Sequence[str], asked: str) -> tuple[str, list[object]]:
    sides = [f"instr(lower({input_or_output(side)}), lower(?)) > 0" for side in _SIDES if side in texts]
    tests = ["instr(lower(o.name), lower(?)) > 0"] if "name" in texts else []
    if sides:  # both of one look at the span
        tests.append(f"EXISTS (SELECT 1 FROM span x WHERE x.ref = o.ref AND ({' OR '.join(sides)}))")
    return f"({' OR '.join(tests)})", [asked] * len(texts)


def _trace_holds(texts: Sequence[str], asked: str) -> tuple[str, list[object]]:
    columns = VIEWS["traces"].columns
    tests = [f"COALESCE(instr(lower({columns[text]}), lower(?)) > 0, 0)" for text in texts]
    return f"({' OR '.join(tests)})", [asked] * len(texts)


def _json(values: Sequence[int]) -> str:
    return orjson.dumps(values).decode()
