"""The Langfuse SDKs, each with its OpenAI wrapper: Python 3, 4 and 5, and JavaScript."""

from __future__ import annotations

import pytest

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
)
from .stub import REFUSAL, Stub


@pytest.mark.parametrize(
    ("environment", "program"),
    [
        ("langfuse-3", "langfuse_3.py"),
        ("langfuse-4", "langfuse_4_5.py"),
        ("langfuse-5", "langfuse_4_5.py"),
        ("langfuse-js", "langfuse_js.mjs"),
    ],
)
def test_wrapped_calls(server: Running, stub: Stub, run: Run, environment: str, program: str) -> None:
    run(program, environment)

    session = server.one("sessions", "sess-42")
    assert (session["countTraces"], session["countObservations"], session["errorCount"]) == (2, 7, 1)
    assert (session["userIds"], session["tags"]) == (["user-7", "user-8"], ["beta", "weather"])
    assert session["metadata"]["plan"] == "pro"
    assert counts(session, calls=3)
    forecast, summary = session["traces"]
    assert (forecast["name"], forecast["userId"]) == ("forecast", "user-7")
    assert counts(forecast, calls=2)
    assert answers(forecast)
    assert (summary["name"], summary["userId"], summary["errorCount"]) == ("summary", "user-8", 1)

    called, answered, streamed = generations(server, stub)
    assert [details(call) for call in (called, answered, streamed)] == [CACHE | REASON] * 3
    check_conversation(server, called, answered)
    assert asks(called)
    assert calls_the_tool(called)
    assert asks(answered)
    assert answers(answered)
    assert answers(streamed)
    assert called["modelParameters"]["temperature"] in (0.2, "0.2")
    assert streamed["completionStartTime"]
    (failed,) = server.rows("observations", level="ERROR")
    assert failed["type"] == "GENERATION"
    assert REFUSAL in failed["statusMessage"]
    (tool,) = server.rows("observations", type="TOOL")
    assert (tool["name"], tool["output"]) == ("get_weather", "Paris: sunny, 21 degrees")
    assert tool["traceId"] == forecast["id"]
    assert costs(session, calls=3)
