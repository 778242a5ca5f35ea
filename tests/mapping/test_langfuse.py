from __future__ import annotations

import pytest

from sidetrace.proto.span import Scope, Value

from .reading import claimed, read

V3, V5 = Scope("langfuse-sdk", "3.15.0"), Scope("langfuse-sdk", "5.0.4")
PYTHON: dict[str, Value] = {"telemetry.sdk.language": "python"}


def test_everything_that_the_sdk_says_about_an_observation() -> None:
    o = read(
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.input": '[{"role": "user"}]',
            "langfuse.observation.output": "hello",
            "langfuse.observation.level": "warning",
            "langfuse.observation.status_message": "careful",
            "langfuse.observation.model.name": "gpt-4o-mini",
            "langfuse.observation.model.parameters": '{"temperature": 0.2}',
            "langfuse.observation.usage_details": '{"input": 32, "input_cached_tokens": 10, "output": 17}',
            "langfuse.observation.cost_details": '{"input": 0.001, "output": 0.002}',
            "langfuse.observation.completion_start_time": '"2026-11-18T08:26:41.500Z"',
            "langfuse.observation.prompt.name": "greet",
            "langfuse.observation.prompt.version": 3,
            "langfuse.observation.metadata.step": 4,
            "langfuse.version": "v7",
            "langfuse.environment": "staging",
        },
        scope=V3,
    )

    assert (o.type, o.level, o.status_message) == ("GENERATION", "WARNING", "careful")
    assert (o.input_key, o.output_key) == ("langfuse.observation.input", "langfuse.observation.output")
    assert (o.model, o.model_parameters) == ("gpt-4o-mini", {"temperature": 0.2})
    assert (o.input_tokens, o.output_tokens, o.total_tokens) == (42, 17, 59)
    assert (o.cost, o.cost_details) == (3_000_000, {"input": 1_000_000, "output": 2_000_000})
    assert o.completion_start_ns == 1_794_990_401_500_000_000
    assert (o.prompt_name, o.prompt_version) == ("greet", "3")
    assert o.metadata == {"step": 4}
    assert (o.version, o.environment) == ("v7", "staging")
    assert not o.problems


def test_everything_that_the_sdk_says_about_the_trace() -> None:
    o = read(
        {
            "session.id": "s",
            "user.id": "u",
            "langfuse.trace.name": "chat",
            "langfuse.trace.tags": ["beta", "weather"],
            "langfuse.trace.public": True,
            "langfuse.trace.metadata.plan": "pro",
            "langfuse.trace.metadata.langfuse_session_id": "not metadata",
            "langfuse.trace.input": "hi",
            "langfuse.trace.output": "yo",
            "langfuse.release": "r1",
        },
        resource={"langfuse.environment": "production", "service.name": "unknown_service:python"},
    )

    assert claimed(o) == {
        "session_id": "s",
        "user_id": "u",
        "name": "chat",
        "public": True,
        "metadata.plan": "pro",
        "input": "langfuse.trace.input",
        "output": "langfuse.trace.output",
        "release": "r1",
        "environment": "production",
    }
    assert o.tags == ["beta", "weather"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [('"pro"', "pro"), ("3", 3), ("1.5", 1.5), ("true", True), ('{"a":[1]}', {"a": [1]}), ('"3"', "3"), ("pro", "pro")],
)
def test_version_5_sends_every_metadata_value_as_json(sent: str, kept: object) -> None:
    o = read({"langfuse.trace.metadata.k": sent}, scope=V5, resource=PYTHON)
    assert claimed(o)["metadata.k"] == kept


@pytest.mark.parametrize(
    ("sent", "kept"), [("3", "3"), (3, 3), ("pro", "pro"), ("true", "true"), ('{"a": 1}', {"a": 1}), ('"x"', "x")]
)
def test_before_version_5_text_stays_text(sent: Value, kept: object) -> None:
    o = read({"langfuse.trace.metadata.k": sent}, scope=V3, resource=PYTHON)
    assert claimed(o)["metadata.k"] == kept


def test_whole_metadata_objects_are_spread_and_plain_text_is_kept() -> None:
    o = read(
        {"langfuse.trace.metadata": '{"a": 1, "b": {"c": 2}, "empty": null}', "langfuse.observation.metadata": "note"}
    )
    assert claimed(o) == {"metadata.a": 1, "metadata.b": {"c": 2}}
    assert o.metadata == {"metadata": "note"}


def test_version_5_text_as_whole_metadata() -> None:
    o = read({"langfuse.observation.metadata": '"note"'}, scope=V5, resource=PYTHON)
    assert o.metadata == {"metadata": "note"}


@pytest.mark.parametrize("sent", ["null", " null ", '""', ""])
@pytest.mark.parametrize("key", ["langfuse.observation.metadata", "langfuse.trace.metadata"])
def test_version_5_null_is_no_metadata(key: str, sent: str) -> None:
    for attributes in ({key: sent}, {f"{key}.k": sent}):
        o = read(dict(attributes), scope=V5, resource=PYTHON)
        assert (claimed(o), o.metadata) == ({}, {})


@pytest.mark.parametrize(
    ("attributes", "parent", "rank"),
    [
        ({}, "", 0),
        ({"langfuse.internal.as_root": True}, "c" * 16, 1),
        ({"langfuse.internal.as_root": "true"}, "c" * 16, 1),
        ({"langfuse.internal.is_app_root": True}, "c" * 16, 2),
        ({"langfuse.internal.as_root": True, "langfuse.internal.is_app_root": True}, "c" * 16, 1),
        ({"langfuse.internal.is_app_root": False}, "c" * 16, 3),
        ({"langfuse.internal.as_root": True}, "", 0),
    ],
)
def test_root_rank(attributes: dict[str, Value], parent: str, rank: int) -> None:
    assert read(attributes, parent_span_id=parent).root_rank == rank


@pytest.mark.parametrize(
    ("sent", "level"),
    [("INFO", "DEFAULT"), ("warn", "WARNING"), ("FATAL", "ERROR"), ("trace", "DEBUG"), ("odd", "ERROR")],
)
def test_levels_and_their_aliases(sent: str, level: str) -> None:
    assert read({"langfuse.observation.level": sent}, status_code=2).level == level


def test_openai_usage_shape_is_taken_apart() -> None:
    usage = (
        '{"completion_tokens": 17, "prompt_tokens": 42, "total_tokens": 59,'
        ' "completion_tokens_details": {"reasoning_tokens": 5, "audio_tokens": 0, "rejected_prediction_tokens": null},'
        ' "prompt_tokens_details": {"cached_tokens": 10}}'
    )
    o = read({"langfuse.observation.usage_details": usage})
    assert o.usage_details == {
        "input": 32, "input_cached_tokens": 10, "output": 12, "output_reasoning_tokens": 5, "total": 59,
    }  # fmt: skip
    assert (o.input_tokens, o.output_tokens, o.total_tokens) == (42, 17, 59)


def test_parts_given_beside_a_total_that_already_holds_them_are_not_added() -> None:
    o = read(
        {"langfuse.observation.usage_details": '{"input": 42, "input_cached_tokens": 10, "output": 17, "total": 59}'}
    )
    assert (o.input_tokens, o.output_tokens, o.total_tokens) == (42, 17, 59)
