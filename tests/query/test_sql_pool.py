"""Questions in SQL in a process of their own: what it may take, when it ends, and what is said of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sidetrace.errors import (
    BadQuery,
    NotADatabase,
    QueryTimeout,
    QueryTooLarge,
    SidetraceError,
    StoreError,
    Unavailable,
    meaning,
)
from sidetrace.query.sql_pool import SqlPool
from sidetrace.query.sql_wire import Question
from sidetrace.storage.sqlite.store import SqliteStore

MIB = 2**20
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
HALF, ALL = "hex(zeroblob(4000000))", "hex(zeroblob(8000000))"
LONG = f"SELECT instr({ALL}, {HALF} || '1')"
"""One call of a function that takes minutes, and looks at no clock."""
linux = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An empty file of ours."""
    place = tmp_path / "sidetrace.db"
    SqliteStore.open(place).close()
    return place


@pytest.fixture
def pool(path: Path) -> Iterator[SqlPool]:
    """A pool over an empty file, whose processes have 256 MiB."""
    with closing(SqlPool(path, memory=256 * MIB)) as opened:
        yield opened


def ask(pool: SqlPool, query: str, seconds: float = 20.0, gone: Callable[[], bool] = lambda: False) -> Any:
    return json.loads(pool.ask(Question(query, 10_000, seconds), gone))


def children() -> set[int]:
    """The processes that answer SQL and are children of this one."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            command = stat.with_name("cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == os.getpid() and state != "Z" and b"sql_process" in command:
            found.add(int(stat.parent.name))
    return found


def until(holds: Callable[[], bool], seconds: float = 10.0) -> float:
    """Wait until something holds; return how long that took."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < seconds
        time.sleep(0.02)
    return time.monotonic() - begun


def asking(pool: SqlPool, query: str, seconds: float = 60.0) -> Future[Any]:
    """Ask beside; return once the question runs."""
    before = children()
    threads = ThreadPoolExecutor(1)
    future = threads.submit(ask, pool, query, seconds)
    threads.shutdown(wait=False)
    until(lambda: bool(children() - before) or future.done())
    time.sleep(0.5)
    return future


def test_an_answer_is_the_answer_of_the_store_in_json(pool: SqlPool) -> None:
    answer = ask(
        pool, "SELECT 1 AS one, x'00ff' AS raw, 9e999 AS much, 9223372036854775807 AS big, NULL AS none, 'é\n'"
    )
    assert answer["rows"] == [[1, "00ff", None, 9223372036854775807, None, "é\n"]]
    kinds = [column["type"] for column in answer["columns"]]
    assert kinds == ["integer", "blob", "real", "integer", "null", "text"]
    assert answer["truncated"] is False
    large = ask(pool, "SELECT hex(zeroblob(3 * 1024 * 1024))")
    assert large["rows"] == [["0" * 6 * MIB]]


@linux
def test_there_is_no_process_until_the_first_question_and_one_for_those_that_follow(pool: SqlPool) -> None:
    before = children()
    ask(pool, "SELECT 1")
    (first,) = children() - before
    for _ in range(3):
        ask(pool, "SELECT now()")
    assert children() - before == {first}
    pool.close()
    assert children() == before


@linux
def test_one_that_nobody_needs_ends(path: Path) -> None:
    before = children()
    with closing(SqlPool(path, idle=0.3)) as pool:
        ask(pool, "SELECT 1")
        assert children() != before
        until(lambda: children() == before)
        assert ask(pool, "SELECT 2")["rows"] == [[2]]
        until(lambda: children() == before)


@pytest.mark.parametrize(
    ("query", "error", "said"),
    [
        ("SELECT nme FROM traces", BadQuery, "line 1, column 8: no such column: nme"),
        ("SELECT now(), nme FROM traces", BadQuery, "line 1, column 15: no column 'nme'; did you mean name?"),
        ("SELECT id\nFROM traces WHER 1", BadQuery, 'line 2, column 18: near "1": syntax error'),
        ("DELETE FROM traces", BadQuery, "line 1, column 1: cannot modify traces because it is a view"),
        ("ATTACH 'x' AS y", BadQuery, "line 1, column 1: not authorized"),
        ("PRAGMA journal_mode = delete", BadQuery, "line 1, column 1: not authorized"),
        ("SELECT 1; SELECT 2", BadQuery, "line 1, column 11: one statement at a time"),
        ("SELECT * FROM span", BadQuery, "line 1, column 15: access to span."),
        ("SELECT count(id, 2) FROM traces", BadQuery, "line 1, column 8: wrong number of arguments"),
        ("SELECT 'it", BadQuery, "line 1, column 8: unrecognized token"),
        ("SELECT ?", BadQuery, "line 1, column 8: unexpected '?'"),
        ("SELECT (1", BadQuery, "line 1, column 10: incomplete input"),
        (ENDLESS, QueryTimeout, "the query ran longer than 0.5 s"),
    ],
)
def test_errors_keep_their_class_and_point_at_the_word(pool: SqlPool, query: str, error: type, said: str) -> None:
    with pytest.raises(error) as caught:
        ask(pool, query, seconds=0.5)
    assert type(caught.value) is error
    assert str(caught.value).startswith(said)


def test_a_file_that_cannot_be_asked_says_so(tmp_path: Path) -> None:
    with closing(SqlPool(tmp_path / "none.db")) as pool, pytest.raises(StoreError, match=r"no database at .*none\.db"):
        ask(pool, "SELECT 1")
    (tmp_path / "text.db").write_text("not a database at all " * 100)
    with closing(SqlPool(tmp_path / "text.db")) as pool, pytest.raises(NotADatabase):
        ask(pool, "SELECT 1")


@pytest.mark.parametrize(
    "query",
    [
        LONG,
        f"SELECT length(replace({ALL}, {HALF} || '1', 'x'))",
        f"SELECT {HALF} LIKE '%' || substr({HALF}, 1, 40000) || '1%'",
        f"SELECT {HALF} GLOB '*' || substr({HALF}, 1, 40000) || '1*'",
    ],
)
def test_one_long_call_of_a_function_is_ended_by_force(pool: SqlPool, query: str) -> None:
    begun = time.monotonic()
    with pytest.raises(QueryTimeout):
        ask(pool, query, seconds=0.5)
    assert time.monotonic() - begun < 5
    assert ask(pool, "SELECT 1")["rows"] == [[1]]


@linux
@pytest.mark.parametrize(
    "query",
    [
        "SELECT " + ", ".join(f"hex(zeroblob(15000000 + {n}))" for n in range(100)),
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30) SELECT "
        + ", ".join(f"group_concat(hex(zeroblob(500000 + {n})))" for n in range(100))
        + " FROM n",
        "WITH c0 AS (SELECT 1 x)"
        + "".join(f", c{n} AS (SELECT x FROM c{n - 1} UNION ALL SELECT x FROM c{n - 1})" for n in range(1, 40))
        + " SELECT 1 FROM c39",
        "SELECT length(array_agg(repeat('x', 1000) || i)::text) FROM generate_series(1, 1000000) s(i)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000)"
        " SELECT max(x) FROM (SELECT row_number() OVER (ORDER BY hex(randomblob(200))) x FROM n)",
    ],
)
def test_what_needs_too_much_memory_is_refused_and_costs_nobody_else(pool: SqlPool, query: str) -> None:
    ask(pool, "SELECT 1")
    with ThreadPoolExecutor(1) as threads:
        (process,) = children()
        asked = threads.submit(ask, pool, query, 60)
        peak = 0
        while not asked.done():
            try:
                status = Path(f"/proc/{process}/status").read_text()
            except (FileNotFoundError, ProcessLookupError):
                break
            peak = max([peak, *(int(line.split()[1]) // 1024 for line in status.splitlines() if "VmHWM" in line)])
            time.sleep(0.02)
        with pytest.raises(QueryTooLarge) as caught:
            asked.result()
    assert 0 < peak < 257
    assert meaning(caught.value).http == 400
    assert ask(pool, "SELECT 1")["rows"] == [[1]]


@linux
def test_whoever_leaves_ends_the_work(pool: SqlPool) -> None:
    ask(pool, "SELECT 1")
    (process,) = children()
    begun = time.monotonic()
    with pytest.raises(Unavailable, match="left"):
        ask(pool, LONG, 60, gone=lambda: time.monotonic() - begun > 0.3)
    assert time.monotonic() - begun < 1.3
    assert process not in children()
    assert ask(pool, "SELECT 1")["rows"] == [[1]]


@linux
@pytest.mark.parametrize(
    ("number", "error"),
    [(signal.SIGTERM, Unavailable), (signal.SIGKILL, QueryTooLarge), (signal.SIGSEGV, QueryTooLarge)],
)
def test_a_process_that_dies_is_replaced(pool: SqlPool, number: int, error: type[SidetraceError]) -> None:
    future = asking(pool, LONG)
    (process,) = children()
    os.kill(process, number)
    with pytest.raises(error):
        future.result(5)
    assert ask(pool, "SELECT 1")["rows"] == [[1]]
    (idle,) = children()
    os.kill(idle, signal.SIGKILL)
    # its first thread is no more a moment before all of it is
    until(lambda: os.waitid(os.P_PID, idle, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None)
    assert ask(pool, "SELECT 2")["rows"] == [[2]]


@linux
def test_ctrl_c_is_not_for_it(pool: SqlPool) -> None:
    ask(pool, "SELECT 1")
    (process,) = children()
    os.kill(process, signal.SIGINT)
    assert ask(pool, "SELECT 1")["rows"] == [[1]]
    assert children() == {process}


@linux
def test_questions_at_once_have_processes_of_their_own(pool: SqlPool) -> None:
    slow = asking(pool, ENDLESS, 1.0)
    assert ask(pool, "SELECT 1")["rows"] == [[1]]
    assert len(children()) == 2
    with pytest.raises(QueryTimeout):
        slow.result(10)


@linux
def test_closing_ends_what_runs(pool: SqlPool) -> None:
    running = [asking(pool, LONG) for _ in range(2)]
    pool.close()
    for future in running:
        with pytest.raises(Unavailable, match="stopping"):
            future.result(5)
    until(lambda: not children())
    with pytest.raises(Unavailable):
        ask(pool, "SELECT 1")


@linux
def test_it_inherits_no_socket_and_no_lock(path: Path) -> None:
    with closing(SqliteStore.open(path)), socket.create_server(("127.0.0.1", 0)) as listening:
        os.set_inheritable(listening.fileno(), True)
        with closing(SqlPool(path)) as pool:
            ask(pool, "SELECT 1")
            (process,) = children()
            held = {os.readlink(place) for place in Path(f"/proc/{process}/fd").iterdir()}
    assert not {name for name in held if "socket" in name or "lock" in name}, held


@linux
def test_it_ends_with_its_parent_in_the_middle_of_a_question(path: Path, tmp_path: Path) -> None:
    script = (
        "from pathlib import Path; from sidetrace.query.sql_pool import SqlPool;"
        f"from sidetrace.query.sql_wire import Question; SqlPool(Path({str(path)!r})).ask(Question({LONG!r}, 1, 60.0))"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path)

    def below() -> list[int]:
        listed = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
        return [int(process) for process in listed]

    until(lambda: bool(below()))
    (process,) = below()
    time.sleep(1.0)
    parent.kill()
    parent.wait()
    taken = until(lambda: not Path(f"/proc/{process}").exists() or state(process) == "Z")
    assert taken < 1.0


def state(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


def test_what_lies_in_the_working_directory_is_not_imported(
    pool: SqlPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "sqlite3", "queue", "orjson", "sidetrace"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    assert ask(pool, "SELECT 1")["rows"] == [[1]]
