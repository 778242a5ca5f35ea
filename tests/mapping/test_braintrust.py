from __future__ import annotations

import pytest

from sidetrace.proto.span import Value

from .captured import observed
from .picked import counts, named
from .reading import SECOND, START, claimed, read


def test_captured() -> None:
    found = observed("braintrust/manual-attributes")
    assert counts(found) == [(42, 17)] * 2
    (turn, _), (call, _) = named(found, "weather-turn"), named(found, "llm")
    assert (claimed(turn)["session_id"], claimed(turn)["user_id"]) == ("sess-42", "user-7")
    assert (turn.type, turn.tags) == ("SPAN", ["beta"])
    assert (turn.input_key, turn.output_key) == ("braintrust.input", "braintrust.output")
    assert (call.input_key, call.output_key) == ("braintrust.input_json", "braintrust.output_json")


@pytest.mark.parametrize(
    "attributes",
    [
        {
            "braintrust.span_attributes": '{"type": "llm", "name": "answer"}',
            "braintrust.metadata": '{"model": "gpt-4o-mini", "plan": "pro"}',
            "braintrust.metrics": '{"prompt_tokens": 42, "completion_tokens": 17, "tokens": 59,'
            ' "prompt_cached_tokens": 10, "prompt_cache_creation_tokens": 4, "prompt_audio_tokens": 3,'
            ' "completion_reasoning_tokens": 5, "completion_audio_tokens": 2, "time_to_first_token": 0.5}',
        },
        {
            "braintrust.span_attributes.type": "llm",
            "braintrust.span_attributes.name": "answer",
            "braintrust.metadata.model": "gpt-4o-mini",
            "braintrust.metadata.plan": "pro",
            "braintrust.metrics.prompt_tokens": 42,
            "braintrust.metrics.completion_tokens": 17,
            "braintrust.metrics.tokens": 59,
            "braintrust.metrics.prompt_cached_tokens": 10,
            "braintrust.metrics.prompt_cache_creation_tokens": 4,
            "braintrust.metrics.prompt_audio_tokens": 3,
            "braintrust.metrics.completion_reasoning_tokens": 5,
            "braintrust.metrics.completion_audio_tokens": 2,
            "braintrust.metrics.time_to_first_token": 0.5,
        },
    ],
)
def test_objects_as_json_and_flattened(attributes: dict[str, Value]) -> None:
    o = read(attributes)
    assert (o.name, o.type, o.model, o.priced) == ("answer", "GENERATION", "gpt-4o-mini", True)
    assert o.metadata == {"model": "gpt-4o-mini", "plan": "pro"}
    assert o.usage_details == {
        "input": 25, "input_cached_tokens": 10, "input_cache_creation": 4, "input_audio_tokens": 3,
        "output": 10, "output_reasoning_tokens": 5, "output_audio_tokens": 2, "total": 59,
    }  # fmt: skip
    assert o.completion_start_ns == START + SECOND // 2


def test_scores_are_judgements() -> None:
    o = read({"braintrust.scores": '{"accuracy": 0.9, "skipped": null, "odd": "x"}'})
    assert [(one.name, one.value, one.target) for one in o.evaluations] == [("accuracy", 0.9, "observation")]


def test_what_was_expected_is_the_observations_metadata() -> None:
    o = read({"braintrust.expected": "18C"})
    assert (o.metadata, claimed(o)) == ({"expected": "18C"}, {})


def test_the_project_is_no_session() -> None:
    assert claimed(read({"braintrust.parent": "project_name:demo"})) == {}
