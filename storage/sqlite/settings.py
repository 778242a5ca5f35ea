"""What a file remembers for those who open it later: the configured keys by which its spans were mapped last."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import orjson

MAPPING = "mapping"


def remember(db: sqlite3.Connection, keys: Mapping[str, list[str]]) -> None:
    """Note the configured keys, where they are not those that the file has. A commit of its own."""
    if keys != recall(db):
        value = orjson.dumps(dict(keys)).decode()
        db.execute("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", (MAPPING, value))


def recall(db: sqlite3.Connection) -> dict[str, list[str]]:
    """Return the configured keys by field; none where there were none."""
    row = db.execute("SELECT value FROM setting WHERE name = ?", (MAPPING,)).fetchone()
    found: dict[str, list[str]] = {} if row is None else orjson.loads(row[0])
    return found
