"""Hosts and origins: what a browser may be used for."""

from __future__ import annotations

from typing import Any

import pytest

JSON = "application/json"


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LOCALHOST:4318", "127.0.0.1:1", "[::1]:4318", "[::1]",
        "localhost.:4318", "host.docker.internal:4318", "Host.Containers.Internal",
    ],
)  # fmt: skip
async def test_this_machines_own_names_are_served(receiver: Any, host: str) -> None:
    assert (await receiver.post(b"{}", JSON, Host=host))[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "localhost.evil.example:4318", "127.0.0.1.nip.io", "10.0.0.1", "[::2", "localhost..",
        "host.docker.internal.evil.example", "evil.docker.internal", "docker.internal", "host.docker.internal.",
    ],
)  # fmt: skip
async def test_a_foreign_host_is_403(receiver: Any, host: str) -> None:
    status, answer, headers = await receiver.post(b"{}", JSON, Host=host)
    assert (status, headers["Content-Type"]) == (403, JSON)
    assert b"this machine" in answer
    assert receiver.refusals() == {"foreign host or origin": 1}


@pytest.mark.parametrize("origin", ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:5173"])
async def test_pages_of_this_machine_may_write(receiver: Any, origin: str) -> None:
    assert (await receiver.post(b"{}", JSON, Origin=origin))[0] == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost.evil.example", "null", "", "file://"])
async def test_foreign_pages_may_not_write(receiver: Any, origin: str) -> None:
    assert (await receiver.post(b"{}", JSON, Origin=origin))[0] == 403


async def test_foreign_pages_reach_the_reading_routes(receiver: Any) -> None:
    async with receiver.session.get(f"{receiver.url}/v1/traces", headers={"Origin": "https://a.example"}) as response:
        assert response.status == 405, "it is the browser that keeps the answer from the page"
