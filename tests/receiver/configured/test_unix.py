"""Unix sockets at both doors, and the kinds of TCP."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from sidetrace.config import SocketFile
from sidetrace.errors import AddressInUse, ConfigError

from .conftest import PROTOBUF, Authority, Served, port

Start = Callable[..., Awaitable[Served]]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no Unix sockets")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a path that is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="st") as path:
        yield Path(path)


def both(folder: Path, more: str = "") -> str:
    return (
        f"{{grpc: {{transport: unix, endpoint: {folder}/grpc.sock{more}}}, "
        f"http: {{transport: unix, endpoint: {folder}/http.sock{more}}}}}"
    )


async def test_both_doors_listen_on_unix_sockets_and_leave_none_behind(
    served: Start, folder: Path, body: bytes, export: Any
) -> None:
    server = await served(both(folder))
    assert server.listening.grpc == SocketFile(f"{folder}/grpc.sock")
    assert await export(f"unix:{folder}/grpc.sock", body) == b""
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(f"{folder}/http.sock")) as session:
        async with session.post("http://any.name/v1/traces", data=body, headers=PROTOBUF) as response:
            assert response.status == 200
        foreign = {**PROTOBUF, "Origin": "https://evil.example"}
        async with session.post("http://localhost/v1/traces", data=body, headers=foreign) as response:
            assert response.status == 403
        async with session.get("http://localhost/api/doctor") as response:
            assert (await response.json())["stored"] == 1
    server.task.cancel()
    await asyncio.wait((server.task,))
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
async def test_curl_comes_in_by_a_unix_socket(served: Start, folder: Path) -> None:
    await served(both(folder))
    command = ["curl", "-sS", "--unix-socket", f"{folder}/http.sock", "http://localhost/health"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    assert (done.stdout, done.stderr) == (b'{"status":"ok"}', b"")


async def test_the_exporter_of_python_comes_in_by_a_unix_socket(served: Start, folder: Path) -> None:
    server = await served(both(folder))

    def send() -> None:
        provider = TracerProvider()
        exporter = OTLPSpanExporter(f"unix://{folder}/grpc.sock", insecure=True)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        provider.get_tracer("test").start_span("step").end()
        provider.shutdown()

    await asyncio.to_thread(send)
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(f"{folder}/http.sock")) as session,
        session.get("http://localhost/api/doctor") as response,
    ):
        assert (await response.json())["stored"] == 1
    assert server.listening.grpc is not None


async def test_tls_works_on_unix_sockets(
    served: Start, folder: Path, authority: Authority, body: bytes, export: Any
) -> None:
    chain, key = authority.sign("server")
    await served(both(folder, f", tls: {{cert_file: {chain}, key_file: {key}}}"))
    assert await export(f"unix:{folder}/grpc.sock", body, authority.channel(), "localhost") == b""
    reader, writer = await asyncio.open_unix_connection(
        f"{folder}/http.sock", ssl=authority.context(), server_hostname="localhost"
    )
    writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 200 OK")
    writer.close()


async def test_a_socket_that_a_killed_process_left_is_taken_and_one_in_use_is_not(
    served: Start, folder: Path, body: bytes, export: Any
) -> None:
    for name in ("grpc", "http"):
        left = socket.socket(socket.AF_UNIX)
        left.bind(f"{folder}/{name}.sock")
        left.close()  # as a crash does, without removing the file
    await served(both(folder))
    assert await export(f"unix:{folder}/grpc.sock", body) == b""
    with pytest.raises(AddressInUse, match=rf"^unix:{folder}/grpc\.sock is in use"):
        await served(both(folder))
    assert await export(f"unix:{folder}/grpc.sock", body) == b""


async def test_a_file_in_the_way_or_a_folder_that_is_not_there_is_refused(served: Start, folder: Path) -> None:
    (folder / "http.sock").write_text("precious")
    with pytest.raises(AddressInUse, match=r"http\.sock is in use"):
        await served(both(folder))
    assert (folder / "http.sock").read_text() == "precious"
    with pytest.raises(ConfigError, match="there is no directory"):
        await served(both(folder / "none"))


async def test_tcp4_and_tcp6_listen_on_addresses_of_that_kind_alone(served: Start, body: bytes, export: Any) -> None:
    place = "transport: tcp4, endpoint: 'localhost:0'"
    server = await served(f"{{grpc: {{{place}}}, http: {{{place}}}}}")
    assert await export(f"127.0.0.1:{port(server.listening.grpc)}", body) == b""
    address = f"http://127.0.0.1:{port(server.listening.http)}/health"
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        assert response.status == 200
    for where in (server.listening.grpc, server.listening.http):
        with pytest.raises(OSError):
            socket.create_connection(("::1", port(where)), timeout=2).close()
    for door in ("grpc", "http"):
        with pytest.raises(ConfigError, match=r"cannot listen on 127\.0\.0\.1:0"):
            await served(f"{{{door}: {{transport: tcp6, endpoint: '127.0.0.1:0'}}}}")
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return  # no IPv6 here
    server = await served("{grpc: {transport: tcp6, endpoint: '[::1]:0'}}")
    assert await export(f"[::1]:{port(server.listening.grpc)}", body) == b""
