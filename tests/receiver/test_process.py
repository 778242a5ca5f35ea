"""The whole process: starting, saying where it listens, and stopping without losing what it accepted."""

from __future__ import annotations

import asyncio
import os
import re
import resource
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import grpc.aio
import pytest

from sidetrace.api.app import METRICS, READS
from sidetrace.api.pool import NICE

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
PROTOBUF = "application/x-protobuf"


@dataclass
class Served:
    """A running `sidetrace serve`."""

    process: asyncio.subprocess.Process
    grpc_address: str
    http_address: str

    async def stop(self, number: int = signal.SIGTERM) -> float:
        """Signal the process; return how many seconds it took to end."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        self.process.send_signal(number)
        await asyncio.wait_for(self.process.wait(), 10)
        return loop.time() - begun


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Served]]]:
    running: list[asyncio.subprocess.Process] = []

    async def serve(*flags: str) -> Served:
        command = [sys.executable, "-m", "sidetrace", "serve", "--db", str(tmp_path / "spans.db")]
        command += flags or ("--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0")
        process = await asyncio.create_subprocess_exec(
            *command,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        running.append(process)
        assert process.stdout is not None
        places: list[str] = []
        async with asyncio.timeout(10):
            while len(places) < 2 and (line := await process.stdout.readline()):
                places += re.findall(r"OTLP/\w+ +(\S+)", line.decode())
        return Served(process, *places) if len(places) == 2 else Served(process, "", "")

    yield serve
    for process in running:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def stored(path: Path) -> set[str]:
    with sqlite3.connect(path) as db:
        return {name for (name,) in db.execute("SELECT name FROM observations")}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_with_0(serve: Callable[..., Awaitable[Served]], number: int) -> None:
    served = await serve()
    async with aiohttp.ClientSession() as session, session.get(f"http://{served.http_address}/health") as response:
        assert response.status == 200
        assert await served.stop(number) < 2
    assert served.process.returncode == 0


async def test_what_is_acknowledged_while_it_stops_is_stored(
    serve: Callable[..., Awaitable[Served]], spans: Any, tmp_path: Path
) -> None:
    served = await serve()
    acknowledged: set[str] = set()
    refused: list[str] = []
    stopping = asyncio.Event()

    async def send(sender: int, session: aiohttp.ClientSession, channel: grpc.aio.Channel) -> None:
        export = channel.unary_unary(EXPORT)
        for number in range(sender * 100_000 + 1, (sender + 1) * 100_000):
            body = spans(1, first=number).SerializeToString()
            try:
                if sender % 2:
                    await export(body, timeout=8)
                else:
                    headers = {"Content-Type": PROTOBUF}
                    url = f"http://{served.http_address}/v1/traces"
                    async with session.post(url, data=body, headers=headers) as response:
                        assert response.status == 200
            except (grpc.aio.AioRpcError, aiohttp.ClientError) as error:
                assert stopping.is_set()
                refused.append(error.code().name if isinstance(error, grpc.aio.AioRpcError) else "connection")
                return
            acknowledged.add(f"span {number}")

    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(8)) as session,
        grpc.aio.insecure_channel(served.grpc_address) as channel,
    ):
        senders = [asyncio.ensure_future(send(sender, session, channel)) for sender in range(1, 33)]
        async with asyncio.timeout(10):
            while len(acknowledged) < 500:
                await asyncio.sleep(0.01)
        stopping.set()
        assert await served.stop() < 5
        await asyncio.gather(*senders)
    assert served.process.returncode == 0
    assert acknowledged == stored(tmp_path / "spans.db"), "what was accepted got its answer"
    assert set(refused) <= {"UNAVAILABLE", "CANCELLED", "connection"}, "all of these are sent again"


async def test_calls_that_wait_for_the_disk_are_answered_before_it_stops(
    serve: Callable[..., Awaitable[Served]], spans: Any, tmp_path: Path
) -> None:
    served = await serve()
    other = sqlite3.connect(tmp_path / "spans.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def post(session: aiohttp.ClientSession) -> int:
        body = spans(1, first=2).SerializeToString()
        headers = {"Content-Type": PROTOBUF}
        async with session.post(f"http://{served.http_address}/v1/traces", data=body, headers=headers) as response:
            return response.status

    async with aiohttp.ClientSession() as session, grpc.aio.insecure_channel(served.grpc_address) as channel:
        over_grpc = asyncio.ensure_future(_export(channel, spans(1, first=1).SerializeToString()))
        over_http = asyncio.ensure_future(post(session))
        await asyncio.sleep(0.3)
        stopping = asyncio.ensure_future(served.stop())
        await asyncio.sleep(0.3)
        assert not any(task.done() for task in (over_grpc, over_http, stopping))
        other.execute("ROLLBACK")
        other.close()
        assert (await over_grpc, await over_http) == (b"", 200)
        assert await stopping < 3
    assert stored(tmp_path / "spans.db") == {"span 1", "span 2"}


async def test_senders_that_stall_cannot_keep_it_from_stopping(serve: Callable[..., Awaitable[Served]]) -> None:
    served = await serve()
    host, _, port = served.http_address.rpartition(":")
    _, silent = await asyncio.open_connection(host, int(port))
    _, halfway = await asyncio.open_connection(host, int(port))
    halfway.write(f"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: {PROTOBUF}\r\n".encode())
    halfway.write(b"Content-Length: 1000\r\n\r\nhalf")

    async def never() -> AsyncIterator[bytes]:
        await asyncio.sleep(60)
        yield b""

    async with grpc.aio.insecure_channel(served.grpc_address) as channel:
        call = channel.stream_unary(EXPORT)(never())
        await asyncio.sleep(0.3)
        assert await served.stop() < 3.5
        with pytest.raises((grpc.aio.AioRpcError, asyncio.CancelledError)):
            await call
    assert served.process.returncode == 0
    silent.close()
    halfway.close()


async def test_a_taken_port_is_one_line_and_exit_code_4_and_makes_no_file(
    serve: Callable[..., Awaitable[Served]], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for flags in (("--grpc", f"127.0.0.1:{port}"), ("--grpc", "127.0.0.1:0", "--http", f"127.0.0.1:{port}")):
            served = await serve(*flags)
            _, said = await served.process.communicate()
            assert served.process.returncode == 4
            assert said.decode().count("\n") == 1
            assert f"127.0.0.1:{port} is " in said.decode()
            assert flags[-2] in said.decode()
            assert list(tmp_path.iterdir()) == []


async def test_the_configuration_reaches_the_doors_and_the_mapping(
    serve: Callable[..., Awaitable[Served]], spans: Any, tmp_path: Path
) -> None:
    (tmp_path / "config.yaml").write_text(
        """
        receivers: {otlp: {protocols: {
          grpc: {endpoint: "127.0.0.1:0", max_recv_msg_size_mib: 1},
          http: {endpoint: "127.0.0.1:0", max_request_body_size: 1000, traces_url_path: /in, logs_url_path: /logs}}}}
        mapping: {session_id: [text]}
        """
    )
    served = await serve("--config", str(tmp_path / "config.yaml"))
    url, headers = f"http://{served.http_address}", {"Content-Type": PROTOBUF}
    async with aiohttp.ClientSession() as session, grpc.aio.insecure_channel(served.grpc_address) as channel:
        for path, size, status in (("/in", 5, 200), ("/in", 1000, 413), ("/v1/traces", 5, 404)):
            body = spans(size=size).SerializeToString()
            async with session.post(url + path, data=body, headers=headers) as response:
                assert response.status == status
        for path, status in (("/logs", 200), ("/v1/logs", 404), ("/api/public/otel/v1/logs", 200)):
            async with session.post(url + path, data=b"", headers=headers) as response:
                assert response.status == status
        with pytest.raises(grpc.aio.AioRpcError, match="RESOURCE_EXHAUSTED"):
            await _export(channel, spans(size=1024 * 1024).SerializeToString())
        async with session.get(f"{url}/api/public/sessions/xxxxx") as response:
            assert response.status == 200
    await served.stop()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
async def test_it_takes_more_connections_than_a_shell_allows(
    serve: Callable[..., Awaitable[Served]],
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    try:
        server = await serve()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    (limit,) = re.findall(r"Max open files +(\d+)", Path(f"/proc/{server.process.pid}/limits").read_text())
    assert int(limit) == min(10_240, hard)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
async def test_what_reads_gives_way_to_what_writes(serve: Callable[..., Awaitable[Served]]) -> None:
    server = await serve()
    tasks = Path(f"/proc/{server.process.pid}/task").iterdir()
    usual = os.getpriority(os.PRIO_PROCESS, server.process.pid)
    niced = [os.getpriority(os.PRIO_PROCESS, int(task.name)) - usual for task in tasks]
    assert sum(one == NICE for one in niced) == READS + METRICS
    assert set(niced) == {0, NICE}


async def test_a_protocol_left_out_does_not_listen(serve: Callable[..., Awaitable[Served]], tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text('receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}')
    served = await serve("--config", str(tmp_path / "config.yaml"))
    assert served.grpc_address == "off"
    assert await served.stop() < 2
    assert served.process.returncode == 0


async def test_it_listens_on_ipv6_loopback(serve: Callable[..., Awaitable[Served]], spans: Any) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    served = await serve("--grpc", "[::1]:0", "--http", "[::1]:0")
    async with aiohttp.ClientSession() as session, grpc.aio.insecure_channel(served.grpc_address) as channel:
        assert await _export(channel, spans(1).SerializeToString()) == b""
        async with session.get(f"http://{served.http_address}/health") as response:
            assert response.status == 200
    assert await served.stop() < 2


async def test_beyond_loopback_it_listens_only_when_told_twice(serve: Callable[..., Awaitable[Served]]) -> None:
    served = await serve("--grpc", "0.0.0.0:0", "--http", "127.0.0.1:0")
    _, said = await served.process.communicate()
    assert served.process.returncode == 1
    assert "--allow-unauthenticated" in said.decode()
    served = await serve("--grpc", "0.0.0.0:0", "--http", "0.0.0.0:0", "--allow-unauthenticated")
    assert served.http_address.startswith("0.0.0.0:")
    assert await served.stop() < 2


async def _export(channel: grpc.aio.Channel, body: bytes) -> bytes:
    answer: bytes = await channel.unary_unary(EXPORT)(body)
    return answer
