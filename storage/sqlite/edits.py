"""What people write: scores, marks, saved queries, deletions and the events of older clients; what became of copies.

Each inside a write transaction.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ...mapping.mapper import Mapper
from ..forwarding import Ending
from ..store import Event, Mark, NewScore, SavedQuery
from . import events, forwarding, marks, saved, scores
from .commit import Commit
from .refs import Refs


@dataclass(frozen=True, slots=True)
class Edit:
    """One caller's edit on its way to the writer; `size` counts as spans against the bound of the queue."""

    run: Callable[[Edits], Any]
    size: int = 1


class Edits:
    """The edits there are; made for one transaction, on the writer's thread."""

    def __init__(self, db: sqlite3.Connection, refs: Refs, mapper: Mapper) -> None:
        self._db = db
        self._refs = refs
        self._mapper = mapper

    def put_scores(self, project: str, posted: Sequence[NewScore]) -> None:
        """See `Store.put_scores`."""
        scores.put(self._db, self._refs.project(project), posted, time.time_ns())

    def delete_scores(self, project: str, ids: Sequence[str]) -> int:
        """See `Store.delete_scores`."""
        return scores.delete(self._db, self._refs.project(project), ids)

    def delete_traces(self, project: str, ids: Sequence[str]) -> int:
        """See `Store.delete_traces`."""
        return Commit(self._db, self._refs, self._mapper).withdraw(self._refs.project(project), ids)

    def put_mark(self, project: str, kind: marks.Kind, id: str, bookmarked: bool | None, public: bool | None) -> Mark:
        """See `Store.put_mark`."""
        return marks.put(self._db, self._refs.project(project), kind, id, bookmarked, public)

    def save_query(self, project: str, name: str, text: str) -> SavedQuery:
        """See `Store.save_query`."""
        return saved.put(self._db, self._refs.project(project), name, text, time.time_ns())

    def delete_query(self, project: str, name: str) -> bool:
        """See `Store.delete_query`."""
        return saved.delete(self._db, self._refs.project(project), name)

    def register(self, exporters: Sequence[str]) -> None:
        """See `Store.register`."""
        forwarding.register(self._db, exporters)

    def settle(self, exporter: str, endings: Sequence[Ending]) -> None:
        """See `Store.settle`."""
        forwarding.settle(self._db, exporter, endings, time.time_ns())

    def record(self, project: str, told: Sequence[Event]) -> None:
        """See `Store.record`."""
        changes = events.store(self._db, self._refs.project(project), told)
        if changes:
            Commit(self._db, self._refs, self._mapper).heed(project, changes)
