from __future__ import annotations

import json

import pytest

from sidetrace.proto.span import Scope, Value

from .reading import claimed, read

USAGE = {
    "prompt_tokens": 42, "completion_tokens": 17, "total_tokens": 59,
    "prompt_tokens_details": {"cached_tokens": 10}, "completion_tokens_details": {"reasoning_tokens": 5},
}  # fmt: skip
META = {"model": "gpt-4o-mini-2024-07-18", "index": 0, "finish_reason": "stop", "usage": USAGE}
REPLY = {"role": "assistant", "content": [{"text": "hi"}], "meta": META}


@pytest.mark.parametrize(
    "output",
    [
        {"replies": [REPLY]},
        # each reply repeats the usage of the one call
        {"replies": [REPLY, REPLY]},
        {"replies": [{"_role": "assistant", "_content": [], "_meta": META}]},
        {"replies": ["hi"], "meta": [META]},
    ],
)
def test_a_generators_model_and_usage_stand_in_its_output(output: object) -> None:
    attributes: dict[str, Value] = {
        "haystack.component.name": "llm",
        "haystack.component.type": "OpenAIChatGenerator",
        "haystack.component.input": "{}",
        "haystack.component.output": json.dumps(output),
    }
    o = read(attributes, name="haystack.component.run", scope=Scope("my-app"))
    assert (o.name, o.type, o.model) == ("llm", "GENERATION", "gpt-4o-mini-2024-07-18")
    assert (o.input_tokens, o.output_tokens, o.total_tokens) == (42, 17, 59)
    assert (o.usage_details["input_cached_tokens"], o.usage_details["output_reasoning_tokens"]) == (10, 5)
    assert (o.input_key, o.output_key) == ("haystack.component.input", "haystack.component.output")
    assert o.priced


@pytest.mark.parametrize(
    ("component", "kind"),
    [
        ("OpenAITextEmbedder", "EMBEDDING"), ("InMemoryBM25Retriever", "RETRIEVER"), ("LLMRanker", "RETRIEVER"),
        ("ToolInvoker", "TOOL"), ("Agent", "AGENT"), ("FaithfulnessEvaluator", "EVALUATOR"), ("PromptBuilder", "SPAN"),
    ],
)  # fmt: skip
def test_components_by_their_class(component: str, kind: str) -> None:
    assert read({"haystack.component.type": component}, name="haystack.component.run").type == kind


def test_an_agent_repeats_its_calls_and_is_not_counted() -> None:
    output = json.dumps({"replies": [REPLY]})
    assert read({"haystack.component.type": "Agent", "haystack.component.output": output}).usage_details == {}
    step = read({"haystack.agent.step.llm.output": output}, name="haystack.agent.step.llm")
    assert (step.type, step.total_tokens) == ("GENERATION", 59)


@pytest.mark.parametrize("side", ["input", "output"])
@pytest.mark.parametrize(
    "place", ["pipeline.{}_data", "component.{}", "agent.{}", "agent.step.llm.{}", "agent.step.tool.{}"]
)
def test_content(side: str, place: str) -> None:
    key = f"haystack.{place.format(side)}"
    assert getattr(read({key: "{}"}), f"{side}_key") == key


def test_steps_of_an_agent() -> None:
    assert read({"haystack.agent.step.input": "[]"}, name="haystack.agent.step").input_key
    step = read({"haystack.tool.name": "get_weather"}, name="haystack.agent.step.tool")
    assert (step.name, step.type) == ("get_weather", "TOOL")


def test_a_pipelines_metadata_names_session_and_user() -> None:
    metadata = json.dumps({"session_id": "s", "user_id": "u", "tags": ["beta", "x"], "plan": "pro"})
    o = read({"haystack.pipeline.metadata": metadata}, name="haystack.pipeline.run", scope=Scope("haystack"))
    said = claimed(o)
    assert (said["session_id"], said["user_id"], said["metadata.plan"]) == ("s", "u", "pro")
    assert (o.type, o.tags) == ("CHAIN", ["beta", "x"])


@pytest.mark.parametrize("scope", ["haystack", "haystack.tracing"])
def test_content_off_leaves_the_name(scope: str) -> None:
    assert read({}, name="haystack.agent.step.llm", scope=Scope(scope)).type == "GENERATION"
