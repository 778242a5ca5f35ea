"""A file full of `world`, written by the storage engine itself: mapped, claimed, summed up and indexed as always."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from itertools import chain
from pathlib import Path
from typing import Any

from sidetrace.mapping.mapper import Mapper
from sidetrace.proto.span import Span
from sidetrace.storage.sqlite.store import SqliteStore

from .server import BenchFailed
from .world import DAY, World

WRITE = 512
WAITING = 8
"""Writes that may wait for their commits."""


def fill(path: Path, spans: int, seed: int, said: Callable[[str], object]) -> World:
    """Make the file at `path`, of traces up to the end of yesterday. Raises BenchFailed where it falls short.

    It gets its name when it is whole.
    """
    world = World(spans, time.time_ns() // DAY * DAY, seed)
    partial = path.with_name(f"{path.name}.partial")
    for left in (partial, Path(f"{partial}-wal"), Path(f"{partial}-shm"), Path(f"{partial}.lock")):
        left.unlink(missing_ok=True)
    store = SqliteStore.open(partial, synchronous="off")
    try:
        write(store, world, said)
        kept = store.report().stored
    finally:
        store.close()
    if kept != spans:
        raise BenchFailed(f"wrote {spans} spans, the file holds {kept}")
    os.replace(partial, path)
    Path(f"{partial}.lock").unlink()
    return world


def write(store: SqliteStore, world: World, said: Callable[[str], object]) -> None:
    """Write spans, scores and bookmarks."""
    mapper = Mapper()
    begun = last = time.perf_counter()
    waiting: deque[Future[Any]] = deque()
    done = 0

    def settle(most: int) -> None:
        while len(waiting) > most:
            waiting.popleft().result()

    for batch in _batches(world):
        waiting.append(store.write("default", [mapper.map(span) for span in batch], []))
        settle(WAITING)
        done += len(batch)
        if time.perf_counter() - last > 15:
            last = time.perf_counter()
            said(f"{done:,} of {world.spans:,} spans, {done / (last - begun):,.0f}/s")
    scores = [*world.scores, *world.session_scores()]
    for first in range(0, len(scores), WRITE):
        waiting.append(store.put_scores("default", scores[first : first + WRITE]))
        settle(WAITING)
    marked = chain((("session", id) for id in world.bookmarked_sessions()), (("trace", id) for id in world.bookmarked))
    for kind, id in marked:
        waiting.append(store.put_mark("default", kind, id, bookmarked=True))  # type: ignore[arg-type]
    settle(0)


def _batches(world: World) -> Iterator[list[Span]]:
    """The spans, a write at a time; traces are not taken apart, as exporters send them."""
    batch: list[Span] = []
    for spans in world.traces():
        batch += spans
        if len(batch) >= WRITE:
            yield batch
            batch = []
    if batch:
        yield batch
