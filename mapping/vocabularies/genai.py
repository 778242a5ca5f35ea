"""OpenTelemetry's semantic conventions for generative AI (`gen_ai.*`), in their three generations.

Recognised by the keys themselves, from every sender. Messages stand in attributes (from 1.37 on), in the span event
`gen_ai.client.inference.operation.details`, in one span event a message (up to 1.36), or in log records of the same
names, which the store joins to their span (`mapping.logs`).
Source: semantic-conventions-genai registry, events and deprecated names; attributes.md, sections 3, 3.1, 3.2 and 4.1.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...proto.span import Span, Value
from ..evaluation import Evaluation
from ..findings import Findings, Made
from ..observation import Json
from ..values import count, nano_dollars, number, plain, present, seconds, structure, text, to_json
from ..vocabulary import Hook, Row, Vocabulary

OPERATIONS = {
    "chat": "GENERATION", "completion": "GENERATION", "text_completion": "GENERATION",
    "generate_content": "GENERATION", "generate": "GENERATION", "fetch_response": "GENERATION",
    "decide": "GENERATION",
    "embeddings": "EMBEDDING", "embedding": "EMBEDDING",
    "retrieval": "RETRIEVER", "rerank": "RETRIEVER", "search_memory": "RETRIEVER",
    "execute_tool": "TOOL", "invoke_agent": "AGENT", "create_agent": "AGENT",
    "invoke_workflow": "CHAIN", "agent_step": "CHAIN", "execute_event_loop_cycle": "CHAIN", "execute_task": "CHAIN",
    "plan": "SPAN", "create_memory": "SPAN", "update_memory": "SPAN", "upsert_memory": "SPAN",
    "delete_memory": "SPAN", "create_memory_store": "SPAN", "delete_memory_store": "SPAN",
    # what LangSmith and Datadog put there
    "llm": "GENERATION", "workflow": "CHAIN", "chain": "CHAIN", "agent": "AGENT", "tool": "TOOL",
    "retriever": "RETRIEVER", "task": "SPAN", "prompt": "SPAN", "parser": "SPAN",
}  # fmt: skip

MESSAGE_EVENTS = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
"""Events of one message of the input, and its role."""
CHOICE = "gen_ai.choice"
DETAILS = "gen_ai.client.inference.operation.details"
CONTENT_PROMPT, CONTENT_COMPLETION = "gen_ai.content.prompt", "gen_ai.content.completion"
EVALUATION = "gen_ai.evaluation.result"
CHUNKS = ("gen_ai.content.completion.chunk", "llm.content.completion.chunk")

ATTRIBUTE, EVENT = 2, 40
"""Tiers of messages in attributes, and of messages in events, which fill what no attribute says."""

MESSAGES = 10_000
"""Messages that are put together at most."""


def operation(value: Value) -> str | None:
    """Return the observation type of a `gen_ai.operation.name`."""
    return OPERATIONS.get(value) if isinstance(value, str) else None


def tool(value: Value) -> str | None:
    """Return TOOL for a span that names a tool."""
    return "TOOL" if text(value) else None


def message(name: str, body: Json, beside: frozenset[str] = frozenset()) -> Json:
    """Return the message that an event of `MESSAGE_EVENTS` or `CHOICE` stands for, its role filled in.

    `beside`: names in `body` that are no part of the message.
    """
    fields = body if isinstance(body, dict) else {"content": body}
    if name == CHOICE:
        inner = fields.get("message")
        rest = {key: value for key, value in fields.items() if key != "message" and key not in beside}
        beside = frozenset()  # the message inside has nothing beside it
        fields = {**rest, **(inner if isinstance(inner, dict) else {} if inner is None else {"content": inner})}
    told: dict[str, Json] = {"role": MESSAGE_EVENTS.get(name, "assistant")}
    for key, value in fields.items():
        if value and key not in beside:
            told[key] = value
    return told


def said(events: Iterable[tuple[str, Json]], beside: frozenset[str] = frozenset()) -> tuple[list[Json], list[Json]]:
    """Return the input and the output messages of events, given as (name, body) in their order; `beside` as above."""
    given: list[Json] = []
    output: list[Json] = []
    for name, body in events:
        if name in MESSAGE_EVENTS and len(given) < MESSAGES:
            given.append(message(name, body, beside))
        elif name == CHOICE and len(output) < MESSAGES:
            output.append(message(name, body, beside))
        elif name == DETAILS and isinstance(body, dict):
            given.extend(_listed(body.get("gen_ai.system_instructions"), "system"))
            given.extend(_listed(body.get("gen_ai.input.messages"), ""))
            output.extend(_listed(body.get("gen_ai.output.messages"), ""))
        elif name == CONTENT_PROMPT and isinstance(body, dict):
            given.extend(_listed(body.get("gen_ai.prompt"), ""))
        elif name == CONTENT_COMPLETION and isinstance(body, dict):
            output.extend(_listed(body.get("gen_ai.completion"), ""))
    return given, output


def _listed(value: Json, role: str) -> list[Json]:
    """Return messages sent as a list or JSON text of one; with `role`, the parts of one message of that role."""
    read = structure(value) if isinstance(value, str) else value
    if read is None:
        return []
    if role:
        return [{"role": role, "parts": read if isinstance(read, list) else [{"type": "text", "content": read}]}]
    return read[:MESSAGES] if isinstance(read, list) else [read]


def offer_messages(found: Findings, given: list[Json], output: list[Json]) -> None:
    """Offer messages from events as input and output: a lone text as it is, all else as JSON."""
    for field, messages in (("input", given), ("output", output)):
        if messages and not found.has(field, EVENT):
            alone = messages[0] if len(messages) == 1 else None
            found.offer(field, EVENT, Made(alone if isinstance(alone, str) else to_json(messages)))


def events(found: Findings, span: Span) -> None:
    """Read messages from span events, each of which has its fields as attributes, often as JSON text."""
    bodies: list[tuple[str, Json]] = []
    for event in span.events:
        if event.name == DETAILS or event.name in (CONTENT_PROMPT, CONTENT_COMPLETION):
            bodies.append((event.name, plain(event.attributes)))
        elif event.name == CHOICE or event.name in MESSAGE_EVENTS:
            bodies.append((event.name, {key: structure(value) for key, value in event.attributes.items()}))
    offer_messages(found, *said(bodies))


def evaluation(fields: dict[str, Value], time_ns: int) -> Evaluation | None:
    """Return the judgement of a `gen_ai.evaluation.result`; None where it has no name, or neither value nor label."""
    name, label = text(fields.get("gen_ai.evaluation.name")), text(fields.get("gen_ai.evaluation.score.label"))
    value = number(fields.get("gen_ai.evaluation.score.value"))
    if name is None or (value is None and label is None):
        return None
    explanation = text(fields.get("gen_ai.evaluation.explanation"))
    return Evaluation(name, value, label, explanation, time_ns=time_ns)


def evaluations(found: Findings, span: Span) -> None:
    """Take judgements from span events."""
    for event in span.events:
        if event.name == EVALUATION:
            judged = evaluation(event.attributes, event.time_ns)
            if judged is not None:
                found.judge(judged)


def first_chunk(found: Findings, span: Span) -> None:
    """Take the first chunk of a streamed answer for the first token."""
    times = [event.time_ns for event in span.events if event.name in CHUNKS and event.time_ns]
    if times:
        found.offer("completion_start_ns", 5, min(times))


ROWS = (
    Row("session_id", 5, "gen_ai.conversation.id", text),
    Row("user_id", 13, "gen_ai.user", text),
    Row("user_id", 13, "gen_ai.request.user", text),
    Row("trace_metadata.gen_ai.conversation.id", 11, "gen_ai.conversation.id", text),
    Row("trace_name", 3, "gen_ai.workflow.name", text),
    Row("type", 4, "gen_ai.operation.name", operation),
    Row("type", 7, "gen_ai.tool.name", tool),
    Row("model", 2, "gen_ai.response.model", text),
    Row("model", 3, "gen_ai.request.model", text),
    Row("request_model", 1, "gen_ai.request.model", text),
    Row("provider", 1, "gen_ai.provider.name", text),
    Row("provider", 2, "gen_ai.system", text),
    Row("response_id", 1, "gen_ai.response.id", text),
    Row("model_parameters.*", 2, "gen_ai.request.*", plain),
    Row("observation_version", 3, "gen_ai.agent.version", text),
    Row("prompt_name", 2, "gen_ai.prompt.name", text),
    Row("prompt_version", 2, "gen_ai.prompt.version", text),
    Row("input", 2, "gen_ai.input.messages", present),
    Row("input", 6, "gen_ai.prompt", present),
    Row("input", 9, "gen_ai.tool.call.arguments", present),
    Row("input", 26, "gen_ai.task.input", present),
    Row("input", 27, "gen_ai.retrieval.query.text", present),
    Row("input", 27, "gen_ai.memory.query.text", present),
    Row("output", 2, "gen_ai.output.messages", present),
    Row("output", 6, "gen_ai.completion", present),
    Row("output", 9, "gen_ai.tool.call.result", present),
    Row("output", 26, "gen_ai.task.output", present),
    Row("output", 27, "gen_ai.retrieval.documents", present),
    Row("output", 27, "gen_ai.memory.records", present),
    Row("time_to_first", 6, "gen_ai.response.time_to_first_chunk", seconds),
    Row("time_to_first", 7, "gen_ai.client.operation.time_to_first_chunk", seconds),
    Row("usage.input", 1, "gen_ai.usage.input_tokens", count),
    Row("usage.input", 2, "gen_ai.usage.prompt_tokens", count),
    Row("usage.output", 1, "gen_ai.usage.output_tokens", count),
    Row("usage.output", 2, "gen_ai.usage.completion_tokens", count),
    Row("usage.total", 1, "gen_ai.usage.total_tokens", count),
    Row("usage.cache_read", 1, "gen_ai.usage.cache_read.input_tokens", count),
    Row("usage.cache_read", 2, "gen_ai.usage.cache_read_input_tokens", count),
    Row("usage.cache_write", 1, "gen_ai.usage.cache_write.input_tokens", count),
    Row("usage.cache_write", 2, "gen_ai.usage.cache_creation.input_tokens", count),
    Row("usage.cache_write", 3, "gen_ai.usage.cache_write_input_tokens", count),
    Row("usage.cache_write", 4, "gen_ai.usage.cache_creation_input_tokens", count),
    Row("usage.reasoning", 1, "gen_ai.usage.reasoning.output_tokens", count),
    Row("usage.reasoning", 2, "gen_ai.usage.reasoning_tokens", count),
    Row("usage.input_audio", 1, "gen_ai.usage.audio.input_tokens", count),
    Row("usage.output_audio", 1, "gen_ai.usage.audio.output_tokens", count),
    Row("cost.total", 2, "gen_ai.usage.cost", nano_dollars),
)

HOOKS = (
    Hook(
        events,
        events=(
            *((name, "input") for name in MESSAGE_EVENTS),
            (CHOICE, "output"),
            (DETAILS, "input, output"),
            (CONTENT_PROMPT, "input"),
            (CONTENT_COMPLETION, "output"),
        ),
    ),
    Hook(evaluations, events=((EVALUATION, "score"),)),
    Hook(first_chunk, events=tuple((name, "completion_start_ns") for name in CHUNKS)),
)

VOCABULARY = Vocabulary("OpenTelemetry GenAI", ROWS, HOOKS)
