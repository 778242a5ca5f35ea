"""SQL from outside against SQLite itself: ways around the authorizer, the clock and the limits."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sidetrace.errors import BadQuery, QueryTimeout, Unavailable
from sidetrace.storage.sqlite.reader import SqliteReader
from sidetrace.storage.store import Store

from .spans import observed, span

ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
PROJECT = "(SELECT id FROM project)"


@pytest.fixture
def reader(store: Store, path: Path) -> Iterator[SqliteReader]:
    """A reader of a file with one trace."""
    store.write("default", observed(span("a", 1)), []).result(30)
    opened = SqliteReader.open(path)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "query",
    [
        f"WITH traces AS {PROJECT} SELECT * FROM traces",
        f"WITH traces/**/AS {PROJECT} SELECT * FROM traces",
        f"WITH traces AS/**/{PROJECT} SELECT * FROM traces",
        f"WITH traces--\nAS--'\n{PROJECT} SELECT * FROM traces",
        f"WITH traces/*'*/AS/*'*/{PROJECT} SELECT * FROM traces",
        f"WITH traces/*/*/AS {PROJECT} SELECT * FROM traces",
        f"WITH TraceS\tas\f{PROJECT} SELECT * FROM traces",
        f"WITH traces \ufeffAS \ufeff{PROJECT} SELECT * FROM traces",
        f"WITH traces \v AS {PROJECT} SELECT * FROM traces",
        f'WITH "traces"AS{PROJECT} SELECT * FROM traces',
        f"WITH `Traces`AS{PROJECT} SELECT * FROM traces",
        f"WITH [traces]AS{PROJECT} SELECT * FROM traces",
        f"WITH 'traces' AS {PROJECT} SELECT * FROM traces",
        f"WITH users(a) AS {PROJECT} SELECT * FROM users",
        f'WITH users(")")AS{PROJECT} SELECT * FROM users',
        f"WITH users(/*)*/a)AS MATERIALIZED{PROJECT} SELECT * FROM users",
        f"WITH users AS NOT/**/MATERIALIZED {PROJECT} SELECT * FROM users",
        f"WITH x AS (SELECT 1), scores AS {PROJECT} SELECT * FROM scores",
        f"SELECT * FROM (WITH sessions AS {PROJECT} SELECT * FROM sessions)",
        f"SELECT (WITH sessions AS {PROJECT} SELECT id FROM sessions)",
        f"WITH x AS (WITH sessions AS {PROJECT} SELECT * FROM sessions) SELECT * FROM x",
        "WITH RECURSIVE traces(i) AS (SELECT id FROM project UNION SELECT i FROM traces) SELECT * FROM traces",
        f"SELECT '''' /* ' */ FROM (WITH users AS {PROJECT} SELECT * FROM users)",
        f"SELECT x'', '' FROM (WITH users AS {PROJECT} SELECT * FROM users)",
        f"SELECT $a(') FROM (WITH users AS {PROJECT} SELECT * FROM users) WHERE $b(')",
        "SELECT ?1",
        "SELECT id FROM project AS traces",
        "SELECT traces.id FROM (SELECT id FROM project) AS traces",
        "SELECT * FROM traces AS t, (SELECT id FROM project) traces",
        "SELECT (SELECT id FROM project) FROM traces",
        "SELECT id FROM traces WHERE id IN (SELECT id FROM project)",
        "SELECT id FROM traces WHERE id IN project",
        "VALUES ((SELECT id FROM project))",
        "SELECT * FROM main.project",
        "SELECT * FROM 'project'",
        "SELECT * FROM traces\u00a0AS, project",
        "SELECT * FROM dbstat",
        "SELECT * FROM sqlite_stmt",
        "SELECT * FROM pragma_database_list",
        "SELECT * FROM json_each((SELECT id FROM project))",
        "SELECT rtreecheck('main', 'project')",
        "SELECT rowid FROM project",
        "SELECT id FROM traces UNION SELECT id FROM project",
        "SELECT id FROM traces ORDER BY (SELECT max(id) FROM project)",
    ],
)
def test_no_way_leads_to_the_tables(reader: SqliteReader, query: str) -> None:
    with pytest.raises(BadQuery):
        reader.sql(query)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("SELECT 'traces AS ('", "traces AS ("),
        ("SELECT 'it''s: WITH traces AS (' -- traces AS (\n", "it's: WITH traces AS ("),
        ("/* traces AS ( */ SELECT 1 AS traces", 1),
        ("WITH x AS (SELECT id FROM traces AS traces) SELECT substr(id, 1, 1) FROM x", "a"),
        ("WITH mytraces AS (SELECT 2 AS n) SELECT n FROM mytraces", 2),
        ("WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT max(i) FROM n", 9),
        ("WITH a AS (SELECT 1 x), b AS (SELECT * FROM a, a c), d AS (SELECT * FROM b, b e) SELECT count(*) FROM d", 1),
        ("SELECT count(*) FROM traces t JOIN observations o ON o.trace_id = t.id JOIN json_tree(o.attributes)", None),
    ],
)
def test_what_only_looks_like_it_is_answered(reader: SqliteReader, query: str, first: object) -> None:
    value = reader.sql(query).rows[0][0]
    assert first is None or value == first


@pytest.mark.parametrize(
    "query",
    [
        "WITH c AS (" * 30 + "SELECT 1 x" + ") SELECT c.x FROM c, c d" * 30,
        "SELECT " + "(" * 500 + "1" + ")" * 500 + " + 1" * 500,
        "SELECT 1" + " UNION ALL SELECT 1" * 60,
    ],
)
def test_what_is_too_deep_or_too_long_is_refused(reader: SqliteReader, query: str) -> None:
    with pytest.raises(BadQuery):
        reader.sql(query)


def test_many_small_steps_end_in_time(reader: SqliteReader) -> None:
    steps = "SELECT 1 UNION ALL SELECT length(hex(zeroblob(2000000 + x / 9))) FROM n"
    begun = time.monotonic()
    with pytest.raises(QueryTimeout):
        reader.sql(f"WITH RECURSIVE n(x) AS ({steps}) SELECT sum(x) FROM n", seconds=0.5)
    assert time.monotonic() - begun < 5


def test_an_answer_is_cut_at_eight_mebibytes_as_written(reader: SqliteReader) -> None:
    for make, fit in (("zeroblob(1048576)", 4), ("hex(zeroblob(524288))", 8)):
        table = reader.sql(f"SELECT {make} FROM json_each('[1,2,3,4,5,6,7,8,9,10]')")
        assert (len(table.rows), table.truncated) == (fit, True)
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    table = reader.sql(f"{many} SELECT {', '.join(['i'] * 128)} FROM n", limit=10**9)
    assert (len(table.rows), table.truncated) == (8192, True), "a number counts for eight"


def test_values_too_large_for_memory_are_refused(reader: SqliteReader) -> None:
    resource = pytest.importorskip("resource")
    unit = 1 if sys.platform == "darwin" else 1024

    def ask(query: str) -> None:
        with pytest.raises(BadQuery):
            reader.sql(query)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, ["SELECT zeroblob(60000000)"] * 8))
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit < 64 * 2**20


def test_closing_ends_what_runs(reader: SqliteReader) -> None:
    said: list[Exception] = []

    def ask() -> None:
        try:
            reader.sql(ENDLESS, seconds=60)
        except Unavailable as error:
            said.append(error)

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    reader.close()
    for thread in threads:
        thread.join(5)
    assert len(said) == 3
    with pytest.raises(Unavailable):
        reader.sql("SELECT 1")
