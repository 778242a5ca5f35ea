"""The tags and metadata keys of a trace: what its session and user count it under."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson

METADATA = "metadata."


def metadata_keys(fields: Iterable[str]) -> set[str]:
    """Return the metadata keys among claim fields."""
    return {name.removeprefix(METADATA) for name in fields if name.startswith(METADATA)}


@dataclass(slots=True)
class Members:
    """Tags and metadata keys."""

    tags: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)

    def plus(self, tags: Iterable[str], keys: Iterable[str]) -> Members:
        """Return these and further ones."""
        return Members(self.tags.union(tags), self.keys.union(keys))

    @classmethod
    def load(cls, db: sqlite3.Connection, trace_ref: int) -> Members:
        """Return all that a stored trace has."""
        tags = db.execute("SELECT tag FROM trace_tag WHERE trace_ref = ?", (trace_ref,))
        keys = db.execute(
            "SELECT substr(field, 10) FROM claim WHERE trace_ref = ? AND field >= 'metadata.' AND field < 'metadata/'",
            (trace_ref,),
        )
        return cls({row[0] for row in tags}, {row[0] for row in keys})

    @classmethod
    def named(cls, db: sqlite3.Connection, trace_ref: int, tags: Iterable[str], fields: Iterable[str]) -> Members:
        """Return those of the given tags that a stored trace has, and the metadata among the given claim fields."""
        held: set[str] = set()
        wanted = list(tags)
        if wanted:
            cursor = db.execute(
                "SELECT t.tag FROM json_each(?2) j CROSS JOIN trace_tag t ON t.trace_ref = ?1 AND t.tag = j.value",
                (trace_ref, orjson.dumps(wanted).decode()),
            )
            held = {row[0] for row in cursor}
        return cls(held, metadata_keys(fields))
