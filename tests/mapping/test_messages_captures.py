"""The conversations of every captured sender, read into one form: the same words, the same call, the same result."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sidetrace.mapping.flat import exact, gather
from sidetrace.mapping.messages import Conversation, Message, conversation
from sidetrace.proto import decode
from sidetrace.proto.span import Span

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"

GENAI = ("gen_ai.input.messages", "gen_ai.output.messages")
OPENINFERENCE = ("llm.input_messages.", "llm.output_messages.")
EVENTS = ("events", "events")
AI = ("ai.prompt.messages", "ai.response.text")
ADK = ("gcp.vertex.agent.llm_request", "gcp.vertex.agent.llm_response")

SENDERS: dict[str, tuple[str, tuple[str, str], int]] = {
    "agent-framework/agent": ("chat .*", GENAI, 2),
    "genkit/js": ("stub/gpt-4o-mini", ("genkit:input", "genkit:output"), 4),
    "google-adk/1.18": ("call_llm", ADK, 2),
    "google-adk/2.13-experimental-content": ("generate_content .*", GENAI, 3),
    "laminar/sdk": ("openai.chat", GENAI, 4),
    "langfuse/python-5": ("OpenAI-generation", ("langfuse.observation.input", "langfuse.observation.output"), 4),
    "langsmith/otel-only": ("ChatOpenAI|lc-run", ("gen_ai.prompt", "gen_ai.completion"), 6),
    "logfire/openai-and-agents": ("Chat Completion .*", GENAI, 4),
    "mlflow/otlp-export": ("Completions", ("mlflow.spanInputs", "mlflow.spanOutputs"), 4),
    "openinference/anthropic": ("messages.create", OPENINFERENCE, 2),
    "openinference/langchain": ("ChatOpenAI", OPENINFERENCE, 4),
    "openinference/llama-index": ("OpenAILike.achat", OPENINFERENCE, 3),
    "openinference/openai": ("ChatCompletion", OPENINFERENCE, 4),
    "openinference/openai-agents": ("response", OPENINFERENCE, 3),
    "openllmetry/langchain-0.62": ("ChatOpenAI.chat", GENAI, 2),
    "openllmetry/openai-0.53-legacy": ("openai.chat", ("gen_ai.prompt.", "gen_ai.completion."), 4),
    "openllmetry/openai-0.62": ("openai.chat", GENAI, 4),
    "openllmetry/openai-agents-0.62": ("openai.response", GENAI, 3),
    "otel-genai/genai-openai-1.3b0-baggage": ("chat .*", GENAI, 5),
    "pydantic-ai/1.0.0-v1-events": ("chat .*", EVENTS, 4),
    "pydantic-ai/2.68-v5-default": ("chat .*", GENAI, 4),
    "vercel-ai/v6": (r"ai\.generateText\.doGenerate", AI, 3),
    "vercel-ai/v6-otlp-json": (r"ai\.generateText\.doGenerate", AI, 3),
    "vercel-ai/v7-opentelemetry": ("chat .*", GENAI, 5),
}
"""By capture: the names of its model calls, the keys of their input and output, and how many have an input.

Each of these calls a tool in one model call and answers with its result in the next.
"""

RAW: dict[str, tuple[str, tuple[str, str]]] = {
    "openinference/anthropic": ("messages.create", ("input.value", "output.value")),
    "openinference/langchain": ("ChatOpenAI", ("input.value", "output.value")),
    "openinference/openai": ("ChatCompletion", ("input.value", "output.value")),
    "openinference/openai-agents": ("response", ("input.value", "output.value")),
    "openllmetry/langchain-0.62": ("execute_task model", ("traceloop.entity.input", "traceloop.entity.output")),
    "logfire/openai-and-agents": ("Responses API .*", ("raw_input", "response")),
    "logfire/openai-and-agents: events": ("Responses API .*", EVENTS),
}
"""The same conversations where these senders say them a second time."""

SIMPLE: dict[str, tuple[str, tuple[str, str], str, str]] = {
    "braintrust/manual-attributes": ("llm", ("braintrust.input_json", "braintrust.output_json"), "hi", "yo"),
    "langfuse/js-5": (
        "OpenAI.chat", ("langfuse.observation.input", "langfuse.observation.output"), "weather", "18 degrees",
    ),
    "litellm/langfuse-otel-callback": (
        "weather-gen", ("langfuse.observation.input", "langfuse.observation.output"), "Weather", "18 degrees",
    ),
    "openinference/crewai": ("Weather bot.*", ("input.value", "output.value"), "", "18 degrees"),
    "openlit/sdk": ("chat .*", GENAI, "Paris", "18 degrees"),
    "semantic-kernel/chat-agent": ("invoke_agent .*", GENAI, "Paris", "18 degrees"),
}  # fmt: skip
"""What other captures ask and answer, without a whole exchange with a tool."""


def spans(capture: str) -> Iterator[Span]:
    folder = CAPTURES / capture.partition(":")[0]
    bodies = sorted([*folder.glob("*.traces.pb"), *folder.glob("*.traces.request.json")])
    assert bodies, folder
    for body in bodies:
        yield from decode(body.read_bytes(), json=body.suffix == ".json").spans


def conversations(capture: str, name: str, keys: tuple[str, str]) -> list[Conversation]:
    found = []
    for span in spans(capture):
        if re.fullmatch(name, span.name):
            asked, answered = (payload(span, key) for key in keys)
            if asked is not None:
                found.append(conversation(asked, answered, span.attributes))
    return found


def payload(span: Span, key: str) -> Any:
    return gather(span.attributes, key) if key.endswith(".") else span.attributes.get(key)


def said(side: list[Message] | None, role: str) -> str:
    texts = [
        part["text"] for one in side or () if one["role"] == role for part in one["parts"] if part["type"] == "text"
    ]
    return "\n".join(texts)


def parts(side: list[Message] | None, kind: str) -> list[tuple[str, Any]]:
    return [(one["role"], part) for one in side or () for part in one["parts"] if part["type"] == kind]


@pytest.mark.parametrize("capture", [*SENDERS, *(f"{name}, raw" for name in RAW)])
def test_the_call_the_result_and_the_answer_are_found(capture: str) -> None:
    name, keys = RAW[capture.removesuffix(", raw")] if capture.endswith(", raw") else SENDERS[capture][:2]
    found = conversations(capture.removesuffix(", raw"), name, keys)
    if not capture.endswith(", raw"):
        assert len(found) == SENDERS[capture][2]
    assert all(one["input"] for one in found)
    asking = [one for one in found if parts(one["output"], "tool_call")]
    answering = [one for one in found if parts(one["input"], "tool_result") and one["output"]]
    assert asking
    assert answering
    for one in asking:
        ((role, call),) = parts(one["output"], "tool_call")
        assert (role, call["name"], call["arguments"]) == ("assistant", "get_weather", {"city": "Paris"})
        assert call["id"] in ("call_stub_1", "toolu_stub_1")
    first, last = asking[0], answering[0]
    assert "What is the weather in Paris?" in said(first["input"], "user")
    assert "What is the weather in Paris?" in said(last["input"], "user")
    ((role, call),) = parts(last["input"], "tool_call")
    assert (role, call["name"], call["arguments"]) == ("assistant", "get_weather", {"city": "Paris"})
    ((role, result),) = parts(last["input"], "tool_result")
    assert result["id"] in ("call_stub_1", "toolu_stub_1")
    assert result["result"] in ("18C sunny", {"temp": 18, "sky": "sunny"})
    # the older ADK puts a sentence of its own beside the result, so that message stays the user's
    assert role == ("user" if capture == "google-adk/1.18" else "tool")
    assert "18 degrees" in said(last["output"], "assistant")


@pytest.mark.parametrize("capture", SIMPLE)
def test_what_was_asked_and_answered_is_found(capture: str) -> None:
    name, keys, asked, answered = SIMPLE[capture]
    found = conversations(capture, name, keys)
    assert any(asked in said(one["input"], "user") for one in found)
    assert any(answered in said(one["output"], "assistant") for one in found)


def test_nothing_captured_is_left_over_as_an_unknown_part() -> None:
    for capture, (name, keys, _) in SENDERS.items():
        for one in conversations(capture, name, keys):
            assert parts(one["input"], "other") == parts(one["output"], "other") == [], capture


@pytest.mark.parametrize(
    "capture", ["openinference/openai", "openinference/anthropic", "openllmetry/openai-0.53-legacy"]
)
def test_captured_flattened_keys_are_held_exactly_by_their_tree(capture: str) -> None:
    _, (given, _), _ = SENDERS[capture]
    trees = [(span.attributes, gather(span.attributes, given)) for span in spans(capture)]
    held = [exact(attributes, given, tree) for attributes, tree in trees if tree is not None]
    assert held
    assert all(held)


OFFERING = (
    "genkit/js", "google-adk/2.13-experimental-content", "laminar/sdk", "langfuse/python-5",
    "langsmith/otel-only", "logfire/openai-and-agents", "mlflow/otlp-export", "openinference/anthropic",
    "openinference/langchain", "openinference/llama-index", "openinference/openai", "openinference/openai-agents",
    "openllmetry/langchain-0.62", "openllmetry/openai-0.53-legacy", "openllmetry/openai-0.62",
    "openllmetry/openai-agents-0.62", "otel-genai/genai-openai-1.3b0-baggage", "pydantic-ai/1.0.0-v1-events",
    "pydantic-ai/2.68-v5-default", "vercel-ai/v6", "vercel-ai/v7-opentelemetry", "google-adk/1.18",
)  # fmt: skip


@pytest.mark.parametrize("capture", OFFERING)
def test_the_offered_tool_is_found(capture: str) -> None:
    name, keys, _ = SENDERS[capture]
    offered = [tool for one in conversations(capture, name, keys) for tool in one["tools"]]
    assert offered
    for tool in offered:
        assert tool["name"] == "get_weather"
        assert "city" in str(tool["parameters"])
