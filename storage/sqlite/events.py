"""Events of Langfuse's ingestion API: kept as they came, and folded into the span that they describe together.

An update may come before its create, without a trace id: it waits, under the trace id "", for an event that has one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson

from ...mapping import legacy
from ...proto.span import Span
from ..store import Event
from .rows import digest, signed, to_json

INSERT = """
INSERT INTO event (project_ref, trace_id, kind, entity_id, time_ns, id, content, type, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
TRACE_OF = """
SELECT trace_id FROM event WHERE project_ref = ? AND entity_id = ? AND kind = ? AND trace_id <> '' LIMIT 1
"""
FOUND = """
UPDATE OR REPLACE event SET trace_id = ? WHERE project_ref = ? AND entity_id = ? AND kind = ? AND trace_id = ''
"""
TOLD = """
SELECT time_ns, id, type, body FROM event WHERE project_ref = ? AND trace_id = ? AND kind = ? AND entity_id = ?
ORDER BY time_ns, id, content
"""


class Entity(NamedTuple):
    """What events describe: a trace, or an observation of one."""

    trace_id: str
    kind: str
    id: str


def store(db: sqlite3.Connection, project_ref: int, told: Sequence[Event]) -> list[Span]:
    """Store events; return the spans that those describe which are new, each folded from all its events."""
    touched: dict[Entity, None] = {}
    for event in told:
        kind = "trace" if event.type == "trace-create" else "observation"
        trace_id = event.trace_id or _trace_of(db, project_ref, event.entity_id, kind)
        body = to_json(event.body)
        key = digest((event.type, body))
        row = (
            project_ref, trace_id, kind, event.entity_id, signed(event.time_ns), event.id, key, event.type, body,
        )  # fmt: skip
        new = db.execute(INSERT, row).rowcount
        if event.trace_id:
            new += db.execute(FOUND, (trace_id, project_ref, event.entity_id, kind)).rowcount
        if new and trace_id:
            touched[Entity(trace_id, kind, event.entity_id)] = None
    return [_fold(db, project_ref, entity) for entity in touched]


def forget(db: sqlite3.Connection, project_ref: int, trace_ids: Iterable[str]) -> None:
    """Delete the events of traces."""
    db.executemany(
        "DELETE FROM event WHERE project_ref = ? AND trace_id = ?", [(project_ref, one) for one in trace_ids if one]
    )


def _trace_of(db: sqlite3.Connection, project_ref: int, entity_id: str, kind: str) -> str:
    """Return the trace that earlier events put an entity into, "" where none did."""
    row = db.execute(TRACE_OF, (project_ref, entity_id, kind)).fetchone()
    return "" if row is None else str(row[0])


def _fold(db: sqlite3.Connection, project_ref: int, entity: Entity) -> Span:
    rows = db.execute(TOLD, (project_ref, entity.trace_id, entity.kind, entity.id))
    told = [(time_ns, id, type, orjson.loads(body)) for time_ns, id, type, body in rows]
    return legacy.fold(entity.kind, entity.trace_id, entity.id, told)
