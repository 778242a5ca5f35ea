"""The file: what is refused, who may write, what survives."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sidetrace.errors import NewerSchema, NotADatabase, StoreBusy, StoreError, Unavailable
from sidetrace.storage.selection import Selection
from sidetrace.storage.sqlite.database import APPLICATION_ID
from sidetrace.storage.sqlite.reader import SqliteReader
from sidetrace.storage.sqlite.store import SqliteStore

from .spans import observed, span


def fill(path: Path) -> None:
    store = SqliteStore.open(path)
    store.write("default", observed(span("a", 1, session__id="s")), []).result(30)
    store.close()


def test_what_was_written_is_there_when_the_file_is_opened_again(path: Path) -> None:
    fill(path)
    store = SqliteStore.open(path)
    store.write("default", observed(span("a", 2, 1), span("b", 1, session__id="s")), []).result(30)

    (session,) = store.select(Selection("sessions")).rows
    store.close()
    assert (session["trace_count"], session["observation_count"]) == (2, 3)


def test_after_close_the_one_file_holds_everything(path: Path) -> None:
    fill(path)
    assert not Path(f"{path}-wal").exists()
    alone = path.with_name("alone.db")
    alone.write_bytes(path.read_bytes())
    reader = SqliteReader.open(alone)
    assert reader.select(Selection("sessions")).total == 1
    reader.close()


def test_a_place_where_no_file_can_be_is_refused_by_name() -> None:
    with pytest.raises(StoreError, match=r"/proc/nowhere/x\.db"):
        SqliteStore.open(Path("/proc/nowhere/x.db"))


def test_a_file_that_is_no_database_is_refused_by_name_and_left_alone(path: Path) -> None:
    path.write_bytes(b"dear diary, " * 1000)
    for opening in (SqliteStore.open, SqliteReader.open):
        with pytest.raises(NotADatabase, match=path.name):
            opening(path)
    assert path.read_bytes() == b"dear diary, " * 1000
    assert list(path.parent.iterdir()) == [path]


def test_another_programs_database_is_refused_by_name(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE diary (entry TEXT)")
    db.close()
    with pytest.raises(NotADatabase, match=path.name):
        SqliteStore.open(path)


def test_a_newer_schema_is_refused_by_name_and_left_alone(path: Path) -> None:
    fill(path)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    for opening in (SqliteStore.open, SqliteReader.open):
        with pytest.raises(NewerSchema, match=path.name):
            opening(path)


def test_a_reader_of_no_file_says_so(path: Path) -> None:
    with pytest.raises(StoreError, match="no database at"):
        SqliteReader.open(path)
    assert not path.exists()


def test_a_second_receiver_is_refused_and_told_who_has_the_file(path: Path) -> None:
    store = SqliteStore.open(path)
    with pytest.raises(StoreBusy, match=str(os.getpid())):
        SqliteStore.open(path)
    store.close()
    SqliteStore.open(path).close()


def test_plain_sqlite_reads_the_views(path: Path) -> None:
    fill(path)
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    assert db.execute(
        "SELECT id, trace_count, json_extract(metadata, '$.\"service.name\"') FROM sessions"
    ).fetchall() == [("s", 1, "shop")]
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    db.close()


def test_views_of_an_older_program_are_made_anew(path: Path) -> None:
    fill(path)
    with sqlite3.connect(path) as db:
        db.executescript("DROP VIEW sessions; CREATE VIEW sessions AS SELECT 1 AS one")
    db.close()
    store = SqliteStore.open(path)
    assert store.select(Selection("sessions")).rows[0]["id"] == "s"
    store.close()


def test_a_locked_file_answers_unavailable_and_nothing_is_stored(path: Path) -> None:
    store = SqliteStore.open(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        store.write("default", observed(span("a", 1)), []).result(30)
    other.execute("ROLLBACK")
    other.close()

    assert store.write("default", observed(span("a", 1)), []).result(30).stored == 1
    store.close()


def test_refusals_are_counted_once_the_file_can_be_written_again(path: Path) -> None:
    store = SqliteStore.open(path)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    store.refused("too large", "POST /v1/traces")
    with pytest.raises(Unavailable):
        store.write("default", observed(span("a", 1)), []).result(30)
    blocker.execute("ROLLBACK")
    blocker.close()
    store.write("default", observed(span("a", 1)), []).result(30)

    assert [(tally.name, tally.count) for tally in store.report().rejections] == [("too large", 1)]
    store.close()


def test_a_cancelled_write_does_not_stop_the_writer(path: Path) -> None:
    store = SqliteStore.open(path)
    for _ in range(20):
        store.write("default", observed(span("b", 1)), []).cancel()
    assert store.write("default", observed(span("a", 1)), []).result(30).stored == 1
    store.close()


def test_one_unstorable_span_does_not_cost_the_others_in_its_commit(path: Path) -> None:
    store = SqliteStore.open(path)
    # the name of the poisoned span cannot be encoded: no decoder lets such text through
    poisoned = observed(span("b", 1), span("e", 1))
    poisoned[0].name = "\ud800"
    futures = [
        store.write("default", observed(span("a", 1)), []),
        store.write("default", poisoned, []),
        store.write("default", observed(span("c", 1)), []),
    ]
    results = [future.result(30) for future in futures]

    assert [done.stored for done in results] == [1, 1, 1]
    assert [rejected.reason for rejected in results[1].rejected] == ["not storable"]
    assert store.select(Selection("traces")).total == 3
    report = store.report()
    assert (report.received, report.stored) == (4, 3)
    assert [(tally.name, tally.count) for tally in report.rejections] == [("not storable", 1)]
    assert "trace b" in report.rejections[0].example
    store.close()


def test_a_full_queue_refuses_at_once(path: Path) -> None:
    store = SqliteStore.open(path, queue_spans=10)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    first = store.write("default", observed(*(span("a", n) for n in range(1, 9))), [])
    with pytest.raises(Unavailable):
        store.write("default", observed(*(span("b", n) for n in range(1, 9))), [])
    blocker.execute("ROLLBACK")
    blocker.close()
    first.result(30)
    assert store.write("default", observed(*(span("b", n) for n in range(1, 9))), []).result(30).stored == 8
    store.close()


def test_readers_see_whole_commits_while_the_writer_writes(path: Path) -> None:
    store = SqliteStore.open(path)
    stop = threading.Event()
    seen: list[tuple[object, object]] = []

    def read() -> None:
        while not stop.is_set():
            for row in store.sql("SELECT sum(trace_count), (SELECT count(*) FROM traces) FROM sessions").rows:
                seen.append((row[0] or 0, row[1]))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 16):
        for trace in "abcdef":
            store.write("default", observed(span(trace, number, session__id="s")), []).result(30)
    stop.set()
    reader.join()
    store.close()
    assert len(seen) > 1
    assert all(summed == counted for summed, counted in seen)


KILLED = """
import sys
from pathlib import Path
from sidetrace.storage.sqlite.store import SqliteStore
from tests.storage.spans import observed, span

store = SqliteStore.open(Path(sys.argv[1]))
for number in range(1, 16):
    for trace in "abcdef":
        store.write("default", observed(span(trace, number, session__id="s")), []).result(30)
        print(trace, number, flush=True)
"""


def test_kill_9_leaves_every_committed_span(path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, cwd=root, text=True)
    assert process.stdout is not None
    acknowledged = [process.stdout.readline() for _ in range(40)]
    process.kill()
    acknowledged += process.stdout.readlines()
    process.wait()
    process.stdout.close()

    store = SqliteStore.open(path)
    assert store.select(Selection("observations")).total >= len(acknowledged)
    assert (
        store.sql("SELECT sum(observation_count) FROM traces").rows[0][0]
        == store.select(Selection("observations")).total
    )
    store.close()
