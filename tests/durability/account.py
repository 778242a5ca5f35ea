"""What a database file holds, read with plain `sqlite3`, and whether its sums agree with its spans."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from .load import SpanId

NANO_DOLLARS = "coalesce(CAST(round(calculated_total_cost * 1e9) AS INTEGER), 0)"
TOKENS = ("input_tokens", "output_tokens", "total_tokens")

# What a row of `traces`, `sessions` and `users` says, beside the same from the rows that it rolls up.
TRACE = f"""
    observation_count, error_count, {", ".join(TOKENS)}, {NANO_DOLLARS}, start_time_unix_nano, end_time_unix_nano
"""
OBSERVATIONS = f"""
    count(*), sum(level = 'ERROR'), {", ".join(f"sum(iif(tokens_counted, coalesce({kind}, 0), 0))" for kind in TOKENS)},
    sum(iif(cost_counted, {NANO_DOLLARS}, 0)), min(start_time_unix_nano), max(end_time_unix_nano)
"""
GROUP = f"""
    trace_count, observation_count, error_count, {", ".join(TOKENS)}, {NANO_DOLLARS},
    first_time_unix_nano, last_time_unix_nano, CAST(round(latency_ms * 1000) AS INTEGER)
"""
# Latencies are summed in whole microseconds.
TRACES = f"""
    count(*), sum(observation_count), sum(error_count), {", ".join(f"sum({kind})" for kind in TOKENS)},
    sum({NANO_DOLLARS}), min(start_time_unix_nano), max(end_time_unix_nano),
    sum((end_time_unix_nano - start_time_unix_nano) / 1000)
"""


@contextmanager
def reading(database: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for reading, beside whoever writes to it, as of one commit."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, isolation_level=None)) as db:
        db.execute("BEGIN")
        yield db


def stored(database: Path) -> set[SpanId]:
    """Return every span that is stored; none may be there twice."""
    with reading(database) as db:
        spans = db.execute("SELECT trace_id, id FROM observations").fetchall()
        assert len(set(spans)) == len(spans)
        (received,) = db.execute("SELECT count(*) FROM span").fetchone()
        assert received == len(spans), "every span has its observation"
        return set(spans)


def check_sound(database: Path) -> None:
    """Hold the file to SQLite's own check, and every roll-up to the sum of what it rolls up."""
    with reading(database) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        summed = rows(db, f"SELECT trace_id, {OBSERVATIONS} FROM observations GROUP BY trace_id")
        assert not differences(summed, rows(db, f"SELECT id, {TRACE} FROM traces")), "traces"
        for view, key in (("sessions", "session_id"), ("users", "user_id")):
            summed = rows(db, f"SELECT {key}, {TRACES} FROM traces WHERE {key} IS NOT NULL GROUP BY {key}")
            assert not differences(summed, rows(db, f"SELECT id, {GROUP} FROM {view}")), view
        (counted,) = db.execute("SELECT count FROM tally WHERE kind = 'count' AND name = 'stored'").fetchone()
        assert db.execute("SELECT count(*) FROM observations").fetchone() == (counted,), "what doctor counts"


def rows(db: sqlite3.Connection, query: str) -> dict[str, tuple[Any, ...]]:
    """Return the rows of a query by their first column."""
    return {row[0]: row[1:] for row in db.execute(query)}


def differences(summed: dict[str, tuple[Any, ...]], kept: dict[str, tuple[Any, ...]]) -> dict[str, Any]:
    """Return, by id, what the sums and the row that should hold them say, where they differ."""
    return {
        name: (summed.get(name), kept.get(name))
        for name in summed.keys() | kept.keys()
        if summed.get(name) != kept.get(name)
    }
