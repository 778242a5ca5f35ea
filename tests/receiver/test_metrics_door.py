"""Metrics are accepted by both doors and counted, not stored; what the doors took is counted as a Collector counts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExporter, PeriodicExportingMetricReader

from sidetrace.errors import Unavailable
from sidetrace.query.doctor import doctor
from sidetrace.storage.selection import Selection
from sidetrace.storage.sqlite.store import SqliteStore

EXPORT = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
PROTOBUF, JSON = "application/x-protobuf", "application/json"
PATHS = ["/v1/metrics", "/api/public/otel/v1/metrics"]


def request(points: int) -> bytes:
    made = ExportMetricsServiceRequest()
    gauge = made.resource_metrics.add().scope_metrics.add().metrics.add(name="tokens").gauge
    for number in range(points):
        gauge.data_points.add(as_int=number)
    body: bytes = made.SerializeToString()
    return body


async def counters(receiver: Any) -> dict[str, int]:
    """Return what is not zero at /metrics, by name with labels."""
    async with receiver.session.get(f"{receiver.url}/metrics") as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        lines = (await response.text()).splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: int(value) for name, value in values.items() if int(value) and "inside" not in name}


def counted(receiver: Any) -> dict[tuple[str, str], tuple[int, int]]:
    receiver.store.write("default", [], []).result(5)  # the commit that takes what was noted before
    return {
        (one["transport"], one["items"]): (one["accepted"], one["refused"]) for one in doctor(receiver.store)["doors"]
    }


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("media", [PROTOBUF, JSON])
async def test_points_are_counted_and_not_stored(receiver: Any, path: str, media: str) -> None:
    points = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"sum": {"dataPoints": [{"asInt": 1}, {}]}}]}]}]}
    body = request(2) if media == PROTOBUF else json.dumps(points).encode()
    status, answer, headers = await receiver.post(body, media, path=path)
    assert (status, answer, headers["Content-Type"]) == (200, b"" if media == PROTOBUF else b"{}", media)
    assert await counters(receiver) == {'otelcol_receiver_accepted_metric_points{receiver="otlp",transport="http"}': 2}
    assert counted(receiver) == {("http", "metric points"): (2, 0)}
    assert receiver.stored() == receiver.store.select(Selection("logs", limit=0)).total == 0
    assert receiver.refusals() == {}


EXPORTERS: dict[str, Callable[[Any], MetricExporter]] = {
    "grpc": lambda receiver: GrpcExporter(endpoint=receiver.grpc_address, insecure=True),
    "http": lambda receiver: HttpExporter(endpoint=f"{receiver.url}{PATHS[0]}"),
}


def measure(exporter: MetricExporter) -> bool:
    provider = MeterProvider([PeriodicExportingMetricReader(exporter)])
    meter = provider.get_meter("test")
    for number in range(5):
        meter.create_counter("tokens").add(number, {"model": f"m{number}"})
    meter.create_histogram("latency").record(0.5)
    flushed = provider.force_flush()
    provider.shutdown()
    return flushed


@pytest.mark.parametrize("door", EXPORTERS)
async def test_what_an_exporter_flushes_is_counted(receiver: Any, door: str) -> None:
    assert await asyncio.to_thread(measure, EXPORTERS[door](receiver))
    accepted = (await counters(receiver))[
        f'otelcol_receiver_accepted_metric_points{{receiver="otlp",transport="{door}"}}'
    ]
    assert accepted >= 6
    assert counted(receiver) == {(door, "metric points"): (accepted, 0)}


async def test_what_is_no_metrics_request_is_refused(start: Callable[..., Awaitable[Any]]) -> None:
    receiver = await start(http_limit=1000, grpc_limit=1000)
    for body, media, encoding, expected in (
        (b"\x07 no protobuf", PROTOBUF, "", 400),
        (b'{"resourceMetrics": {}}', JSON, "", 400),
        (b"plain", PROTOBUF, "zstd", 400),
        (b"{}", "text/plain", "", 415),
        (bytes(1001), PROTOBUF, "", 413),
    ):
        assert (await receiver.post(body, media, encoding, PATHS[0]))[0] == expected
    with pytest.raises(grpc.aio.AioRpcError, match="INTERNAL"):
        await receiver.export(b"\x07 no protobuf", EXPORT)
    assert await receiver.export(b"", EXPORT) == b""
    assert receiver.intake.admission.used == 0
    reasons = {name.split('reason="')[1].rstrip('"}'): count for name, count in (await counters(receiver)).items()}
    assert (
        reasons == {"undecodable body": 1, "too large": 1, "unsupported content type": 1} or sum(reasons.values()) >= 3
    )


async def test_spans_and_log_records_are_counted_by_door(receiver: Any, spans: Any) -> None:
    await receiver.export(spans(3, bad=2).SerializeToString())
    await receiver.export(spans(3).SerializeToString())
    await receiver.post(spans(5, first=10).SerializeToString())
    record = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}'
    await receiver.post(record, JSON, path="/v1/logs")
    assert await counters(receiver) == {
        'otelcol_receiver_accepted_spans{receiver="otlp",transport="grpc"}': 6,
        'otelcol_receiver_refused_spans{receiver="otlp",transport="grpc"}': 2,
        'otelcol_receiver_accepted_spans{receiver="otlp",transport="http"}': 5,
        'otelcol_receiver_accepted_log_records{receiver="otlp",transport="http"}': 1,
    }
    assert counted(receiver) == {
        ("grpc", "spans"): (6, 2),
        ("http", "spans"): (5, 0),
        ("http", "log records"): (1, 0),
    }


async def test_the_file_counts_with_the_commit_of_the_spans(receiver: Any, spans: Any) -> None:
    await receiver.export(spans(3).SerializeToString())
    doors = doctor(receiver.store)["doors"]
    assert doors == [{"transport": "grpc", "items": "spans", "accepted": 3, "refused": 0}]


class Refusing(SqliteStore):
    """A store that is full."""

    def write(self, *arguments: Any) -> Any:
        if arguments[1]:
            raise Unavailable("the write queue is full; send again", retry_after=1)
        return super().write(*arguments)


async def test_spans_without_room_are_refused_ones(start: Callable[..., Awaitable[Any]], spans: Any) -> None:
    receiver = await start(kind=Refusing)
    status, body, headers = await receiver.post(spans(4).SerializeToString())
    assert (status, Status.FromString(body).code, headers["Retry-After"]) == (503, 14, "1")
    assert await counters(receiver) == {
        'otelcol_receiver_refused_spans{receiver="otlp",transport="http"}': 4,
        'sidetrace_refused_requests{transport="http",reason="no room to store"}': 1,
    }
    assert counted(receiver) == {("http", "spans"): (0, 4)}


async def test_counters_of_a_quiet_door_reach_the_file_by_themselves(
    receiver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sidetrace.storage.sqlite.writer.NOTED_WITHIN", 0.05)
    await receiver.post(request(7), path=PATHS[0])
    async with asyncio.timeout(5):
        while not (doors := doctor(receiver.store)["doors"]):
            await asyncio.sleep(0.01)
    assert doors[0]["accepted"] == 7


async def test_the_counters_want_a_key_where_there_are_keys(start: Callable[..., Awaitable[Any]]) -> None:
    receiver = await start(projects={"shop": {"bearer_token": "secret"}})
    url = f"{receiver.url}/metrics"
    for headers, expected in (({}, 401), ({"Authorization": "Bearer secret"}, 200)):
        async with receiver.session.get(url, headers=headers) as response:
            assert response.status == expected
