"""OpenLLMetry: the Traceloop SDK with its instrumentation of OpenAI."""

from __future__ import annotations

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
from .stub import OUTPUT, REFUSAL, Stub


def test_decorated_functions(server: Running, stub: Stub, run: Run) -> None:
    run("traceloop_sdk.py", "traceloop", TRACELOOP_BASE_URL=server.url)

    session = server.one("sessions", "sess-42")
    assert (session["countTraces"], session["countObservations"], session["errorCount"]) == (2, 8, 1)
    assert (session["userIds"], session["tags"]) == (["user-7", "user-8"], ["beta"])
    assert session["metadata"]["plan"] == "pro"
    assert counts(session, calls=3)
    forecast, summary = (server.one("traces", trace["id"]) for trace in session["traces"])
    assert (forecast["name"], forecast["userId"]) == ("forecast", "user-7")
    assert (summary["name"], summary["userId"]) == ("summary", "user-8")
    assert types(forecast) == [
        ("clerk.agent", "AGENT"),
        ("forecast.workflow", "CHAIN"),
        ("get_weather.tool", "TOOL"),
        ("openai.chat", "GENERATION"),
        ("openai.chat", "GENERATION"),
    ]
    assert answers(forecast)

    called, answered, streamed = generations(server, stub)
    assert [details(called), details(answered)] == [CACHE | REASON] * 2
    assert details(streamed) == CACHE | {"output": OUTPUT}, "the sender tells no reasoning for streams"
    check_conversation(server, called, answered)
    assert asks(called)
    assert calls_the_tool(called)
    assert asks(answered)
    assert answers(answered)
    assert answers(streamed)
    assert called["modelParameters"]["temperature"] == 0.2
    (tool,) = server.rows("observations", type="TOOL")
    assert "Paris" in str(tool["input"])
    assert tool["output"] == "Paris: sunny, 21 degrees"
    (failed,) = server.rows("observations", level="ERROR")
    assert failed["type"] == "GENERATION"
    assert REFUSAL in failed["statusMessage"]
    assert costs(session, calls=3)
