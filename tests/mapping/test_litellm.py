from __future__ import annotations

import json

import pytest

from sidetrace.proto.span import Scope, Value

from .captured import observed
from .reading import claimed, read, tier

LITELLM = Scope("litellm")
USAGE = (
    "{'completion_tokens': 17, 'prompt_tokens': 42, 'total_tokens': 59, 'completion_tokens_details':"
    " {'reasoning_tokens': 5}, 'prompt_tokens_details': {'audio_tokens': 0, 'cached_tokens': 10}}"
)
CALL: dict[str, Value] = {
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.system": "openai",
    "llm.request.type": "completion",
    "gen_ai.usage.input_tokens": 42,
    "gen_ai.usage.output_tokens": 17,
    "gen_ai.usage.total_tokens": 59,
    "metadata.usage_object": USAGE,
}
KINDS = {"input": 32, "input_cached_tokens": 10, "output": 12, "output_reasoning_tokens": 5, "total": 59}


def test_captured_otel() -> None:
    found = observed("litellm/otel-callback")
    calls = [o for o in found if o.type == "GENERATION" and o.level != "ERROR"]
    assert [(o.usage_details, o.cost, o.priced) for o in calls] == [(KINDS, 15_750, False)] * 3
    assert [o.metadata for o in calls] == [{"a": 1}] * 3
    (embedded,) = (o for o in found if o.type == "EMBEDDING")
    assert (embedded.input_tokens, embedded.cost) == (6, 120)
    (failed,) = (o for o in found if o.level == "ERROR")
    assert (failed.type, failed.metadata) == ("GENERATION", {})
    assert failed.status_message.startswith("litellm.RateLimitError")
    assert {claimed(o).get("session_id") for o in found} == {None}


def test_captured_langfuse_otel() -> None:
    found = observed("litellm/langfuse-otel-callback")
    calls = [o for o in found if o.type == "GENERATION"]
    assert [(o.name, o.model, o.cost) for o in calls] == [("weather-gen", "gpt-4o-mini-2024-07-18", 15_750)] * 2
    assert {o.response_id for o in calls} == {"chatcmpl-stub0226", "chatcmpl-stub0227"}
    for o in calls:
        assert (claimed(o)["session_id"], claimed(o)["user_id"], claimed(o)["name"]) == (
            "sess-42", "user-7", "weather-turn",
        )  # fmt: skip
        assert o.tags == ["beta", "weather"]
    raw = [o for o in found if o.type == "SPAN"]
    assert [(o.usage_details, o.cost) for o in raw] == [({}, None)] * 2


def test_the_apps_metadata_is_inside_a_repr_and_bookkeeping_is_none() -> None:
    told: dict[str, Value] = {
        "metadata.requester_metadata": "{'session_id': 's-1', 'plan': 'pro', 'n': None}",
        "metadata.user_api_key_hash": "abc", "metadata.user_api_key_alias": "team-key",
        "metadata.applied_guardrails": "[]", "metadata.user_api_key_user_id": "",
        "metadata.user_api_key_end_user_id": "u-1",
    }  # fmt: skip
    o = read(CALL | told, scope=LITELLM)
    assert o.metadata == {"session_id": "s-1", "plan": "pro", "user_api_key_alias": "team-key"}
    assert (claimed(o)["session_id"], claimed(o)["user_id"]) == ("s-1", "u-1")
    # anybody else's `metadata.*` is the app's
    assert read(told).metadata["user_api_key_hash"] == "abc"


@pytest.mark.parametrize(
    ("key", "expected"),
    [("litellm.end_user.id", 12), ("litellm.metadata.user_api_key_end_user_id", 12), ("llm.user", 13)],
)
def test_users(key: str, expected: int) -> None:
    o = read({key: "u"}, scope=LITELLM)
    assert (claimed(o)["user_id"], tier(o, "user_id")) == ("u", expected)


def test_a_trace_id_is_no_session() -> None:
    assert claimed(read({"litellm.trace_id": "sess", "litellm.call_id": "c"}, scope=LITELLM)) == {}


@pytest.mark.parametrize(
    ("call", "type_"),
    [
        ("acompletion", "GENERATION"), ("anthropic_messages", "GENERATION"), ("aembedding", "EMBEDDING"),
        ("arerank", "RETRIEVER"), ("aresponses", "GENERATION"), ("health", "SPAN"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", ["llm.request.type", "litellm.call_type", "gen_ai.operation.name"])
def test_call_types(key: str, call: str, type_: str) -> None:
    assert read({key: call}, scope=LITELLM).type == type_


@pytest.mark.parametrize(
    ("told", "cost"),
    [
        ({"gen_ai.cost.total_cost": 0.002, "gen_ai.cost.input_cost": 0.001, "gen_ai.cost.output_cost": 0.0005,
          "gen_ai.cost.cache_read_cost": 0.5, "gen_ai.cost.reasoning_cost": 0.5}, 2_000_000),
        ({"litellm.cost.total": 0.003, "litellm.cost.cache_read": 0.5, "litellm.cost.original": 9.0}, 3_000_000),
        ({"hidden_params": '{"response_cost": 0.004, "model_id": null}'}, 4_000_000),
        ({"llm.response.cost": 0.005}, 5_000_000),
    ],
)  # fmt: skip
def test_costs(told: dict[str, Value], cost: int) -> None:
    o = read(CALL | told, scope=LITELLM)
    assert (o.cost, o.priced) == (cost, False)


def test_no_cost_is_priced_but_an_answer_from_the_cache_is_free() -> None:
    nothing: dict[str, Value] = {"gen_ai.cost.total_cost": 0.0}
    assert read(CALL | nothing, scope=LITELLM).priced
    hit = read(CALL | nothing | {"litellm.cache_hit": True}, scope=LITELLM)
    assert (hit.cost, hit.priced, hit.total_tokens) == (0, False, 59)
    assert read(CALL | nothing | {"litellm.cache_hit": False}, scope=LITELLM).priced


@pytest.mark.parametrize(("inside", "cost"), [(True, None), (False, 1_000_000)])
def test_a_guardrail_costs_unless_the_calls_cost_has_it_inside(inside: bool, cost: int | None) -> None:
    told: dict[str, Value] = {
        "litellm.guardrail.name": "pii", "litellm.guardrail.cost_in_spend": inside, "litellm.cost.guardrail": 0.001,
        "litellm.guardrail.response": '{"ok": true}',
    }  # fmt: skip
    o = read(told, scope=LITELLM)
    assert (o.type, o.cost, o.output_key) == ("GUARDRAIL", cost, "litellm.guardrail.response")


EMPTY = '[{"role": "assistant", "parts": [], "finish_reason": "tool_calls"}]'


def test_tool_calls_are_put_into_the_messages() -> None:
    told: dict[str, Value] = {
        "gen_ai.output.messages": EMPTY,
        "gen_ai.completion.0.function_call.name": "get_weather",
        "gen_ai.completion.0.function_call.arguments": '{"city": "Paris"}',
        "gen_ai.completion.1.function_call.name": "ping",
    }
    o = read(CALL | told, scope=LITELLM)
    assert o.output_key is None
    assert json.loads(o.output_made or "") == [
        {
            "role": "assistant",
            "finish_reason": "tool_calls",
            "parts": [
                {"type": "tool_call", "name": "get_weather", "arguments": {"city": "Paris"}},
                {"type": "tool_call", "name": "ping", "arguments": None},
            ],
        }
    ]


@pytest.mark.parametrize(
    "message",
    [
        {"role": "assistant", "parts": [{"type": "tool_call", "name": "get_weather"}]},
        {"role": "assistant", "parts": [], "tool_calls": [{"function": {"name": "get_weather"}}]},
    ],
)
def test_messages_that_have_their_tool_calls_stay(message: dict[str, object]) -> None:
    told: dict[str, Value] = {
        "gen_ai.output.messages": json.dumps([message]), "gen_ai.completion.0.function_call.name": "get_weather",
    }  # fmt: skip
    o = read(CALL | told, scope=LITELLM)
    assert (o.output_key, o.output_made) == ("gen_ai.output.messages", None)


def test_what_langfuse_says_goes_before() -> None:
    told: dict[str, Value] = {
        "langfuse.observation.output": "yo", "gen_ai.completion.0.function_call.name": "f",
        "langfuse.generation.name": "forecast",
    }  # fmt: skip
    o = read(CALL | told, scope=LITELLM)
    assert (o.output_key, o.output_made, o.name) == ("langfuse.observation.output", None, "forecast")
