"""The other keys of both doors, each seen by a real client: limits, keepalive, timeouts, encodings, headers, paths."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import grpc.aio
import pytest

from .conftest import EXPORT, PROTOBUF, Served, port

Start = Callable[..., Awaitable[Served]]
SOON = 0.4
"""Seconds of a timeout that is to be seen; it must not have passed after a quarter of it."""


def over_grpc(keys: str) -> str:
    return f"{{grpc: {{endpoint: '127.0.0.1:0', {keys}}}}}"


def over_http(keys: str) -> str:
    return f"{{http: {{endpoint: '127.0.0.1:0', {keys}}}}}"


# gRPC. --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("keys", "limit"), [("max_recv_msg_size_mib: 1", 1), ("max_recv_msg_size_mib: 6.0", 6)])
async def test_the_largest_message(served: Start, export: Any, sized: Any, keys: str, limit: int) -> None:
    server = await served(over_grpc(keys))
    assert await export(server.grpc, sized(limit * 1024**2)) == b""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await export(server.grpc, sized(limit * 1024**2 + 1))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def frames(reader: asyncio.StreamReader) -> AsyncIterator[tuple[int, int, bytes]]:
    """Type, flags and payload of the HTTP/2 frames that come, until the connection ends."""
    while True:
        try:
            head = await reader.readexactly(9)
            payload = await reader.readexactly(int.from_bytes(head[:3], "big"))
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        yield head[3], head[4], payload


SETTINGS, PING, GOAWAY = 4, 6, 7


@contextlib.asynccontextmanager
async def http2(server: Served) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A client of HTTP/2 that says nothing but hello."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port(server.listening.grpc))
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + struct.pack(">I", 0)[1:] + bytes([SETTINGS, 0, 0, 0, 0, 0]))
    try:
        yield reader, writer
    finally:
        writer.close()


@pytest.mark.parametrize(("keys", "limit"), [("max_concurrent_streams: 7", 7), ("max_concurrent_streams: 0", None)])
async def test_the_number_of_calls_at_once_is_announced(served: Start, keys: str, limit: int | None) -> None:
    server = await served(over_grpc(keys))
    async with asyncio.timeout(5), http2(server) as (reader, _):
        async for kind, flags, payload in frames(reader):
            if kind == SETTINGS and not flags:
                told = dict(struct.iter_unpack(">HI", payload))
                assert told.get(3) == limit
                return
    raise AssertionError("no settings came")


async def test_calls_beyond_that_number_wait(served: Start, body: bytes) -> None:
    server = await served(over_grpc("max_concurrent_streams: 2"))
    go = asyncio.Event()

    async def later() -> AsyncIterator[bytes]:
        await go.wait()
        yield body

    async with grpc.aio.insecure_channel(server.grpc) as channel:
        held = [channel.stream_unary(EXPORT)(later()) for _ in range(2)]
        await asyncio.sleep(0.3)
        third = asyncio.ensure_future(_answer(channel.unary_unary(EXPORT)(body)))
        done, _ = await asyncio.wait((third,), timeout=0.5)
        assert not done
        go.set()
        async with asyncio.timeout(5):
            assert await third == b""
            for one in held:
                assert await one == b""


async def _answer(call: Any) -> bytes:
    answer: bytes = await call
    return answer


async def seen(channel: grpc.aio.Channel, state: grpc.ChannelConnectivity, seconds: float) -> float | None:
    """After how many seconds a channel is in a state, None for not within `seconds`."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while loop.time() < begun + seconds:
        if channel.get_state() is state:
            return loop.time() - begun
        await asyncio.sleep(0.01)
    return None


@pytest.mark.parametrize(
    ("parameters", "ends"),
    [
        (f"max_connection_idle: {SOON}s", True),
        (f"max_connection_age: {SOON}s", True),
        ("max_connection_idle: 0s, max_connection_age: 1h", False),
    ],
)
async def test_connections_live_as_long_as_they_may(served: Start, body: bytes, parameters: str, ends: bool) -> None:
    server = await served(over_grpc(f"keepalive: {{server_parameters: {{{parameters}}}}}"))
    async with grpc.aio.insecure_channel(server.grpc) as channel:
        await channel.unary_unary(EXPORT)(body)
        after = await seen(channel, grpc.ChannelConnectivity.IDLE, 3 if ends else 1)
        assert (after is not None) is ends
        assert await channel.unary_unary(EXPORT)(body) == b"", "a new connection is made"


@pytest.mark.parametrize("grace", ["100ms", "1h"])
async def test_calls_on_an_old_connection_end_after_its_grace(served: Start, grace: str) -> None:
    keys = f"max_connection_age: 200ms, max_connection_age_grace: {grace}"
    server = await served(over_grpc(f"keepalive: {{server_parameters: {{{keys}}}}}"))

    async def never() -> AsyncIterator[bytes]:
        await asyncio.sleep(60)
        yield b""

    async with grpc.aio.insecure_channel(server.grpc) as channel:
        call = channel.stream_unary(EXPORT)(never())
        done, _ = await asyncio.wait((asyncio.ensure_future(_code(call)),), timeout=1.5)
        assert bool(done) is (grace == "100ms")
        call.cancel()


async def _code(call: Any) -> grpc.StatusCode:
    code: grpc.StatusCode = await call.code()
    return code


async def test_this_side_pings_and_hangs_up_on_who_does_not_answer(served: Start) -> None:
    keys = "server_parameters: {time: 1s, timeout: 500ms}"
    server = await served(over_grpc(f"keepalive: {{{keys}}}"))
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(10), http2(server) as (reader, _):
        begun = loop.time()
        pings = [loop.time() - begun async for kind, flags, _ in frames(reader) if kind == PING and not flags]
        ended = loop.time() - begun
    assert pings
    assert 0.8 < ended < 5


@pytest.mark.parametrize(
    ("policy", "welcome"),
    [("", False), ("min_time: 10ms, permit_without_stream: true", True), ("min_time: 10ms", False)],
)
async def test_who_pings_more_often_than_allowed_is_sent_away(served: Start, policy: str, welcome: bool) -> None:
    server = await served(over_grpc(f"keepalive: {{enforcement_policy: {{{policy}}}}}"))
    away = False
    async with asyncio.timeout(10), http2(server) as (reader, writer):

        async def ping() -> None:
            for number in range(8):
                writer.write(struct.pack(">I", 8)[1:] + bytes([PING, 0, 0, 0, 0, 0]) + number.to_bytes(8, "big"))
                await asyncio.sleep(0.05)

        pinging = asyncio.ensure_future(ping())
        answered = 0
        async for kind, flags, payload in frames(reader):
            answered += kind == PING and flags & 1
            if kind == GOAWAY:
                away = b"too_many_pings" in payload
                break
            if answered == 8:
                break
        pinging.cancel()
    assert away is not welcome


@pytest.mark.parametrize("asked", ["true", "false"])
async def test_metadata_of_requests_is_not_stored_whatever_include_metadata_says(
    served: Start, export: Any, session: Any, body: bytes, asked: str
) -> None:
    key = f"endpoint: '127.0.0.1:0', include_metadata: {asked}"
    server = await served(f"{{grpc: {{{key}}}, http: {{{key}}}}}")
    await export(server.grpc, body, metadata=(("x-tenant", "acme-42"),))
    async with session.post(server.url(), data=body, headers={**PROTOBUF, "X-Tenant": "acme-42"}) as response:
        assert response.status == 200
    async with session.get(server.url("/api/public/v2/observations")) as response:
        shown = await response.text()
    assert "span 1" in shown
    assert "acme-42" not in shown


# HTTP. --------------------------------------------------------------------------------------------------------------


async def talk(server: Served, *pieces: bytes, pause: float = 0.0, patience: float = 5.0) -> tuple[bytes, float]:
    """Send pieces with pauses between them; return all that came until the end, and after how many seconds it was."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port(server.listening.http))
    loop = asyncio.get_running_loop()
    begun = loop.time()

    async def send() -> None:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(pause)

    sending = asyncio.ensure_future(send())
    received = b""
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(patience):
            while piece := await reader.read(65536):
                received += piece
    sending.cancel()
    took = loop.time() - begun
    writer.close()
    return received, took


HEAD = (
    b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: %d\r\n\r\n"
)


@pytest.mark.parametrize("keys", [f"read_header_timeout: {SOON}s", f"read_timeout: {SOON}s"])
async def test_who_does_not_end_their_headers_is_hung_up_on(served: Start, keys: str) -> None:
    server = await served(over_http(keys))
    received, took = await talk(server, b"GET /health HTTP/1.1\r\n", *([b"X-A: b\r\n"] * 30), pause=0.1)
    assert received == b""
    assert SOON * 0.9 < took < 2.5


@pytest.mark.parametrize(("keys", "ends"), [(f"read_timeout: {SOON}s", True), (f"read_header_timeout: {SOON}s", False)])
async def test_who_does_not_end_their_body_is_hung_up_on(served: Start, keys: str, ends: bool) -> None:
    server = await served(over_http(keys))
    received, took = await talk(server, HEAD % 100, b"\n", patience=1.5)
    assert received == b""
    assert (took < 1.4) is ends


async def test_who_is_in_time_is_served_again_and_again(served: Start, session: Any, body: bytes) -> None:
    server = await served(over_http(f"read_timeout: {SOON}s, read_header_timeout: {SOON}s, write_timeout: {SOON}s"))
    request = HEAD % len(body) + body
    received, _ = await talk(server, *([request[:40], request[40:]] * 4), pause=SOON / 4, patience=8 * SOON / 4 + 2)
    assert received.count(b"HTTP/1.1 200 OK") == 4


@pytest.mark.parametrize(("keys", "ends"), [(f"write_timeout: {SOON}s", True), ("write_timeout: 0s", False)])
async def test_who_does_not_take_their_answer_is_hung_up_on(served: Start, spans: Any, keys: str, ends: bool) -> None:
    place = "endpoint: '127.0.0.1:0'"
    server = await served(f"{{grpc: {{{place}, max_recv_msg_size_mib: 32}}, http: {{{place}, {keys}}}}}")
    request = spans()
    text = request.resource_spans[0].scope_spans[0].spans[0].attributes.add(key="langfuse.observation.input")
    text.value.string_value = "x" * 16 * 1024**2
    options = [("grpc.max_send_message_length", -1)]
    async with grpc.aio.insecure_channel(server.grpc, options=options) as channel:
        await channel.unary_unary(EXPORT)(request.SerializeToString())
    reader, writer = await asyncio.open_connection("127.0.0.1", port(server.listening.http), limit=1024)
    writer.write(b"GET /api/public/traces/00000000000000000000000000000001 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await asyncio.sleep(4 * SOON)
    received = b""
    with contextlib.suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(2):
            while piece := await reader.read(1 << 20):
                received += piece
    writer.close()
    assert (len(received) < len(text.value.string_value)) is ends


@pytest.mark.parametrize(("keys", "ends"), [(f"idle_timeout: {SOON}s", True), ("idle_timeout: 0s", False)])
async def test_connections_without_a_request_end(served: Start, keys: str, ends: bool) -> None:
    server = await served(over_http(keys))
    received, took = await talk(server, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", patience=1.5)
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert (took < 1.4) is ends


@pytest.mark.parametrize("kept", ["true", "false"])
async def test_connections_are_kept_or_not(served: Start, kept: str) -> None:
    server = await served(over_http(f"keep_alives_enabled: {kept}"))
    request = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    received, took = await talk(server, request, request, pause=0.1, patience=1.0)
    assert received.count(b"HTTP/1.1 200 OK") == (2 if kept == "true" else 1)
    assert (b"Connection: close" in received) is (kept == "false")
    assert (took < 0.9) is (kept == "false")


@pytest.mark.parametrize(
    ("listed", "encoding", "status"),
    [
        ("[gzip]", "gzip", 200),
        ("[gzip]", "deflate", 400),
        ("[gzip]", "", 400),
        ("['', gzip]", "", 200),
        ("gzip", "gzip", 200),
        ("[zlib]", "deflate", 400),
        ("[]", "gzip", 400),
        ("[]", "", 200),
    ],
)
async def test_encodings_that_are_taken(
    served: Start, session: Any, body: bytes, listed: str, encoding: str, status: int
) -> None:
    server = await served(over_http(f"compression_algorithms: {listed}"))
    packed = {"gzip": gzip.compress(body), "deflate": zlib.compress(body), "": body}[encoding]
    headers = {**PROTOBUF, **({"Content-Encoding": encoding} if encoding else {})}
    async with session.post(server.url(), data=packed, headers=headers) as response:
        assert response.status == status
        said = await response.read()
    if status == 400 and listed != "[]":
        assert b"unsupported Content-Encoding" in said


async def test_without_any_encoding_bodies_are_read_as_they_come(served: Start, session: Any, body: bytes) -> None:
    server = await served(over_http("compression_algorithms: []"))
    headers = {**PROTOBUF, "Content-Encoding": "gzip"}
    async with session.post(server.url(), data=_Raw(body), headers=headers) as response:
        assert response.status == 200


class _Raw:
    """Bytes that a client does not compress again, sent in chunks."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


@pytest.mark.parametrize(
    "told",
    ["{X-One: first, strict-transport-security: max-age=5}", "[{name: X-One, value: first}]", "{X-One: '${env:ONE}'}"],
)
async def test_headers_of_every_answer(served: Start, session: Any, body: bytes, told: str) -> None:
    server = await served(over_http(f"response_headers: {told}"), ONE="first")
    for path in ("/health", "/", "/nowhere", "/v1/traces"):
        async with session.get(server.url(path)) as response:
            assert response.headers.getall("X-One") == ["first"], path
    async with session.post(server.url(), data=body, headers=PROTOBUF) as response:
        assert response.headers["X-One"] == "first"


async def test_an_answers_own_headers_stay(served: Start, session: Any, body: bytes) -> None:
    told = "{Content-Type: text/plain, content-security-policy: nothing, X-Frame-Options: DENY}"
    server = await served(over_http(f"response_headers: {told}"))
    async with session.post(server.url(), data=body, headers=PROTOBUF) as response:
        assert response.headers.getall("Content-Type") == ["application/x-protobuf"]
    async with session.get(server.url("/")) as response:
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Frame-Options"] == "DENY"


async def test_paths_of_signals(served: Start, session: Any, body: bytes) -> None:
    server = await served(over_http("traces_url_path: in/t, logs_url_path: /in/l, metrics_url_path: /in/m"))
    for path, status in (
        ("/in/t", 200), ("/in/l", 200), ("/in/m", 200), ("/v1/traces", 404), ("/v1/logs", 404), ("/v1/metrics", 404),
    ):  # fmt: skip
        async with session.post(server.url(path), data=b"", headers=PROTOBUF) as response:
            assert response.status == status, path


async def test_the_largest_body(served: Start, session: Any, sized: Any) -> None:
    server = await served(over_http("max_request_body_size: 3000"))
    for size, status in ((3000, 200), (3001, 413)):
        async with session.post(server.url(), data=sized(size), headers=PROTOBUF) as response:
            assert response.status == status
