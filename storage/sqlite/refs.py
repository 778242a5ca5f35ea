"""Row numbers: given out by the one writer, so that whole commits can be inserted in bulk."""

from __future__ import annotations

import sqlite3

from ...proto.span import Resource, Scope
from .rows import Row, resource_row, scope_row

REMEMBERED = 10_000
RESOURCE = "digest, attributes, dropped_attributes_count, schema_url, wire"
SCOPE = "digest, name, version, attributes, dropped_attributes_count, schema_url, wire"


class Refs:
    """The next free row numbers, and those of what many spans share."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._shared: dict[tuple[str, object], int] = {}
        self._digests: dict[tuple[str, int], bytes] = {}
        self._resource: tuple[Resource | None, int] = (None, 0)
        self._scope: tuple[Scope | None, int] = (None, 0)
        self.forget()

    def forget(self) -> None:
        """Start again from what is in the file: after a rollback."""
        self._trace = self._last("trace")
        self._observation = self._last("observation")
        self._log = self._last("log")
        self._shared.clear()
        self._digests.clear()
        self._resource = (None, 0)
        self._scope = (None, 0)

    def _last(self, table: str) -> int:
        return int(self._db.execute(f"SELECT COALESCE(max(ref), 0) FROM {table}").fetchone()[0])

    def next_trace(self) -> int:
        """Return the row number of a new trace."""
        self._trace += 1
        return self._trace

    def next_observation(self) -> int:
        """Return the row number of a new observation."""
        self._observation += 1
        return self._observation

    def next_log(self) -> int:
        """Return the row number of a new log record."""
        self._log += 1
        return self._log

    @property
    def has_logs(self) -> bool:
        """Whether there are log records at all."""
        return self._log > 0

    def project(self, project: str) -> int:
        """Return the row number of a project."""
        return self._of("project", "id", (project,))

    def key(self, key: str) -> int:
        """Return the row number of an attribute key."""
        return self._of("attribute_key", "key", (key,))

    def resource(self, resource: Resource) -> int:
        """Return the row number of a resource; consecutive spans usually share the very object."""
        if resource is not self._resource[0]:
            self._resource = (resource, self._of("resource", RESOURCE, resource_row(resource)))
        return self._resource[1]

    def scope(self, scope: Scope) -> int:
        """Return the row number of a scope, likewise."""
        if scope is not self._scope[0]:
            self._scope = (scope, self._of("scope", SCOPE, scope_row(scope)))
        return self._scope[1]

    def digest(self, table: str, ref: int) -> bytes:
        """Return the digest of the content of a resource or scope."""
        found = self._digests.get((table, ref))
        if found is None:
            row = self._db.execute(f"SELECT digest FROM {table} WHERE ref = ?", (ref,)).fetchone()
            if len(self._digests) >= REMEMBERED:
                self._digests.clear()
            found = self._digests[table, ref] = bytes(row[0])
        return found

    def _of(self, table: str, columns: str, row: Row) -> int:
        """Return the row number of the row whose first column is `row[0]`; insert it if it is new."""
        key = (table, row[0])
        ref = self._shared.get(key)
        if ref is None:
            unique = columns.split(",", 1)[0]
            found = self._db.execute(f"SELECT ref FROM {table} WHERE {unique} = ?", row[:1]).fetchone()
            if found is None:
                insert = f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(row))}) RETURNING ref"
                found = self._db.execute(insert, row).fetchone()
            if len(self._shared) >= REMEMBERED:
                self._shared.clear()
            ref = self._shared[key] = int(found[0])
        return ref
