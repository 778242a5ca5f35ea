"""GET /api/public/observations, /api/public/observations/{id}."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from sidetrace.proto.span import Value
from sidetrace.query.observations import Observation

from .conftest import Api, part, span, span_id, trace_id

OBSERVATIONS = "/api/public/observations"
ROOT: dict[str, Value] = {
    "session.id": "s",
    "user.id": "u",
    "langfuse.trace.name": "t",
    "langfuse.version": "v1",
    "langfuse.environment": "staging",
}
MODEL = '[{"type": "string", "column": "model", "operator": "=", "value": "some-model"}]'


@pytest.fixture
async def stored(api: Api) -> Api:
    await api.write(
        span(1, 1, ROOT, name="root", lasts=3),
        span(
            1,
            2,
            {
                "langfuse.observation.type": "generation",
                "langfuse.observation.model.name": "some-model",
                "langfuse.observation.model.parameters": '{"temperature": 0.5}',
                "langfuse.observation.completion_start_time": '"2026-09-21T14:13:21.250Z"',
                "langfuse.observation.usage_details": '{"input": 10, "output": 5, "total": 15}',
                "langfuse.observation.cost_details": '{"input": 0.1, "output": 0.2, "total": 0.3}',
                "langfuse.observation.prompt.name": "greeting",
                "langfuse.observation.prompt.version": 3,
                "langfuse.observation.metadata.k": "v",
                "langfuse.observation.input": '[{"role": "user"}]',
                "langfuse.observation.output": "hi",
                "langfuse.version": "v2",
                "langfuse.environment": "prod",
            },
            parent=1,
            name="call",
            at=1,
        ),
        span(2, 3, {"langfuse.observation.type": "tool"}, name="tool", at=2, error="broken"),
    )
    return api


async def test_an_observation_has_every_field_of_langfuses_version_1(stored: Api) -> None:
    observation = await stored.get(f"{OBSERVATIONS}/{span_id(2)}")
    TypeAdapter(Observation).validate_python(observation, strict=True)
    nothing = {
        "promptId", "usagePricingTierName", "usagePricingTierId", "modelId", "inputPrice", "outputPrice", "totalPrice",
        "statusMessage",
    }  # fmt: skip
    assert observation == {
        "id": span_id(2),
        "projectId": "default",
        "traceId": trace_id(1),
        "parentObservationId": span_id(1),
        "name": "call",
        "type": "GENERATION",
        "environment": "prod",
        "startTime": "2026-09-21T14:13:21.000Z",
        "endTime": "2026-09-21T14:13:22.000Z",
        "version": "v2",
        "createdAt": "2026-09-21T14:13:21.000Z",
        "updatedAt": "2026-09-21T14:13:22.000Z",
        "input": [{"role": "user"}],
        "output": "hi",
        "metadata": {"k": "v"},
        "level": "DEFAULT",
        "model": "some-model",
        "modelParameters": {"temperature": 0.5},
        "completionStartTime": "2026-09-21T14:13:21.250Z",
        "promptName": "greeting",
        "promptVersion": 3,
        "usageDetails": {"input": 10, "output": 5, "total": 15},
        "costDetails": {"input": 0.1, "output": 0.2, "total": 0.3},
        "usage": {
            "unit": "TOKENS",
            "input": 10,
            "output": 5,
            "total": 15,
            "inputCost": 0.1,
            "outputCost": 0.2,
            "totalCost": 0.3,
        },
        "unit": "TOKENS",
        "promptTokens": 10,
        "completionTokens": 5,
        "totalTokens": 15,
        "calculatedInputCost": 0.1,
        "calculatedOutputCost": 0.2,
        "calculatedTotalCost": 0.3,
        "latency": 1.0,
        "timeToFirstToken": 0.25,
        "sessionId": "s",
        "userId": "u",
        "traceName": "t",
        **dict.fromkeys(nothing),
    }


async def test_an_unknown_observation_is_404_json(stored: Api) -> None:
    assert (await stored.get(f"{OBSERVATIONS}/{span_id(9)}", status=404))["error"] == "NotFound"


async def test_of_two_observations_with_one_id_the_first_started_is_given(api: Api) -> None:
    await api.write(span(2, 5, at=1), span(1, 5, at=2))
    assert (await api.get(f"{OBSERVATIONS}/{span_id(5)}"))["traceId"] == trace_id(2)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", "tool call root"),
        ("name=call", "call"),
        ("userId=u", "call root"),
        ("type=TOOL", "tool"),
        (f"traceId={trace_id(1)}", "call root"),
        ("level=ERROR", "tool"),
        (f"parentObservationId={span_id(1)}", "call"),
        ("environment=prod", "call"),
        ("version=v2", "call"),
        ("fromStartTime=2026-09-21T14:13:21Z", "tool call"),
        ("toStartTime=2026-09-21T14:13:21Z", "root"),
        ("orderBy=latency.desc&limit=1", "root"),
        (f"filter={part(MODEL)}", "call"),
    ],
)
async def test_observations_are_chosen_and_ordered(stored: Api, query: str, names: str) -> None:
    listed = await stored.get(OBSERVATIONS, query)
    assert [observation["name"] for observation in listed["data"]] == names.split()
