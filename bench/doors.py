"""Senders as cheap as can be, since they share the machine with the receiver: requests are bytes made beforehand."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from types import TracebackType
from typing import Protocol

import grpc
import grpc.aio

from .bodies import Encoding
from .server import BenchFailed

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
MEDIA: dict[Encoding, str] = {"protobuf": "application/x-protobuf", "json": "application/json"}
FULL_SUCCESS = (b"", b"{}")
CHANNELS = 4
SECONDS = 30.0


class Door(Protocol):
    """A way in. `async with`, then `send`; as many sends at a time as one likes."""

    def dress(self, body: bytes) -> bytes:
        """Return what `send` takes for a body; the work that need not be measured."""
        ...

    async def send(self, request: bytes) -> bool:
        """Send; return True when all spans were acknowledged, False when told to come again."""
        ...

    async def __aenter__(self) -> Door: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class GrpcDoor:
    """OTLP/gRPC over a few connections that all calls share."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._turn = 0

    async def __aenter__(self) -> GrpcDoor:
        # with the global pool, channels to one address would share one connection
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_send_message_length", -1)]
        self._channels = [grpc.aio.insecure_channel(self._address, options) for _ in range(CHANNELS)]
        self._calls = [channel.unary_unary(EXPORT) for channel in self._channels]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for channel in self._channels:
            await channel.close()

    def dress(self, body: bytes) -> bytes:
        """Return the body itself."""
        return body

    async def send(self, request: bytes) -> bool:
        """See `Door.send`."""
        self._turn = (self._turn + 1) % CHANNELS
        try:
            answer = await self._calls[self._turn](request, timeout=SECONDS)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.UNAVAILABLE:
                return False
            raise BenchFailed(f"gRPC: {error.code().name}: {error.details()}") from error
        if answer:
            raise BenchFailed(f"gRPC: not everything was taken: {answer!r}")
        return True


class HttpDoor:
    """OTLP/HTTP over kept connections, one request at a time on each."""

    def __init__(self, address: str, encoding: Encoding) -> None:
        host, _, port = address.rpartition(":")
        self._place = host, int(port)
        self._head = (
            f"POST /v1/traces HTTP/1.1\r\nHost: {address}\r\nContent-Type: {MEDIA[encoding]}\r\nContent-Length: "
        ).encode()
        self._all: list[Connection] = []
        self._idle: deque[Connection] = deque()

    async def __aenter__(self) -> HttpDoor:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in self._all:
            connection.close()

    def dress(self, body: bytes) -> bytes:
        """Return the whole request."""
        return b"%b%d\r\n\r\n%b" % (self._head, len(body), body)

    async def send(self, request: bytes) -> bool:
        """See `Door.send`."""
        if self._idle:
            connection = self._idle.pop()
        else:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(Connection, *self._place)
            self._all.append(connection)
        status, answer = await connection.post(request)
        self._idle.append(connection)
        if status == 503:
            return False
        if status != 200 or answer not in FULL_SUCCESS:
            raise BenchFailed(f"HTTP: status {status}: {answer!r}")
        return True


class Connection(asyncio.Protocol):
    """A kept HTTP/1.1 connection that knows of an answer its status and Content-Length, and no more."""

    LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)

    def __init__(self) -> None:
        self._read = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Settle the answer once it is whole."""
        self._read += data
        head, blank, body = self._read.partition(b"\r\n\r\n")
        if not blank:
            return
        length = self.LENGTH.search(head)
        if length is None:
            self._fail(BenchFailed(f"HTTP: an answer without Content-Length: {head!r}"))
        elif len(body) >= int(length[1]) and self._answer is not None:
            self._read = b""
            self._answer.set_result((int(head[9:12]), body))

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail whoever waits for an answer."""
        self._fail(BenchFailed(f"HTTP: the server closed a connection: {exc}"))

    def post(self, request: bytes) -> asyncio.Future[tuple[int, bytes]]:
        """Return the status and body that answer a request."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def _fail(self, error: BenchFailed) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
