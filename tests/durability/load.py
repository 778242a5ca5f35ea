"""Concurrent senders at both doors, and an exact account of what each was told."""

from __future__ import annotations

import asyncio
import gzip
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp
import grpc.aio
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from ..running import PATIENCE, Running

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
PROTOBUF = "application/x-protobuf"
NOON = 1_790_000_000 * 10**9

SpanId = tuple[str, str]
"""Trace id and span id, in hexadecimal."""

SENDERS = 6
"""At each door."""

SIZES = (1, 1, 1, 2, 5, 30, 120)
"""Spans in a request; the largest is over 256 KiB, from where on bodies are decoded beside the event loop."""
PADDING = (0, 100, 3000)
"""Bytes of text in each span of a request."""

AGAIN = {"UNAVAILABLE", "RESOURCE_EXHAUSTED", 429, 503}
"""Answers after which a sender keeps its spans and comes again."""


class Refused(Exception):
    """A request that was not acknowledged: the gRPC status, the HTTP status, or the connection broke."""

    def __init__(self, why: str | int) -> None:
        super().__init__(str(why))
        self.why = why


@dataclass(frozen=True)
class Request:
    """The bytes of an export request, and the spans in it."""

    body: bytes
    spans: frozenset[SpanId]


class Sender(Protocol):
    """Sends one request; returns when it is acknowledged, else raises Refused."""

    async def __call__(self, request: Request) -> None: ...


@dataclass
class Load:
    """Requests of spans that no other request holds, and what became of them.

    Traces straddle requests, so that their roll-ups change with every batch.
    """

    random: random.Random
    acknowledged: set[SpanId] = field(default_factory=set)
    unanswered: list[Request] = field(default_factory=list)
    inside: int = 0
    ending: bool = False
    refusals: set[str | int] = field(default_factory=set)
    _made: int = 0

    @asynccontextmanager
    async def on(self, server: Running) -> AsyncIterator[None]:
        """Send to both doors without pause until `ending` is set and a request is refused."""
        self.ending = False
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE), connector=aiohttp.TCPConnector(limit=0))
            )
            channel = await stack.enter_async_context(grpc.aio.insecure_channel(server.grpc))
            doors: list[Sender] = [_grpc_sender(channel), _http_sender(http, server.url)] * SENDERS
            async with asyncio.TaskGroup() as senders:
                for send in doors:
                    senders.create_task(self._send(send))
                yield

    async def until(self, acknowledged: int) -> None:
        """Wait until so many more spans are acknowledged."""
        wanted = len(self.acknowledged) + acknowledged
        async with asyncio.timeout(PATIENCE):
            while len(self.acknowledged) < wanted:
                await asyncio.sleep(0.001)

    async def resend(self, server: Running) -> None:
        """Send again what was never answered, until all of it is acknowledged."""
        async with grpc.aio.insecure_channel(server.grpc) as channel:
            send = _grpc_sender(channel)
            while self.unanswered:
                await self._one(send, self.unanswered[-1])
                self.unanswered.pop()

    async def _send(self, send: Sender) -> None:
        while True:
            request = self.unanswered.pop() if self.unanswered else self._make()
            try:
                await self._one(send, request)
            except Refused as refused:
                self.unanswered.append(request)
                if self.ending:
                    self.refusals.add(refused.why)
                    return
                if refused.why not in AGAIN:
                    raise
                await asyncio.sleep(0.01)

    async def _one(self, send: Sender, request: Request) -> None:
        self.inside += 1
        try:
            await send(request)
        finally:
            self.inside -= 1
        self.acknowledged |= request.spans

    def _make(self) -> Request:
        request = ExportTraceServiceRequest()
        scope = request.resource_spans.add().scope_spans.add()
        padding = "x" * self.random.choice(PADDING)
        spans = set()
        for number in range(self._made, self._made + self.random.choice(SIZES)):
            trace, place = divmod(number, 7)
            span = scope.spans.add(
                trace_id=(trace + 1).to_bytes(16, "big"),
                span_id=(number + 1).to_bytes(8, "big"),
                parent_span_id=(trace * 7 + 1).to_bytes(8, "big") if place else b"",
                name=f"span {number}",
                start_time_unix_nano=NOON + number * 1_000_000,
                end_time_unix_nano=NOON + number * 1_000_000 + 7_500_000,
            )
            texts = {"text": padding, "langfuse.observation.type": "generation" if place % 2 else "span"}
            if place == 3:  # the trace learns its session and user from one span in its middle
                texts |= {"session.id": f"session {trace % 23}", "user.id": f"user {trace % 11}"}
            if place % 2:
                texts["langfuse.observation.usage_details"] = f'{{"input": {number % 90}, "output": {place}}}'
                texts["langfuse.observation.cost_details"] = f'{{"total": 0.00{number % 100 + 1}}}'
            if place == 5:
                span.status.code = 2
            for key, text in texts.items():
                span.attributes.add(key=key).value.string_value = text
            spans.add((span.trace_id.hex(), span.span_id.hex()))
        self._made += len(spans)
        return Request(request.SerializeToString(), frozenset(spans))


def _grpc_sender(channel: grpc.aio.Channel) -> Sender:
    export = channel.unary_unary(EXPORT)

    async def send(request: Request) -> None:
        try:
            answer = await export(request.body, timeout=PATIENCE)
        except grpc.aio.AioRpcError as error:
            raise Refused(error.code().name) from error
        _whole(answer)

    return send


def _http_sender(session: aiohttp.ClientSession, url: str) -> Sender:
    async def send(request: Request) -> None:
        packed = len(request.spans) % 2 == 0
        headers = {"Content-Type": PROTOBUF, **({"Content-Encoding": "gzip"} if packed else {})}
        body = gzip.compress(request.body, 1) if packed else request.body
        try:
            async with session.post(f"{url}/v1/traces", data=body, headers=headers) as response:
                status, answer = response.status, await response.read()
        except aiohttp.ClientError as error:
            raise Refused("connection") from error
        if status != 200:
            raise Refused(status)
        _whole(answer)

    return send


def _whole(answer: bytes) -> None:
    """Hold the answer to an accepted request to: all of it was taken."""
    assert ExportTraceServiceResponse.FromString(answer) == ExportTraceServiceResponse()
