"""The full text after `kill -9` at any moment: what it answers is what a plain scan of the views finds."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sidetrace.storage.selection import Condition, Row, Selection, View
from sidetrace.storage.sqlite import locating
from sidetrace.storage.sqlite.reader import SqliteReader

ROUNDS = 6
WORDS = ["refund", "timeout", "invoice", "A17", "4f0e9c2d", "größe", "退款"]
WRITE = """
import random, sys, time
from pathlib import Path
from sidetrace.mapping.mapper import Mapper
from sidetrace.proto.span import Resource, Scope, Span
from sidetrace.storage.sqlite import fulltext, remap, writer
from sidetrace.storage.sqlite.store import SqliteStore

writer.INDEX_AFTER, fulltext.SLICE_ROWS, fulltext.SLICE_FURTHER, remap.SLICE_SPANS = 0.0, 64, 4, 50
path, seed, words = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
chance, mapper = random.Random(seed), Mapper()
resource, scope = Resource({}), Scope()
store = SqliteStore.open(path)
print("open", flush=True)
while True:
    what, spans = chance.random(), []
    for _ in range(chance.randint(1, 100)):
        trace, number = chance.randint(1, 40), chance.randint(1, 60)
        said = " ".join(chance.choices([*words, str(chance.random())], k=3))
        spans.append(Span(
            trace_id=f"{trace:032x}", span_id=f"{trace:08x}{number:08x}", parent_span_id="", name=chance.choice(words),
            kind=1, start_ns=10**18 + number, end_ns=10**18 + number + chance.randint(0, 9),
            attributes={"langfuse.observation.input": said}, resource=resource, scope=scope, events=[], links=[],
        ))
    store.write("default", [mapper.map(span) for span in spans], []).result(60)
    if what < 0.1:
        store.remap()
    elif what < 0.3:
        store.delete_traces("default", [f"{chance.randint(1, 40):032x}"]).result(60)
"""
VIEWS: tuple[View, ...] = ("observations", "traces")


@pytest.mark.parametrize("at_once", [locating.READ_AT_ONCE, 0])
def test_kill_9_leaves_the_full_text_right(tmp_path: Path, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locating, "READ_AT_ONCE", at_once)
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    path = tmp_path / "killed.db"
    indexed = 0
    for round_ in range(ROUNDS):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITE, str(path), f"{seed} {round_}", *WORDS], stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.2 + chance.random() * 0.5)
        child.kill()
        child.wait()
        child.stdout.close()
        compare(path, chance)
        db = sqlite3.connect(path)
        indexed = max(indexed, db.execute("SELECT upto FROM fulltext_mark").fetchone()[0])
        db.close()
    assert indexed > 500, "the follower was hardly ever at work"


def compare(path: Path, chance: random.Random) -> None:
    reader = SqliteReader.open(path)
    try:
        for view in VIEWS:
            rows = reader.select(Selection(view, limit=10_000)).rows
            said = [" / ".join(str(row[column]) for column in ("name", "input", "output")) for row in rows]
            for _ in range(8):
                asked = chance.choice([*WORDS, " ".join(chance.choices(WORDS, k=2))])
                if said and chance.random() < 0.5:
                    asked = chance.choice(said).split(" / ")[1][chance.randint(0, 9) :][:12] or asked
                page = reader.select(Selection(view, where=(Condition("text", "contains", asked),), limit=10_000))
                found = sorted((str(row.get("trace_id")), str(row["id"])) for row in page.rows)
                wanted = [row for row in rows if holds(row, asked)]
                assert found == sorted((str(row.get("trace_id")), str(row["id"])) for row in wanted), (view, asked)
    finally:
        reader.close()


def holds(row: Row, asked: str) -> bool:
    return any(asked.lower() in str(row[column]).lower() for column in ("name", "input", "output") if row[column])
