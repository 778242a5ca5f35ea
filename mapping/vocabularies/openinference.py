"""OpenInference (Arize), from Python and JavaScript: `openinference.span.kind` and what goes with it.

Recognised by the keys themselves: spans made by hand carry them too, under any scope. Session, user and `metadata` are
the general keys (`opentelemetry.py`, `plain.py`); `metadata` may be broken JSON, which stays text. Usage: input counts
include cached tokens (Anthropic's are added by the instrumentation), output counts include reasoning.
Source: openinference-semantic-conventions 0.1.42; attributes.md, sections 2 to 4.2 and 5.
"""

from __future__ import annotations

import re

from ...proto.span import Span, Value
from ..evaluation import Evaluation, Target
from ..findings import Findings, Made
from ..flat import gather
from ..observation import Json
from ..readers import one_of
from ..values import (
    SHORT,
    count,
    mapping,
    nano_dollars,
    number,
    parse,
    present,
    remembered,
    structure,
    text,
    to_json,
    words,
)
from ..vocabulary import Hook, Row, Vocabulary, scope

KIND = "openinference.span.kind"
kind = one_of({
    "llm": "GENERATION", "decision": "GENERATION", "embedding": "EMBEDDING", "chain": "CHAIN",
    "retriever": "RETRIEVER", "reranker": "RETRIEVER", "tool": "TOOL", "agent": "AGENT", "guardrail": "GUARDRAIL",
    "evaluator": "EVALUATOR", "prompt": "SPAN", "unknown": "SPAN",
})  # fmt: skip
"""The observation type of an `openinference.span.kind`."""
INPUT, OUTPUT = "input.value", "output.value"
FIRST_TOKEN = "First Token Stream Event"

RESPONSE_ONLY = frozenset({"output", "usage", "object", "created_at", "instructions", "error"})
"""Keys that only a response has: the instrumentation of OpenAI's agents sends one in the place of the parameters."""
PARAMETERS = frozenset({
    "background", "best_of", "frequency_penalty", "include", "logit_bias", "logprobs", "max_completion_tokens",
    "max_output_tokens", "max_tokens", "max_tool_calls", "modalities", "n", "parallel_tool_calls", "presence_penalty",
    "reasoning", "reasoning_effort", "response_format", "seed", "service_tier", "stop", "store", "stream",
    "stream_options", "temperature", "text", "tool_choice", "top_k", "top_logprobs", "top_p", "truncation", "verbosity",
})  # fmt: skip
"""Request parameters that are kept of a whole response."""
ELSEWHERE = frozenset({"model", "model_name", "tools", "functions", "messages", "input", "user", "_type"})
"""Members of the parameters that other attributes say."""

ID_FIRST = re.compile(r'\{\s*"id"\s*:\s*"([^"\\]{1,200})"\s*[,}]')

TRACEBACK = "Traceback (most recent call last)"

JUDGEMENTS: dict[str, tuple[str, Target]] = {
    "annotations.": ("annotation", "observation"),
    "evaluations.": ("evaluation", "observation"),
    "trace.annotations.": ("annotation", "trace"),
    "trace.evaluations.": ("evaluation", "trace"),
    "session.annotations.": ("annotation", "session"),
    "session.evaluations.": ("evaluation", "session"),
}
"""Prefixes of flattened judgements: the word in their keys, and what was judged."""


def arguments(value: Value) -> bool | None:
    """Return True for a tool's call arguments; `tool.parameters` usually holds the schema, which is no input."""
    read = structure(value)
    schema = isinstance(read, dict) and "properties" in read and read.get("type") == "object"
    return None if schema else present(value)


def invocation(found: Findings, span: Span) -> None:
    """Take the parameters of the model, and from among them the requested model and OpenAI's `user`."""
    for tier, key in ((3, "llm.invocation_parameters"), (4, "embedding.invocation_parameters")):
        sent = span.attributes.get(key)
        if sent is None:
            continue
        asked, user, kept = _remembered(sent) if isinstance(sent, str) and len(sent) <= SHORT else _asked(sent)
        if asked is not None:
            found.offer("request_model", 3, asked)
            found.offer("model", 14, asked)  # of a call that failed nothing else tells it
        if user is not None:
            found.offer("user_id", 13, user)
        found.offer("model_parameters", tier, kept)


def _asked(sent: Value) -> tuple[str | None, str | None, dict[str, Json] | None]:
    """Return the model, the user and the parameters that a request asked for."""
    request = mapping(sent)
    if request is None:
        return None, None, None
    whole = not RESPONSE_ONLY.isdisjoint(request)
    kept: dict[str, Json] = {
        name: value
        for name, value in request.items()
        if value not in (None, {}, []) and name not in ELSEWHERE and (not whole or name in PARAMETERS)
    }
    return text(request.get("model") or request.get("model_name")), text(request.get("user")), kept or None


_remembered = remembered(_asked, 1024)
"""The same for short texts, since an application asks in few ways; nobody may change what is returned."""


def payloads(found: Findings, span: Span) -> None:
    """Put `input.value` and `output.value` before messages unless the span is a call of a model.

    On such a call they are the raw request and response, and the messages say the same better; LangChain's chains have
    messages that are cut down to the last role.
    """
    attributes = span.attributes
    if kind(attributes[KIND]) in (None, "GENERATION"):
        return
    for field, key in (("input", INPUT), ("output", OUTPUT)):
        if present(attributes.get(key)):
            found.offer(field, 2, key)


def embedded(found: Findings, span: Span) -> None:
    """Put together the texts that were embedded where nothing else is an input; the vectors stay attributes."""
    if found.has("input", 28):
        return
    listed = gather(span.attributes, "embedding.embeddings.")
    members = [item.get("embedding") for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    texts = [member["text"] for member in members if isinstance(member, dict) and "text" in member]
    if texts:
        found.offer("input", 28, Made(to_json(texts)))


def response_id(found: Findings, span: Span) -> None:
    """Take the provider's id of the response from inside `output.value`: the only place where it is."""
    attributes = span.attributes
    if kind(attributes[KIND]) != "GENERATION":
        return
    output = attributes[OUTPUT]
    if not isinstance(output, str) or found.has("response_id", 5):
        return
    first = ID_FIRST.match(output)
    if first is not None:  # OpenAI and Anthropic put it there, which saves reading the whole response
        found.offer("response_id", 5, text(first[1]))
        return
    read = parse(output) if output[:1] == "{" and '"id"' in output else None
    if isinstance(read, dict):
        found.offer("response_id", 5, _id_of(read) or _id_of(read.get("llm_output")) or _generation_id(read))


def _id_of(response: Json) -> str | None:
    told = response.get("id") if isinstance(response, dict) else None
    return text(told) if isinstance(told, str) else None


def _generation_id(result: dict[str, Json]) -> str | None:
    """Return the id in LangChain's `{generations: [[{message: {kwargs: {response_metadata: {id}}}}]]}`."""
    inner: Json = result.get("generations")
    while isinstance(inner, list) and inner:
        inner = inner[0]
    for key in ("message", "kwargs", "response_metadata"):
        inner = inner.get(key) if isinstance(inner, dict) else None
    return _id_of(inner)


def first_token(found: Findings, span: Span) -> None:
    """Take the time of the first token from its event."""
    times = [event.time_ns for event in span.events if event.name == FIRST_TOKEN and event.time_ns]
    if times:
        found.offer("completion_start_ns", 2, min(times))


def short_message(found: Findings, span: Span) -> None:
    """Cut the stack trace off the status message, where LangChain's instrumentation puts it without a line break."""
    found.offer("status_message", 3, span.status_message.partition(TRACEBACK)[0].strip() or None)


def judgements(found: Findings, span: Span) -> None:
    """Take annotations and evaluations of the span, its trace and its session."""
    for prefix, (word, target) in JUDGEMENTS.items():
        listed = gather(span.attributes, prefix)
        for item in listed if isinstance(listed, list) else ():
            fields = item.get(word) if isinstance(item, dict) else None
            judged = judgement(fields, target, span) if isinstance(fields, dict) else None
            if judged is not None:
                found.judge(judged)


def judgement(fields: dict[str, Json], target: Target, span: Span) -> Evaluation | None:
    """Return one judgement; None without a name, or where nothing is said. Mere explanations become the label."""
    name, value, label = text(fields.get("name")), number(fields.get("score")), text(fields.get("label"))
    explanation = text(fields.get("explanation"))
    if value is None and label is None:
        label, explanation = explanation, None
    if name is None or (value is None and label is None):
        return None
    source = "ANNOTATION" if fields.get("annotator_kind") == "HUMAN" else "EVAL"
    beside = structure(fields.get("metadata"))  # type: ignore[arg-type]  # a part of an attribute value
    return Evaluation(
        name, value, label, explanation, target, source, text(fields.get("identifier")) or "", beside, span.end_ns
    )


ROWS = (
    Row("type", 3, KIND, kind),
    Row("tags", 4, "tag.tags", words),
    Row("prompt_name", 4, "prompt.id", text),
    Row("prompt_name", 4, "prompt.url", text),
    Row("prompt_version", 5, "llm.prompt_template.version", text),
    Row("model", 4, "llm.response.model_name", text),
    Row("model", 5, "llm.model_name", text),
    Row("model", 6, "llm.request.model_name", text),
    Row("model", 7, "embedding.model_name", text),
    Row("model", 8, "reranker.model_name", text),
    Row("model", 8, "decision.response.model_name", text),
    Row("model", 8, "decision.model_name", text),
    Row("model", 8, "decision.request.model_name", text),
    Row("request_model", 2, "llm.request.model_name", text),
    Row("request_model", 2, "decision.request.model_name", text),
    Row("provider", 3, "llm.provider", text),
    Row("provider", 3, "decision.provider", text),
    Row("provider", 4, "llm.system", text),
    Row("provider", 4, "decision.system", text),
    Row("input", 3, "llm.input_messages.#.*", present),
    Row("input", 3, "llm.prompts.#.*", present),
    Row("input", 4, INPUT, present),
    Row("input", 27, "reranker.query", present),
    Row("input", 29, "tool.parameters", arguments),
    Row("output", 3, "llm.output_messages.#.*", present),
    Row("output", 3, "llm.choices.#.*", present),
    Row("output", 4, OUTPUT, present),
    Row("output", 27, "retrieval.documents.#.*", present),
    Row("output", 27, "reranker.output_documents.#.*", present),
    Row("usage.input", 3, "llm.token_count.prompt", count),
    Row("usage.input", 3, "decision.token_count.input", count),
    Row("usage.output", 3, "llm.token_count.completion", count),
    Row("usage.output", 3, "decision.token_count.output", count),
    Row("usage.total", 3, "llm.token_count.total", count),
    Row("usage.cache_read", 5, "llm.token_count.prompt_details.cache_read", count),
    Row("usage.cache_read", 6, "llm.token_count.prompt_details.cache_input", count),
    Row("usage.cache_write", 5, "llm.token_count.prompt_details.cache_write", count),
    Row("usage.reasoning", 4, "llm.token_count.completion_details.reasoning", count),
    Row("usage.input_audio", 2, "llm.token_count.prompt_details.audio", count),
    Row("usage.output_audio", 2, "llm.token_count.completion_details.audio", count),
    # the details of either cost are parts of it, and would be counted twice where no total is given
    Row("cost.total", 3, "llm.cost.total", nano_dollars),
    Row("cost.input", 3, "llm.cost.prompt", nano_dollars),
    Row("cost.output", 3, "llm.cost.completion", nano_dollars),
)

HOOKS = (
    Hook(
        invocation,
        reads=tuple(
            (key, field)
            for key in ("llm.invocation_parameters", "embedding.invocation_parameters")
            for field in ("model_parameters", "model", "request_model", "user_id")
        ),
    ),
    Hook(
        payloads,
        reads=((INPUT, "input"), (OUTPUT, "output")),
        when=("llm.input_messages.*", "llm.output_messages.*", "gen_ai.input.messages", "gen_ai.output.messages"),
        needs=KIND,
    ),
    Hook(embedded, reads=(("embedding.embeddings.*", "input"),)),
    Hook(response_id, reads=((OUTPUT, "response_id"),), needs=KIND),
    Hook(judgements, reads=tuple((f"{prefix}*", "score") for prefix in JUDGEMENTS)),
    Hook(first_token, events=((FIRST_TOKEN, "completion_start_ns"),)),
    Hook(
        short_message,
        always=True,
        only=scope("openinference.instrumentation.langchain", "@arizeai/openinference-instrumentation-langchain"),
    ),
)

VOCABULARY = Vocabulary("OpenInference", ROWS, HOOKS)
