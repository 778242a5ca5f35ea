"""LangSmith in OpenTelemetry mode (scope `langsmith`), and everybody who sends `langsmith.*`.

Recognised by the keys themselves. Runs' inputs and outputs stand in `gen_ai.prompt` and `gen_ai.completion`, which the
GenAI rows read. `langsmith.trace.session_name` is the project and never a session: sessions are in the metadata.
Metadata is inherited by every run of a tree and holds what LangChain says of the model beside what the app says.
Input tokens include cached ones, output tokens those for reasoning.
Source: langsmith 0.15.1 `_internal/otel/_otel_exporter.py`; attributes.md, sections 2, 3 and 4.6.
"""

from __future__ import annotations

from ...proto.span import Span, Value
from ..findings import Findings
from ..metadata import USER_NAMES
from ..readers import one_of, unless
from ..reprs import counted
from ..usage import counted_usage
from ..usage_objects import usage_counts
from ..values import plain, structure, text, words
from ..vocabulary import Hook, Row, Vocabulary, scope

LANGSMITH = scope("langsmith")

TYPES = {
    "llm": "GENERATION", "chain": "CHAIN", "tool": "TOOL", "retriever": "RETRIEVER", "embedding": "EMBEDDING",
    "prompt": "SPAN", "parser": "SPAN",
}  # fmt: skip

METADATA = "langsmith.metadata"
OF_THE_RUN = ("model", "model_name", "stream", "_type", "tool_call_id")
"""Metadata that LangChain writes about one run, and that says nothing of the trace."""

PARAMETERS = {"ls_temperature": "temperature", "ls_max_tokens": "max_tokens", "ls_stop": "stop"}

TRACEBACK = "\nTraceback (most recent call last)"


def usage(value: Value) -> dict[str, int] | None:
    """Return the kinds of LangChain's `usage_metadata`."""
    counts = usage_counts(value)
    return counted_usage(counts)[0] if counts else None


def message(found: Findings, span: Span) -> None:
    """Take the message of a failed run, to which its exception adds the whole stack."""
    for event in span.events:
        if event.name == "exception":
            said = text(event.attributes.get("exception.message"))
            found.offer("status_message", 3, said and (text(said.partition(TRACEBACK)[0].strip()) or said))


ROWS = (
    Row("name", 2, "langsmith.trace.name", text),
    Row("type", 2, "langsmith.span.kind", one_of(TYPES)),
    Row("tags", 8, "langsmith.span.tags", words),
    Row("trace_metadata.project", 7, "langsmith.trace.session_name", text),
    *(Row("user_id", 9, f"{METADATA}.{name}", text) for name in USER_NAMES),
    *(Row(f"metadata.{name}", 7, f"{METADATA}.{name}", structure) for name in USER_NAMES),
    Row("metadata.*", 7, f"{METADATA}.*", structure),
    *(Row(f"observation_metadata.{key}", 7, f"{METADATA}.{key}", structure) for key in OF_THE_RUN),
    Row("provider", 1, f"{METADATA}.ls_provider", text),
    Row("request_model", 4, f"{METADATA}.ls_model_name", text),
    *(
        Row(f"model_parameters.{ours}", 4, f"{METADATA}.{theirs}", unless(structure, "None", "null"))
        for theirs, ours in PARAMETERS.items()
    ),
    Row("model_parameters.stream", 4, "langsmith.request.streaming", plain),
    Row("usage_details", 5, f"{METADATA}.usage_metadata", usage),
    Row("usage.cache_read", 6, "gen_ai.usage.input_token_details", counted("cache_read")),
    Row("usage.cache_write", 6, "gen_ai.usage.input_token_details", counted("cache_creation")),
    Row("usage.input_audio", 6, "gen_ai.usage.input_token_details", counted("audio")),
    Row("usage.reasoning", 6, "gen_ai.usage.output_token_details", counted("reasoning")),
    Row("usage.output_audio", 6, "gen_ai.usage.output_token_details", counted("audio")),
)

HOOKS = (Hook(message, events=(("exception", "status_message"),), only=LANGSMITH),)

VOCABULARY = Vocabulary("LangSmith", ROWS, HOOKS)
