"""SQL from outside: one question over the public views, bounded in time and rows, unable to do anything else."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable

from ...errors import BadQuery, QueryTimeout
from ..columns import COLUMNS
from ..selection import Table

MAX_BYTES = 64 * 2**20
"""Size of an answer's texts and blobs after which it is cut."""
STEPS_BETWEEN_CHECKS = 20_000
"""SQLite instructions between two looks at the clock: about a millisecond."""

_SCHEMA_TABLES = {"sqlite_schema", "sqlite_master", "sqlite_temp_schema", "sqlite_temp_master"}
# SQLite names the WITH clause to the authorizer as it names a view: such a name would open the tables
_SHADOW = re.compile(
    rf"\b({'|'.join(COLUMNS)})\b[\"'`\]]?\s*(\([^()]*\)\s*)?AS\s*(NOT\s+)?(MATERIALIZED\s*)?\(", re.IGNORECASE
)
_FORBIDDEN_FUNCTIONS = frozenset({"load_extension", "writefile", "edit", "readfile", "fts3_tokenizer"})
_TYPES = {int: "integer", float: "real", str: "text", bytes: "blob", type(None): "null"}


def _authorizer(db: sqlite3.Connection) -> Callable[[int, str | None, str | None, str | None, str | None], int]:
    """Permit reading the views and, from inside a view only, the tables below them."""
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")} | _SCHEMA_TABLES

    def permit(action: int, first: str | None, second: str | None, _database: str | None, inside: str | None) -> int:
        if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION and second not in _FORBIDDEN_FUNCTIONS:
            return sqlite3.SQLITE_OK
        # no column: only that rows are counted, which a flattened view asks of its tables too
        if action == sqlite3.SQLITE_READ and (not second or first not in tables or inside in COLUMNS):
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    return permit


def answer(db: sqlite3.Connection, query: str, limit: int, seconds: float) -> Table:
    """Answer one statement on a read-only connection made for it.

    Raises BadQuery and QueryTimeout, saying what is wrong.
    """
    started = time.perf_counter()
    deadline = started + seconds
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_BYTES)
    shadowed = _SHADOW.search(query)
    if shadowed:
        raise BadQuery(f"{shadowed[1]!r} is the name of a view; give the WITH clause another name")
    # their first use on a connection writes to its schema in memory, which the authorizer would refuse
    db.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')")
    db.set_authorizer(_authorizer(db))
    db.set_progress_handler(lambda: time.perf_counter() > deadline, STEPS_BETWEEN_CHECKS)
    try:
        cursor = db.execute(query)
        if cursor.description is None:
            raise BadQuery("this is no question; write a SELECT over the views " + ", ".join(COLUMNS))
        rows: list[tuple[object, ...]] = []
        size = 0
        truncated = False
        for row in cursor:
            size += sum(len(cell) for cell in row if isinstance(cell, str | bytes))
            if len(rows) == limit or size > MAX_BYTES:
                truncated = True
                break
            rows.append(row)
    except sqlite3.Warning as error:
        raise BadQuery(f"one statement at a time: {error}") from error
    except (sqlite3.Error, ValueError) as error:
        if "interrupted" in str(error):
            raise QueryTimeout(
                f"the query ran longer than {seconds:g} s; narrow it, or raise query.sql_seconds"
            ) from None
        raise BadQuery(_explain(error)) from error
    names = [column[0] for column in cursor.description]
    columns = [(name, _type(rows, place)) for place, name in enumerate(names)]
    return Table(columns, rows, truncated, round((time.perf_counter() - started) * 1000, 3))


def _type(rows: list[tuple[object, ...]], place: int) -> str:
    """The type of the first value that is not null."""
    return next((_TYPES[type(row[place])] for row in rows if row[place] is not None), "null")


def _explain(error: Exception) -> str:
    text = str(error)
    if "not authorized" in text or "prohibited" in text or "readonly" in text:
        return f"{text}: only questions over the views {', '.join(COLUMNS)} are allowed"
    if "only execute one statement" in text:
        return "one statement at a time"
    return text
