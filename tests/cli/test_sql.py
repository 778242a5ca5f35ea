"""`sidetrace sql`."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import Run, Stored, span

SEED = Path(__file__).resolve().parents[3] / "shared" / "seeds" / "session-user-tracking.md"


@pytest.fixture
def path(stored: Stored) -> Path:
    return stored([span(n, n * 10, f"trace {n}", n, session="s") for n in range(1, 4)])


def test_rows_come_as_a_table(run: Run, path: Path) -> None:
    answer = run("sql", "SELECT name, latency_ms FROM traces ORDER BY name", "--db", path)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == "name     latency_ms\ntrace 1      1000.0\ntrace 2      2000.0\ntrace 3      3000.0\n"


def test_postgres_is_understood_and_can_be_asked_for(run: Run, path: Path) -> None:
    answer = run("sql", "SELECT name FROM traces WHERE name ILIKE 'TRACE 1'", "--csv", "--db", path)
    assert (answer.code, answer.out.split()) == (0, ["name", "trace", "1"])
    answer = run(
        "sql", "SELECT name FROM traces WHERE name LIKE 'TRACE%'", "--dialect", "postgres", "--csv", "--db", path
    )
    assert (answer.code, answer.out.split()) == (0, ["name"])  # Postgres's LIKE minds case
    answer = run("sql", "SELECT now() FROM trace", "--db", path)
    assert answer.code == 2
    assert "line 1, column 19: no view 'trace'" in answer.err


def test_rows_come_as_json_with_their_columns(run: Run, path: Path) -> None:
    answer = run("sql", "SELECT id, trace_count, NULL AS empty, x'00ff' AS raw FROM sessions", "--json", "--db", path)
    body = json.loads(answer.out)
    assert [column["name"] for column in body["columns"]] == ["id", "trace_count", "empty", "raw"]
    assert body["rows"] == [["s", 3, None, "00ff"]]
    assert body["truncated"] is False
    assert body["elapsedMs"] >= 0


def test_rows_come_as_csv(run: Run, path: Path) -> None:
    answer = run("sql", "SELECT 'a,\"b\"' || char(10) || 'c' AS \"x,y\", NULL AS n, 1.5 AS r", "--csv", "--db", path)
    assert list(csv.reader(io.StringIO(answer.out, newline=""))) == [["x,y", "n", "r"], ['a,"b"\nc', "", "1.5"]]


def test_a_cut_answer_says_so(run: Run, path: Path) -> None:
    for form in ([], ["--csv"], ["--json"]):
        answer = run("sql", "SELECT name FROM traces", "--limit", 2, *form, "--db", path)
        assert answer.err == "only the first 2 rows; --limit N shows more\n"
    assert json.loads(answer.out)["truncated"] is True


def test_no_cell_can_act_on_the_terminal(run: Run, path: Path) -> None:
    query = "SELECT char(27) || '[2J' || char(10) AS \"a\x1bb\""
    assert run("sql", query, "--db", path).out == "a\\x1bb\n\\x1b[2J\\n\n"


@pytest.mark.parametrize(
    "query",
    ["SELEC 1", "SELECT 1; SELECT 2", "DELETE FROM traces", "SELECT * FROM sqlite_master", "", "DROP VIEW traces"],
)
def test_what_is_no_question_is_refused_in_one_line(run: Run, path: Path, query: str) -> None:
    before = path.read_bytes()
    answer = run("sql", query, "--db", path)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("sidetrace: ")
    assert answer.err.count("\n") == 1
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "query", ["-- a comment\nSELECT 1 AS n", "--a comment\nSELECT 1 AS n", "/* x */ SELECT 1 AS n"]
)
def test_a_question_may_begin_with_a_comment(run: Run, path: Path, query: str) -> None:
    answer = run("sql", "--csv", query, "--db", path)
    assert (answer.code, answer.out.split()) == (0, ["n", "1"])


def test_two_forms_at_once_are_refused(run: Run, path: Path) -> None:
    answer = run("sql", "SELECT 1", "--csv", "--json", "--db", path)
    assert answer.code == 2
    assert answer.err == "sidetrace: --csv and --json exclude each other; see `sidetrace sql --help`\n"


def test_a_question_that_runs_too_long_is_ended_with_what_to_do(run: Run, path: Path) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    answer = run("sql", endless, "--seconds", 0.2, "--db", path)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "sidetrace: the query ran longer than 0.2 s; narrow it, or allow it more with --seconds\n"


@pytest.mark.skipif(not SEED.exists(), reason="needs the seed document beside the checkout")
def test_every_query_of_the_seed_document_is_answered_word_for_word(run: Run, path: Path) -> None:
    for query in re.findall(r"```sql\n(.*?)```", SEED.read_text(encoding="utf-8"), re.DOTALL):
        answer = run("sql", query, "--json", "--db", path)
        assert (answer.code, answer.err) == (0, "")
        assert json.loads(answer.out)["columns"]


def test_what_needs_too_much_memory_is_refused(run: Run, path: Path) -> None:
    many = ", ".join(f"hex(zeroblob(15000000 + {n}))" for n in range(100))
    answer = run("sql", f"SELECT {many}", "--seconds", 50, "--db", path)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "sidetrace: the query needs more memory than it may have; ask for less at a time\n"


def test_a_file_that_is_not_there_says_so(run: Run, tmp_path: Path) -> None:
    answer = run("sql", "SELECT 1", "--db", tmp_path / "none.db")
    assert (answer.code, answer.out) == (3, "")
    assert "no database at" in answer.err


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to a process group")
def test_ctrl_c_ends_what_sqlite_would_not_interrupt(path: Path) -> None:
    query = "SELECT instr(hex(zeroblob(8000000)), hex(zeroblob(4000000)) || '1')"
    command = [sys.executable, "-m", "sidetrace", "sql", query, "--seconds", "60", "--db", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    time.sleep(2.5)
    begun = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err.strip()) == (130, b"", b"")
    assert time.monotonic() - begun < 2
