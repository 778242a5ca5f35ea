"""MLflow's tracing over OTLP (scopes `mlflow.*`): every value of its own keys is JSON text, scalars included.

Recognised by the keys themselves. Session and user reach the wire only from Databricks, under the general keys, or as
`mlflow.trace.*`. What an application or autologging sets with `set_attribute` comes under bare keys: on a model call
the parameters of the request, elsewhere metadata.

Cached tokens are part of the input, but for Anthropic only from 3.12 on: releases before it send the provider's input
tokens, which leave cached ones out.
Source: mlflow-tracing 3.9.0 to 3.17.2 (`tracing/constant.py`, `anthropic/autolog.py`, `tracing/export/genai_semconv`);
attributes.md, sections 2, 3 and 4.7.
"""

from __future__ import annotations

import re

from ...proto.span import Span, Value
from ..findings import Findings
from ..observation import Json
from ..readers import member, unless
from ..usage_objects import WHOLES, usage_counts
from ..values import count, mapping, nano_dollars, present, scalar, structure, text
from ..vocabulary import Hook, Reader, Row, Vocabulary, scope

MLFLOW = scope("mlflow.*")

TYPES = {
    "LLM": "GENERATION", "CHAT_MODEL": "GENERATION", "CHAIN": "CHAIN", "WORKFLOW": "CHAIN", "AGENT": "AGENT",
    "TOOL": "TOOL", "RETRIEVER": "RETRIEVER", "RERANKER": "RETRIEVER", "EMBEDDING": "EMBEDDING",
    "GUARDRAIL": "GUARDRAIL", "EVALUATOR": "EVALUATOR", "PARSER": "SPAN", "MEMORY": "SPAN", "TASK": "SPAN",
    "UNKNOWN": "SPAN",
}  # fmt: skip

CALLS = ("GENERATION", "EMBEDDING")

NO_PARAMETERS = frozenset({"model", "tools", "messages", "input"})
"""Bare keys of a model call that are no parameters."""

payload = unless(present, "null")
"""Says whether inputs and outputs are there; MLflow writes `null` for none."""

FIRST_CHUNK = "mlflow.chunk.item.0"

CACHED_INSIDE = (3, 12)
"""The first release whose Anthropic input tokens include the cached ones."""


def word(value: Value) -> str | None:
    """Return a word sent as JSON text, with quotes around it, or as it is."""
    return text(scalar(value))


def span_type(value: Value) -> str | None:
    """Return the observation type of an MLflow span type."""
    kind = word(value)
    return TYPES.get(kind.upper()) if kind else None


def level(value: Value) -> str | None:
    """Return our level for one of Python's, of 10 (debug) to 50 (critical)."""
    number = count(scalar(value))
    if not number:
        return None
    return "ERROR" if number >= 40 else "WARNING" if number >= 30 else "DEFAULT" if number >= 20 else "DEBUG"


def prompt(name: str) -> Reader:
    """Return a reader of one member of the first prompt in `mlflow.linkedPrompts`."""

    def read(value: Value) -> str | None:
        prompts = structure(value)
        first = prompts[0] if isinstance(prompts, list) and prompts else None
        return text(first.get(name)) if isinstance(first, dict) else None

    return read


def usage(found: Findings, span: Span) -> None:
    """Read `mlflow.chat.tokenUsage`, and say whether cached tokens are outside of its input."""
    for kind, tokens in usage_counts(span.attributes.get("mlflow.chat.tokenUsage")).items():
        found.offer(f"usage.{kind}", 6, tokens)
    if word(span.attributes.get("mlflow.message.format")) == "anthropic" and _before(span, CACHED_INSIDE):
        found.offer("cached_outside", 1, True)


def _before(span: Span, release: tuple[int, int]) -> bool:
    """Say whether the span's MLflow is known to be older than a release."""
    told = span.resource.attributes
    number = re.match(r"(\d{1,4})\.(\d{1,4})", str(told.get("telemetry.sdk.version", "")), re.ASCII)
    if told.get("telemetry.sdk.name") != "mlflow" or number is None:
        return False
    return (int(number[1]), int(number[2])) < release


def bare(found: Findings, span: Span) -> None:
    """Read what was set under bare keys, and from a model's answer its id and the parts of its usage."""
    attributes = span.attributes
    call = span_type(attributes.get("mlflow.spanType")) in CALLS
    group = "model_parameters" if call else "observation_metadata" if span.parent_span_id else "metadata"
    for key, value in attributes.items():
        if key and "." not in key and not (call and key in NO_PARAMETERS):
            found.offer(f"{group}.{key}", 11, kept(value))
    answer = mapping(attributes.get("mlflow.spanOutputs")) if call else None
    if answer:
        found.offer("response_id", 5, text(answer.get("id")))
        parts = usage_counts(answer.get("usage"))  # type: ignore[arg-type]  # a part of an attribute value
        for kind, tokens in parts.items():
            if kind not in WHOLES and found.usage:
                found.offer(f"usage.{kind}", 9, tokens)


def kept(value: Value) -> Json:
    """Return what a JSON text stands for; None for no value."""
    read = scalar(value)
    return None if read == "" else read


def first_chunk(found: Findings, span: Span) -> None:
    """Take the first chunk of a streamed answer for the first token."""
    times = [event.time_ns for event in span.events if event.name == FIRST_CHUNK and event.time_ns]
    if times:
        found.offer("completion_start_ns", 7, min(times))


ROWS = (
    Row("session_id", 4, "mlflow.trace.session", word),
    Row("user_id", 10, "mlflow.trace.user", word),
    Row("trace_name", 5, "mlflow.traceName", word),
    Row("trace_metadata.*", 10, "mlflow.traceTag.*", structure),
    Row("type", 2, "mlflow.spanType", span_type),
    Row("type", 5, "gen_ai.operation.name", span_type, only=MLFLOW),
    Row("level", 7, "mlflow.spanLogLevel", level),
    Row("model", 11, "mlflow.llm.model", word),
    Row("model", 15, "model", word, only=MLFLOW),
    Row("request_model", 3, "model", word, only=MLFLOW),
    Row("provider", 6, "mlflow.llm.provider", word),
    Row("input", 13, "mlflow.spanInputs", payload),
    Row("output", 13, "mlflow.spanOutputs", payload),
    Row("prompt_name", 6, "mlflow.linkedPrompts", prompt("name")),
    Row("prompt_version", 6, "mlflow.linkedPrompts", prompt("version")),
    Row("cost.input", 9, "mlflow.llm.cost", member("input_cost", nano_dollars)),
    Row("cost.output", 9, "mlflow.llm.cost", member("output_cost", nano_dollars)),
    Row("cost.total", 9, "mlflow.llm.cost", member("total_cost", nano_dollars)),
)

HOOKS = (
    Hook(usage, reads=(("mlflow.chat.tokenUsage", "usage"),)),
    Hook(bare, reads=(("mlflow.spanType", "model_parameters, metadata"),), only=MLFLOW),
    Hook(first_chunk, events=((FIRST_CHUNK, "completion_start_ns"),)),
)

VOCABULARY = Vocabulary("MLflow", ROWS, HOOKS)
