"""Counters for `doctor`: what was received and stored, what was refused, what the mapping could not read."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence

from ...proto.span import Rejected
from ..store import Tally, Written

COUNT, REJECTION, PROBLEM = "count", "rejection", "problem"
EXAMPLE_LENGTH = 500


class Tallies:
    """The table `tally`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(
        self, problems: Iterable[Sequence[tuple[str, str]]], rejected: Sequence[Rejected], written: Sequence[Written]
    ) -> None:
        """Count what one commit did."""
        stored, repeated, replaced = (
            (sum(column) for column in zip(*((w.stored, w.repeated, w.replaced) for w in written), strict=True))
            if written
            else (0, 0, 0)
        )
        counts = {
            "received": stored + repeated + replaced + len(rejected),
            "stored": stored,
            "repeated": repeated,
            "replaced": replaced,
        }
        self._count([(COUNT, name, number, "") for name, number in counts.items() if number])
        self._count([(REJECTION, r.reason, 1, r.detail) for r in rejected])
        self._count([(PROBLEM, kind, 1, detail) for several in problems for kind, detail in several])

    def add_logs(self, received: int, stored: int, problems: Iterable[tuple[str, str]]) -> None:
        """Count the log records of one commit; those received and not stored were stored already."""
        self._count([(COUNT, "logs received", received, ""), (COUNT, "logs stored", stored, "")])
        self._count([(PROBLEM, kind, 1, detail) for kind, detail in problems])

    def forget_problems(self) -> None:
        """Start counting anew what the mapping could not read."""
        self._db.execute("DELETE FROM tally WHERE kind = ?", (PROBLEM,))

    def refused(self, refusals: Iterable[tuple[str, str]]) -> None:
        """Count requests that were refused before they became spans, as (reason, example)."""
        self._count([(REJECTION, reason, 1, example) for reason, example in refusals])

    def _count(self, rows: Sequence[tuple[str, str, int, str]]) -> None:
        now = time.time_ns()
        self._db.executemany(
            "INSERT INTO tally VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET count = count + excluded.count,"
            " last_ns = excluded.last_ns, example = excluded.example",
            [
                (kind, name[:EXAMPLE_LENGTH], number, now, example[:EXAMPLE_LENGTH])
                for kind, name, number, example in rows
            ],
        )


def load(db: sqlite3.Connection, kind: str) -> list[Tally]:
    """Return the counters of a kind, the most frequent first."""
    rows = db.execute(
        "SELECT name, count, strftime('%Y-%m-%d %H:%M:%S', last_ns / 1000000000, 'unixepoch'), example FROM tally"
        " WHERE kind = ? ORDER BY count DESC, name",
        (kind,),
    )
    return [Tally(*row) for row in rows]
