from __future__ import annotations

import json

import pytest

from sidetrace.proto.span import Scope, Value

from .captured import observed
from .picked import counts, named
from .reading import claimed, read

ADK = Scope("gcp.vertex.agent", "1.18.0")


def test_captured_1() -> None:
    found = observed("google-adk/1.18")
    assert [o.type for o in named(found, "call_llm")] == ["GENERATION"] * 3
    assert [o.type for o in named(found, "invocation")] == ["CHAIN"] * 2
    assert counts(found) == [(42, 17)] * 2
    first = named(found, "call_llm")[0]
    assert (first.model, first.usage_details["input_cached_tokens"]) == ("gpt-4o-mini-2024-07-18", 10)
    assert (first.input_key, first.output_key) == ("gcp.vertex.agent.llm_request", "gcp.vertex.agent.llm_response")
    assert claimed(first)["session_id"] == "sess-42"
    assert first.metadata.keys() == {"gcp.vertex.agent.invocation_id", "gcp.vertex.agent.event_id"}
    assert "metadata.gcp.vertex.agent.event_id" not in claimed(first)
    (tool,) = named(found, "execute_tool get_weather")
    assert (tool.type, tool.input_key) == ("TOOL", "gcp.vertex.agent.tool_call_args")
    assert tool.output_key == "gcp.vertex.agent.tool_response"


@pytest.mark.parametrize("folder", ["2.13-default", "2.13-experimental-content"])
def test_captured_2(folder: str) -> None:
    found = observed(f"google-adk/{folder}")
    # 22 for 17 is the sender's own error: it adds the reasoning that LiteLLM has inside the output
    assert counts(found) == [(42, 22)] * 2
    assert {claimed(o).get("session_id", "sess-42") for o in found} == {"sess-42"}
    assert claimed(named(found, "generate_content openai/gpt-4o-mini")[0])["metadata.gcp.vertex.agent.invocation_id"]


@pytest.mark.parametrize(
    ("attributes", "usage", "totals"),
    [
        # Gemini: thoughts beside the candidates, as the total shows
        (
            {"prompt_token_count": 42, "candidates_token_count": 12, "thoughts_token_count": 5,
             "total_token_count": 59},
            {"input": 42, "output": 12, "output_reasoning_tokens": 5, "total": 59},
            (42, 17, 59),
        ),
        (
            {"prompt_token_count": 42, "cached_content_token_count": 10, "candidates_token_count": 17},
            {"input": 32, "input_cached_tokens": 10, "output": 17},
            (42, 17, 59),
        ),
    ],
)  # fmt: skip
def test_usage_inside_the_response(
    attributes: dict[str, int], usage: dict[str, int], totals: tuple[int, int, int]
) -> None:
    response = json.dumps({"usage_metadata": attributes})
    o = read({"gcp.vertex.agent.llm_response": response}, scope=ADK, name="call_llm")
    assert o.usage_details == usage
    assert (o.input_tokens, o.output_tokens, o.total_tokens) == totals


def test_parameters_inside_the_request() -> None:
    config = {
        "temperature": 0.2,
        "stop_sequences": ["x"],
        "system_instruction": "be brief",
        "tools": [{}],
        "labels": {},
    }
    request = json.dumps({"model": "gemini-2.5-flash", "config": config})
    assert read({"gcp.vertex.agent.llm_request": request}).model_parameters == {
        "temperature": 0.2, "stop_sequences": ["x"],
    }  # fmt: skip


@pytest.mark.parametrize("empty", ["{}", "", None])
def test_content_that_is_off(empty: Value) -> None:
    o = read({"gcp.vertex.agent.llm_request": empty, "gcp.vertex.agent.llm_response": empty}, scope=ADK)
    assert (o.input_key, o.output_key, o.model_parameters, o.usage_details) == (None, None, {}, {})


def test_kinds_by_name_are_this_senders_alone() -> None:
    assert read({}, name="call_llm", scope=ADK).type == "GENERATION"
    assert read({}, name="agent_run [bot]", scope=ADK).type == "AGENT"
    assert read({}, name="call_llm").type == "SPAN"
