"""SQL for one project of a file with several: nothing of the others, whatever is asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sidetrace.errors import BadQuery
from sidetrace.storage.columns import COLUMNS
from sidetrace.storage.selection import View
from sidetrace.storage.sqlite.reader import SqliteReader
from sidetrace.storage.sqlite.store import SqliteStore
from sidetrace.storage.store import NewScore, Store

from .spans import NOON, observed, span

SECRET = "sesame"
"""In every text of the other project, and in none of ours."""
OVERFLOW = "abs(-9223372036854775807 - 1)"


def tell(store: Store, project: str, word: str) -> None:
    """Store two traces, a score and a refusal of a project, all of whose texts hold a word."""
    attributes: Any = {
        "session__id": f"s-{word}",
        "user__id": f"u-{word}",
        "metadata__plan": word,
        "input__value": word,
    }
    spans = [replace(span(letter, n, **attributes), name=f"{word} {n}") for letter in "ab" for n in (1, 2, 3)]
    store.write(project, observed(*spans), []).result(30)
    score = NewScore("score", word, "CATEGORICAL", NOON, string_value=word)
    store.put_scores(project, [score]).result(30)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteReader]:
    """A reader of a file with the projects `ours` and `theirs`, whose traces have the same ids."""
    path = tmp_path_factory.mktemp("shared") / "both.db"
    with closing(SqliteStore.open(path)) as store:
        tell(store, "ours", "plain")
        tell(store, "theirs", SECRET)
        with closing(SqliteReader.open(path)) as opened:
            yield opened


@pytest.mark.parametrize("view", COLUMNS)
def test_a_view_holds_the_rows_of_the_project_as_they_are_among_all(reader: SqliteReader, view: View) -> None:
    names = ", ".join(COLUMNS[view])
    all_rows = reader.sql(f"SELECT {names} FROM {view} WHERE project_id = 'ours' ORDER BY 1, 3").rows
    assert reader.sql(f"SELECT {names} FROM {view} ORDER BY 1, 3", project="ours").rows == all_rows
    starred = f"SELECT * FROM {view} WHERE project_id = 'ours' ORDER BY 1, 3"
    assert reader.sql(starred, project="ours").rows == reader.sql(starred).rows
    assert reader.sql(starred, project="ours").columns == reader.sql(starred).columns
    assert len(all_rows) == {"traces": 2, "observations": 6, "logs": 0}.get(view, 1)
    assert SECRET not in str(all_rows)
    assert SECRET in str(reader.sql(f"SELECT * FROM {view}", project="theirs").rows) or view == "logs"
    assert reader.sql(f"SELECT * FROM {view}", project="nobody's").rows == []


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM {view}",
        "SELECT * FROM temp.{view}",
        'SELECT * FROM "{view}"',
        "SELECT * FROM [{view}] AS t, `{view}` AS u",
        "SELECT * FROM '{view}'",
        "SELECT * FROM (SELECT * FROM {view})",
        "SELECT * FROM {view} WHERE project_id = 'theirs' OR 1",
        "SELECT * FROM {view} WHERE project_id IN ('ours', 'theirs')",
        "WITH w AS (SELECT * FROM {view}) SELECT * FROM w",
        "WITH RECURSIVE w AS (SELECT * FROM {view} UNION SELECT * FROM w) SELECT * FROM w",
        "SELECT * FROM {view} UNION ALL SELECT * FROM {view}",
        "SELECT * FROM {view} a LEFT JOIN {view} b ON a.id <> b.id",
        "SELECT * FROM {view} a RIGHT JOIN {view} b ON 0",
        "SELECT * FROM {view} NATURAL JOIN {view} b",
        "SELECT (SELECT group_concat(id || project_id) FROM {view}), EXISTS (SELECT 1 FROM {view} WHERE id LIKE '%')",
        "SELECT * FROM {view} LIMIT -1 OFFSET 0",
        "SELECT *, row_number() OVER (ORDER BY id) FROM {view}",
        "SELECT * FROM json_each((SELECT json_group_array(id || project_id) FROM {view}))",
        "VALUES ((SELECT group_concat(project_id) FROM {view}))",
        "EXPLAIN QUERY PLAN SELECT * FROM {view}",
        "EXPLAIN SELECT * FROM {view}",
    ],
)
@pytest.mark.parametrize("view", COLUMNS)
def test_no_wording_shows_what_is_others(reader: SqliteReader, view: str, query: str) -> None:
    asked = query.format(view=view)
    answer = reader.sql(asked, project="ours")
    assert SECRET not in str(answer.rows)
    assert asked.startswith("EXPLAIN") or "theirs" not in str(answer.rows)
    assert "file_" not in str(answer.rows), "the name under which the file is attached"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM main.traces",
        'SELECT * FROM "main"."traces"',
        "SELECT * FROM [main].[traces]",
        "SELECT * FROM main . traces",
        "SELECT count(*) FROM main.traces",
        "SELECT 1 FROM main.observation",
        "SELECT main.traces.id FROM traces",
        "SELECT id FROM project",
        "SELECT * FROM project",
        "SELECT nothing FROM project",
        "SELECT name FROM tally",
        "SELECT value FROM setting",
        "SELECT share FROM mark",
        "SELECT body FROM event",
        "SELECT sql FROM sqlite_schema",
        "SELECT sql FROM sqlite_master",
        "SELECT sql FROM sqlite_temp_schema",
        "SELECT sql FROM temp.sqlite_master",
        "SELECT sql FROM sqlite_temp_master",
        "SELECT name FROM pragma_database_list",
        "SELECT * FROM pragma_table_list",
        "SELECT * FROM pragma_table_info('traces')",
        "SELECT * FROM dbstat",
        "SELECT * FROM sqlite_stmt",
        "SELECT data FROM sqlite_dbpage",
        "PRAGMA database_list",
        "ATTACH 'x' AS y",
        "DETACH main",
        "DROP VIEW temp.traces",
        "DROP VIEW traces",
        "CREATE TEMP VIEW traces AS SELECT 1",
        "CREATE TABLE x (y)",
        "BEGIN",
        "ROLLBACK",
        "WITH traces AS (SELECT id FROM project) SELECT * FROM traces",
        "WITH traces AS (SELECT id FROM main.traces) SELECT * FROM traces",
        "WITH project AS (SELECT * FROM project) SELECT * FROM project",
        "SELECT load_extension('x')",
        "SELECT id FROM traces WHERE id IN project",
        "SELECT id FROM traces WHERE id IN main.traces",
    ],
)
def test_no_name_leads_out(reader: SqliteReader, query: str) -> None:
    with pytest.raises(BadQuery) as caught:
        reader.sql(query, project="ours")
    assert "file_" not in str(caught.value)


@pytest.mark.parametrize(
    "table", ["project", "trace", "observation", "span", "rollup", "score", "tally", "claim", "resource"]
)
def test_rows_of_tables_cannot_be_counted_either(reader: SqliteReader, table: str) -> None:
    assert reader.sql(f"SELECT count(*) > 0 FROM {table}").rows == [(1,)]
    assert reader.sql(f"SELECT count(*) FROM {table}", project="ours").rows == [(0,)]


TRIED = {
    "traces": ("name", "session_id", "user_id", "input", "metadata", "project_id"),
    "observations": ("name", "session_id", "user_id", "input", "trace_name", "attributes", "project_id"),
    "sessions": ("id", "user_ids", "metadata", "project_id"),
    "users": ("id", "session_ids", "project_id"),
    "scores": ("name", "string_value", "project_id"),
}
SHAPES = (
    "SELECT 1 FROM {view} WHERE {trap} IS NULL",
    "SELECT 1 FROM {view} WHERE {column} > '' AND {trap} IS NULL",
    "SELECT 1 FROM {view} ORDER BY {trap}, {column} LIMIT 1",
    "SELECT max({trap}) FROM {view} GROUP BY {trap}",
    "SELECT 1 FROM {view} a JOIN traces t ON {trap} IS NULL",
    "SELECT 1 FROM {view} a JOIN sessions s ON a.{column} = s.id WHERE {trap} IS NULL",
    "SELECT 1 FROM {view} WHERE {column} LIKE '%' AND {trap} IS NULL ORDER BY id DESC LIMIT 1",
    "SELECT count(*) FILTER (WHERE {trap} IS NULL) FROM {view}",
    "SELECT (SELECT 1 FROM {view} b WHERE {trap} IS NULL AND b.id = a.id) FROM {view} a",
)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("view", "column"), [(view, column) for view, columns in TRIED.items() for column in columns])
def test_no_condition_is_tried_on_rows_of_others(reader: SqliteReader, view: str, column: str, shape: str) -> None:
    """A condition that fails on one word: whether it fails tells whether a row with that word was looked at."""
    named = f"b.{column}" if " b " in shape else f"a.{column}" if " a " in shape else column

    def ask(word: str, project: str) -> None:
        trap = f"CASE WHEN {named} LIKE '%{word}%' THEN {OVERFLOW} END"
        reader.sql(shape.format(view=view, column=column, trap=trap), project=project)

    word, mine = ("theirs", "ours") if column == "project_id" else (SECRET, "plain")
    ask(word, "ours")
    if " JOIN sessions" not in shape:
        with pytest.raises(BadQuery, match="overflow"):
            ask(mine, "ours")


def test_alone_in_a_file_a_project_is_asked_by_index(store: Store, path: Path) -> None:
    tell(store, "ours", "plain")
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO project (id) VALUES ('sesame')")  # configured, and nothing came for it yet
        db.commit()
    reader = SqliteReader.open(path)
    plan = "EXPLAIN QUERY PLAN SELECT name FROM traces WHERE id = 'x'"
    assert "trace_by_id" in str(reader.sql(plan, project="ours").rows)
    trap = f"CASE WHEN project_id = 'sesame' THEN {OVERFLOW} END"
    assert reader.sql(f"SELECT 1 FROM traces WHERE {trap} IS NOT NULL", project="ours").rows == []
    tell(store, "theirs", SECRET)
    assert "trace_by_id" not in str(reader.sql(plan, project="ours").rows)
    reader.close()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT latency_ms * 2, count(*), observation_count*2 FROM traces",
        "SELECT t.name, o.name FROM traces t JOIN observations o ON o.trace_id = t.id WHERE o.level = 'DEFAULT'",
        "SELECT metadata->>'plan', sum(total_tokens) FROM observations GROUP BY 1",
        "SELECT id, json_extract(attributes, '$.\"session.id\"') FROM observations ORDER BY start_time DESC LIMIT 3",
        "SELECT ALL*FROM users",
        "SELECT DISTINCT*FROM sessions",
        'SELECT traces . *, 1 AS "select" FROM traces',
        "SELECT ID, Name FROM Traces WHERE \"NAME\" LIKE 'plain%'",
        "SELECT 1 FROM traces WHERE EXISTS (SELECT 1 FROM json_each(tags)) OR user_id = 'u-plain'",
    ],
)
def test_what_is_asked_every_day_is_answered_as_without_other_projects(
    reader: SqliteReader, tmp_path: Path, query: str
) -> None:
    with closing(SqliteStore.open(tmp_path / "alone.db")) as alone:
        tell(alone, "ours", "plain")
        wanted = alone.sql(query).rows
    assert sorted(map(str, reader.sql(query, project="ours").rows)) == sorted(map(str, wanted))
    assert wanted
