from __future__ import annotations

import pytest

from sidetrace.proto.span import Scope, Value

from .captured import observed
from .reading import claimed, read, tier


@pytest.mark.parametrize(
    "scope",
    [
        "logfire.openai_agents", "openinference.instrumentation.openai_agents",
        "opentelemetry.instrumentation.openai_agents", "opentelemetry.instrumentation.genai.openai_agents",
    ],
)  # fmt: skip
def test_a_group_is_a_conversation(scope: str) -> None:
    o = read({"group_id": "thread-9"}, scope=Scope(scope))
    assert (claimed(o)["session_id"], tier(o, "session_id")) == ("thread-9", 7)


def test_anybody_elses_group_is_none() -> None:
    assert claimed(read({"group_id": "kafka"}, scope=Scope("logfire"))) == {}


def test_captured_groups() -> None:
    found = observed("otel-genai/genai-openai-agents-1.3b0")
    assert {claimed(o).get("session_id") for o in found} == {"thread-9", "thread-10", None}


def test_captured_parameters_are_no_response() -> None:
    found = [o for o in observed("openinference/openai-agents") if o.model_parameters]
    assert len(found) == 3
    for o in found:
        assert o.model_parameters["temperature"] == 1.0
        assert o.model_parameters.keys().isdisjoint({"id", "created_at", "metadata", "model", "object", "reasoning"})


def test_only_a_response_in_the_place_of_the_parameters_is_cut_down_to_them() -> None:
    scope = Scope("openinference.instrumentation.openai_agents")
    response = '{"object": "response", "output": [], "temperature": 1.0, "mine": 1}'
    assert read({"llm.invocation_parameters": response}, scope=scope).model_parameters == {"temperature": 1.0}
    told: dict[str, Value] = {"llm.invocation_parameters": '{"temperature": 1.0, "mine": 1}'}
    assert read(told, scope=scope).model_parameters["mine"] == 1
