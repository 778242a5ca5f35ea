"""Pydantic AI (scope `pydantic-ai`), in its formats 1 to 6.

Format 1 puts a conversation into one list of events: `events` on a model call, `all_messages_events` on an agent's run.
From format 2 on messages are those of the GenAI conventions, and a run has all of its messages in
`pydantic_ai.all_messages`; tools have keys of their own until format 3 brings the conventions' keys and span names.
A run's input is what was said before its last answer, its output is `final_result`.

A run repeats the tokens of its model calls: as `gen_ai.usage.*` up to 1.x, which an agent's span does not count when
something below it does, and as `gen_ai.aggregated_usage.*`, which is never read. All that stands under
`gen_ai.usage.details.*` is part of input or output. Without an id from the app, `gen_ai.conversation.id` is one a run.
Source: pydantic-ai-slim 1.0.0 and 2.68.0 (`_instrumentation.py`, `capabilities/instrumentation.py`, `usage.py`);
attributes.md, sections 3 and 4.5.
"""

from __future__ import annotations

from ...proto.span import Span, Value
from ..findings import Findings, Made
from ..observation import Json
from ..readers import marks
from ..values import count, mapping, nano_dollars, present, structure, text, to_json
from ..vocabulary import Hook, Row, Vocabulary, scope
from .genai import MESSAGES, said

PYDANTIC_AI = scope("pydantic-ai", "pydantic-ai.*")

BESIDE = frozenset({"event.name", "gen_ai.system", "gen_ai.message.index"})
"""Keys of an event in a list that are no part of its message."""

TEMPLATES = frozenset({"agent run", "running tool", "running tools", "running output function"})
"""Span names of formats 1 and 2, which do not tell whose span it is."""

PART_OF_USAGE = {
    "reasoning_tokens": "reasoning", "cache_read_tokens": "cache_read", "cache_write_tokens": "cache_write",
    "input_audio_tokens": "input_audio", "output_audio_tokens": "output_audio",
}  # fmt: skip

SETTINGS = ("model_settings", "embedding_settings", "image_generation_settings")


def operation(value: Value) -> str | None:
    """Return the type of an operation that the conventions have no name for."""
    return "GENERATION" if value == "image_generation" else None


def settings(value: Value) -> dict[str, Json] | None:
    """Return the settings of a model that were set."""
    return {key: setting for key, setting in (mapping(value) or {}).items() if setting is not None} or None


def ending(messages: list[Json]) -> tuple[list[Json], list[Json]]:
    """Return a conversation up to its last answer, and that answer; none where somebody else spoke last."""
    end = len(messages)
    while end:
        last = messages[end - 1]
        if not isinstance(last, dict) or last.get("role") != "assistant":
            break
        end -= 1
    return messages[:end], messages[end:]


def split(value: Value) -> tuple[list[Json], list[Json]]:
    """Return input and output messages of a list of events, sent as one or as JSON text.

    What no event marks as the model's choice (`gen_ai.choice`) is output where it stands at the end.
    """
    listed = structure(value)
    if not isinstance(listed, list):
        return [], []
    events = [event for event in listed[:MESSAGES] if isinstance(event, dict)]
    given, output = said(((str(event.get("event.name")), event) for event in events), BESIDE)
    return (given, output) if output else ending(given)


def offer_sides(found: Findings, tier: int, sides: tuple[list[Json], list[Json]]) -> None:
    """Offer messages as input and output."""
    for field, messages in zip(("input", "output"), sides, strict=True):
        if messages and not found.has(field, tier):
            found.offer(field, tier, Made(to_json(messages)))


def events(found: Findings, span: Span) -> None:
    """Read a model call's list of events."""
    if not (found.has("input", 20) and found.has("output", 20)):
        offer_sides(found, 20, split(span.attributes.get("events")))


def run(found: Findings, span: Span) -> None:
    """Read the messages of an agent's run."""
    if found.has("input", 22) and found.has("output", 22):
        return
    told = span.attributes.get("all_messages_events")
    if told is None:
        messages = structure(span.attributes.get("pydantic_ai.all_messages"))
        offer_sides(found, 22, ending(messages) if isinstance(messages, list) else ([], []))
    else:
        offer_sides(found, 22, split(told))


def name(found: Findings, span: Span) -> None:
    """Name spans of formats 1 and 2 by their message."""
    if span.name in TEMPLATES:
        found.offer("name", 3, text(span.attributes.get("logfire.msg")))


ROWS = (
    Row("type", 5, "gen_ai.operation.name", operation, only=PYDANTIC_AI),
    Row("type", 6, "agent_name", marks("AGENT"), only=PYDANTIC_AI),
    Row("model", 12, "model_name", text, only=PYDANTIC_AI),
    *(Row("model_parameters", 8, key, settings, only=PYDANTIC_AI) for key in SETTINGS),
    Row("input", 11, "tool_arguments", present, only=PYDANTIC_AI),
    Row("output", 11, "tool_response", present, only=PYDANTIC_AI),
    Row("output", 20, "final_result", present, only=PYDANTIC_AI),
    Row("input", 28, "pydantic_ai.decision.state", present),
    Row("output", 28, "pydantic_ai.decision.answers", present),
    Row("input", 29, "inputs", present, only=PYDANTIC_AI),
    *(Row(f"usage.{kind}", 7, f"gen_ai.usage.details.{key}", count) for key, kind in PART_OF_USAGE.items()),
    Row("cost.total", 8, "operation.cost", nano_dollars),
)

HOOKS = (
    Hook(events, reads=(("events", "input, output"),), only=PYDANTIC_AI),
    Hook(
        run,
        reads=(("all_messages_events", "input, output"), ("pydantic_ai.all_messages", "input, output")),
        only=PYDANTIC_AI,
    ),
    Hook(name, reads=(("logfire.msg", "name"),), only=PYDANTIC_AI),
)

VOCABULARY = Vocabulary("Pydantic AI", ROWS, HOOKS)
