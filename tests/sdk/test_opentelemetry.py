"""The real OpenTelemetry SDK, through each of its OTLP exporters, with times of our own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, Status, StatusCode, Tracer, set_span_in_context

from ..running import PATIENCE, Running, plain_environment, sidetrace
from .conftest import PROGRAMS

NOON = 1_790_000_000
"""2026-09-21 14:13:20 UTC, in seconds since the epoch."""

EXPORTERS: dict[str, Callable[[Running], SpanExporter]] = {
    "grpc": lambda server: GrpcExporter(endpoint=server.grpc, insecure=True),
    "grpc-gzip": lambda server: GrpcExporter(endpoint=server.grpc, insecure=True, compression=grpc.Compression.Gzip),
    "http": lambda server: HttpExporter(endpoint=f"{server.url}/v1/traces"),
    "http-gzip": lambda server: HttpExporter(endpoint=f"{server.url}/v1/traces", compression=Compression.Gzip),
}


def ns(seconds: float) -> int:
    """Return the time so many seconds past noon."""
    return NOON * 10**9 + round(seconds * 1e9)


def record(tracer: Tracer, name: str, at: float, lasts: float, parent: Span | None = None, **options: Any) -> Span:
    """Record a span that is over."""
    context = set_span_in_context(parent) if parent else None
    span = tracer.start_span(name, context, start_time=ns(at), **options)
    span.end(ns(at + lasts))
    return span


def chat(model: str, input_tokens: int, output_tokens: int, cost: float) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": model,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.usage.input_tokens": input_tokens,
        "gen_ai.usage.output_tokens": output_tokens,
        "gen_ai.usage.cost": cost,
    }


def shop(tracer: Tracer) -> dict[str, str]:
    """Record a session of two users: three traces, of which one fails; return the trace ids by name."""
    order = record(
        tracer,
        "order",
        0,
        4,
        attributes={
            "session.id": "shop 1/ä",
            "user.id": "anna",
            "tags": ["web", "beta"],
            "metadata.plan": "pro",
            "metadata.cart.items": 3,
            "metadata.trial": False,
        },
    )
    agent = record(tracer, "invoke_agent clerk", 0.5, 3, order, attributes={"gen_ai.operation.name": "invoke_agent"})
    record(tracer, "chat gpt-4o", 1, 1.5, agent, attributes=chat("gpt-4o", 100, 20, 0.01))
    record(
        tracer,
        "execute_tool stock",
        2.5,
        0.25,
        agent,
        attributes={"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "stock"},
    )
    record(tracer, "chat gpt-4o", 3, 0.5, agent, attributes=chat("gpt-4o", 200, 30, 0.02))

    # Only a child says whose it is.
    payment = record(tracer, "payment", 10, 2)
    record(
        tracer,
        "chat claude",
        10.5,
        1,
        payment,
        attributes={
            **chat("claude-sonnet-4-5", 50, 5, 0.005),
            "session.id": "shop 1/ä",
            "user.id": "bert",
            "tags": ["web", "slow"],
            "metadata.plan": "free",
        },
    )

    refund = tracer.start_span("refund", start_time=ns(20), attributes={"session.id": "shop 1/ä", "user.id": "anna"})
    refund.record_exception(ValueError("card expired"), timestamp=ns(20.5))
    refund.set_status(Status(StatusCode.ERROR, "card expired"))
    refund.end(ns(21))

    record(tracer, "cron", 30, 1, attributes={"user.id": "carl"})
    return {
        name: f"{span.get_span_context().trace_id:032x}"
        for name, span in (("order", order), ("payment", payment), ("refund", refund))
    }


@pytest.fixture(params=EXPORTERS)
def recorded(server: Running, request: pytest.FixtureRequest) -> dict[str, str]:
    """Export the shop's spans in several batches; return the trace ids by name."""
    provider = TracerProvider(
        resource=Resource({"service.name": "shop", "deployment.environment.name": "staging"}), shutdown_on_exit=False
    )
    # Small batches: a trace arrives in pieces.
    provider.add_span_processor(BatchSpanProcessor(EXPORTERS[request.param](server), max_export_batch_size=4))
    traces = shop(provider.get_tracer("shop", "1.0"))
    assert provider.force_flush()
    provider.shutdown()
    return traces


def test_spans_become_sessions_traces_users_and_observations(server: Running, recorded: dict[str, str]) -> None:
    # Sessions
    (session,) = server.rows("sessions")
    assert session["id"] == "shop 1/ä"
    assert (session["countTraces"], session["countObservations"], session["errorCount"]) == (3, 8, 1)
    assert session["userIds"] == ["anna", "bert"]
    assert (session["duration"], session["latency"]) == (21, 7)
    assert (session["inputTokens"], session["outputTokens"], session["totalTokens"]) == (350, 55, 405)
    assert (session["totalCost"], session["environment"]) == (0.035, "staging")
    assert session["tags"] == ["beta", "slow", "web"]
    assert session["firstTimestamp"] == "2026-09-21T14:13:20.000Z"

    # One session, with its traces by start
    traces = server.one("sessions", "shop 1/ä")["traces"]
    assert {trace["name"]: trace["id"] for trace in traces} == recorded
    assert [(trace["name"], trace["userId"], trace["totalCost"]) for trace in traces] == [
        ("order", "anna", 0.03),
        ("payment", "bert", 0.005),
        ("refund", "anna", None),
    ]

    # Traces
    listed = server.rows("traces", userId="anna", tags="beta")
    assert [trace["id"] for trace in listed] == [recorded["order"]]
    order = server.one("traces", recorded["order"])
    assert order["metadata"] == {"plan": "pro", "cart.items": 3, "trial": False, "service.name": "shop"}
    assert (order["tags"], order["latency"], order["totalTokens"]) == (["beta", "web"], 4, 350)
    assert [(o["name"], o["type"], o["model"], o["latency"]) for o in order["observations"]] == [
        ("order", "SPAN", None, 4),
        ("invoke_agent clerk", "AGENT", None, 3),
        ("chat gpt-4o", "GENERATION", "gpt-4o", 1.5),
        ("execute_tool stock", "TOOL", None, 0.25),
        ("chat gpt-4o", "GENERATION", "gpt-4o", 0.5),
    ]
    refund = server.one("traces", recorded["refund"])
    assert (refund["level"], refund["errorCount"]) == ("ERROR", 1)
    assert refund["observations"][0]["statusMessage"] == "card expired"

    # Observations
    chats = server.rows("observations", type="GENERATION", traceId=recorded["order"], orderBy="startTime.asc")
    assert [(o["usageDetails"], o["costDetails"]) for o in chats] == [
        ({"input": 100, "output": 20, "total": 120}, {"total": 0.01}),
        ({"input": 200, "output": 30, "total": 230}, {"total": 0.02}),
    ]
    assert {(o["sessionId"], o["userId"]) for o in chats} == {("shop 1/ä", "anna")}
    assert chats[0]["modelParameters"]["temperature"] == 0.5

    # Users
    users = {user["id"]: user for user in server.rows("users")}
    assert {name: (u["countTraces"], u["countSessions"], u["totalTokens"]) for name, u in users.items()} == {
        "anna": (2, 1, 350),
        "bert": (1, 1, 55),
        "carl": (1, 0, 0),
    }

    # SQL
    assert server.sql(
        "SELECT user_id, count(*), sum(total_tokens), sum(latency_ms) FROM traces"
        " WHERE session_id IS NOT NULL GROUP BY user_id ORDER BY user_id"
    ) == [("anna", 2, 350, 5000.0), ("bert", 1, 55, 2000.0)]
    assert server.sql(
        "SELECT t.metadata->>'plan', model, sum(o.input_tokens) FROM observations o JOIN traces t ON t.id = trace_id"
        " WHERE o.type = 'GENERATION' GROUP BY 1, 2 ORDER BY 3"
    ) == [("free", "claude-sonnet-4-5", 50), ("pro", "gpt-4o", 300)]

    # The tree, as an answer and as it is drawn
    tree = server.tree("shop 1/ä")
    assert (tree["durationMs"], tree["latencyMs"], tree["cost"]) == (21_000, 7000, 0.035)
    assert [child["name"] for child in tree["traces"][0]["children"][0]["children"]] == [
        "chat gpt-4o",
        "execute_tool stock",
        "chat gpt-4o",
    ]
    assert sidetrace("session", "shop 1/ä", "--db", server.database) == (
        "Session: shop 1/ä (7.0s, $0.04)\n"
        "├── order (4.0s, $0.03)\n"
        "│   └── invoke_agent clerk (3.0s, $0.03)\n"
        "│       ├── chat gpt-4o (1.5s, $0.01)\n"
        "│       ├── execute_tool stock (0.2s)\n"
        "│       └── chat gpt-4o (0.5s, $0.02)\n"
        "├── payment (2.0s, $0.0050)\n"
        "│   └── chat claude (1.0s, $0.0050)\n"
        "└── refund (1.0s)\n"
    )

    doctor = server.doctor()
    assert (doctor["received"], doctor["stored"], doctor["rejections"], doctor["problems"]) == (9, 9, [], [])
    (lonely,) = doctor["newestTracesWithoutSession"]
    assert (lonely["name"], lonely["userId"]) == ("cron", "carl")


def test_an_application_needs_no_more_than_what_serve_prints(server: Running) -> None:
    printed = re.findall(r"export (OTEL_\w+)=(\S+)\n +export (OTEL_\w+)=(\S+)\n", server.announced())
    assert {block[3] for block in printed} == {"http/protobuf", "grpc"}
    for first, endpoint, second, protocol in printed:
        done = subprocess.run(
            [sys.executable, PROGRAMS / "opentelemetry_by_environment.py"],
            env=plain_environment({first: endpoint, second: protocol}),
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
    traces = server.one("sessions", "as printed")["traces"]
    assert {trace["name"] for trace in traces} == {"http/protobuf", "grpc"}
