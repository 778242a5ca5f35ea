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


async def test_what_was_saved_is_asked_by_its_name(api: Api) -> None:
    await api.write(span(1, 1, lasts=9), span(2, 1, lasts=1))
    await save(api, "slow / \u00fc", "latency:>5")
    found = await api.get("/api/find", "saved=" + part("slow / \u00fc"))
    assert (found["understood"], len(found["data"])) == ("traces with latency > 5 s", 1)
    # the same letter, written as two characters; and the rows as of now
    await api.write(span(3, 1, lasts=8))
    found = await api.get("/api/find", f"saved={part('slow / u' + chr(0x308))}&limit=1")
    assert (found["meta"]["totalItems"], len(found["data"])) == (2, 1)
    problem = await api.get("/api/find", "saved=fast", status=400)
    assert problem["message"] == "saved: no query is saved as 'fast'; there are: 'slow / \u00fc'"
    problem = await api.get("/api/find", f"saved={part('slow / ü')}&q=traces", status=400)
    assert problem["message"] == "saved: takes the place of q; give one of them"
    problem = await api.get("/api/find", "saved=", status=400)
    assert problem["message"].startswith("q: ")


async def test_an_error_tells_of_so_many_names(api: Api) -> None:
    for number in range(23):
        await save(api, f"q{number:02}", "traces")
    problem = await api.get("/api/find", "saved=x", status=400)
    assert problem["message"].endswith("'q18', 'q19' and 3 more")


async def test_for_a_project_by_its_name(api: Api) -> None:
    status, problem = await save(api, "all", "traces", "/api/projects/lab/saved")
    assert (status, problem["error"]) == (404, "NotFound")
    for project in ("lab", "default"):
        status, problem = await send(api, "DELETE", f"/api/projects/{project}/saved?name=all")
        assert (status, problem["error"]) == (404, "NotFound")
    assert (await send(api, "DELETE", "/api/projects/lab/saved"))[0] == 400
    assert (await save(api, "all", "traces", "/api/projects/lab/saved"))[0] == 404, "a deletion makes no project"
    # before anything was received
    assert (await save(api, "all", "traces", "/api/projects/default/saved"))[0] == 200
    assert [each["name"] for each in (await api.get("/api/saved"))["data"]] == ["all"]
    name = part("a/../b&c")
    assert (await save(api, "a/../b&c", "traces"))[0] == 200
    assert (await send(api, "DELETE", f"/api/projects/default/saved?name={name}"))[0] == 200
    assert [each["name"] for each in (await api.get("/api/saved"))["data"]] == ["all"]
