"""The health check on a port of its own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from sidetrace.config import SocketFile
from sidetrace.receiver.health import go_duration

from .conftest import Authority, Served, port

Start = Callable[..., Awaitable[Served]]
DOOR = "{grpc: {endpoint: '127.0.0.1:0'}}"


def check(keys: str = "", id: str = "health_check") -> str:
    return f"extensions: {{{id}: {{endpoint: '127.0.0.1:0', {keys}}}}}"


async def test_it_says_in_the_collectors_words_that_the_doors_are_open(served: Start, session: Any) -> None:
    server = await served(DOOR, check())
    url = f"http://127.0.0.1:{port(server.listening.health['health_check'])}"
    for method in ("GET", "POST", "PUT"):
        async with session.request(method, url) as response:
            assert (response.status, response.headers["Content-Type"]) == (200, "application/json")
            told = await response.json()
        assert set(told) == {"status", "upSince", "uptime"}
        assert told["status"] == "Server available"
        assert datetime.now(UTC) - datetime.fromisoformat(told["upSince"]) < timedelta(seconds=20)
        assert told["uptime"].endswith("s")
    async with session.get(f"{url}/other") as response:
        assert response.status == 404


async def test_it_says_503_once_the_store_takes_no_writes(
    served: Start, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sidetrace.storage.sqlite.store import SqliteStore

    ready = [True]
    monkeypatch.setattr(SqliteStore, "ready", lambda _: ready[0])
    server = await served(DOOR, check("path: /healthz"))
    url = f"http://127.0.0.1:{port(server.listening.health['health_check'])}/healthz"
    for now, status in ((True, 200), (False, 503), (True, 200)):
        ready[0] = now
        async with session.get(url) as response:
            told = await response.json()
            assert response.status == status
        assert told["status"] == ("Server available" if now else "Server not available")
        assert now or (told["upSince"], told["uptime"]) == ("0001-01-01T00:00:00Z", "")


async def test_its_bodies_may_be_given(served: Start, session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from sidetrace.storage.sqlite.store import SqliteStore

    ready = [True]
    monkeypatch.setattr(SqliteStore, "ready", lambda _: ready[0])
    server = await served(DOOR, check("response_body: {healthy: fine, unhealthy: ill}", "health_check/own"))
    url = f"http://127.0.0.1:{port(server.listening.health['health_check/own'])}"
    for now, status, text in ((True, 200, "fine"), (False, 503, "ill")):
        ready[0] = now
        async with session.get(url) as response:
            assert (response.status, await response.text()) == (status, text)


async def test_it_is_on_only_where_the_service_lists_it(served: Start) -> None:
    server = await served(DOOR, f"{check()}\nservice: {{extensions: []}}")
    assert server.listening.health == {}


async def test_it_listens_with_tls_and_on_a_unix_socket(
    served: Start, session: Any, authority: Authority, tmp_path: Any
) -> None:
    chain, key = authority.sign("server")
    server = await served(DOOR, check(f"tls: {{cert_file: {chain}, key_file: {key}}}"))
    place = server.listening.health["health_check"]
    async with session.get(f"https://127.0.0.1:{port(place)}", ssl=authority.context()) as response:
        assert response.status == 200
    assert isinstance(authority.context(), ssl.SSLContext)
    path = f"{tmp_path}/h"
    if len(path) < 100:
        server = await served(DOOR, f"extensions: {{health_check: {{transport: unix, endpoint: {path}}}}}")
        assert server.listening.health["health_check"] == SocketFile(path)
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(path)) as own,
            own.get("http://localhost/") as response,
        ):
            assert response.status == 200


async def test_its_port_is_free_once_the_receiver_has_stopped(served: Start) -> None:
    server = await served(DOOR, check())
    place = server.listening.health["health_check"]
    server.task.cancel()
    await asyncio.wait((server.task,))
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port(place))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.25, "250ms"), (1.5, "1.5s"), (60, "1m0s"), (3723.25, "1h2m3.25s"), (90000, "25h0m0s")],
)
def test_durations_as_go_prints_them(seconds: float, text: str) -> None:
    assert go_duration(seconds) == text
