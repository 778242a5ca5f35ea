"""The Vercel AI SDK 6, over OTLP as protobuf and as JSON, and 7 with its package for OpenTelemetry."""

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
    types,
)
from .stub import INPUT, REFUSAL, Stub

AGGREGATE = {"CHAIN", "AGENT"}


@pytest.mark.parametrize("exporter", ["proto", "json"])
def test_version_6(server: Running, stub: Stub, run: Run, exporter: str) -> None:
    run("vercel_ai_6.mjs", "vercel-ai-6", EXPORTER=exporter)

    session = server.one("sessions", "sess-42")
    assert (session["countTraces"], session["countObservations"], session["errorCount"]) == (4, 10, 2)
    assert (session["userIds"], session["tags"]) == (["user-7", "user-8"], ["beta", "weather"])
    assert session["metadata"]["plan"] == "pro"
    assert counts(session, calls=3, embeddings=1), "the outer spans repeat the sums"
    forecast, summary, failure, embedding = session["traces"]
    assert [trace["name"] for trace in session["traces"]] == ["forecast", "summary", "failure", "embedding"]
    assert (forecast["userId"], summary["userId"]) == ("user-7", "user-8")
    assert counts(forecast, calls=2)
    assert counts(embedding, calls=0, embeddings=1)
    assert asks(forecast)
    assert answers(forecast)
    assert failure["level"] == "ERROR"

    stored = server.rows("observations")
    kinds = {observation["name"]: observation["type"] for observation in stored}
    assert {name: kinds[name] for name in kinds if "do" in name or name == "ai.toolCall"} == {
        "ai.generateText.doGenerate": "GENERATION",
        "ai.streamText.doStream": "GENERATION",
        "ai.toolCall": "TOOL",
        "ai.embed.doEmbed": "EMBEDDING",
    }
    assert {kinds[name] for name in ("ai.generateText", "ai.streamText", "ai.embed")} <= AGGREGATE

    called, answered, streamed = calls = generations(server, stub)
    assert [details(call) for call in calls] == [CACHE | REASON] * 3
    check_conversation(server, called, answered)
    assert asks(called)
    assert calls_the_tool(called)
    assert answers(answered)
    assert answers(streamed)
    assert streamed["completionStartTime"]
    assert called["modelParameters"]["temperature"] == 0.2
    (tool,) = server.rows("observations", type="TOOL")
    assert (tool["input"], tool["output"]) == ({"city": "Paris"}, "Paris: sunny, 21 degrees")
    (embedded,) = server.rows("observations", type="EMBEDDING")
    assert (embedded["model"], embedded["totalTokens"]) == ("text-embedding-3-small", INPUT)
    failed = server.rows("observations", level="ERROR")
    assert {observation["type"] for observation in failed} <= AGGREGATE | {"GENERATION"}
    assert all(REFUSAL in observation["statusMessage"] for observation in failed)
    assert costs(session, calls=3, embeddings=1)


def test_version_7(server: Running, stub: Stub, run: Run) -> None:
    run("vercel_ai_7.mjs", "vercel-ai-7")

    session = server.one("sessions", "sess-42")
    assert (session["countTraces"], session["countObservations"], session["errorCount"]) == (2, 9, 0)
    assert (session["userIds"], session["tags"]) == (["user-7", "user-8"], ["beta", "weather"])
    assert session["metadata"]["plan"] == "pro"
    assert counts(session, calls=3), "the agents' spans repeat the sums"
    forecast, summary = session["traces"]
    assert [trace["name"] for trace in (forecast, summary)] == ["forecast", "summary"]
    assert (forecast["userId"], summary["userId"]) == ("user-7", "user-8")
    assert counts(forecast, calls=2)
    assert asks(forecast)
    assert answers(forecast)
    assert types(server.one("traces", forecast["id"])) == [
        ("chat gpt-4o-mini", "GENERATION"),
        ("chat gpt-4o-mini", "GENERATION"),
        ("execute_tool get_weather", "TOOL"),
        ("invoke_agent gpt-4o-mini", "AGENT"),
        ("step 1", "CHAIN"),
        ("step 2", "CHAIN"),
    ]
    (embedding,) = (trace for trace in server.rows("traces") if trace["sessionId"] is None)
    assert counts(embedding, calls=0, embeddings=1), "it is told by two spans"
    assert costs(embedding, calls=0, embeddings=1)

    called, answered, streamed = calls = generations(server, stub)
    assert all(details(call).items() >= CACHE.items() for call in calls)
    check_conversation(server, called, answered)
    assert asks(called)
    assert calls_the_tool(called)
    assert answers(answered)
    assert answers(streamed)
    assert streamed["completionStartTime"]
    assert called["modelParameters"]["temperature"] == 0.2
    (tool,) = server.rows("observations", type="TOOL")
    assert tool["input"] == {"city": "Paris"}
    assert "Paris: sunny, 21 degrees" in str(tool["output"])
    assert costs(session, calls=3)
