"""The OpenTelemetry SDK for Python: two traces of a session, whose ids it prints. sdk.mjs, sdk_* are the same."""
# Runs in environments that are not the one which is checked.
# mypy: ignore-errors

import json
import os

from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from telemetry import provide, provide_to

if os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"] == "http/json":
    from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter

    provider = provide_to(OTLPSpanExporter())
else:
    provider = provide()
tracer = provider.get_tracer("app")
ids = {}


def whose(user):
    """Return what an application says on the first span of a trace."""
    return {
        "session.id": "sess-42",
        "user.id": user,
        "tags": ["beta", "weather"],
        "metadata.plan": "pro",
        "metadata.city": "Zürich ☂",
        "metadata.seats": 3,
        "metadata.share": 0.5,
        "metadata.trial": True,
        "metadata.rooms": [1, 2],
    }


def note(name, span):
    """Note the ids of a span."""
    context = span.get_span_context()
    ids[name] = [trace.format_trace_id(context.trace_id), trace.format_span_id(context.span_id)]


CALL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.usage.input_tokens": 30,
    "gen_ai.usage.output_tokens": 12,
}

with tracer.start_as_current_span("forecast", kind=SpanKind.SERVER, attributes=whose("user-7")) as forecast:
    note("forecast", forecast)
    with tracer.start_as_current_span("call", kind=SpanKind.CLIENT, attributes=CALL) as call:
        note("call", call)
        call.add_event("asked", {"of": "Paris"})
links = [trace.Link(forecast.get_span_context())]
with tracer.start_as_current_span("summary", attributes=whose("user-8"), links=links) as summary:
    note("summary", summary)
    summary.record_exception(RuntimeError("no umbrella"))
    summary.set_status(StatusCode.ERROR, "no umbrella")
provider.shutdown()
print(json.dumps(ids))
