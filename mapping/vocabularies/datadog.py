"""Datadog's SDKs (`ddtrace`) over OTLP: GenAI keys with kinds of span as operation names, and `_ml_obs.*`.

`_ml_obs.tags` are keys with values and so metadata, not tags.
Source: ddtrace 4.16 `llmobs/_utils.py`, `llmobs/_constants.py`; attributes.md, sections 2, 3.1 and 3.2.
"""

from __future__ import annotations

from ...proto.span import Span
from ..findings import Findings
from ..readers import offer_counts, one_of
from ..values import count, mapping, present, structure, text
from ..vocabulary import Hook, Row, Vocabulary

KINDS = one_of({
    "llm": "GENERATION", "workflow": "CHAIN", "agent": "AGENT", "tool": "TOOL", "embedding": "EMBEDDING",
    "retrieval": "RETRIEVER", "task": "SPAN", "experiment": "SPAN",
})  # fmt: skip

COUNTS = {
    "input_tokens": "input", "output_tokens": "output", "total_tokens": "total",
    "cache_read_input_tokens": "cache_read", "cache_write_input_tokens": "cache_write",
    "reasoning_output_tokens": "reasoning",
}  # fmt: skip
METRICS = "_ml_obs.metrics"


def metrics(found: Findings, span: Span) -> None:
    """Take token counts."""
    offer_counts(found, 4, mapping(span.attributes.get(METRICS)), COUNTS)


ROWS = (
    Row("session_id", 6, "_ml_obs.session_id", text),
    Row("type", 3, "_ml_obs.meta.span.kind", KINDS),
    Row("name", 5, "_ml_obs.name", text),
    Row("model", 15, "_ml_obs.meta.model_name", text),
    Row("provider", 8, "_ml_obs.meta.model_provider", text),
    Row("metadata", 13, "_ml_obs.meta.metadata", structure),
    Row("metadata", 13, "_ml_obs.tags", mapping),
    Row("trace_metadata.gen_ai.application.name", 13, "gen_ai.application.name", text),
    Row("trace_metadata.gen_ai.application.name", 13, "_ml_obs.meta.ml_app", text),
    *(
        Row(field, tier, f"_ml_obs.meta.{field}.{name}", present)
        for field in ("input", "output")
        for tier, name in ((35, "messages"), (36, "value"), (37, "documents"))
    ),
    Row("usage.reasoning", 3, "gen_ai.usage.reasoning_output_tokens", count),
)

VOCABULARY = Vocabulary("Datadog", ROWS, (Hook(metrics, reads=((METRICS, "usage"),)),))
