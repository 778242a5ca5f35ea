"""GET /api/public/v2/observations."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from sidetrace.proto.span import Value
from sidetrace.query.observations_v2 import GROUPS, ObservationV2

from .conftest import NOON, Api, part, span, span_id, trace_id

V2 = "/api/public/v2/observations"
LONG = "x" * 300

ROOT: dict[str, Value] = {
    "session.id": "chat", "user.id": "ann", "langfuse.trace.name": "answer", "langfuse.trace.tags": ["b", "a"],
    "langfuse.trace.public": True, "langfuse.release": "r1", "langfuse.version": "v1", "langfuse.environment": "prod",
}  # fmt: skip
GENERATION: dict[str, Value] = {
    "langfuse.observation.type": "generation",
    "langfuse.observation.input": '[{"role": "user"}]',
    "langfuse.observation.output": "Hello World",
    "langfuse.observation.model.name": "gpt-4o",
    "langfuse.observation.model.parameters": '{"temperature": 0.5}',
    "langfuse.observation.usage_details": '{"input": 10, "output": 5, "total": 15}',
    "langfuse.observation.cost_details": '{"input": 0.125, "output": 0.25, "total": 0.375}',
    "langfuse.observation.completion_start_time": "2026-09-21T14:13:20.750Z",
    "langfuse.observation.prompt.name": "greet",
    "langfuse.observation.prompt.version": 3,
    "langfuse.observation.metadata.long": LONG,
    "langfuse.observation.metadata.list": json.dumps(list(range(200))),
    "langfuse.observation.metadata.short": "eu",
}


@pytest.fixture
async def traced(api: Api) -> Api:
    await api.write(
        span(1, 1, ROOT, name="root", lasts=2),
        span(1, 2, GENERATION, parent=1, name="call", at=0.5),
        span(2, 3, {"langfuse.observation.level": "WARNING"}, name="alone", at=1),
        span(3, 5, {"langfuse.internal.is_app_root": True}, parent=99, name="app", at=2),
        span(3, 6, {"langfuse.internal.is_app_root": True}, parent=5, name="inner app", at=3),
        span(3, 7, parent=5, name="child", at=4, error="broken"),
    )
    return api


CORE: dict[str, Any] = {
    "id": span_id(2),
    "traceId": trace_id(1),
    "startTime": "2026-09-21T14:13:20.500Z",
    "endTime": "2026-09-21T14:13:21.500Z",
    "projectId": "default",
    "parentObservationId": span_id(1),
    "type": "GENERATION",
    "modelId": None,
    "inputPrice": None,
    "outputPrice": None,
    "totalPrice": None,
}
FIELDS: dict[str, dict[str, Any]] = {
    "core": {},
    "basic": {
        "name": "call", "level": "DEFAULT", "statusMessage": None, "version": "v1", "environment": "prod",
        "bookmarked": False, "public": True, "userId": "ann", "sessionId": "chat", "isRootObservation": False,
    },
    "time": {
        "completionStartTime": "2026-09-21T14:13:20.750Z", "createdAt": "2026-09-21T14:13:20.500Z",
        "updatedAt": "2026-09-21T14:13:21.500Z",
    },
    "io": {"input": '[{"role": "user"}]', "output": "Hello World"},
    "metadata": {
        "metadata": {
            "long": LONG[:200], "list": json.dumps(list(range(200)), separators=(",", ":"))[:200], "short": "eu",
        },
    },
    "model": {
        "model": "gpt-4o", "providedModelName": "gpt-4o", "internalModelId": None,
        "modelParameters": {"temperature": 0.5},
    },
    "usage": {
        "usageDetails": {"input": 10, "output": 5, "total": 15},
        "costDetails": {"input": 0.125, "output": 0.25, "total": 0.375}, "totalCost": 0.375,
        "usagePricingTierName": None,
    },
    "prompt": {"promptId": None, "promptName": "greet", "promptVersion": 3},
    "metrics": {"latency": 1.0, "timeToFirstToken": 0.25},
    "trace_context": {"tags": ["a", "b"], "release": "r1", "traceName": "answer"},
}  # fmt: skip


@pytest.mark.parametrize("group", GROUPS)
async def test_a_group_brings_its_fields_beside_the_core(traced: Api, group: str) -> None:
    (one,) = (await traced.get(V2, f"name=call&fields={group}"))["data"]
    TypeAdapter(ObservationV2).validate_python(one, strict=True)
    assert one == {**CORE, **FIELDS[group]}


async def test_groups_go_together_and_basic_comes_unasked(traced: Api) -> None:
    (one,) = (await traced.get(V2, "name=call"))["data"]
    assert one == {**CORE, **FIELDS["basic"]}
    (one,) = (await traced.get(V2, "name=call&fields=io,%20usage,nonsense"))["data"]
    assert one == {**CORE, **FIELDS["io"], **FIELDS["usage"]}
    (one,) = (await traced.get(V2, "name=call&fields=nonsense"))["data"]
    assert one == CORE


async def test_metadata_comes_whole_where_it_is_asked_for(traced: Api) -> None:
    (one,) = (await traced.get(V2, "name=call&fields=metadata&expandMetadata=long,%20nothing"))["data"]
    assert one["metadata"]["long"] == LONG
    assert len(one["metadata"]["list"]) == 200
    (one,) = (await traced.get(V2, "name=call&fields=metadata&expandMetadata=list"))["data"]
    assert one["metadata"]["list"] == list(range(200))


def filter_by(type: str, column: str, operator: str, value: object, **more: str) -> str:
    items = [{"type": type, "column": column, "operator": operator, "value": value, **more}]
    return f"filter={part(json.dumps(items))}"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", "child,inner app,app,alone,call,root"),
        ("userId=ann", "call,root"),
        ("sessionId=chat", "call,root"),
        ("type=GENERATION", "call"),
        (f"traceId={trace_id(3)}", "child,inner app,app"),
        ("level=ERROR", "child"),
        (f"parentObservationId={span_id(5)}", "child,inner app"),
        ("parentObservationId=", "alone,root"),
        ("isRootObservation=true", "inner app,app,alone,root"),
        ("isRootObservation=false", "child,call"),
        ("environment=prod", "call,root"),
        ("fromStartTime=2026-09-21T14:13:22Z", "child,inner app,app"),
        ("toStartTime=2026-09-21T14:13:20.500Z", "root"),
        ("version=v1", "call,root"),
        ("parseIoAsJson=false&name=app", "app"),
        (filter_by("string", "output", "matches", "hello w"), "call"),
        (filter_by("string", "input", "=", '[{"role": "user"}]'), "call"),
        (filter_by("stringObject", "metadata", "matches", "eu", key="short"), "call"),
        (filter_by("stringObject", "metadata", "matches", "EU", key="short"), ""),
        (filter_by("stringObject", "metadata", "is set", "", key="long"), "call"),
        (filter_by("number", "timeToFirstToken", "=", 0.25), "call"),
        (filter_by("number", "tokensPerSecond", ">=", 5), "call"),
        (filter_by("number", "promptVersion", "=", 3), "call"),
        (filter_by("string", "promptVersion", "=", "3"), "call"),
        (filter_by("arrayOptions", "traceTags", "any of", ["a"]), "call,root"),
        (filter_by("boolean", "isRootObservation", "<>", True), "child,call"),
        ("name=call&" + filter_by("string", "name", "=", "app"), "app"),
    ],
)
async def test_parameters(traced: Api, query: str, names: str) -> None:
    answer = await traced.get(V2, query)
    assert [one["name"] for one in answer["data"]] == (names.split(",") if names else [])
    assert answer["meta"] == {}


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("parseIoAsJson=true", "parseIoAsJson"),
        ("isRootObservation=perhaps", "isRootObservation"),
        ("type=LLM", "type"),
        ("level=FATAL", "level"),
        ("fromStartTime=x", "fromStartTime"),
        ("cursor=abc", "cursor"),
        ("cursor=eyJsYXN0SWQiOiAieCJ9", "cursor"),
        (filter_by("string", "output", "contains", "hello"), "filter"),
        (filter_by("string", "name", "matches", "?!"), "filter"),
        (filter_by("positionInTrace", "name", "=", "1"), "filter"),
    ],
)
async def test_what_cannot_be_used_is_named(traced: Api, query: str, named: str) -> None:
    assert (await traced.get(V2, query, status=400))["message"].startswith(f"{named}: ")


async def test_a_cursor_leads_through_all_observations_while_spans_arrive(api: Api) -> None:
    # several of one nanosecond in several traces, and neighbours a nanosecond apart
    spans = [span(1 + number % 3, number, name=f"n{number}") for number in range(1, 25)]
    for number, one in enumerate(spans):
        one.start_ns = NOON + number // 6
    await api.write(*spans)
    seen: list[str] = []
    cursor, number = "", 0
    while True:
        answer = await api.get(V2, f"limit=5&cursor={part(cursor)}")
        seen += [one["name"] for one in answer["data"]]
        number += 1
        await api.write(span(1, 100 + number, name="late", at=number))
        if "cursor" not in answer["meta"]:
            break
        cursor = answer["meta"]["cursor"]
    ordered = sorted(spans, key=lambda one: (one.start_ns, one.trace_id, one.span_id), reverse=True)
    assert seen == [one.name for one in ordered]


async def test_the_root_of_a_trace_is_one_though_its_parent_is_unknown(api: Api) -> None:
    await api.write(span(1, 1, parent=99, name="top"), span(1, 2, parent=1, name="below", at=1))
    said = {one["name"]: one["isRootObservation"] for one in (await api.get(V2))["data"]}
    assert said == {"top": True, "below": False}
    assert await api.ids(V2, "isRootObservation=true") == [span_id(1)]
    assert await api.ids(V2, "parentObservationId=") == []


async def test_no_limit_is_no_page(traced: Api) -> None:
    assert await traced.get(V2, "limit=0") == {"data": [], "meta": {}}


async def test_usage_comes_with_its_total(api: Api) -> None:
    said: dict[str, Value] = {
        "langfuse.observation.type": "generation",
        "langfuse.observation.usage_details": '{"input": 40, "output": 10}',
        "langfuse.observation.cost_details": '{"input": 0.25}',
    }
    await api.write(span(1, 1, said))
    (one,) = (await api.get(V2, "fields=usage"))["data"]
    assert one["usageDetails"] == {"input": 40, "output": 10, "total": 50}
    assert one["costDetails"] == {"input": 0.25, "total": 0.25}
