"""`sidetrace metrics`: numbers that a reader can add up by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sidetrace.client_metrics import AMOUNTS, COUNTS, GROUPS, RATES
from sidetrace.proto.span import Span, Value
from sidetrace.storage.sqlite.store import SqliteStore
from sidetrace.storage.store import NewScore

from .conftest import NOON, Run, Stored, span

DAY = 86400.0
"""The spans begin on Monday, 2026-09-21, at 14:13:20 UTC."""


def call(trace: int, model: str, seconds: float, cost: float, tokens: int, after: float, **more: Any) -> Span:
    """Return a model call below the root of a trace."""
    sent: dict[str, Value] = {
        "langfuse.observation.model.name": model,
        "langfuse.observation.usage_details": json.dumps({"input": tokens, "total": tokens}),
        **more,
    }
    return span(
        trace, trace * 10 + 1, "call", seconds, parent=trace * 10, after=after, type="generation", cost=cost,
        attributes=sent,
    )  # fmt: skip


@pytest.fixture
def path(stored: Stored) -> Path:
    """Ann: 1 s, 2 s and 3 s on Monday, Monday and Tuesday in two sessions; bob: 6 s on Tuesday; one has failed."""
    tags: dict[str, Value] = {"langfuse.trace.tags": ["vip", "eu"], "langfuse.trace.metadata.kind": "article"}
    first: dict[str, Value] = {"langfuse.observation.completion_start_time": "2026-09-21T14:13:20.250Z"}
    failed: dict[str, Value] = {"langfuse.observation.level": "ERROR"}
    return stored(
        [
            span(1, 10, "ask", 1.0, session="s1", user="ann", attributes=tags),
            call(1, "big", 0.5, 0.5, 100, 0, **first),
            span(2, 20, "ask", 2.0, after=3600, session="s1", user="ann"),
            call(2, "small", 1.0, 0.25, 10, 3600, **failed),
            span(3, 30, "ask", 3.0, after=DAY, session="s2", user="ann"),
            call(3, "big", 1.5, 0.125, 30, DAY),
            span(4, 40, "sum up", 6.0, after=DAY, user="bob"),
        ]
    )


def told(run: Run, path: Path, *arguments: str) -> list[dict[str, Any]]:
    """Return the rows of an answer in JSON."""
    answer = run("metrics", *arguments, "--json", "--db", path)
    assert (answer.code, answer.err) == (0, "")
    rows: list[dict[str, Any]] = json.loads(answer.out)["data"]
    return rows


def test_an_overview(run: Run, path: Path) -> None:
    (row,) = told(run, path)
    assert row == {
        "trace_count": 4,
        "session_count": 2,
        "user_count": 2,
        "error_rate": 0.25,
        "latency_avg": 3000.0,
        "latency_p50": 2500.0,
        "latency_p95": pytest.approx(5550.0),
        "latency_p99": pytest.approx(5910.0),
        "total_tokens": 140,
        "total_cost": 0.875,
    }
    answer = run("metrics", "--db", path)
    heading, line = answer.out.splitlines()
    assert heading.split() == [
        "trace_count", "session_count", "user_count", "error_rate", "latency_avg", "(ms)", "latency_p50", "(ms)",
        "latency_p95", "(ms)", "latency_p99", "(ms)", "total_tokens", "total_cost",
    ]  # fmt: skip
    assert line.split() == ["4", "2", "2", "25.00%", "3,000", "2,500", "5,550", "5,910", "140", "$0.88"]


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [
        (["trace_count", "--by", "user"], [("ann", 3), ("bob", 1)]),
        (["session_count", "--by", "user_id"], [("ann", 2), ("bob", 0)]),
        (["error_rate", "--by", "user"], [("ann", 1 / 3), ("bob", 0.0)]),
        (["error_rate", "--by", "session"], [("s1", 0.5), ("s2", 0.0), (None, 0.0)]),
        (["error_rate", "--by", "model"], [("small", 1.0), ("big", 0.0), (None, 0.0)]),
        (["latency_avg", "--by", "model"], [("big", 1000.0), ("small", 1000.0), (None, 3000.0)]),
        (["cost", "--by", "model"], [("big", 0.625), ("small", 0.25), (None, None)]),
        (["tokens", "--by", "tag"], [("eu", 100), ("vip", 100), (None, 40)]),
        (["trace_count", "--by", "metadata.kind"], [("article", 1), (None, 3)]),
        (["trace_count", "--by", "environment"], [("default", 4)]),
        (["trace_count", "--by", "name"], [("ask", 3), ("sum up", 1)]),
        (["latency_max", "--view", "observations", "--by", "name"], [("sum up", 6000.0), ("ask", 3000.0)]),
        (["trace_count", "--by", "user", "--since", "2026-09-22"], [("ann", 1), ("bob", 1)]),
        (["trace_count", "--by", "user", "--until", "2026-09-21T14:30:00Z"], [("ann", 1)]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) and isinstance(value[0], str) else "",
)
def test_by_group(run: Run, path: Path, arguments: list[str], rows: list[tuple[Any, Any]]) -> None:
    found = told(run, path, *arguments)
    assert [tuple(row.values()) for row in found] == rows


def test_metrics_of_two_views_stand_in_one_row(run: Run, path: Path) -> None:
    """The time to a first token is one of observations only, the count one of traces."""
    assert told(run, path, "trace_count", "time_to_first_token", "tokens", "--by", "user") == [
        {"user_id": "ann", "trace_count": 3, "time_to_first_token": 250.0, "tokens": 140},
        {"user_id": "bob", "trace_count": 1, "time_to_first_token": None, "tokens": 0},
    ]


def test_by_time(run: Run, path: Path) -> None:
    assert told(run, path, "trace_count", "cost", "--per", "day") == [
        {"time": "2026-09-21", "trace_count": 2, "cost": 0.75},
        {"time": "2026-09-22", "trace_count": 2, "cost": 0.125},
    ]
    assert [row["time"] for row in told(run, path, "trace_count", "--per", "week")] == ["2026-09-21"]
    assert [row["time"] for row in told(run, path, "trace_count", "--per", "month")] == ["2026-09-01"]
    rows = told(run, path, "trace_count", "--per", "hour", "--by", "user")
    assert [tuple(row.values()) for row in rows] == [
        ("ann", "2026-09-21T14:00:00Z", 1),
        ("ann", "2026-09-21T15:00:00Z", 1),
        ("ann", "2026-09-22T14:00:00Z", 1),
        ("bob", "2026-09-22T14:00:00Z", 1),
    ]


def test_the_limit_keeps_the_largest_groups_and_the_newest_days_and_says_so(run: Run, path: Path) -> None:
    answer = run("metrics", "trace_count", "--by", "user", "--limit", "1", "--db", path)
    assert [line.split() for line in answer.out.splitlines()] == [["user_id", "trace_count"], ["ann", "3"]]
    assert answer.err == "these are the first 1 rows; --limit 10 shows more\n"
    answer = run("metrics", "trace_count", "--per", "day", "--limit", "1", "--db", path)
    assert answer.out.splitlines()[1:] == ["2026-09-22            2"]
    assert "newest" in answer.err
    assert run("metrics", "trace_count", "--by", "user", "--limit", "2", "--db", path).err == ""


def test_without_times_it_is_all_there_is(run: Run, stored: Stored) -> None:
    """Also what comes from a clock that is years ahead."""
    path = stored([span(1, 1, "now", 1.0), span(2, 2, "ahead", 1.0, after=3 * 365 * DAY)])
    assert told(run, path, "trace_count", "--by", "name") == [
        {"name": "ahead", "trace_count": 1},
        {"name": "now", "trace_count": 1},
    ]
    assert len(told(run, path, "trace_count", "--per", "month")) == 2
    assert told(run, path, "trace_count", "--until", "2027-01-01") == [{"trace_count": 1}]
    assert told(run, path, "trace_count", "--since", "2027-01-01") == [{"trace_count": 1}]


def test_what_is_unknown_comes_after_what_is_below_zero(run: Run, path: Path) -> None:
    store = SqliteStore.open(path)
    scores = [
        NewScore(f"{trace}", "tone", "NUMERIC", (NOON + 1) * 10**9, value, trace_id=f"{trace:032x}")
        for trace, value in ((1, -2.0), (2, 0.0), (3, 1.0))
    ]
    store.put_scores("default", scores).result(30)
    store.close()
    rows = told(run, path, "score.tone", "trace_count", "--by", "trace")
    assert [(row["score.tone"], row["trace_count"]) for row in rows] == [(1.0, 1), (0.0, 1), (-2.0, 1), (None, 1)]


def test_latency_is_four_numbers(run: Run, path: Path) -> None:
    (row,) = told(run, path, "latency")
    assert list(row) == ["latency_avg", "latency_p50", "latency_p95", "latency_p99"]


def test_nothing_in_that_time(run: Run, path: Path) -> None:
    (row,) = told(run, path, "trace_count", "error_rate", "--until", "2001-01-01")
    assert row == {"trace_count": 0, "error_rate": None}
    answer = run("metrics", "trace_count", "--by", "user", "--until", "2001-01-01", "--db", path)
    assert (answer.code, answer.out, answer.err) == (0, "", "nothing in that time\n")
    answer = run("metrics", "score.x", "--by", "user", "--db", path)
    assert (answer.code, answer.out, answer.err) == (0, "", "nothing\n")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["speed"], [*COUNTS, *RATES, *AMOUNTS]),
        (["trace_count_p95"], ["trace_count_p95", "_avg", "_p99"]),
        (["trace_count", "--by", "colour"], [*GROUPS, "metadata.KEY", "--by"]),
        (["score.x", "--by", "type"], ["cannot be told by 'type'"]),
        (["time_to_first_token", "--view", "traces"], ["--view", "observations"]),
        (["trace_count", "--view", "traces", "--by", "model"], ["cannot be told by 'model'"]),
        (["trace_count", "--per", "fortnight"], ["hour"]),
        (["trace_count", "--since", "soon"], ["7d", "2026-11-20"]),
        (["trace_count", "--since", "2026-09-22", "--until", "2026-09-21"], ["--until", "--since"]),
        (["trace_count", "--since", "1d", "--until", "2d"], ["--until", "--since"]),
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_bad_usage_that_names_what_is(
    run: Run, path: Path, arguments: list[str], named: list[str]
) -> None:
    answer = run("metrics", *arguments, "--db", path)
    assert (answer.code, answer.out) == (2, "")
    assert [name for name in named if name not in answer.err] == []
    assert answer.err.count("\n") == 1


def test_names_are_printed_as_text(run: Run, stored: Stored) -> None:
    path = stored([span(1, 1, "one", 1.0, user="a\x1b[31m")])
    assert "\x1b" not in run("metrics", "trace_count", "--by", "user", "--db", path).out


@pytest.mark.parametrize(
    ("arguments", "where", "value"),
    [
        (["trace_count"], "by ann", 3),
        (["trace_count"], "user:ann -tag:vip", 2),
        (["trace_count"], "failed", 1),
        (["latency_avg"], "traces over 2s", 4500.0),
        (["trace_count"], "since 2026-09-22", 2),
        (["trace_count"], "by nobody", 0),
        (["observation_count", "--view", "observations"], "using big or level error", 3),
    ],
)
def test_of_what_a_question_says_alone(run: Run, path: Path, arguments: list[str], where: str, value: float) -> None:
    (row,) = told(run, path, *arguments, "--where", where)
    assert row[arguments[0]] == value


def test_how_a_question_was_understood(run: Run, path: Path) -> None:
    answer = run("metrics", "trace_count", "cost", "--by", "user", "--where", "by ann", "--db", path)
    assert (answer.code, answer.err) == (0, 'Understood: traces with user "ann"\n')
    assert answer.out.splitlines()[1].split() == ["ann", "3", "$0.88"]


@pytest.mark.parametrize(
    ("arguments", "where", "problem"),
    [
        ([], "by ann with purple tentacles", "--where: not understood: 'purple tentacles'"),
        ([], "sessions by ann", "--where: this asks about sessions, and the numbers are of traces"),
        (["cost", "--by", "model"], "failed traces", "--where: this asks about traces, and the numbers are of"),
        ([], "slowest traces by ann", "--where: numbers have no order"),
        ([], "5 traces by ann", "--where: numbers have no order"),
        ([], "cost > 5s", "--where: 'cost > 5s': cost is measured in dollars"),
        ([], "", "--where: "),
        (["score.accuracy"], "by ann", "--where: scores are told of all"),
    ],
)
def test_questions_that_narrow_nothing(run: Run, path: Path, arguments: list[str], where: str, problem: str) -> None:
    answer = run("metrics", *arguments, "--where", where, "--db", path)
    assert answer.code == 2
    assert problem in answer.err
