"""Events in any order, in any batches, and sent again give the same answers."""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidetrace.api.app import add_api_routes
from sidetrace.config import Config
from sidetrace.storage.sqlite.store import SqliteStore

from .conftest import Api
from .writing import accept, event

ids = st.sampled_from(["a", "b", "c"])
traces = st.sampled_from(["t", "u"])
times = st.sampled_from([f"2026-11-18T08:26:4{second}.500Z" for second in range(5)])
words = st.sampled_from(["red", "green", "", None])
payloads = st.sampled_from(["text", {"a": 1}, [1, 2], 0, None])
objects = st.sampled_from([{"k": 1}, {"k": {"deep": 1}}, {"k": {"deeper": "x"}, "other": True}, "text", None])

trace_bodies = st.fixed_dictionaries(
    {"id": traces},
    optional={
        "name": words,
        "userId": words,
        "sessionId": words,
        "timestamp": times,
        "tags": st.lists(st.sampled_from(["x", "y", "z"]), max_size=2),
        "metadata": objects,
        "public": st.booleans(),
        "input": payloads,
        "output": payloads,
        "release": words,
    },
)
observation_bodies = st.fixed_dictionaries(
    {"id": ids, "traceId": traces},
    optional={
        "parentObservationId": st.sampled_from(["a", "b", "missing", None]),
        "name": words,
        "startTime": times,
        "endTime": times,
        "input": payloads,
        "output": payloads,
        "metadata": objects,
        "level": st.sampled_from(["ERROR", "WARNING", None]),
        "model": words,
        "usage": st.sampled_from([{"input": 3, "output": 4, "totalCost": 0.5}, {"promptTokens": 5}, None]),
        "usageDetails": st.sampled_from([{"input": 7}, None]),
    },
)
loose_bodies = st.fixed_dictionaries(
    {"id": ids}, optional={"name": words, "output": payloads, "metadata": objects, "level": st.sampled_from(["ERROR"])}
)
types = st.sampled_from(["span-create", "generation-create", "generation-update", "agent-create", "event-create"])
updates = st.sampled_from(["span-update", "generation-update"])
told = st.one_of(
    st.tuples(st.just("trace-create"), trace_bodies, times),
    st.tuples(types, observation_bodies, times),
    st.tuples(updates, loose_bodies, times),
)


async def _answers(batches: list[list[dict[str, Any]]]) -> Any:
    """Return what the API answers after batches of events."""
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore.open(Path(folder) / "events.db", synchronous="off")
        app = web.Application()
        add_api_routes(app, store, Config())
        async with TestClient(TestServer(app)) as client:
            api = Api(client, store)
            for batch in batches:
                await accept(api, *batch)
            listed = {
                kind: (await api.get(f"/api/public/{kind}", "limit=100"))["data"]
                for kind in ("traces", "observations", "sessions", "users")
            }
            whole = [await api.get(f"/api/public/traces/{trace['id']}") for trace in listed["traces"]]
        await asyncio.to_thread(store.close)
    return json.loads(
        json.dumps([sorted(rows, key=lambda row: (row["id"], str(row))) for rows in (*listed.values(), whole)])
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(told, min_size=1, max_size=10), st.randoms(use_true_random=False))
def test_any_order_batching_and_repetition_gives_the_same_answers(
    drawn: list[tuple[str, dict[str, Any], str]], chance: random.Random
) -> None:
    events = [event(type, body, f"e{n}", at) for n, (type, body, at) in enumerate(drawn)]
    shuffled = [*events, *chance.choices(events, k=chance.randrange(4))]
    chance.shuffle(shuffled)
    cuts = sorted(chance.randrange(len(shuffled) + 1) for _ in range(chance.randrange(5)))
    batches = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]

    async def both() -> tuple[Any, Any]:
        return await _answers([events]), await _answers(batches)

    at_once, in_pieces = asyncio.run(both())
    assert in_pieces == at_once
    placed = [(type, body) for type, body, _ in drawn if type == "trace-create" or "traceId" in body]
    assert {trace["id"] for trace in at_once[0]} == {body.get("traceId", body["id"]) for _, body in placed}
    assert {item["id"] for item in at_once[1]} == {body["id"] for type, body in placed if type != "trace-create"}
