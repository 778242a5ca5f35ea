"""The Langfuse SDK for Python from before OpenTelemetry, read back through the API."""

from __future__ import annotations

from ..running import Running
from .conftest import Run

TRACE = "a trace of 2.x"


def test_what_a_client_without_opentelemetry_tells(server: Running, run: Run) -> None:
    run("langfuse_2.py", "langfuse-2", 1)  # what is told of the trace itself is a span that no view shows

    trace = server.one("traces", TRACE)
    told = {
        "name": "forecast",
        "userId": "user-7",
        "sessionId": "sess-42",
        "version": "v1",
        "release": "r-7",
        "environment": "staging",
        "timestamp": "2026-11-18T08:26:41.500Z",
        "input": {"question": "weather?"},
        "output": {"answer": "sunny"},
        "metadata": {"plan": "pro", "deep": {"a": 1, "b": 2}},
        "tags": ["beta", "weather"],
        "public": True,
        "latency": 6,
        "errorCount": 1,
    }
    assert {name: trace[name] for name in told} == told
    assert sorted(one["id"] for one in trace["observations"]) == ["call", "embed", "note", "plan"]

    plan, call, embed, note = (server.one("observations", id) for id in ("plan", "call", "embed", "note"))
    assert [one["type"] for one in (plan, call, embed, note)] == ["SPAN", "GENERATION", "GENERATION", "EVENT"]
    assert [one["parentObservationId"] for one in (plan, call, embed, note)] == [None, "plan", None, None]
    assert [one["traceId"] for one in (plan, call, embed, note)] == [TRACE] * 4
    assert (plan["input"], plan["output"], plan["metadata"]) == (["Paris"], {"city": "Paris"}, {"step": 1})
    assert (plan["level"], plan["statusMessage"], plan["latency"]) == ("ERROR", "no umbrella", 5)
    told = {
        "name": "call",
        "model": "gpt-4o-mini",
        "modelParameters": {"temperature": "0.2"},
        "input": [{"role": "user", "content": "weather?"}],
        "output": "sunny",
        "metadata": {"deep": {"er": True}},
        "usageDetails": {"input": 30, "output": 12, "total": 42},
        "costDetails": {"input": 0.1, "output": 0.2, "total": 0.3},
        "startTime": "2026-11-18T08:26:43.500Z",
        "completionStartTime": "2026-11-18T08:26:44.500Z",
        "endTime": "2026-11-18T08:26:45.500Z",
        "environment": "staging",
    }
    assert {name: call[name] for name in told} == told
    assert (embed["model"], embed["usageDetails"]) == ("nobodys-model", {"input": 8, "total": 8})
    assert (note["level"], note["statusMessage"], note["input"]) == ("WARNING", "rain ahead", "x" * 10_000)
    assert note["startTime"] == note["endTime"] == "2026-11-18T08:26:46.500Z"

    scores = server.sql(
        "SELECT id, name, value, string_value, data_type, trace_id, observation_id, comment FROM scores"
    )
    assert sorted(scores) == [
        ("score-1", "quality", 0.9, None, "NUMERIC", TRACE, None, "good"),
        ("score-2", "tone", None, "kind", "CATEGORICAL", TRACE, "call", None),
        ("score-3", "grounded", 1, "True", "BOOLEAN", TRACE, None, None),
    ]

    session = server.one("sessions", "sess-42")
    assert (session["countTraces"], session["countObservations"], session["userIds"]) == (1, 4, ["user-7"])
    assert (session["inputTokens"], session["outputTokens"], session["totalTokens"]) == (38, 12, 50)
    assert (session["totalCost"], session["errorCount"]) == (0.3, 1)
