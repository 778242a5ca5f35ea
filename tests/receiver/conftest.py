"""A receiver with both doors on free ports, its store in a fresh file, and bodies to send to it."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import grpc.aio
import pytest
from aiohttp import web
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sidetrace.config import Config, Endpoint
from sidetrace.keys import Keyring
from sidetrace.receiver.gate import Gate
from sidetrace.receiver.grpc import GrpcDoor
from sidetrace.receiver.guard import guard
from sidetrace.receiver.http import HttpDoor, add_telemetry_routes
from sidetrace.receiver.intake import CAPACITY, Intake
from sidetrace.storage.selection import Selection
from sidetrace.storage.sqlite.store import SqliteStore

MIB = 1024 * 1024
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
PROTOBUF, JSON = "application/x-protobuf", "application/json"


@dataclass
class Receiver:
    """What the tests hold of a running receiver."""

    store: SqliteStore
    intake: Intake
    database: Path
    grpc_address: str
    http_port: int
    session: aiohttp.ClientSession
    channel: grpc.aio.Channel

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    async def post(
        self, body: Any, media: str = PROTOBUF, encoding: str = "", path: str = "/v1/traces", **headers: str
    ) -> tuple[int, bytes, aiohttp.typedefs.LooseHeaders]:
        told = {"Content-Type": media, **headers}
        if encoding:
            told["Content-Encoding"] = encoding
        async with self.session.post(f"{self.url}{path}", data=body, headers=told) as response:
            return response.status, await response.read(), response.headers

    async def export(self, body: bytes, method: str = EXPORT, **options: Any) -> bytes:
        call = self.channel.unary_unary(method)
        answer: bytes = await call(body, **options)
        return answer

    def stored(self) -> int:
        return self.store.select(Selection("observations", limit=0)).total

    def refusals(self) -> dict[str, int]:
        self.store.write("default", [], []).result(5)  # the commit that takes what was noted before
        return {tally.name: tally.count for tally in self.store.report().rejections}


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Receiver]]]:
    async with AsyncExitStack() as stack:

        async def start(
            grpc_limit: int = 4 * MIB,
            http_limit: int = 20 * MIB,
            capacity: int = CAPACITY,
            kind: type[SqliteStore] = SqliteStore,
            paths: dict[str, str] | None = None,
            projects: dict[str, dict[str, str]] | None = None,
        ) -> Receiver:
            path = tmp_path / "spans.db"
            store = kind.open(path)
            stack.push_async_callback(asyncio.to_thread, store.close)
            intake = Intake(store, capacity=capacity)
            stack.push_async_callback(asyncio.to_thread, intake.close)
            anywhere = Endpoint("127.0.0.1", 0)
            keyring = Keyring(Config.model_validate({"projects": projects} if projects else {}).projects)
            gate = Gate(keyring, frozenset({"/health"}), {}, paths or {})
            app = web.Application(middlewares=[guard(anywhere, intake), gate.middleware(intake)])
            add_telemetry_routes(app, intake, http_limit, paths)
            grpc_door, http_door = GrpcDoor(intake, anywhere, grpc_limit, 2.0, keyring), HttpDoor(app, anywhere, 2.0)
            ports = await grpc_door.start(), await http_door.start()
            stack.push_async_callback(grpc_door.stop)
            stack.push_async_callback(http_door.stop)
            address = f"127.0.0.1:{ports[0]}"
            session = await stack.enter_async_context(
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), auto_decompress=False)
            )
            channel = await stack.enter_async_context(
                grpc.aio.insecure_channel(address, options=[("grpc.max_send_message_length", -1)])
            )
            return Receiver(store, intake, path, address, ports[1], session, channel)

        yield start


@pytest.fixture
async def receiver(start: Callable[..., Awaitable[Receiver]]) -> Receiver:
    return await start()


@pytest.fixture
def spans() -> Callable[..., ExportTraceServiceRequest]:
    """Return a maker of requests: so many spans with ids counted from `first`, `size` bytes of text in the first."""

    def make(count: int = 1, first: int = 1, size: int = 0, bad: int = 0) -> ExportTraceServiceRequest:
        request = ExportTraceServiceRequest()
        scope = request.resource_spans.add().scope_spans.add()
        for number in range(first, first + count):
            span = scope.spans.add(
                trace_id=number.to_bytes(16, "big"), span_id=number.to_bytes(8, "big"), name=f"span {number}"
            )
            span.start_time_unix_nano = 1_700_000_000_000_000_000 + number
            span.end_time_unix_nano = span.start_time_unix_nano + 1_000_000
        for number in range(bad):
            scope.spans.add(trace_id=b"\1" * 16, name=f"bad {number}")
        if size:
            text = scope.spans[0].attributes.add(key="text")
            text.value.string_value = "x" * size
        return request

    return make


@pytest.fixture
def sized(spans: Callable[..., ExportTraceServiceRequest]) -> Callable[[int], bytes]:
    """Return a maker of one-span requests of exactly so many bytes."""

    def make(size: int) -> bytes:
        for text in range(size - 100, size):
            body: bytes = spans(size=text).SerializeToString()
            if len(body) == size:
                return body
        raise AssertionError(size)

    return make


@pytest.fixture
def as_json() -> Callable[[ExportTraceServiceRequest], bytes]:
    """Return an encoder of requests as OTLP/JSON: ids in hexadecimal."""

    def encode(request: ExportTraceServiceRequest) -> bytes:
        import json

        tree = MessageToDict(request)
        for resource in tree["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    number = int(span["name"].split()[1])
                    span |= {"traceId": f"{number:032x}", "spanId": f"{number:016x}"}
                    if span["name"].startswith("bad"):
                        span["spanId"] = ""
        return json.dumps(tree).encode()

    return encode


@pytest.fixture
def compress() -> Callable[[bytes, str], bytes]:
    def compress(body: bytes, encoding: str) -> bytes:
        if encoding == "gzip":
            return gzip.compress(body)
        return zlib.compress(body) if encoding == "deflate" else body

    return compress


@pytest.fixture
def bomb() -> bytes:
    """Return 1 MiB of gzip that holds 1 GiB of zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(MIB)
    return b"".join(packer.compress(zeros) for _ in range(1024)) + packer.flush()


@pytest.fixture
def peak() -> Callable[[], int]:
    """Return a reader of how many bytes this process has needed at most, beyond what it had before the test."""
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("needs /proc")

    def read(name: str) -> int:
        return next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith(name))

    Path("/proc/self/clear_refs").write_text("5")
    before = read("VmRSS")
    return lambda: read("VmHWM") - before
