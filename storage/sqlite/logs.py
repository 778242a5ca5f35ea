"""Log records as rows, and what they add to the observations of their spans.

A record belongs to the observation with its span id; where that has another response id than the record names, to the
one of the trace whose call it is, if there is one (some senders put the parent's span id on the record). An observation
whose span says nothing takes its input and output from its records in the order of their times. All of it is a
function of the records and spans there are, so the order in which they arrive does not matter.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from ...mapping.logs import LogMeaning, joined, response_id
from ...mapping.mapper import Mapper
from ...mapping.values import plain
from ...proto import log_from_wire
from ...proto.log import LogRecord
from .bulk import insert_many
from .refs import Refs
from .rows import Restorer, Row, attributes_json, digest, signed, to_json, unsigned

INPUT, OUTPUT = 1, 2
"""Which text of an observation comes from log records, as bits (`span.joined`)."""

COLUMNS = (
    "ref", "project_ref", "digest", "trace_id", "span_id", "response_id", "at_ns", "time_ns", "observed_ns",
    "severity_number", "severity_text", "event_name", "body", "attributes", "flags", "dropped_attributes_count",
    "resource_ref", "scope_ref", "wire",
)  # fmt: skip
INSERT = f"INSERT INTO log ({', '.join(COLUMNS)})"
ENOUGH = 1_000
"""Messages that one observation takes from its records at most: those of the earliest."""
LATEST = 2**63 - 1

_COLUMNS = ", ".join("l." + name for name in COLUMNS)
OF_TRACE = f"SELECT {_COLUMNS} FROM log l WHERE l.project_ref = ?1 AND l.trace_id = ?2"
MESSAGE = "(l.event_name IS NULL OR l.event_name LIKE 'gen_ai.%')"
OF_SPAN = f"""
SELECT {_COLUMNS} FROM log l INDEXED BY log_by_span
WHERE l.project_ref = ?1 AND l.trace_id = ?2 AND l.span_id = ?3 AND {MESSAGE} ORDER BY l.at_ns, l.digest LIMIT {ENOUGH}
"""
OF_CALL = f"""
SELECT {_COLUMNS} FROM log l INDEXED BY log_by_response
WHERE l.project_ref = ?1 AND l.trace_id IS ?2 AND l.response_id = ?3 AND {MESSAGE} ORDER BY l.at_ns, l.digest
"""
NAMED_SPANS = """
SELECT j.value FROM json_each(?3) j WHERE EXISTS (SELECT 1 FROM log l INDEXED BY log_by_span
    WHERE l.project_ref = ?1 AND l.trace_id = ?2 AND l.span_id = j.value)
"""
NAMED_CALLS = """
SELECT j.value FROM json_each(?3) j WHERE EXISTS (SELECT 1 FROM log l INDEXED BY log_by_response
    WHERE l.project_ref = ?1 AND l.trace_id IS ?2 AND l.response_id = j.value)
"""


class Log(NamedTuple):
    """A record in the file, with what it means."""

    trace_id: str
    span_id: str
    time_ns: int
    digest: str
    meaning: LogMeaning

    @classmethod
    def of(cls, record: LogRecord, key: str, mapper: Mapper) -> Log:
        """Return a record with what it means; its time is when it was observed where it does not say when it was."""
        return cls(record.trace_id, record.span_id, at_ns(record), key, mapper.map_log(record))


def at_ns(record: LogRecord) -> int:
    """Return the time of a record, or when it was observed where it has none."""
    return min(record.time_ns or record.observed_time_ns, LATEST)


def log_row(record: LogRecord, ref: int, project_ref: int, refs: Refs) -> Row:
    """Return the values of `COLUMNS`."""
    body = None if record.body is None else to_json(plain(record.body) if record.wire is not None else record.body)
    said = (
        record.trace_id or None,
        record.span_id or None,
        response_id(record),
        at_ns(record),
        signed(record.time_ns),
        signed(record.observed_time_ns),
        record.severity_number or None,
        record.severity_text or None,
        record.event_name or None,
        body,
        attributes_json(record.attributes, record.wire),
        record.flags or None,
        record.dropped_attributes_count or None,
    )
    resource_ref, scope_ref = refs.resource(record.resource), refs.scope(record.scope)
    # when a Collector saw it is no part of what was said, unless nothing else tells its time (`at_ns`)
    content = (
        *said[:5],
        *said[6:],
        record.wire,
        refs.digest("resource", resource_ref),
        refs.digest("scope", scope_ref),
    )
    return (ref, project_ref, digest(content).hex(), *said, resource_ref, scope_ref, record.wire)


def store(db: sqlite3.Connection, project_ref: int, rows: Iterable[Row]) -> list[Row]:
    """Insert those records of a project that the file does not have; return them."""
    new = {row[2]: row for row in rows}
    held = db.execute(
        "SELECT l.digest FROM json_each(?2) j CROSS JOIN log l ON l.project_ref = ?1 AND l.digest = j.value",
        (project_ref, orjson.dumps(list(new)).decode()),
    ).fetchall()
    for (key,) in held:
        del new[key]
    insert_many(db, INSERT, new.values())
    return list(new.values())


def untraced(db: sqlite3.Connection, project_ref: int, response_ids: Iterable[str]) -> list[str]:
    """Return those of the response ids that records without a trace name."""
    return [row[0] for row in db.execute(NAMED_CALLS, (project_ref, None, orjson.dumps(list(response_ids)).decode()))]


def about(db: sqlite3.Connection, project_ref: int, trace_id: str) -> bool:
    """Say whether there are records of a trace."""
    query = "SELECT 1 FROM log INDEXED BY log_by_span WHERE project_ref = ? AND trace_id = ? LIMIT 1"
    return db.execute(query, (project_ref, trace_id)).fetchone() is not None


class Logs:
    """The records of a file, read with what they mean."""

    def __init__(self, db: sqlite3.Connection, mapper: Mapper, restorer: Restorer) -> None:
        self._db = db
        self._mapper = mapper
        self._restorer = restorer

    def of_trace(self, project_ref: int, trace_id: str) -> list[Log]:
        """Return all records of a trace."""
        return self._read(OF_TRACE, project_ref, trace_id)

    def of_spans(self, project_ref: int, trace_id: str, span_ids: Iterable[str]) -> list[Log]:
        """Return the records that may be messages and name these spans of a trace, `ENOUGH` for each."""
        return self._of(NAMED_SPANS, OF_SPAN, project_ref, trace_id, span_ids)

    def of_calls(self, project_ref: int, trace_id: str | None, response_ids: Iterable[str]) -> list[Log]:
        """Return the records that name these calls, as `of_spans`; of those without a trace (None) all."""
        limited = f"{OF_CALL} LIMIT {ENOUGH}" if trace_id else OF_CALL
        return self._of(NAMED_CALLS, limited, project_ref, trace_id, response_ids)

    def _of(self, which: str, query: str, project_ref: int, trace_id: str | None, names: Iterable[str]) -> list[Log]:
        wanted = orjson.dumps(list(names)).decode()
        named = self._db.execute(which, (project_ref, trace_id, wanted)).fetchall()
        return [log for (name,) in named for log in self._read(query, project_ref, trace_id, name)]

    def _read(self, query: str, *parameters: object) -> list[Log]:
        return [self._log(dict(zip(COLUMNS, row, strict=True))) for row in self._db.execute(query, parameters)]

    def _log(self, row: Mapping[str, Any]) -> Log:
        return Log.of(self.record(row), row["digest"], self._mapper)

    def record(self, row: Mapping[str, Any]) -> LogRecord:
        """Return a stored record as it came."""
        resource, scope = self._restorer.resource(row["resource_ref"]), self._restorer.scope(row["scope_ref"])
        if row["wire"] is not None:
            return log_from_wire(row["wire"], resource, scope)
        return LogRecord(
            time_ns=unsigned(row["time_ns"]),
            observed_time_ns=unsigned(row["observed_ns"]),
            severity_number=row["severity_number"] or 0,
            severity_text=row["severity_text"] or "",
            event_name=row["event_name"] or "",
            body=None if row["body"] is None else orjson.loads(row["body"]),
            attributes=orjson.loads(row["attributes"]),
            trace_id=row["trace_id"] or "",
            span_id=row["span_id"] or "",
            flags=row["flags"] or 0,
            dropped_attributes_count=row["dropped_attributes_count"] or 0,
            resource=resource,
            scope=scope,
        )


def texts(logs: Iterable[Log]) -> tuple[str | None, str | None]:
    """Return the input and the output that the records of one observation make, in the order of their times."""
    unique = {log.digest: log for log in logs if log.meaning.name}
    ordered = sorted(unique.values(), key=lambda log: (log.time_ns, log.digest))
    return joined(log.meaning for log in ordered[:ENOUGH])
