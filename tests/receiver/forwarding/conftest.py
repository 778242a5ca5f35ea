"""Receivers that forward and receivers that are forwarded to, all whole, and upstreams that answer as they are told."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sidetrace.config import Endpoint, load
from sidetrace.query.doctor import doctor
from sidetrace.server import Listening, serve
from sidetrace.storage.sqlite.reader import SqliteReader

QUICK = "retry_on_failure: {initial_interval: 50ms, max_interval: 200ms}"
"""Waits that a test can wait for."""


@dataclass
class Receiver:
    """A receiver that runs, and what its file holds."""

    listening: Listening
    database: Path

    @property
    def grpc(self) -> int:
        assert isinstance(self.listening.grpc, Endpoint)
        return self.listening.grpc.port

    @property
    def http(self) -> int:
        assert isinstance(self.listening.http, Endpoint)
        return self.listening.http.port

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        reader = SqliteReader.open(self.database)
        try:
            return [tuple(row) for row in reader.sql(query, limit=100_000).rows]
        finally:
            reader.close()

    def names(self) -> list[str]:
        """The names of all spans, in the order they were stored."""
        reader = SqliteReader.open(self.database)
        try:
            with reader._snapshot() as db:
                return [row[0] for row in db.execute("SELECT name FROM observation ORDER BY ref")]
        finally:
            reader.close()

    def exporter(self, name: str = "otlp") -> Any:
        """What `doctor` says of an exporter."""
        reader = SqliteReader.open(self.database)
        try:
            found = doctor(reader)["exporters"]
        finally:
            reader.close()
        assert found is not None
        return next(one for one in found if one["exporter"] == name)

    async def post(
        self, body: bytes, media: str = "application/x-protobuf", path: str = "/v1/traces", **headers: str
    ) -> int:
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"http://127.0.0.1:{self.http}{path}", data=body, headers={"Content-Type": media, **headers}
            ) as response,
        ):
            await response.read()
            return response.status


Start = Callable[..., AbstractAsyncContextManager[Receiver]]


@pytest.fixture
def receiver(tmp_path: Path) -> Start:
    """Start a receiver called `name` by further configuration (YAML); what has the name has the file."""

    @asynccontextmanager
    async def start(
        name: str, more: str = "", grpc: str = "127.0.0.1:0", http: str = "127.0.0.1:0", tls: str = ""
    ) -> Any:
        file, database = tmp_path / f"{name}.yaml", tmp_path / f"{name}.db"
        file.write_text(
            f"receivers: {{otlp: {{protocols: {{grpc: {{endpoint: '{grpc}'{tls}}},"
            f" http: {{endpoint: '{http}'{tls}}}}}}}}}\nstorage: {{path: {database}}}\n{more}\n"
        )
        ready: asyncio.Future[Listening] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(serve(load(file, environment={}), ready.set_result))
        try:
            await asyncio.wait((ready, task), timeout=20, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                task.result()
            yield Receiver(ready.result(), database)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return start


async def until(true: Callable[[], Any], seconds: float = 20) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(true):
            await asyncio.sleep(0.02)


@dataclass
class Told:
    """An upstream over HTTP that answers as it is told: (status, headers, body), the last again and again."""

    port: int = 0
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    seen: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    seconds: float = 0.0
    """How long it takes to answer."""
    inside: int = 0
    most: int = 0
    """How many requests it had at once."""

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.inside += 1
        self.most = max(self.most, self.inside)
        await asyncio.sleep(self.seconds)
        self.inside -= 1
        self.times.append(asyncio.get_running_loop().time())
        self.seen.append((request.path, {name.lower(): value for name, value in request.headers.items()}, body))
        status, headers, answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.Response(status=status, headers=headers, body=answer)


@pytest.fixture
async def told() -> AsyncIterator[Told]:
    upstream = Told(answers=[(200, {"Content-Type": "application/x-protobuf"}, b"")])
    app = web.Application(client_max_size=100 * 1024**2)
    app.router.add_post("/{path:.*}", upstream.handle)
    runner = web.AppRunner(app, auto_decompress=False)
    async with AsyncExitStack() as stack:
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        upstream.port = runner.addresses[0][1]
        yield upstream


def gunzip(body: bytes) -> bytes:
    return gzip.decompress(body)
