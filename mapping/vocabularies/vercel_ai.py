"""The Vercel AI SDK, versions 4 to 6 (scope `ai`), and what version 7 (scope `gen_ai`) adds to the GenAI conventions.

The `ai.*` keys are recognised by themselves. In 4 to 6 an outer span (`ai.generateText`) holds the sums of its inner
ones (`ai.generateText.doGenerate`); in 7 `invoke_agent` does, and content and usage are `gen_ai.*`. Usage: from 6 on
the input counts cached tokens; 5 passes on Anthropic's and Bedrock's input without them. The output counts reasoning.
Source: npm `ai` 5.0.100, 6.0.326 and 7.0.173, `@ai-sdk/otel` 1.0.173, `@ai-sdk/anthropic` 2.0.45,
`@ai-sdk/amazon-bedrock` 3.0.50; attributes.md, sections 2, 3, 3.1 and 4.4.
"""

from __future__ import annotations

from ...proto.span import Span, Value
from ..findings import Findings, Made
from ..observation import Json
from ..readers import member, milliseconds
from ..values import count, mapping, nothing, plain, present, structure, text, to_json, words
from ..vocabulary import Hook, Row, Vocabulary, scope

OUTER = {
    f"ai.{name}": "CHAIN"
    for name in ("generateText", "streamText", "generateObject", "streamObject", "embed", "embedMany", "rerank")
}
"""Operations that hold others, and their sums."""
INNER = {"doGenerate": "GENERATION", "doStream": "GENERATION", "doEmbed": "EMBEDDING", "doRerank": "RETRIEVER"}
"""How the names of single calls end."""
OPERATIONS = {"ai.toolCall": "TOOL", **OUTER}

METADATA, CONTEXT, SETTINGS = "ai.telemetry.metadata", "ai.settings.context", "ai.settings"
SESSION, USER = ("sessionId", "session_id", "langfuseSessionId"), ("userId", "user_id", "langfuseUserId")
PROMPT = f"{METADATA}.langfusePrompt"
"""Langfuse's prompt, as JSON text."""

TEXT, CALLS, REASONING = "ai.response.text", "ai.response.toolCalls", "ai.response.reasoning"
FIRST_CHUNK = "ai.stream.firstChunk"

PARAMETERS = {
    "maxOutputTokens": "max_tokens", "maxTokens": "max_tokens", "topP": "top_p", "topK": "top_k",
    "presencePenalty": "presence_penalty", "frequencyPenalty": "frequency_penalty", "stopSequences": "stop_sequences",
}  # fmt: skip
"""Settings that the inner spans say as `gen_ai.request.*` too, under the names there."""


DETAILS = (
    ("ai.usage.inputTokenDetails.cacheReadTokens", "input", "usage.cache_read", 7),
    ("ai.usage.cachedInputTokens", "input", "usage.cache_read", 8),
    ("ai.usage.inputTokenDetails.cacheWriteTokens", "input", "usage.cache_write", 7),
    ("ai.usage.outputTokenDetails.reasoningTokens", "output", "usage.reasoning", 5),
    ("ai.usage.reasoningTokens", "output", "usage.reasoning", 6),
)
"""Keys of token counts, the count that each is a part of, its field and tier."""

INPUT, INPUT_DETAILS = "ai.usage.inputTokens", "ai.usage.inputTokenDetails."
RAW = ("anthropic", "vertex.anthropic", "amazon-bedrock", "bedrock")
"""How the names of the providers begin whose counts version 5 passes on as they come."""


def operation(value: Value) -> str | None:
    """Return the observation type of an `ai.operationId`."""
    if not isinstance(value, str):
        return None
    return OPERATIONS.get(value) or (INNER.get(value.rpartition(".")[2]) if value.startswith("ai.") else None)


def answer(found: Findings, span: Span) -> None:
    """Put what the model thought, said and called together where it is in more than one attribute."""
    attributes = span.attributes
    texts: list[Json] = [
        {"type": kind, "text": said}
        for kind, key in (("reasoning", REASONING), ("text", TEXT))
        if isinstance(said := attributes.get(key), str) and said
    ]
    listed = structure(attributes.get(CALLS))
    members = listed if isinstance(listed, list) else []
    calls: list[Json] = [{**call, "type": "tool-call"} for call in members if isinstance(call, dict)]
    if len(texts) + bool(calls) > 1:
        found.offer("output", 7, Made(to_json([{"role": "assistant", "content": [*texts, *calls]}])))


def trace_name(found: Findings, span: Span) -> None:
    """Take the function's id for the trace where the SDK's own span is the root; below, it names a part."""
    if not span.parent_span_id:
        found.offer("trace_name", 4, text(span.attributes.get("ai.telemetry.functionId")))


def agent_name(found: Findings, span: Span) -> None:
    """Take the function's id, which version 7 sends as the agent's name, for the trace."""
    if not span.parent_span_id:
        found.offer("trace_name", 4, text(span.attributes.get("gen_ai.agent.name")))


def first_chunk(found: Findings, span: Span) -> None:
    """Take the first chunk of a streamed answer for the first token."""
    times = [event.time_ns for event in span.events if event.name == FIRST_CHUNK and event.time_ns]
    if times:
        found.offer("completion_start_ns", 3, min(times))


def details(found: Findings, span: Span) -> None:
    """Take the parts of token counts where the whole is told: the steps of version 7 have the parts alone."""
    attributes, usage = span.attributes, found.usage
    for key, whole, field, tier in DETAILS:
        if key in attributes and whole in usage:
            found.offer(field, tier, count(attributes[key]))


def raw(found: Findings, span: Span) -> None:
    """Count cached tokens beside the input for version 5, which has no `inputTokenDetails`, where the provider does.

    What was written to the cache is only in the provider's own metadata there.
    """
    attributes, provider = span.attributes, span.attributes.get("ai.model.provider")
    if not isinstance(provider, str) or not provider.startswith(RAW):
        return
    if any(key.startswith(INPUT_DETAILS) for key in attributes):
        return
    found.offer("cached_outside", 1, True)
    told = (mapping(attributes.get("ai.response.providerMetadata")) or {}).get("anthropic")
    if isinstance(told, dict):
        found.offer("usage.cache_write", 9, count(told.get("cacheCreationInputTokens")))


def unnamed(found: Findings, span: Span) -> None:
    """Take the type from the span's name where there is no `ai.operationId`."""
    if not found.has("type", 6):
        found.offer("type", 6, operation(span.name))


ROWS = (
    Row("type", 3, "ai.operationId", operation),
    *(Row("session_id", 4, f"{prefix}.{name}", text) for prefix in (METADATA, CONTEXT) for name in SESSION),
    *(
        Row("user_id", tier, f"{prefix}.{name}", text)
        for tier, prefix in ((7, METADATA), (8, CONTEXT))
        for name in USER
    ),
    Row("tags", 5, f"{METADATA}.tags", words),
    Row("tags", 6, f"{CONTEXT}.tags", words),
    Row("metadata.*", 5, f"{METADATA}.*", structure),
    Row("metadata.*", 5, f"{CONTEXT}.*", structure),
    Row("prompt_name", 6, PROMPT, member("name", text)),
    Row("prompt_version", 6, PROMPT, member("version", text)),
    Row("model", 9, "ai.response.model", text),
    Row("model", 10, "ai.model.id", text),
    Row("request_model", 3, "ai.model.id", text),
    Row("provider", 5, "ai.model.provider", text),
    Row("response_id", 3, "ai.response.id", text),
    *(Row(f"model_parameters.{name}", 5, f"{SETTINGS}.{sent}", plain) for sent, name in PARAMETERS.items()),
    Row("model_parameters.*", 5, f"{SETTINGS}.*", plain),
    Row("model_parameters.maxRetries", 5, f"{SETTINGS}.maxRetries", nothing),  # of the client
    Row("input", 7, "ai.prompt.messages", present),
    Row("input", 8, "ai.prompt", present),
    Row("input", 10, "ai.toolCall.args", present),
    Row("input", 28, "ai.value", present),
    Row("input", 28, "ai.values", present),
    Row("input", 28, "ai.documents", present),
    Row("output", 8, TEXT, present),
    Row("output", 8, "ai.response.object", present),
    Row("output", 8, CALLS, present),
    Row("output", 8, REASONING, present),
    Row("output", 10, "ai.toolCall.result", present),
    Row("output", 28, "ai.embedding", present),
    Row("output", 28, "ai.embeddings", present),
    Row("output", 28, "ai.ranking", present),
    Row("time_to_first", 8, "ai.response.msToFirstChunk", milliseconds),
    Row("time_to_first", 8, "ai.stream.msToFirstChunk", milliseconds),
    Row("usage.input", 4, INPUT, count),
    Row("usage.input", 5, "ai.usage.promptTokens", count),
    Row("usage.input", 6, "ai.usage.tokens", count),
    Row("usage.output", 4, "ai.usage.outputTokens", count),
    Row("usage.output", 5, "ai.usage.completionTokens", count),
    Row("usage.total", 4, "ai.usage.totalTokens", count),
)

HOOKS = (
    Hook(answer, reads=((CALLS, "output"), (REASONING, "output"))),
    Hook(trace_name, reads=(("ai.telemetry.functionId", "trace_name"),)),
    Hook(agent_name, reads=(("gen_ai.agent.name", "trace_name"),), only=scope("gen_ai")),
    Hook(details, reads=tuple((key, field) for key, _, field, _ in DETAILS)),
    Hook(raw, reads=((INPUT, "cached_outside"), (INPUT, "usage.cache_write"))),
    Hook(first_chunk, events=((FIRST_CHUNK, "completion_start_ns"),)),
    Hook(unnamed, always=True, only=scope("ai")),
)

VOCABULARY = Vocabulary("Vercel AI SDK", ROWS, HOOKS)
