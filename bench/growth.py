"""Does a span cost more in a large trace or session? The rate of the last tenth beside that of the first.

Spans go through the storage engine, `WRITE` at a time, each write waiting for its commit. Decoding and mapping are
not timed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import click

from sidetrace.mapping.mapper import Mapper
from sidetrace.proto import decode
from sidetrace.storage.sqlite.store import SqliteStore

from . import report
from .bodies import TRACE_SPANS, Bodies, Place, everyday, step_of
from .corpus import STEPS
from .machine import describe
from .server import BenchFailed, stored

WRITE = 512
BRANCH = 8
WARM_SPANS = 2048
WARM_TRACE = 50_000_000
"""Number of the first trace of the warm-up, beyond those of the measurement."""


def session(spans: int, root_first: bool) -> Iterator[Place]:
    """Yield one session of many traces: the first spans of a block's traces, then their second ones, and so on."""
    steps = range(TRACE_SPANS)
    block = _block(spans, TRACE_SPANS)
    for begin in range(1, spans // TRACE_SPANS + 2, block):
        for step in reversed(steps) if root_first else steps:
            for trace in range(begin, begin + block):
                first, parent = 1 + trace * TRACE_SPANS, STEPS[step].parent
                yield Place(trace, first + step, 0 if parent is None else first + parent, 1, 1, step)


def branches(spans: int, root_first: bool) -> Iterator[Place]:
    """Yield one trace of branches below the root: the spans of a block's branches before their heads, or after."""
    size = BRANCH + 1
    block = _block(spans, size)
    if root_first:
        yield _place(1, 0)
    last = spans - 1
    for begin in range(0, last, block * size):
        end = min(begin + block * size, last)
        heads = [(2 + number, 1) for number in range(begin, end, size)]
        members = [(2 + number, 2 + number - number % size) for number in range(begin, end) if number % size]
        for number, parent in [*heads, *members] if root_first else [*members, *heads]:
            yield _place(number, parent)
    if not root_first:
        yield _place(1, 0)


def fan(spans: int, root_first: bool) -> Iterator[Place]:
    """Yield one trace whose spans are all children of the root."""
    numbers = range(1, spans + 1)
    for number in numbers if root_first else reversed(numbers):
        yield _place(number, number > 1)


def _place(number: int, parent: int) -> Place:
    return Place(1, number, parent, 1, 1, step_of(parent, number))


def _block(spans: int, size: int) -> int:
    """Return how many groups of `size` spans are sent interleaved: many writes a block, many blocks a tenth."""
    return max(1, min(WRITE, spans // size // 20))


SHAPES = {
    "one session of many traces": session,
    f"one trace, branches of {BRANCH} spans": branches,
    "one trace, all children of the root": fan,
}


@dataclass(frozen=True, slots=True)
class Growth:
    """One shape and order: spans a second over all, in the first and in the last tenth; milliseconds of a write.

    The tenths leave out the very last write: a root that comes last settles in it what all spans waited for.
    """

    shape: str
    order: str
    spans: int
    all_spans: float
    first_tenth: float
    last_tenth: float
    ratio: float
    longest_ms: float
    last_ms: float


@click.command(short_help="Does the cost of a span grow with its trace or session?")
@click.option("--spans", default=100_000, type=click.IntRange(min=2 * WRITE), help="Spans of each shape.")
@report.json_option
@report.dir_option
def growth(spans: int, json_file: Path | None, folder: Path | None) -> None:
    """Measure the storage engine with one huge session and one huge trace, roots first and roots last."""
    with tempfile.TemporaryDirectory(prefix="sidetrace-bench-", dir=folder) as name:
        machine = describe(Path(name))
    report.heading(machine)
    results = []
    for shape, places in SHAPES.items():
        for root_first in (True, False):
            with tempfile.TemporaryDirectory(prefix="sidetrace-bench-", dir=folder) as name:
                results.append(one(Path(name), shape, places(spans, root_first), spans, root_first))
    report.table(
        f"Spans/s through the storage engine, {WRITE} spans a write",
        (
            "shape",
            "order",
            "spans",
            "spans/s",
            "first tenth",
            "last tenth",
            "last/first",
            "longest write ms",
            "last write ms",
        ),
        [tuple(asdict(result).values()) for result in results],
    )
    document: dict[str, Any] = {"question": "growth", "machine": machine, "results": [asdict(row) for row in results]}
    report.save(json_file, document)


def one(folder: Path, shape: str, places: Iterator[Place], spans: int, root_first: bool) -> Growth:
    """Measure one shape in one order. Raises BenchFailed when the file does not hold every span."""
    bodies, mapper = Bodies(), Mapper()
    store = SqliteStore.open(folder / "spans.db", mapper)

    def write(some: list[Place]) -> float:
        """Store some spans; return the seconds to the commit."""
        observations = [mapper.map(span) for span in decode(bodies.body(some), False).spans]
        begun = time.perf_counter()
        store.write("default", observations, []).result()
        return time.perf_counter() - begun

    try:
        warm = everyday(WARM_TRACE)
        for _ in range(WARM_SPANS // WRITE):
            write(list(islice(warm, WRITE)))
        writes: list[tuple[int, float]] = []
        left = spans
        while left:
            some = list(islice(places, min(WRITE, left)))
            left -= len(some)
            writes.append((len(some), write(some)))
    finally:
        store.close()
    kept = stored(store.path) - WARM_SPANS
    if kept != spans:
        raise BenchFailed(f"{shape}: wrote {spans} spans, the file holds {kept}")
    tenth = max(1, len(writes) // 10)
    first, last = rate(writes[:tenth]), rate(writes[-tenth - 1 : -1])
    order = "root first" if root_first else "children first"
    longest = max(seconds for _, seconds in writes)
    return Growth(shape, order, spans, rate(writes), first, last, last / first, longest * 1000, writes[-1][1] * 1000)


def rate(writes: list[tuple[int, float]]) -> float:
    """Return the spans a second of some writes."""
    return sum(spans for spans, _ in writes) / sum(seconds for _, seconds in writes)
