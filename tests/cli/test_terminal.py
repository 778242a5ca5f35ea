"""What a person sees who runs a command in a terminal, not in a pipe."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Stored, span

pty = pytest.importorskip("pty")


def in_terminal(*arguments: object, columns: int = 200) -> str:
    """The bytes that a command sends to a terminal of that width, as text."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns)}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "sidetrace", *map(str, arguments)], stdin=theirs, stdout=theirs, stderr=theirs,
        env=environment,
    )  # fmt: skip
    os.close(theirs)
    pieces = []
    try:
        while piece := os.read(ours, 65536):
            pieces.append(piece)
    except OSError:
        pass  # Linux: how a terminal ends when the process at its other side has gone
    finally:
        os.close(ours)
    assert process.wait(timeout=30) == 0
    return b"".join(pieces).decode().replace("\r\n", "\n")


@pytest.fixture
def path(stored: Stored) -> Path:
    return stored([span(1, 11, "\x1b]0;owned\x07[link=http://x]a[/link] :boom:", 1.0, session="s" * 60, user="[red]u")])


def test_a_table_is_drawn_with_a_bold_heading(path: Path) -> None:
    drawn = in_terminal("sessions", "--db", path)
    assert "\x1b[1m" in drawn
    assert "s" * 60 in drawn


def test_a_narrow_terminal_folds_ids_and_cuts_nothing(path: Path) -> None:
    drawn = in_terminal("sessions", "--db", path, columns=80)
    assert drawn.count("s") >= 60
    assert "…" not in drawn


@pytest.mark.parametrize(
    "arguments",
    [
        ["traces"],
        ["sessions"],
        ["sql", "SELECT name, user_id FROM traces"],
        ["sql", "SELECT name, user_id FROM traces", "--csv"],
        ["traces", "--json"],
        ["session", "s" * 60],
    ],
)
def test_nothing_that_was_received_acts_on_the_terminal(path: Path, arguments: list[str]) -> None:
    drawn = in_terminal(*arguments, "--db", path)
    assert "owned" in drawn or arguments == ["sessions"]
    assert set(re.findall(r"\x1b(\[[0-9;]*m)?", drawn)) <= {"", "[1m", "[0m"}
    assert "\x1b]" not in drawn
    assert "\x07" not in drawn
    shown = re.sub(r"\s+", "", drawn)
    assert "[red]u" in shown or arguments[0] == "session"
    assert "[link=http://x]a[/link]:boom:" in shown or arguments[0] == "sessions"
