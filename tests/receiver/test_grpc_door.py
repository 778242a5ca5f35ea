"""OTLP/gRPC: raw calls, limits, status codes and their details."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
LIMIT = 100_000


async def code_of(call: Awaitable[bytes]) -> grpc.StatusCode:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value.code()


@pytest.mark.parametrize(
    "compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip, grpc.Compression.Deflate]
)
async def test_spans_are_stored_and_success_is_an_empty_message(receiver: Any, spans: Any, compression: Any) -> None:
    assert await receiver.export(spans(3).SerializeToString(), compression=compression) == b""
    assert receiver.stored() == 3


async def test_an_empty_message_is_a_success(receiver: Any) -> None:
    assert await receiver.export(b"") == b""


async def test_bad_spans_are_named_and_the_others_are_stored(receiver: Any, spans: Any) -> None:
    answer = await receiver.export(spans(4, bad=2).SerializeToString())
    partial = ExportTraceServiceResponse.FromString(answer).partial_success
    assert partial.rejected_spans == 2
    assert "bad 0" in partial.error_message
    assert receiver.stored() == 4


async def test_what_cannot_be_decoded_is_internal(receiver: Any) -> None:
    assert await code_of(receiver.export(b"\x07 no protobuf")) == grpc.StatusCode.INTERNAL
    assert receiver.refusals() == {"undecodable body": 1}


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
async def test_the_limit_is_inclusive_before_and_after_decompression(
    start: Callable[..., Awaitable[Any]], sized: Any, compression: Any
) -> None:
    receiver = await start(grpc_limit=LIMIT)
    assert await receiver.export(sized(LIMIT), compression=compression) == b""
    code = await code_of(receiver.export(sized(LIMIT + 1), compression=compression))
    assert code == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert receiver.refusals() == {"undecodable body": 1}, "grpcio refuses it, and we see a call without a message"
    assert receiver.stored() == 1


BOMBER = """
import sys, grpc
channel = grpc.insecure_channel(sys.argv[1], options=[("grpc.max_send_message_length", -1)])
try:
    channel.unary_unary(sys.argv[2])(bytes(512 << 20), compression=grpc.Compression.Gzip)
except grpc.RpcError as error:
    print(error.code().name)
"""


async def test_a_bomb_is_refused_without_being_unpacked(receiver: Any, peak: Callable[[], int]) -> None:
    command = [sys.executable, "-c", BOMBER, receiver.grpc_address, EXPORT]
    told = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "RESOURCE_EXHAUSTED"
    assert peak() < 64 * 1024 * 1024


async def test_a_call_without_a_message_is_answered(receiver: Any) -> None:
    async def nothing() -> AsyncIterator[bytes]:
        for message in list[bytes]():
            yield message

    call = receiver.channel.stream_unary(EXPORT)(nothing(), timeout=5)
    assert await code_of(call) == grpc.StatusCode.INTERNAL


async def test_a_second_message_is_ignored(receiver: Any, spans: Any) -> None:
    async def two() -> AsyncIterator[bytes]:
        yield spans(1).SerializeToString()
        yield spans(1, first=2).SerializeToString()

    assert await receiver.channel.stream_unary(EXPORT)(two(), timeout=5) == b""
    assert receiver.stored() == 1


@pytest.mark.parametrize(
    "method",
    [
        "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export",
        "/opentelemetry.proto.collector.logs.v1.LogsService/Import",
        "/opentelemetry.proto.collector.trace.v1.TraceService/Import",
        "/grpc.health.v1.Health/Check",
    ],
)
async def test_other_services_are_unimplemented(receiver: Any, method: str) -> None:
    assert await code_of(receiver.channel.unary_unary(method)(b"")) == grpc.StatusCode.UNIMPLEMENTED


async def test_no_room_is_unavailable_and_says_when_to_come_back(
    start: Callable[..., Awaitable[Any]], spans: Any
) -> None:
    receiver = await start(capacity=1000)
    receiver.intake.admission.hold().grow(1000)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await receiver.export(spans(1).SerializeToString())
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    trailers = dict(caught.value.trailing_metadata())
    retry = RetryInfo.FromString(trailers["google.rpc.retryinfo-bin"])
    assert 0 < retry.retry_delay.seconds <= 5
    status = Status.FromString(trailers["grpc-status-details-bin"])
    told = RetryInfo()
    assert status.code == 14
    assert status.details[0].Unpack(told)
    assert told == retry
    assert receiver.refusals() == {"no room to store": 1}
