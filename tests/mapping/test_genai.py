from __future__ import annotations

import pytest

from sidetrace.proto.span import Event, Value

from .reading import SECOND, START, claimed, read

CHAT: dict[str, Value] = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}


def test_a_chat_call() -> None:
    o = read(
        CHAT
        | {
            "gen_ai.response.model": "gpt-4o-2024-08-06",
            "gen_ai.conversation.id": "c-1",
            "gen_ai.request.temperature": 0.5,
            "gen_ai.request.stop_sequences": ["x"],
            "gen_ai.usage.input_tokens": 42,
            "gen_ai.usage.output_tokens": 17,
            "gen_ai.usage.cache_read.input_tokens": 10,
            "gen_ai.usage.reasoning.output_tokens": 5,
            "gen_ai.input.messages": "[]x",
            "gen_ai.output.messages": "yo",
            "gen_ai.response.time_to_first_chunk": 0.25,
            "gen_ai.usage.cost": 0.01,
        }
    )
    assert (o.type, o.model) == ("GENERATION", "gpt-4o-2024-08-06")
    assert o.model_parameters == {"temperature": 0.5, "stop_sequences": ["x"]}
    assert o.usage_details == {
        "input": 32, "input_cached_tokens": 10, "output": 12, "output_reasoning_tokens": 5,
    }  # fmt: skip
    assert (o.input_tokens, o.output_tokens, o.total_tokens) == (42, 17, 59)
    assert (o.input_key, o.output_key) == ("gen_ai.input.messages", "gen_ai.output.messages")
    assert o.completion_start_ns == START + SECOND // 4
    assert o.cost == 10_000_000
    assert claimed(o) == {"session_id": "c-1", "metadata.gen_ai.conversation.id": "c-1"}


@pytest.mark.parametrize(
    ("counts", "totals"),
    [
        ({"input_tokens": 42, "output_tokens": 17}, (42, 17, 59)),
        ({"prompt_tokens": "42", "completion_tokens": 17.0}, (42, 17, 59)),
        ({"input_tokens": 42, "output_tokens": 17, "cache_read.input_tokens": 40}, (42, 17, 59)),
        # more cached than input: the sender leaves cached tokens out of its input
        ({"input_tokens": 2, "output_tokens": 17, "cache_read.input_tokens": 40}, (42, 17, 59)),
        # the total tells the same
        (
            {"input_tokens": 32, "output_tokens": 17, "cache_creation.input_tokens": 10, "total_tokens": 59},
            (42, 17, 59),
        ),
        ({"input_tokens": -1, "output_tokens": "many"}, (0, 0, 0)),
    ],
)
def test_cached_tokens_are_counted_once(counts: dict[str, Value], totals: tuple[int, int, int]) -> None:
    o = read(CHAT | {f"gen_ai.usage.{name}": value for name, value in counts.items()})
    assert (o.input_tokens, o.output_tokens, o.total_tokens) == totals


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "m"}, "AGENT"),
        ({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "t"}, "TOOL"),
        ({"gen_ai.operation.name": "embeddings"}, "EMBEDDING"),
        ({"gen_ai.operation.name": "unheard_of", "gen_ai.tool.name": "t"}, "TOOL"),
        ({"gen_ai.request.model": "m"}, "SPAN"),
        ({"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 1}, "GENERATION"),
        ({"gen_ai.operation.name": "chat", "langfuse.observation.type": "agent"}, "AGENT"),
    ],
)
def test_observation_type(attributes: dict[str, Value], kind: str) -> None:
    assert read(attributes).type == kind


def test_an_error_brings_its_level_and_its_message() -> None:
    event = Event(START, "exception", {"exception.message": "boom"})
    assert read({}, status_code=2, status_message="bad", events=[event]).status_message == "bad"
    assert read({}, status_code=2, events=[event]).status_message == "boom"
    failed = read({"error.type": "openai.RateLimitError"})
    assert (failed.level, failed.status_message) == ("ERROR", "openai.RateLimitError")
    assert read({}, events=[event]).level == "DEFAULT"


def test_an_agents_version_is_its_observations_alone() -> None:
    o = read({"gen_ai.agent.version": "a1"})
    assert (o.version, claimed(o)) == ("a1", {})
    o = read({"gen_ai.agent.version": "a1"}, resource={"service.version": "s1"})
    assert (o.version, claimed(o)) == ("s1", {"version": "s1"})
