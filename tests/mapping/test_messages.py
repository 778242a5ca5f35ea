"""Every shape of attributes.md, section 7, read into the one form of a message."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidetrace.mapping.messages import conversation, messages, system, tools
from sidetrace.mapping.messages.items import EVENTS
from sidetrace.mapping.messages.parts import KEYED, TYPED
from sidetrace.mapping.messages.reading import ENVELOPES
from sidetrace.mapping.messages.shape import MAX_ITEMS
from sidetrace.query.encode import encode

from .shapes import ANSWER, ARGS, CALL, SHAPES, STOPPED, SYSTEM, USER


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_read_into_the_one_form(shape: str) -> None:
    value, wanted = SHAPES[shape]
    side = "output" if any(word in shape for word in ("response", "call", "completions", "LiteLLM")) else "input"
    assert messages(value, side) == wanted  # type: ignore[arg-type]
    assert messages(json.dumps(value), side) == wanted  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        ({"type": "blob", "mime_type": "image/png", "modality": "image", "content": "AAAA"},
         {"modality": "image", "mime_type": "image/png", "data": "AAAA"}),
        ({"type": "uri", "uri": "gs://b/x.mp4", "modality": "video"}, {"modality": "video", "uri": "gs://b/x.mp4"}),
        ({"type": "file", "file_id": "f1", "modality": "document"}, {"modality": "document", "file_id": "f1"}),
        ({"type": "image_url", "image_url": {"url": "https://x/a.png"}}, {"modality": "image", "uri": "https://x/a.png"}),
        ({"type": "input_image", "image_url": "data:image/png;base64,AAAA"},
         {"modality": "image", "mime_type": "image/png", "data": "AAAA"}),
        ({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
         {"modality": "audio", "mime_type": "audio/wav", "data": "AAAA"}),
        ({"type": "file", "data": "AAAA", "mediaType": "application/pdf"},
         {"modality": "document", "mime_type": "application/pdf", "data": "AAAA"}),
        ({"type": "file", "file": {"file_id": "f1"}}, {"modality": "document", "file_id": "f1"}),
        ({"fileData": {"fileUri": "gs://b/x.png", "mimeType": "image/png"}},
         {"modality": "image", "mime_type": "image/png", "uri": "gs://b/x.png"}),
    ],
    ids=lambda part: str(part)[:40],
)  # fmt: skip
def test_media_in_every_form(part: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert messages([{"role": "user", "content": [part]}], "input") == [
        {"role": "user", "parts": [{"type": "media", **wanted}]}
    ]


def test_text_is_whoever_speaks_on_its_side() -> None:
    assert messages("hi", "input") == [USER]
    assert messages("yo", "output") == [ANSWER]
    assert messages('"yo"', "output") == [ANSWER]
    assert messages("[1] is a footnote", "output") == [
        {"role": "assistant", "parts": [{"type": "text", "text": "[1] is a footnote"}]}
    ]


@pytest.mark.parametrize(
    "value",
    [
        None, True, 18, 1.5, "", "  ", "null", [], {}, "[]", "{}", {"city": "Paris"}, '{"city": "Paris"}',
        {"args": ["hi"], "kwargs": {}}, {"q": "hi"}, {"input": "hi"}, [1, 2], ["hello", "world"], [[0.1, 0.2]],
        {"model": "m", "input": ["hello", "world"]}, {"data": [{"embedding": [0.1], "index": 0}]},
        [{"id": "d1", "content": "a document", "score": 0.5}], {"path": "a.txt", "content": "text"},
        {"role": "Weather bot", "goal": "answer"}, {"message": "hi"}, {"output": None}, {"text": "hi"},
        [{"type": "function", "function": {"name": "w", "parameters": {}}}],
        {"messages": ["ChatMessage(role=<MessageRole.USER: 'user'>)"]}, [{"type": "page", "text": "a document"}],
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_conversation_is_none(value: Any) -> None:
    assert messages(value, "input") is None


def test_what_no_reader_knows_is_kept_as_it_came() -> None:
    odd: Any = {"type": "hologram", "beams": 3}
    assert messages([{"role": "user", "content": ["hi", odd]}], "input") == [
        {"role": "user", "parts": [{"type": "text", "text": "hi"}, {"type": "other", "value": odd}]}
    ]
    assert messages([{"role": "user", "content": "hi"}, odd], "input") == [
        USER,
        {"role": "user", "parts": [{"type": "other", "value": odd}]},
    ]


def test_parallel_calls_without_ids_stay_apart_and_text_that_is_json_stays_text() -> None:
    call: Any = {"type": "tool_call", "name": "w", "arguments": ARGS}
    assert messages([{"role": "assistant", "parts": [call, call]}], "output") == [
        {"role": "assistant", "parts": [{**CALL, "id": None}, {**CALL, "id": None}]}
    ]
    for text in ('{"city": "Paris"}', "[1, 2]", '[{"a": 1}]'):
        assert messages([{"role": "user", "content": text}], "input") == [
            {"role": "user", "parts": [{"type": "text", "text": text}]}
        ]
    assert messages([{"role": "assistant", "parts": [{**call, "arguments": "Paris, please"}]}], "output") == [
        {"role": "assistant", "parts": [{**CALL, "id": None, "arguments": "Paris, please"}]}
    ]


def test_one_list_of_events_is_split_into_its_sides() -> None:
    asked: Any = {"event.name": "gen_ai.user.message", "content": "hi", "role": "user"}
    chosen: Any = {"event.name": "gen_ai.choice", "index": 0, "message": {"role": "assistant", "content": "yo"}}
    said: Any = {"event.name": "gen_ai.assistant.message", "content": "yo", "role": "assistant"}
    for both in ([asked, chosen], [asked, said]):
        assert (messages(both, "input"), messages(both, "output")) == ([USER], [ANSWER])
    assert messages([asked], "output") is None


def test_the_system_prompt_stands_in_front_once() -> None:
    told = {"gen_ai.system_instructions": '[{"type": "text", "content": "be brief"}]'}
    assert conversation("hi", "yo", told) == {"input": [SYSTEM, USER], "output": [ANSWER], "tools": []}
    assert conversation(None, None, told)["input"] == [SYSTEM]
    both: Any = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}]
    assert conversation(both, None, told)["input"] == [SYSTEM, USER]
    for value in ("be brief", [{"type": "text", "content": "be brief"}], [{"role": "system", "content": "be brief"}]):
        assert system({"gen_ai.system_instructions": value}) == [SYSTEM]  # type: ignore[dict-item]
    assert system({"lk.pii.instructions": "be brief"}) == [SYSTEM]
    assert system({"gen_ai.system_instructions": ""}) == []


def test_what_senders_keep_beside_the_output_joins_it() -> None:
    sent = {
        "ai.response.text": '{"t": 18}',
        "ai.response.reasoning": "hm",
        "ai.response.toolCalls": '[{"toolCallId": "c1", "toolName": "w", "input": "{\\"city\\": \\"Paris\\"}"}]',
        "ai.response.finishReason": "tool-calls",
    }
    text = {"type": "text", "text": '{"t": 18}'}
    assert conversation(None, '{"t": 18}', sent)["output"] == [
        {"role": "assistant", "parts": [{"type": "reasoning", "text": "hm"}, text, CALL], "finish_reason": "tool_call"}
    ]
    del sent["ai.response.text"]
    assert conversation(None, None, sent)["output"] == [
        {"role": "assistant", "parts": [{"type": "reasoning", "text": "hm"}, CALL], "finish_reason": "tool_call"}
    ]


@pytest.mark.parametrize(
    "told",
    [
        {"gen_ai.response.finish_reasons": ["stop"]}, {"gen_ai.response.finish_reasons": '["stop"]'},
        {"gen_ai.response.finish_reason": "FinishReason.STOP"}, {"llm.finish_reason": "stop"},
        {"anthropic.message.stop_reason": "end_turn"},
    ],
    ids=str,
)  # fmt: skip
def test_why_the_model_stopped_comes_from_the_attributes(told: dict[str, Any]) -> None:
    assert conversation(None, "yo", told)["output"] == [STOPPED]


def test_flattened_messages_stand_in_where_the_payload_holds_none() -> None:
    flat = {
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": "hi",
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.function_call.name": "w",
        "gen_ai.completion.0.function_call.arguments": ARGS,
    }
    empty = '[{"role": "assistant", "parts": []}]'  # what LiteLLM sends for a call
    got = conversation({"kwargs": 1}, empty, flat)
    assert got["input"] == [USER]
    assert got["output"] == [{"role": "assistant", "parts": [{**CALL, "id": None}]}]


def test_an_input_that_ends_with_the_output_is_shown_without_it() -> None:
    whole: Any = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo"}]
    assert conversation(whole, "yo", {})["input"] == [USER]
    assert conversation(whole, "something else", {})["input"] == [USER, ANSWER]


SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
OFFERED = {"name": "w", "description": "weather", "parameters": SCHEMA}
FUNCTION = {"type": "function", "function": {**OFFERED}}


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.tool.definitions": json.dumps([{"type": "function", **OFFERED}])},
        {"gen_ai.tool.definitions": [FUNCTION]},
        {"gen_ai.tool.definitions": [{"name": "w", "description": "weather", "inputSchema": {"json": SCHEMA}}]},
        {"llm.tools.0.tool.json_schema": json.dumps(FUNCTION)},
        {"llm.tools.0.tool.json_schema": json.dumps({"name": "w", "description": "weather", "input_schema": SCHEMA})},
        {"llm.request.functions.0.name": "w", "llm.request.functions.0.description": "weather",
         "llm.request.functions.0.parameters": json.dumps(SCHEMA)},
        {"llm.tools.0.name": "w", "llm.tools.0.description": "weather", "llm.tools.0.parameters": json.dumps(SCHEMA)},
        {"ai.prompt.tools": [json.dumps({"type": "function", "name": "w", "description": "weather",
                                         "inputSchema": SCHEMA})]},
        {"mlflow.chat.tools": json.dumps([FUNCTION])},
        {"model_request_parameters": json.dumps({"function_tools": [
            {"name": "w", "description": "weather", "parameters_json_schema": SCHEMA}], "output_tools": []})},
    ],
    ids=lambda attributes: next(iter(attributes)),
)  # fmt: skip
def test_tools_are_read_from_every_key(attributes: dict[str, Any]) -> None:
    assert tools(attributes) == [OFFERED]


def test_tools_are_read_from_names_and_from_the_request() -> None:
    assert tools({"gen_ai.agent.tools": '["w"]'}) == [{"name": "w"}]
    assert tools({}) == []
    request = {"messages": [{"role": "user", "content": "hi"}], "tools": [FUNCTION]}
    assert conversation(json.dumps(request), None, {})["tools"] == [OFFERED]
    gemini = {"contents": ["hi"], "config": {"tools": [{"function_declarations": [OFFERED]}]}}
    assert conversation(gemini, None, {})["tools"] == [OFFERED]  # type: ignore[arg-type]


def test_messages_and_parts_are_bounded() -> None:
    many = [{"role": "user", "content": [{"type": "text", "text": "x"}] * 30}] * 20_000
    got = messages(many, "input")  # type: ignore[arg-type]
    assert got is not None
    assert len(got) + sum(len(one["parts"]) for one in got) == MAX_ITEMS


@pytest.mark.parametrize("wrapper", ["messages", "message", "output", "inputs", "update", "content", "input"])
def test_wrappers_without_end_are_no_conversation(wrapper: str) -> None:
    value: Any = [{"role": "user", "content": "hi"}]
    for _ in range(150):
        value = {wrapper: value}
    assert messages(value, "input") is None
    for _ in range(50_000):
        value = [value]
    assert messages(value, "input") is None
    assert messages([{"role": "assistant", "tool_calls": [{"name": "w", "arguments": value}]}], "output") is None
    assert messages('{"messages":' * 5000, "input") == [
        {"role": "user", "parts": [{"type": "text", "text": '{"messages":' * 5000}]}
    ]


WORDS = sorted(
    {*TYPED, *(key for key, _ in KEYED), *(key for key, _ in ENVELOPES), *EVENTS}
    | {"role", "content", "parts", "message", "type", "kwargs", "lc", "id", "data", "user", "assistant", "tool"}
    | {"tool_calls", "function", "name", "arguments", "event.name", "body", "attributes", "system", "config", "text"}
)  # fmt: skip
keys = st.one_of(st.sampled_from(WORDS), st.text(max_size=3))
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(WORDS), st.text(max_size=5),
    st.sampled_from(['[{"text": "hi"}]', '{"a": 1}', "[", "data:image/png;base64,AA", "[" * 3000]),
)  # fmt: skip
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=5)),
    max_leaves=25,
)


ATTRIBUTES = [
    "ai.response.toolCalls", "llm.tools.0.tool", "gen_ai.system_instructions", "gen_ai.tool.definitions",
    "gen_ai.prompt.0.role",
]  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(anything, anything, st.dictionaries(keys | st.sampled_from(ATTRIBUTES), anything, max_size=5))
def test_any_json_is_read_without_an_error_and_always_alike(
    given_in: Any, out: Any, attributes: dict[str, Any]
) -> None:
    got = conversation(given_in, out, attributes)
    assert encode(got) == encode(conversation(given_in, out, attributes))
    for side in (got["input"], got["output"]):
        assert side is None or all(one["role"] and all(part["type"] for part in one["parts"]) for one in side)
    for side_name in ("input", "output"):
        encode(messages(json.dumps(given_in), side_name))
