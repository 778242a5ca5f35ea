"""Asking a receiver questions over one kept connection, and how long the answers take."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from statistics import median

import orjson

from .questions import Question
from .server import BenchFailed

PATIENCE = 120.0
"""Seconds after which an answer is given up."""
TOO_LONG = (408,)
"""The answer to SQL that ran into its time limit, which it may on a machine that writes with all its cores."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's answers: ms by median and the 95th of 100, processor ms of the server; rows if it tells."""

    group: str
    name: str
    budget: float
    median: float
    p95: float
    busy: float | None
    times: int
    rows: int | None

    @property
    def ok(self) -> bool:
        """Say whether it keeps to its budget, by the median."""
        return self.median <= self.budget


class Asker:
    """A connection to a receiver."""

    def __init__(self, address: str, busy_ms: Callable[[], float] | None = None) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=PATIENCE)
        self._busy_ms = busy_ms

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, question: Question, also: tuple[int, ...] = ()) -> tuple[float, bytes]:
        """Return the ms to the whole answer, and the answer. Raises BenchFailed for a status but 200 and `also`."""
        begun = time.perf_counter()
        headers = {"Content-Type": "application/json"} if question.body else {}
        self._connection.request("POST" if question.body else "GET", question.path, question.body, headers)
        answer = self._connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - begun) * 1000
        if answer.status not in (200, *also):
            raise BenchFailed(f"{question.name}: {question.path}: {answer.status}: {body[:300]!r}")
        return took, body

    def measure(self, question: Question, repeat: int, seconds: float) -> Asked:
        """Ask once, and then `repeat` times or until `seconds` are over."""
        _, body = self.ask(question)
        took: list[float] = []
        before = self._busy_ms() if self._busy_ms else 0.0
        until = time.perf_counter() + seconds
        while not took or (len(took) < repeat and time.perf_counter() < until):
            took.append(self.ask(question)[0])
        busy = (self._busy_ms() - before) / len(took) if self._busy_ms else None
        return Asked(
            question.group, question.name, question.budget, median(took), percentile(took, 0.95), busy, len(took),
            _rows(body),
        )  # fmt: skip


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@contextmanager
def asking(
    address: str, questions: Sequence[Question], per_second: float | None, threads: int = 1
) -> Iterator[list[float]]:
    """Ask questions in turn beside what the block does, so many a second, or one after the other by each thread.

    Gives the list that the ms of the answers go into. Raises BenchFailed at the end if one failed.
    """
    took: list[float] = []
    stop = threading.Event()
    failed: list[BaseException] = []
    waiting, lock = cycle(questions), threading.Lock()
    began = time.perf_counter()
    due = iter(range(10**9))

    def work() -> None:
        try:
            with Asker(address) as asker:
                while not stop.is_set():
                    with lock:
                        question = next(waiting)
                        turn = next(due)
                    if per_second and stop.wait(max(0.0, began + turn / per_second - time.perf_counter())):
                        return
                    took.append(asker.ask(question, TOO_LONG)[0])
        except (OSError, http.client.HTTPException, BenchFailed) as error:
            failed.append(error)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(threads)]
    for worker in workers:
        worker.start()
    try:
        yield took
    finally:
        stop.set()
        for worker in workers:
            worker.join(PATIENCE)
    if failed:
        raise BenchFailed(f"while others were served: {failed[0]}") from failed[0]


def _rows(body: bytes) -> int | None:
    answer = orjson.loads(body)
    meta = answer.get("meta") if isinstance(answer, dict) else None
    if isinstance(meta, dict) and "totalItems" in meta:
        return int(meta["totalItems"])
    return None
