from __future__ import annotations

import pytest

from sidetrace.proto.span import Scope, Value

from .reading import claimed, read

SPRING = Scope("org.springframework.boot", "4.1.0")
CHAT: dict[str, Value] = {
    "gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.response.model": "none", "gen_ai.request.temperature": "0.7", "gen_ai.request.top_p": "none",
    "gen_ai.request.stop_sequences": '["a"]', "gen_ai.response.finish_reasons": '["STOP"]',
    "gen_ai.usage.input_tokens": "42", "gen_ai.usage.output_tokens": "17", "gen_ai.usage.total_tokens": "59",
    "gen_ai.response.id": "none",
}  # fmt: skip


def test_every_value_is_text_and_none_is_missing() -> None:
    o = read(dict(CHAT), scope=SPRING)
    assert (o.type, o.model, o.response_id) == ("GENERATION", "gpt-4o-mini", None)
    assert o.model_parameters == {"temperature": 0.7, "stop_sequences": ["a"]}
    assert (o.input_tokens, o.output_tokens, o.total_tokens, o.priced) == (42, 17, 59, True)


def test_no_model_at_all() -> None:
    o = read(CHAT | {"gen_ai.request.model": "none", "gen_ai.system": "none"}, scope=SPRING)
    assert (o.model, o.cost) == (None, None)


def test_a_response_model_that_is_there_wins() -> None:
    assert read(CHAT | {"gen_ai.response.model": "gpt-4o"}, scope=SPRING).model == "gpt-4o"


def test_none_is_this_senders_word_alone() -> None:
    assert read(dict(CHAT)).model == "none"


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"spring.ai.kind": "chat_client", "gen_ai.operation.name": "framework"}, "CHAIN"),
        ({"spring.ai.kind": "advisor"}, "CHAIN"),
        ({"spring.ai.kind": "tool_call"}, "TOOL"),
        ({"spring.ai.kind": "vector_store", "db.operation.name": "query"}, "RETRIEVER"),
        ({"spring.ai.kind": "vector_store", "db.operation.name": "add"}, "SPAN"),
        ({"db.operation.name": "query"}, "SPAN"),
    ],
)
def test_kinds(attributes: dict[str, Value], kind: str) -> None:
    assert read(attributes, scope=SPRING).type == kind


def test_conversation_and_tool() -> None:
    key = "spring.ai.chat.client.conversation.id"
    assert claimed(read({key: "c-7"})) == {"session_id": "c-7"}
    assert claimed(read({key: "none"})) == {}
    tool, search = "spring.ai.tool", "db.vector.query"
    o = read({f"{tool}.definition.name": "get_weather", f"{tool}.call.arguments": "{}", f"{tool}.call.result": "18C"})
    assert (o.name, o.input_key, o.output_key) == ("get_weather", f"{tool}.call.arguments", f"{tool}.call.result")
    assert read({f"{tool}.call.result": "none"}).output_key is None
    o = read({f"{search}.content": "Paris", f"{search}.response.documents": '["a"]'})
    assert (o.input_key, o.output_key) == (f"{search}.content", f"{search}.response.documents")
