"""Events of Langfuse's ingestion API: kept as they came, and folded into the span that they describe together.

An update without a trace id is about the observation of that id in the smallest of the traces that other events put it
into, whatever order they come in. It stays under the trace id "", and waits while there is no such trace.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

import orjson

from ...mapping import legacy
from ...proto.span import Span
from ..store import Event
from .rows import digest, signed, to_json, unsigned

Told: TypeAlias = list[legacy.Event]
"""All events about one entity."""

OBSERVATION, TRACE = "observation", "trace"

INSERT = """
INSERT INTO event (project_ref, trace_id, kind, entity_id, time_ns, id, content, type, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
HOME = """
SELECT e.trace_id FROM event e INDEXED BY event_by_entity
WHERE e.project_ref = ?1 AND e.entity_id = {entity} AND e.kind = {kind} AND e.trace_id > '' ORDER BY e.trace_id LIMIT 1
"""
"""The smallest trace that events put an entity into."""
HOME_OF = HOME.format(entity="?2", kind="?3")
TOLD = """
SELECT e.entity_id, e.time_ns, e.id, e.type, e.body FROM json_each(?4) j
CROSS JOIN event e ON e.project_ref = ?1 AND e.trace_id = ?2 AND e.kind = ?3 AND e.entity_id = j.value
"""
DESCRIBED = f"""
SELECT j.value FROM json_each(?2) j
WHERE EXISTS (SELECT 1 FROM event WHERE project_ref = ?1 AND trace_id = j.value AND kind = '{OBSERVATION}')
"""
FORGET_STRAYS = f"""
DELETE FROM event WHERE project_ref = ?1 AND trace_id = '' AND (kind, entity_id) IN (
    SELECT kind, entity_id FROM event WHERE project_ref = ?1 AND trace_id = ?2
) AND ?2 = ({HOME.format(entity="event.entity_id", kind="event.kind")})
"""


class Entity(NamedTuple):
    """What events describe: a trace, or an observation of one."""

    trace_id: str
    kind: str
    id: str


class Change(NamedTuple):
    """What events say about an entity, as a span, and the events there were about it before."""

    span: Span
    before: Told


def store(db: sqlite3.Connection, project_ref: int, told: Sequence[Event]) -> list[Change]:
    """Store events; return what is changed by those that are new, each entity folded from all its events."""
    homes: dict[tuple[str, str], str] = {}
    before: dict[Entity, Told] = {}
    for event in told:
        name = (_kind(event), event.entity_id)
        if name not in homes:
            homes[name] = _home(db, project_ref, *name)
        for entity in (Entity(event.trace_id, *name), Entity(homes[name], *name)):
            if entity.trace_id and entity not in before:
                before[entity] = _about(db, project_ref, entity)
    touched: dict[Entity, None] = {}
    strays: set[tuple[str, str]] = set()
    for event in told:
        kind, body = _kind(event), to_json(event.body)
        key = digest((event.type, body))
        row = (
            project_ref, event.trace_id, kind, event.entity_id, signed(event.time_ns), event.id, key, event.type, body,
        )  # fmt: skip
        if db.execute(INSERT, row).rowcount:
            if event.trace_id:
                touched[Entity(event.trace_id, kind, event.entity_id)] = None
            else:
                strays.add((kind, event.entity_id))
    for name, was in homes.items():
        home = _home(db, project_ref, *name)
        if name in strays or (home != was and _read(db, project_ref, "", name[0], [name[1]])):
            touched.update(dict.fromkeys(Entity(one, *name) for one in (was, home) if one))
    now = {entity: _about(db, project_ref, entity) for entity in touched}
    return [
        Change(legacy.fold(entity.kind, entity.trace_id, entity.id, events), before.get(entity, []))
        for entity, events in now.items()
    ]


def described(db: sqlite3.Connection, project_ref: int, trace_ids: Iterable[str]) -> set[str]:
    """Return those of the traces about whose observations there are events."""
    return {row[0] for row in db.execute(DESCRIBED, (project_ref, orjson.dumps(list(trace_ids)).decode()))}


def about(db: sqlite3.Connection, project_ref: int, trace_id: str, kind: str, ids: Iterable[str]) -> dict[str, Told]:
    """Return all events about entities of a trace, by id; those that none is about are left out."""
    found = _read(db, project_ref, trace_id, kind, ids)
    for id, strays in _read(db, project_ref, "", kind, found).items() if found else ():
        if _home(db, project_ref, kind, id) == trace_id:
            found[id] += strays
    return found


def forget(db: sqlite3.Connection, project_ref: int, trace_ids: Iterable[str]) -> None:
    """Delete the events of traces, and the updates without a trace id that they took in."""
    named = [(project_ref, one) for one in trace_ids if one]
    db.executemany(FORGET_STRAYS, named)
    db.executemany("DELETE FROM event WHERE project_ref = ? AND trace_id = ?", named)


def _kind(event: Event) -> str:
    return TRACE if event.type == legacy.TRACE_EVENT else OBSERVATION


def _about(db: sqlite3.Connection, project_ref: int, entity: Entity) -> Told:
    return about(db, project_ref, entity.trace_id, entity.kind, [entity.id]).get(entity.id, [])


def _read(db: sqlite3.Connection, project_ref: int, trace_id: str, kind: str, ids: Iterable[str]) -> dict[str, Told]:
    found: dict[str, Told] = {}
    cursor = db.execute(TOLD, (project_ref, trace_id, kind, orjson.dumps(list(ids)).decode()))
    for entity_id, time_ns, id, type, body in cursor:
        found.setdefault(entity_id, []).append((unsigned(time_ns), id, type, orjson.loads(body)))
    return found


def _home(db: sqlite3.Connection, project_ref: int, kind: str, id: str) -> str:
    """Return the trace in which updates without one find an entity, "" where there is none yet."""
    row = db.execute(HOME_OF, (project_ref, id, kind)).fetchone()
    return "" if row is None else str(row[0])
