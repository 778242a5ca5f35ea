from __future__ import annotations

import json

import pytest

from sidetrace.proto.span import Scope, Value

from .captured import observed
from .picked import counts, named
from .reading import claimed, read

LOGFIRE, OPENAI, AGENTS = Scope("logfire"), Scope("logfire.openai"), Scope("logfire.openai_agents")
KINDS = {"input": 32, "input_cached_tokens": 10, "output": 12, "output_reasoning_tokens": 5}
RAW = (
    '{"completion_tokens":17,"prompt_tokens":42,"total_tokens":59,"completion_tokens_details":{"reasoning_tokens":5},'
    '"prompt_tokens_details":{"cached_tokens":10}}'
)


def test_captured() -> None:
    found = observed("logfire/openai-and-agents")
    # two calls, a streamed one, and two of the Responses API; Turn and Task count for nothing
    assert counts(found) == [(42, 17)] * 5
    assert all((o.usage_details, o.cost) == (KINDS, 15_750) for o in found if o.total_tokens)
    assert not [o for o in found if o.type != "GENERATION" and o.total_tokens]
    assert sum(o.type == "GENERATION" for o in found) == 6

    (root,) = named(found, "Handle weather")
    assert root.tags == ["beta", "weather"]
    assert root.metadata == {"q": "weather", "user_id": "user-7", "extra": {"plan": "pro", "n": [1, 2]}}
    assert claimed(root)["metadata.q"] == "weather"
    assert {claimed(o).get("session_id") for o in found} == {"sess-bag", "thread-9", None}

    (streamed,) = named(found, "streaming response from 'gpt-4o-mini' took 0.33s")
    assert (streamed.type, streamed.output_key) == ("GENERATION", "gen_ai.output.messages")
    calls = named(found, "Chat Completion with 'gpt-4o-mini'")
    assert [o.type for o in calls] == ["GENERATION", "GENERATION", "SPAN", "GENERATION"]
    assert [o.level for o in calls] == ["DEFAULT", "DEFAULT", "DEFAULT", "ERROR"]
    (log,) = named(found, "info msg 1")
    assert (log.type, log.tags, log.metadata) == ("EVENT", ["t1"], {"x": 1})
    assert "metadata.x" not in claimed(log)


def test_captured_agents() -> None:
    found = [o for o in observed("logfire/openai-and-agents") if o.span.scope.name == AGENTS.name]
    assert {o.name: o.type for o in found} == {
        "OpenAI Agents trace: Weather workflow": "CHAIN", "Task: Agent workflow": "CHAIN",
        "Agent run: 'weather_agent'": "AGENT", "Turn 1 for agent weather_agent": "CHAIN",
        "Turn 2 for agent weather_agent": "CHAIN", "Responses API with 'gpt-4o-mini'": "GENERATION",
        "Function: get_weather": "TOOL",
    }  # fmt: skip
    (trace,) = named(found, "OpenAI Agents trace: Weather workflow")
    said = claimed(trace)
    assert (said["session_id"], said["user_id"], said["name"]) == ("thread-9", "user-7", "Weather workflow")
    first, last = sorted(named(found, "Responses API with 'gpt-4o-mini'"), key=lambda o: o.start_ns)
    assert (first.response_id, last.response_id) == ("resp_stub0060", "resp_stub0061")
    assert json.loads(first.input_made or "")[-1] == {"role": "user", "content": "What is the weather in Paris?"}
    assert json.loads(first.output_made or "")[0]["tool_calls"][0]["id"] == "call_stub_1"
    assert json.loads(last.input_made or "")[-1]["role"] == "tool"
    assert json.loads(last.output_made or "") == [
        {"role": "assistant", "content": "It is 18 degrees and sunny in Paris."}
    ]
    assert first.model_parameters == {}


@pytest.mark.parametrize(
    ("number", "level"),
    [(1, "DEBUG"), (8, "DEBUG"), (9, "DEFAULT"), (12, "DEFAULT"), (13, "WARNING"), (17, "ERROR"), (21, "ERROR"),
     (0, "DEFAULT"), ("x", "DEFAULT")],
)  # fmt: skip
def test_levels(number: Value, level: str) -> None:
    assert read({"logfire.level_num": number}, scope=LOGFIRE).level == level


@pytest.mark.parametrize(
    ("sent", "kept"), [(["LLM"], []), (["LLM", "beta"], ["beta"]), ("beta, LLM", ["beta"]), (["llm"], ["llm"])]
)
def test_tags(sent: Value, kept: list[str]) -> None:
    assert list(read({"logfire.tags": sent}).tags) == kept


SCRUBBED = "[Scrubbed due to 'session']"


def keywords(**told: Value) -> dict[str, Value]:
    schema = {"type": "object", "properties": {key: {} for key in told}}
    return told | {"logfire.json_schema": json.dumps(schema)}


def test_keyword_arguments() -> None:
    told = keywords(plan="pro", session_id=SCRUBBED, items='[{"a":1}]', flag=False, output="o", password="[Scrubbed x")
    o = read(told | {"code.lineno": 3, "unlisted": 1}, scope=LOGFIRE)
    assert o.metadata == {"plan": "pro", "items": [{"a": 1}], "flag": False, "password": "[Scrubbed x"}
    assert claimed(o) == {f"metadata.{key}": value for key, value in o.metadata.items()}
    child = read(told, scope=LOGFIRE, parent_span_id="c" * 16)
    assert (child.metadata, claimed(child)) == (o.metadata, {})
    assert read(told, scope=OPENAI).metadata == {}


@pytest.mark.parametrize("schema", ["", "[]", '{"properties": []}', '{"properties": {"": {}}}', "no json"])
def test_a_schema_that_is_none(schema: str) -> None:
    o = read({"logfire.json_schema": schema, "plan": "pro"}, scope=LOGFIRE)
    assert (dict(o.metadata), o.problems) == ({}, ())


def test_parts_of_usage_come_from_the_raw_object_and_whole_counts_do_not() -> None:
    call: dict[str, Value] = {"gen_ai.request.model": "gpt-4o-mini", "gen_ai.usage.raw": RAW}
    whole: dict[str, Value] = {"gen_ai.usage.input_tokens": 42, "gen_ai.usage.output_tokens": 17}
    assert read(call | whole, scope=OPENAI).usage_details == KINDS
    # Anthropic's own input leaves cached tokens out, Logfire's has them inside
    raw = '{"input_tokens":32,"cache_read_input_tokens":10,"output_tokens":17}'
    o = read(call | whole | {"gen_ai.usage.raw": raw}, scope=Scope("logfire.anthropic"))
    assert (o.usage_details, o.total_tokens) == ({"input": 32, "input_cached_tokens": 10, "output": 17}, 59)


def test_the_notice_that_a_span_has_begun_is_no_second_generation() -> None:
    told: dict[str, Value] = {
        "logfire.span_type": "pending_span", "gen_ai.operation.name": "chat", "gen_ai.request.model": "m",
        "logfire.level_num": 9,
    }  # fmt: skip
    o = read(told, scope=OPENAI)
    assert (o.type, o.level) == ("EVENT", "DEBUG")


OPENING: dict[str, Value] = {
    "logfire.span_type": "span", "gen_ai.operation.name": "chat", "request_data": '{"model":"m"}',
}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "status", "type_"),
    [
        ({}, 0, "SPAN"),
        ({}, 2, "GENERATION"),
        ({"gen_ai.response.id": "r"}, 0, "GENERATION"),
        ({"response_data": '{"message": {}}'}, 0, "GENERATION"),
        ({"logfire.span_type": "log"}, 0, "GENERATION"),
    ],
)
def test_the_opening_of_a_stream(more: dict[str, Value], status: int, type_: str) -> None:
    assert read(OPENING | more, scope=OPENAI, status_code=status).type == type_


def test_the_older_form_of_messages() -> None:
    told: dict[str, Value] = {
        "request_data": '{"model":"m","messages":[{"role":"user","content":"hi"}]}',
        "response_data": '{"message":{"role":"assistant","content":"yo"}}',
    }
    o = read(told, scope=OPENAI)
    assert (o.input_key, o.output_key) == ("request_data", "response_data")
    assert read({"request_data": '{"model":"m"}'}, scope=OPENAI).input_key is None


def test_an_error_of_the_agents_sdk() -> None:
    told: dict[str, Value] = {
        "logfire.msg_template": "Guardrail {name!r} {triggered=}", "logfire.level_num": 17,
        "error": '{"message":"Error in agent run","data":null}', "response": "{}", "raw_input": "[]",
    }  # fmt: skip
    o = read(told, scope=AGENTS)
    assert (o.type, o.level, o.status_message) == ("GUARDRAIL", "ERROR", "Error in agent run")
    assert (o.input_key, o.output_key) == ("raw_input", "response")
