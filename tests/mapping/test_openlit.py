from __future__ import annotations

import pytest

from sidetrace.proto.span import Scope, Value

from .captured import observed
from .picked import counts, named
from .reading import SECOND, START, claimed, read

OPENAI, ANTHROPIC = Scope("openlit.instrumentation.openai"), Scope("openlit.instrumentation.anthropic")
FIRST_TOKEN = "gen_ai.server.time_to_first_token"


def test_captured() -> None:
    found = observed("openlit/sdk")
    assert counts(found) == [(42, 17)] * 3
    chats = named(found, "chat gpt-4o-mini")
    assert all(o.priced for o in chats if o.total_tokens)
    assert all("seed" not in o.model_parameters for o in chats)
    # only the third is streamed
    assert [o.completion_start_ns is not None for o in chats] == [False, False, True, False]
    (turn,), (context,) = named(found, "turn"), named(found, "ctx")
    assert (turn.input_key, turn.output_key) == ("function.args", "gen_ai.output.messages")
    assert (claimed(context)["session_id"], claimed(context)["user_id"]) == ("sess-42", "user-7")


def test_a_cost_of_zero_is_unknown() -> None:
    call: dict[str, Value] = {
        "gen_ai.operation.name": "chat", "gen_ai.request.model": "mine", "gen_ai.usage.input_tokens": 42,
    }  # fmt: skip
    assert read(call | {"gen_ai.usage.cost": 0}, scope=OPENAI).cost is None
    assert read(call | {"gen_ai.usage.cost": 0.5}, scope=OPENAI).cost == 500_000_000
    assert read(call | {"gen_ai.usage.cost": 0}).cost == 0


@pytest.mark.parametrize(("scope", "totals"), [(ANTHROPIC, (42, 17, 59)), (OPENAI, (32, 17, 49))])
def test_raw_anthropic_counts_leave_cached_tokens_out(scope: Scope, totals: tuple[int, int, int]) -> None:
    o = read(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "claude-sonnet-4-5",
            "gen_ai.usage.input_tokens": 32,
            "gen_ai.usage.output_tokens": 17,
            "gen_ai.usage.cache_read.input_tokens": 10,
        },
        scope=scope,
    )
    assert (o.input_tokens, o.output_tokens, o.total_tokens) == totals


@pytest.mark.parametrize(
    ("attributes", "first"),
    [
        ({FIRST_TOKEN: 0.5}, SECOND // 2),
        ({FIRST_TOKEN: 0.5, "gen_ai.request.stream": True}, SECOND // 2),
        ({FIRST_TOKEN: 0.5, "gen_ai.request.stream": False}, None),
        # longer than the span's two seconds: milliseconds
        ({FIRST_TOKEN: 500}, SECOND // 2),
        ({FIRST_TOKEN: 500_000}, None),
        ({FIRST_TOKEN: 0}, None),
        ({FIRST_TOKEN: "soon"}, None),
        ({FIRST_TOKEN: 0.5, "gen_ai.response.time_to_first_chunk": 1.0}, SECOND),
    ],
)
def test_time_to_first_token(attributes: dict[str, Value], first: int | None) -> None:
    o = read(attributes, scope=OPENAI)
    assert o.completion_start_ns == (None if first is None else START + first)


@pytest.mark.parametrize(
    ("arguments", "words", "key"),
    [("('hi',)", "{}", "function.args"), ("()", "{'q': 'hi'}", "function.kwargs"), ("()", "{}", None)],
)
def test_arguments_of_a_decorated_function(arguments: str, words: str, key: str | None) -> None:
    attributes: dict[str, Value] = {"function.args": arguments, "function.kwargs": words}
    assert read(dict(attributes), scope=Scope("openlit")).input_key == key
    assert read(dict(attributes)).input_key is None
