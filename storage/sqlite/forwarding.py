"""The queue of what is sent on: rows in the same file, written with the spans that they are a copy of."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ..forwarding import Copy, Ending, Exporter, Forwarded, Outgoing

FULL = "the queue was full"
PARTIAL = "partial success"
EXAMPLE_LENGTH = 500
AT_ONCE = 8 * 1024 * 1024
"""Bytes of bodies after which no further row is read; the first is read whatever its size."""

_TIME = "strftime('%Y-%m-%d %H:%M:%f', {} / 1000000000.0, 'unixepoch')"


# Those that write do so inside a write transaction, on the writer's thread.


def enqueue(db: sqlite3.Connection, project_ref: int, copy: Copy, now_ns: int) -> None:
    """Queue a copy for each of its exporters; one without room is left out, and counted."""
    for bound in copy.to:
        size = len(copy.body)
        row = db.execute(
            "SELECT waiting, waiting_items, waiting_bytes FROM exporter WHERE name = ?", (bound.exporter,)
        ).fetchone()
        requests, items, held = row or (0, 0, 0)
        # the newest goes, as in the Collector: nothing is taken from under a sender, and what is sent has no gaps
        over = requests >= bound.requests or held + size > bound.size or items + copy.items > bound.items
        if over and requests:
            full = Ending(0, "dropped", FULL, f"{requests} requests of {held} bytes waited")
            _count(db, bound.exporter, full, 1, copy.items, now_ns)
            continue
        db.execute(
            "INSERT INTO outgoing (exporter, project_ref, signal, json, packed, items, size, queued_ns, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (bound.exporter, project_ref, copy.signal, copy.json, copy.packed, copy.items, size, now_ns, copy.body),
        )
        _add(db, bound.exporter, 1, copy.items, size)


def settle(db: sqlite3.Connection, exporter: str, endings: Sequence[Ending], now_ns: int) -> None:
    """Delete the requests that came to an end, and count what became of them."""
    for ending in endings:
        if ending.outcome == "failed":
            _count(db, exporter, ending, 1, 0, now_ns)
            continue
        row = db.execute(
            "DELETE FROM outgoing WHERE ref = ? AND exporter = ? RETURNING items, size", (ending.ref, exporter)
        ).fetchone()
        if row is None:
            continue
        items, size = row
        _add(db, exporter, -1, -items, -size)
        rejected = min(ending.rejected or 0, items)
        said = "" if ending.outcome == "sent" else ending.message
        _count(db, exporter, Ending(0, ending.outcome, ending.reason, said), 1, items - rejected, now_ns)
        if ending.rejected is not None:
            _tally(db, exporter, "rejected", PARTIAL, 1, rejected, now_ns, ending.message)


def register(db: sqlite3.Connection, names: Sequence[str]) -> None:
    """Note which exporters there are from now on; what waits for others stays."""
    db.execute("UPDATE exporter SET active = 0")
    db.executemany(
        "INSERT INTO exporter (name, active) VALUES (?, 1) ON CONFLICT DO UPDATE SET active = 1",
        [(name,) for name in names],
    )


def load(db: sqlite3.Connection, exporter: str, after: int, limit: int) -> list[Outgoing]:
    """Return what waits for an exporter behind the row `after`, the oldest first; at least one if there is any."""
    found: list[Outgoing] = []
    size = 0
    for ref, signal, json, packed, items, body in db.execute(
        "SELECT ref, signal, json, packed, items, body FROM outgoing WHERE exporter = ? AND ref > ? ORDER BY ref"
        " LIMIT ?",
        (exporter, after, limit),
    ):
        size += len(body)
        if found and size > AT_ONCE:
            break
        found.append(Outgoing(ref, signal, bool(json), body, bool(packed), items))
    return found


def report(db: sqlite3.Connection) -> list[Exporter]:
    """Return all exporters by name, with what became of what they had to send, the newest first."""
    found: dict[str, list[Forwarded]] = {}
    for exporter, *row in db.execute(
        f"SELECT exporter, outcome, reason, requests, items, {_TIME.format('last_ns')}, example FROM forwarded"
        " ORDER BY exporter, last_ns DESC, outcome, reason"
    ):
        found.setdefault(exporter, []).append(Forwarded(*row))
    rows = db.execute(
        "SELECT name, active, waiting, waiting_items, waiting_bytes,"
        f" (SELECT {_TIME.format('queued_ns')} FROM outgoing WHERE exporter = name ORDER BY ref LIMIT 1)"
        " FROM exporter ORDER BY name"
    ).fetchall()
    return [
        Exporter(name, bool(active), waiting, items, size, oldest, found.get(name, []))
        for name, active, waiting, items, size, oldest in rows
    ]


def any_active(db: sqlite3.Connection) -> bool:
    """Say whether the last start had exporters."""
    return db.execute("SELECT 1 FROM exporter WHERE active").fetchone() is not None


def _add(db: sqlite3.Connection, exporter: str, requests: int, items: int, size: int) -> None:
    db.execute(
        "INSERT INTO exporter (name, waiting, waiting_items, waiting_bytes) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET waiting = waiting + excluded.waiting,"
        " waiting_items = waiting_items + excluded.waiting_items,"
        " waiting_bytes = waiting_bytes + excluded.waiting_bytes",
        (exporter, requests, items, size),
    )


def _count(db: sqlite3.Connection, exporter: str, ending: Ending, requests: int, items: int, now_ns: int) -> None:
    _tally(db, exporter, ending.outcome, ending.reason, requests, items, now_ns, ending.message)


def _tally(
    db: sqlite3.Connection,
    exporter: str,
    outcome: str,
    reason: str,
    requests: int,
    items: int,
    now_ns: int,
    example: str,
) -> None:
    db.execute(
        "INSERT INTO forwarded (exporter, outcome, reason, requests, items, last_ns, example)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET requests = requests + excluded.requests,"
        " items = items + excluded.items, last_ns = excluded.last_ns, example = excluded.example",
        (exporter, outcome, reason[:EXAMPLE_LENGTH], requests, items, now_ns, example[:EXAMPLE_LENGTH]),
    )
