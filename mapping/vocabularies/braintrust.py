"""Braintrust: `braintrust.*`, set by hand or by its SDKs on spans of any scope; objects as JSON text or flattened.

Session and user are names inside its metadata; `braintrust.parent` is the project. The counts of its metrics include
cached and reasoning tokens. Scores become judgements of the observation.
Source: Braintrust's OpenTelemetry documentation, braintrust 0.47 `otel/`; attributes.md, sections 2, 3 and 4.19.
"""

from __future__ import annotations

from ...proto.span import Span
from ..evaluation import Evaluation
from ..findings import Findings
from ..readers import member, offer_counts, one_of
from ..values import count, mapping, number, present, seconds, structure, text, words
from ..vocabulary import Hook, Row, Vocabulary

KINDS = one_of({
    "llm": "GENERATION", "tool": "TOOL", "score": "EVALUATOR", "eval": "SPAN", "function": "SPAN", "task": "SPAN",
})  # fmt: skip

COUNTS = {
    "prompt_tokens": "input", "completion_tokens": "output", "tokens": "total", "prompt_cached_tokens": "cache_read",
    "prompt_cache_creation_tokens": "cache_write", "completion_reasoning_tokens": "reasoning",
    "prompt_audio_tokens": "input_audio", "completion_audio_tokens": "output_audio",
}  # fmt: skip
FIRST_TOKEN = "time_to_first_token"
"""In seconds."""

KIND, METADATA, METRICS, SCORES = (
    "braintrust.span_attributes", "braintrust.metadata", "braintrust.metrics", "braintrust.scores",
)  # fmt: skip


def metrics(found: Findings, span: Span) -> None:
    """Take token counts and the time to the first token."""
    told = mapping(span.attributes.get(METRICS)) or {}
    offer_counts(found, 4, told, COUNTS)
    found.offer("time_to_first", 9, seconds(told.get(FIRST_TOKEN)))


def scores(found: Findings, span: Span) -> None:
    """Take judgements, given as an object of numbers by name."""
    for name, value in (mapping(span.attributes.get(SCORES)) or {}).items():
        score = number(value)
        if name and score is not None:
            found.judge(Evaluation(name, score, time_ns=max(span.end_ns, span.start_ns)))


def model(found: Findings, span: Span) -> None:
    """Take the model of a call, which is told in its metadata."""
    if found.get("type") == "GENERATION":
        read = member("model", text)
        found.offer("model", 12, read(span.attributes.get(METADATA)) or text(span.attributes.get(f"{METADATA}.model")))


ROWS = (
    Row("tags", 11, "braintrust.tags", words),
    Row("metadata", 8, METADATA, structure),
    Row("metadata.*", 8, f"{METADATA}.*", structure),
    Row("observation_metadata.expected", 9, "braintrust.expected", structure),
    Row("type", 3, KIND, member("type", KINDS)),
    Row("type", 3, f"{KIND}.type", KINDS),
    Row("name", 5, KIND, member("name", text)),
    Row("name", 5, f"{KIND}.name", text),
    Row("input", 15, "braintrust.input_json", present),
    Row("input", 16, "braintrust.input", present),
    Row("output", 15, "braintrust.output_json", present),
    Row("output", 16, "braintrust.output", present),
    Row("time_to_first", 9, f"{METRICS}.{FIRST_TOKEN}", seconds),
    *(Row(f"usage.{kind}", 4, f"{METRICS}.{name}", count) for name, kind in COUNTS.items()),
)

HOOKS = (
    Hook(metrics, reads=((METRICS, "usage"),)),
    Hook(scores, reads=((SCORES, "score"),)),
    Hook(model, reads=((METADATA, "model"), (f"{METADATA}.model", "model"))),
)

VOCABULARY = Vocabulary("Braintrust", ROWS, HOOKS)
