"""Saved queries: what people asked and want to ask again, by name."""

from __future__ import annotations

import sqlite3

from ..store import SavedQuery


def load(db: sqlite3.Connection, project_ref: int) -> list[SavedQuery]:
    """Return the saved queries of a project, by name."""
    rows = db.execute(
        "SELECT name, query, saved_ns FROM saved_query WHERE project_ref = ? ORDER BY name", (project_ref,)
    )
    return [SavedQuery(*row) for row in rows]


def put(db: sqlite3.Connection, project_ref: int, name: str, text: str, now_ns: int) -> SavedQuery:
    """Save a query, in the place of one of that name, and return it."""
    db.execute(
        "INSERT OR REPLACE INTO saved_query (project_ref, name, query, saved_ns) VALUES (?, ?, ?, ?)",
        (project_ref, name, text, now_ns),
    )
    return SavedQuery(name, text, now_ns)


def delete(db: sqlite3.Connection, project_ref: int, name: str) -> bool:
    """Delete a query; say whether there was one."""
    deleted = db.execute("DELETE FROM saved_query WHERE project_ref = ? AND name = ?", (project_ref, name))
    return deleted.rowcount > 0
