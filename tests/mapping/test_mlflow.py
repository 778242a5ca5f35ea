from __future__ import annotations

import json

import pytest

from sidetrace.proto.span import Event, Scope, Value

from .captured import observed
from .picked import counts, named
from .reading import START, claimed, read

MLFLOW = Scope("mlflow.tracing.provider")
CALL: dict[str, Value] = {"mlflow.spanType": '"CHAT_MODEL"', "mlflow.llm.model": '"claude-sonnet-4-5"'}


def of(version: str) -> dict[str, Value]:
    return {"telemetry.sdk.name": "mlflow", "telemetry.sdk.version": version}


def test_captured() -> None:
    found = observed("mlflow/otlp-export")
    assert counts(found) == [(42, 17)] * 3
    first, *_ = named(found, "Completions")
    assert first.usage_details == {
        "input": 32, "input_cached_tokens": 10, "output": 12, "output_reasoning_tokens": 5, "total": 59,
    }  # fmt: skip
    assert (first.model, first.response_id) == ("gpt-4o-mini-2024-07-18", "chatcmpl-stub0115")
    assert first.model_parameters == {"temperature": 0.2, "max_tokens": 100}
    assert (first.input_key, first.output_key, first.metadata) == ("mlflow.spanInputs", "mlflow.spanOutputs", {})
    (turn,) = named(found, "weather-turn")
    assert (turn.type, turn.metadata) == ("AGENT", {"k": "v"})
    assert claimed(turn) == {"metadata.service.name": "demo-app", "metadata.team": "alpha", "metadata.k": "v"}
    (streamed,) = (o for o in found if o.completion_start_ns)
    assert streamed.model_parameters["stream"] is True
    assert streamed.completion_start_ns == streamed.span.events[0].time_ns
    (failed,) = (o for o in found if o.level == "ERROR")
    assert (failed.type, failed.model) == ("GENERATION", "gpt-4o-mini")
    assert failed.status_message == "Error code: 429 - Rate limit reached (stub)"


@pytest.mark.parametrize("sent", ['"s-1"', "s-1"])
def test_ids_with_and_without_quotes(sent: str) -> None:
    o = read({"mlflow.trace.session": sent, "mlflow.trace.user": sent, "mlflow.traceName": sent})
    assert claimed(o) == {"session_id": "s-1", "user_id": "s-1", "name": "s-1"}


@pytest.mark.parametrize("sent", ["null", '""', "", '"None"'])
def test_json_of_nothing_is_no_id(sent: str) -> None:
    assert claimed(read({"mlflow.trace.session": sent, "session_id": "bare"}))["session_id"] == "bare"


@pytest.mark.parametrize(
    ("version", "form", "usage", "totals"),
    [
        # before 3.12, Anthropic's own count: cached tokens beside it
        ("3.11.1", "anthropic", (100, 17, 117, 10, 4), (114, 17, 131)),
        ("3.9.0", "anthropic", (100, 17, 117, None, None), (100, 17, 117)),
        # from 3.12 on they are inside, as with everybody else
        ("3.12.0", "anthropic", (114, 17, 131, 10, 4), (114, 17, 131)),
        ("3.17.2", "anthropic", (114, 17, 131, 10, 4), (114, 17, 131)),
        ("3.11.1", "openai", (42, 17, 59, 10, None), (42, 17, 59)),
        ("not a version", "anthropic", (114, 17, 131, 10, 4), (114, 17, 131)),
    ],
)
def test_cached_tokens_of_anthropic_go_by_the_release(
    version: str, form: str, usage: tuple[int | None, ...], totals: tuple[int, int, int]
) -> None:
    names = ("input_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    told = {name: number for name, number in zip(names, usage, strict=True) if number is not None}
    more: dict[str, Value] = {"mlflow.chat.tokenUsage": json.dumps(told), "mlflow.message.format": json.dumps(form)}
    o = read(CALL | more, scope=MLFLOW, resource=of(version))
    assert (o.input_tokens, o.output_tokens, o.total_tokens) == totals
    assert o.usage_details.get("input_cached_tokens", 0) == (usage[3] or 0)


@pytest.mark.parametrize(
    ("sent", "level"),
    [("10", "DEBUG"), ("20", "DEFAULT"), ("30", "WARNING"), ("40", "ERROR"), ("50", "ERROR"), ('"x"', "DEFAULT")],
)
def test_levels(sent: str, level: str) -> None:
    assert read({"mlflow.spanLogLevel": sent}).level == level


@pytest.mark.parametrize(
    ("attributes", "type_"),
    [
        ({"mlflow.spanType": '"RERANKER"'}, "RETRIEVER"),
        ({"mlflow.spanType": '"my own"'}, "SPAN"),
        ({"gen_ai.operation.name": "WORKFLOW"}, "CHAIN"),
        ({"mlflow.spanType": '"GUARDRAIL"', "gen_ai.operation.name": "chat"}, "GUARDRAIL"),
    ],
)
def test_observation_type(attributes: dict[str, Value], type_: str) -> None:
    assert read(attributes, scope=MLFLOW).type == type_


def test_cost_and_prompt() -> None:
    told: dict[str, Value] = {
        "mlflow.llm.cost": '{"input_cost": 0.001, "output_cost": 0.002, "total_cost": 0.003}',
        "mlflow.linkedPrompts": '[{"name": "greet", "version": "3"}, {"name": "other", "version": "1"}]',
    }
    o = read(CALL | told)
    assert (o.cost, o.cost_details["input"], o.priced) == (3_000_000, 1_000_000, False)
    assert (o.prompt_name, o.prompt_version) == ("greet", "3")


def test_no_inputs_are_no_input() -> None:
    o = read({"mlflow.spanInputs": "null", "mlflow.spanOutputs": "0"})
    assert (o.input_key, o.output_key) == (None, "mlflow.spanOutputs")


def test_bare_keys_below_the_root_are_the_observations_alone() -> None:
    told: dict[str, Value] = {"mlflow.spanType": '"TOOL"', "k": '"v"', "model": '"m"'}
    o = read(told, scope=MLFLOW, parent_span_id="c" * 16)
    assert (o.metadata, claimed(o)) == ({"k": "v", "model": "m"}, {})
    assert read(told).metadata == {}


def test_the_first_chunk_is_the_earliest() -> None:
    events = [Event(START + 5, "mlflow.chunk.item.0", {}), Event(START + 9, "mlflow.chunk.item.1", {})]
    assert read(CALL, events=events).completion_start_ns == START + 5
