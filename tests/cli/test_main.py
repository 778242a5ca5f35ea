"""The command itself: its help, its start, how it ends."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib import import_module
from pathlib import Path

import click
import pytest

from sidetrace.cli.main import COMMANDS

from .conftest import Run, Stored, span


def test_help_shows_every_command_with_its_line(run: Run) -> None:
    answer = run("--help")
    assert (answer.code, answer.err) == (0, "")
    shown = [line.split(maxsplit=1) for line in answer.out.split("Commands:\n")[1].splitlines()]
    assert shown == [[name, line] for name, line in COMMANDS.items()]
    assert run().out == answer.out


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_in_the_list_is_the_command_s_own(name: str) -> None:
    command = import_module(f"sidetrace.cli.{name}").command
    assert isinstance(command, click.Command)
    assert command.short_help == COMMANDS[name]
    assert command.help


def test_help_imports_nothing_but_click() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "sidetrace", "--help"], capture_output=True, text=True, check=True
    )
    imported = {line.rsplit("|")[-1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    heavy = {"rich", "pydantic", "sqlite3", "grpc", "aiohttp", "google", "orjson", "ruamel", "asyncio"}
    assert "click" in imported
    assert imported & heavy == set()


def test_a_list_does_not_wait_for_the_receiver_s_libraries(stored: Stored) -> None:
    path = stored([span(1, 11, "a", 1.0)])
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "sidetrace", "traces", "--db", str(path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    imported = {line.rsplit("|")[-1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert imported & {"rich", "pydantic", "grpc", "aiohttp", "ruamel", "asyncio"} == set()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["sesions"], "sidetrace: No such command 'sesions'"),
        (["sessions", "--nope"], "sidetrace: No such option"),
        (["session"], "sidetrace: Missing argument 'ID'; see `sidetrace session --help`"),
        (["traces", "--limit", "many"], "sidetrace: Invalid value for '--limit': "),
        (["serve", "--http", "4318"], "sidetrace: Invalid value for '--http': expected host:port"),
        (["session", "\udcff"], "sidetrace: Invalid value for 'ID': is not UTF-8"),
        (["traces", "--user", "\udcff"], "sidetrace: Invalid value for '--user': is not UTF-8"),
    ],
)
def test_bad_usage_is_one_line_that_names_the_help_and_exits_2(run: Run, arguments: list[str], problem: str) -> None:
    answer = run(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(problem)
    assert answer.err.count("\n") == 1
    assert answer.err.endswith("--help`\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["sessions"],
        ["session", "x"],
        ["traces"],
        ["trace", "x"],
        ["users"],
        ["user", "x"],
        ["sql", "SELECT 1"],
        ["doctor"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_no_database_is_said_with_what_to_do(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    default = tmp_path / "data" / "sidetrace" / "sidetrace.db"
    for named, path in (([], default), (["--db", tmp_path / "other.db"], tmp_path / "other.db")):
        answer = run(*arguments, *named)
        assert (answer.code, answer.out) == (3, "")
        assert answer.err == (
            f"sidetrace: no database at {path}; start `sidetrace serve` first, or name one with --db\n"
        )
        assert not path.exists()


def test_a_file_that_is_no_database_is_refused_and_left_alone(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no database, but somebody's notes\n" * 100)
    answer = run("sessions", "--db", path)
    assert (answer.code, answer.out) == (3, "")
    assert str(path) in answer.err
    assert answer.err.count("\n") == 1
    assert path.read_text() == "no database, but somebody's notes\n" * 100
    assert run("sessions", "--db", tmp_path).code == 3


def test_a_database_of_a_newer_sidetrace_is_refused(run: Run, stored: Stored) -> None:
    path = stored([span(1, 11, "a", 1.0)])
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 9999")
    for arguments in (["sessions"], ["serve", "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"]):
        answer = run(*arguments, "--db", path)
        assert (answer.code, answer.out) == (3, "")
        assert str(path) in answer.err
        assert "9999" in answer.err


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to one process")
def test_ctrl_c_ends_a_long_answer_at_once_with_130(stored: Stored) -> None:
    path = stored([span(1, 11, "a", 1.0)])
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    asked = subprocess.Popen(
        [sys.executable, "-m", "sidetrace", "sql", endless, "--db", str(path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with pytest.raises(subprocess.TimeoutExpired):
        asked.wait(timeout=2)
    asked.send_signal(signal.SIGINT)
    out, err = asked.communicate(timeout=5)
    assert asked.returncode == 130
    assert (out, err.strip()) == ("", "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pipe that closes early")
def test_a_reader_that_goes_away_costs_no_traceback(stored: Stored) -> None:
    path = stored([span(n, 10 + n, "x" * 500, 1.0) for n in range(1, 400)])
    asked = subprocess.Popen(
        [sys.executable, "-m", "sidetrace", "traces", "--limit", "1000", "--db", str(path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert asked.stdout is not None
    asked.stdout.readline()
    asked.stdout.close()
    assert asked.stderr is not None
    assert asked.stderr.read() == b""
    asked.stderr.close()
    asked.wait(timeout=10)
