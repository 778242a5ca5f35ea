"""GET /api/public/traces, /api/public/traces/{id}."""

from __future__ import annotations

import json

import pytest
from pydantic import TypeAdapter

from sidetrace.proto.span import Value
from sidetrace.query.observations import Observation
from sidetrace.query.traces import FullTrace, ListedTrace

from .conftest import Api, part, span, span_id, trace_id

TRACES = "/api/public/traces"

ROOT: dict[str, Value] = {
    "session.id": "chat",
    "user.id": "ann",
    "langfuse.trace.name": "answer",
    "langfuse.trace.tags": ["b", "a"],
    "langfuse.trace.metadata.tier": "gold",
    "langfuse.trace.public": True,
    "langfuse.release": "r1",
    "langfuse.version": "v1",
    "langfuse.environment": "prod",
    "langfuse.observation.input": '["hello"]',
    "langfuse.observation.output": "42",
}
GENERATION: dict[str, Value] = {
    "langfuse.observation.type": "generation",
    "langfuse.observation.usage_details": '{"input": 10, "output": 5, "total": 15}',
    "langfuse.observation.cost_details": '{"input": 0.1, "output": 0.2, "total": 0.3}',
}


async def one_trace(api: Api) -> None:
    await api.write(
        span(1, 1, ROOT, name="root", lasts=2),
        span(1, 2, GENERATION, parent=1, at=0.5),
        span(1, 3, parent=1, at=0.25, error="broken"),
    )


async def test_a_listed_trace_has_every_field(api: Api) -> None:
    await one_trace(api)
    (trace,) = (await api.get(TRACES))["data"]
    TypeAdapter(ListedTrace).validate_python(trace, strict=True)
    assert sorted(trace.pop("observations")) == [span_id(1), span_id(2), span_id(3)]
    assert trace == {
        "id": trace_id(1),
        "externalId": None,
        "timestamp": "2026-09-21T14:13:20.000Z",
        "endTimestamp": "2026-09-21T14:13:22.000Z",
        "name": "answer",
        "userId": "ann",
        "sessionId": "chat",
        "metadata": {"tier": "gold"},
        "release": "r1",
        "version": "v1",
        "projectId": "default",
        "environment": "prod",
        "public": True,
        "bookmarked": False,
        "tags": ["a", "b"],
        "input": ["hello"],
        "output": 42,
        "level": "ERROR",
        "createdAt": "2026-09-21T14:13:20.000Z",
        "updatedAt": "2026-09-21T14:13:22.000Z",
        "countObservations": 3,
        "errorCount": 1,
        "inputTokens": 10,
        "outputTokens": 5,
        "totalTokens": 15,
        "totalCost": 0.3,
        "latency": 2.0,
        "htmlPath": f"/project/default/traces/{trace_id(1)}",
        "scores": [],
    }


async def test_a_trace_holds_its_observations_by_start(api: Api) -> None:
    await one_trace(api)
    trace = await api.get(f"{TRACES}/{trace_id(1)}")
    TypeAdapter(FullTrace).validate_python(trace, strict=True)
    assert [each["id"] for each in trace["observations"]] == [span_id(1), span_id(3), span_id(2)]
    assert all(each.keys() == Observation.__annotations__.keys() for each in trace["observations"])
    assert trace["scores"] == []


async def test_an_unknown_trace_is_404_json(api: Api) -> None:
    assert (await api.get(f"{TRACES}/{trace_id(9)}", status=404))["error"] == "NotFound"


@pytest.mark.parametrize(
    ("fields", "left_out"),
    [
        ("core", {"io", "observations", "metrics"}),
        ("io", {"observations", "metrics"}),
        ("core, io ,nonsense", {"observations", "metrics"}),
        ("metrics,observations", {"io"}),
        ("core,io,scores,observations,metrics", set()),
        ("", set()),
    ],
)
async def test_fields_left_out_are_empty_but_there(api: Api, fields: str, left_out: set[str]) -> None:
    await one_trace(api)
    (whole,) = (await api.get(TRACES))["data"]
    (trace,) = (await api.get(TRACES, f"fields={part(fields)}"))["data"]
    if "io" in left_out:
        whole |= {"input": None, "output": None, "metadata": None}
    if "observations" in left_out:
        whole["observations"] = []
    if "metrics" in left_out:
        whole |= {"totalCost": -1, "latency": -1}
    assert trace == whole
    whole = await api.get(f"{TRACES}/{trace_id(1)}") | {key: whole[key] for key in ("input", "output", "metadata")}
    whole |= {key: trace[key] for key in ("totalCost", "latency")}
    whole["observations"] = [] if "observations" in left_out else whole["observations"]
    assert await api.get(f"{TRACES}/{trace_id(1)}", f"fields={part(fields)}") == whole


@pytest.fixture
async def many(api: Api) -> Api:
    await api.write(
        span(
            1, 1, {"langfuse.trace.name": "n1", "user.id": "u1", "session.id": "s1", "langfuse.trace.tags": ["a", "b"]}
        ),
        span(2, 1, {"langfuse.trace.name": "n2", "user.id": "u2", "langfuse.trace.tags": ["a"]}, at=1, lasts=5),
        span(
            3, 1, {"langfuse.trace.name": "n3", "langfuse.version": "v", "langfuse.trace.public": True}, at=2, error="x"
        ),
        span(
            4,
            1,
            {
                "langfuse.trace.name": "n4",
                "langfuse.release": "r",
                "langfuse.environment": "prod",
                "langfuse.trace.metadata.region": "eu",
                "langfuse.trace.metadata.size": 7,
                **GENERATION,
            },
            name="n4",
            at=3,
        ),
    )
    return api


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", "n4 n3 n2 n1"),
        ("userId=u1", "n1"),
        ("userId=", "n4 n3 n2 n1"),
        ("name=n2", "n2"),
        ("sessionId=s1", "n1"),
        ("version=v", "n3"),
        ("release=r", "n4"),
        ("tags=a", "n2 n1"),
        ("tags=a&tags=b", "n1"),
        ("environment=prod", "n4"),
        ("environment=prod&environment=default", "n4 n3 n2 n1"),
        ("fromTimestamp=2026-09-21T14:13:21Z", "n4 n3 n2"),
        ("toTimestamp=2026-09-21T14:13:21Z", "n1"),
        ("fromTimestamp=2026-09-21T14:13:21Z&toTimestamp=2026-09-21T16:13:22%2B02:00", "n2"),
        ("orderBy=timestamp.asc", "n1 n2 n3 n4"),
        ("orderBy=name.desc", "n4 n3 n2 n1"),
        ("orderBy=latency.desc&limit=1", "n2"),
        ("orderBy=public.desc&limit=1", "n3"),
        ("unknown=parameter", "n4 n3 n2 n1"),
    ],
)
async def test_simple_parameters_choose_and_order_traces(many: Api, query: str, names: str) -> None:
    assert [trace["name"] for trace in (await many.get(TRACES, query))["data"]] == names.split()


@pytest.mark.parametrize(
    ("item", "names"),
    [
        ({"type": "string", "column": "name", "operator": "contains", "value": "3"}, "n3"),
        ({"type": "string", "column": "name", "operator": "does not contain", "value": "3"}, "n4 n2 n1"),
        ({"type": "stringOptions", "column": "userId", "operator": "any of", "value": ["u1", "u2"]}, "n2 n1"),
        ({"type": "datetime", "column": "timestamp", "operator": ">", "value": "2026-09-21T14:13:21Z"}, "n4 n3"),
        ({"type": "number", "column": "latency", "operator": ">=", "value": 5}, "n2"),
        ({"type": "number", "column": "totalCost", "operator": ">", "value": 0.25}, "n4"),
        ({"type": "number", "column": "tokens", "operator": "=", "value": 15}, "n4"),
        ({"type": "number", "column": "tokens", "operator": "<", "value": 1e300}, "n4 n3 n2 n1"),
        ({"type": "number", "column": "tokens", "operator": "<", "value": 2**63}, "n4 n3 n2 n1"),
        ({"type": "boolean", "column": "public", "operator": "=", "value": True}, "n3"),
        ({"type": "boolean", "column": "public", "operator": "<>", "value": True}, "n4 n2 n1"),
        ({"type": "arrayOptions", "column": "tags", "operator": "none of", "value": ["b"]}, "n4 n3 n2"),
        ({"type": "null", "column": "userId", "operator": "is null", "value": ""}, "n4 n3"),
        ({"type": "stringOptions", "column": "level", "operator": "any of", "value": ["ERROR"]}, "n3"),
        ({"type": "stringObject", "column": "metadata", "operator": "=", "key": "region", "value": "eu"}, "n4"),
        ({"type": "numberObject", "column": "metadata", "operator": ">", "key": "size", "value": 6}, "n4"),
    ],
)
async def test_filter_items_choose_traces(many: Api, item: dict[str, object], names: str) -> None:
    listed = await many.get(TRACES, f"filter={part(json.dumps([item]))}")
    assert [trace["name"] for trace in listed["data"]] == names.split()


async def test_the_filter_overrides_the_simple_parameter_about_the_same_column(many: Api) -> None:
    wanted = part('[{"type": "string", "column": "userId", "operator": "=", "value": "u2"}]')
    assert await many.ids(TRACES, f"userId=u1&filter={wanted}") == [trace_id(2)]
    assert await many.ids(TRACES, f"userId=u1&name=n1&filter={wanted}") == []
