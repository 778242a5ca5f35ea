"""Mapping all stored spans anew, slice by slice between other commits, so that the receiver keeps receiving.

Each slice is a transaction of its own that notes how far it came, so that a stop in the middle loses nothing: the next
writer of the file goes on. Traces that begin meanwhile are mapped by the new rules anyway.
"""

from __future__ import annotations

import logging
import sqlite3
import time

from ...mapping.mapper import Mapper
from ..store import Remapping
from .commit import Commit
from .refs import Refs
from .tallies import Tallies

SLICE_SPANS = 500
"""Spans of one slice, some 30 ms; a larger trace is a slice of its own."""
log = logging.getLogger(__name__)

BEGIN = """
INSERT OR REPLACE INTO remap (ref, next_ref, last_ref, done, total, begun_ns)
SELECT 1, min(ref), COALESCE(max(ref), 0), 0, COALESCE(sum(observation_count), 0), ? FROM trace
"""
NEXT = """
SELECT t.ref, t.project_ref, t.id, t.observation_count FROM trace t, remap r
WHERE t.ref BETWEEN r.next_ref AND r.last_ref ORDER BY t.ref LIMIT ?
"""


def begin(db: sqlite3.Connection) -> None:
    """Note that all traces there are now must be mapped anew. Inside a transaction."""
    db.execute(BEGIN, (time.time_ns(),))
    Tallies(db).forget_problems()


def progress(db: sqlite3.Connection) -> Remapping:
    """Return how far the last remap has come; all zero where there was none."""
    row = db.execute("SELECT done, total, next_ref IS NOT NULL FROM remap").fetchone()
    return Remapping(0, 0, False) if row is None else Remapping(int(row[0]), int(row[1]), bool(row[2]))


def step(db: sqlite3.Connection, refs: Refs, mapper: Mapper) -> bool:
    """Do the next slice in a transaction; say whether there is more. Raises sqlite3.OperationalError as any commit."""
    rows = db.execute(NEXT, (SLICE_SPANS,)).fetchall()
    chosen: list[tuple[int, int, str, int]] = []
    spans = 0
    for row in rows:
        if chosen and (spans + row[3] > SLICE_SPANS or row[1] != chosen[0][1]):
            break
        chosen.append(row)
        spans += row[3]
    if not chosen:
        db.execute("UPDATE remap SET next_ref = NULL, done = total WHERE next_ref IS NOT NULL")
        return False
    db.execute("BEGIN IMMEDIATE")
    try:
        db.execute("SAVEPOINT slice")
        try:
            Commit(db, refs, mapper).rebuild(chosen[0][1], [row[2] for row in chosen])
        except sqlite3.OperationalError:
            raise
        except Exception as error:
            log.exception("traces %s cannot be mapped anew; they stay as they were", [row[2] for row in chosen])
            db.execute("ROLLBACK TO slice")
            refs.forget()
            detail = f"traces {', '.join(row[2] for row in chosen)}: {error}"
            Tallies(db).add([[(f"not mapped anew: {type(error).__name__}", detail)]], (), (), chosen[0][1])
        db.execute("RELEASE slice")
        db.execute("UPDATE remap SET next_ref = ?, done = done + ?", (chosen[-1][0] + 1, spans))
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return True
