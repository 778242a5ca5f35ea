"""Pydantic Logfire (scopes `logfire` and `logfire.*`), and what its keys say on anybody's spans.

A span's name is a template, `logfire.msg` is what it stands for. What an app gives a span as keyword arguments comes
under bare keys, listed in `logfire.json_schema`: metadata, the root's also of the trace. Values that look like secrets
are scrubbed (`[Scrubbed due to 'session']`) and are no values.

A streamed model call is two spans: the request, which ends before the answer comes, and a log record of no length
(`logfire.span_type` = log) with answer, usage and cost, which is taken for the generation. A `pending_span` tells that
another span has begun. Of the OpenAI Agents SDK, Turn and Task sum up `usage` of the calls below them: it is not read.
Source: logfire 5.4.0 (`_internal/constants.py`, `_internal/tracer.py`, `_internal/integrations/`); attributes.md,
sections 0, 2, 3 and 4.9.
"""

from __future__ import annotations

from ...proto.span import Span, Value
from ..findings import Findings
from ..observation import Json
from ..usage_objects import WHOLES, usage_counts
from ..values import count, mapping, present, structure, text, words
from ..vocabulary import Hook, Row, Vocabulary, scope
from .pydantic_ai import offer_sides, settings, split

LOGFIRE = scope("logfire", "logfire.*")
APPLICATION = scope("logfire")
"""Spans that an application makes itself."""
MODELS = scope("logfire.openai", "logfire.anthropic")
AGENTS = scope("logfire.openai_agents")

AGENT_SPANS = (
    ("OpenAI Agents trace:", "CHAIN"), ("Task:", "CHAIN"), ("Turn ", "CHAIN"), ("Agent run:", "AGENT"),
    ("Function:", "TOOL"), ("Guardrail ", "GUARDRAIL"), ("Responses API", "GENERATION"),
    ("Chat completion with", "GENERATION"),
)  # fmt: skip
"""How the templates of the OpenAI Agents SDK's spans begin, and their types."""

TRACE_TEMPLATE = "OpenAI Agents trace: {name}"

NOISE = "LLM"
"""A tag that Logfire puts on every model call."""

ANSWER = frozenset({"gen_ai.response.id", "gen_ai.output.messages", "gen_ai.usage.input_tokens", "response_data"})
"""Keys of which a model call that got its answer has at least one."""

READ_ELSEWHERE = frozenset({"input", "output", "metadata", "tags"})
"""Keyword arguments that other rows read."""

ERROR_STATUS = 2


def tags(value: Value) -> list[str] | None:
    """Return tags without Logfire's own."""
    return [word for word in words(value) or () if word != NOISE] or None


def level(value: Value) -> str | None:
    """Return our level for one of OpenTelemetry's severity numbers."""
    number = count(value)
    if not number:
        return None
    return "ERROR" if number >= 17 else "WARNING" if number >= 13 else "DEFAULT" if number >= 9 else "DEBUG"


def log(value: Value) -> str | None:
    """Return EVENT for a log record sent as a span."""
    return "EVENT" if value == "log" else None


def pending(value: Value) -> str | None:
    """Return EVENT for the notice that a span has begun, whatever that span is."""
    return "EVENT" if value == "pending_span" else None


def pending_level(value: Value) -> str | None:
    """Return DEBUG for the notice that a span has begun."""
    return "DEBUG" if value == "pending_span" else None


def agent_span(value: Value) -> str | None:
    """Return the observation type of a template of the OpenAI Agents SDK's spans."""
    if not isinstance(value, str):
        return None
    return next((kind for beginning, kind in AGENT_SPANS if value.startswith(beginning)), None)


def asked(value: Value) -> bool | None:
    """Return True for request data that holds what was asked, and not the model's name alone."""
    data = mapping(value)
    return True if data and not data.keys().isdisjoint(("messages", "input", "prompt")) else None


def failure(value: Value) -> str | None:
    """Return the message of an error of the OpenAI Agents SDK."""
    error = mapping(value)
    return text(error.get("message")) if error else text(value)


def keywords(found: Findings, span: Span) -> None:
    """Take an app's keyword arguments for metadata, the root's also for the trace's."""
    schema = mapping(span.attributes.get("logfire.json_schema"))
    listed = schema.get("properties") if schema else None
    group = "observation_metadata" if span.parent_span_id else "metadata"
    for key in listed if isinstance(listed, dict) else ():
        if key and "." not in key and key not in READ_ELSEWHERE:
            found.offer(f"{group}.{key}", 11, argument(span.attributes.get(key)))


def argument(value: Value) -> Json:
    """Return a keyword argument; None where it was scrubbed or is empty."""
    return structure(value) if not isinstance(value, str) or text(value) else None


def raw_usage(found: Findings, span: Span) -> None:
    """Take the parts of usage from the provider's object; the whole counts stand in keys of their own."""
    for kind, tokens in usage_counts(span.attributes.get("gen_ai.usage.raw")).items():
        if kind not in WHOLES:
            found.offer(f"usage.{kind}", 7, tokens)


def opening(found: Findings, span: Span) -> None:
    """Take a request that ended without an answer or an error for the opening of a stream, and no generation."""
    attributes = span.attributes
    if (
        attributes.get("logfire.span_type") == "span"
        and span.status_code != ERROR_STATUS
        and ANSWER.isdisjoint(attributes)
    ):
        found.offer("type", 3, "SPAN")


def events(found: Findings, span: Span) -> None:
    """Read the list of events of a call of the Responses API."""
    if not (found.has("input", 20) and found.has("output", 20)):
        offer_sides(found, 20, split(span.attributes.get("events")))


def workflow(found: Findings, span: Span) -> None:
    """Name a trace by the OpenAI Agents SDK's trace."""
    if span.attributes.get("logfire.msg_template") == TRACE_TEMPLATE:
        found.offer("trace_name", 8, text(span.attributes.get("name")))


ROWS = (
    Row("name", 3, "logfire.msg", text, only=LOGFIRE),
    Row("tags", 9, "logfire.tags", tags),
    Row("level", 2, "logfire.span_type", pending_level),
    Row("level", 4, "logfire.level_num", level),
    Row("type", 1, "logfire.span_type", pending),
    Row("type", 9, "logfire.span_type", log),
    Row("type", 5, "logfire.msg_template", agent_span, only=AGENTS),
    Row("status_message", 5, "error", failure, only=AGENTS),
    Row("response_id", 4, "response_id", text, only=AGENTS),
    Row("model_parameters", 8, "model_settings", settings, only=LOGFIRE),
    Row("input", 23, "raw_input", present, only=AGENTS),
    Row("input", 24, "request_data", asked, only=LOGFIRE),
    Row("output", 21, "response", present, only=AGENTS),
    Row("output", 24, "response_data", present, only=LOGFIRE),
)

HOOKS = (
    Hook(keywords, reads=(("logfire.json_schema", "metadata"),), only=APPLICATION),
    Hook(raw_usage, reads=(("gen_ai.usage.raw", "usage"),)),
    Hook(opening, reads=(("request_data", "type"),), only=MODELS),
    Hook(events, reads=(("events", "input, output"),), only=LOGFIRE),
    Hook(workflow, reads=(("logfire.msg_template", "trace_name"),), only=AGENTS),
)

VOCABULARY = Vocabulary("Logfire", ROWS, HOOKS)
