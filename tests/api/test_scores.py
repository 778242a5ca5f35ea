"""GET /api/public/scores, /v2/scores and /v3/scores, and each by id."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from sidetrace.query.scores import ListedScore
from sidetrace.query.scores_v3 import ScoreV3
from sidetrace.storage.store import NewScore

from .conftest import NOON, Api, part, span, span_id, trace_id

V1, V2, V3 = "/api/public/scores", "/api/public/v2/scores", "/api/public/v3/scores"
SECOND = 10**9
ONE, TWO, LOST = trace_id(1), trace_id(2), trace_id(9)

SCORES = [
    NewScore("num", "accuracy", "NUMERIC", NOON, 0.5, trace_id=ONE, comment="ok", metadata={"by": "judge", "n": 3}),
    NewScore("obs", "accuracy", "NUMERIC", NOON + SECOND, 1.0, trace_id=ONE, observation_id=span_id(1)),
    NewScore("cat", "tone", "CATEGORICAL", NOON + 2 * SECOND, 0, "good", trace_id=ONE, source="EVAL"),
    NewScore("bool", "correct", "BOOLEAN", NOON + 3 * SECOND, 1, "True", trace_id=TWO, environment="prod"),
    NewScore("text", "note", "TEXT", NOON + 4 * SECOND, None, "nice", trace_id=TWO, queue_id="q"),
    NewScore("fix", "output", "CORRECTION", NOON + 5 * SECOND, 0, "better", trace_id=TWO, config_id="c"),
    NewScore("ses", "happy", "BOOLEAN", NOON + 6 * SECOND, 0, "False", session_id="chat", source="ANNOTATION"),
    NewScore("lost", "accuracy", "NUMERIC", NOON + 7 * SECOND, -2.0, trace_id=LOST),
]


@pytest.fixture
async def scored(api: Api) -> Api:
    await api.write(
        span(1, 1, {"session.id": "chat", "user.id": "ann", "langfuse.trace.tags": ["a", "b"]}),
        span(2, 1, {"user.id": "bob", "langfuse.trace.tags": ["b"], "langfuse.environment": "prod"}, at=1),
    )
    await asyncio.wrap_future(api.store.put_scores("default", SCORES))
    foreign = NewScore("foreign", "accuracy", "NUMERIC", NOON, 0.5, trace_id=ONE)
    await asyncio.wrap_future(api.store.put_scores("other", [foreign]))
    return api


async def test_a_listed_score_has_every_field(scored: Api) -> None:
    for path in (V1, V2):
        (score,) = (await scored.get(path, "scoreIds=num"))["data"]
        TypeAdapter(ListedScore).validate_python(score, strict=True)
        posted = {score.pop("createdAt"), score.pop("updatedAt")}
        assert len(posted) == 1, "it was posted once"
        assert score == {
            "id": "num",
            "projectId": "default",
            "traceId": ONE,
            "sessionId": None,
            "observationId": None,
            "datasetRunId": None,
            "name": "accuracy",
            "value": 0.5,
            "stringValue": None,
            "dataType": "NUMERIC",
            "source": "API",
            "comment": "ok",
            "metadata": {"by": "judge", "n": 3},
            "timestamp": "2026-09-21T14:13:20.000Z",
            "authorUserId": None,
            "configId": None,
            "queueId": None,
            "environment": "default",
            "trace": {"userId": "ann", "tags": ["a", "b"], "environment": "default", "sessionId": "chat"},
        }


async def test_values_by_data_type_in_versions_1_and_2(scored: Api) -> None:
    said = {each["id"]: (each["value"], each["stringValue"]) for each in (await scored.get(V2))["data"]}
    assert said == {
        "num": (0.5, None), "obs": (1, None), "cat": (0, "good"), "bool": (1, "True"), "text": (None, "nice"),
        "fix": (0, "better"), "ses": (0, "False"), "lost": (-2, None),
    }  # fmt: skip


async def test_a_category_that_came_with_telemetry_has_a_value_too(scored: Api) -> None:
    await asyncio.wrap_future(scored.store.put_scores("default", [NewScore("e", "t", "CATEGORICAL", NOON, None, "x")]))
    assert (await scored.get(f"{V2}/e"))["value"] == 0


async def test_version_1_knows_neither_sessions_nor_corrections(scored: Api) -> None:
    assert await scored.ids(V1) == ["lost", "text", "bool", "cat", "obs", "num"]
    assert await scored.ids(V2) == ["lost", "ses", "fix", "text", "bool", "cat", "obs", "num"]
    for missing in ("ses", "fix"):
        assert (await scored.get(f"{V1}/{missing}", status=404))["error"] == "NotFound"
        assert (await scored.get(f"{V2}/{missing}"))["id"] == missing
    assert (await scored.get(f"{V1}/num"))["id"] == "num"


async def test_an_unknown_score_is_404(scored: Api) -> None:
    for missing in ("nothing", "foreign"):
        for path in (V1, V2):
            assert (await scored.get(f"{path}/{missing}", status=404))["error"] == "NotFound"


async def test_a_score_has_its_trace_where_there_is_one(scored: Api) -> None:
    traces = {each["id"]: each["trace"] for each in (await scored.get(V2))["data"] if "trace" in each}
    assert traces.keys() == {"num", "obs", "cat", "bool", "text", "fix"}
    assert traces["bool"] == {"userId": "bob", "tags": ["b"], "environment": "prod", "sessionId": None}
    assert all("trace" not in each for each in (await scored.get(V2, "fields=score"))["data"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("userId=ann", "cat obs num"),
        ("traceTags=b", "fix text bool cat obs num"),
        ("traceTags=a&traceTags=b&fields=score,trace", "cat obs num"),
        ("name=accuracy", "lost obs num"),
        ("fromTimestamp=2026-09-21T14:13:25Z", "lost ses fix"),
        ("toTimestamp=2026-09-21T14:13:21Z", "num"),
        ("environment=prod", "bool"),
        ("environment=prod&environment=default", "lost ses fix text bool cat obs num"),
        ("source=EVAL", "cat"),
        ("operator=%3E%3D&value=0.5&dataType=NUMERIC", "obs num"),
        ("operator=!%3D&value=0.5&name=accuracy", "lost obs"),
        ("operator=%3C&value=0", "lost"),
        ("operator=%3D&value=1e0", "bool obs"),
        ("scoreIds=num,%20text,,none", "text num"),
        ("configId=c", "fix"),
        ("queueId=q", "text"),
        ("sessionId=chat", "ses"),
        (f"traceId={TWO}", "fix text bool"),
        (f"traceId={ONE}&observationId={span_id(1)},x", "obs"),
        ("dataType=BOOLEAN", "ses bool"),
        ("datasetRunId=x", ""),
        ("limit=3&page=2", "text bool cat"),
        ("userId=&name=", "lost ses fix text bool cat obs num"),
        ("unknown=ignored&limit=1", "lost"),
    ],
)
async def test_parameters_of_version_2(scored: Api, query: str, found: str) -> None:
    assert await scored.ids(V2, query) == found.split()


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ({"type": "stringObject", "column": "metadata", "key": "by", "operator": "=", "value": "judge"}, "num"),
        ({"type": "stringObject", "column": "metadata", "key": "n", "operator": "is set", "value": ""}, "num"),
        ({"type": "number", "column": "value", "operator": "<", "value": 0}, "lost"),
        ({"type": "stringOptions", "column": "dataType", "operator": "any of", "value": ["TEXT"]}, "text"),
        ({"type": "arrayOptions", "column": "traceTags", "operator": "all of", "value": ["a"]}, "cat obs num"),
        ({"type": "string", "column": "comment", "operator": "contains", "value": "OK"}, "num"),
        ({"type": "null", "column": "sessionId", "operator": "is not null", "value": ""}, "ses"),
    ],
)
async def test_filter_items_of_version_2(scored: Api, item: dict[str, Any], found: str) -> None:
    assert await scored.ids(V2, f"filter={part(json.dumps([item]))}") == found.split()


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=101", "limit"),
        ("limit=0", "limit"),
        ("page=0", "page"),
        ("source=ME", "source"),
        ("dataType=NUMBER", "dataType"),
        ("operator=like&value=1", "operator"),
        ("operator=%3D", "value"),
        ("value=1", "operator"),
        ("value=nan&operator=%3D", "value"),
        ("fromTimestamp=noon", "fromTimestamp"),
        ("fields=trace", "fields"),
        ("fields=score,everything", "fields"),
        ("fields=score&userId=ann", "fields"),
        ("fields=score&traceTags=a", "fields"),
        ("filter=%5B%7B%7D%5D", "filter"),
    ],
)
@pytest.mark.parametrize("path", [V1, V2])
async def test_what_versions_1_and_2_cannot_use_is_named(scored: Api, path: str, query: str, named: str) -> None:
    assert (await scored.get(path, query, status=400))["message"].startswith(f"{named}: ")


async def test_a_score_of_version_3(scored: Api) -> None:
    (score,) = (await scored.get(V3, "id=num&fields=details,subject,annotation"))["data"]
    TypeAdapter(ScoreV3).validate_python(score, strict=True)
    del score["createdAt"], score["updatedAt"]
    assert score == {
        "id": "num",
        "projectId": "default",
        "name": "accuracy",
        "value": 0.5,
        "dataType": "NUMERIC",
        "source": "API",
        "timestamp": "2026-09-21T14:13:20.000Z",
        "environment": "default",
        "comment": "ok",
        "configId": None,
        "metadata": {"by": "judge", "n": 3},
        "subject": {"kind": "trace", "id": ONE},
        "authorUserId": None,
        "queueId": None,
    }
    core = {
        "id", "projectId", "name", "value", "dataType", "source", "timestamp", "environment", "createdAt", "updatedAt",
    }  # fmt: skip
    answer = await scored.get(V3)
    assert answer["meta"] == {"limit": 50}
    assert all(each.keys() == core for each in answer["data"])


async def test_values_and_subjects_of_version_3(scored: Api) -> None:
    answer = await scored.get(V3, "fields=subject")
    assert {each["id"]: (each["value"], each["subject"]) for each in answer["data"]} == {
        "num": (0.5, {"kind": "trace", "id": ONE}),
        "obs": (1, {"kind": "observation", "id": span_id(1), "traceId": ONE}),
        "cat": ("good", {"kind": "trace", "id": ONE}),
        "bool": (True, {"kind": "trace", "id": TWO}),
        "text": ("nice", {"kind": "trace", "id": TWO}),
        "fix": ("better", {"kind": "trace", "id": TWO}),
        "ses": (False, {"kind": "session", "id": "chat"}),
        "lost": (-2, {"kind": "trace", "id": LOST}),
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("id=num,obs,none", "obs num"),
        ("name=tone,%20note", "text cat"),
        ("source=eval,annotation", "ses cat"),
        ("dataType=boolean,Text", "ses text bool"),
        ("environment=prod", "bool"),
        ("configId=c", "fix"),
        ("queueId=q,r", "text"),
        ("authorUserId=me", ""),
        ("experimentId=x", ""),
        ("value=0.5,-2.0&dataType=NUMERIC", "lost num"),
        ("value=true&dataType=boolean", "bool"),
        ("value=true,false&dataType=BOOLEAN", "ses bool"),
        ("value=good,bad&dataType=CATEGORICAL", "cat"),
        ("valueMin=0.5&dataType=NUMERIC", "obs num"),
        ("valueMin=0.5&valueMax=0.5&dataType=NUMERIC", "num"),
        ("valueMax=-2&dataType=numeric", "lost"),
        (f"traceId={ONE},{LOST}", "lost cat obs num"),
        (f"traceId={ONE}&observationId={span_id(1)}", "obs"),
        ("sessionId=chat", "ses"),
        ("fromTimestamp=2026-09-21T14:13:21Z&toTimestamp=2026-09-21T14:13:23Z", "cat obs"),
        ("name=", "lost ses fix text bool cat obs num"),
    ],
)
async def test_parameters_of_version_3(scored: Api, query: str, found: str) -> None:
    assert await scored.ids(V3, query) == found.split()


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=101", "limit"),
        ("limit=0", "limit"),
        ("page=1", "page"),
        ("userId=ann", "userId"),
        ("filter=%5B%5D", "filter"),
        ("fields=comment", "fields"),
        ("source=ME", "source"),
        ("dataType=NUMBER", "dataType"),
        ("value=1", "value"),
        ("value=1&dataType=NUMERIC,BOOLEAN", "value"),
        ("value=nice&dataType=TEXT", "value"),
        ("value=one&dataType=NUMERIC", "value"),
        ("value=inf&dataType=NUMERIC", "value"),
        ("value=1&dataType=BOOLEAN", "value"),
        ("valueMin=1", "valueMin"),
        ("valueMin=x&dataType=NUMERIC", "valueMin"),
        ("valueMin=inf&dataType=NUMERIC", "valueMin"),
        ("valueMax=1&dataType=BOOLEAN", "valueMax"),
        ("valueMin=2&valueMax=1&dataType=NUMERIC", "valueMin"),
        ("traceId=a&sessionId=b", "sessionId"),
        ("traceId=a&experimentId=b", "experimentId"),
        ("sessionId=a&experimentId=b", "experimentId"),
        ("observationId=a", "observationId"),
        ("observationId=a&sessionId=b", "observationId"),
        ("fromTimestamp=2026-09-22&toTimestamp=2026-09-21", "fromTimestamp"),
        ("cursor=nonsense", "cursor"),
        ("cursor=e30", "cursor"),
        ("cursor=%FF", "cursor"),
        ("name=a&name=b", "name"),
    ],
)
async def test_what_version_3_cannot_use_is_named(scored: Api, query: str, named: str) -> None:
    assert (await scored.get(V3, query, status=400))["message"].startswith(f"{named}: ")


async def test_a_cursor_leads_through_all_scores_while_others_arrive(api: Api) -> None:
    def score(name: str, at: int) -> NewScore:
        return NewScore(name, "n", "NUMERIC", NOON + at, 1.0, trace_id=ONE)

    # four in one nanosecond, and neighbours that only nanoseconds tell apart
    posted = [score(f"s{number}", number // 4) for number in range(12)]
    await asyncio.wrap_future(api.store.put_scores("default", posted))
    seen: list[str] = []
    cursor = ""
    while True:
        answer = await api.get(V3, f"limit=5&cursor={part(cursor)}")
        seen += [each["id"] for each in answer["data"]]
        newer = score(f"new{len(seen)}", SECOND)
        await asyncio.wrap_future(api.store.put_scores("default", [newer]))
        if "cursor" not in answer["meta"]:
            break
        cursor = answer["meta"]["cursor"]
        assert part(cursor) == cursor, "it goes into a URL as it is"
    assert seen == [each.id for each in sorted(posted, key=lambda each: (each.timestamp_ns, each.id), reverse=True)]


async def test_traces_and_sessions_carry_their_scores(scored: Api) -> None:
    trace = await scored.get(f"/api/public/traces/{TWO}")
    assert [each["id"] for each in trace["scores"]] == ["bool", "text"], "clients of version 1 know no corrections"
    assert (trace["scores"][0]["environment"], trace["scores"][1]["queueId"]) == ("prod", "q")
    (listed,) = (await scored.get("/api/public/traces", "userId=ann"))["data"]
    assert listed["scores"] == ["num", "obs", "cat"]
    session = await scored.get("/api/public/sessions/chat")
    assert [each["id"] for each in session["scores"]] == ["ses"], "those of its traces are the traces'"
    (session,) = (await scored.get("/api/public/sessions"))["data"]
    assert [(each["id"], each["source"]) for each in session["scores"]] == [("ses", "ANNOTATION")]
