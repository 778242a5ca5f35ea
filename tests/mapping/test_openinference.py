from __future__ import annotations

from typing import Any

import pytest

from sidetrace.mapping.evaluation import Evaluation
from sidetrace.proto.span import Event, Scope, Value

from .captured import CALL, calls, kinds, observed, said
from .reading import SECOND, START, claimed, read

LLM: dict[str, Value] = {"openinference.span.kind": "LLM"}
LANGCHAIN = Scope("openinference.instrumentation.langchain", "0.1.80")


def test_a_call_of_a_model() -> None:
    o = read(
        LLM
        | {
            "session.id": "s",
            "user.id": "u",
            "metadata": '{"plan": "pro"}',
            "tag.tags": ["beta"],
            "llm.model_name": "gpt-4o-mini",
            "llm.request.model_name": "mini",
            "llm.provider": "openai",
            "llm.invocation_parameters": '{"model": "mini", "temperature": 0.2, "stop": null, "tools": [1], "x": []}',
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": "hi",
            "llm.output_messages.0.message.content": "yo",
            "input.value": "{}",
            "output.value": '{"id": "chatcmpl-1"}',
            "llm.token_count.prompt": 42,
            "llm.token_count.completion": 17,
            "llm.token_count.total": 59,
            "llm.token_count.prompt_details.cache_read": 10,
            "llm.token_count.completion_details.reasoning": 5,
            "llm.token_count.prompt_details.audio": 0,
            "prompt.id": "p-1",
            "llm.prompt_template.version": "v3",
        },
        events=[Event(START + SECOND, "First Token Stream Event", {})],
    )
    assert (o.type, o.model, o.model_parameters) == ("GENERATION", "gpt-4o-mini", {"temperature": 0.2})
    assert (o.input_key, o.output_key) == ("llm.input_messages.*", "llm.output_messages.*")
    assert (o.usage_details, o.response_id) == (CALL, "chatcmpl-1")
    assert o.completion_start_ns == START + SECOND
    assert (o.prompt_name, o.prompt_version, o.tags) == ("p-1", "v3", ["beta"])
    assert claimed(o) == {"session_id": "s", "user_id": "u", "metadata.plan": "pro"}
    assert claimed(read(LLM | {"llm.invocation_parameters": '{"user": "h"}'}))["user_id"] == "h"
    assert read(LLM | {"prompt.url": "https://p"}).prompt_name == "https://p"
    untimed = read(LLM, events=[Event(0, "First Token Stream Event", {})])
    assert untimed.completion_start_ns is None
    assert not untimed.problems


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("LLM", "GENERATION"), ("DECISION", "GENERATION"), ("EMBEDDING", "EMBEDDING"), ("CHAIN", "CHAIN"),
        ("RETRIEVER", "RETRIEVER"), ("RERANKER", "RETRIEVER"), ("TOOL", "TOOL"), ("AGENT", "AGENT"),
        ("GUARDRAIL", "GUARDRAIL"), ("EVALUATOR", "EVALUATOR"), ("PROMPT", "SPAN"), ("UNKNOWN", "SPAN"),
        ("llm", "GENERATION"), ("NOVEL", "SPAN"),
    ],
)  # fmt: skip
def test_kinds(word: str, kind: str) -> None:
    assert read({"openinference.span.kind": word}).type == kind
    if word != "NOVEL":
        assert read({"openinference.span.kind": word, "gen_ai.operation.name": "invoke_agent"}).type == kind


def test_values_go_before_messages_except_in_a_call_of_a_model() -> None:
    both: dict[str, Value] = {
        "input.value": "question",
        "output.value": "answer",
        "llm.input_messages.0.message.role": "user",
        "llm.output_messages.0.message.role": "assistant",
    }
    chain = read(both | {"openinference.span.kind": "CHAIN"})
    assert (chain.input_key, chain.output_key) == ("input.value", "output.value")
    call = read(both | LLM)
    assert (call.input_key, call.output_key) == ("llm.input_messages.*", "llm.output_messages.*")
    assert read({"output.value": "answer"}).output_key == "output.value"
    # a call without messages, and the texts of models that only continue one
    assert read(LLM | {"input.value": "question"}).input_key == "input.value"
    o = read(LLM | {"llm.prompts.0.prompt.text": "once", "llm.choices.0.completion.text": "upon", "input.value": "x"})
    assert (o.input_key, o.output_key) == ("llm.prompts.*", "llm.choices.*")


def test_genai_keys_beside_them_say_the_same_once() -> None:
    o = read(
        LLM
        | {
            "llm.input_messages.0.message.content": "hi",
            "gen_ai.input.messages": "[]x",
            "llm.token_count.prompt": 42,
            "gen_ai.usage.input_tokens": 42,
            "session.id": "s",
            "gen_ai.conversation.id": "s",
        }
    )
    assert (o.input_key, o.input_tokens, claimed(o)["session_id"]) == ("gen_ai.input.messages", 42, "s")


def test_retrieval_reranking_embedding_and_tools() -> None:
    found = read({"openinference.span.kind": "RETRIEVER", "retrieval.documents.0.document.content": "d"})
    assert found.output_key == "retrieval.documents.*"
    ranked = read(
        {
            "openinference.span.kind": "RERANKER",
            "reranker.query": "q",
            "reranker.model_name": "r-1",
            "reranker.output_documents.0.document.id": "d",
        }
    )
    assert (ranked.input_key, ranked.output_key) == ("reranker.query", "reranker.output_documents.*")
    assert ranked.model == "r-1"
    embedded = read(
        {
            "openinference.span.kind": "EMBEDDING",
            "embedding.model_name": "e-1",
            "embedding.invocation_parameters": '{"dimensions": 4}',
            "embedding.embeddings.1.embedding.text": "b",
            "embedding.embeddings.0.embedding.text": "a",
            "embedding.embeddings.0.embedding.vector": [0.1],
        }
    )
    assert (embedded.input_made, embedded.model, embedded.model_parameters) == ('["a","b"]', "e-1", {"dimensions": 4})
    vectors: dict[str, Value] = {"embedding.embeddings.0.embedding.vector": [0.1]}
    assert read(vectors).input_made is None
    assert read(vectors | {"embedding.embeddings.0.embedding.text": "a", "input.value": "x"}).input_key == "input.value"
    tool: dict[str, Value] = {"openinference.span.kind": "TOOL"}
    schema = '{"type": "object", "properties": {"city": {}}}'
    assert read(tool | {"tool.parameters": '{"city": "Paris"}'}).input_key == "tool.parameters"
    assert read(tool | {"tool.parameters": schema}).input_key is None
    assert read(tool | {"tool.parameters": '{"city": "Paris"}', "input.value": "x"}).input_key == "input.value"


@pytest.mark.parametrize(
    ("keys", "best"),
    [
        (("llm.response.model_name", "llm.model_name", "llm.request.model_name"), "llm.response.model_name"),
        (("llm.request.model_name", "embedding.model_name"), "llm.request.model_name"),
        (("decision.model_name", "decision.request.model_name"), "decision.model_name"),
        (("decision.request.model_name",), "decision.request.model_name"),
    ],
)
def test_models(keys: tuple[str, ...], best: str) -> None:
    assert read(LLM | {key: key for key in reversed(keys)}).model == best


@pytest.mark.parametrize("kind", ["llm", "decision"])
def test_the_model_that_was_asked_for_and_who_serves_it_make_the_price(kind: str) -> None:
    called: dict[str, Value] = {"llm.model_name": "our-alias", "llm.token_count.prompt": 1000}
    assert read(LLM | called).cost is None
    assert read(LLM | called | {f"{kind}.request.model_name": "gpt-4o-mini"}).cost == 150_000
    assert read(LLM | called | {"llm.invocation_parameters": '{"model": "gpt-4o-mini"}'}).cost == 150_000
    served = LLM | called | {"llm.model_name": "gpt-4o-mini"}
    assert read(served).cost == 150_000
    for key in (f"{kind}.provider", f"{kind}.system"):
        assert read(served | {key: "ollama"}).cost is None


def test_parts_of_token_counts() -> None:
    counts = {"prompt": 42, "completion": 17, "total": 59}
    parts = {"prompt_details.cache_input": 10, "prompt_details.cache_write": 4, "prompt_details.audio": 3,
             "completion_details.audio": 2}  # fmt: skip
    o = read(LLM | {f"llm.token_count.{name}": number for name, number in (counts | parts).items()})
    assert o.usage_details == {
        "input": 25, "input_cached_tokens": 10, "input_cache_creation": 4, "input_audio_tokens": 3,
        "output": 15, "output_audio_tokens": 2, "total": 59,
    }  # fmt: skip
    assert (o.input_tokens, o.output_tokens, o.total_tokens) == (42, 17, 59)


def test_a_decision_is_a_call_with_its_own_keys() -> None:
    o = read(
        {
            "openinference.span.kind": "DECISION",
            "decision.response.model_name": "jev-1",
            "decision.token_count.input": 9,
            "decision.token_count.output": 1,
        }
    )
    assert (o.type, o.model, o.input_tokens, o.output_tokens) == ("GENERATION", "jev-1", 9, 1)


def test_cost_is_the_total_or_else_both_halves_and_never_their_details() -> None:
    halves: dict[str, Value] = {"llm.cost.prompt": 0.001, "llm.cost.completion": 0.002}
    details: dict[str, Value] = {"llm.cost.prompt_details.cache_read": 0.0005}
    assert read(LLM | halves | details).cost == 3_000_000
    assert read(LLM | halves | details | {"llm.cost.total": 0.004}).cost == 4_000_000


def test_parameters_that_are_a_whole_response_keep_what_is_a_parameter() -> None:
    whole = '{"id": "resp_1", "created_at": 1.0, "instructions": "x", "metadata": {}, "model": "m", "temperature": 1.0,'
    whole += ' "output": [1], "usage": {"input_tokens": 1}, "reasoning": {}, "store": true}'
    o = read(LLM | {"llm.invocation_parameters": whole})
    assert (o.model_parameters, o.model, o.usage_details) == ({"temperature": 1.0, "store": True}, "m", {})
    # what is no response keeps what nobody has heard of
    o = read(LLM | {"llm.invocation_parameters": '{"context_window": 8000}'})
    assert o.model_parameters == {"context_window": 8000}
    assert read(LLM | {"llm.invocation_parameters": "{'broken': 1}"}).model_parameters == {}


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ('{"choices": [], "id": "chatcmpl-4"}', "chatcmpl-4"),
        ('{"generations": [[{"message": {"kwargs": {"id": "lc_run-1"}}}]], "llm_output": {"id": "msg_1"}}', "msg_1"),
        ('{"generations": [[{"message": {"kwargs": {"response_metadata": {"id": "msg_2"}}}}]]}', "msg_2"),
        ('{"generations": [[]], "x": {"id": "no"}}', None),
        ('{"id": {"id": "deeper"}}', None),
        ('{"id": ', None),
        ('the "id" of a dog', None),
        ("", None),
    ],
)
def test_response_id_is_inside_the_output(output: str, found: str | None) -> None:
    assert read(LLM | {"output.value": output}).response_id == found
    assert read({"openinference.span.kind": "CHAIN", "output.value": output}).response_id is None


def test_broken_metadata_stays_text() -> None:
    assert claimed(read(LLM | {"metadata": "{'plan': 'pro'}"})) == {"metadata.metadata": "{'plan': 'pro'}"}


def test_a_status_message_ends_before_its_stack_trace() -> None:
    failed = "RateLimit('429')Traceback (most recent call last):\n  File"
    assert read({}, scope=LANGCHAIN, status_code=2, status_message=failed).status_message == "RateLimit('429')"
    assert read({}, scope=LANGCHAIN, status_code=2, status_message="two\nlines").status_message == "two\nlines"
    assert read({}, status_code=2, status_message=failed).status_message == failed


FIELDS: dict[str, Any] = {"name": "quality", "score": 0.9, "label": "good", "explanation": "because"}


@pytest.mark.parametrize("word", ["annotation", "evaluation"])
@pytest.mark.parametrize(("scope", "target"), [("", "observation"), ("trace.", "trace"), ("session.", "session")])
def test_judgements(word: str, scope: str, target: Any) -> None:
    start = f"{scope}{word}s."
    sent: dict[str, Value] = {f"{start}0.{word}.{name}": value for name, value in FIELDS.items()}
    sent |= {
        f"{start}0.{word}.annotator_kind": "HUMAN",
        f"{start}0.{word}.identifier": "run-1",
        f"{start}0.{word}.metadata": '{"by": "ann"}',
        f"{start}1.{word}.name": "tone",
        f"{start}1.{word}.label": "kind",
        f"{start}1.{word}.annotator_kind": "LLM",
        f"{start}2.{word}.score": 1,
        f"{start}3.{word}.name": "nothing said",
        f"{start}4.{word}.name": "remark",
        f"{start}4.{word}.explanation": "well",
    }
    end = START + 2 * SECOND
    assert list(read(sent).evaluations) == [
        Evaluation("quality", 0.9, "good", "because", target, "ANNOTATION", "run-1", {"by": "ann"}, end),
        Evaluation("tone", None, "kind", None, target, "EVAL", "", None, end),
        Evaluation("remark", None, "well", None, target, "EVAL", "", None, end),
    ]


def test_attributes_that_only_look_like_judgements() -> None:
    o = read({"annotations.count": 3, "evaluations.0": "x", "trace.annotations.0.annotation": "y", "session.id": "s"})
    assert not o.evaluations
    assert not o.problems


def test_captured_openai() -> None:
    found = observed("openinference/openai")
    assert [o.usage_details for o in calls(found)] == [CALL] * 4
    assert all(o.response_id for o in calls(found))
    failed = next(o for o in found if o.level == "ERROR")
    assert (failed.type, failed.model) == ("GENERATION", "gpt-4o-mini")
    assert said(found, "session_id") == {"sess-42"}
    assert said(found, "user_id") == {"user-7"}
    assert [o.claims["metadata.ab"][1] for o in found] == [{"arm": 2}] * 7
    assert {tuple(o.tags) for o in found} == {("beta", "weather")}
    embedded = next(o for o in found if o.type == "EMBEDDING")
    assert (embedded.model, embedded.usage_details) == ("text-embedding-3-small", {"input": 6, "total": 6})


def test_captured_langchain() -> None:
    found = observed("openinference/langchain")
    assert [o.usage_details for o in calls(found)] == [CALL, CALL, {}]  # the streamed call brings none
    assert kinds(found)["ChatPromptTemplate"] == "SPAN"
    assert said(found, "session_id") == {"sess-42", "thread-10"}
    assert said(found, "user_id") == {"user-7", "user-ctx"}
    assert not any(
        key.startswith(("metadata.ls_", "metadata.lc_", "metadata.langgraph")) for o in found for key in o.claims
    )
    failed = next(o for o in found if o.level == "ERROR")
    assert failed.status_message == "OpenAIRateLimitError('Error code: 429 - Rate limit reached (stub)')"


def test_captured_openai_agents() -> None:
    found = observed("openinference/openai-agents")
    assert [o.usage_details for o in calls(found)] == [CALL] * 3
    assert all(o.model_parameters["temperature"] == 1.0 and "id" not in o.model_parameters for o in calls(found))
    told = {o.name: o.type for o in found}
    assert (told["turn"], told["get_weather"], told["weather_agent"]) == ("CHAIN", "TOOL", "AGENT")


def test_captured_anthropic_names_the_calls_as_its_own_spans_do() -> None:
    found = calls(observed("openinference/anthropic"))
    native = [o for o in found if o.native]
    assert len(native) == 3
    assert {o.response_id for o in native} == {o.response_id for o in found if not o.native}
    assert {(o.input_tokens, o.output_tokens) for o in found} == {(46, 17)}
