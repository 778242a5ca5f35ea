"""How many spans a second each door acknowledges, beside the ceiling; and what that costs.

Every round measures the ceiling and then the doors, so that what else the machine does falls on all of them; figures
are medians over the rounds, ratios are taken inside a round. Every measurement has a new server and a new file, and
ends with a count of what the file holds: fewer or more observations than were acknowledged fail the bench.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import click

from sidetrace.storage.sqlite.writer import COMMIT_SPANS

from . import ceiling, report
from .bodies import Bodies, Encoding
from .ceiling import Ceiling
from .corpus import Attributes
from .doors import Door, GrpcDoor, HttpDoor
from .load import Flow, Pace, flood, steady
from .machine import describe
from .server import BenchFailed, Server, file_bytes, stored

DOORS: dict[str, Encoding] = {"gRPC": "protobuf", "HTTP protobuf": "protobuf", "HTTP JSON": "json"}
SPANS_IN_FLIGHT = 8192
"""Enough that a full commit waits while one is being written; less than the write queue, so that nothing is refused."""
MOST_IN_FLIGHT, LEAST_IN_FLIGHT = 128, 8
PACE = 200.0
"""Requests a second at which acknowledgements are timed (design, section 7)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What to measure."""

    spans: int
    sizes: tuple[int, ...]
    attributes: Attributes
    seconds: float
    rounds: int
    folder: Path | None
    settle: float = 0.5
    """Seconds before memory is read at rest."""

    def in_flight(self, size: int) -> int:
        """Return how many requests of `size` spans are under way at a time."""
        return max(LEAST_IN_FLIGHT, min(MOST_IN_FLIGHT, SPANS_IN_FLIGHT // size))

    def group(self, size: int) -> int:
        """Return how many spans a commit of the server can hold: what is in flight, up to the writer's own limit."""
        return min(COMMIT_SPANS, self.in_flight(size) * size)


@dataclass(frozen=True, slots=True)
class Run:
    """One flood through one door: spans a second, CPU microseconds of server and sender a span, MiB, bytes a span."""

    rate: float
    acknowledged: int
    stored: int
    refused: int
    cpu_us: float
    sender_us: float
    idle_mib: float
    peak_mib: float
    after_mib: float
    wire_bytes: float
    file_bytes: float
    startup: float


@click.command(short_help="Acknowledged spans/s at each door, beside the ceiling.")
@click.option("--spans", default=60_000, help="Spans of one measurement.")
@click.option("--sizes", default="1,64,512", help="Spans a request.")
@click.option("--attributes", type=click.Choice(["few", "many"]), default="few", help="About 11 a span, or 47.")
@click.option("--seconds", default=4.0, help="Longest time of one measurement.")
@click.option("--rounds", default=3, help="How often; figures are medians.")
@click.option("--tiny", is_flag=True, help="A few seconds, to see that it works.")
@report.json_option
@report.dir_option
def ingest(
    spans: int, sizes: str, attributes: Attributes, seconds: float, rounds: int, tiny: bool, json_file: Path | None,
    folder: Path | None,
) -> None:  # fmt: skip
    """Measure the write path end to end, through real sockets, into a real file."""
    settings = Settings(spans, tuple(map(int, sizes.split(","))), attributes, seconds, rounds, folder)
    if tiny:
        settings = replace(settings, spans=2000, sizes=(64,), seconds=0.4, rounds=1, settle=0.05)
    try:
        document = measure(settings)
    except BenchFailed as error:
        raise click.ClickException(str(error)) from error
    report.save(json_file, document)


def measure(settings: Settings) -> dict[str, Any]:
    """Measure and print everything; return it as what becomes JSON."""
    with new_folder(settings) as folder:
        machine = describe(folder)
    report.heading(machine)
    ceilings: dict[tuple[int, Encoding], list[Ceiling]] = {}
    runs: dict[tuple[int, str], list[Run]] = {}
    for _ in range(settings.rounds):
        for size in settings.sizes:
            for name, encoding in DOORS.items():
                top = ceilings.setdefault((size, encoding), [])
                done = runs.setdefault((size, name), [])
                if len(top) == len(done):  # the first door of this encoding in this round
                    top.append(one_ceiling(settings, size, encoding))
                done.append(one_run(settings, size, name))
    paces = {name: one_pace(settings, name) for name in DOORS}
    rows = [summary(size, name, settings, ceilings[size, DOORS[name]], done) for (size, name), done in runs.items()]
    latencies = [
        {"door": name, "requests": len(pace.latencies), "p50_ms": pace.percentile(0.5) * 1000,
         "p99_ms": pace.percentile(0.99) * 1000, "worst_ms": pace.latencies[-1] * 1000,
         "sender_late_ms": pace.late * 1000, "refused": pace.refused}
        for name, pace in paces.items()
    ]  # fmt: skip
    parts = [
        {"size": size, "encoding": encoding, "group": settings.group(size)}
        | {field: median(getattr(each, field) for each in done) for field in asdict(done[0])}
        for (size, encoding), done in ceilings.items()
    ]
    show(settings, rows, latencies, parts)
    return {
        "question": "ingest", "machine": machine, "settings": asdict(settings) | {"folder": str(settings.folder or "")},
        "attributes_per_span": Bodies(settings.attributes).attributes_per_span,
        "doors": rows, "ceilings": parts, "one_span_at_200_a_second": latencies,
        "rounds": [
            {"size": size, "door": name, "ceilings": [asdict(each) for each in ceilings[size, DOORS[name]]],
             "runs": [asdict(run) for run in done]}
            for (size, name), done in runs.items()
        ],
    }  # fmt: skip


def summary(size: int, name: str, settings: Settings, top: list[Ceiling], done: list[Run]) -> dict[str, Any]:
    """Return the medians of one door and size."""
    row = {field: median(getattr(run, field) for run in done) for field in asdict(done[0])}
    row |= {"acknowledged": sum(run.acknowledged for run in done), "stored": sum(run.stored for run in done)}
    row |= {"refused": sum(run.refused for run in done), "peak_mib": max(run.peak_mib for run in done)}
    return row | {
        "size": size, "door": name, "in_flight": settings.in_flight(size),
        "ceiling": median(each.rate for each in top),
        "ratio": median(run.rate / each.rate for run, each in zip(done, top, strict=True)),
        "file_to_wire": row["file_bytes"] / row["wire_bytes"],
    }  # fmt: skip


def show(settings: Settings, rows: list[dict[str, Any]], latencies: list[dict[str, Any]], parts: list[Any]) -> None:
    """Print the tables."""
    mix = f"{settings.attributes} attributes: {Bodies(settings.attributes).attributes_per_span:.1f} a span"
    report.table(
        f"Acknowledged spans/s ({mix}; median of {settings.rounds})",
        ("door", "spans/request", "in flight", "spans/s", "ceiling", "ratio", "requests/s", "CPU µs/span",
         "sender's", "refused"),
        [(row["door"], row["size"], row["in_flight"], row["rate"], row["ceiling"], row["ratio"],
          row["rate"] / row["size"], row["cpu_us"], row["sender_us"], row["refused"]) for row in rows],
    )  # fmt: skip
    report.table(
        "The ceiling: one thread, no server, µs a span",
        ("body", "spans/request", "spans/commit", "spans/s", "decode", "map", "write rows", "commit"),
        [(part["encoding"], part["size"], part["group"], part["rate"], part["decode_us"], part["map_us"],
          part["write_us"], part["commit_us"]) for part in parts],
    )  # fmt: skip
    report.table(
        f"One-span requests at {PACE:.0f}/s: ms to the acknowledgement",
        ("door", "requests", "p50", "p99", "worst", "sender late at most", "refused"),
        [tuple(latency.values()) for latency in latencies],
    )
    report.table(
        "The server",
        ("door", "spans/request", "start-up s", "idle MiB", "peak MiB", "after MiB", "wire bytes/span",
         "file bytes/span", "file/wire", "acknowledged", "stored"),
        [(row["door"], row["size"], row["startup"], row["idle_mib"], row["peak_mib"], row["after_mib"],
          row["wire_bytes"], row["file_bytes"], row["file_to_wire"], row["acknowledged"], row["stored"])
         for row in rows],
    )  # fmt: skip


def one_ceiling(settings: Settings, size: int, encoding: Encoding) -> Ceiling:
    """Measure the ceiling once."""
    with new_folder(settings) as folder:
        return ceiling.measure(
            folder, settings.spans, size, settings.attributes, encoding, settings.group(size), settings.seconds
        )


def one_run(settings: Settings, size: int, name: str) -> Run:
    """Flood one door of a new server once."""
    bodies = Bodies(settings.attributes, DOORS[name]).requests(settings.spans, size)
    wire = sum(map(len, bodies)) / len(bodies) / size
    in_flight = settings.in_flight(size)
    with new_folder(settings) as folder, Server(folder) as server:
        time.sleep(settings.settle)
        idle = server.memory()

        async def run() -> tuple[Flow, Flow, float, float]:
            async with open_door(server, name) as door:
                requests = [door.dress(body) for body in bodies]
                bodies.clear()
                # connections are made and code is loaded before the clock starts
                warm = min(in_flight, len(requests) // 10 or 1)
                first = await flood(door, requests[:warm], in_flight, settings.seconds)
                ours, theirs = time.process_time(), server.cpu_seconds()
                then = await flood(door, requests[warm:], in_flight, settings.seconds)
                return first, then, server.cpu_seconds() - theirs, time.process_time() - ours

        first, flow, cpu, sender = asyncio.run(run())
        peak = server.memory().peak
        time.sleep(settings.settle)
        after = server.memory().now
        acknowledged = (first.acknowledged + flow.acknowledged) * size
        server.stop()
        kept = counted(server, acknowledged, name)
        spans = flow.acknowledged * size
        return Run(
            spans / flow.seconds, acknowledged, kept, first.refused + flow.refused, cpu / spans * 1e6,
            sender / spans * 1e6, idle.now, peak, after, wire, file_bytes(server.database) / kept, server.startup,
        )  # fmt: skip


def one_pace(settings: Settings, name: str) -> Pace:
    """Send one-span requests to a new server at a steady pace."""
    number = int(PACE * settings.seconds)
    bodies = Bodies(settings.attributes, DOORS[name]).requests(number + 20, 1)

    async def run(server: Server) -> tuple[Flow, Pace]:
        async with open_door(server, name) as door:
            requests = [door.dress(body) for body in bodies]
            return await flood(door, requests[number:], 1, PACE), await steady(door, requests[:number], PACE)

    with new_folder(settings) as folder, Server(folder) as server:
        first, pace = asyncio.run(run(server))
        server.stop()
        counted(server, first.acknowledged + len(pace.latencies), name)
        return pace


def open_door(server: Server, name: str) -> Door:
    """Return a sender for one door of a server."""
    return GrpcDoor(server.grpc) if name == "gRPC" else HttpDoor(server.http, DOORS[name])


def counted(server: Server, acknowledged: int, name: str) -> int:
    """Return what the file of a stopped server holds. Raises BenchFailed unless that is what was acknowledged."""
    kept = stored(server.database)
    if kept != acknowledged:
        raise BenchFailed(f"{name}: {acknowledged} spans were acknowledged, but the file holds {kept}")
    return kept


@contextmanager
def new_folder(settings: Settings) -> Iterator[Path]:
    """Make a folder for one measurement, and remove it."""
    with tempfile.TemporaryDirectory(prefix="sidetrace-bench-", dir=settings.folder) as name:
        yield Path(name)
