from __future__ import annotations

import pytest

from sidetrace.proto.span import Scope, Value

from .captured import observed
from .picked import named
from .reading import claimed, read

SDK = Scope("com.anthropic.sdk.python", "2.14.0")
CALL: dict[str, Value] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.response.model": "claude-sonnet-4-5",
    "gen_ai.response.id": "msg_1",
    "gen_ai.usage.input_tokens": 46,
    "gen_ai.usage.cache_read.input_tokens": 10,
    "gen_ai.usage.cache_write.input_tokens": 4,
    "gen_ai.usage.output_tokens": 17,
}


def test_captured() -> None:
    found = named(observed("openinference/anthropic"), "anthropic.messages.create")
    assert [(o.type, o.input_tokens, o.output_tokens, o.native) for o in found] == [("GENERATION", 46, 17, True)] * 3
    assert {o.response_id for o in found} == {"msg_stub0177", "msg_stub0178", "msg_stub0179"}
    (streamed,) = (o for o in found if o.model_parameters.get("stream"))
    assert streamed.completion_start_ns == streamed.start_ns + 91_704_183


@pytest.mark.parametrize("scope", ["com.anthropic.sdk.typescript.bedrock", "com.anthropic.claude-platform"])
def test_cached_tokens_are_inside_of_the_input(scope: str) -> None:
    o = read(CALL, scope=Scope(scope))
    assert o.usage_details == {"input": 32, "input_cached_tokens": 10, "input_cache_creation": 4, "output": 17}
    assert (o.native, o.response_id) == (True, "msg_1")


def test_parameters_beyond_the_conventions() -> None:
    told: dict[str, Value] = {
        "anthropic.thinking.type": "enabled",
        "anthropic.thinking.budget_tokens": 1024,
        "anthropic.request.service_tier": "auto",
    }
    assert read(CALL | told, scope=SDK).model_parameters == {
        "thinking.type": "enabled", "thinking.budget_tokens": 1024, "service_tier": "auto",
    }  # fmt: skip


def test_a_tool_run() -> None:
    told: dict[str, Value] = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "bash",
        "gen_ai.tool.call.arguments": '{"command": "ls"}',
        "anthropic.tool_result.content": '[{"type": "text", "text": "a b"}]',
    }
    o = read(told, scope=SDK)
    assert (o.type, o.input_key) == ("TOOL", "gen_ai.tool.call.arguments")
    assert o.output_key == "anthropic.tool_result.content"


def test_counting_tokens_is_no_usage_and_its_session_is_no_session() -> None:
    told: dict[str, Value] = {
        "gen_ai.request.model": "claude-sonnet-4-5",
        "anthropic.message.count_tokens.input_tokens": 42,
        "anthropic.usage.compaction.input_tokens": 5,
        "anthropic.session.id": "sesn_1",
    }
    o = read(told, scope=SDK)
    assert (o.type, o.usage_details, claimed(o)) == ("SPAN", {}, {})
