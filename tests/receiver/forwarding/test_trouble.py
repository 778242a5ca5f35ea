"""Upstreams that are away, that want to be left alone, that refuse: what waits, what is given up, what is counted."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio
import orjson
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from ..configured.conftest import EXPORT
from .conftest import QUICK, Start, Told, until

PROTOBUF = {"Content-Type": "application/x-protobuf"}
Spans = Callable[..., ExportTraceServiceRequest]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@pytest.mark.parametrize("kind", ["otlp", "otlphttp"])
async def test_what_comes_while_the_upstream_is_away_is_sent_in_its_order_when_it_is_back(
    receiver: Start, spans: Spans, kind: str
) -> None:
    port = free_port()
    more = f"exporters: {{{kind}: {{endpoint: 'http://127.0.0.1:{port}', {QUICK}}}}}"
    place = f"127.0.0.1:{port}"
    doors = {"grpc": place} if kind == "otlp" else {"http": place}
    async with receiver("near", more) as near:
        begun = time.monotonic()
        for number in range(1, 31):
            assert await near.post(spans(1, number).SerializeToString()) == 200
        assert time.monotonic() - begun < 10, "the answers do not wait for the upstream"
        await until(lambda: near.exporter(kind)["troubles"])
        found = near.exporter(kind)
        assert (found["waitingRequests"], found["waitingItems"], found["sentRequests"]) == (30, 30, 0)
        assert found["oldestWaiting"] is not None
        assert {one["outcome"] for one in found["troubles"]} == {"failed"}
    # and while it is away the receiver itself is started anew
    async with receiver("near", more) as near:
        assert await near.post(spans(1, 31).SerializeToString()) == 200
        assert near.exporter(kind)["waitingRequests"] == 31
        async with receiver("up", **doors) as up:
            await until(lambda: near.exporter(kind)["sentRequests"] == 31)
            assert up.names() == [f"span {number}" for number in range(1, 32)]
        found = near.exporter(kind)
        assert (found["waitingRequests"], found["waitingBytes"], found["oldestWaiting"]) == (0, 0, None)


async def test_retry_after_is_waited_for_and_then_the_same_is_sent_again(
    receiver: Start, told: Told, spans: Spans
) -> None:
    told.answers = [(503, {"Retry-After": "1"}, b"busy"), (429, {}, b"slowly"), *told.answers]
    body = spans(1).SerializeToString()
    more = f"exporters: {{otlphttp: {{endpoint: '{told.endpoint}', {QUICK}}}}}"
    async with receiver("near", more) as near:
        assert await near.post(body) == 200
        await until(lambda: near.exporter("otlphttp")["sentRequests"] == 1)
        assert [sent for _, _, sent in told.seen] == [body] * 3
        assert told.times[1] - told.times[0] >= 1.0
        assert told.times[2] - told.times[1] < 0.9
        found = near.exporter("otlphttp")
        assert {(one["outcome"], one["reason"], one["example"]) for one in found["troubles"]} == {
            ("failed", "HTTP 503", "busy"),
            ("failed", "HTTP 429", "slowly"),
        }


async def test_what_is_refused_for_good_is_not_sent_again_and_holds_up_nothing(
    receiver: Start, told: Told, spans: Spans
) -> None:
    refusal = Status(code=3, message="no such thing").SerializeToString()
    told.answers = [(400, PROTOBUF, refusal), (307, {"Location": "http://x.example/"}, b""), *told.answers]
    more = f"exporters: {{otlphttp: {{endpoint: '{told.endpoint}', {QUICK}}}}}"
    async with receiver("near", more) as near:
        for number in range(1, 4):
            assert await near.post(spans(number, number * 10).SerializeToString()) == 200
        await until(lambda: near.exporter("otlphttp")["sentRequests"] == 1)
        found = near.exporter("otlphttp")
        assert (found["waitingRequests"], found["refusedRequests"], found["sentItems"]) == (0, 2, 3)
        assert len(told.seen) == 3
        assert sorted((one["outcome"], one["reason"], one["items"], one["example"]) for one in found["troubles"]) == [
            ("refused", "HTTP 307", 2, "(sent elsewhere: http://x.example/)"),
            ("refused", "HTTP 400", 1, "no such thing"),
        ]


@pytest.mark.parametrize("json", [False, True])
async def test_a_partial_success_is_counted_with_what_was_said(
    receiver: Start, told: Told, spans: Spans, json: bool
) -> None:
    answer = ExportTraceServiceResponse()
    answer.partial_success.rejected_spans = 2
    answer.partial_success.error_message = "two have no name"
    told.answers = [
        (200, {"Content-Type": "application/json"}, orjson.dumps(
            {"partialSuccess": {"rejectedSpans": "2", "errorMessage": "two have no name"}}
        ))
        if json
        else (200, PROTOBUF, answer.SerializeToString())
    ]  # fmt: skip
    more = f"exporters: {{otlphttp: {{endpoint: '{told.endpoint}', {QUICK}}}}}"
    async with receiver("near", more) as near:
        assert await near.post(spans(5).SerializeToString()) == 200
        await until(lambda: near.exporter("otlphttp")["sentRequests"] == 1)
        found = near.exporter("otlphttp")
        assert (found["sentItems"], found["rejectedItems"]) == (3, 2)
        assert found["lastError"] == "partial success: two have no name"


@asynccontextmanager
async def grpc_upstream(*answers: Any) -> AsyncIterator[tuple[int, list[bytes]]]:
    """An upstream over gRPC that aborts with each (code, text, trailers) of `answers`, and answers the rest."""
    left, seen = list(answers), []

    async def export(body: bytes, context: Any) -> bytes:
        seen.append(body)
        if left:
            await context.abort(*left.pop(0))
        return b""

    server = grpc.aio.server()
    handler = grpc.unary_unary_rpc_method_handler(export)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(EXPORT.split("/")[1], {"Export": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield port, seen
    finally:
        await server.stop(None)


def retry_info(seconds: float) -> tuple[tuple[str, bytes], ...]:
    info = RetryInfo(retry_delay=Duration(seconds=int(seconds), nanos=int(seconds % 1 * 1e9)))
    detail = AnyMessage()
    detail.Pack(info)
    return (("grpc-status-details-bin", Status(code=8, details=[detail]).SerializeToString()),)


async def test_grpc_codes_and_retry_info_decide_what_is_sent_again(receiver: Start, spans: Spans) -> None:
    code = grpc.StatusCode
    answers = [
        (code.UNAVAILABLE, "away", ()),
        (code.RESOURCE_EXHAUSTED, "full", retry_info(1.0)),
        (code.INVALID_ARGUMENT, "what is that", ()),  # the first ends
        (code.RESOURCE_EXHAUSTED, "too large", ()),  # the second ends
    ]
    async with grpc_upstream(*answers) as (port, seen):
        more = f"exporters: {{otlp: {{endpoint: 'http://127.0.0.1:{port}', {QUICK}}}}}"
        bodies = [spans(1, number).SerializeToString() for number in (1, 2, 3)]
        async with receiver("near", more) as near:
            begun = time.monotonic()
            for body in bodies:
                assert await near.post(body) == 200
            await until(lambda: near.exporter()["sentRequests"] == 1)
            assert time.monotonic() - begun > 1.0
            assert seen == [bodies[0]] * 3 + bodies[1:]
            found = near.exporter()
            assert {(one["outcome"], one["reason"], one["example"]) for one in found["troubles"]} == {
                ("failed", "UNAVAILABLE", "away"),
                ("failed", "RESOURCE_EXHAUSTED", "full"),
                ("refused", "INVALID_ARGUMENT", "what is that"),
                ("refused", "RESOURCE_EXHAUSTED", "too large"),
            }


@pytest.mark.parametrize("queue", ["queue_size: 3", "sizer: items, queue_size: 3", "sizer: bytes, queue_size: 200"])
async def test_a_full_queue_takes_no_more_and_counts_that_while_everything_is_stored(
    receiver: Start, told: Told, spans: Spans, queue: str
) -> None:
    told.answers = [(503, {"Retry-After": "60"}, b"")]
    more = f"exporters: {{otlphttp: {{endpoint: '{told.endpoint}', sending_queue: {{{queue}}}, {QUICK}}}}}"
    async with receiver("near", more) as near:
        for number in range(1, 11):
            assert await near.post(spans(1, number).SerializeToString()) == 200
        found = near.exporter("otlphttp")
        assert (found["waitingRequests"], found["droppedRequests"]) == (3, 7)
        assert "the queue was full" in [one["reason"] for one in found["troubles"]]
        assert len(near.names()) == 10


async def test_without_retries_and_after_the_longest_time_requests_are_given_up(
    receiver: Start, told: Told, spans: Spans
) -> None:
    told.answers = [(503, {}, b"never")]
    more = (
        f"exporters: {{otlphttp: {{endpoint: '{told.endpoint}', retry_on_failure: {{enabled: false}}}},"
        f" otlphttp/b: {{endpoint: '{told.endpoint}', retry_on_failure: {{initial_interval: 50ms, "
        "max_elapsed_time: 300ms}}}"
    )
    async with receiver("near", more) as near:
        assert await near.post(spans(2).SerializeToString()) == 200
        for name, why in (("otlphttp", "not tried again: HTTP 503"), ("otlphttp/b", "given up in the end: HTTP 503")):
            await until(lambda name=name: near.exporter(name)["droppedRequests"] == 1)  # type: ignore[misc]
            (drop,) = [one for one in near.exporter(name)["troubles"] if one["outcome"] == "dropped"]
            assert (drop["reason"], drop["items"], drop["example"]) == (why, 2, "never")
            assert near.exporter(name)["waitingRequests"] == 0


async def test_a_receiver_stops_soon_though_its_upstream_does_not_answer(receiver: Start, spans: Spans) -> None:
    hanging = asyncio.Event()

    writers = []

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        hanging.set()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    more = f"exporters: {{otlphttp: {{endpoint: 'http://127.0.0.1:{port}', {QUICK}}}}}"
    try:
        async with receiver("near", more) as near:
            assert await near.post(spans(1).SerializeToString()) == 200
            async with asyncio.timeout(10):
                await hanging.wait()
            begun = time.monotonic()
        assert time.monotonic() - begun < 5
        assert near.exporter("otlphttp")["waitingRequests"] == 1
    finally:
        for writer in writers:
            writer.close()
            await writer.wait_closed()
        server.close()


async def test_what_waits_for_an_exporter_that_is_gone_stays_and_is_shown(
    receiver: Start, told: Told, spans: Spans
) -> None:
    told.answers = [(503, {}, b"")]
    async with receiver("near", f"exporters: {{otlphttp: {{endpoint: '{told.endpoint}'}}}}") as near:
        assert await near.post(spans(1).SerializeToString()) == 200
        assert near.exporter("otlphttp")["configured"]
    async with receiver("near") as near:
        assert await near.post(spans(1, 2).SerializeToString()) == 200
        found = near.exporter("otlphttp")
        assert (found["configured"], found["waitingRequests"]) == (False, 1)


async def test_several_are_sent_at_once_where_that_is_asked_for(receiver: Start, told: Told, spans: Spans) -> None:
    told.seconds = 0.3
    queue = "sending_queue: {num_consumers: 4}"
    async with receiver("near", f"exporters: {{otlphttp: {{endpoint: '{told.endpoint}', {queue}, {QUICK}}}}}") as near:
        for number in range(1, 13):
            assert await near.post(spans(1, number).SerializeToString()) == 200
        await until(lambda: near.exporter("otlphttp")["sentRequests"] == 12)
    assert told.most == 4
    assert len(told.seen) == 12
