"""An application that leaves everything to the environment, as `sidetrace serve` prints it."""

from __future__ import annotations

import os

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

protocol = os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"]
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(GrpcExporter() if protocol == "grpc" else HttpExporter()))
with provider.get_tracer("shop").start_as_current_span(protocol, attributes={"session.id": "as printed"}):
    pass
provider.shutdown()
