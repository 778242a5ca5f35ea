"""A receiver that forwards to another: everything arrives there, over gRPC and HTTP, as it came."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import grpc.aio
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from ..configured.conftest import EXPORT, Authority
from .conftest import QUICK, Receiver, Start, Told, gunzip, until

LOGS = {
    "resourceLogs": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
            "scopeLogs": [
                {"logRecords": [{"timeUnixNano": "17", "body": {"stringValue": "hello"}, "severityNumber": 9}]}
            ],
        }
    ]
}
METRICS = {
    "resourceMetrics": [
        {
            "scopeMetrics": [
                {
                    "metrics": [
                        {
                            "name": "m",
                            "gauge": {
                                "dataPoints": [
                                    {
                                        "timeUnixNano": "5",
                                        "asInt": "7",
                                        "exemplars": [{"traceId": "0af7651916cd43dd8448eb211c80319c", "asInt": "7"}],
                                    }
                                ]
                            },
                        }
                    ]
                }
            ]
        }
    ]
}
TRACES = {
    "resourceSpans": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
            "schemaUrl": "https://opentelemetry.io/schemas/1.37.0",
            "scopeSpans": [
                {
                    "scope": {"name": "lib", "version": "1"},
                    "spans": [
                        {
                            "traceId": "0AF7651916CD43DD8448EB211C80319C",
                            "spanId": "b7ad6b7169203331",
                            "name": "é",
                            "kind": "SPAN_KIND_CLIENT",
                            "startTimeUnixNano": "1790000000000000000",
                            "endTimeUnixNano": 1790000001000000000,
                            "flags": 257,
                            "attributes": [
                                {"key": "session.id", "value": {"stringValue": "s 1"}},
                                {"key": "n", "value": {"intValue": "-3"}},
                                {"key": "d", "value": {"doubleValue": "NaN"}},
                                {"key": "b", "value": {"bytesValue": "AAH/"}},
                                {"key": "no", "value": {"boolValue": False}},
                                {"key": "l", "value": {"arrayValue": {"values": [{"intValue": 1}, {}]}}},
                            ],
                            "events": [{"timeUnixNano": "3", "name": "e", "attributes": [{"key": "k", "value": {}}]}],
                            "links": [{"traceId": "0af7651916cd43dd8448eb211c80319d", "spanId": "b7ad6b7169203332"}],
                            "status": {"code": "STATUS_CODE_ERROR", "message": "no"},
                        }
                    ],
                }
            ],
        }
    ]
}

EXPORTERS = {
    "grpc": "exporters: {{otlp: {{endpoint: 'http://127.0.0.1:{grpc}', {quick}}}}}",
    "grpc, not compressed": (
        "exporters: {{otlp: {{endpoint: 'localhost:{grpc}', tls: {{insecure: true}}, compression: none, {quick}}}}}"
    ),
    "http": "exporters: {{otlp_http: {{endpoint: 'http://127.0.0.1:{http}', {quick}}}}}",
    "http, zstd": "exporters: {{otlphttp/z: {{endpoint: 'http://localhost:{http}/', compression: zstd, {quick}}}}}",
}


def held(receiver: Receiver) -> list[list[tuple[Any, ...]]]:
    """All that a receiver holds, but for the order in which it came."""
    return [sorted(receiver.sql(f"SELECT * FROM {view}"), key=repr) for view in ("observations", "logs", "traces")]


@pytest.mark.parametrize("way", EXPORTERS)
async def test_what_arrives_at_either_door_arrives_upstream_the_same(
    receiver: Start, spans: Callable[..., ExportTraceServiceRequest], way: str
) -> None:
    async with receiver("up") as up:
        more = EXPORTERS[way].format(grpc=up.grpc, http=up.http, quick=QUICK)
        async with receiver("near", more) as near, grpc.aio.insecure_channel(f"127.0.0.1:{near.grpc}") as channel:
            assert await channel.unary_unary(EXPORT)(spans(3, 1).SerializeToString()) == b""
            assert await near.post(spans(2, 4, size=3000).SerializeToString()) == 200
            large = spans(5000, 10, size=300_000)
            packed = {"Content-Encoding": "gzip"}
            assert await near.post(gzip.compress(large.SerializeToString()), **packed) == 200
            assert await near.post(json.dumps(TRACES).encode(), "application/json") == 200
            assert await near.post(json.dumps(LOGS).encode(), "application/json", "/v1/logs") == 200
            assert await near.post(json.dumps(METRICS).encode(), "application/json", "/v1/metrics") == 200
            name = more.split("{")[1].split(":")[0].strip()
            await until(lambda: near.exporter(name)["sentRequests"] == 6)
            found = near.exporter(name)
            assert (found["waitingRequests"], found["waitingBytes"], found["troubles"]) == (0, 0, [])
            assert found["sentItems"] == 3 + 2 + 5000 + 1 + 1 + 1
            assert held(up) == held(near)
            assert len(up.names()) == 5006
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{near.http}/metrics") as response:
                    near_counts = await response.text()
                async with session.get(f"http://127.0.0.1:{up.http}/metrics") as response:
                    up_counts = await response.text()
            assert f'otelcol_exporter_sent_spans{{exporter="{name}"}} 5006' in near_counts
            door = "grpc" if "grpc" in way else "http"
            assert f'otelcol_receiver_accepted_metric_points{{receiver="otlp",transport="{door}"}} 1' in up_counts


async def test_protobuf_goes_byte_for_byte_and_json_in_protobuf(
    receiver: Start, told: Told, spans: Callable[..., ExportTraceServiceRequest]
) -> None:
    body = spans(1, bad=1).SerializeToString() + b"\xfa\x3e\x03abc"  # a span that is rejected, a field nobody knows
    large = spans(1, 2, size=2000).SerializeToString()
    sent = gzip.compress(large, 9)
    more = f"exporters: {{otlp_http: {{endpoint: '{told.endpoint}', headers: {{X-Key: 'a b'}}, {QUICK}}}}}"
    async with receiver("near", more) as near:
        assert await near.post(body) == 200
        assert await near.post(sent, **{"Content-Encoding": "gzip"}) == 200
        assert await near.post(json.dumps(METRICS).encode(), "application/json", "/v1/metrics") == 200
        await until(lambda: len(told.seen) == 3)
    (first, second, third) = told.seen
    assert (first[0], first[2]) == ("/v1/traces", body)
    assert "content-encoding" not in first[1]
    assert (first[1]["x-key"], first[1]["content-type"]) == ("a b", "application/x-protobuf")
    assert (second[1]["content-encoding"], second[2]) == ("gzip", sent)
    assert third[0] == "/v1/metrics"
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    (point,) = (
        ExportMetricsServiceRequest.FromString(third[2])
        .resource_metrics[0]
        .scope_metrics[0]
        .metrics[0]
        .gauge.data_points
    )
    assert (point.as_int, point.exemplars[0].trace_id.hex()) == (7, "0af7651916cd43dd8448eb211c80319c")


async def test_a_signal_without_a_url_is_not_sent_and_nothing_waits_for_it(receiver: Start, told: Told) -> None:
    more = f"exporters: {{otlphttp: {{traces_endpoint: '{told.endpoint}/here?a=b', {QUICK}}}}}"
    async with receiver("near", more) as near:
        assert await near.post(json.dumps(LOGS).encode(), "application/json", "/v1/logs") == 200
        assert await near.post(json.dumps(TRACES).encode(), "application/json") == 200
        await until(lambda: near.exporter("otlphttp")["sentRequests"] == 1)
        assert near.exporter("otlphttp")["waitingRequests"] == 0
    assert [path for path, _, _ in told.seen] == ["/here"]


async def test_keys_of_a_project_let_in_and_wrong_ones_are_counted_as_refused(receiver: Start, spans: Any) -> None:
    keys = "projects: {shop: {public_key: pk-1, secret_key: sk-1, bearer_token: t-1}}"
    body = spans(1).SerializeToString()
    async with receiver("up", keys) as up:
        more = (
            f"exporters: {{otlp: {{endpoint: 'http://127.0.0.1:{up.grpc}', headers: {{Authorization: Bearer t-1}}}},"
            f" otlp/wrong: {{endpoint: 'http://127.0.0.1:{up.grpc}', headers: {{Authorization: Bearer nobody}}}},"
            f" otlphttp: {{endpoint: 'http://127.0.0.1:{up.http}/api/public/otel',"
            " headers: [{name: Authorization, value: Basic cGstMTpzay0x}]},"
            f" otlphttp/wrong: {{endpoint: 'http://127.0.0.1:{up.http}'}}}}"
        )
        async with receiver("near", more) as near:
            assert await near.post(body) == 200
            for name in ("otlp", "otlphttp"):
                await until(lambda name=name: near.exporter(name)["sentRequests"] == 1)  # type: ignore[misc]
            for name, why in (("otlp/wrong", "UNAUTHENTICATED"), ("otlphttp/wrong", "HTTP 401")):
                await until(lambda name=name: near.exporter(name)["refusedRequests"] == 1)  # type: ignore[misc]
                found = near.exporter(name)
                assert (found["waitingRequests"], found["troubles"][0]["reason"]) == (0, why)
                assert found["lastError"].startswith(f"{why}: ")
        assert up.sql("SELECT project_id, count(*) FROM observations") == [("shop", 1)]


@pytest.mark.parametrize("kind", ["otlp", "otlphttp"])
async def test_tls_with_client_certificates_and_another_name(
    receiver: Start, spans: Any, tmp_path: Path, kind: str
) -> None:
    authority, other = Authority(tmp_path, "authority"), Authority(tmp_path, "other")
    chain, key = authority.sign("server", "upstream.example")
    own_chain, own_key = authority.sign("client", "client.example")
    tls = f", tls: {{cert_file: {chain}, key_file: {key}, client_ca_file: {authority.file}}}"
    shown = f"cert_file: {own_chain}, key_file: {own_key}, server_name_override: upstream.example"
    async with AsyncExitStack() as stack:
        up = await stack.enter_async_context(receiver("up", tls=tls))
        endpoint = f"127.0.0.1:{up.grpc}" if kind == "otlp" else f"https://127.0.0.1:{up.http}"
        more = (
            f"exporters: {{{kind}: {{endpoint: '{endpoint}', tls: {{ca_file: {authority.file}, {shown}}}, {QUICK}}},"
            f" {kind}/other: {{endpoint: '{endpoint}', tls: {{ca_file: {other.file}, {shown}}}, {QUICK}}}}}"
        )
        near = await stack.enter_async_context(receiver("near", more))
        assert await near.post(spans(1).SerializeToString()) == 200
        await until(lambda: near.exporter(kind)["sentRequests"] == 1)
        await until(lambda: near.exporter(f"{kind}/other")["troubles"])
        found = near.exporter(f"{kind}/other")
        assert (found["waitingRequests"], found["sentRequests"]) == (1, 0)
        assert up.names() == ["span 1"]


def test_the_body_in_gzip_of_several_members_is_unpacked_whole() -> None:
    from sidetrace.receiver.upstream import pack, unpack

    assert unpack(pack(b"a" * 2000) + gzip.compress(b"b")) == b"a" * 2000 + b"b" == gunzip(pack(b"a" * 2000 + b"b"))
