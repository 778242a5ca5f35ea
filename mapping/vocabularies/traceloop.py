"""OpenLLMetry (Traceloop), in its two generations, and whoever speaks its keys: `traceloop.*`, `llm.*`.

Recognised by the keys themselves. From 0.53 to 0.60 on, its instrumentations send the GenAI conventions (`genai.py`);
before, and from `track_llm_call` still, flattened messages and `llm.*`. Numbered keys below `gen_ai.prompt.` are
messages, others prompt management. Usage: input counts include cached tokens, output counts include reasoning.
Source: opentelemetry-semantic-conventions-ai 0.5.1, traceloop-sdk 0.62.4 and 0.52.5; attributes.md, sections 2, 3, 4.3.
"""

from __future__ import annotations

from ...proto.span import Span, Value
from ..findings import Findings
from ..observation import Json
from ..readers import member, one_of
from ..values import count, plain, present, structure, text, words
from ..vocabulary import Hook, Row, Vocabulary, scope

KIND, WORKFLOW, ENTITY_INPUT = "traceloop.span.kind", "traceloop.workflow.name", "traceloop.entity.input"
PROPERTIES = "traceloop.association.properties"

kind = one_of({"workflow": "CHAIN", "task": "SPAN", "agent": "AGENT", "tool": "TOOL"})
"""The observation type of a `traceloop.span.kind`."""
request = one_of({
    "chat": "GENERATION", "completion": "GENERATION", "embedding": "EMBEDDING", "rerank": "RETRIEVER",
})  # fmt: skip
"""The observation type of an `llm.request.type`."""

STEPS = ("graph:step:", "seq:step:", "map:key:")
"""How tags begin that LangChain gives to the steps of a run."""

tags_inside = member("tags", words)
"""The tags in LangChain's `{inputs, tags, metadata}`."""


def parameter(value: Value) -> Json:
    """Return a request parameter; the instrumentations write some that were not given as an empty list."""
    return None if value in ([], "", "None") else plain(value)


def trace_name(found: Findings, span: Span) -> None:
    """Take the workflow's name for the trace: from the span nearest to the root that says it.

    Before 0.60 the spans below an agent had the agent's name there (attributes.md, section 5).
    """
    attributes = span.attributes
    nearest = not span.parent_span_id or attributes.get(KIND) == "workflow"
    found.offer("trace_name", 2 if nearest else 9, text(attributes[WORKFLOW]))


def run_tags(found: Findings, span: Span) -> None:
    """Take LangChain's tags of a run, which are inside the input of its workflow and nowhere else."""
    tags = tags_inside(span.attributes.get(ENTITY_INPUT)) if span.attributes.get(KIND) == "workflow" else None
    if tags:
        found.offer("tags", 12, [tag for tag in tags if not tag.startswith(STEPS)])


ROWS = (
    Row("type", 3, KIND, kind),
    Row("type", 5, "llm.request.type", request),
    *(Row("session_id", 4, f"{PROPERTIES}.{key}", text) for key in ("session_id", "sessionId")),
    *(Row("user_id", 5, f"{PROPERTIES}.{key}", text) for key in ("user_id", "userId", "customer_id")),
    Row("user_id", 13, "llm.user", text),
    Row("tags", 12, f"{PROPERTIES}.tags", words),
    Row("metadata.*", 4, f"{PROPERTIES}.*", structure),
    Row("observation_version", 4, "traceloop.entity.version", text),
    Row("prompt_name", 3, "traceloop.prompt.key", text),
    Row("prompt_version", 3, "traceloop.prompt.version", text),
    Row("prompt_version", 3, "traceloop.prompt.version_name", text),
    Row("prompt_version", 4, "traceloop.prompt.version_hash", text),
    Row("response_id", 2, "llm.response.id", text),
    Row("model_parameters.frequency_penalty", 6, "llm.frequency_penalty", parameter),
    Row("model_parameters.presence_penalty", 6, "llm.presence_penalty", parameter),
    Row("model_parameters.top_k", 6, "llm.top_k", parameter),
    Row("model_parameters.stop_sequences", 6, "llm.chat.stop_sequences", parameter),
    Row("model_parameters.reasoning_effort", 6, "llm.request.reasoning_effort", parameter),
    Row("model_parameters.repetition_penalty", 6, "llm.request.repetition_penalty", parameter),
    Row("input", 5, "gen_ai.prompt.#.*", present),
    Row("input", 12, ENTITY_INPUT, present),
    Row("output", 5, "gen_ai.completion.#.*", present),
    Row("output", 12, "traceloop.entity.output", present),
    Row("usage.input", 7, "llm.usage.prompt_tokens", count),
    Row("usage.output", 7, "llm.usage.completion_tokens", count),
    Row("usage.total", 2, "llm.usage.total_tokens", count),
    Row("usage.reasoning", 3, "llm.usage.reasoning_tokens", count),
)

HOOKS = (
    Hook(trace_name, reads=((WORKFLOW, "trace_name"),)),
    Hook(run_tags, reads=((ENTITY_INPUT, "tags"),), only=scope("opentelemetry.instrumentation.langchain")),
)

VOCABULARY = Vocabulary("OpenLLMetry", ROWS, HOOKS)
