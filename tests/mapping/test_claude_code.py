from __future__ import annotations

import pytest

from sidetrace.proto.span import Event, Scope, Value

from .reading import START, claimed, read

CLAUDE_CODE = Scope("com.anthropic.claude_code.tracing", "1.0.0")
REQUEST: dict[str, Value] = {
    "span.type": "llm_request",
    "session.id": "s-1",
    "user.id": "device-hash",
    "model": "claude-sonnet-4-5",
    "gen_ai.system": "anthropic",
    "gen_ai.request.model": "claude-sonnet-4-5",
    "input_tokens": 3,
    "output_tokens": 17,
    "cache_read_tokens": 30,
    "cache_creation_tokens": 9,
    "ttft_ms": 250,
    "success": True,
    "speed": "normal",
    "query_source": "repl_main_thread",
    "new_context": "[USER]\nhi",
    "response.model_output": "hello",
}


def test_a_model_request() -> None:
    o = read(REQUEST, scope=CLAUDE_CODE, parent_span_id="c" * 16)
    assert (o.type, o.model, o.level) == ("GENERATION", "claude-sonnet-4-5", "DEFAULT")
    assert o.usage_details == {"input": 3, "input_cached_tokens": 30, "input_cache_creation": 9, "output": 17}
    assert (o.input_tokens, o.output_tokens, o.total_tokens) == (42, 17, 59)
    assert o.priced
    assert o.completion_start_ns == START + 250_000_000
    assert (o.input_key, o.output_key) == ("new_context", "response.model_output")
    assert (o.model_parameters, o.metadata) == ({"speed": "normal"}, {"query_source": "repl_main_thread"})
    assert claimed(o) == {"session_id": "s-1", "user_id": "device-hash"}


def test_cached_tokens_are_outside_even_where_the_numbers_do_not_tell() -> None:
    o = read(REQUEST | {"input_tokens": 100}, scope=CLAUDE_CODE)
    assert (o.usage_details["input"], o.input_tokens) == (100, 139)


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("interaction", "AGENT"), ("llm_request", "GENERATION"), ("tool", "TOOL"), ("tool.execution", "SPAN"),
        ("tool.blocked_on_user", "SPAN"), ("hook", "SPAN"), ("new kind", "SPAN"),
    ],
)  # fmt: skip
def test_observation_type(kind: str, type_: str) -> None:
    assert read({"span.type": kind}, scope=CLAUDE_CODE).type == type_
    assert read({"span.type": kind}).type == "SPAN"


def test_a_prompt_and_what_was_redacted() -> None:
    said: dict[str, Value] = {"span.type": "interaction", "user_prompt": "fix it", "interaction.sequence": 2}
    o = read(said, scope=CLAUDE_CODE)
    assert (o.input_key, o.metadata) == ("user_prompt", {"interaction.sequence": 2})
    assert read(said | {"user_prompt": "<REDACTED>"}, scope=CLAUDE_CODE).input_key is None


TOOL: dict[str, Value] = {"span.type": "tool", "tool_name": "Bash", "full_command": "ls"}


@pytest.mark.parametrize(
    ("body", "output"),
    [
        ({"output": "a b", "bash_command": "ls"}, "a b"),
        ({"content": "text", "file_path": "/x"}, "text"),
        ({"output": "<REDACTED>", "content": ""}, None),
        ({"output": {"k": 1}}, '{"k":1}'),
    ],
)
def test_a_tool(body: dict[str, Value], output: str | None) -> None:
    o = read(TOOL, scope=CLAUDE_CODE, events=[Event(START, "tool.output", body)], name="claude_code.tool")
    assert (o.type, o.name, o.input_key, o.output_made) == ("TOOL", "Bash", "full_command", output)


def test_what_waits_for_a_tool_keeps_its_name() -> None:
    told: dict[str, Value] = {"span.type": "tool.execution", "tool_name": "Bash", "success": "false", "error": "ENOENT"}
    o = read(told, scope=CLAUDE_CODE, name="claude_code.tool.execution")
    assert (o.name, o.level, o.status_message) == ("claude_code.tool.execution", "ERROR", "ENOENT")


def test_bare_keys_are_read_from_this_sender_alone() -> None:
    o = read(REQUEST)
    assert (o.type, o.usage_details, o.output_key, o.metadata) == ("SPAN", {}, None, {})
