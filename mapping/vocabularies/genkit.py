"""Genkit (scope `genkit-tracer`): everything under `genkit:`, with colons, and no GenAI keys at all.

Model and usage stand inside the JSON of a model action's output: Genkit's own counts, and the provider's raw answer
beside them, which tells what was cached and reasoned where Genkit does not. The `generate` spans around a model repeat
its usage and are not counted. Source: genkit 1.42; attributes.md, sections 2, 3.2 and 4.16.
"""

from __future__ import annotations

from ...proto.span import Span, Value
from ..findings import Findings
from ..metadata import USER_NAMES
from ..observation import Json
from ..readers import offer_counts, offer_parameters, one_of
from ..values import flag, mapping, present, structure, text
from ..vocabulary import Hook, Row, Vocabulary

KINDS = one_of({
    "model": "GENERATION", "background-model": "GENERATION", "embedder": "EMBEDDING", "retriever": "RETRIEVER",
    "reranker": "RETRIEVER", "indexer": "RETRIEVER", "tool": "TOOL", "flow": "CHAIN", "agent": "AGENT",
    "evaluator": "EVALUATOR", "prompt": "SPAN", "util": "SPAN",
})  # fmt: skip
CALLS = ("model", "background-model", "embedder")

COUNTS = {
    "inputTokens": "input", "outputTokens": "output", "totalTokens": "total", "cachedContentTokens": "cache_read",
    "thoughtsTokens": "reasoning",
}  # fmt: skip
OPENAI_INPUT, OPENAI_OUTPUT = {"cached_tokens": "cache_read"}, {"reasoning_tokens": "reasoning"}
ANTHROPIC = {"cache_read_input_tokens": "cache_read", "cache_creation_input_tokens": "cache_write"}

SECRET = "apiKey"
"""A member of a call's configuration that is no parameter."""


def root(found: Findings, span: Span) -> None:
    """Offer the name of the topmost action for the trace's."""
    if flag(span.attributes.get("genkit:isRoot")):
        found.offer("trace_name", 7, text(span.attributes.get("genkit:name")))


def call(found: Findings, span: Span) -> None:
    """Take model, parameters and usage of a model action from its name, input and output."""
    if span.attributes.get("genkit:metadata:subtype") not in CALLS:
        return
    name = text(span.attributes.get("genkit:name"))
    if name is not None:
        plugin, slash, model = name.partition("/")
        found.offer("model", 14, name)
        found.offer("request_model", 3, model or name)
        found.offer("provider", 8, plugin if slash else None)
    given = mapping(span.attributes.get("genkit:input")) or {}
    config = given.get("config")
    if isinstance(config, dict):
        offer_parameters(found, 5, {key: value for key, value in config.items() if key != SECRET})
    output = mapping(span.attributes.get("genkit:output")) or {}
    offer_counts(found, 4, output.get("usage"), COUNTS)
    raw = output.get("raw")
    if isinstance(raw, dict):
        _provider_answer(found, raw)


def _provider_answer(found: Findings, raw: dict[str, Json]) -> None:
    """Take what the provider itself says: OpenAI's shape, Anthropic's (cached tokens beside the input), or Google's."""
    found.offer("model", 13, text(raw.get("model")) or text(raw.get("modelVersion")))
    found.offer("response_id", 5, text(raw.get("id")) or text(raw.get("responseId")))
    usage = raw.get("usage")
    if isinstance(usage, dict):
        offer_counts(found, 5, usage.get("prompt_tokens_details"), OPENAI_INPUT)
        offer_counts(found, 5, usage.get("completion_tokens_details"), OPENAI_OUTPUT)
        offer_counts(found, 5, usage, ANTHROPIC)
        if not ANTHROPIC.keys().isdisjoint(usage):
            found.offer("cached_outside", 5, True)


def user(value: Value) -> str | None:
    """Return the user that an action's context names, unless it is redacted, which is the default."""
    context = mapping(value) or {}
    auth = context.get("auth")
    named = [auth.get(name) for name in ("uid", *USER_NAMES)] if isinstance(auth, dict) else []
    return next((word for one in [*named, *map(context.get, USER_NAMES)] if (word := text(one))), None)


ROWS = (
    Row("session_id", 6, "genkit:sessionId", text),
    Row("session_id", 7, "genkit:threadName", text),
    Row("user_id", 11, "genkit:metadata:context", user),
    Row("metadata.*", 13, "genkit:metadata:*", structure),
    Row("type", 3, "genkit:metadata:subtype", KINDS),
    Row("level", 5, "genkit:state", one_of({"error": "ERROR"})),
    Row("input", 17, "genkit:input", present),
    Row("output", 17, "genkit:output", present),
)

HOOKS = (
    Hook(root, reads=(("genkit:isRoot", "trace_name"),)),
    Hook(
        call,
        reads=(
            ("genkit:metadata:subtype", "model"),
            ("genkit:name", "model, trace_name"),
            ("genkit:input", "model_parameters"),
            ("genkit:output", "model, usage, response_id"),
        ),
    ),
)

VOCABULARY = Vocabulary("Genkit", ROWS, HOOKS)
