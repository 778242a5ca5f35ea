"""Haystack (scope chosen by the application, often `haystack`): pipelines, components and agents under `haystack.*`.

Content is sent only with HAYSTACK_CONTENT_TRACING_ENABLED; model and usage stand inside it, in the `meta` of a
generator's replies, in the model provider's own shape. With several replies each repeats the usage of the one call.
Source: haystack-ai 3.4, opentelemetry-haystack 2.0; attributes.md, sections 2, 3.2 and 4.13.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...proto.span import Span
from ..findings import Findings
from ..observation import Json
from ..readers import member
from ..usage import langfuse_usage
from ..values import mapping, present, structure, text, words
from ..vocabulary import Hook, Row, Vocabulary, scope

KINDS = {
    "haystack.pipeline.run": "CHAIN", "haystack.async_pipeline.run": "CHAIN", "haystack.agent.run": "AGENT",
    "haystack.agent.step": "CHAIN", "haystack.agent.step.llm": "GENERATION", "haystack.agent.step.tool": "TOOL",
}  # fmt: skip
"""Types by the span's name."""
COMPONENTS = (
    ("Generator", "GENERATION"), ("Embedder", "EMBEDDING"), ("Retriever", "RETRIEVER"), ("Ranker", "RETRIEVER"),
    ("ToolInvoker", "TOOL"), ("Agent", "AGENT"), ("Evaluator", "EVALUATOR"),
)  # fmt: skip
"""Types of components by how the name of their class ends."""

COMPONENT, STEP = "haystack.component.output", "haystack.agent.step.llm.output"
CALLS = frozenset({"GENERATION", "EMBEDDING"})


def kind(found: Findings, span: Span) -> None:
    """Offer the type of a pipeline, agent or component."""
    told = KINDS.get(span.name)
    component = span.attributes.get("haystack.component.type")
    if told is None and isinstance(component, str):
        told = next((kind for end, kind in COMPONENTS if component.endswith(end)), None)
    found.offer("type", 3, told)


def details(found: Findings, span: Span) -> None:
    """Offer the type, and the model and usage of a call."""
    kind(found, span)
    if found.get("type") not in CALLS:
        return
    for key in (COMPONENT, STEP):
        for meta in _metas(mapping(span.attributes.get(key)) or {}):
            found.offer("model", 4, text(meta.get("model")))
            usage = meta.get("usage")
            if isinstance(usage, dict):
                found.offer("usage_details", 3, langfuse_usage(usage))  # type: ignore[arg-type]  # a part of a value


def _metas(output: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """Yield what a component's output says about its replies: in each (`_meta` before 2.9), or beside them."""
    replies, beside = output.get("replies"), output.get("meta")
    for reply in replies if isinstance(replies, list) else ():
        meta = (reply.get("meta") or reply.get("_meta")) if isinstance(reply, dict) else None
        if isinstance(meta, dict):
            yield meta
    yield from (meta for meta in (beside if isinstance(beside, list) else [beside]) if isinstance(meta, dict))


ROWS = (
    Row("name", 5, "haystack.component.name", text),
    Row("name", 5, "haystack.tool.name", text),
    Row("metadata", 13, "haystack.pipeline.metadata", structure),
    Row("tags", 12, "haystack.pipeline.metadata", member("tags", words)),
    Row("input", 24, "haystack.pipeline.input_data", present),
    Row("input", 25, "haystack.component.input", present),
    Row("input", 25, "haystack.agent.input", present),
    Row("input", 25, "haystack.agent.step.input", present),
    Row("input", 25, "haystack.agent.step.llm.input", present),
    Row("input", 25, "haystack.agent.step.tool.input", present),
    Row("output", 24, "haystack.pipeline.output_data", present),
    Row("output", 25, COMPONENT, present),
    Row("output", 25, "haystack.agent.output", present),
    Row("output", 25, STEP, present),
    Row("output", 25, "haystack.agent.step.tool.output", present),
)

HOOKS = (
    Hook(kind, always=True, only=scope("haystack", "haystack.*")),
    Hook(details, reads=(("haystack.*", "type, model, usage_details"),)),
)

VOCABULARY = Vocabulary("Haystack", ROWS, HOOKS)
