"""What decoding and mapping a span costs, over bodies that real instrumentations sent."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import click

from sidetrace.mapping.mapper import Mapper
from sidetrace.mapping.values import forget
from sidetrace.proto import decode
from sidetrace.proto.span import Span

from . import report
from .bodies import Bodies
from .machine import describe

CAPTURES = Path(__file__).resolve().parents[2] / "shared" / "captures"
LONGEST_PART = 2000
"""Spans of one repetition at most, so that their objects stay in the caches as in a request."""
REQUEST = 512
"""Spans that are decoded before they are mapped for the first time."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of processor time a span, with what the spans are like.

    `map_us`: the same objects again and again, which flatters what is remembered by text. `first_us`: objects that
    were never mapped, with the texts of other copies forgotten; shapes, names and prices stay known.
    """

    sender: str
    spans: int
    bytes_per_span: float
    attributes_per_span: float
    decode_us: float
    map_us: float
    first_us: float
    problems: int


@click.command("map", short_help="Microseconds to decode and map a span.")
@click.option("--captures", default=CAPTURES, metavar="DIR", help="Folder with a folder of *.traces.pb a sender.",
              type=click.Path(path_type=Path))  # fmt: skip
@click.option("--repeat", default=15, help="How often; figures are medians.")
@report.json_option
def map_bodies(captures: Path, repeat: int, json_file: Path | None) -> None:
    """Measure `proto.decode` and `Mapper.map` over captured bodies, and over the bench's own."""
    machine = describe(Path(tempfile.gettempdir()))
    report.heading(machine)
    senders = {
        folder.name: [file.read_bytes() for file in sorted(folder.rglob("*.traces.pb"))]
        for folder in sorted(captures.glob("*"))
        if folder.is_dir()
    }
    if not senders:
        report.console.print(f"no captures in {captures}; name their folder with --captures", highlight=False)
    senders |= {f"bench, {kind} attributes": Bodies(kind).requests(LONGEST_PART, 64) for kind in ("few", "many")}
    costs = [cost(sender, bodies, repeat) for sender, bodies in senders.items() if bodies]
    captured = [row for row in costs if not row.sender.startswith("bench,")]
    if captured:
        costs.append(average(captured))
    report.table(
        f"µs of processor time a span, protobuf (median of {repeat})",
        ("sender", "spans", "bytes/span", "attributes/span", "decode", "map again", "map first", "problems"),
        [tuple(asdict(row).values()) for row in costs],
    )
    report.save(json_file, {"question": "map", "machine": machine, "results": [asdict(row) for row in costs]})


def average(costs: list[Cost]) -> Cost:
    """Return the mean over all spans of several senders."""
    spans = sum(row.spans for row in costs)

    def mean(what: Callable[[Cost], float]) -> float:
        return sum(what(row) * row.spans for row in costs) / spans

    return Cost(
        "captures, mean of all spans",
        spans,
        mean(lambda row: row.bytes_per_span),
        mean(lambda row: row.attributes_per_span),
        mean(lambda row: row.decode_us),
        mean(lambda row: row.map_us),
        mean(lambda row: row.first_us),
        sum(row.problems for row in costs),
    )


def cost(sender: str, bodies: list[bytes], repeat: int) -> Cost:
    """Measure one sender's bodies, repeated until they are worth timing."""
    mapper = Mapper()
    spans = [span for body in bodies for span in decode(body, False).spans]
    problems = sum(len(mapper.map(span).problems) for span in spans)
    again = max(1, LONGEST_PART // len(spans))
    copies = max(1, REQUEST // len(spans))

    def decode_all() -> None:
        for body in bodies:
            decode(body, False)

    def map_all(spans: Iterable[Span] = spans) -> None:
        for span in spans:
            mapper.map(span)

    def map_first() -> float:
        took = 0.0
        for copy in [[span for body in bodies for span in decode(body, False).spans] for _ in range(copies)]:
            forget()
            begun = time.thread_time()
            map_all(copy)
            took += time.thread_time() - begun
        return took / copies * 1e6

    return Cost(
        sender,
        len(spans),
        sum(map(len, bodies)) / len(spans),
        sum(len(span.attributes) for span in spans) / len(spans),
        _microseconds(decode_all, again, repeat) / len(spans),
        _microseconds(map_all, again, repeat) / len(spans),
        median(map_first() for _ in range(repeat)) / len(spans),
        problems,
    )


def _microseconds(work: Callable[[], None], again: int, repeat: int) -> float:
    took = []
    for _ in range(repeat):
        begun = time.thread_time()
        for _ in range(again):
            work()
        took.append((time.thread_time() - begun) / again)
    return median(took) * 1e6
