"""The storage seam: what any engine must do for sidetrace. SQLite implements it in `storage.sqlite`.

Every engine runs the conformance tests in `tests/storage/`. Nothing in these signatures is shaped by one engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from ..mapping.observation import Json, Observation
from ..proto.log import LogRecord
from ..proto.span import Rejected
from .aggregation import Aggregation
from .forwarding import Copy, Ending, Exporter, Outgoing
from .selection import Page, Row, Selection, SqlFunction, Table


@dataclass(frozen=True, slots=True)
class Written:
    """What one write did with its spans.

    `stored`: new ones; `repeated`: stored already; `replaced`: another version of a stored span, of which the better
    one is kept; `rejected`: could not be stored whatever one does, each with its reason.
    """

    stored: int
    repeated: int
    replaced: int
    rejected: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something happened, with the newest example of it."""

    name: str
    count: int
    last_at: str
    example: str


@dataclass(frozen=True, slots=True)
class Remapping:
    """How far a remap has come: spans done, spans there were when it began, and whether it still runs."""

    done: int
    total: int
    running: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """A trace whose spans name different sessions or users: what was chosen, and the others."""

    trace_id: str
    field: str
    chosen: str
    others: list[str]


@dataclass(frozen=True, slots=True)
class Lookalike:
    """An attribute on spans of traces without a session that may name one: in how many of them, with one of its values.

    `traces` counts among the newest traces without a session.
    """

    key: str
    traces: int
    example: str


@dataclass(frozen=True, slots=True)
class Report:
    """What `sidetrace doctor` shows.

    `received` spans = `stored` + `repeated` + `replaced` + rejected ones. `rejections` counts spans and requests that
    were refused, by reason; `problems` counts what the mapping could not read, by kind. `unpriced` counts the
    observations with tokens and without a cost by model; `conflicts` are the newest of `conflicting` traces;
    `lookalikes` come from the newest traces without a session; `waiting` counts the ingestion events whose observation
    is in no trace yet, with ids of some such observations; `doors` are the counters of `Store.counted`; `exporters` is
    what is sent on, for all projects.
    """

    location: str
    size_bytes: int
    schema_version: int
    received: int
    stored: int
    repeated: int
    replaced: int
    traces: int
    sessions: int
    users: int
    traces_without_session: int
    rejections: list[Tally] = field(default_factory=list)
    problems: list[Tally] = field(default_factory=list)
    doors: list[Tally] = field(default_factory=list)
    logs_received: int = 0
    logs_stored: int = 0
    unpriced: list[tuple[str, int]] = field(default_factory=list)
    conflicting: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    lookalikes: list[Lookalike] = field(default_factory=list)
    waiting: tuple[int, list[str]] = (0, [])
    remapping: Remapping = Remapping(0, 0, False)
    exporters: list[Exporter] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class NewScore:
    """A score that somebody posts: on one session, or on one trace and perhaps one of its observations.

    `value` is the number (booleans 0 and 1), `string_value` the text of a category, boolean, text or correction.
    `data_type` is NUMERIC, CATEGORICAL, BOOLEAN, TEXT or CORRECTION; times are nanoseconds since the epoch.
    `told_ns`: when the event was made that says so, None for now; of two that say something under one id, the later
    one stands.
    """

    id: str
    name: str
    data_type: str
    timestamp_ns: int
    value: float | None = None
    string_value: str | None = None
    source: str = "API"
    comment: str | None = None
    metadata: Mapping[str, Json] | None = None
    session_id: str | None = None
    trace_id: str | None = None
    observation_id: str | None = None
    environment: str | None = None
    config_id: str | None = None
    queue_id: str | None = None
    told_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What people did to a session or trace: `public` is None where nobody said; `share` is the token of its link."""

    bookmarked: bool = False
    public: bool | None = None
    share: str | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """What a share link shows."""

    project: str
    kind: Literal["session", "trace"]
    id: str


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A question that somebody saved: its name, its text as it was typed, and when (nanoseconds since the epoch)."""

    name: str
    text: str
    saved_ns: int


@dataclass(frozen=True, slots=True)
class Event:
    """An event of Langfuse's ingestion API about a trace or an observation (reference: langfuse.md, section 3.6).

    `id` is the event's own, `type` such as `generation-update`, `entity_id` the id of the trace or observation that
    `body` (JSON) describes or adds to, `time_ns` the event's timestamp.
    """

    id: str
    type: str
    time_ns: int
    trace_id: str
    entity_id: str
    body: Mapping[str, Json]


class Reader(Protocol):
    """The reading half of a store; safe to call from any thread, never blocked by a writer."""

    def select(self, selection: Selection) -> Page:
        """Return one page of a view as of one commit.

        Raises BadParameter for an unknown view, column or operator, naming it, and Unavailable once closed.
        """
        ...

    def aggregate(self, aggregation: Aggregation) -> list[Row]:
        """Return the groups of an aggregation as of one commit, a row each: what it is grouped by, and its measures.

        Numbers are exact: a sum does not depend on the order of the rows. Raises as `select` does.
        """
        ...

    def sql(
        self,
        query: str,
        *,
        limit: int = 10_000,
        seconds: float = 10.0,
        project: str | None = None,
        functions: Sequence[SqlFunction] = (),
    ) -> Table:
        """Answer one read-only statement over the public views, of all projects or as if there were only `project`.

        In this process: a question that somebody sends belongs into one of its own (`query.sql_pool`).
        `functions` are what it calls beside the engine's own. At most `limit` rows, `truncated` saying whether there
        were more. Raises BadQuery (broken SQL, more than one statement, anything that is not a question over the
        views), QueryTimeout after `seconds`, and Unavailable where `close` interrupts it.
        """
        ...

    def report(self, project: str | None = None) -> Report:
        """Return the counters and sizes that `doctor` shows, as of one commit; of all projects, or of one alone."""
        ...

    def projects(self) -> list[str]:
        """Return the names of all projects that anything was written for, the oldest first."""
        ...

    def remapping(self) -> Remapping:
        """Return how far the last remap has come; all zero where there was none."""
        ...

    def mark(self, project: str, kind: Literal["session", "trace"], id: str) -> Mark:
        """Return the bookmark and the publication of a session or trace; an empty mark where there is none."""
        ...

    def shared(self, token: str) -> Shared | None:
        """Return what the link with this token shows, None for an unknown or revoked one."""
        ...

    def saved_queries(self, project: str) -> list[SavedQuery]:
        """Return the saved queries of a project, by name."""
        ...

    def close(self) -> None:
        """Interrupt what is being asked, and release what the reader holds. Idempotent."""
        ...


class Store(Reader, Protocol):
    """A store with its one writer; `path` is where it lies, which other processes read too."""

    path: Path

    def write(
        self,
        project: str,
        observations: list[Observation],
        rejected: list[Rejected],
        records: Sequence[LogRecord] = (),
        copy: Copy | None = None,
    ) -> Future[Written]:
        """Queue spans and log records for the next commit; the future resolves only after they are durable.

        Idempotent: a span that is stored already changes nothing. Of two different spans with one (trace id, span id)
        the same one is kept whatever the order they came in. The derived rows are a pure function of the set of spans
        stored. A span that cannot be stored does not cost the others: it is rejected in the answer. Raises Unavailable
        at once when the queue is full or the store is closing; the future raises Unavailable when the disk refuses,
        and then nothing of this write is stored.

        `copy` is queued in the same transaction for its exporters, the others of the write notwithstanding; it may come
        without spans.
        """
        ...

    def register(self, exporters: Sequence[str]) -> None:
        """Note the exporters there are from now on; what waits for others stays. Returns once that is durable."""
        ...

    def outgoing(self, exporter: str, after: int, limit: int) -> list[Outgoing]:
        """Return what waits for an exporter behind the ref `after`, the oldest first, some megabytes at most."""
        ...

    def settle(self, exporter: str, endings: Sequence[Ending]) -> Future[None]:
        """Queue the end of requests that waited, and count what became of them; the future as for `write`."""
        ...

    def record(self, project: str, events: Sequence[Event]) -> Future[None]:
        """Queue ingestion events; the future resolves once they are durable, as for `write`.

        An observation or trace that several events describe is what they say together, by their times: the events of
        one id are folded whatever order or batches they came in, and an event that comes again changes nothing.
        """
        ...

    def put_scores(self, project: str, scores: Sequence[NewScore]) -> Future[None]:
        """Queue scores; one with the id of a stored score takes its place. Their targets need not exist yet."""
        ...

    def delete_scores(self, project: str, ids: Sequence[str]) -> Future[int]:
        """Queue the deletion of scores; the future says how many there were."""
        ...

    def delete_traces(self, project: str, ids: Sequence[str]) -> Future[int]:
        """Queue the deletion of traces with their observations, log records, scores and marks.

        The future says how many there were. Sessions and users lose their share, and those without traces are gone.
        Spans that arrive later with such an id make a new trace.
        """
        ...

    def put_mark(
        self,
        project: str,
        kind: Literal["session", "trace"],
        id: str,
        *,
        bookmarked: bool | None = None,
        public: bool | None = None,
    ) -> Future[Mark]:
        """Queue a bookmark or a publication; None leaves it as it is.

        Publishing makes an unguessable token where there is none yet; revoking deletes it. The future raises NotFound
        where there is no such session or trace.
        """
        ...

    def save_query(self, project: str, name: str, text: str) -> Future[SavedQuery]:
        """Queue a question to be saved under a name, in the place of one that has it; the future returns it."""
        ...

    def delete_query(self, project: str, name: str) -> Future[bool]:
        """Queue the deletion of a saved query; the future says whether there was one."""
        ...

    def refused(self, reason: str, example: str, project: str | None = None) -> None:
        """Count a request that was refused before it became spans, to `project` where that is known.

        Returns at once; may be lost in a crash.
        """
        ...

    def counted(self, name: str, count: int, project: str | None = None) -> None:
        """Add to one of the counters of the doors (`Report.doors`), to those of `project` where that is known.

        Returns at once. Written with the next commit, or within some seconds; may be lost in a crash.
        """
        ...

    def remap(self) -> None:
        """Begin to map all stored spans anew, beside what arrives; `remapping` tells how far it is.

        One that runs already begins again. Returns once it has begun. Raises Unavailable where the disk refuses, or
        the store is closing.
        """
        ...

    def ready(self) -> bool:
        """Say whether a write would be accepted now."""
        ...

    def close(self) -> None:
        """Finish every accepted write, then release the file. Idempotent; blocks until done."""
        ...
