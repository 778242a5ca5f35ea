from __future__ import annotations

import pytest

from sidetrace.proto.span import Scope, Value

from .captured import CALL, calls, kinds, observed, said
from .reading import claimed, read, tier

LANGCHAIN = Scope("opentelemetry.instrumentation.langchain", "0.62.4")
PROPERTIES = "traceloop.association.properties"


def test_a_call_in_the_old_keys() -> None:
    o = read(
        {
            "llm.request.type": "chat",
            "gen_ai.system": "openai",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.prompt.0.role": "user",
            "gen_ai.prompt.0.content": "hi",
            "gen_ai.completion.0.content": "yo",
            "gen_ai.usage.input_tokens": 42,
            "gen_ai.usage.output_tokens": 17,
            "gen_ai.usage.cache_read_input_tokens": 10,
            "llm.usage.total_tokens": 59,
            "llm.usage.reasoning_tokens": 5,
            "llm.user": "hash",
            "llm.headers": "None",
            "llm.top_k": 3,
            "llm.chat.stop_sequences": ["x"],
            "llm.request.reasoning_effort": [],
            "llm.frequency_penalty": 0.1,
            "llm.presence_penalty": 0.2,
            "llm.request.repetition_penalty": 1.1,
        }
    )
    assert (o.type, o.model, o.usage_details) == ("GENERATION", "gpt-4o-mini", CALL)
    assert (o.input_key, o.output_key) == ("gen_ai.prompt.*", "gen_ai.completion.*")
    assert o.model_parameters == {
        "top_k": 3, "stop_sequences": ["x"], "frequency_penalty": 0.1, "presence_penalty": 0.2,
        "repetition_penalty": 1.1,
    }  # fmt: skip
    assert claimed(o) == {"user_id": "hash"}
    older = read({"llm.usage.prompt_tokens": 42, "llm.usage.completion_tokens": 17, "llm.response.id": "r-1",
                  "llm.request.reasoning_effort": "low"})  # fmt: skip
    assert (older.input_tokens, older.output_tokens, older.response_id) == (42, 17, "r-1")
    assert older.model_parameters == {"reasoning_effort": "low"}


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ({"llm.request.type": "completion"}, "GENERATION"),
        ({"llm.request.type": "embedding"}, "EMBEDDING"),
        ({"llm.request.type": "rerank"}, "RETRIEVER"),
        ({"llm.request.type": "unknown"}, "SPAN"),
        ({"traceloop.span.kind": "workflow"}, "CHAIN"),
        ({"traceloop.span.kind": "task"}, "SPAN"),
        ({"traceloop.span.kind": "agent"}, "AGENT"),
        ({"traceloop.span.kind": "tool"}, "TOOL"),
        ({"traceloop.span.kind": "workflow", "gen_ai.operation.name": "invoke_agent"}, "CHAIN"),
        ({"gen_ai.operation.name": "embeddings", "llm.request.type": "chat"}, "EMBEDDING"),
    ],
)
def test_types(sent: dict[str, Value], kind: str) -> None:
    assert read(sent).type == kind


def test_prompt_management_is_no_message() -> None:
    managed: dict[str, Value] = {
        "gen_ai.prompt.name": "general",
        "gen_ai.prompt.prompt_filter_results": "[]",
        "traceloop.prompt.key": "greet",
        "traceloop.prompt.version": "3",
        "traceloop.prompt.version_name": "third",
    }
    o = read(managed)
    assert (o.input_key, o.prompt_name, o.prompt_version) == (None, "general", "3")
    o = read(managed | {"gen_ai.prompt.10.content": "hi", "gen_ai.prompt.name": ""})
    assert (o.input_key, o.prompt_name) == ("gen_ai.prompt.*", "greet")
    assert read({"traceloop.prompt.version_name": "third"}).prompt_version == "third"


@pytest.mark.parametrize("key", ["session_id", "sessionId"])
def test_a_session_among_association_properties(key: str) -> None:
    sent: dict[str, Value] = {f"{PROPERTIES}.{key}": "s", f"{PROPERTIES}.thread_id": "t", "gen_ai.conversation.id": "c"}
    o = read(sent)
    assert (claimed(o)["session_id"], tier(o, "session_id")) == ("s", 4)
    assert f"metadata.{key}" not in o.claims
    # a thread is the last resort, below the conversation
    assert claimed(read({f"{PROPERTIES}.thread_id": "t", "gen_ai.conversation.id": "c"}))["session_id"] == "c"
    assert claimed(read({f"{PROPERTIES}.chat_id": "t"}))["session_id"] == "t"


def test_other_association_properties_are_metadata_of_their_types() -> None:
    o = read(
        {
            f"{PROPERTIES}.customer_id": "u",
            f"{PROPERTIES}.tags": '["a", "b"]',
            f"{PROPERTIES}.plan": "pro",
            f"{PROPERTIES}.seats": 3,
            f"{PROPERTIES}.langgraph_step": 1,
            f"{PROPERTIES}.ls_provider": "openai",
        }
    )
    assert (claimed(o), tier(o, "user_id")) == ({"user_id": "u", "metadata.plan": "pro", "metadata.seats": 3}, 5)
    assert (o.tags, o.metadata) == (["a", "b"], {"plan": "pro", "seats": 3})
    assert read({f"{PROPERTIES}.tags": "a, b"}).tags == ["a", "b"]


def test_an_entity() -> None:
    o = read(
        {
            "traceloop.span.kind": "tool",
            "traceloop.entity.input": '{"args": ["Paris"], "kwargs": {}}',
            "traceloop.entity.output": "18C",
            "traceloop.entity.version": 2,
        }
    )
    assert (o.input_key, o.output_key, o.version) == ("traceloop.entity.input", "traceloop.entity.output", "2")
    o = read({"traceloop.entity.input": "{}", "gen_ai.tool.call.arguments": '{"city": "Paris"}'})
    assert o.input_key == "gen_ai.tool.call.arguments"


def test_the_workflow_names_the_trace_from_the_span_nearest_to_the_root() -> None:
    name: dict[str, Value] = {"traceloop.workflow.name": "flow"}
    root = read(name)
    workflow = read(name | {"traceloop.span.kind": "workflow"}, parent_span_id="c" * 16)
    inner = read(name, parent_span_id="c" * 16)
    assert [tier(o, "name") for o in (root, workflow, inner)] == [2, 2, 9]


def test_tags_of_a_langchain_run_are_inside_its_input() -> None:
    sent: dict[str, Value] = {
        "traceloop.span.kind": "workflow",
        "traceloop.entity.input": '{"inputs": {}, "tags": ["beta", "graph:step:2", "seq:step:1"], "metadata": {}}',
    }
    assert read(sent, scope=LANGCHAIN).tags == ["beta"]
    assert not read(sent).tags
    assert not read(sent | {"traceloop.entity.input": '{"tags": ["be'}, scope=LANGCHAIN).tags


@pytest.mark.parametrize("folder", ["openai-0.62", "openai-0.53-legacy"])
def test_captured_sdk(folder: str) -> None:
    found = observed(f"openllmetry/{folder}")
    streamed = {**CALL, "output": 17}
    del streamed["output_reasoning_tokens"]
    assert [o.usage_details for o in calls(found)] == [CALL, CALL, streamed]
    assert calls(found)[2].completion_start_ns is not None
    assert kinds(found) == {
        "weather_flow.workflow": "CHAIN", "prep.task": "SPAN", "weather_agent.agent": "AGENT", "lookup.tool": "TOOL",
        "openai.chat": "GENERATION",
    }  # fmt: skip
    assert (said(found, "session_id"), said(found, "user_id")) == ({"sess-42"}, {"user-7"})
    assert said(found, "metadata.plan") == {"pro"}
    assert {tuple(o.tags) for o in found} == {("beta",)}
    best = min((o.claims["name"] for o in found), key=lambda claim: claim[0])
    assert best[1] == "weather_flow"
    assert all(o.input_key and (o.output_key or o.level == "ERROR") for o in found)


def test_captured_langchain() -> None:
    found = observed("openllmetry/langchain-0.62")
    assert [(o.input_tokens, o.output_tokens, o.total_tokens) for o in calls(found)] == [(42, 17, 59)] * 2
    sessions = sorted({o.claims["session_id"] for o in found if "session_id" in o.claims})
    assert [session for _, session in sessions] == ["sess-42", "thread-9"]  # the children's word goes first
    assert said(found, "user_id") == {"user-7"}
    assert {tag for o in found for tag in o.tags} == {"beta"}
    told = kinds(found)
    assert (told["weather-turn.workflow"], told["execute_tool get_weather"]) == ("CHAIN", "TOOL")
    assert (told["invoke_agent weather-turn"], told["ChatOpenAI.chat"]) == ("AGENT", "GENERATION")


def test_captured_openai_agents() -> None:
    found = observed("openllmetry/openai-agents-0.62")
    assert [o.usage_details for o in calls(found)] == [CALL] * 3
    assert (kinds(found)["Agent Workflow"], kinds(found)["get_weather.tool"]) == ("CHAIN", "TOOL")
