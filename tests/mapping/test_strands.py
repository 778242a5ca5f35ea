from __future__ import annotations

import json

from sidetrace.proto.span import Event, Scope, Value

from .captured import observed
from .picked import counts, named
from .reading import SECOND, START, claimed, read

STRANDS = Scope("strands.telemetry.tracer")
TOOL: dict[str, Value] = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "get_weather"}


def test_captured() -> None:
    found = observed("strands/default")
    assert {(claimed(o)["session_id"], claimed(o)["user_id"], claimed(o)["metadata.plan"]) for o in found} == {
        ("sess-42", "user-7", "pro")
    }
    assert {tuple(o.tags) for o in found} == {("beta", "weather")}
    assert {key for o in found for key in o.metadata} == {"plan"}
    assert counts(found) == [(42, 17)] * 2
    first, second = named(found, "chat")
    assert first.completion_start_ns == first.start_ns + 720_000_000
    assert second.input_made is not None
    assert second.output_made is not None
    assert [m["role"] for m in json.loads(second.input_made)] == ["system", "user", "assistant", "tool"]
    assert json.loads(second.output_made)[0]["content"] == [{"text": "It is 18 degrees and sunny in Paris."}]
    (tool,) = named(found, "execute_tool get_weather")
    assert (tool.type, tool.input_made, tool.output_made) == ("TOOL", '{"city":"Paris"}', '[{"text":"18C sunny"}]')
    (agent,) = named(found, "invoke_agent weather_agent")
    assert (agent.type, agent.input_tokens, agent.output_tokens) == ("AGENT", 84, 34)


def test_the_latest_style_has_one_side_an_event() -> None:
    details = "gen_ai.client.inference.operation.details"
    call = {"type": "tool_call", "id": "1", "name": "get_weather", "arguments": {"city": "Paris"}}
    answer = {"type": "tool_call_response", "id": "1", "response": [{"text": "18C"}]}
    events = [
        Event(START, details, {"gen_ai.input.messages": json.dumps([{"role": "tool", "parts": [call]}])}),
        Event(START, details, {"gen_ai.output.messages": json.dumps([{"role": "tool", "parts": [answer]}])}),
    ]
    o = read(TOOL, scope=STRANDS, events=events)
    assert (o.input_made, o.output_made) == ('{"city":"Paris"}', '[{"text":"18C"}]')
    chat = read({"gen_ai.operation.name": "chat"}, scope=STRANDS, events=events)
    assert chat.input_made is not None
    assert json.loads(chat.input_made) == [{"role": "tool", "parts": [call]}]


def test_a_tool_that_failed() -> None:
    assert read(TOOL | {"gen_ai.tool.status": "error"}, scope=STRANDS).level == "ERROR"
    assert read(TOOL | {"gen_ai.tool.status": "success"}, scope=STRANDS).level == "DEFAULT"


def test_milliseconds_and_metadata_are_this_senders_alone() -> None:
    attributes: dict[str, Value] = {"gen_ai.server.time_to_first_token": 1, "plan": "pro", "system_prompt": "be brief"}
    o = read(dict(attributes), scope=STRANDS)
    assert (o.completion_start_ns, o.metadata) == (START + SECOND // 1000, {"plan": "pro"})
    o = read(dict(attributes))
    assert (o.completion_start_ns, o.metadata) == (START + SECOND, {})
