"""OpenTelemetry's instrumentation of OpenAI (v2), which sends messages as log records."""

from __future__ import annotations

import pytest

from ..running import Running
from .conftest import Run
from .expected import answers, asks, calls_the_tool, check_conversation, counts, generations, types
from .stub import REFUSAL, Stub

CONVENTIONS = {
    "default": {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true"},
    "experimental": {
        "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "event_only",
        "OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT": "true",
    },
}
"""The settings for a record of each message, and for one record of each call."""


@pytest.mark.parametrize(("convention", "protocol"), [("default", "grpc"), ("experimental", "http/protobuf")])
def test_messages_of_log_records(server: Running, stub: Stub, run: Run, convention: str, protocol: str) -> None:
    run("openai_v2.py", "openai-v2", OTEL_EXPORTER_OTLP_PROTOCOL=protocol, **CONVENTIONS[convention])

    session = server.one("sessions", "sess-42")
    assert (session["countTraces"], session["countObservations"], session["errorCount"]) == (2, 6, 1)
    assert session["userIds"] == ["user-7", "user-8"], "one by an attribute, one by baggage"
    assert counts(session, calls=3)
    forecast, summary = (server.one("traces", trace["id"]) for trace in session["traces"])
    assert types(forecast) == [("chat gpt-4o-mini", "GENERATION")] * 2 + [("forecast", "SPAN")]
    assert (summary["name"], summary["userId"]) == ("summary", "user-8")
    (failed,) = server.rows("observations", level="ERROR")
    assert failed["type"] == "GENERATION"
    assert REFUSAL in failed["statusMessage"]

    called, answered, streamed = generations(server, stub)
    assert called["modelParameters"]["temperature"] == 0.2
    assert session["totalCost"] > 0, "the sender does not tell cached tokens, which are cheaper"
    check_conversation(server, called, answered, offers=False)
    assert asks(called)
    assert calls_the_tool(called)
    assert asks(answered)
    assert answers(answered)
    assert asks(streamed)
    assert answers(streamed)
    assert "FAIL" in str(failed["input"])
