"""A whole receiver in this process, by a configuration of the Collector's form, and certificates for it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import grpc
import grpc.aio
import pytest
import trustme

from sidetrace.config import Config, Endpoint, Place, load
from sidetrace.server import Listening, serve

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
PROTOBUF = {"Content-Type": "application/x-protobuf"}


@dataclass
class Served:
    """A receiver that runs."""

    listening: Listening
    config: Config
    task: asyncio.Task[None]

    @property
    def grpc(self) -> str:
        """What a grpc channel takes."""
        assert self.listening.grpc is not None
        return str(self.listening.grpc)

    def url(self, path: str = "/v1/traces", scheme: str = "http") -> str:
        return f"{scheme}://localhost:{port(self.listening.http)}{path}"


def port(place: Place | None) -> int:
    assert isinstance(place, Endpoint)
    return place.port


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Served]]]:
    """Start a receiver by `protocols` (YAML in flow style) and further sections; stop it at the end."""
    begun: list[asyncio.Task[None]] = []
    async with AsyncExitStack() as stack:

        async def start(protocols: str, more: str = "", **environment: str) -> Served:
            file, database = tmp_path / "config.yaml", tmp_path / f"spans{len(begun)}.db"
            file.write_text(f"receivers: {{otlp: {{protocols: {protocols}}}}}\nstorage: {{path: {database}}}\n{more}\n")
            config = load(file, environment=environment)
            ready: asyncio.Future[Listening] = asyncio.get_running_loop().create_future()
            task = asyncio.create_task(serve(config, ready.set_result))
            await asyncio.wait((ready, task), timeout=20, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                task.result()
            stack.push_async_callback(stop, task)
            begun.append(task)
            return Served(ready.result(), config, task)

        async def stop(task: asyncio.Task[None]) -> None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        yield start


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(20)) as session:
        yield session


@pytest.fixture
def body(spans: Any) -> bytes:
    """An export request with one span."""
    made: bytes = spans().SerializeToString()
    return made


@pytest.fixture
async def export() -> Callable[..., Awaitable[bytes]]:
    """Send a request over gRPC on a channel of its own."""

    async def export(
        address: str, body: bytes, credentials: grpc.ChannelCredentials | None = None, name: str = "", **options: Any
    ) -> bytes:
        named = [("grpc.ssl_target_name_override", name)] if name else []
        channel = (
            grpc.aio.secure_channel(address, credentials, options=named)
            if credentials
            else grpc.aio.insecure_channel(address)
        )
        async with channel:
            answer: bytes = await channel.unary_unary(EXPORT)(body, timeout=10, **options)
            return answer

    return export


class Authority:
    """A certificate authority, what it signed, and where that lies."""

    def __init__(self, folder: Path, name: str) -> None:
        self._ca = trustme.CA(organization_name=name)
        self._folder = folder
        self._name = name
        self.file = folder / f"{name}.pem"
        self._ca.cert_pem.write_to_path(str(self.file))
        self.pem = self._ca.cert_pem.bytes()

    def sign(self, name: str, *hosts: str) -> tuple[Path, Path]:
        """Return the files of a new certificate with its chain, and of its key."""
        signed = self._ca.issue_cert(*hosts or ("localhost", "127.0.0.1"), common_name=name)
        chain, key = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        chain.write_bytes(b"".join(part.bytes() for part in signed.cert_chain_pems))
        key.write_bytes(signed.private_key_pem.bytes())
        return chain, key

    def context(self, certificate: tuple[Path, Path] | None = None) -> ssl.SSLContext:
        """Return what a client of Python's trusts, and shows."""
        context = ssl.create_default_context(cadata=self.pem.decode())
        if certificate:
            context.load_cert_chain(*certificate)
        return context

    def channel(self, certificate: tuple[Path, Path] | None = None) -> grpc.ChannelCredentials:
        """Return what a client of grpc's trusts, and shows."""
        chain, key = (path.read_bytes() for path in certificate) if certificate else (None, None)
        return grpc.ssl_channel_credentials(self.pem, key, chain)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "authority")


@pytest.fixture
def other_authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "other")
