"""Filter items and marks through the endpoints of traces, sessions, users and observations."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from sidetrace.proto.span import Value
from sidetrace.storage.store import NewScore

from .conftest import NOON, Api, part, span, span_id, trace_id

ONE, TWO = trace_id(1), trace_id(2)


def generation(cost: float) -> dict[str, Value]:
    return {
        "langfuse.observation.type": "generation",
        "langfuse.observation.cost_details": json.dumps({"input": cost, "output": 2 * cost}),
    }


@pytest.fixture
async def scored(api: Api) -> Api:
    await api.write(
        span(1, 1, {"session.id": "chat", "user.id": "ann", "langfuse.trace.metadata.region": "eu"}),
        span(1, 2, generation(0.25), parent=1),
        span(2, 3, {"session.id": "talk", "user.id": "bob", **generation(0.5)}, at=1, error="broken"),
    )
    posted = [
        NewScore("1", "accuracy", "NUMERIC", NOON, 0.5, trace_id=ONE),
        NewScore("2", "accuracy", "NUMERIC", NOON, 1.0, trace_id=ONE, observation_id=span_id(2)),
        NewScore("3", "tone", "CATEGORICAL", NOON, 0, "good", trace_id=TWO),
        NewScore("4", "happy", "BOOLEAN", NOON, 1, "True", session_id="chat"),
        NewScore("5", "accuracy", "NUMERIC", NOON, 0.25, session_id="talk"),
    ]
    await asyncio.wrap_future(api.store.put_scores("default", posted))
    await asyncio.wrap_future(api.store.put_mark("default", "session", "talk", bookmarked=True, public=True))
    await asyncio.wrap_future(api.store.put_mark("default", "trace", ONE, bookmarked=True, public=True))
    return api


def item(type: str, column: str, operator: str, value: Any, **more: str) -> dict[str, Any]:
    return {"type": type, "column": column, "operator": operator, "value": value, **more}


@pytest.mark.parametrize(
    ("noun", "given", "found"),
    [
        ("traces", item("numberObject", "scores_avg", "=", 0.75, key="accuracy"), [ONE]),
        ("traces", item("numberObject", "scores", ">", 0, key="accuracy"), [ONE]),
        ("traces", item("categoryOptions", "score_categories", "any of", ["good"], key="tone"), [TWO]),
        ("traces", item("categoryOptions", "score_categories", "none of", ["good"], key="tone"), [ONE]),
        ("traces", item("booleanObject", "score_booleans", "<>", True, key="happy"), [TWO, ONE]),
        ("traces", item("number", "inputCost", "=", 0.5), [TWO]),
        ("traces", item("number", "outputCost", "<", 1), [ONE]),
        ("traces", item("number", "defaultCount", "=", 2), [ONE]),
        ("traces", item("number", "errorCount", ">", 0), [TWO]),
        ("traces", item("boolean", "bookmarked", "=", True), [ONE]),
        ("traces", item("boolean", "public", "=", True), [ONE]),
        ("traces", item("stringObject", "metadata", "is set", "", key="region"), [ONE]),
        ("sessions", item("booleanObject", "score_booleans", "=", True, key="happy"), ["chat"]),
        ("sessions", item("numberObject", "scores_avg", "<", 1, key="accuracy"), ["talk"]),
        ("sessions", item("number", "inputCost", ">=", 0.5), ["talk"]),
        ("sessions", item("boolean", "bookmarked", "=", False), ["chat"]),
        ("sessions", item("arrayOptions", "userIds", "any of", ["ann", "cy"]), ["chat"]),
        ("sessions", item("number", "sessionDuration", "<=", 1), ["talk", "chat"]),
        ("sessions", item("number", "commentCount", "=", 0), ["talk", "chat"]),
        ("sessions", item("null", "commentContent", "is not null", ""), []),
        ("users", item("number", "outputCost", "=", 0.5), ["ann"]),
        ("users", item("string", "userId", "=", "bob"), ["bob"]),
        ("observations", item("numberObject", "scores_avg", ">", 0, key="accuracy"), [span_id(2)]),
        ("observations", item("boolean", "isRootObservation", "=", True), [span_id(3), span_id(1)]),
        ("observations", item("boolean", "bookmarked", "=", True), [span_id(2), span_id(1)]),
    ],
)
async def test_filter_items(scored: Api, noun: str, given: dict[str, Any], found: list[str]) -> None:
    answer = await scored.get(f"/api/public/{noun}", f"filter={part(json.dumps([given]))}")
    assert sorted(one["id"] for one in answer["data"]) == sorted(found)
    assert answer["meta"]["totalItems"] == len(found)


@pytest.mark.parametrize("noun", ["traces", "sessions", "users", "observations", "v2/observations", "v2/scores"])
@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (item("string", "nothing", "=", "x"), "item 2: "),
        (item("number", "id", "=", 1), "item 2: column 'id' takes type"),
        (item("string", "id", "like", "x"), "item 2: string takes"),
        (item("string", "id", "=", 1), "item 2: value must be a text"),
        (item("stringObject", "metadata", "=", "x"), "item 2: key must be a text"),
        (item("stringObject", "metadata", "=", 1, key="k"), "item 2: value must be a text"),
        (item("text", "id", "=", "x"), "item 2: unknown type 'text'"),
        (item("string", "metadata.a\0b", "=", "x"), ""),
        (item("stringObject", "metadata", "=", "x", key="a\0b"), ""),
        (item("positionInTrace", "id", "=", "x"), "item 2: type 'positionInTrace' is for Langfuse's pages alone"),
    ],
)
async def test_an_item_that_cannot_be_used_is_named(
    scored: Api, noun: str, given: dict[str, Any], problem: str
) -> None:
    items = part(json.dumps([item("string", "id", "=", "x"), given]))
    message = (await scored.get(f"/api/public/{noun}", f"filter={items}", status=400))["message"]
    assert message.startswith(f"filter: {problem}") or "NUL" in message, message


async def test_marks_are_read_back(scored: Api) -> None:
    said = {one["id"]: (one["bookmarked"], one["public"]) for one in (await scored.get("/api/public/traces"))["data"]}
    assert said == {ONE: (True, True), TWO: (False, False)}
    said = {one["id"]: (one["bookmarked"], one["public"]) for one in (await scored.get("/api/public/sessions"))["data"]}
    assert said == {"chat": (False, False), "talk": (True, True)}
    session = await scored.get("/api/public/sessions/talk")
    assert (session["bookmarked"], session["public"], session["traces"][0]["public"]) == (True, True, False)
    (one, _) = (await scored.get("/api/public/v2/observations", f"traceId={ONE}"))["data"]
    assert (one["bookmarked"], one["public"]) == (True, True)


async def test_traces_are_ordered_by_what_langfuse_orders_by(scored: Api) -> None:
    fields = ("id", "timestamp", "name", "userId", "release", "version", "public", "bookmarked", "sessionId")
    for field in fields:
        ascending = await scored.ids("/api/public/traces", f"orderBy={field}.asc")
        descending = await scored.ids("/api/public/traces", f"orderBy={field}.desc")
        assert ascending == descending[::-1], field
    assert await scored.ids("/api/public/traces", "orderBy=bookmarked.desc") == [ONE, TWO]
    assert await scored.ids("/api/public/sessions", "orderBy=inputCost.desc") == ["talk", "chat"]
