"""LiteLLM's two callbacks that export spans."""

from __future__ import annotations

from ..running import Running
from .conftest import Run
from .expected import CACHE, REASON, answers, asks, calls_the_tool, costs, counts, details, generations, types
from .stub import REFUSAL, Stub

OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
"""Prices from the package: it looks for newer ones in the network otherwise."""


def test_langfuse_otel(server: Running, stub: Stub, run: Run) -> None:
    run("litellm_langfuse_otel.py", "litellm", **OFFLINE)

    session = server.one("sessions", "sess-42")
    assert (session["countTraces"], session["countObservations"], session["errorCount"]) == (3, 5, 1)
    assert (session["userIds"], session["tags"]) == (["user-7"], ["beta", "weather"])
    assert session["metadata"]["plan"] == "pro"
    assert counts(session, calls=2)
    first = server.one("traces", session["traces"][0]["id"])
    assert types(first) == [("forecast", "GENERATION"), ("forecast", "SPAN")]
    assert asks(first)

    called, answered = generations(server, stub)
    assert [details(called), details(answered)] == [CACHE | REASON] * 2
    assert asks(called)
    assert calls_the_tool(called)
    assert answers(answered)
    assert called["modelParameters"]["temperature"] == 0.2
    (failed,) = server.rows("observations", level="ERROR")
    assert (failed["name"], failed["type"]) == ("forecast", "GENERATION")
    assert REFUSAL in failed["statusMessage"]
    assert costs(session, calls=2)


def test_otel(server: Running, stub: Stub, run: Run) -> None:
    run(
        "litellm_otel.py",
        "litellm",
        OTEL_EXPORTER_OTLP_PROTOCOL="grpc",
        USE_OTEL_LITELLM_REQUEST_SPAN="true",  # else it writes all calls onto the application's span
        **OFFLINE,
    )

    session = server.one("sessions", "sess-42")
    assert (session["countTraces"], session["countObservations"], session["errorCount"]) == (1, 6, 1)
    assert (session["userIds"], session["metadata"]["plan"]) == (["user-7"], "pro")
    assert not [key for key in session["metadata"] if key.startswith("user_api_key_")], "all of them are empty"
    assert counts(session, calls=2)
    (forecast,) = session["traces"]
    assert types(server.one("traces", forecast["id"])) == [
        ("forecast", "SPAN"),
        ("litellm_request", "GENERATION"),
        ("litellm_request", "GENERATION"),
        ("litellm_request", "GENERATION"),
        ("raw_gen_ai_request", "SPAN"),
        ("raw_gen_ai_request", "SPAN"),
    ]
    (alone,) = (trace for trace in server.rows("traces") if trace["id"] != forecast["id"])
    assert (alone["sessionId"], alone["userId"]) == (None, "user-8"), "what OpenAI calls the user, for want of a better"
    assert counts(alone, calls=1)

    called, answered, _ = generations(server, stub)
    assert asks(called)
    assert calls_the_tool(called)
    assert answers(answered)
    assert called["modelParameters"]["temperature"] == 0.2
    (failed,) = server.rows("observations", level="ERROR")
    assert failed["type"] == "GENERATION"
    assert REFUSAL in failed["statusMessage"]
    assert costs(session, calls=2)
