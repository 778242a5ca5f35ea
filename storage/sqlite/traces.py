"""Trace rows: read before a commit, folded with what it brings, written back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from operator import attrgetter

import orjson

from ...mapping.observation import Json
from .bulk import insert_many
from .lineage import COST, TOKENS, Node
from .rollups import Share


@dataclass(slots=True)
class TraceRow:
    """One row of the table `trace`, field by field in its column order."""

    ref: int
    project_ref: int
    id: str
    start_ns: int = 0
    end_ns: int = 0
    name: str | None = None
    session_ref: int | None = None
    user_ref: int | None = None
    release: str | None = None
    version: str | None = None
    environment: str | None = None
    public: int = 0
    root_ref: int | None = None
    input_ref: int | None = None
    input_key: str | None = None
    output_ref: int | None = None
    output_key: str | None = None
    level: int = 0
    observation_count: int = 0
    error_count: int = 0
    warning_count: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    cost: int = 0
    cost_count: int = 0
    orphan_count: int = 0

    def copy(self) -> TraceRow:
        """Return the row as it is now."""
        return replace(self)

    def count(self, sign: int, node: Node, what: int) -> None:
        """Add (or, with sign -1, take away) `what` (bits: TOKENS, COST) of one observation."""
        if what & TOKENS:
            self.input_tokens += sign * node.input_tokens
            self.output_tokens += sign * node.output_tokens
            self.total_tokens += sign * node.total_tokens
        if what & COST and node.cost is not None:
            self.cost += sign * node.cost
            self.cost_count += sign

    def widen(self, start_ns: int, end_ns: int) -> None:
        """Widen the trace's time to that of an observation; unset times (0) say nothing."""
        if start_ns and (start_ns < self.start_ns or not self.start_ns):
            self.start_ns = start_ns
        self.end_ns = max(self.end_ns, end_ns)

    def is_dated(self, db: sqlite3.Connection) -> bool:
        """Say whether observations of the file date the trace, and not only what events say of itself."""
        if self.start_ns != self.end_ns or not self.observation_count:
            return self.observation_count > 0
        return db.execute(DATED, (self.ref,)).fetchone() is not None

    def settle(self, values: dict[str, Json]) -> None:
        """Take over the settled values of the fields that are columns."""
        if "root" in values:
            self.root_ref = values["root"]  # type: ignore[assignment]  # a span claims the root with its ref
        for column in ("name", "release", "version", "environment"):
            if column in values:
                setattr(self, column, values[column])
        if "public" in values:
            self.public = int(bool(values["public"]))
        if "input" in values:
            self.input_ref, self.input_key = _place(values["input"])
        if "output" in values:
            self.output_ref, self.output_key = _place(values["output"])

    @property
    def share(self) -> Share:
        """What the trace adds to its session and user."""
        return Share(
            self.start_ns, self.end_ns, self.observation_count, self.error_count, self.input_tokens,
            self.output_tokens, self.total_tokens, self.cost, self.cost_count,
        )  # fmt: skip


def _place(value: Json) -> tuple[int | None, str | None]:
    if isinstance(value, list) and isinstance(value[0], int):
        return value[0], str(value[1])
    return None, None


DATED = "SELECT 1 FROM observation WHERE trace_ref = ? AND start_ns > 0 AND hidden IS NULL LIMIT 1"
COLUMNS = tuple(field.name for field in fields(TraceRow))
INSERT = f"INSERT INTO trace ({', '.join(COLUMNS)})"
OR_UPDATE = "ON CONFLICT (ref) DO UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[3:])
_values = attrgetter(*COLUMNS)


def load(db: sqlite3.Connection, project_ref: int, ids: Iterable[str]) -> dict[str, TraceRow]:
    """Return those of the named traces of a project that are in the file, by id."""
    cursor = db.execute(
        f"SELECT {', '.join('t.' + name for name in COLUMNS)} FROM json_each(?2) j"
        " CROSS JOIN trace t ON t.project_ref = ?1 AND t.id = j.value",
        (project_ref, orjson.dumps(list(ids)).decode()),
    )
    return {row[2]: TraceRow(*row) for row in cursor}


def store(db: sqlite3.Connection, rows: Iterable[TraceRow]) -> None:
    """Insert or update trace rows."""
    insert_many(db, INSERT, map(_values, rows), OR_UPDATE)
