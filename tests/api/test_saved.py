"""Saved queries over HTTP."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from .conftest import Api, part, span
from .writing import send


async def save(api: Api, name: Any, query: Any, path: str = "/api/saved") -> tuple[int, Any]:
    """Return the status and the answer to a query that is to be saved."""
    return await send(api, "POST", path, {"name": name, "query": query})


async def test_saving_listing_and_deleting(api: Api) -> None:
    assert await api.get("/api/saved") == {"data": []}
    status, saved = await save(api, " slow / ones ", "traces with latency > 5s from yesterday ")
    assert status == 200
    assert (saved["name"], saved["query"]) == ("slow / ones", "traces with latency > 5s from yesterday")
    at = datetime.fromisoformat(saved["savedAt"])
    assert saved["savedAt"].endswith("Z")
    assert timedelta() <= datetime.now(UTC) - at < timedelta(minutes=1)
    assert await api.get("/api/saved") == {"data": [saved]}
    status, replaced = await save(api, "slow / ones", "latency:>9")
    assert (status, await api.get("/api/saved")) == (200, {"data": [replaced]})
    assert (await api.get("/api/find", "q=" + part(replaced["query"])))["view"] == "traces"
    where = "/api/saved/" + part("slow / ones")
    assert (await send(api, "DELETE", where))[0] == 200
    status, problem = await send(api, "DELETE", where)
    assert (status, problem["error"]) == (404, "NotFound")
    assert await api.get("/api/saved") == {"data": []}


@pytest.mark.parametrize(
    ("name", "query", "said"),
    [
        ("", "traces", "name"),
        ("   ", "traces", "name"),
        ("x" * 101, "traces", "name"),
        ("two\nlines", "traces", "name"),
        (7, "traces", "name"),
        ("x", "", "query"),
        ("x", "banana", "query: .*banana"),
        ("x", "traces on 31 February", "query: .*31 february.*no such day"),
        ("x", "user:" + "a" * 2000, "query"),
        ("x", "traces by a\0b", "query"),
    ],
)
async def test_what_cannot_be_saved_says_why(api: Api, name: Any, query: Any, said: str) -> None:
    status, problem = await save(api, name, query)
    assert status == 400, problem
    assert re.search(said, problem["message"])
    assert await api.get("/api/saved") == {"data": []}


async def test_the_longest_are_taken(api: Api) -> None:
    name, query = "ü" * 99 + "\U0001f600", "user:" + "a" * 1995
    status, saved = await save(api, name, query)
    assert (status, saved["name"], saved["query"]) == (200, name, query)


async def test_for_a_project_by_its_name(api: Api) -> None:
    status, problem = await save(api, "all", "traces", "/api/projects/lab/saved")
    assert (status, problem["error"]) == (404, "NotFound")
    await api.write(span(1, 1))
    assert (await save(api, "all", "traces", "/api/projects/default/saved"))[0] == 200
    assert [each["name"] for each in (await api.get("/api/saved"))["data"]] == ["all"]
