from __future__ import annotations

import pytest

from sidetrace.proto.span import Event, Scope, Value

from .captured import observed
from .picked import counts, named
from .reading import START, claimed, read, tier

LANGSMITH = Scope("langsmith")
USAGE = (
    '{"input_tokens":42,"output_tokens":17,"total_tokens":59,"input_token_details":{"cache_read":10},'
    '"output_token_details":{"reasoning":5}}'
)
KINDS = {"input": 32, "input_cached_tokens": 10, "output": 12, "output_reasoning_tokens": 5, "total": 59}


def test_captured() -> None:
    found = observed("langsmith/otel-only")
    assert counts(found) == [(42, 17)] * 4
    assert all(o.usage_details == KINDS for o in found if o.total_tokens)
    assert {(o.name, o.type) for o in found} == {
        ("weather-turn", "CHAIN"), ("lookup", "TOOL"), ("ChatOpenAI", "GENERATION"), ("lc-run", "GENERATION"),
    }  # fmt: skip
    (turn,) = named(found, "weather-turn")
    said = claimed(turn)
    assert (said["session_id"], said["user_id"], said["metadata.plan"]) == ("sess-42", "user-7", "pro")
    assert (said["metadata.project"], turn.tags) == ("demo-project", ["beta", "weather"])
    assert not [field for field in said if field.startswith(("metadata.ls_", "metadata.LANGSMITH"))]
    (run,) = named(found, "lc-run")
    assert (claimed(run)["session_id"], claimed(run)["user_id"]) == ("thread-9", "user-8")
    (failed,) = (o for o in found if o.level == "ERROR")
    assert failed.status_message == "RateLimitError('Error code: 429 - Rate limit reached (stub)')"


def test_the_project_is_no_session() -> None:
    told: dict[str, Value] = {"langsmith.trace.session_id": "p-1", "langsmith.trace.session_name": "demo"}
    assert claimed(read(told, scope=LANGSMITH)) == {"metadata.project": "demo"}


@pytest.mark.parametrize(
    ("key", "field", "expected"),
    [
        ("session_id", "session_id", 4), ("sessionId", "session_id", 4), ("thread_id", "session_id", 7),
        ("conversation_id", "session_id", 7), ("user_id", "user_id", 9),
    ],
)  # fmt: skip
def test_ids_in_metadata(key: str, field: str, expected: int) -> None:
    o = read({f"langsmith.metadata.{key}": "x"})
    assert (claimed(o)[field], tier(o, field)) == ("x", expected)


@pytest.mark.parametrize(
    "told",
    [
        {"langsmith.metadata.usage_metadata": USAGE},
        {"gen_ai.usage.input_tokens": 42, "gen_ai.usage.output_tokens": 17, "gen_ai.usage.total_tokens": 59,
         "gen_ai.usage.input_token_details": "{'audio': 0, 'cache_read': 10}",
         "gen_ai.usage.output_token_details": "{'audio': 0, 'reasoning': 5}"},
    ],
)  # fmt: skip
def test_details_of_usage_in_either_form(told: dict[str, Value]) -> None:
    o = read(told | {"langsmith.span.kind": "llm"}, scope=LANGSMITH)
    assert (o.usage_details, o.metadata) == (KINDS, {})


def test_the_kind_of_a_run_goes_before_the_operation() -> None:
    told: dict[str, Value] = {"gen_ai.operation.name": "chat", "langsmith.span.kind": "retriever"}
    assert read(told).type == "RETRIEVER"


def test_what_langchain_says_of_the_model() -> None:
    told: dict[str, Value] = {
        "langsmith.metadata.ls_temperature": 0.2, "langsmith.metadata.ls_max_tokens": "None",
        "langsmith.metadata.ls_provider": "ollama", "langsmith.metadata.ls_model_name": "gpt-4o-mini",
        "langsmith.metadata.model": "gpt-4o-mini", "langsmith.metadata._type": "openai-chat",
        "langsmith.metadata.usage_metadata": USAGE, "gen_ai.request.model": "gpt-4o-mini", "gen_ai.system": "openai",
    }  # fmt: skip
    o = read(told, scope=LANGSMITH)
    assert o.model_parameters == {"temperature": 0.2}
    assert o.metadata == {"model": "gpt-4o-mini", "_type": "openai-chat"}
    assert claimed(o) == {}
    # served by the sender's own machine, whatever the name of the model suggests
    assert o.cost is None


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ("ValueError('no')\n\nTraceback (most recent call last):\n ...", "ValueError('no')"),
        ("one\ntwo", "one\ntwo"),
        ("\nTraceback (most recent call last):\n x", "\nTraceback (most recent call last):\n x"),
    ],
)
def test_a_stack_is_no_message(message: str, status: str) -> None:
    event = Event(START, "exception", {"exception.message": message})
    assert read({}, scope=LANGSMITH, status_code=2, events=[event]).status_message == status
