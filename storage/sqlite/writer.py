"""The one writer: a thread that drains what is waiting, writes it in one transaction, and only then tells the callers.

Group commit: requests that arrive while a commit is under way share the next one, and its fsync.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import groupby
from typing import Any

from ...errors import Unavailable
from ...mapping.mapper import Mapper
from ...proto.span import Rejected
from ..store import Written
from . import forwarding, fulltext, remap
from .arrival import Request
from .commit import Commit
from .edits import Edit, Edits
from .refs import Refs
from .tallies import DOOR, REJECTION, Note, Notes, Tallies

COMMIT_SPANS = 4096
"""Spans after which a commit takes no further request, so that nobody waits long for the others."""
INDEX_AFTER = 0.2
"""Seconds after a commit until the full text follows; while more work waits than it has done, after every commit."""
NOTED_WITHIN = 5.0
"""Seconds after which what was counted is written down though nothing else is."""
log = logging.getLogger(__name__)


class Job:
    """Spans to write or an edit to do, and the future that its commit resolves."""

    __slots__ = ("future", "work")

    def __init__(self, work: Request | Edit) -> None:
        self.work = work
        self.future: Future[Any] = Future()

    @property
    def size(self) -> int:
        """The number of spans and log records, or what an edit counts as."""
        return self.work.size


class Writer:
    """Owns the writing connection and the queue before it."""

    def __init__(self, db: sqlite3.Connection, mapper: Mapper, queue_spans: int) -> None:
        """Start the thread. `queue_spans` bounds what waits and is being written, in spans."""
        self._db = db
        self._mapper = mapper
        self._queue_spans = queue_spans
        self._refs = Refs(db)
        self._waiting: deque[Job] = deque()
        self._notes = Notes()
        self._pending = 0
        self._closing = False
        self._troubled = False
        self._remapping = remap.progress(db).running
        self._remap_asked: list[Future[None]] = []
        self._follower = fulltext.Follower(db)
        self._index_at: float | None = 0.0
        """When the full text is to follow next, by the monotonic clock; None: it has all."""
        self._unindexed = 0
        self._wake = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="sidetrace-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Request | Edit) -> Future[Any]:
        """Queue spans or an edit. Raises Unavailable when the queue is full or the writer is closing.

        A request larger than the whole queue is taken when nothing else waits.
        """
        job = Job(work)
        with self._wake:
            if self._closing:
                raise Unavailable("shutting down; send again", retry_after=5)
            if self._pending and self._pending + job.size > self._queue_spans:
                raise Unavailable("the write queue is full; send again", retry_after=1)
            self._pending += job.size
            self._waiting.append(job)
            self._wake.notify()
        return job.future

    def refused(self, reason: str, example: str, project: str | None = None) -> None:
        """Note a refused request for the next commit."""
        with self._wake:
            self._notes.add(Note(REJECTION, reason, project), 1, example)
            if not self._troubled:
                self._wake.notify()

    def counted(self, name: str, count: int, project: str | None = None) -> None:
        """Add to a counter of the doors with the next commit, or a little later."""
        with self._wake:
            if not self._notes:
                self._wake.notify()  # it waits a bounded time from now on
            self._notes.add(Note(DOOR, name, project), count)

    def remap(self) -> Future[None]:
        """Begin to map all stored spans anew; the future resolves when that is under way."""
        asked: Future[None] = Future()
        with self._wake:
            if self._closing:
                raise Unavailable("shutting down; ask again", retry_after=5)
            self._remap_asked.append(asked)
            self._wake.notify()
        return asked

    @property
    def accepts(self) -> bool:
        """Whether a small request would be taken now."""
        return not self._closing and self._pending < self._queue_spans and self._thread.is_alive()

    def close(self) -> None:
        """Write what was accepted, then end the thread."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()
        self._db.close()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not (
                    self._waiting
                    or self._closing
                    or ((self._notes.urgent or self._remapping or self._remap_asked) and not self._troubled)
                ):
                    # notes that could not be written are tried again with the next request, or a second later
                    if not self._wake.wait(self._patience()):
                        self._troubled = False
                        if self._notes or self._index_at is not None:
                            break
                if self._closing and not self._waiting and not self._notes:
                    for asked in self._remap_asked:
                        asked.set_exception(Unavailable("shutting down; ask again", retry_after=5))
                    return
                jobs = self._next()
                notes = self._notes.take()
            if jobs or notes:
                self._write(jobs, notes)
            with self._wake:
                self._pending -= sum(job.size for job in jobs)
            if (self._remapping or self._remap_asked) and not self._closing and not self._troubled:
                self._remap_on()
            self._index(sum(job.size for job in jobs))

    def _patience(self) -> float | None:
        """Return how many seconds to wait for work at most, None for ever."""
        if self._troubled:
            return 1.0
        waits = [NOTED_WITHIN] if self._notes else []
        if self._index_at is not None:
            waits.append(max(0.0, self._index_at - time.monotonic()))
        return min(waits, default=None)

    def _index(self, written: int) -> None:
        """Let the full text follow, when it is time; `written`: what the commit that has just ended counts as."""
        now = time.monotonic()
        self._unindexed += written
        if self._index_at is None and (written or self._remapping):
            self._index_at = now + INDEX_AFTER
        if self._index_at is None or now < self._index_at or self._closing or self._troubled:
            return
        try:
            # as much as was written meanwhile and half as much again, so that it does not fall behind
            more = self._follower.step(max(fulltext.SLICE_ROWS, self._unindexed * 3 // 2))
        except Exception:
            log.exception("cannot index texts now; they are searched without the index meanwhile")
            self._index_at = time.monotonic() + 1
        else:
            self._unindexed = 0
            self._index_at = 0.0 if more else None

    def _remap_on(self) -> None:
        """Map the next slice of stored spans anew."""
        with self._wake:
            asked, self._remap_asked = self._remap_asked, []
        try:
            if asked:
                self._commit(self._begin_remap, {})
                self._remapping = True
            else:
                self._remapping = remap.step(self._db, self._refs, self._mapper)
        except Exception as error:
            log.exception("cannot map stored spans anew now")
            self._refs.forget()
            with self._wake:
                self._troubled = True
            for one in asked:
                one.set_exception(Unavailable(f"cannot store now: {type(error).__name__}: {error}", retry_after=2))
        else:
            for one in asked:
                one.set_result(None)

    def _begin_remap(self) -> list[Any]:
        remap.begin(self._db)
        return []

    def _next(self) -> list[Job]:
        jobs: list[Job] = []
        spans = 0
        while self._waiting and (not jobs or spans + self._waiting[0].size <= COMMIT_SPANS):
            job = self._waiting.popleft()
            if job.future.set_running_or_notify_cancel():
                jobs.append(job)
                spans += job.size
            else:
                self._pending -= job.size
        return jobs

    def _write(self, jobs: Sequence[Job], notes: dict[Note, tuple[int, str]]) -> None:
        """Write jobs in one transaction; if their data will not go in, span by span, so that only the bad one fails."""
        works = [job.work for job in jobs]
        try:
            try:
                done = self._commit(lambda: self._do(works), notes)
            except sqlite3.OperationalError:
                raise
            except Exception:
                log.exception("storing %d requests span by span, because together they failed", len(jobs))
                done = self._commit(lambda: [self._apart(work) for work in works], notes)
        except sqlite3.OperationalError as error:
            # locked by another program, disk full, I/O error: nothing is stored, the senders keep their spans
            log.warning("cannot store %d requests now: %s", len(jobs), error)
            self._fail(jobs, notes, Unavailable(f"cannot store now: {error}", retry_after=2))
        except Exception as error:
            log.exception("%d requests could not be stored", len(jobs))
            self._fail(jobs, notes, Unavailable(f"cannot store: {type(error).__name__}: {error}", retry_after=5))
        else:
            self._troubled = False
            for job, outcome in zip(jobs, done, strict=True):
                if isinstance(outcome, Exception):
                    job.future.set_exception(outcome)
                else:
                    job.future.set_result(outcome)

    def _do(self, works: Sequence[Request | Edit]) -> list[Any]:
        """Do all in their order, requests that follow each other together; an edit that failed is its error."""
        done: list[Any] = []
        for edits, group in groupby(works, lambda work: isinstance(work, Edit)):
            if edits:
                done += [self._edit(work) for work in group if isinstance(work, Edit)]
            else:
                requests = [work for work in group if isinstance(work, Request)]
                done += Commit(self._db, self._refs, self._mapper).write(requests)
                self._queue_copies(requests)
        return done

    def _queue_copies(self, requests: Sequence[Request]) -> None:
        """Queue what is to be sent on of requests, in the transaction that writes them."""
        for request in requests:
            if request.copy is not None:
                forwarding.enqueue(self._db, self._refs.project(request.project), request.copy, time.time_ns())

    def _apart(self, work: Request | Edit) -> Any:
        return self._edit(work) if isinstance(work, Edit) else self._one_by_one(work)

    def _edit(self, edit: Edit) -> Any:
        """Do an edit; one that fails changes nothing, and its error is returned for its caller alone."""
        self._db.execute("SAVEPOINT edit")
        try:
            outcome = edit.run(Edits(self._db, self._refs, self._mapper))
        except sqlite3.OperationalError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, its caller is told
            self._db.execute("ROLLBACK TO edit")
            self._refs.forget()
            outcome = error
        self._db.execute("RELEASE edit")
        return outcome

    def _fail(self, jobs: Sequence[Job], notes: dict[Note, tuple[int, str]], error: Unavailable) -> None:
        with self._wake:
            self._troubled = True
            if not self._closing:
                self._notes.put_back(notes)
        for job in jobs:
            job.future.set_exception(error)

    def _one_by_one(self, request: Request) -> Written:
        """Write a request's spans and log records each on its own, inside the transaction under way."""
        rejected: list[Rejected] = []
        stored = repeated = replaced = 0
        for o in request.observations:
            done = self._alone(
                Request(request.project, [o], []), rejected, f"span {o.span.span_id} of trace {o.span.trace_id}"
            )
            stored, repeated, replaced = stored + done.stored, repeated + done.repeated, replaced + done.replaced
        for record in request.records:
            self._alone(Request(request.project, [], [], [record]), rejected, f"log record {record.event_name!r}")
        Tallies(self._db).add((), [*request.rejected, *rejected], [], self._refs.project(request.project))
        self._queue_copies([request])
        return Written(stored, repeated, replaced, tuple(rejected))

    def _alone(self, request: Request, rejected: list[Rejected], what: str) -> Written:
        """Write one span or log record; what cannot be stored is added to `rejected`."""
        db = self._db
        db.execute("SAVEPOINT alone")
        try:
            (done,) = Commit(db, self._refs, self._mapper).write([request])
        except sqlite3.OperationalError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, it costs this one alone, and is counted
            db.execute("ROLLBACK TO alone")
            self._refs.forget()
            rejected.append(Rejected("not storable", f"{what}: {type(error).__name__}: {error}"))
            done = Written(0, 0, 0)
        db.execute("RELEASE alone")
        return done

    def _commit(self, write: Callable[[], list[Any]], notes: dict[Note, tuple[int, str]]) -> list[Any]:
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        try:
            done = write()
            if notes:
                Tallies(db).noted(notes, self._refs)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            self._refs.forget()
            raise
        return done
