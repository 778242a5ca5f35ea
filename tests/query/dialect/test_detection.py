"""Which dialect a question is taken for, and that SQLite's own is left alone."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from sidetrace.query.dialect import Translated, translate
from sidetrace.query.dialect.aggregates import AGGREGATES
from sidetrace.query.dialect.calls import SCALARS, SET_RETURNING
from sidetrace.query.dialect.detect import FUNCTIONS as POSTGRES_ONLY
from sidetrace.query.dialect.detect import is_postgres

from .world import NOW


@pytest.mark.parametrize(
    "query",
    [
        "SELECT NOW()",
        "SELECT a::int FROM t",
        "SELECT 1 WHERE name ILIKE 'x'",
        "SELECT now() - INTERVAL '1 day'",
        "SELECT CURRENT_DATE - 7",
        "SELECT * FROM traces WHERE tags @> '[1]'",
        "SELECT * FROM traces WHERE metadata ? 'k'",
        "SELECT * FROM traces WHERE 'a' = ANY(tags)",
        "SELECT name ~ 'x' FROM traces",
        "SELECT DISTINCT ON (a) a FROM t",
        "SELECT EXTRACT(DOW FROM timestamp) FROM traces",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM t",
        "SELECT id FROM traces FETCH FIRST 3 ROWS ONLY",
        "SELECT $$x$$",
        "SELECT E'x'",
        "SELECT ARRAY[1]",
        "SELECT CAST(timestamp AS date) FROM traces",
        "SELECT DATE '2026-01-01'",
        "SELECT to_char(timestamp, 'YYYY') FROM traces",
        "SELECT id FROM public.traces",
        "SELECT GREATEST(1, 2)",
        "SELECT * FROM generate_series(1, 3)",
        "SELECT metadata #>> '{a}' FROM traces",
        "SELECT timestamp AT TIME ZONE 'UTC' FROM traces",
    ],
)
def test_what_only_postgres_says_is_postgres(query: str) -> None:
    assert is_postgres(query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM traces -- now() :: int",
        "SELECT metadata->>'k' FROM traces WHERE name LIKE 'A%' ORDER BY 1 DESC",
        "SELECT datetime('now', '-7 days'), strftime('%Y', timestamp), ~5, iif(1, 2, 3) FROM traces /* ILIKE */",
        "SELECT 'a::int ILIKE now() $$' AS \"x::y\", [a], `b` FROM traces WHERE name GLOB 'x*'",
        "SELECT json_extract(tags, '$[0]'), count(*) FILTER (WHERE public) OVER () FROM traces LIMIT 3 OFFSET 1",
        "SELECT CAST(total_tokens AS TEXT), CURRENT_DATE, round(1.5, 1), max(1, 2), a % b FROM traces UNION SELECT 1",
        "WITH d AS (SELECT 1 AS date, 2 AS now) SELECT date, now FROM d WHERE date IS NOT NULL",
        "  SELECT\t1;\n",
    ],
)
def test_sqlite_goes_through_byte_for_byte(query: str) -> None:
    assert translate(query, None, NOW) == Translated(query, "sqlite", ())
    assert translate("SELECT now()::date", "sqlite", NOW).sql == "SELECT now()::date"


def test_every_function_is_known_to_detection_unless_sqlite_has_it() -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        there = {name for (name,) in db.execute("SELECT name FROM pragma_function_list")} | {"json_each"}
    unknown = {*AGGREGATES, *SCALARS, *SET_RETURNING} - POSTGRES_ONLY - there
    assert unknown - {"localtimestamp"} == set()  # that one needs no brackets, and is told by its name


def test_sqlglot_is_not_imported_before_it_is_needed() -> None:
    code = (
        "import sys, datetime as d; from sidetrace.query.dialect import translate\n"
        "now = d.datetime.now(d.timezone.utc)\n"
        "translate('SELECT 1', None, now); assert 'sqlglot' not in sys.modules\n"
        "translate('SELECT now()', None, now); assert 'sqlglot' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_now_is_one_constant_in_a_plain_comparison() -> None:
    sql = translate("SELECT id FROM traces WHERE timestamp > NOW() - INTERVAL '30 days'", None, NOW).sql
    assert sql.endswith("""WHERE "traces"."timestamp" > '2026-10-21 12:51:16.123'""")
