"""The reading half: connections of its own, read-only, so that no question waits for the writer."""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import orjson

from ...errors import BadParameter, Unavailable
from ..aggregation import Aggregation
from ..columns import COLUMNS, Kind
from ..forwarding import Outgoing
from ..selection import Cell, Page, Row, Selection, SqlFunction, Table
from ..store import Mark, Remapping, Report, SavedQuery, Shared
from . import findings, forwarding, marks, saved, settings, tallies
from .aggregate import answer_groups
from .database import open_reader
from .fence import open_question
from .locating import locate
from .remap import progress
from .sandbox import answer
from .select import answer_rows

IDLE_CONNECTIONS = 4
COUNTING_SECONDS = 0.03
"""How long rows may be counted of which each has to be read."""
COUNTING_STEPS = 10_000
"""Steps of SQLite's machine between two looks at the clock."""


class SqliteReader:
    """Implements `storage.store.Reader`; see there for the contracts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._running: set[sqlite3.Connection] = set()
        self._changing = threading.Lock()
        self._closed = threading.Event()

    @classmethod
    def open(cls, path: Path) -> SqliteReader:
        """Open the file at `path` for reading. Raises StoreError, NotADatabase or NewerSchema, naming it."""
        reader = cls(path.absolute())
        with reader._connection():
            pass
        return reader

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            db = self._idle.get_nowait()
        except queue.Empty:
            db = open_reader(self._path)
        try:
            with self._interruptible(db):
                yield db
        except BaseException as error:
            db.close()
            if isinstance(error, sqlite3.OperationalError) and self._closed.is_set():
                raise Unavailable("sidetrace is stopping") from error
            raise
        if self._closed.is_set() or self._idle.qsize() >= IDLE_CONNECTIONS:
            db.close()
        else:
            self._idle.put(db)

    @contextmanager
    def _interruptible(self, db: sqlite3.Connection) -> Iterator[None]:
        with self._changing:
            if self._closed.is_set():
                raise Unavailable("sidetrace is stopping")
            self._running.add(db)
        try:
            yield
        finally:
            with self._changing:
                self._running.remove(db)

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one read transaction."""
        with self._connection() as db:
            db.execute("BEGIN")
            yield db
            db.execute("COMMIT")

    def select(self, selection: Selection) -> Page:
        """See `Reader.select`."""
        names = selection.columns or tuple(COLUMNS.get(selection.view, ()))
        with self._snapshot() as db:
            try:
                project_ref = _project_ref(db, selection.project)
                located, settled = locate(db, selection, project_ref)
                counted = settled or not selection.counted or not selection.limit
                found, total = answer_rows(db, located if counted else replace(located, counted=False), project_ref)
                kinds = [COLUMNS[selection.view][name] for name in names]
                rows: list[Row] = [
                    {name: _cell(kind, value) for name, kind, value in zip(names, kinds, row, strict=True)}
                    for row in found
                ]
                at_least = False
                if not counted:
                    total, at_least = self._total(db, located, project_ref, len(rows))
            except OverflowError as error:
                raise BadParameter("value", "is too large to compare with") from error
        return Page(rows, total, at_least)

    def _total(self, db: sqlite3.Connection, located: Selection, project_ref: int, shown: int) -> tuple[int, bool]:
        """Return how many rows a selection has of which each must be read, and whether that is only what is known.

        They are counted while that is quick, and where the page does not tell.
        """
        seen = located.offset + shown
        if shown < located.limit and (shown or not located.offset):
            return seen, False
        end = time.monotonic() + COUNTING_SECONDS
        db.set_progress_handler(lambda: time.monotonic() > end, COUNTING_STEPS)
        try:
            return answer_rows(db, replace(located, limit=0), project_ref)[1], False
        except sqlite3.OperationalError as error:
            if str(error) != "interrupted" or self._closed.is_set():
                raise
            return (seen if shown else 0), True
        finally:
            db.set_progress_handler(None, 0)

    def aggregate(self, aggregation: Aggregation) -> list[Row]:
        """See `Reader.aggregate`."""
        with self._snapshot() as db:
            return answer_groups(db, aggregation, _project_ref(db, aggregation.project))

    def sql(
        self,
        query: str,
        *,
        limit: int = 10_000,
        seconds: float = 10.0,
        project: str | None = None,
        functions: Sequence[SqlFunction] = (),
    ) -> Table:
        """See `Reader.sql`."""
        db = open_question(self._path, project, query)
        try:
            with self._interruptible(db):
                return answer(db, query, limit, seconds, self._closed, functions)
        finally:
            db.close()

    def projects(self) -> list[str]:
        """See `Reader.projects`."""
        with self._snapshot() as db:
            return [str(row[0]) for row in db.execute("SELECT id FROM project ORDER BY ref")]

    def report(self, project: str | None = None) -> Report:
        """See `Reader.report`."""
        with self._snapshot() as db:
            only = None if project is None else _project_ref(db, project)
            counts = {tally.name: tally.count for tally in tallies.load(db, tallies.COUNT, only)}
            pages, page_size, version = (
                int(db.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "page_size", "user_version")
            )
            own = "WHERE ?1 IS NULL" if only is None else "WHERE project_ref = ?1"
            traces, lonely = db.execute(
                f"SELECT count(*), count(*) - count(session_ref) FROM trace {own}", (only,)
            ).fetchone()
            rollups = dict(db.execute(f"SELECT kind, count(*) FROM rollup {own} GROUP BY kind", (only,)).fetchall())
            return Report(
                location=str(self._path),
                size_bytes=pages * page_size,
                schema_version=version,
                received=counts.get("received", 0),
                stored=counts.get("stored", 0),
                repeated=counts.get("repeated", 0),
                replaced=counts.get("replaced", 0),
                traces=traces,
                sessions=rollups.get("session", 0),
                users=rollups.get("user", 0),
                traces_without_session=lonely,
                rejections=tallies.load(db, tallies.REJECTION, only),
                problems=tallies.load(db, tallies.PROBLEM, only),
                doors=tallies.load(db, tallies.DOOR, only),
                logs_received=counts.get("logs received", 0),
                logs_stored=counts.get("logs stored", 0),
                unpriced=findings.unpriced(db, only),
                conflicting=findings.conflicting(db, only),
                conflicts=findings.conflicts(db, only),
                lookalikes=findings.lookalikes(db, only),
                waiting=findings.waiting(db, only),
                remapping=progress(db),
                exporters=forwarding.report(db),
            )

    def remapping(self) -> Remapping:
        """See `Reader.remapping`."""
        with self._snapshot() as db:
            return progress(db)

    def mark(self, project: str, kind: Literal["session", "trace"], id: str) -> Mark:
        """See `Reader.mark`."""
        with self._snapshot() as db:
            ref = _project_ref(db, project)
            return marks.load(db, ref, kind, id) if ref > 0 else Mark()

    def shared(self, token: str) -> Shared | None:
        """See `Reader.shared`."""
        with self._snapshot() as db:
            return marks.shared(db, token)

    def saved_queries(self, project: str) -> list[SavedQuery]:
        """See `Reader.saved_queries`."""
        with self._snapshot() as db:
            return saved.load(db, _project_ref(db, project))

    def outgoing(self, exporter: str, after: int, limit: int) -> list[Outgoing]:
        """See `Store.outgoing`."""
        with self._snapshot() as db:
            return forwarding.load(db, exporter, after, limit)

    def exports(self) -> bool:
        """Say whether there were exporters when the file was opened last."""
        with self._snapshot() as db:
            return forwarding.any_active(db)

    def mapped_by(self) -> dict[str, list[str]]:
        """Return the configured attribute keys by which the file was written last."""
        with self._snapshot() as db:
            return settings.recall(db)

    def close(self) -> None:
        """See `Reader.close`; what still runs is interrupted."""
        with self._changing:
            self._closed.set()
            for db in self._running:
                db.interrupt()
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return


def _project_ref(db: sqlite3.Connection, project: str) -> int:
    """Return the row number of a project, -1 for one that nothing was written for."""
    row = db.execute("SELECT ref FROM project WHERE id = ?", (project,)).fetchone()
    return int(row[0]) if row else -1


def _cell(kind: Kind, value: object) -> Cell:
    if kind == "boolean":
        return bool(value)
    if kind in ("list", "object"):
        parsed: Cell = orjson.loads(value) if isinstance(value, str) else ([] if kind == "list" else {})
        return parsed
    return value  # type: ignore[return-value]  # SQLite gives text, int, float or None for the other kinds
