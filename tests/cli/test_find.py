"""`sidetrace find`: how the question was understood, then the rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sidetrace.proto.span import Value

from .conftest import Run, Stored, span


@pytest.fixture
def path(stored: Stored) -> Path:
    """A slow, dear trace of ann's, and a quick one of bob's that failed."""
    slow: dict[str, Value] = {"langfuse.trace.tags": ["vip"], "langfuse.observation.model.name": "gpt-4o"}
    return stored(
        [
            span(1, 11, "slow", 9.0, cost=0.5, session="s", user="ann", type="generation", attributes=slow),
            span(2, 21, "quick", 1.0, after=60, session="s", user="bob", type="tool"),
        ]
    )


def test_it_says_how_it_understood_and_prints_the_rows(run: Run, path: Path) -> None:
    answer = run("find", "--db", path, "purple", "traces", "by", "ann", "slower than 5s")
    assert (answer.code, answer.err) == (0, "")
    understood, missed, heading, *rows = answer.out.splitlines()
    assert understood == 'Understood: traces with user "ann" and latency > 5 s'
    assert missed == "Not understood: 'purple'"
    assert heading.startswith("trace")
    assert len(rows) == 1
    assert "slow" in rows[0]


@pytest.mark.parametrize(
    ("question", "view", "names"),
    [
        ("user:bob", "traces", ["quick"]),
        ("-user:bob", "traces", ["slow"]),
        ("tool calls", "observations", ["quick"]),
        ("traces without tag vip", "traces", ["quick"]),
        ("slowest traces first", "traces", ["slow", "quick"]),
        ("top 1 traces by cost", "traces", ["slow"]),
    ],
)
def test_json(run: Run, path: Path, question: str, view: str, names: list[str]) -> None:
    answer = run("find", "--db", path, "--json", question)
    assert answer.code == 0, answer.err
    found = json.loads(answer.out)
    assert (found["view"], [row["name"] for row in found["data"]]) == (view, names)


def test_the_questions_own_number_is_not_to_be_raised_by_the_limit(run: Run, path: Path) -> None:
    answer = run("find", "--db", path, "top 1 traces by cost")
    assert (answer.code, answer.err) == (0, "1 of 2 traces\n")
    answer = run("find", "--db", path, "traces", "--limit", "1")
    assert (answer.code, answer.err) == (0, "1 of 2 traces; --limit 2 shows all\n")


@pytest.mark.parametrize("question", ["banana", "traces on 31 February", "foo:bar", ""])
def test_what_cannot_be_understood_is_bad_usage(run: Run, path: Path, question: str) -> None:
    answer = run("find", "--db", path, question)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.count("\n") == 1
