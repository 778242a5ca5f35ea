"""The real OpenTelemetry exporters against both doors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from sidetrace.storage.selection import Selection

EXPORTERS: dict[str, Callable[[Any], SpanExporter]] = {
    "grpc": lambda receiver: GrpcExporter(endpoint=receiver.grpc_address, insecure=True),
    "grpc gzip": lambda receiver: GrpcExporter(
        endpoint=receiver.grpc_address, insecure=True, compression=grpc.Compression.Gzip
    ),
    "http": lambda receiver: HttpExporter(endpoint=f"{receiver.url}/v1/traces"),
    "http gzip": lambda receiver: HttpExporter(endpoint=f"{receiver.url}/v1/traces", compression=Compression.Gzip),
    "http deflate": lambda receiver: HttpExporter(
        endpoint=f"{receiver.url}/api/public/otel/v1/traces", compression=Compression.Deflate
    ),
}

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"


def record(exporter: SpanExporter, count: int) -> bool:
    provider = TracerProvider(resource=Resource({"service.name": "shop"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    for number in range(count):
        with tracer.start_as_current_span(f"step {number}", attributes={"session.id": "s1", "text": "x" * 200}):
            pass
    flushed = provider.force_flush()
    provider.shutdown()
    return flushed


@pytest.mark.parametrize("name", EXPORTERS)
async def test_what_an_exporter_flushes_is_stored(receiver: Any, name: str) -> None:
    assert await asyncio.to_thread(record, EXPORTERS[name](receiver), 1500)
    page = receiver.store.select(Selection("observations", limit=1))
    assert page.total == 1500
    assert page.rows[0]["session_id"] == "s1"
    assert receiver.refusals() == {}


@pytest.mark.skipif(not CAPTURES.exists(), reason="the captured bodies are not beside this checkout")
async def test_every_captured_body_is_accepted_whole_by_every_door(receiver: Any) -> None:
    bodies = [(path, "application/x-protobuf") for path in sorted(CAPTURES.rglob("*.traces.pb"))]
    bodies += [(path, "application/json") for path in sorted(CAPTURES.rglob("*.traces.request.json"))]
    assert len(bodies) > 30
    for path, media in bodies:
        body = path.read_bytes()
        status, answer, _ = await receiver.post(body, media)
        assert (status, answer) == (200, b"{}" if media == "application/json" else b""), path
        before = receiver.stored()
        if media == "application/x-protobuf":
            assert await receiver.export(body) == b"", path
        assert receiver.stored() == before, "a body sent twice is stored once"
    assert receiver.refusals() == {}
