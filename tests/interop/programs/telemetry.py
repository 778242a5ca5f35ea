"""The OpenTelemetry SDK as an application sets it up, with what its exporters read from the environment."""
# Runs in environments that are not the one which is checked.
# mypy: ignore-errors

from __future__ import annotations

import os

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

OVER_GRPC = os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"] == "grpc"


def provide(*processors):
    """Make the global provider, which exports over HTTP or gRPC and does so when the program ends; return it."""
    if OVER_GRPC:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    else:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    return provide_to(OTLPSpanExporter(), *processors)


def provide_to(exporter, *processors):
    """Make the global provider, which exports by this exporter; return it."""
    provider = TracerProvider()
    for processor in (*processors, BatchSpanProcessor(exporter)):
        provider.add_span_processor(processor)
    trace.set_tracer_provider(provider)
    return provider


def provide_logs():
    """Make the global provider of log records, likewise."""
    from opentelemetry import _logs
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

    if OVER_GRPC:
        from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    else:
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    provider = LoggerProvider()
    provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    _logs.set_logger_provider(provider)
    return provider
