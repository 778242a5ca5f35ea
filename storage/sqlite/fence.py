"""SQL for one project of a file that holds several: a connection on which there is nothing else.

The file is attached under a name that nobody can guess. What a question can name are temporary views of the rows of the
project, and empty ones in the place of every table of the file, since SQLite looks for a bare name there first. So no
wording leads out; that the sandbox's authorizer refuses tables comes on top.

Where other projects have rows too, each view ends in `LIMIT -1`, which keeps SQLite from mixing the conditions of a
question with the one on the project: a condition that was tried on a foreign row first could tell of it, by an error
or by the time it takes. The price is a walk over the project's rows for every question. Columns that cost something
are looked up afterwards, by id, for the rows that are left.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from ..columns import COLUMNS
from ..selection import View
from .database import open_attached, open_reader
from .sandbox import mentioned
from .views import VIEWS

COSTLY = frozenset({"payload", "object", "list"})
"""Kinds of columns that are not part of the walk."""
IDS: dict[View, tuple[str, ...]] = dict.fromkeys(COLUMNS, ("id",)) | {"observations": ("trace_id", "id")}
"""What names a row of a view inside its project."""

OTHERS = """
SELECT EXISTS (
    SELECT 1 FROM {file}.project p WHERE p.ref <> ? AND (
        EXISTS (SELECT 1 FROM {file}.trace WHERE project_ref = p.ref)
        OR EXISTS (SELECT 1 FROM {file}.rollup WHERE project_ref = p.ref)
        OR EXISTS (SELECT 1 FROM {file}.log WHERE project_ref = p.ref)
        OR EXISTS (SELECT 1 FROM {file}.score WHERE project_ref = p.ref)
    )
)
"""


def open_question(path: Path, project: str | None, query: str) -> sqlite3.Connection:
    """Open the file for one question, over all projects or as if there were only `project`.

    Raises BadQuery, and StoreError as `open_reader` does.
    """
    return open_reader(path) if project is None else _open_fenced(path, project, query)


def _open_fenced(path: Path, project: str, query: str) -> sqlite3.Connection:
    file = f"file_{os.urandom(16).hex()}"
    named = mentioned(query)
    db = open_attached(path, file)
    try:
        db.execute("BEGIN")  # one state of the file, from here to the answer
        row = db.execute(f"SELECT ref FROM {file}.project WHERE id = ?", (project,)).fetchone()
        shared = bool(db.execute(OTHERS.format(file=file), (row[0] if row else 0,)).fetchone()[0])
        tables = db.execute(f"SELECT name FROM {file}.sqlite_schema WHERE type IN ('table', 'view')").fetchall()
        for (name,) in tables:
            if name in COLUMNS:
                _make(db, file, name, project, named, shared)
            elif not name.startswith("sqlite_"):
                db.execute(f'CREATE TEMP VIEW "{name}" AS SELECT NULL AS none WHERE 0')
        db.execute("PRAGMA query_only = 1")
    except BaseException:
        db.close()
        raise
    return db


def _make(db: sqlite3.Connection, file: str, view: View, project: str, named: set[str] | None, shared: bool) -> None:
    """Make a view of the project's rows."""
    mine = _literal(project)
    wanted = [name for name in VIEWS[view].columns if named is None or name in named or name in IDS[view]]
    if not shared:
        columns = ", ".join(f"{mine} AS {name}" if name == "project_id" else name for name in wanted)
        db.execute(f"CREATE TEMP VIEW {view} AS SELECT {columns} FROM {file}.{view} WHERE project_id = {mine}")
        return
    costly = [name for name in wanted if COLUMNS[view][name] in COSTLY]
    walked = ", ".join(name for name in wanted if name not in costly)
    here = " AND ".join([f"v.project_id = {mine}", *(f"v.{name} = k.{name}" for name in IDS[view])])
    columns = ", ".join(
        f"(SELECT v.{name} FROM {file}.{view} v WHERE {here}) AS {name}" if name in costly else f"k.{name} AS {name}"
        for name in wanted
    )
    rows = f"SELECT {walked} FROM {file}.{view} WHERE project_id = {mine} LIMIT -1"
    db.execute(f"CREATE TEMP VIEW {view} AS SELECT {columns} FROM ({rows}) k")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
