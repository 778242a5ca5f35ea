"""The real Langfuse SDK against the endpoints."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from langfuse import Langfuse

from .conftest import Api, trace_id


@pytest.fixture
def client(api: Api) -> Iterator[Langfuse]:
    client = Langfuse(
        public_key=f"pk-{api.client.port}",  # the SDK keeps one client per key
        secret_key="sk-any",
        base_url=str(api.client.make_url("/")).rstrip("/"),
        tracing_enabled=False,
    )
    yield client
    client.shutdown()


async def test_the_sdk_finds_its_project_and_makes_trace_urls(api: Api, client: Langfuse) -> None:
    assert await asyncio.to_thread(client.auth_check) is True
    url = await asyncio.to_thread(lambda: client.get_trace_url(trace_id=trace_id(1)))
    assert url == str(api.client.make_url(f"/project/default/traces/{trace_id(1)}"))


async def test_the_sdk_reads_health(client: Langfuse) -> None:
    health = await asyncio.to_thread(client.api.health.health)
    assert health.status == "OK"
