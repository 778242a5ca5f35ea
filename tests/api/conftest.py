"""The endpoints on a real server over loopback, with the real store behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from sidetrace.api.app import add_api_routes
from sidetrace.config import Config
from sidetrace.mapping.mapper import Mapper
from sidetrace.proto.span import Rejected, Resource, Scope, Span, Value
from sidetrace.storage.sqlite.store import SqliteStore

NOON = 1_790_000_000 * 10**9
"""2026-09-21T14:13:20Z, when the spans of these tests begin."""


@dataclass
class Api:
    """The server under test, the store behind it, and how to ask."""

    client: TestClient[web.Request, web.Application]
    store: SqliteStore

    async def write(self, *spans: Span, rejected: list[Rejected] | None = None) -> None:
        """Store spans through the real mapper."""
        mapper = Mapper()
        writing = self.store.write("default", [mapper.map(span) for span in spans], rejected or [])
        await asyncio.wrap_future(writing)

    async def get(self, path: str, query: str = "", status: int = 200) -> Any:
        """Return the JSON answer to a GET; `query` goes over the wire as it is."""
        url = URL(f"http://{self.client.host}:{self.client.port}{path}{'?' if query else ''}{query}", encoded=True)
        async with self.client.session.get(url) as response:
            assert response.content_type == "application/json", await response.text()
            answer = await response.json()
            assert response.status == status, answer
            return answer

    async def ids(self, path: str, query: str = "") -> list[str]:
        """Return the ids of a list."""
        return [item["id"] for item in (await self.get(path, query))["data"]]


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """Serve an empty store."""
    store = SqliteStore.open(tmp_path / "sidetrace.db")
    app = web.Application()
    add_api_routes(app, store, Config.model_validate({"query": {"sql_seconds": 1.0, "sql_rows": 100}}))
    async with TestClient(TestServer(app)) as client:
        yield Api(client, store)
    await asyncio.to_thread(store.close)


def part(text: str) -> str:
    """Return text as one part of a path or as the value of a parameter."""
    return quote(text, safe="")


def trace_id(number: int) -> str:
    """Return the id of trace `number`."""
    return f"{number:032x}"


def span_id(number: int) -> str:
    """Return the id of span `number`."""
    return f"{number:016x}"


def span(
    trace: int,
    number: int,
    attributes: dict[str, Value] | None = None,
    *,
    parent: int = 0,
    name: str = "step",
    at: float = 0,
    lasts: float = 1,
    error: str = "",
) -> Span:
    """Return a span that starts `at` seconds past noon; with an `error` it failed."""
    start = NOON + round(at * 1e9)
    return Span(
        trace_id=trace_id(trace),
        span_id=span_id(number),
        parent_span_id=span_id(parent) if parent else "",
        name=name,
        kind=1,
        start_ns=start,
        end_ns=start + round(lasts * 1e9),
        attributes=attributes or {},
        resource=Resource({}),
        scope=Scope(),
        events=[],
        links=[],
        status_code=2 if error else 0,
        status_message=error,
    )
