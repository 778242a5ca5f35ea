"""OpenInference (Arize): the instrumentations of OpenAI and of LangChain with LangGraph."""

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
from .stub import INPUT, REFUSAL, Stub


def test_openai(server: Running, stub: Stub, run: Run) -> None:
    run("openinference_openai.py", "openinference")

    session = server.one("sessions", "sess-42")
    assert (session["countTraces"], session["countObservations"], session["errorCount"]) == (2, 8, 1)
    assert (session["userIds"], session["tags"]) == (["user-7", "user-8"], ["beta", "weather"])
    assert session["metadata"]["plan"] == "pro"
    assert counts(session, calls=3, embeddings=1)
    forecast, summary = (server.one("traces", trace["id"]) for trace in session["traces"])
    assert types(forecast) == [
        ("ChatCompletion", "GENERATION"),
        ("ChatCompletion", "GENERATION"),
        ("forecast", "AGENT"),
        ("get_weather", "TOOL"),
    ]
    assert types(summary) == [
        ("ChatCompletion", "GENERATION"),
        ("ChatCompletion", "GENERATION"),
        ("CreateEmbeddings", "EMBEDDING"),
        ("summary", "CHAIN"),
    ]
    assert answers(forecast)
    assert counts(forecast, calls=2)

    called, answered, streamed = generations(server, stub)
    assert [details(call) for call in (called, answered, streamed)] == [CACHE | REASON] * 3
    check_conversation(server, called, answered)
    assert asks(called)
    assert calls_the_tool(called)
    assert answers(answered)
    assert answers(streamed)
    assert called["modelParameters"]["temperature"] == 0.2
    assert "model" not in called["modelParameters"]
    (tool,) = server.rows("observations", type="TOOL")
    assert (tool["input"], tool["output"]) == ({"city": "Paris"}, "Paris: sunny, 21 degrees")
    (embedding,) = server.rows("observations", type="EMBEDDING")
    assert (embedding["model"], embedding["totalTokens"]) == ("text-embedding-3-small", INPUT)
    assert "Paris" in str(embedding["input"])
    (failed,) = server.rows("observations", level="ERROR")
    assert failed["type"] == "GENERATION"
    assert REFUSAL in failed["statusMessage"]
    assert costs(session, calls=3, embeddings=1)


def test_langchain(server: Running, stub: Stub, run: Run) -> None:
    run("openinference_langchain.py", "openinference")

    sessions = {session["id"]: session for session in server.rows("sessions")}
    assert sessions.keys() == {"sess-42", "thread-9"}, "where the run names no session, its thread is one"
    session = server.one("sessions", "sess-42")
    assert (session["countTraces"], session["countObservations"], session["userIds"]) == (1, 7, ["user-7"])
    assert session["metadata"]["plan"] == "pro"
    noise = ("langgraph_", "ls_", "lc_", "checkpoint_ns")
    assert not [key for key in session["metadata"] if key.startswith(noise)]
    (forecast,) = session["traces"]
    assert (forecast["name"], forecast["userId"]) == ("forecast", "user-7")
    assert answers(forecast)
    assert types(server.one("traces", forecast["id"])) == [
        ("ChatOpenAI", "GENERATION"),
        ("ChatOpenAI", "GENERATION"),
        ("forecast", "CHAIN"),
        ("get_weather", "TOOL"),
        ("model", "CHAIN"),
        ("model", "CHAIN"),
        ("tools", "CHAIN"),
    ]
    assert counts(session, calls=2)
    assert counts(sessions["thread-9"], calls=2)

    called, answered, *_ = calls = generations(server, stub)
    assert [details(call) for call in calls] == [CACHE | REASON] * 4
    check_conversation(server, called, answered)
    assert asks(called)
    assert calls_the_tool(called)
    assert asks(answered)
    assert answers(answered)
    assert called["modelParameters"]["temperature"] == 0.2
    assert all("sunny" in str(tool["output"]) for tool in server.rows("observations", type="TOOL"))
    assert costs(session, calls=2)
