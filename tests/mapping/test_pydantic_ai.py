from __future__ import annotations

import json

import pytest

from sidetrace.mapping.observation import Observation
from sidetrace.proto.span import Scope, Value

from .captured import observed
from .picked import counts
from .reading import claimed, read

PYDANTIC_AI = Scope("pydantic-ai", "2.68.0")


def sides(o: Observation) -> tuple[object, object]:
    return json.loads(o.input_made or "null"), json.loads(o.output_made or "null")


def test_captured_format_5() -> None:
    found = observed("pydantic-ai/2.68-v5-default")
    assert counts(found) == [(42, 17)] * 4
    assert all(
        o.usage_details == {"input": 32, "input_cached_tokens": 10, "output": 12, "output_reasoning_tokens": 5}
        for o in found
        if o.total_tokens
    )
    assert [o.cost_details for o in found if o.cost] == [{"total": 15_750}] * 4
    runs = [o for o in found if o.type == "AGENT"]
    # sums of what is below are never read
    assert [(o.usage_details, o.cost, o.model) for o in runs] == [({}, None, "gpt-4o-mini")] * 3
    first = next(o for o in runs if claimed(o)["session_id"] == "conv-42")
    assert (claimed(first)["user_id"], first.metadata["plan"], first.output_key) == ("user-7", "pro", "final_result")
    given, _ = sides(first)
    assert isinstance(given, list)
    assert [message["role"] for message in given] == ["system", "user", "assistant", "user"]
    assert sum(o.level == "ERROR" for o in found) == 2


def test_captured_format_1() -> None:
    found = observed("pydantic-ai/1.0.0-v1-events")
    calls = [o for o in found if o.type == "GENERATION" and o.total_tokens]
    assert [(o.input_tokens, o.output_tokens, o.usage_details["output_reasoning_tokens"]) for o in calls] == [
        (42, 17, 5)
    ] * 4
    given, output = sides(calls[0])
    assert given == [
        {"role": "system", "content": "You are a weather bot."},
        {"role": "system", "content": "SYS: be brief"},
        {"role": "user", "content": "What is the weather in Paris?"},
    ]
    assert isinstance(output, list)
    assert output[0]["tool_calls"][0]["function"]["name"] == "get_weather"
    tools = [o for o in found if o.type == "TOOL"]
    assert [(o.name, o.input_key, o.output_key) for o in tools] == [
        ("running tool: get_weather", "tool_arguments", "tool_response")
    ] * 2
    runs = [o for o in found if o.type == "AGENT"]
    assert [o.name for o in runs] == ["weather_agent run"] * 3
    # its own sum, which the store does not count beside that of its calls
    assert [o.total_tokens for o in runs] == [118, 118, 0]
    without_result = next(o for o in runs if o.total_tokens and o.output_key is None)
    assert sides(without_result)[1] == [{"role": "assistant", "content": "It is 18 degrees and sunny in Paris."}]
    failed = next(o for o in runs if o.level == "ERROR")
    assert sides(failed) == (
        [{"role": "system", "content": "You are a weather bot."}, {"role": "system", "content": "SYS: be brief"},
         {"role": "user", "content": "please FAIL"}],
        None,
    )  # fmt: skip


def test_details_are_parts_of_the_whole() -> None:
    details = {"reasoning_tokens": 5, "cache_read_tokens": 10, "audio_tokens": 3, "rejected_prediction_tokens": 9}
    told: dict[str, Value] = {f"gen_ai.usage.details.{name}": number for name, number in details.items()}
    whole: dict[str, Value] = {"gen_ai.usage.input_tokens": 42, "gen_ai.usage.output_tokens": 17}
    o = read(told | whole, scope=PYDANTIC_AI)
    assert (o.input_tokens, o.output_tokens, o.total_tokens) == (42, 17, 59)
    assert o.usage_details == {"input": 32, "input_cached_tokens": 10, "output": 12, "output_reasoning_tokens": 5}


def test_sums_under_their_own_names_are_not_read() -> None:
    told: dict[str, Value] = {"gen_ai.aggregated_usage.input_tokens": 84, "gen_ai.usage.partial.input_tokens": 42}
    assert read(told, scope=PYDANTIC_AI).usage_details == {}


@pytest.mark.parametrize(
    ("messages", "given", "output"),
    [
        ([{"role": "user"}, {"role": "assistant"}], [{"role": "user"}], [{"role": "assistant"}]),
        ([{"role": "user"}], [{"role": "user"}], None),
        ([{"role": "assistant"}], None, [{"role": "assistant"}]),
        ([], None, None),
        ("not json", None, None),
        ([1, None], [1, None], None),
    ],
)
def test_a_run_without_a_result_ends_with_its_answer(messages: object, given: object, output: object) -> None:
    told: dict[str, Value] = {"pydantic_ai.all_messages": json.dumps(messages)}
    assert sides(read(told, scope=PYDANTIC_AI)) == (given, output)


def test_messages_in_keys_of_their_own_go_before_lists_of_events() -> None:
    told: dict[str, Value] = {
        "gen_ai.input.messages": "[]x", "gen_ai.output.messages": "[]y",
        "events": '[{"event.name": "gen_ai.choice", "message": "m"}]',
    }  # fmt: skip
    o = read(told, scope=PYDANTIC_AI)
    assert (o.input_key, o.output_key, o.output_made) == ("gen_ai.input.messages", "gen_ai.output.messages", None)


def test_settings_and_operations_beyond_the_conventions() -> None:
    told: dict[str, Value] = {"model_settings": '{"temperature": 0.2, "seed": null}', "inputs": '["a"]'}
    o = read(told | {"gen_ai.operation.name": "image_generation"}, scope=PYDANTIC_AI)
    assert (o.type, o.model_parameters, o.input_key) == ("GENERATION", {"temperature": 0.2}, "inputs")


def test_names_that_tell_something_stay() -> None:
    told: dict[str, Value] = {"logfire.msg": "clerk run"}
    assert read(told, scope=PYDANTIC_AI, name="invoke_agent clerk").name == "invoke_agent clerk"
    assert read(told, scope=PYDANTIC_AI, name="agent run").name == "clerk run"


def test_bare_keys_are_read_from_this_sender_alone() -> None:
    o = read({"agent_name": "a", "model_name": "m", "final_result": "r", "events": "[]", "tool_arguments": "{}"})
    assert (o.type, o.model, o.input_key, o.output_key) == ("SPAN", None, None, None)
