"""Laminar (scope `lmnr.tracer`): `lmnr.*` on every span, GenAI keys on those of model calls.

Session, user and metadata stand on every span below the one that set them, tags on that one only. Messages are
OpenAI's, the answer a list of its choices. Source: lmnr 0.8.2; attributes.md, sections 2, 3.1, 3.3 and 4.17.
"""

from __future__ import annotations

from ..readers import one_of
from ..values import nano_dollars, present, structure, text, words
from ..vocabulary import Row, Vocabulary

KINDS = one_of({
    "llm": "GENERATION", "tool": "TOOL", "evaluator": "EVALUATOR", "executor": "SPAN", "evaluation": "SPAN",
    "pipeline": "SPAN", "human_evaluator": "SPAN",
})  # fmt: skip
"""Not here: DEFAULT, which says nothing."""

PROPERTIES = "lmnr.association.properties"

ROWS = (
    Row("session_id", 4, f"{PROPERTIES}.session_id", text),
    Row("user_id", 6, f"{PROPERTIES}.user_id", text),
    Row("tags", 6, f"{PROPERTIES}.tags", words),
    Row("metadata.*", 7, f"{PROPERTIES}.metadata.*", structure),
    Row("type", 3, "lmnr.span.type", KINDS),
    Row("input", 14, "lmnr.span.input", present),
    Row("output", 14, "lmnr.span.output", present),
    Row("cost.input", 2, "gen_ai.usage.input_cost", nano_dollars),
    Row("cost.output", 2, "gen_ai.usage.output_cost", nano_dollars),
)

VOCABULARY = Vocabulary("Laminar", ROWS)
