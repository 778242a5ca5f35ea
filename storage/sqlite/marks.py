"""Bookmarks and publications: what people did to sessions and traces, and the tokens of their links."""

from __future__ import annotations

import secrets
import sqlite3
from typing import Literal

from ...errors import NotFound
from ..store import Mark, Shared

Kind = Literal["session", "trace"]

TOKEN_BYTES = 24
"""192 random bits: nobody guesses a link."""

THERE = {
    "session": "SELECT 1 FROM rollup WHERE project_ref = ? AND kind = 'session' AND id = ?",
    "trace": "SELECT 1 FROM trace WHERE project_ref = ? AND id = ?",
}


def load(db: sqlite3.Connection, project_ref: int, kind: Kind, id: str) -> Mark:
    """Return the mark of a session or trace; an empty one where nobody made any."""
    row = db.execute(
        "SELECT bookmarked, public, share FROM mark WHERE project_ref = ? AND kind = ? AND id = ?",
        (project_ref, kind, id),
    ).fetchone()
    return Mark() if row is None else Mark(bool(row[0]), None if row[1] is None else bool(row[1]), row[2])


def put(
    db: sqlite3.Connection, project_ref: int, kind: Kind, id: str, bookmarked: bool | None, public: bool | None
) -> Mark:
    """Change the mark of a session or trace, and return it. Raises NotFound."""
    if db.execute(THERE[kind], (project_ref, id)).fetchone() is None:
        raise NotFound(f"no {kind} has the id {id!r}")
    held = load(db, project_ref, kind, id)
    mark = Mark(
        bookmarked=held.bookmarked if bookmarked is None else bookmarked,
        public=held.public if public is None else public,
        share=held.share if public is None else (held.share or secrets.token_urlsafe(TOKEN_BYTES)) if public else None,
    )
    db.execute(
        "INSERT OR REPLACE INTO mark (project_ref, kind, id, bookmarked, public, share) VALUES (?, ?, ?, ?, ?, ?)",
        (project_ref, kind, id, mark.bookmarked, mark.public, mark.share),
    )
    return mark


def shared(db: sqlite3.Connection, token: str) -> Shared | None:
    """Return what the link with a token shows: a session or trace that is there, else None."""
    row = db.execute(
        "SELECT p.id, m.kind, m.id, m.project_ref FROM mark m JOIN project p ON p.ref = m.project_ref"
        " WHERE m.share = ? AND m.public",
        (token,),
    ).fetchone()
    if row is None or db.execute(THERE[row[1]], (row[3], row[2])).fetchone() is None:
        return None
    return Shared(row[0], row[1], row[2])
