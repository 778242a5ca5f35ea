"""How long answers take, over a file of a million spans: each kind of question that has a budget, on a real server.

The file is made by `world` and `filling`, and used again where `--db` names one that is there. Figures are ms from
the request to the whole answer, one question at a time on a quiet server, warm; those of reading a sentence are ms in
this process. The last parts ask while something else goes on: lists beside metrics, and writing beside questions.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice, zip_longest
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import click

from sidetrace.errors import BadParameter
from sidetrace.query.find import understand

from . import questions, report
from .asking import Asked, Asker, asking, percentile
from .bodies import Bodies, Place, everyday
from .doors import HttpDoor
from .filling import fill
from .load import flood
from .machine import describe
from .questions import Question
from .samples import Samples
from .server import BenchFailed, Server
from .world import World

HOUSE = Path(__file__).resolve().parents[1]
SENTENCES = HOUSE / "tests" / "query" / "find_sentences.txt"
DOCUMENTS = HOUSE.parent / "shared" / "seeds"
PARSE = 5.0
"""Budget in ms for reading a sentence."""
SLOWER = 0.8
"""What must be left of the write rate while questions are asked."""
QUESTIONS_PER_SECOND = 5.0
ASKERS = 16
"""People who ask: enough that a slow answer keeps no other question waiting."""
MOST_OF_A_GROUP = 40
"""About so many questions of each group are asked while spans are written."""
METRICS_AT_ONCE = 4
FIRST_TRACE = 900_000_000
"""Number of the first trace that is written beside the questions, beyond those of other benches."""
SPANS_A_REQUEST, IN_FLIGHT = 512, 8


@dataclass(frozen=True, slots=True)
class Settings:
    """How thorough to be."""

    repeat: int
    seconds: float
    """Longest time for the repetitions of one question."""
    rounds: int
    """Pairs of flows of spans, with questions and without."""
    flow: float
    """Seconds of one flow."""
    only: tuple[str, ...] = ()
    """Groups to measure; all when empty."""

    def wants(self, group: str) -> bool:
        """Say whether a group is to be measured."""
        return not self.only or any(part in group for part in self.only)


@click.command(short_help="ms of each kind of question over a million spans, beside its budget.")
@click.option("--spans", default=1_000_000, help="Spans of the file; a tenth as many traces, a hundredth sessions.")
@click.option("--seed", default=1, help="What the file is drawn by.")
@click.option("--db", "database", metavar="FILE", type=click.Path(path_type=Path),
              help="Keep the file there, or use the one that is there.")  # fmt: skip
@click.option("--documents", default=DOCUMENTS, metavar="DIR", type=click.Path(path_type=Path),
              help="Folder with *.md whose SQL is asked.")  # fmt: skip
@click.option("--repeat", default=7, help="How often each question is asked; figures are medians.")
@click.option("--rounds", default=5, help="Pairs of flows of spans, with questions and without.")
@click.option("--only", multiple=True, metavar="TEXT", help="Only groups whose name contains this; may be repeated.")
@click.option("--show", default=40, help="How many of the slowest questions are printed.")
@click.option("--tiny", is_flag=True, help="A few seconds, to see that it works.")
@report.json_option
@report.dir_option
def query(
    spans: int, seed: int, database: Path | None, documents: Path, repeat: int, rounds: int, only: tuple[str, ...],
    show: int, tiny: bool, json_file: Path | None, folder: Path | None,
) -> None:  # fmt: skip
    """Measure the answers to questions, and what they cost others."""
    settings = Settings(repeat, 2.0, rounds, 4.0, only)
    if tiny:
        spans, settings = min(spans, 3000), Settings(1, 0.1, 1, 0.4, only)
    try:
        with tempfile.TemporaryDirectory(prefix="sidetrace-bench-", dir=folder) as name:
            document = measure(Path(name), settings, spans, seed, database, documents, show)
    except BenchFailed as error:
        raise click.ClickException(str(error)) from error
    report.save(json_file, document)


def measure(
    folder: Path, settings: Settings, spans: int, seed: int, database: Path | None, documents: Path, show: int
) -> dict[str, Any]:
    """Measure and print everything; return it as what becomes JSON."""
    machine = describe(folder)
    report.heading(machine)
    database = database or folder / "world.db"
    made = 0.0
    if not database.exists():
        begun = time.perf_counter()
        fill(database, spans, seed, lambda line: report.console.print(line, highlight=False))
        made = time.perf_counter() - begun
    sizes = held(database)
    report.console.print(f"{database}: {', '.join(f'{count:,} {what}' for what, count in sizes.items())}")
    found = [sentences()] if settings.wants("parse") else []
    samples = Samples(database)
    try:
        asked = [each for each in collect(samples, documents, seed) if settings.wants(each.group)]
    finally:
        samples.close()
    with Server(folder, database) as server, Asker(server.http, server.busy_ms) as asker:
        last = time.perf_counter()
        for place, each in enumerate(asked):
            found.append(asker.measure(each, settings.repeat, settings.seconds))
            if time.perf_counter() - last > 30:
                last = time.perf_counter()
                report.console.print(f"{place:,} of {len(asked):,} questions", highlight=False)
        beside = lists_beside_metrics(server, asker, asked, settings) if settings.wants("beside") else []
    found += beside
    show_answers(found, show)
    writing = writing_beside_questions(folder, database, asked, settings) if settings.wants("writing") else None
    return {
        "question": "query", "machine": machine, "file": sizes, "seed": seed, "seconds_to_make": made,
        "groups": [asdict(each) for each in summaries(found)],
        "answers": [asdict(each) | {"ok": each.ok} for each in found], "writing": writing,
    }  # fmt: skip


def collect(samples: Samples, documents: Path, seed: int) -> Iterable[Question]:
    """Yield all questions."""
    yield from questions.session_lists()
    yield from questions.filters(samples)
    yield from questions.full_text(World(10, 0, seed).words.members)
    yield from questions.sql(documents)
    yield from questions.metrics(samples)
    yield from questions.by_id(samples)


def held(database: Path) -> dict[str, int]:
    """Return how many rows of what a file holds, and its bytes."""
    db = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
    try:
        counts = {
            view: int(db.execute(f"SELECT count(*) FROM {view}").fetchone()[0])
            for view in ("observations", "traces", "sessions", "users", "scores")
        }
    finally:
        db.close()
    return {**counts, "bytes": database.stat().st_size}


def sentences(repeat: int = 3) -> Asked:
    """Measure reading every sentence of the tests; of a sentence the median counts, of all the slowest."""
    now = datetime.now(ZoneInfo("Europe/Berlin"))
    lines = [line for line in SENTENCES.read_text("utf-8").splitlines() if line and line[0] not in " #"]
    each = []
    for line in lines:
        took = []
        for _ in range(repeat + 1):
            begun = time.perf_counter()
            with suppress(BadParameter):  # a question that is refused has been read too
                understand(line, now)
            took.append((time.perf_counter() - begun) * 1000)
        each.append((median(took[1:]), line))
    slowest, line = max(each)
    return Asked("parse", f"of {len(lines):,} sentences the slowest: {line}", PARSE, slowest,
                 percentile([took for took, _ in each], 0.95), None, len(lines), None)  # fmt: skip


def lists_beside_metrics(server: Server, asker: Asker, asked: Sequence[Question], settings: Settings) -> list[Asked]:
    """Measure lists while the most expensive metrics are asked without a pause by several at once."""
    metrics = [each for each in asked if each.group == "metrics" and "by userId and day, all time" in each.name]
    lists = [each for each in asked if each.name == "first page"] + [
        Question("", "newest 50 traces", "/api/public/traces?limit=50", questions.FILTER)
    ]
    if not metrics:
        return []
    found = []
    with asking(server.http, metrics, None, METRICS_AT_ONCE) as answered:
        for each in lists:
            renamed = each._replace(
                group="lists beside metrics", name=f"{each.path}, {METRICS_AT_ONCE} metrics at once"
            )
            found.append(asker.measure(renamed, 10 * settings.repeat, 5 * settings.seconds))
    if answered:
        found.append(Asked("metrics, 4 at once", "by user and day", 4 * questions.METRICS, median(answered),
                           percentile(answered, 0.95), None, len(answered), None))  # fmt: skip
    return found


def writing_beside_questions(
    folder: Path, database: Path, asked: Sequence[Question], settings: Settings
) -> dict[str, Any]:
    """Measure the rate of writing into a copy of the file, by turns with questions and without."""
    copy = folder / "written.db"
    shutil.copyfile(database, copy)
    mixed = mix(asked)
    bodies = iter(Bodies().body(places) for places in chunks(everyday(FIRST_TRACE)))
    rates: dict[bool, list[float]] = {False: [], True: []}
    took: list[float] = []

    async def flow(server: Server, seconds: float) -> float:
        requests = [next(bodies) for _ in range(int(seconds * 60) + IN_FLIGHT)]
        async with HttpDoor(server.http, "protobuf") as door:
            dressed = [door.dress(body) for body in requests]
            done = await flood(door, dressed, IN_FLIGHT, seconds)
        return done.acknowledged * SPANS_A_REQUEST / done.seconds

    with Server(folder, copy) as server:
        asyncio.run(flow(server, settings.flow / 2))
        for turn in range(2 * settings.rounds):
            if turn % 4 in (1, 2):  # without, with, with, without: what grows meanwhile falls on both
                with asking(server.http, mixed, QUESTIONS_PER_SECOND, ASKERS) as answered:
                    rates[True].append(asyncio.run(flow(server, settings.flow)))
                took += answered
            else:
                rates[False].append(asyncio.run(flow(server, settings.flow)))
    alone, beside = median(rates[False]), median(rates[True])
    if not alone:
        raise BenchFailed("the server took no spans")
    figures = {
        "questions": len(took), "alone": alone, "beside": beside, "share": beside / alone,
        "ok": beside / alone >= SLOWER, "answers_median": median(took) if took else None,
        "answers_p95": percentile(took, 0.95) if took else None, "rates": {str(k): v for k, v in rates.items()},
    }  # fmt: skip
    report.table(
        f"Writing beside {QUESTIONS_PER_SECOND:.0f} questions/s of {len(mixed):,} kinds (median of {settings.rounds})",
        ("", "spans/s alone", "with questions", "share", "budget", "", "answers, ms", "p95"),
        [("HTTP protobuf, 512 a request", alone, beside, figures["share"], SLOWER, "ok" if figures["ok"] else "miss",
          figures["answers_median"], figures["answers_p95"])],
    )  # fmt: skip
    return figures


def chunks(places: Iterator[Place]) -> Iterator[Iterator[Place]]:
    """Yield the places of one request after another."""
    while True:
        yield islice(places, SPANS_A_REQUEST)


def mix(asked: Sequence[Question]) -> list[Question]:
    """Return questions of all groups by turns, spread over each group."""
    groups: dict[str, list[Question]] = {}
    for each in asked:
        if each.group != questions.TOOLS:
            groups.setdefault(each.group, []).append(each)
    spread = [members[:: max(1, len(members) // MOST_OF_A_GROUP)] for members in groups.values()]
    return [each for turn in zip_longest(*spread) for each in turn if each is not None]


@dataclass(frozen=True, slots=True)
class Summary:
    """A group of questions: ms of the usual one, the 95th of 100 and the slowest; how many miss the budget."""

    group: str
    questions: int
    budget: float
    median: float
    p95: float
    slowest: float
    misses: int


def summaries(found: Sequence[Asked]) -> list[Summary]:
    """Return the groups, each question by its median."""
    groups: dict[str, list[Asked]] = {}
    for each in found:
        groups.setdefault(each.group, []).append(each)
    return [
        Summary(name, len(members), members[0].budget, median(each.median for each in members),
                percentile([each.median for each in members], 0.95), max(each.median for each in members),
                sum(not each.ok for each in members))
        for name, members in groups.items()
    ]  # fmt: skip


def show_answers(found: Sequence[Asked], most: int) -> None:
    """Print the groups, and the slowest questions by the share of their budget."""
    report.table(
        "Answers, ms: a question counts by its median",
        ("group", "questions", "budget", "median", "p95", "slowest", "misses", ""),
        [(each.group, each.questions, each.budget, each.median, each.p95, each.slowest, each.misses,
          "miss" if each.misses else "ok") for each in summaries(found)],
    )  # fmt: skip
    slowest = sorted(found, key=lambda each: each.median / each.budget, reverse=True)[:most]
    report.table(
        "The slowest of them, ms",
        ("group", "question", "budget", "median", "p95", "CPU", "rows", ""),
        [(each.group, each.name, each.budget, each.median, each.p95, each.busy, each.rows, "ok" if each.ok else "miss")
         for each in slowest],
    )  # fmt: skip
