"""W&B Weave: `wandb.*` and `weave.*` beside other vocabularies; its conversations speak plain GenAI.

Source: wandb/weave `trace_server/opentelemetry/constants.py`, weave 0.54; attributes.md, sections 2, 3 and 4.19.
"""

from __future__ import annotations

from ...proto.span import Span
from ..findings import Findings
from ..readers import one_of
from ..values import structure, text
from ..vocabulary import Hook, Row, Vocabulary

KINDS = one_of({
    "llm": "GENERATION", "agent": "AGENT", "tool": "TOOL", "chain": "CHAIN", "workflow": "CHAIN",
    "retriever": "RETRIEVER", "reranker": "RETRIEVER", "embedding": "EMBEDDING", "guardrail": "GUARDRAIL",
    "evaluator": "EVALUATOR", "scorer": "EVALUATOR", "task": "SPAN",
})  # fmt: skip

DISPLAY_NAME = "wandb.display_name"


def root(found: Findings, span: Span) -> None:
    """Offer a root's display name for the trace's."""
    if not span.parent_span_id:
        found.offer("trace_name", 6, text(span.attributes.get(DISPLAY_NAME)))


ROWS = (
    Row("session_id", 6, "wandb.thread_id", text),
    Row("name", 4, DISPLAY_NAME, text),
    Row("metadata", 13, "wandb.attributes", structure),
    Row("trace_metadata.wandb.wb_run_id", 13, "wandb.wb_run_id", text),
    Row("trace_metadata.gen_ai.conversation.name", 13, "gen_ai.conversation.name", text),
    Row("type", 3, "weave.span.kind", KINDS),
)

VOCABULARY = Vocabulary("Weave", ROWS, (Hook(root, reads=((DISPLAY_NAME, "trace_name"),)),))
