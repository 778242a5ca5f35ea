from __future__ import annotations

import json

import pytest

from sidetrace.proto.span import Event, Scope, Value

from .captured import CALL, calls, kinds, observed, said
from .reading import SECOND, START, claimed, read, tier

AI, V7 = Scope("ai"), Scope("gen_ai")


def test_a_call() -> None:
    o = read(
        {
            "operation.name": "ai.generateText.doGenerate turn",
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.telemetry.functionId": "turn",
            "ai.telemetry.metadata.sessionId": "s",
            "ai.telemetry.metadata.userId": "u",
            "ai.telemetry.metadata.tags": ["beta"],
            "ai.telemetry.metadata.n": 3,
            "ai.telemetry.metadata.langfusePrompt": '{"name": "greet", "version": 3, "type": "text"}',
            "ai.model.provider": "openai.chat",
            "ai.model.id": "gpt-4o-mini",
            "ai.settings.maxOutputTokens": 100,
            "ai.settings.maxRetries": 2,
            "ai.settings.seed": 7,
            "ai.prompt.messages": '[{"role": "user", "content": "hi"}]',
            "ai.response.text": "yo",
            "ai.response.id": "chatcmpl-1",
            "ai.usage.inputTokens": 42,
            "ai.usage.outputTokens": 17,
            "ai.usage.totalTokens": 59,
            "ai.usage.cachedInputTokens": 10,
            "ai.usage.reasoningTokens": 5,
            "ai.response.msToFirstChunk": 250.0,
        },
        scope=AI,
    )
    assert (o.type, o.model, o.response_id) == ("GENERATION", "gpt-4o-mini", "chatcmpl-1")
    assert o.model_parameters == {"max_tokens": 100, "seed": 7}
    assert (o.input_key, o.output_key) == ("ai.prompt.messages", "ai.response.text")
    assert (o.usage_details, o.cost) == (CALL, 15_750)
    assert o.completion_start_ns == START + SECOND // 4
    assert (o.prompt_name, o.prompt_version, o.tags, o.metadata) == ("greet", "3", ["beta"], {"n": 3})
    assert claimed(o) == {"session_id": "s", "user_id": "u", "metadata.n": 3, "name": "turn"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ai.generateText", "CHAIN"), ("ai.streamText", "CHAIN"), ("ai.generateObject", "CHAIN"),
        ("ai.streamObject", "CHAIN"), ("ai.embed", "CHAIN"), ("ai.embedMany", "CHAIN"), ("ai.rerank", "CHAIN"),
        ("ai.streamText.doStream", "GENERATION"), ("ai.generateObject.doGenerate", "GENERATION"),
        ("ai.embedMany.doEmbed", "EMBEDDING"), ("ai.rerank.doRerank", "RETRIEVER"), ("ai.toolCall", "TOOL"),
        ("ai.novel", "SPAN"), ("shop.doGenerate", "SPAN"),
    ],
)  # fmt: skip
def test_types(name: str, kind: str) -> None:
    assert read({"ai.operationId": name}).type == kind
    # the name alone tells it only of the SDK's own spans
    assert read({}, scope=AI, name=name).type == kind
    assert read({}, name=name).type == "SPAN"


def test_a_known_type_beats_the_span_name() -> None:
    assert read({"openinference.span.kind": "AGENT"}, scope=AI, name="ai.toolCall").type == "AGENT"


@pytest.mark.parametrize("spelling", ["sessionId", "session_id", "langfuseSessionId"])
@pytest.mark.parametrize("prefix", ["ai.telemetry.metadata", "ai.settings.context"])
def test_sessions(prefix: str, spelling: str) -> None:
    o = read({f"{prefix}.{spelling}": "s", f"{prefix}.threadId": "t"})
    assert (claimed(o)["session_id"], tier(o, "session_id")) == ("s", 4)
    assert o.metadata == {"threadId": "t"}
    assert tier(read({f"{prefix}.threadId": "t"}), "session_id") == 7


@pytest.mark.parametrize(("prefix", "rank"), [("ai.telemetry.metadata", 7), ("ai.settings.context", 8)])
@pytest.mark.parametrize("spelling", ["userId", "user_id", "langfuseUserId"])
def test_users(prefix: str, rank: int, spelling: str) -> None:
    o = read({f"{prefix}.{spelling}": "u"})
    assert (claimed(o), tier(o, "user_id")) == ({"user_id": "u"}, rank)


def test_the_context_of_version_7_is_no_setting() -> None:
    o = read({"ai.settings.context.nested.a": 1, "ai.settings.context.tags": ["x"], "ai.settings.output": "object"})
    assert (o.metadata, o.tags, o.model_parameters) == ({"nested.a": 1}, ["x"], {"output": "object"})


CALLED = '[{"toolCallId": "c", "toolName": "w", "input": "{}"}]'


def test_text_thoughts_and_calls_become_one_answer() -> None:
    o = read({"ai.response.reasoning": "hm", "ai.response.text": "yo", "ai.response.toolCalls": CALLED})
    assert o.output_key is None
    assert json.loads(o.output_made or "") == [
        {
            "role": "assistant",
            "content": [
                {"type": "reasoning", "text": "hm"},
                {"type": "text", "text": "yo"},
                {"type": "tool-call", "toolCallId": "c", "toolName": "w", "input": "{}"},
            ],
        }
    ]
    assert read({"ai.response.text": "", "ai.response.toolCalls": CALLED}).output_key == "ai.response.toolCalls"
    assert read({"ai.response.text": "yo", "ai.response.toolCalls": '[{"cut'}).output_key == "ai.response.text"
    o = read({"ai.response.text": "yo", "ai.response.toolCalls": CALLED, "gen_ai.output.messages": "[]x"})
    assert (o.output_key, o.output_made) == ("gen_ai.output.messages", None)


def test_models_and_who_serves_them() -> None:
    called: dict[str, Value] = {"ai.operationId": "ai.streamText.doStream", "ai.usage.inputTokens": 1000}
    o = read(called | {"ai.response.model": "our-alias", "ai.model.id": "gpt-4o-mini"})
    assert (o.model, o.cost) == ("our-alias", 150_000)
    local = read(called | {"ai.model.id": "gpt-4o-mini", "ai.model.provider": "ollama.chat"})
    assert (local.model, local.cost) == ("gpt-4o-mini", None)
    assert read({"ai.response.reasoning": "hm"}).output_key == "ai.response.reasoning"
    assert read({"ai.operationId": 3}).type == "SPAN"
    untimed = read({}, events=[Event(0, "ai.stream.firstChunk", {})])
    assert untimed.completion_start_ns is None
    assert not untimed.problems


def test_objects_tools_embeddings_and_ranks() -> None:
    assert read({"ai.response.object": "{}x", "ai.prompt": "p"}).output_key == "ai.response.object"
    tool = read({"ai.toolCall.args": "a", "ai.toolCall.result": "r"})
    assert (tool.input_key, tool.output_key) == ("ai.toolCall.args", "ai.toolCall.result")
    embedded = read({"ai.operationId": "ai.embed.doEmbed", "ai.values": ["a"], "ai.embeddings": ["[1]"],
                     "ai.usage.tokens": 6, "ai.model.id": "text-embedding-3-small"})  # fmt: skip
    assert (embedded.input_key, embedded.output_key) == ("ai.values", "ai.embeddings")
    assert (embedded.input_tokens, embedded.total_tokens) == (6, 6)
    ranked = read({"ai.documents": ["a"], "ai.ranking": ["b"]})
    assert (ranked.input_key, ranked.output_key) == ("ai.documents", "ai.ranking")


@pytest.mark.parametrize(
    ("usage", "totals"),
    [
        ({"promptTokens": 42, "completionTokens": 17}, (42, 17, 59)),
        ({"promptTokens": float("nan"), "completionTokens": float("nan")}, (0, 0, 0)),
        ({"inputTokens": 42, "outputTokens": 17, "inputTokenDetails.cacheReadTokens": 10}, (42, 17, 59)),
        ({"inputTokens": 42, "outputTokens": 17, "inputTokenDetails.cacheWriteTokens": 4}, (42, 17, 59)),
        # the steps of version 7 have parts without a whole
        ({"outputTokenDetails.reasoningTokens": 5, "inputTokenDetails.noCacheTokens": 32}, (0, 0, 0)),
    ],
)
def test_usage(usage: dict[str, Value], totals: tuple[int, int, int]) -> None:
    o = read({f"ai.usage.{name}": value for name, value in usage.items()})
    assert (o.input_tokens, o.output_tokens) == totals[:2]
    assert bool(o.usage_details) == bool(totals[2])


@pytest.mark.parametrize(
    ("provider", "details", "totals"),
    [
        ("anthropic.messages", False, (46, 17, 63)),
        ("vertex.anthropic.messages", False, (46, 17, 63)),
        ("anthropic.messages", True, (32, 17, 49)),
        ("openai.chat", False, (32, 17, 49)),
    ],
)
def test_version_5_passes_on_what_some_providers_leave_out(
    provider: str, details: bool, totals: tuple[int, int, int]
) -> None:
    sent: dict[str, Value] = {
        "ai.model.provider": provider,
        "ai.usage.inputTokens": 32,
        "ai.usage.outputTokens": 17,
        "ai.usage.totalTokens": 49,
        "ai.usage.cachedInputTokens": 10,
        "gen_ai.usage.input_tokens": 32,
        "ai.response.providerMetadata": '{"anthropic": {"cacheCreationInputTokens": 4}}',
    }
    if details:
        sent["ai.usage.inputTokenDetails.noCacheTokens"] = 22
    o = read(sent)
    assert (o.input_tokens, o.output_tokens, o.total_tokens) == totals
    assert o.usage_details["input_cached_tokens"] == 10
    assert o.usage_details.get("input_cache_creation") == (4 if totals[0] == 46 else None)


def test_the_first_chunk() -> None:
    event = Event(START + 5, "ai.stream.firstChunk", {"ai.stream.msToFirstChunk": 250})
    assert read({"ai.stream.msToFirstChunk": 250}, events=[event]).completion_start_ns == START + 5
    assert read({"ai.stream.msToFirstChunk": 250}).completion_start_ns == START + SECOND // 4


def test_only_the_root_names_the_trace() -> None:
    sent: dict[str, Value] = {"ai.telemetry.functionId": "turn"}
    assert tier(read(sent), "name") == 4
    assert claimed(read(sent, parent_span_id="c" * 16)) == {}
    agent: dict[str, Value] = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "turn"}
    assert claimed(read(agent, scope=V7)) == {"name": "turn"}
    assert claimed(read(agent)) == claimed(read(agent, scope=V7, parent_span_id="c" * 16)) == {}


@pytest.mark.parametrize("folder", ["v6", "v6-otlp-json"])
def test_captured_version_6(folder: str) -> None:
    found = observed(f"vercel-ai/{folder}")
    assert len(calls(found)) == 4
    assert {(o.input_tokens, o.output_tokens, o.model) for o in calls(found)} == {(42, 17, "gpt-4o-mini-2024-07-18")}
    assert [o.usage_details for o in calls(found)].count(CALL) == 3
    assert kinds(found) == {
        "ai.generateText": "CHAIN", "ai.generateText.doGenerate": "GENERATION", "ai.toolCall": "TOOL",
        "ai.streamText": "CHAIN", "ai.streamText.doStream": "GENERATION",
        "ai.generateObject": "CHAIN", "ai.generateObject.doGenerate": "GENERATION",
        "ai.embed": "CHAIN", "ai.embed.doEmbed": "EMBEDDING",
    }  # fmt: skip
    assert (said(found, "session_id"), said(found, "user_id")) == ({"sess-42"}, {"user-7"})
    assert (said(found, "metadata.plan"), said(found, "metadata.n")) == ({"pro"}, {3})
    assert said(found, "name") == {"weather-turn", "weather-stream", "weather-object", "emb", "fail"}
    assert {tuple(o.tags) for o in found} == {("beta", "weather")}
    assert all((o.input_key and o.output_key) or o.level == "ERROR" for o in found)
    streamed = next(o for o in found if o.name == "ai.streamText.doStream")
    assert (streamed.completion_start_ns or 0) > streamed.start_ns


def test_captured_version_7() -> None:
    found = observed("vercel-ai/v7-opentelemetry")
    assert len(calls(found)) == 4
    assert {(o.input_tokens, o.output_tokens) for o in calls(found)} == {(42, 17)}
    assert {o.usage_details["output_reasoning_tokens"] for o in calls(found)} == {5}
    told = kinds(found)
    assert (told["invoke_agent gpt-4o-mini"], told["step 1"]) == ("AGENT", "CHAIN")
    assert not any(o.usage_details for o in found if o.name.startswith("step "))
    assert (said(found, "session_id"), said(found, "user_id")) == ({"sess-42"}, {"user-7"})
    assert said(found, "metadata.nested.a") == {1}
    assert said(found, "name") == {"weather-turn", "weather-stream", "weather-object", "fail"}
