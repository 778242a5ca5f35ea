"""SQL from outside: one question over the public views, bounded in time, rows and size, unable to do anything else.

The inner of two walls. The outer one is the process in which questions run (`query.sql_process`): it bounds what SQLite
takes of memory, and what it does without a look at the clock (one long function, a program that is large to make).
"""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence

from ...errors import BadQuery, QueryTimeout, QueryTooLarge, Unavailable
from ..columns import COLUMNS
from ..selection import SqlFunction, Table

MAX_VALUE = 32 * 2**20
"""Bytes of one value inside a question: a stored text may have 20 MiB."""
MAX_BYTES = 8 * 2**20
"""Size of an answer's values, as they are written out, after which it is cut."""
NUMBER = 8
"""Characters that a number or a null counts for."""
STEPS_BETWEEN_CHECKS = 20_000
"""SQLite instructions between two looks at the clock: about a millisecond, while none of them is a long function."""

_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: MAX_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 128 * 2**10,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_READABLE = frozenset({*COLUMNS, "json_each", "json_tree"})
_FORBIDDEN_FUNCTIONS = frozenset(
    {"load_extension", "writefile", "edit", "readfile", "fts3_tokenizer", "rtreecheck", "sqlite_log"}
)
"""What reaches out of the question."""
_NO_ROOM = frozenset({sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_FULL})
"""What a question, which writes nothing else, says of its temporary files."""
_TYPES = {int: "integer", float: "real", str: "text", bytes: "blob", type(None): "null"}

# as SQLite's tokenizer: its white space and no other, a name in any quotes (even '…'), what is not closed ends the text
_TOKEN = re.compile(
    r"""(?P<gap>[ \t\n\v\f\r\ufeff]|--[^\n]*+|/\*.*?(?:\*/|\Z))"""
    r"""|(?P<blob>[xX]'[^']*+')"""
    r"""|(?P<quoted>'(?:[^']|'')*+'?|"(?:[^"]|"")*+"?|`(?:[^`]|``)*+`?|\[[^\]]*+\]?)"""
    r"""|(?P<word>[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*+)"""
    r"""|(?P<number>[0-9][A-Za-z0-9_.]*+)"""
    r"""|(?P<mark>.)""",
    re.DOTALL,
)
_PARAMETERS = frozenset("?:@#$")
_BEFORE_STAR = frozenset({"=select", "=distinct", "=all", ",", "."})
"""What stands before a `*` that means all columns; elsewhere it multiplies, or counts rows."""


def answer(
    db: sqlite3.Connection,
    query: str,
    limit: int,
    seconds: float,
    stopping: threading.Event,
    functions: Sequence[SqlFunction] = (),
) -> Table:
    """Answer one statement on a read-only connection made for it; whoever sets `stopping` also interrupts `db`.

    `functions` are added to SQLite's own. Raises BadQuery, QueryTooLarge and QueryTimeout, saying what is wrong, and
    Unavailable when it was stopped.
    """
    started = time.perf_counter()
    deadline = started + seconds
    for category, bound in _LIMITS.items():
        db.setlimit(category, bound)
    _check_names(query)
    # their first use on a connection writes to its schema in memory, which the authorizer would refuse
    db.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')")
    for function in functions:
        _add(db, function)
    db.set_authorizer(_permit)
    # the alarm ends a loop at once; the handler catches what began after the alarm, which SQLite then forgets
    db.set_progress_handler(lambda: time.perf_counter() > deadline or stopping.is_set(), STEPS_BETWEEN_CHECKS)
    alarm = threading.Timer(seconds, db.interrupt)
    alarm.daemon = True
    alarm.start()
    try:
        cursor = db.execute(query)
        if cursor.description is None:
            raise BadQuery("this is no question; write a SELECT over the views " + ", ".join(COLUMNS))
        rows, truncated = _rows(cursor, limit)
    except sqlite3.Warning as error:
        raise BadQuery(f"one statement at a time: {error}") from error
    except (sqlite3.Error, ValueError) as error:
        if getattr(error, "sqlite_errorcode", 0) in _NO_ROOM:
            raise QueryTooLarge(
                "the query has more to sort than there may be on disk; ask for less at a time"
            ) from error
        if "interrupted" not in str(error):
            raise BadQuery(_explain(error)) from error
        if stopping.is_set():
            raise Unavailable("sidetrace is stopping") from None
        raise QueryTimeout(f"the query ran longer than {seconds:g} s; narrow it, or raise query.sql_seconds") from None
    except MemoryError as error:
        raise QueryTooLarge("the query needs more memory than it may have; ask for less at a time") from error
    finally:
        alarm.cancel()
        alarm.join()  # it may not meet a closed connection
    names = [column[0] for column in cursor.description]
    columns = [(name, _type(rows, place)) for place, name in enumerate(names)]
    return Table(columns, rows, truncated, round((time.perf_counter() - started) * 1000, 3))


def _add(db: sqlite3.Connection, function: SqlFunction) -> None:
    name, arguments, make, kind, deterministic = function
    if kind == "scalar":
        db.create_function(name, arguments, make, deterministic=deterministic)
    elif kind == "aggregate":
        db.create_aggregate(name, arguments, make)
    else:
        db.create_window_function(name, arguments, make)


def _rows(cursor: sqlite3.Cursor, limit: int) -> tuple[list[tuple[object, ...]], bool]:
    """Return the rows within the limits, and whether there were more."""
    rows: list[tuple[object, ...]] = []
    size = 0
    for row in cursor:
        size += sum(_size(cell) for cell in row)
        if len(rows) == limit or size > MAX_BYTES:
            return rows, True
        rows.append(row)
    return rows, False


def _size(cell: object) -> int:
    """Characters of a value in an answer, roughly; a blob is written as hexadecimal digits."""
    if isinstance(cell, bytes):
        return 2 * len(cell)
    return len(cell) if isinstance(cell, str) else NUMBER


def _permit(action: int, first: str | None, second: str | None, _database: str | None, inside: str | None) -> int:
    """Permit reading the views and, from inside a view only, the tables below them."""
    if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and second not in _FORBIDDEN_FUNCTIONS:
        return sqlite3.SQLITE_OK
    # no column: only that rows are counted, which a flattened view asks of its tables too; `inside` as it was written
    if action == sqlite3.SQLITE_READ and (not second or first in _READABLE or (inside or "").lower() in COLUMNS):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def mentioned(query: str) -> set[str] | None:
    """Return all names and words of a question in lower case, None where it may mean columns without naming them.

    Raises BadQuery for parameters.
    """
    tokens = list(_tokens(query))
    stars = any(mark == "*" and before in _BEFORE_STAR for before, mark in zip(["", *tokens], tokens, strict=False))
    return None if stars or "=natural" in tokens else {token[1:] for token in tokens if token[0] == "="}


def _check_names(query: str) -> None:
    """Refuse WITH names that would open the tables: SQLite names a WITH clause to the authorizer as it names a view."""
    tokens = list(_tokens(query))
    for place, token in enumerate(tokens):
        if token[1:] in COLUMNS and token[0] == "=" and _defines(tokens, place):
            raise BadQuery(f"{token[1:]!r} is the name of a view; give the WITH clause another name")


def _tokens(query: str) -> Iterator[str]:
    """Yield a question's words and names as "=name", its marks as they are; no white space and no comments."""
    for token in _TOKEN.finditer(query):
        text = token[0]
        match token.lastgroup:
            case "word":
                yield f"={text.lower()}"
            case "quoted":
                end = "]" if text[0] == "[" else text[0]
                yield f"={text[1:].removesuffix(end).replace(end * 2, end).lower()}"
            case "mark" if text in _PARAMETERS:
                raise BadQuery(f"unexpected {text!r}: parameters have no values here")
            case "mark":
                yield text
            case "number" | "blob":
                yield "0"


def _defines(tokens: list[str], place: int) -> bool:
    """Whether a name is what `name [(columns)] AS [[NOT] MATERIALIZED] (` gives to a WITH clause."""
    rest = iter(tokens[place + 1 : place + 6])
    following = next(rest, "")
    if following == "(":
        end = place + 2
        while end < len(tokens) and tokens[end] not in ("(", ")"):
            end += 1
        rest = iter(tokens[end + 1 : end + 5])
        following = next(rest, "")
    if following != "=as":
        return False
    return next((token for token in rest if token not in ("=not", "=materialized")), "") == "("


def _type(rows: list[tuple[object, ...]], place: int) -> str:
    """The type of the first value that is not null."""
    return next((_TYPES[type(row[place])] for row in rows if row[place] is not None), "null")


def _explain(error: Exception) -> str:
    text = str(error)
    if "not authorized" in text or "prohibited" in text or "readonly" in text:
        return f"{text}: only questions over the views {', '.join(COLUMNS)} are allowed"
    if "only execute one statement" in text:
        return "one statement at a time"
    if "user-defined" in text:
        return f"a function was given a value that it cannot take, or that is too big (over {MAX_VALUE} bytes)"
    return text
