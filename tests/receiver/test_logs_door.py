"""Log records come in through both doors as spans do: the real exporters, partial success, refusals, other paths."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry._logs import LogRecord as Emitted
from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from sidetrace.mapping.observation import Observation
from sidetrace.proto import decode_logs
from sidetrace.proto.log import LogRecord
from sidetrace.proto.span import Rejected
from sidetrace.receiver.intake import INLINE
from sidetrace.storage.forwarding import Copy
from sidetrace.storage.selection import Selection
from sidetrace.storage.sqlite.store import SqliteStore
from sidetrace.storage.store import Written

EXPORT = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
PROTOBUF, JSON = "application/x-protobuf", "application/json"
PATHS = ["/v1/logs", "/api/public/otel/v1/logs"]
CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"


class Noting(SqliteStore):
    """The real store, which also notes the log records of each commit."""

    noted: list[LogRecord]

    def write(
        self,
        project: str,
        observations: list[Observation],
        rejected: list[Rejected],
        records: Sequence[LogRecord] = (),
        copy: Copy | None = None,
    ) -> Future[Written]:
        written = super().write(project, observations, rejected, records, copy)
        written.add_done_callback(lambda _: self.noted.extend(records))
        return written


@pytest.fixture
async def receiver(start: Callable[..., Awaitable[Any]]) -> Any:
    started = await start(kind=Noting)
    started.store.noted = []
    return started


def request(count: int = 1, bad: int = 0, size: int = 5) -> ExportLogsServiceRequest:
    made = ExportLogsServiceRequest()
    part = made.resource_logs.add().scope_logs.add()
    for number in range(count):
        part.log_records.add(event_name=f"event {number}").body.string_value = "x" * size
    for number in range(bad):
        part.log_records.add(event_name=f"bad {number}", trace_id=b"short")
    return made


EXPORTERS: dict[str, Callable[[Any], LogRecordExporter]] = {
    "grpc": lambda receiver: GrpcExporter(endpoint=receiver.grpc_address, insecure=True),
    "grpc gzip": lambda receiver: GrpcExporter(
        endpoint=receiver.grpc_address, insecure=True, compression=grpc.Compression.Gzip
    ),
    "http": lambda receiver: HttpExporter(endpoint=f"{receiver.url}{PATHS[0]}"),
    "http gzip": lambda receiver: HttpExporter(endpoint=f"{receiver.url}{PATHS[1]}", compression=Compression.Gzip),
}


def emit(exporter: LogRecordExporter, count: int) -> bool:
    provider = LoggerProvider(resource=Resource({"service.name": "shop"}))
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logger = provider.get_logger("test")
    with TracerProvider().get_tracer("test").start_as_current_span("chat"):
        for number in range(count):
            logger.emit(
                Emitted(
                    timestamp=1 + number,
                    severity_number=SeverityNumber.INFO,
                    severity_text="INFO",
                    body={"content": "Bonjour", "parts": [number, None, True]},
                    attributes={"gen_ai.system": "openai"},
                    event_name="gen_ai.user.message",
                )
            )
    flushed = provider.force_flush()
    provider.shutdown()
    return flushed


@pytest.mark.parametrize("name", EXPORTERS)
async def test_what_an_exporter_flushes_is_stored(receiver: Any, name: str) -> None:
    assert await asyncio.to_thread(emit, EXPORTERS[name](receiver), 1200)
    assert sorted(record.time_ns for record in receiver.store.noted) == list(range(1, 1201))
    last = next(record for record in receiver.store.noted if record.time_ns == 1200)
    assert last.body == {"content": "Bonjour", "parts": [1199, None, True]}
    assert (last.severity_number, last.severity_text, last.event_name) == (9, "INFO", "gen_ai.user.message")
    assert last.attributes == {"gen_ai.system": "openai"}
    assert (len(last.trace_id), len(last.span_id), last.scope.name) == (32, 16, "test")
    assert last.resource.attributes["service.name"] == "shop"
    page = receiver.store.select(Selection("logs", limit=1))
    assert (page.total, page.rows[0]["event_name"]) == (1200, "gen_ai.user.message")
    assert (receiver.refusals(), receiver.stored()) == ({}, 0)


@pytest.mark.skipif(not CAPTURES.exists(), reason="the captured bodies are not beside this checkout")
async def test_every_captured_body_is_accepted_whole_by_every_door(receiver: Any) -> None:
    for path in sorted(CAPTURES.rglob("*.logs.pb")):
        body, as_json = path.read_bytes(), path.with_suffix(".json").read_bytes()
        assert (await receiver.post(body, path=PATHS[0]))[:2] == (200, b""), path
        assert (await receiver.post(as_json, JSON, path=PATHS[1]))[:2] == (200, b"{}"), path
        assert await receiver.export(body, EXPORT) == b"", path
        expected = len(decode_logs(body, json=False).records)
        assert len(receiver.store.noted) == 3 * expected > 0, path
        receiver.store.noted.clear()
    assert receiver.refusals() == {}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("media", [PROTOBUF, JSON])
async def test_bad_records_are_named_and_the_others_are_stored(receiver: Any, path: str, media: str) -> None:
    records = [{}, {"eventName": "bad 0", "traceId": "xy"}, {"spanId": 16 * "z"}]
    as_json = {"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}
    body = request(1, bad=2).SerializeToString() if media == PROTOBUF else json.dumps(as_json).encode()
    status, answer, headers = await receiver.post(body, media, path=path)
    assert (status, headers["Content-Type"]) == (200, media)
    if media == PROTOBUF:
        partial = ExportLogsServiceResponse.FromString(answer).partial_success
        rejected, message = partial.rejected_log_records, partial.error_message
    else:
        told = json.loads(answer)["partialSuccess"]
        rejected, message = int(told["rejectedLogRecords"]), told["errorMessage"]
    assert rejected == 2
    assert message.startswith("rejected 2 of the log records: invalid trace_id: log record 'bad 0'")
    assert len(receiver.store.noted) == 1
    assert sum(receiver.refusals().values()) == 2


async def test_bad_records_are_named_over_grpc(receiver: Any) -> None:
    answer = await receiver.export(request(2, bad=200).SerializeToString(), EXPORT)
    partial = ExportLogsServiceResponse.FromString(answer).partial_success
    assert partial.rejected_log_records == 200
    assert "bad 0" in partial.error_message
    assert len(receiver.store.noted) == 2


@pytest.mark.parametrize(("media", "body"), [(PROTOBUF, b""), (JSON, b"{}"), (JSON, b"null"), (PROTOBUF, b"\n\0")])
async def test_a_request_without_records_is_a_success(receiver: Any, media: str, body: bytes) -> None:
    assert (await receiver.post(body, media, path=PATHS[0]))[:2] == (200, b"{}" if media == JSON else b"")
    if media == PROTOBUF:
        assert await receiver.export(body, EXPORT) == b""
    assert receiver.refusals() == {}


async def test_what_spans_are_refused_for_log_records_are_too(start: Callable[..., Awaitable[Any]]) -> None:
    receiver = await start(kind=Noting, http_limit=1000, grpc_limit=1000)
    for body, media, encoding, expected in (
        (b"\x07 no protobuf", PROTOBUF, "", 400),
        (b'{"resourceLogs": {}}', JSON, "", 400),
        (b"plain", PROTOBUF, "gzip", 400),
        (b"{}", "text/plain", "", 415),
        (bytes(1001), PROTOBUF, "", 413),
    ):
        assert (await receiver.post(body, media, encoding, PATHS[0]))[0] == expected
    async with receiver.session.get(f"{receiver.url}{PATHS[0]}") as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")
    with pytest.raises(grpc.aio.AioRpcError, match="INTERNAL"):
        await receiver.export(b"\x07 no protobuf", EXPORT)
    with pytest.raises(grpc.aio.AioRpcError, match="RESOURCE_EXHAUSTED"):
        await receiver.export(request(size=1001).SerializeToString(), EXPORT)
    assert receiver.intake.admission.used == 0


async def test_without_room_both_doors_ask_to_come_back_soon(start: Callable[..., Awaitable[Any]]) -> None:
    body = request().SerializeToString()
    receiver = await start(capacity=len(body))
    receiver.intake.admission.hold().grow(1)
    status, _, headers = await receiver.post(body, path=PATHS[0])
    assert (status, 1 <= int(headers["Retry-After"]) <= 5) == (503, True)
    with pytest.raises(grpc.aio.AioRpcError, match="UNAVAILABLE"):
        await receiver.export(body, EXPORT)


async def test_a_large_body_is_taken_whole(receiver: Any) -> None:
    body = request(4000, size=100).SerializeToString()
    assert len(body) > INLINE
    assert (await receiver.post(body, path=PATHS[0]))[:2] == (200, b"")
    assert len(receiver.store.noted) == 4000
    assert receiver.intake.admission.used == 0


async def test_records_wait_for_the_writer_as_spans_do(receiver: Any) -> None:
    """They take turns: what is decoded and not stored is counted, and counted out."""
    seen: list[int] = []
    add = receiver.intake._turns.add

    def note(size: int) -> None:
        seen.append(size)
        add(size)

    receiver.intake._turns.add = note
    await receiver.export(request(7).SerializeToString(), EXPORT)
    assert seen == [7]
    assert receiver.intake._turns._spans == 0


async def test_a_configured_path_goes_before_another_signals_own(start: Callable[..., Awaitable[Any]]) -> None:
    receiver = await start(kind=Noting, paths={"traces": "/in", "logs": "/api/public/otel/v1/traces"})
    receiver.store.noted = []
    for path, expected in (("/in", 200), ("/v1/traces", 404), ("/v1/logs", 404), (PATHS[1], 200)):
        assert (await receiver.post(b"", path=path))[0] == expected
    assert (await receiver.post(request().SerializeToString(), path="/api/public/otel/v1/traces"))[0] == 200
    assert [record.event_name for record in receiver.store.noted] == ["event 0"]
