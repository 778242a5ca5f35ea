"""GET /api/find: questions in plain English, how they were understood, and what they find."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import quote

import pytest

from sidetrace.query.fields import FIELDS
from sidetrace.query.filters import item_conditions
from sidetrace.storage.store import NewScore

from .conftest import NOON, Api, span, trace_id

DAY = 24 * 3600
AGO = (NOON - time.time_ns()) / 1e9
"""What `at` of a span adds to now, for spans that began lately."""


async def ask(api: Api, text: str, further: str = "&timezone=UTC", status: int = 200) -> Any:
    return await api.get("/api/find", f"q={quote(text)}{further}", status)


async def lately(api: Api) -> None:
    """Store a slow dear trace of yesterday's, and three quick ones of now, all of one session."""
    said: dict[str, Any] = {
        "user.id": "user_123", "session.id": "s", "langfuse.trace.tags": ["production"],
        "langfuse.observation.type": "generation", "langfuse.observation.model.name": "gpt-4o-2024-08-06",
        "langfuse.observation.cost_details": '{"total": 0.25}', "langfuse.observation.input": "a refund, please",
    }  # fmt: skip
    now = -AGO
    midnight = (time.time() // DAY) * DAY - time.time()
    quick = [span(n, n, {"session.id": "s"}, at=now - 60, lasts=1) for n in (2, 3, 4)]
    await api.write(span(1, 1, said, at=now + midnight - DAY / 2, lasts=7), *quick)
    score = NewScore("1", "relevance", "NUMERIC", NOON, value=0.3, trace_id=trace_id(1))
    await asyncio.wrap_future(api.store.put_scores("default", [score]))


@pytest.mark.parametrize(
    "question",
    [
        "show me traces with latency > 5s from yesterday",
        "find all traces by user_123 with cost > $0.10",
        "traces tagged 'production' with relevance score < 0.5",
        "user:user_123 cost:>0.10 -tag:staging",
        "traces using gpt-4o",
        "traces containing Refund or tagged staging",
        "the most expensive trace",
    ],
)
async def test_what_people_type_finds_the_trace(api: Api, question: str) -> None:
    await lately(api)
    found = await ask(api, question)
    assert found["view"] == "traces"
    assert [row["id"] for row in found["data"]] == [trace_id(1)]
    assert found["notUnderstood"] == []
    assert found["understood"].startswith("traces")


async def test_sessions_with_more_than_3_traces(api: Api) -> None:
    await lately(api)
    found = await ask(api, "sessions with more than 3 traces in the last 24 hours")
    assert (found["view"], [row["id"] for row in found["data"]]) == ("sessions", ["s"])
    fewer = await ask(api, "sessions with more than 4 traces")
    assert fewer["data"] == []


async def test_the_filter_of_an_answer_can_be_asked_by_itself(api: Api) -> None:
    await lately(api)
    found = await ask(api, "traces by user_123 or with latency < 2s, not tagged production")
    assert len(item_conditions("traces", found["filter"], FIELDS["traces"])) == 2
    assert {row["id"] for row in found["data"]} == {trace_id(2), trace_id(3), trace_id(4)}


async def test_what_is_not_understood_is_said(api: Api) -> None:
    await lately(api)
    found = await ask(api, "purple traces by user_123")
    assert found["notUnderstood"] == ["purple"]
    assert [row["id"] for row in found["data"]] == [trace_id(1)]


@pytest.mark.parametrize(
    ("question", "further", "problem"),
    [
        ("banana", "", "banana"),
        ("traces with cost > 5s", "", "5s"),
        ("traces on 31 February", "", "31 february"),
        ("foo:bar", "", "foo:bar"),
        ("", "", "q"),
        ("traces", "&timezone=Mars/Olympus", "Mars/Olympus"),
        ("traces", "&timezone=../../etc/passwd", "timezone"),
        ("traces", "&limit=0", "limit"),
        ("x" * 2001, "", "q"),
    ],
)
async def test_a_question_that_cannot_be_answered_is_400(api: Api, question: str, further: str, problem: str) -> None:
    answer = await ask(api, question, further, status=400)
    assert problem.lower() in answer["message"].lower()
