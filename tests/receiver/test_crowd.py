"""Hostile senders, and crowds of them: a clear answer, bounded memory, and nobody else notices."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from sidetrace.proto.fields import lengthed
from sidetrace.receiver.admission import Admission
from sidetrace.receiver.connection import HEADER_LIMIT
from sidetrace.receiver.intake import SLICE
from sidetrace.storage.selection import Selection

MIB = 1024 * 1024
PROTOBUF, JSON = "application/x-protobuf", "application/json"
HEAD = b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@asynccontextmanager
async def crowd(receiver: Any, count: int, first: bytes) -> AsyncIterator[list[Any]]:
    """So many connections, each of which has sent the same first bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 3 * count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 3 * count), hard))
    opened: list[Any] = []
    try:
        for _ in range(count):
            reader, writer = await asyncio.open_connection("127.0.0.1", receiver.http_port)
            writer.write(first)
            opened.append((reader, writer))
        await asyncio.sleep(0.2)
        yield opened
    finally:
        for _, writer in opened:
            writer.transport.abort()


CROWDS = {
    "request lines": b"POST /v1/tra",
    "heads": HEAD + b"X-A: b\r\n",
    "bodies": HEAD + b"Content-Length: 1000\r\n\r\n{",
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
}


@pytest.mark.parametrize("name", CROWDS)
async def test_a_thousand_slow_clients_do_not_hold_up_another(receiver: Any, spans: Any, name: str) -> None:
    async with crowd(receiver, 1000, CROWDS[name]):
        begun = time.perf_counter()
        for number in range(1, 11):
            assert (await receiver.post(spans(1, first=number).SerializeToString()))[0] == 200
            assert await receiver.export(spans(1, first=100 + number).SerializeToString()) == b""
        assert time.perf_counter() - begun < 5
    assert receiver.stored() == 20


async def test_large_bodies_that_come_slowly_make_room(start: Callable[..., Awaitable[Any]], spans: Any) -> None:
    receiver = await start(capacity=10 * MIB)
    receiver.intake.admission._slow = 1.0
    body = spans(1).SerializeToString()
    async with crowd(receiver, 4, HEAD + b"Content-Length: 2600000\r\n\r\n{") as slow:
        assert (await receiver.post(BytesIO(bytes(3 * MIB) + body)))[0] == 503, "they have the room for a moment"
        await asyncio.sleep(1.1)
        assert (await receiver.post(BytesIO(lengthed(100, bytes(3 * MIB)) + body)))[0] == 200, "and then they have not"
        told = []
        for reader, _ in slow:
            try:
                told.append((await asyncio.wait_for(reader.read(12), 0.3))[9:])
            except TimeoutError:
                told.append(b"")
        assert told[0] == b"503", "the oldest gave way"
        assert b"" in told, "those whose room nobody needed go on"
    assert receiver.stored() == 1
    assert receiver.refusals()["no room to store"] >= 2


async def test_a_head_is_bounded_as_a_whole(receiver: Any) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", receiver.http_port)
    writer.write(b"POST /v1/traces HTTP/1.1\r\n")
    field = b"X-Long: " + b"x" * 50_000 + b"\r\n"
    answer = b""
    try:
        for _ in range(HEADER_LIMIT // len(field) + 10):
            writer.write(field)
            await writer.drain()
            await asyncio.sleep(0.005)
        answer = await asyncio.wait_for(reader.read(100), 5)
    except ConnectionError:
        answer = b"HTTP/1.1 431"  # it was said and we had gone on sending
    writer.close()
    assert answer.startswith(b"HTTP/1.1 431")
    assert receiver.refusals() == {"too large": 1}
    assert receiver.intake.admission.used == 0


async def test_two_thousand_fields_are_taken(receiver: Any) -> None:
    fields = b"".join(b"X-%d: %d\r\n" % (number, number) for number in range(2000))
    reader, writer = await asyncio.open_connection("127.0.0.1", receiver.http_port)
    writer.write(HEAD + fields + b"Content-Length: 2\r\n\r\n{}")
    assert (await asyncio.wait_for(reader.read(12), 5)).endswith(b"200")
    writer.close()


async def test_heads_of_all_connections_share_the_room(start: Callable[..., Awaitable[Any]]) -> None:
    receiver = await start(capacity=MIB)
    async with crowd(receiver, 5, HEAD + b"X-Long: " + b"x" * 300_000) as opened:
        used = receiver.intake.admission.used
        assert 0.5 * MIB < used <= MIB
        told = []
        for reader, _ in opened:
            try:
                told.append((await asyncio.wait_for(reader.read(12), 0.3))[9:])
            except TimeoutError:
                told.append(b"")
            except ConnectionError:
                told.append(b"503")
        assert sorted(told) == [b"", b"", b"", b"503", b"503"]
    async with asyncio.timeout(5):
        while receiver.intake.admission.used:
            await asyncio.sleep(0.01)


def a_span(number: int, more: bytes = b"") -> bytes:
    return lengthed(1, number.to_bytes(16, "big")) + lengthed(2, number.to_bytes(8, "big")) + more


def request(*spans: bytes) -> bytes:
    return lengthed(1, lengthed(2, b"".join(lengthed(2, span) for span in spans)))


async def test_a_span_of_a_hundred_thousand_attributes_is_stored(receiver: Any) -> None:
    attributes = b"".join(
        lengthed(9, lengthed(1, b"key %d" % n) + lengthed(2, lengthed(1, b"value %d" % n))) for n in range(100_000)
    )
    assert (await receiver.post(BytesIO(request(a_span(1, attributes)))))[0] == 200
    assert await receiver.export(request(a_span(2, attributes))) == b""
    rows = receiver.store.select(Selection("observations", columns=("id", "attributes"))).rows
    assert [str(row["attributes"]).count("value ") for row in rows] == [100_000, 100_000]


def nested(levels: int) -> bytes:
    """Return an attribute whose value is so many lists deep, outermost first."""
    parts, size = [b"\x18\x01"], 2
    for _ in range(levels):
        for number in (1, 5):
            head = bytes([number << 3 | 2]) + _varint(size)
            parts.append(head)
            size += len(head)
    return lengthed(9, lengthed(1, b"k") + lengthed(2, b"".join(reversed(parts))))


async def test_values_a_million_deep_are_refused_by_both_doors(receiver: Any, spans: Any) -> None:
    deep, less_deep = request(a_span(1, nested(1_000_000))), request(a_span(1, nested(400_000)))
    begun = time.perf_counter()
    assert (await receiver.post(BytesIO(deep)))[0] == 400
    assert (await receiver.post(BytesIO(b'{"resourceSpans":' + b"[" * 1_000_000), JSON))[0] in (400, 413)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await receiver.export(less_deep)
    assert caught.value.code() == grpc.StatusCode.INTERNAL
    assert time.perf_counter() - begun < 10
    assert await receiver.export(spans(1).SerializeToString()) == b""
    assert receiver.stored() == 1


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


async def test_many_small_spans_are_stored_in_slices(receiver: Any) -> None:
    """Each is a few bytes on the wire and kilobytes as an object; some have no id, in the first slice and the last."""
    count = 5 * SLICE
    body = request(lengthed(5, b"bad"), *(a_span(number) for number in range(1, count + 1)), lengthed(5, b"bad"))
    sizes: list[int] = []
    write = receiver.store.write

    def note(project: str, observations: list[Any], *rest: Any) -> Any:
        sizes.append(len(observations))
        return write(project, observations, *rest)

    receiver.store.write = note
    status, answer, _ = await receiver.post(body)
    receiver.store.write = write
    assert status == 200
    assert ExportTraceServiceResponse.FromString(answer).partial_success.rejected_spans == 2
    assert sum(sizes) == receiver.stored() == count
    assert max(sizes) <= SLICE
    assert len(sizes) >= 5
    assert receiver.intake.admission.used == 0


async def test_nine_million_empty_spans_are_refused(receiver: Any, peak: Callable[[], int]) -> None:
    body = lengthed(1, lengthed(2, b"\x12\x00" * 9_000_000))
    status, _, _ = await receiver.post(BytesIO(body))
    assert status == 413
    assert peak() < 256 * MIB, "of 3 GiB"
    assert receiver.refusals() == {"too large": 1}


@pytest.mark.parametrize("door", ["grpc", "http"])
async def test_three_hundred_calls_that_wait_overlap(receiver: Any, spans: Any, door: str) -> None:
    """On one connection over gRPC. Another process holds the file: whoever served one at a time would need minutes."""
    other = sqlite3.connect(receiver.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    bodies = [spans(1, first=number).SerializeToString() for number in range(1, 301)]
    send = receiver.export if door == "grpc" else receiver.post
    calls = [asyncio.ensure_future(send(body)) for body in bodies]
    async with asyncio.timeout(10):
        while receiver.intake.admission.used < sum(map(len, bodies)):
            await asyncio.sleep(0.01)
    other.execute("ROLLBACK")
    other.close()
    begun = time.perf_counter()
    answers = await asyncio.gather(*calls)
    assert time.perf_counter() - begun < 3
    assert {answer if isinstance(answer, bytes) else answer[0] for answer in answers} == {
        b"" if door == "grpc" else 200
    }
    assert receiver.stored() == 300


async def test_overload_is_told_with_a_hint_and_passes_by_itself(
    start: Callable[..., Awaitable[Any]], spans: Any
) -> None:
    """The file is locked by another: requests fill the room, more are sent away, and once it is free all are taken."""
    body = spans(20).SerializeToString()
    receiver = await start(capacity=10 * len(body))
    other = sqlite3.connect(receiver.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = [asyncio.ensure_future(receiver.post(body)) for _ in range(10)]
    async with asyncio.timeout(5):
        while receiver.intake.admission.used < 10 * len(body):
            await asyncio.sleep(0.01)
    for _ in range(50):
        status, _, headers = await receiver.post(body)
        assert (status, 1 <= int(headers["Retry-After"]) <= 5) == (503, True)
        with pytest.raises(grpc.aio.AioRpcError, match="UNAVAILABLE"):
            await receiver.export(body)
    assert receiver.intake.admission.used == 10 * len(body)
    other.execute("ROLLBACK")
    other.close()
    assert [answer[0] for answer in await asyncio.gather(*waiting)] == [200] * 10
    assert (await receiver.post(body))[0] == 200
    assert await receiver.export(body) == b""
    assert receiver.stored() == 20


async def test_a_slow_body_that_lost_its_room_takes_none_again() -> None:
    admission = Admission(100, slow=0)
    slow, other = admission.hold(), admission.hold()
    gone: list[str] = []
    with slow.read(lambda: gone.append("slow")):
        slow.grow(80)
        await asyncio.sleep(0.01)
        other.grow(50)
        assert (gone, slow.size, admission.used) == (["slow"], 0, 50)
        with pytest.raises(Exception, match="others needed the room"):
            slow.reach(90)
    assert admission.used == 50


async def test_bodies_that_are_whole_do_not_make_room() -> None:
    admission = Admission(100, slow=0)
    whole, other = admission.hold(), admission.hold()
    with whole.read(lambda: None):
        whole.grow(80)
    await asyncio.sleep(0.01)
    with pytest.raises(Exception, match="80 bytes of requests are waiting"):
        other.grow(50)
    assert whole.size == 80
