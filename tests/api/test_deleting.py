"""DELETE /api/public/traces and /api/public/traces/{id}."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sidetrace.storage.store import NewScore

from .conftest import NOON, Api, span, span_id, trace_id

TRACES = "/api/public/traces"


@pytest.fixture
async def stored(api: Api) -> Api:
    await api.write(
        span(1, 1, {"session.id": "chat", "user.id": "ann"}),
        span(2, 2, {"session.id": "chat", "user.id": "bob"}, at=1),
        span(3, 3, {"session.id": "other", "user.id": "ann"}, at=2),
    )
    score = NewScore("s", "n", "NUMERIC", NOON, 1.0, trace_id=trace_id(1))
    await asyncio.wrap_future(api.store.put_scores("default", [score]))
    return api


async def delete(api: Api, path: str, body: Any = None, status: int = 200) -> Any:
    async with api.client.delete(path, json=body) as response:
        answer = await response.json()
        assert response.status == status, answer
        return answer


async def test_a_deleted_trace_is_gone_from_everywhere(stored: Api) -> None:
    assert (await delete(stored, f"{TRACES}/{trace_id(1)}"))["message"] == "Trace deleted successfully"
    assert await stored.ids(TRACES) == [trace_id(3), trace_id(2)]
    await stored.get(f"{TRACES}/{trace_id(1)}", status=404)
    await stored.get(f"/api/public/observations/{span_id(1)}", status=404)
    assert await stored.ids("/api/public/v2/observations") == [span_id(3), span_id(2)]
    assert await stored.ids("/api/public/v2/scores") == []
    session = await stored.get("/api/public/sessions/chat")
    assert (session["countTraces"], session["userIds"], [each["id"] for each in session["traces"]]) == (
        1, ["bob"], [trace_id(2)],
    )  # fmt: skip
    assert (await stored.get("/api/public/users/ann"))["sessionIds"] == ["other"]


async def test_several_traces_go_at_once_and_unknown_ids_are_none(stored: Api) -> None:
    ids = [trace_id(1), trace_id(2), trace_id(9), trace_id(1)]
    assert (await delete(stored, TRACES, {"traceIds": ids}))["message"] == "Traces deleted successfully"
    assert await stored.ids(TRACES) == [trace_id(3)]
    assert await stored.ids("/api/public/sessions") == ["other"]
    await stored.get("/api/public/sessions/chat", status=404)
    await stored.get("/api/public/users/bob", status=404)


async def test_an_unknown_trace_is_404(stored: Api) -> None:
    assert (await delete(stored, f"{TRACES}/{trace_id(9)}", status=404))["error"] == "NotFound"
    assert len(await stored.ids(TRACES)) == 3


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "traceIds"),
        ({"traceIds": []}, "traceIds"),
        ({"traceIds": "a"}, "traceIds"),
        ({"traceIds": ["a", 1]}, "traceIds.1"),
        ({"traceIds": [f"{n}" for n in range(1001)]}, "traceIds"),
        ([], "body"),
    ],
)
async def test_a_body_that_cannot_be_used_is_named(stored: Api, body: Any, named: str) -> None:
    assert (await delete(stored, TRACES, body, status=400))["message"].startswith(f"{named}: ")
    assert len(await stored.ids(TRACES)) == 3
