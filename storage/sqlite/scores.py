"""Scores: those that come with telemetry, the same row however often they arrive, and those that somebody posts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from ...mapping.evaluation import Evaluation
from ...mapping.observation import Observation
from ..store import NewScore
from .bulk import insert_many
from .logs import Log
from .rows import Row, digest, signed, to_json

INSERT = """
INSERT INTO score (project_ref, id, name, value, string_value, data_type, source, comment, metadata, timestamp_ns,
    session_id, trace_id, observation_id, origin)
"""

KEEP_AWAY = """
INSERT OR IGNORE INTO score_gone (project_ref, origin, id)
SELECT project_ref, origin, id FROM score WHERE project_ref = ? AND id = ? AND origin IS NOT NULL
"""
GONE = "SELECT 1 FROM score_gone WHERE project_ref = ? AND origin = ? AND id = ?"

POSTED = (
    "name", "value", "string_value", "data_type", "source", "comment", "metadata", "timestamp_ns", "session_id",
    "trace_id", "observation_id", "environment", "config_id", "queue_id", "updated_ns", "told_ns",
)  # fmt: skip


def put(db: sqlite3.Connection, project_ref: int, posted: Sequence[NewScore], now_ns: int) -> None:
    """Insert posted scores; one with a stored id takes its place, and keeps when it was posted first.

    One that tells when it was said takes the place of what was said earlier alone; any other that of all.
    """
    rows = [
        (
            project_ref, s.id, now_ns, s.name, s.value, s.string_value, s.data_type, s.source, s.comment,
            None if s.metadata is None else to_json(s.metadata), signed(s.timestamp_ns), s.session_id, s.trace_id,
            s.observation_id, s.environment, s.config_id, s.queue_id, now_ns,
            now_ns if s.told_ns is None else signed(s.told_ns),
        )
        for s in {s.id: s for s in sorted(posted, key=lambda s: now_ns if s.told_ns is None else s.told_ns)}.values()
    ]  # fmt: skip
    replaced = ", ".join(f"{name} = excluded.{name}" for name in POSTED)
    insert_many(
        db,
        f"INSERT INTO score (project_ref, id, created_ns, {', '.join(POSTED)})",
        rows,
        f"ON CONFLICT (project_ref, id) DO UPDATE SET origin = NULL, {replaced}"
        " WHERE excluded.told_ns >= told_ns OR excluded.told_ns = excluded.updated_ns",
    )


def delete(db: sqlite3.Connection, project_ref: int, ids: Sequence[str]) -> int:
    """Delete scores by id, those that came with telemetry for good; return how many there were."""
    db.executemany(KEEP_AWAY, [(project_ref, one) for one in ids])
    return sum(
        db.execute("DELETE FROM score WHERE project_ref = ? AND id = ?", (project_ref, one)).rowcount for one in ids
    )


def delete_of_trace(db: sqlite3.Connection, project_ref: int, trace_id: str) -> None:
    """Delete all scores on a trace and its observations, posted ones too."""
    db.execute("DELETE FROM score WHERE project_ref = ? AND trace_id = ?", (project_ref, trace_id))
    db.execute("DELETE FROM score_gone WHERE project_ref = ? AND origin = ?", (project_ref, trace_id))


def of_observation(project_ref: int, o: Observation) -> list[Row]:
    """Return the rows of the judgements that came with a span; one of a session needs the span to name it."""
    said = o.claims.get("session_id")
    session = said[1] if said is not None and isinstance(said[1], str) else None
    rows = []
    for place, judged in enumerate(o.evaluations):
        target: tuple[str | None, str | None, str | None] = (None, o.span.trace_id, o.span.span_id)
        if judged.target == "trace" or (judged.target == "session" and session is None):
            target = (None, o.span.trace_id, None)
        elif judged.target == "session":
            target = (session, None, None)
        rows.append(_row(project_ref, judged, target, o.span.trace_id, (o.span.span_id, place), o.end_ns))
    return rows


def of_log(project_ref: int, log: Log) -> list[Row]:
    """Return the row of the judgement that a log record is, none for other records and those without a trace."""
    judged = log.meaning.evaluation
    if judged is None or not log.trace_id:
        return []
    return [_row(project_ref, judged, (None, log.trace_id, log.span_id or None), log.trace_id, log.digest, log.time_ns)]


def of_call(project_ref: int, log: Log, trace_id: str, observation_id: str) -> list[Row]:
    """Return the row of the judgement of a call that a log record without a trace names by its response id."""
    judged = log.meaning.evaluation
    if judged is None:
        return []
    target = (None, trace_id, observation_id)
    return [_row(project_ref, judged, target, _origin(log.meaning.response_id or ""), log.digest, log.time_ns)]


def _origin(response_id: str) -> str:
    return f"call:{response_id}"


def _row(
    project_ref: int,
    judged: Evaluation,
    target: tuple[str | None, str | None, str | None],
    origin: str,
    from_where: object,
    time_ns: int,
) -> Row:
    key = digest((origin, from_where, judged.name, judged.identifier)).hex()
    data_type = "CATEGORICAL" if judged.value is None else "NUMERIC"
    metadata = None if judged.metadata is None else to_json(judged.metadata)
    return (
        project_ref, key, judged.name, judged.value, judged.label, data_type, judged.source, judged.explanation,
        metadata, signed(judged.time_ns or time_ns), *target, origin,
    )  # fmt: skip


def store(db: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Insert the rows that the file does not have."""
    insert_many(db, INSERT, _wanted(db, rows), "ON CONFLICT (project_ref, id) DO NOTHING")


def _wanted(db: sqlite3.Connection, rows: Iterable[Row]) -> list[Row]:
    """Return the rows that nobody has deleted."""
    return [row for row in rows if db.execute(GONE, (row[0], row[-1], row[1])).fetchone() is None]


def settled(db: sqlite3.Connection, project_ref: int, response_id: str, place: tuple[str, str] | None) -> bool:
    """Say whether the scores of a call stand where they belong; where it is reported no more (None), delete them."""
    where = (project_ref, _origin(response_id))
    if place is None:
        db.execute("DELETE FROM score WHERE project_ref = ? AND origin = ?", where)
        return True
    query = "SELECT trace_id, observation_id FROM score WHERE project_ref = ? AND origin = ? LIMIT 1"
    return bool(db.execute(query, where).fetchone() == place)


def move(db: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Insert rows of `of_call`, or give those that are there the target that is preferred now."""
    target = "trace_id = excluded.trace_id, observation_id = excluded.observation_id"
    insert_many(db, INSERT, _wanted(db, rows), f"ON CONFLICT (project_ref, id) DO UPDATE SET {target}")


def forget(db: sqlite3.Connection, project_ref: int, trace_id: str) -> None:
    """Delete the scores that came with a trace's telemetry."""
    db.execute("DELETE FROM score WHERE project_ref = ? AND origin = ?", (project_ref, trace_id))
