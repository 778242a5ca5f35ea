"""Keys at both doors: whose a span is, what is refused, and what the real exporters are told."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import grpc.aio
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpans
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from sidetrace.storage.selection import Selection, View

from .conftest import EXPORT, JSON, PROTOBUF

PROJECTS = {
    "shop": {"public_key": "pk-shop", "secret_key": "sk-shop", "bearer_token": "tok-shop"},
    "lab": {"public_key": "pk-lab", "secret_key": "sk-lab"},
}
SHOP = "Basic " + base64.b64encode(b"pk-shop:sk-shop").decode()
LAB = "Basic " + base64.b64encode(b"pk-lab:sk-lab").decode()
WRONG = ["", "Bearer sk-shop", "Bearer pk-shop", "Basic " + base64.b64encode(b"pk-shop:sk-lab").decode()]
LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"


@pytest.fixture
async def guarded(start: Callable[..., Awaitable[Any]]) -> Any:
    return await start(projects=PROJECTS)


def count(receiver: Any, project: str, view: View = "observations") -> int:
    total: int = receiver.store.select(Selection(view, project=project, limit=0)).total
    return total


def nothing_is_stored(receiver: Any) -> bool:
    rows = receiver.store.sql("SELECT (SELECT count(*) FROM observations) + (SELECT count(*) FROM logs)").rows
    return bool(rows == [(0,)])


def log_body() -> bytes:
    request = ExportLogsServiceRequest()
    request.resource_logs.add().scope_logs.add().log_records.add(body={"string_value": "said"}, time_unix_nano=5)
    body: bytes = request.SerializeToString()
    return body


@pytest.mark.parametrize(("authorization", "project"), [(SHOP, "shop"), ("Bearer tok-shop", "shop"), (LAB, "lab")])
async def test_a_key_stores_into_its_project_at_every_door(
    guarded: Any, spans: Any, as_json: Any, authorization: str, project: str
) -> None:
    key = {"Authorization": authorization}
    metadata = (("authorization", authorization),)
    for first, (path, media) in enumerate(
        [("/v1/traces", PROTOBUF), ("/v1/traces", JSON), ("/api/public/otel/v1/traces", PROTOBUF)], 1
    ):
        request = spans(first=first)
        body = as_json(request) if media == JSON else request.SerializeToString()
        assert (await guarded.post(body, media, path=path, **key))[0] == 200
    await guarded.export(spans(first=9).SerializeToString(), metadata=metadata)
    assert (await guarded.post(log_body(), path="/v1/logs", **key))[0] == 200
    await guarded.export(log_body().replace(b"said", b"sung"), method=LOGS, metadata=metadata)
    other = {"shop": "lab", "lab": "shop"}[project]
    assert (count(guarded, project), count(guarded, other), count(guarded, "default")) == (4, 0, 0)
    assert (count(guarded, project, "logs"), count(guarded, other, "logs")) == (2, 0)


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/logs", "/api/public/otel/v1/traces", "/api/public/otel/v1/logs"])
@pytest.mark.parametrize("authorization", WRONG)
async def test_over_http_a_wrong_key_is_401_before_anything_is_read(
    guarded: Any, path: str, authorization: str
) -> None:
    key = {"Authorization": authorization} if authorization else {}
    status, answer, headers = await guarded.post(b"no protobuf", path=path, **key)
    assert (status, headers["WWW-Authenticate"]) == (401, 'Basic realm="sidetrace"')
    assert headers["Content-Type"] == PROTOBUF
    told = Status.FromString(answer)
    assert told.code == grpc.StatusCode.UNAUTHENTICATED.value[0]
    assert "key" in told.message
    status, answer, headers = await guarded.post(b"{", JSON, path=path, **key)
    assert (status, headers["Content-Type"], json.loads(answer)["code"]) == (401, JSON, 16)
    assert "key" in json.loads(answer)["message"]
    assert guarded.refusals() == {"wrong key, or none": 2}
    assert nothing_is_stored(guarded)


@pytest.mark.parametrize("method", [EXPORT, LOGS])
@pytest.mark.parametrize("authorization", WRONG)
async def test_over_grpc_a_wrong_key_is_unauthenticated(guarded: Any, method: str, authorization: str) -> None:
    metadata = (("authorization", authorization),) if authorization else ()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await guarded.export(b"no protobuf", method=method, metadata=metadata)
    assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED
    assert "key" in (caught.value.details() or "")
    assert guarded.refusals() == {"wrong key, or none": 1}
    assert nothing_is_stored(guarded)


async def test_of_several_keys_in_metadata_the_first_counts(guarded: Any, spans: Any) -> None:
    both = (("authorization", LAB), ("authorization", SHOP))
    await guarded.export(spans().SerializeToString(), metadata=both)
    assert (count(guarded, "lab"), count(guarded, "shop")) == (1, 0)


async def test_what_is_refused_after_the_key_counts_for_its_project(guarded: Any) -> None:
    assert (await guarded.post(b"no protobuf", Authorization=SHOP))[0] == 400
    with pytest.raises(grpc.aio.AioRpcError):
        await guarded.export(b"no protobuf", metadata=(("authorization", SHOP),))
    assert (await guarded.post(b"", Authorization="Bearer x"))[0] == 401
    assert guarded.refusals() == {"undecodable body": 2, "wrong key, or none": 1}
    (tally,) = guarded.store.report("shop").rejections
    assert (tally.name, tally.count) == ("undecodable body", 2)
    assert guarded.store.report("lab").rejections == []


async def test_the_same_ids_in_two_projects_are_two_spans(guarded: Any, spans: Any) -> None:
    for authorization in (SHOP, LAB, SHOP):
        assert (await guarded.post(spans(3).SerializeToString(), Authorization=authorization))[0] == 200
    assert (count(guarded, "shop"), count(guarded, "lab")) == (3, 3)
    assert [guarded.store.report(name).repeated for name in ("shop", "lab")] == [3, 0]


async def test_an_open_path_given_to_a_signal_is_not_open(start: Any, spans: Any) -> None:
    receiver = await start(projects=PROJECTS, paths={"traces": "/health", "logs": "/static/logs"})
    for path in ("/health", "/static/logs"):
        assert (await receiver.post(spans().SerializeToString(), path=path))[0] == 401
    assert (await receiver.post(spans().SerializeToString(), path="/health", Authorization=LAB))[0] == 200
    assert count(receiver, "lab") == 1


async def test_paths_that_nobody_has_need_a_key_too(guarded: Any) -> None:
    async with guarded.session.get(f"{guarded.url}/nowhere") as response:
        assert (response.status, (await response.json())["error"]) == (401, "Unauthorized")
    async with guarded.session.get(f"{guarded.url}/nowhere", headers={"Authorization": LAB}) as response:
        assert response.status == 404
    assert guarded.refusals() == {}, "only what was to be written is missed"


@pytest.mark.parametrize("authorization", [None, SHOP, "Bearer ?"])
async def test_without_projects_any_key_is_taken(receiver: Any, spans: Any, authorization: str | None) -> None:
    key = {"Authorization": authorization} if authorization else {}
    assert (await receiver.post(spans().SerializeToString(), **key))[0] == 200
    await receiver.export(spans(first=2).SerializeToString(), metadata=(("authorization", authorization or ""),))
    assert count(receiver, "default") == 2


# Real exporters. --------------------------------------------------------------------------------------------------

SPANS: dict[str, Callable[[Any, dict[str, str]], Any]] = {
    "grpc": lambda receiver, headers: GrpcSpans(receiver.grpc_address, insecure=True, headers=headers),
    "http": lambda receiver, headers: HttpSpans(f"{receiver.url}/v1/traces", headers=headers),
    "langfuse's": lambda receiver, headers: HttpSpans(f"{receiver.url}/api/public/otel/v1/traces", headers=headers),
}
RECORDS: dict[str, Callable[[Any, dict[str, str]], Any]] = {
    "grpc": lambda receiver, headers: GrpcLogs(receiver.grpc_address, insecure=True, headers=headers),
    "http": lambda receiver, headers: HttpLogs(f"{receiver.url}/v1/logs", headers=headers),
}


def trace(exporter: Any) -> None:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("test").start_as_current_span("step", attributes={"session.id": "s"}):
        pass
    provider.shutdown()


def log(exporter: Any) -> None:
    provider = LoggerProvider()
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    provider.get_logger("test").emit(body="said", timestamp=5)
    provider.shutdown()


@pytest.mark.parametrize("name", SPANS)
@pytest.mark.parametrize("authorization", [SHOP, "Bearer tok-shop"])
async def test_the_spans_of_an_exporter_with_a_key_are_its_projects(
    guarded: Any, name: str, authorization: str
) -> None:
    await asyncio.to_thread(trace, SPANS[name](guarded, {"authorization": authorization}))
    assert (count(guarded, "shop"), count(guarded, "lab")) == (1, 0)
    assert guarded.refusals() == {}


@pytest.mark.parametrize("name", SPANS)
async def test_an_exporter_with_a_wrong_key_is_told_and_nothing_is_stored(
    guarded: Any, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    await asyncio.to_thread(trace, SPANS[name](guarded, {"authorization": "Bearer tok-lab"}))
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert any("UNAUTHENTICATED" in text or "401" in text for text in said), said
    assert nothing_is_stored(guarded)
    assert guarded.refusals() == {"wrong key, or none": 1}


@pytest.mark.parametrize("name", RECORDS)
async def test_log_records_of_an_exporter_are_its_projects_or_refused(guarded: Any, name: str) -> None:
    await asyncio.to_thread(log, RECORDS[name](guarded, {"authorization": LAB}))
    assert (count(guarded, "lab", "logs"), count(guarded, "shop", "logs")) == (1, 0)
    await asyncio.to_thread(log, RECORDS[name](guarded, {"authorization": "Bearer pk-lab"}))
    assert (count(guarded, "lab", "logs"), count(guarded, "shop", "logs")) == (1, 0)
    assert guarded.refusals() == {"wrong key, or none": 1}
