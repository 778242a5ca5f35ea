"""Counters for `doctor`: what was received and stored, what was refused, what the mapping could not read."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ...proto.span import Rejected
from ..store import Tally, Written
from .refs import Refs

COUNT, REJECTION, PROBLEM, DOOR = "count", "rejection", "problem", "door"
EXAMPLE_LENGTH = 500
NOBODY = 0
"""The project of what was refused before anybody knew whose it was."""


class Note(NamedTuple):
    """Something to be counted, of a kind, and the project where that is known."""

    kind: str
    name: str
    project: str | None


class Notes:
    """What was counted outside of a commit, until one writes it down: once for each thing, however often it happened.

    Not safe from several threads.
    """

    def __init__(self) -> None:
        self._counts: dict[Note, tuple[int, str]] = {}

    def add(self, note: Note, count: int, example: str = "") -> None:
        """Count something; its newest example is kept."""
        before, _ = self._counts.get(note, (0, ""))
        self._counts[note] = before + count, example

    def take(self) -> dict[Note, tuple[int, str]]:
        """Return how often each was counted, with its example, and forget it."""
        counts, self._counts = self._counts, {}
        return counts

    def put_back(self, counts: dict[Note, tuple[int, str]]) -> None:
        """Take back what could not be written down."""
        newer = self._counts
        self._counts = counts
        for note, (count, example) in newer.items():
            self.add(note, count, example)

    def __bool__(self) -> bool:
        return bool(self._counts)

    @property
    def urgent(self) -> bool:
        """Whether somebody was refused; all else can wait for a commit that has more to do."""
        return any(note.kind == REJECTION for note in self._counts)


class Tallies:
    """The table `tally`: a row for each thing that is counted and each project."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(
        self,
        problems: Iterable[Sequence[tuple[str, str]]],
        rejected: Sequence[Rejected],
        written: Sequence[Written],
        project_ref: int,
    ) -> None:
        """Count what one commit did for a project."""
        stored, repeated, replaced = (
            (sum(column) for column in zip(*((w.stored, w.repeated, w.replaced) for w in written), strict=True))
            if written
            else (0, 0, 0)
        )
        counts = {
            "received": stored + repeated + replaced + len(rejected),
            "stored": stored,
            "repeated": repeated,
            "replaced": replaced,
        }
        self._count([(project_ref, COUNT, name, number, "") for name, number in counts.items() if number])
        reasons: dict[str, tuple[int, str]] = {}  # a request can hold a million spans without an id
        for one in rejected:
            reasons[one.reason] = reasons.get(one.reason, (0, ""))[0] + 1, one.detail
        self._count([(project_ref, REJECTION, reason, n, detail) for reason, (n, detail) in reasons.items()])
        self._count([(project_ref, PROBLEM, kind, 1, detail) for several in problems for kind, detail in several])

    def add_logs(self, received: int, stored: int, problems: Iterable[tuple[str, str]], project_ref: int) -> None:
        """Count the log records of one commit for a project; those received and not stored were stored already."""
        counts = {"logs received": received, "logs stored": stored}
        self._count([(project_ref, COUNT, name, number, "") for name, number in counts.items()])
        self._count([(project_ref, PROBLEM, kind, 1, detail) for kind, detail in problems])

    def forget_problems(self) -> None:
        """Start counting anew what the mapping could not read."""
        self._db.execute("DELETE FROM tally WHERE kind = ?", (PROBLEM,))

    def noted(self, counts: dict[Note, tuple[int, str]], refs: Refs) -> None:
        """Count what happened outside of commits."""
        self._count(
            [
                (NOBODY if note.project is None else refs.project(note.project), note.kind, note.name, count, example)
                for note, (count, example) in counts.items()
            ]
        )

    def _count(self, rows: Sequence[tuple[int, str, str, int, str]]) -> None:
        now = time.time_ns()
        self._db.executemany(
            "INSERT INTO tally (project_ref, kind, name, count, last_ns, example) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
            " ON CONFLICT DO UPDATE SET count = count + excluded.count, last_ns = excluded.last_ns,"
            " example = excluded.example",
            [
                (project_ref, kind, name[:EXAMPLE_LENGTH], number, now, example[:EXAMPLE_LENGTH])
                for project_ref, kind, name, number, example in rows
            ],
        )


def load(db: sqlite3.Connection, kind: str, project_ref: int | None = None) -> list[Tally]:
    """Return the counters of a kind, the most frequent first; of one project, or of all together with nobody's."""
    rows = db.execute(
        # with max(), SQLite takes the other columns from the row that has it
        "SELECT name, sum(count), strftime('%Y-%m-%d %H:%M:%S', max(last_ns) / 1000000000, 'unixepoch'), example"
        " FROM tally WHERE kind = ?1 AND (?2 IS NULL OR project_ref = ?2) GROUP BY name ORDER BY 2 DESC, 1",
        (kind, project_ref),
    )
    return [Tally(*row) for row in rows]
