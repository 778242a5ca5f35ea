"""Pydantic AI, exported by Logfire."""

from __future__ import annotations

from ..running import Running
from .conftest import Run
from .expected import (
    CACHE,
    answers,
    asks,
    calls_the_tool,
    check_conversation,
    costs,
    counts,
    details,
    generations,
    types,
)
from .stub import REFUSAL, Stub


def test_runs_of_a_conversation(server: Running, stub: Stub, run: Run) -> None:
    run("pydantic_ai_logfire.py", "pydantic-ai")

    (session,) = server.rows("sessions")
    assert session["id"] == "sess-42", "and not what Logfire put in the place of a session that it scrubbed"
    session = server.one("sessions", "sess-42")
    assert (session["countTraces"], session["countObservations"], session["errorCount"]) == (3, 9, 2)
    assert (session["userIds"], session["tags"]) == (["user-7"], ["beta"])
    assert session["metadata"]["plan"] == "pro"
    assert counts(session, calls=3)
    first, again, failure = (server.one("traces", trace["id"]) for trace in session["traces"])
    assert [trace["name"] for trace in (first, again, failure)] == ["invoke_agent clerk", "again", "invoke_agent clerk"]
    assert types(first) == [
        ("chat gpt-4o-mini", "GENERATION"),
        ("chat gpt-4o-mini", "GENERATION"),
        ("execute_tool get_weather", "TOOL"),
        ("invoke_agent clerk", "AGENT"),
    ]
    assert counts(first, calls=2)
    assert asks(first)
    assert answers(first)
    assert failure["level"] == "ERROR"

    called, answered, _ = calls = generations(server, stub)
    assert all(details(call).items() >= CACHE.items() for call in calls)
    check_conversation(server, called, answered)
    assert asks(called)
    assert calls_the_tool(called)
    assert asks(answered)
    assert answers(answered)
    assert called["modelParameters"]["temperature"] == 0.2
    (tool,) = server.rows("observations", type="TOOL")
    assert (tool["input"], tool["output"]) == ({"city": "Paris"}, "Paris: sunny, 21 degrees")
    failed = server.rows("observations", level="ERROR")
    assert sorted(observation["type"] for observation in failed) == ["AGENT", "GENERATION"]
    assert all(REFUSAL in observation["statusMessage"] for observation in failed)
    assert costs(session, calls=3)
