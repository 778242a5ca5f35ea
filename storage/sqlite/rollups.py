"""Sessions and users: exact sums over the traces that name them, kept by adding what changed."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from typing import TypeAlias

import orjson

from .bulk import insert_many
from .expressions import UNSET
from .membership import Members

SESSION, USER = "session", "user"


@dataclass(slots=True)
class Share:
    """What one trace adds to its session and its user."""

    start_ns: int
    end_ns: int
    observation_count: int
    error_count: int
    input_tokens: int
    output_tokens: int
    total_tokens: int
    cost: int
    cost_count: int

    @property
    def sums(self) -> tuple[int, ...]:
        """The numbers that add up, in the order of `SUMS`."""
        latency_us = (self.end_ns - self.start_ns) // 1000
        return (
            1, self.observation_count, self.error_count, latency_us,
            self.input_tokens, self.output_tokens, self.total_tokens, self.cost, self.cost_count,
        )  # fmt: skip


SUMS = (
    "trace_count", "observation_count", "error_count", "latency_us",
    "input_tokens", "output_tokens", "total_tokens", "cost", "cost_count",
)  # fmt: skip


Key: TypeAlias = tuple[int, str, str]
"""A session or user: (project_ref, kind, id)."""

NAMED = """
SELECT r.project_ref, r.kind, r.id, r.ref FROM json_each(?) j
CROSS JOIN rollup r ON r.project_ref = json_extract(j.value, '$[0]') AND r.kind = json_extract(j.value, '$[1]')
    AND r.id = json_extract(j.value, '$[2]')
"""
INSERT = f"INSERT INTO rollup (ref, project_ref, kind, id, first_ns, last_ns, {', '.join(SUMS)})"


@dataclass(slots=True)
class Change:
    """What one commit does to one rollup."""

    sums: list[int] = field(default_factory=lambda: [0] * len(SUMS))
    first_ns: int = UNSET
    last_ns: int = 0
    shrunk: bool = False
    """A trace left, or came to span less time: first and last must be looked up anew."""
    members: Counter[tuple[str, str]] = field(default_factory=Counter)


class Rollups:
    """All changes that one commit makes to sessions and users."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._refs: dict[Key, int] = {}
        self._changes: dict[int, Change] = {}
        self._kinds: dict[int, str] = {}
        self._ids: dict[int, str] = {}

    def look_up(self, keys: set[Key]) -> None:
        """Find the sessions and users of a whole commit at once, and make those that are new."""
        known = {
            (row[0], row[1], row[2]): row[3] for row in self._db.execute(NAMED, (orjson.dumps(list(keys)).decode(),))
        }
        missing = [key for key in keys if key not in known]
        if missing:
            last = self._db.execute("SELECT COALESCE(max(ref), 0) FROM rollup").fetchone()[0]
            known.update({key: last + place for place, key in enumerate(missing, 1)})
            nothing = (UNSET, 0, *(0 for _ in SUMS))
            insert_many(self._db, INSERT, [(known[key], *key, *nothing) for key in missing])
        self._refs = known
        for (_, kind, rollup_id), ref in known.items():
            self._kinds[ref] = kind
            self._ids[ref] = rollup_id

    def ref(self, key: Key) -> int:
        """Return the row number of a session or user that was looked up."""
        return self._refs[key]

    def _change(self, ref: int) -> Change:
        change = self._changes.get(ref)
        if change is None:
            change = self._changes[ref] = Change()
        return change

    def move(self, kind: str, old_ref: int | None, old: Share | None, new_ref: int | None, new: Share | None) -> None:
        """Take a trace's old share from its old rollup and add its new share to the new one."""
        if old_ref is not None and old is not None:
            change = self._change(old_ref)
            self._kinds[old_ref] = kind
            change.sums = [held - part for held, part in zip(change.sums, old.sums, strict=True)]
            if new_ref != old_ref or new is None or new.start_ns > old.start_ns or new.end_ns < old.end_ns:
                change.shrunk = True
        if new_ref is not None and new is not None:
            change = self._change(new_ref)
            change.sums = [held + part for held, part in zip(change.sums, new.sums, strict=True)]
            change.first_ns = min(change.first_ns, new.start_ns or UNSET)
            change.last_ns = max(change.last_ns, new.end_ns)

    def members(self, ref: int | None, old: Members, new: Members) -> None:
        """Count a trace out of the members it had and into those it has."""
        if ref is None:
            return
        counts = self._change(ref).members
        for kind, had, has in (("tag", old.tags, new.tags), ("metadata", old.keys, new.keys)):
            counts.update((kind, value) for value in has - had)
            counts.subtract((kind, value) for value in had - has)

    def pair(self, session_ref: int | None, user_ref: int | None, step: int) -> None:
        """Count a trace in or out of those that name both this session and this user."""
        if session_ref is not None and user_ref is not None:
            self._change(session_ref).members[USER, self._id(user_ref)] += step
            self._change(user_ref).members[SESSION, self._id(session_ref)] += step

    def _id(self, ref: int) -> str:
        found = self._ids.get(ref)
        if found is None:
            found = self._ids[ref] = str(self._db.execute("SELECT id FROM rollup WHERE ref = ?", (ref,)).fetchone()[0])
        return found

    def store(self) -> None:
        """Write all changes; a session or user without traces is gone. The traces must have been written before."""
        db = self._db
        added = ", ".join(f"{name} = {name} + ?" for name in SUMS)
        db.executemany(
            f"UPDATE rollup SET {added}, first_ns = min(first_ns, ?), last_ns = max(last_ns, ?) WHERE ref = ?",
            [(*c.sums, c.first_ns, c.last_ns, ref) for ref, c in self._changes.items()],
        )
        for ref in [ref for ref, change in self._changes.items() if change.shrunk]:
            column = f"{self._kinds[ref]}_ref"
            db.execute(
                f"UPDATE rollup SET first_ns = COALESCE((SELECT min(start_ns) FROM trace WHERE {column} = ?1"
                f" AND start_ns > 0), {UNSET}),"
                f" last_ns = COALESCE((SELECT max(end_ns) FROM trace WHERE {column} = ?1), 0) WHERE ref = ?1",
                (ref,),
            )
        members = [
            (ref, kind, value, step)
            for ref, change in self._changes.items()
            for (kind, value), step in change.members.items()
            if step
        ]
        insert_many(
            db,
            "INSERT INTO rollup_member",
            members,
            "ON CONFLICT DO UPDATE SET trace_count = trace_count + excluded.trace_count",
        )
        fewer = [member[:3] for member in members if member[3] < 0]
        if fewer:
            db.executemany(
                "DELETE FROM rollup_member WHERE rollup_ref = ? AND kind = ? AND value = ? AND trace_count = 0", fewer
            )
        gone = [(ref,) for ref, change in self._changes.items() if change.sums[0] < 0 or change.shrunk]
        if gone:
            db.executemany("DELETE FROM rollup WHERE ref = ? AND trace_count = 0", gone)
