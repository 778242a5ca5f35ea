"""`sidetrace sessions`, `traces`, `users` and `user ID`."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from .conftest import NOON, Run, Stored, span


@pytest.fixture
def path(stored: Stored) -> Path:
    """Three sessions of two users, an hour apart, and a trace without either."""
    return stored(
        [
            span(1, 11, "first", 1.0, cost=0.5, session="morning", user="ann"),
            span(2, 21, "second", 2.0, after=3600, session="noon", user="bob"),
            span(3, 31, "third", 3.0, after=7200, cost=0.25, session="evening", user="ann"),
            span(4, 41, "alone", 4.0, after=10800),
        ]
    )


def first_words(table: str) -> list[str]:
    """The first cell of every row below the heading."""
    return [line.split()[0] for line in table.splitlines()[1:]]


def test_sessions_are_listed_with_their_totals_the_latest_first(run: Run, path: Path) -> None:
    answer = run("sessions", "--db", path)
    assert (answer.code, answer.err) == (0, "")
    assert first_words(answer.out) == ["evening", "noon", "morning"]
    assert answer.out.splitlines()[0].split() == [
        "session", "users", "traces", "errors", "latency", "tokens", "cost", "begun", "(UTC)",
    ]  # fmt: skip
    assert answer.out.splitlines()[1].split() == [
        "evening", "ann", "1", "0", "3.0s", "0", "$0.25", "2026-09-21", "16:13:20",
    ]  # fmt: skip


def test_sessions_of_one_user_are_listed(run: Run, path: Path) -> None:
    assert first_words(run("sessions", "--user", "ann", "--db", path).out) == ["evening", "morning"]


def test_traces_of_one_session_and_of_one_user_are_listed(run: Run, path: Path) -> None:
    assert first_words(run("traces", "--db", path).out) == [f"{trace:032x}" for trace in (4, 3, 2, 1)]
    assert first_words(run("traces", "--session", "noon", "--db", path).out) == [f"{2:032x}"]
    assert first_words(run("traces", "--user", "ann", "--db", path).out) == [f"{3:032x}", f"{1:032x}"]
    assert first_words(run("traces", "--user", "ann", "--session", "noon", "--db", path).out) == []


def test_users_are_listed_the_last_active_first(run: Run, path: Path) -> None:
    assert first_words(run("users", "--db", path).out) == ["ann", "bob"]


def test_a_user_is_shown_with_their_sessions(run: Run, path: Path) -> None:
    answer = run("user", "ann", "--db", path)
    assert answer.code == 0
    assert "cost:         $0.75\n" in answer.out
    assert [line.split()[0] for line in answer.out.splitlines()[-2:]] == ["evening", "morning"]
    assert json.loads(run("user", "ann", "--json", "--db", path).out)["countSessions"] == 2


@pytest.mark.parametrize("listing", ["sessions", "traces", "users"])
def test_since_leaves_out_what_is_older(run: Run, path: Path, listing: str) -> None:
    # Between the first session's end and the second's begin, as long ago as this test is away from it.
    age = int(time.time()) - (NOON + 1800)
    recent = json.loads(run(listing, "--since", f"{age}s", "--json", "--db", path).out)
    every = json.loads(run(listing, "--since", "99w", "--json", "--db", path).out)
    left_out = {"sessions": 1, "traces": 1, "users": 0}[listing]
    assert every["meta"]["totalItems"] - recent["meta"]["totalItems"] == left_out
    assert recent["meta"]["totalItems"] == len(recent["data"]) > 0


@pytest.mark.parametrize("duration", ["", "24", "h", "1.5h", "-3h", "3 h", "3y", "999999999w", "٣h"])
def test_a_bad_duration_is_refused_naming_the_option(run: Run, path: Path, duration: str) -> None:
    answer = run("sessions", "--since", duration, "--db", path)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("sidetrace: Invalid value for '--since': ")
    assert answer.err.endswith("; see `sidetrace sessions --help`\n")
    assert answer.err.count("\n") == 1


def test_a_limit_cuts_and_says_so_beside_the_answer(run: Run, path: Path) -> None:
    answer = run("sessions", "--limit", 2, "--db", path)
    assert first_words(answer.out) == ["evening", "noon"]
    assert answer.err == "2 of 3 sessions; --limit 3 shows all\n"
    assert run("sessions", "--limit", 0, "--db", path).code == 2


def test_an_empty_list_says_so_and_is_no_error(run: Run, path: Path) -> None:
    answer = run("sessions", "--user", "nobody", "--db", path)
    assert (answer.code, answer.out, answer.err) == (0, "", "no sessions\n")


def test_json_holds_what_the_endpoint_answers(run: Run, path: Path) -> None:
    page = json.loads(run("traces", "--limit", 1, "--json", "--db", path).out)
    assert page["meta"] == {"page": 1, "limit": 1, "totalItems": 4, "totalPages": 4}
    assert (page["data"][0]["name"], page["data"][0]["sessionId"], page["data"][0]["totalCost"]) == (
        "alone",
        None,
        None,
    )


def test_piped_output_is_neither_cut_nor_coloured(run: Run, stored: Stored) -> None:
    name = "x" * 300
    path = stored([span(1, 11, "a", 1.0, session=name, user="[red]u[/red]")])
    narrow = {"COLUMNS": "40", "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    answer = run("sessions", "--db", path, environment=narrow)
    assert name in answer.out
    assert "[red]u[/red]" in answer.out
    assert "\x1b" not in answer.out
    assert all(line == line.rstrip() for line in answer.out.splitlines())


def test_the_environment_names_the_file(run: Run, path: Path) -> None:
    assert first_words(run("users", environment={"SIDETRACE_DB": str(path)}).out) == ["ann", "bob"]
