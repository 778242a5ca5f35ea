"""The SQLite engine: one file, one writer thread, any number of readers."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from ...errors import StoreError
from ...mapping.mapper import Mapper
from ...mapping.observation import Observation
from ...proto.log import LogRecord
from ...proto.span import Rejected
from ..aggregation import Aggregation
from ..forwarding import Copy, Ending, Outgoing
from ..selection import Page, Row, Selection, SqlFunction, Table
from ..store import Event, Mark, NewScore, Remapping, Report, SavedQuery, Shared, Written
from . import settings
from .arrival import Request
from .database import Lock, check_owner, open_writer
from .edits import Edit
from .reader import SqliteReader
from .writer import Writer

QUEUE_SPANS = 20_000
"""Default bound of the write queue, in spans: less than a second of writing."""


class SqliteStore:
    """Implements `storage.store.Store`; see there for the contracts."""

    def __init__(self, lock: Lock, writer: Writer, reader: SqliteReader, path: Path) -> None:
        self._lock = lock
        self._writer = writer
        self._reader = reader
        self.path = path
        self._closed = False

    @classmethod
    def open(
        cls,
        path: Path,
        mapper: Mapper | None = None,
        *,
        queue_spans: int = QUEUE_SPANS,
        synchronous: str = "full",
    ) -> SqliteStore:
        """Open the file at `path`, made if there is none. `mapper` reads spans again when a trace is rebuilt.

        Raises NotADatabase, NewerSchema, StoreBusy, or StoreError where the file cannot be used.
        """
        path = path.absolute()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            check_owner(path)
            lock = Lock(path)
        except OSError as error:
            raise StoreError(f"cannot open {path}: {error.strerror}; name another file with --db") from error
        with ExitStack() as opened:
            opened.callback(lock.release)
            db = open_writer(path, synchronous)
            opened.callback(db.close)
            mapper = mapper or Mapper()
            settings.remember(db, mapper.extra_keys)
            reader = SqliteReader.open(path)
            opened.pop_all()
        return cls(lock, Writer(db, mapper, queue_spans), reader, path)

    def write(
        self,
        project: str,
        observations: list[Observation],
        rejected: list[Rejected],
        records: Sequence[LogRecord] = (),
        copy: Copy | None = None,
    ) -> Future[Written]:
        """See `Store.write`."""
        return self._writer.submit(Request(project, observations, rejected, records, copy))

    def register(self, exporters: Sequence[str]) -> None:
        """See `Store.register`."""
        if exporters or self._reader.exports():
            self._writer.submit(Edit(lambda edits: edits.register(exporters))).result()

    def settle(self, exporter: str, endings: Sequence[Ending]) -> Future[None]:
        """See `Store.settle`."""
        return self._writer.submit(Edit(lambda edits: edits.settle(exporter, endings)))

    def outgoing(self, exporter: str, after: int, limit: int) -> list[Outgoing]:
        """See `Store.outgoing`."""
        return self._reader.outgoing(exporter, after, limit)

    @staticmethod
    def mapped_by(path: Path) -> dict[str, list[str]]:
        """Return the configured keys by which the file was written last. Raises as `SqliteReader.open`."""
        reader = SqliteReader.open(path)
        try:
            return reader.mapped_by()
        finally:
            reader.close()

    def remap(self) -> None:
        """See `Store.remap`."""
        self._writer.remap().result()

    def remapping(self) -> Remapping:
        """See `Reader.remapping`."""
        return self._reader.remapping()

    def announce(self, url: str, token: str = "") -> None:
        """Tell the file's owner, in its lock, where this process answers over HTTP, and by which token as operator."""
        self._lock.announce(url, token)

    def record(self, project: str, events: Sequence[Event]) -> Future[None]:
        """See `Store.record`."""
        return self._writer.submit(Edit(lambda edits: edits.record(project, events), len(events)))

    def put_scores(self, project: str, scores: Sequence[NewScore]) -> Future[None]:
        """See `Store.put_scores`."""
        return self._writer.submit(Edit(lambda edits: edits.put_scores(project, scores), len(scores)))

    def delete_scores(self, project: str, ids: Sequence[str]) -> Future[int]:
        """See `Store.delete_scores`."""
        return self._writer.submit(Edit(lambda edits: edits.delete_scores(project, ids)))

    def delete_traces(self, project: str, ids: Sequence[str]) -> Future[int]:
        """See `Store.delete_traces`."""
        return self._writer.submit(Edit(lambda edits: edits.delete_traces(project, ids)))

    def put_mark(
        self,
        project: str,
        kind: Literal["session", "trace"],
        id: str,
        *,
        bookmarked: bool | None = None,
        public: bool | None = None,
    ) -> Future[Mark]:
        """See `Store.put_mark`."""
        return self._writer.submit(Edit(lambda edits: edits.put_mark(project, kind, id, bookmarked, public)))

    def mark(self, project: str, kind: Literal["session", "trace"], id: str) -> Mark:
        """See `Reader.mark`."""
        return self._reader.mark(project, kind, id)

    def shared(self, token: str) -> Shared | None:
        """See `Reader.shared`."""
        return self._reader.shared(token)

    def save_query(self, project: str, name: str, text: str) -> Future[SavedQuery]:
        """See `Store.save_query`."""
        return self._writer.submit(Edit(lambda edits: edits.save_query(project, name, text)))

    def delete_query(self, project: str, name: str) -> Future[bool]:
        """See `Store.delete_query`."""
        return self._writer.submit(Edit(lambda edits: edits.delete_query(project, name)))

    def saved_queries(self, project: str) -> list[SavedQuery]:
        """See `Reader.saved_queries`."""
        return self._reader.saved_queries(project)

    def refused(self, reason: str, example: str, project: str | None = None) -> None:
        """See `Store.refused`."""
        self._writer.refused(reason, example, project)

    def counted(self, name: str, count: int, project: str | None = None) -> None:
        """See `Store.counted`."""
        self._writer.counted(name, count, project)

    def ready(self) -> bool:
        """See `Store.ready`."""
        return not self._closed and self._writer.accepts

    def select(self, selection: Selection) -> Page:
        """See `Reader.select`."""
        return self._reader.select(selection)

    def aggregate(self, aggregation: Aggregation) -> list[Row]:
        """See `Reader.aggregate`."""
        return self._reader.aggregate(aggregation)

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
        return self._reader.sql(query, limit=limit, seconds=seconds, project=project, functions=functions)

    def report(self, project: str | None = None) -> Report:
        """See `Reader.report`."""
        return self._reader.report(project)

    def projects(self) -> list[str]:
        """See `Reader.projects`."""
        return self._reader.projects()

    def close(self) -> None:
        """See `Store.close`."""
        if self._closed:
            return
        self._closed = True
        # the writer's connection last: the last one to close folds the WAL into the file, and a reader cannot
        self._reader.close()
        self._writer.close()
        self._lock.release()
