from __future__ import annotations

import json

import pytest

from sidetrace.proto.span import Scope, Value

from .reading import SECOND, START, claimed, read

LIVEKIT = Scope("livekit-agents")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("agent_session", "AGENT"), ("agent_turn", "AGENT"), ("user_turn", "SPAN"), ("llm_node", "CHAIN"),
        ("llm_request", "GENERATION"), ("function_tool", "TOOL"), ("tts_node", "SPAN"), ("tts_request", "SPAN"),
    ],
)  # fmt: skip
def test_types_by_the_spans_name(name: str, kind: str) -> None:
    assert read({}, name=name, scope=LIVEKIT).type == kind
    assert read({}, name=name).type == "SPAN"


@pytest.mark.parametrize("prefix", ["lk.pii.", "lk."])
def test_content_with_and_without_pii(prefix: str) -> None:
    for field, key in (
        ("input", "chat_ctx"), ("input", "user_input"), ("input", "input_text"), ("input", "user_transcript"),
        ("input", "function_tool.arguments"), ("output", "response.text"), ("output", "function_tool.output"),
    ):  # fmt: skip
        o = read({f"{prefix}{key}": "hi"}, scope=LIVEKIT)
        assert getattr(o, f"{field}_key") == f"{prefix}{key}"
    call = {"call_id": "1", "name": "get_weather", "arguments": '{"city": "Paris"}'}
    o = read({f"{prefix}response.text": "wait", f"{prefix}response.function_calls": json.dumps([call])})
    assert o.output_made is not None
    assert json.loads(o.output_made) == [
        {"role": "assistant", "content": [{"type": "text", "text": "wait"}, {"type": "function_call", **call}]}
    ]
    assert read({f"{prefix}response.function_calls": "[]"}).output_made is None


@pytest.mark.parametrize(
    ("attributes", "session"),
    [
        ({"gen_ai.conversation.id": "c", "lk.room_sid": "r"}, "c"),
        ({"lk.room_sid": "r", "lk.pii.room_name": "n", "lk.job_id": "j"}, "r"),
        ({"lk.job_id": "j", "lk.room_name": "n"}, "n"),
        ({"lk.job_id": "j", "lk.pii.room_name": "n"}, "n"),
        ({"lk.job_id": "j"}, "j"),
        ({"livekit.session.id": "s", "lk.room_sid": "r"}, "s"),
    ],
)
def test_sessions(attributes: dict[str, Value], session: str) -> None:
    assert claimed(read(attributes))["session_id"] == session


def test_a_participant_is_the_user() -> None:
    assert claimed(read({"lk.pii.participant_identity": "ann", "lk.participant_id": "PA_1"}))["user_id"] == "ann"
    assert claimed(read({"lk.participant_identity": "ann"}))["user_id"] == "ann"
    assert claimed(read({"lk.participant_id": "PA_1"}))["user_id"] == "PA_1"


def test_first_token_and_usage_that_is_sent_twice() -> None:
    o = read(
        {
            "lk.response.ttft": 0.25,
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.usage.input_tokens": 42,
            "gen_ai.usage.output_tokens": 17,
            "gen_ai.usage.cache_read.input_tokens": 10,
            "gen_ai.usage.input_cached_tokens": 10,
            "gen_ai.usage.input_text_tokens": 42,
            "gen_ai.usage.output_text_tokens": 17,
            "lk.llm_metrics": '{"prompt_tokens": 42, "completion_tokens": 17}',
        },
        name="llm_request",
        scope=LIVEKIT,
    )
    assert o.completion_start_ns == START + SECOND // 4
    assert (o.input_tokens, o.output_tokens, o.total_tokens) == (42, 17, 59)


def test_a_tool() -> None:
    assert read({"lk.function_tool.name": "get_weather"}, name="function_tool", scope=LIVEKIT).name == "get_weather"
    assert read({"lk.function_tool.is_error": True}).level == "ERROR"
    assert read({"lk.function_tool.is_error": False}).level == "DEFAULT"
