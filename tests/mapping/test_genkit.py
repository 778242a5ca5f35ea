from __future__ import annotations

import json

import pytest

from sidetrace.proto.span import Scope, Value

from .captured import observed
from .picked import counts, named
from .reading import claimed, read, tier

GENKIT = Scope("genkit-tracer", "v1")


def model(output: object, name: str = "openai/gpt-4o-mini", config: object = None) -> dict[str, Value]:
    return {
        "genkit:type": "action",
        "genkit:metadata:subtype": "model",
        "genkit:name": name,
        "genkit:input": json.dumps({"messages": [], "config": config or {}}),
        "genkit:output": json.dumps(output),
    }


def test_captured() -> None:
    found = observed("genkit/js")
    assert counts(found) == [(42, 17)] * 3
    assert {o.name: o.type for o in found} == {
        "weatherFlow": "CHAIN", "generate": "SPAN", "stub/gpt-4o-mini": "GENERATION", "get_weather": "TOOL",
    }  # fmt: skip
    first, *_, failed = named(found, "stub/gpt-4o-mini")
    assert (first.model, first.model_parameters) == ("gpt-4o-mini-2024-07-18", {"temperature": 0.2})
    assert first.response_id == "chatcmpl-stub0207"
    assert (first.input_key, first.output_key) == ("genkit:input", "genkit:output")
    assert first.usage_details == {
        "input": 32, "input_cached_tokens": 10, "output": 12, "output_reasoning_tokens": 5, "total": 59,
    }  # fmt: skip
    assert first.priced
    assert (failed.level, failed.model) == ("ERROR", "stub/gpt-4o-mini")
    assert [claimed(o).get("name") for o in found if not o.span.parent_span_id] == [
        "weatherFlow", "generate", "weatherFlow",
    ]  # fmt: skip
    assert {claimed(o).get("user_id") for o in found} == {None}


@pytest.mark.parametrize(
    ("output", "usage", "totals"),
    [
        # Google: thoughts beside the output
        (
            {"usage": {"inputTokens": 42, "outputTokens": 12, "thoughtsTokens": 5, "cachedContentTokens": 10,
                       "totalTokens": 59}},
            {"input": 32, "input_cached_tokens": 10, "output": 12, "output_reasoning_tokens": 5, "total": 59},
            (42, 17, 59),
        ),
        # Anthropic: cached tokens beside the input
        (
            {"usage": {"inputTokens": 32, "outputTokens": 17},
             "raw": {"usage": {"input_tokens": 32, "cache_read_input_tokens": 10, "output_tokens": 17}}},
            {"input": 32, "input_cached_tokens": 10, "output": 17},
            (42, 17, 59),
        ),
        ({"usage": {"inputTokens": 42, "outputTokens": 17}}, {"input": 42, "output": 17}, (42, 17, 59)),
        ({"message": {}}, {}, (0, 0, 0)),
    ],
)  # fmt: skip
def test_usage_inside_the_output(output: object, usage: dict[str, int], totals: tuple[int, int, int]) -> None:
    o = read(model(output), scope=GENKIT)
    assert (o.type, o.model, o.usage_details) == ("GENERATION", "openai/gpt-4o-mini", usage)
    assert (o.input_tokens, o.output_tokens, o.total_tokens) == totals


def test_a_local_plugin_costs_nothing_and_an_unknown_one_is_priced_by_the_model() -> None:
    output = {"usage": {"inputTokens": 42, "outputTokens": 17}}
    assert not read(model(output, "ollama/gpt-4o-mini"), scope=GENKIT).priced
    assert read(model(output, "mine/gpt-4o-mini"), scope=GENKIT).priced


def test_parameters_without_the_key() -> None:
    o = read(model({}, config={"temperature": 0.2, "apiKey": "secret", "nested": {"a": 1}}))
    assert o.model_parameters == {"temperature": 0.2}


def test_a_generate_span_repeats_its_model_and_is_not_counted() -> None:
    output = json.dumps({"usage": {"inputTokens": 42, "outputTokens": 17}})
    assert read({"genkit:type": "util", "genkit:name": "generate", "genkit:output": output}).usage_details == {}


def test_sessions_users_and_metadata() -> None:
    context = json.dumps({"auth": {"uid": "u-7", "token": {}}})
    o = read(
        {
            "genkit:sessionId": "s",
            "genkit:threadName": "t",
            "genkit:metadata:context": context,
            "genkit:metadata:plan": "pro",
        }
    )
    assert claimed(o) == {"session_id": "s", "user_id": "u-7", "metadata.plan": "pro"}
    assert tier(read({"genkit:threadName": "t"}), "session_id") == 7
    assert claimed(read({"genkit:metadata:context": '{"auth":"<redacted>"}'})) == {}
    assert claimed(read({"genkit:metadata:context": '{"auth":{"uid":"<redacted>"}}'})) == {}


def test_an_error_state() -> None:
    assert read({"genkit:state": "error"}).level == "ERROR"
    assert read({"genkit:state": "success"}).level == "DEFAULT"
