"""The OpenAI Agents SDK, which calls the Responses API, under OpenInference and under OpenTelemetry."""

from __future__ import annotations

from typing import Any

from ..running import Running
from .conftest import Run
from .expected import (
    CACHE,
    REASON,
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
from .stub import Stub


def test_openinference(server: Running, stub: Stub, run: Run) -> None:
    run("openai_agents.py", "openai-agents-openinference", BY="openinference")

    session = server.one("sessions", "sess-42")
    assert (session["countTraces"], session["countObservations"], session["errorCount"]) == (1, 8, 0)
    assert (session["userIds"], session["tags"]) == (["user-7"], ["beta"])
    assert session["metadata"]["plan"] == "pro"
    assert counts(session, calls=2)
    (forecast,) = session["traces"]
    assert forecast["name"] == "forecast"
    assert types(server.one("traces", forecast["id"])) == [
        ("Agent workflow", "CHAIN"),
        ("clerk", "AGENT"),
        ("forecast", "AGENT"),
        ("get_weather", "TOOL"),
        ("response", "GENERATION"),
        ("response", "GENERATION"),
        ("turn", "CHAIN"),
        ("turn", "CHAIN"),
    ]
    called, _ = check_the_calls(server, stub)
    assert called["modelParameters"].keys().isdisjoint({"output", "usage", "model"}), "it puts the whole response there"
    assert costs(session, calls=2)


def test_genai(server: Running, stub: Stub, run: Run) -> None:
    run(
        "openai_agents.py",
        "openai-agents-genai",
        BY="genai",
        OTEL_EXPORTER_OTLP_PROTOCOL="grpc",
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY",
    )

    session = server.one("sessions", "sess-42")
    assert (session["countTraces"], session["countObservations"], session["errorCount"]) == (1, 5, 0)
    assert counts(session, calls=2)
    (forecast,) = session["traces"]
    assert forecast["name"] == "forecast"
    assert types(server.one("traces", forecast["id"])) == [
        ("chat gpt-4o-mini", "GENERATION"),
        ("chat gpt-4o-mini", "GENERATION"),
        ("execute_tool get_weather", "TOOL"),
        ("invoke_agent clerk", "AGENT"),
        ("invoke_workflow forecast", "CHAIN"),
    ]
    check_the_calls(server, stub)
    assert costs(session, calls=2)


def check_the_calls(server: Running, stub: Stub) -> list[Any]:
    """Check the model's calls and the tool's; return the model's."""
    called, answered = generations(server, stub, "/responses")
    assert [details(called), details(answered)] == [CACHE | REASON] * 2
    check_conversation(server, called, answered)
    assert asks(called)
    assert calls_the_tool(called)
    assert asks(answered)
    assert answers(answered)
    (tool,) = server.rows("observations", type="TOOL")
    assert (tool["input"], tool["output"]) == ({"city": "Paris"}, "Paris: sunny, 21 degrees")
    return [called, answered]
