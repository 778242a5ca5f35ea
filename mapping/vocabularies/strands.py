"""AWS Strands Agents (scope `strands.telemetry.tracer`): GenAI keys, messages in span events of both styles.

The events are read as GenAI's. Its own are: the time to the first token in milliseconds, the application's
`trace_attributes` copied to every span as they are, and a tool's arguments and result, which stand in the events as if
they were messages. The agent's usage repeats its calls'; cached tokens are inside the input or not as the model
provider has it, which the total tells. Source: strands-agents 1.62 `telemetry/tracer.py`; attributes.md, section 4.11.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ...proto.span import Span, Value
from ..findings import Findings, Made
from ..observation import Json
from ..readers import milliseconds, one_of
from ..values import structure, to_json
from ..vocabulary import Hook, Row, Vocabulary, scope
from .genai import CHOICE, DETAILS, EVENT

STRANDS = scope("strands.telemetry.tracer")
TOOL_MESSAGE = "gen_ai.tool.message"

OTHERS = (
    "gen_ai.", "event_loop.", "langfuse.", "session.", "user.", "enduser.", "tag.", "tool.", "error.", "exception.",
    "server.", "aws.", "code.", "thread.", "metadata.", "deployment.", "service.", "telemetry.",
)  # fmt: skip
"""How keys begin that are somebody's vocabulary."""
NAMES = frozenset({
    "system_prompt", "tags", "metadata", "session_id", "sessionId", "conversation_id", "conversationId", "chat_id",
    "thread_id", "user_id", "userId", "release", "input", "output",
    "langfuse_session_id", "langfuse_user_id", "langfuse_tags",
})  # fmt: skip


def trace_attributes(found: Findings, span: Span) -> None:
    """Take the application's own attributes for metadata."""
    attributes = span.attributes
    for key in _own(tuple(attributes)):
        found.offer(f"metadata.{key}", 13, structure(attributes[key]))


@lru_cache(256)
def _own(shape: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys that are the application's."""
    return tuple(key for key in shape if key and key not in NAMES and not key.startswith(OTHERS))


def tool_call(found: Findings, span: Span) -> None:
    """Offer what went into a tool and what came out, without the message around it."""
    if span.attributes.get("gen_ai.operation.name") != "execute_tool":
        return
    for event in span.events:
        said = event.attributes
        if event.name == TOOL_MESSAGE:
            _offer(found, "input", structure(said.get("content")))
        elif event.name == CHOICE:
            _offer(found, "output", structure(said.get("message")))
        elif event.name == DETAILS:
            for part in _parts(said.get("gen_ai.input.messages")):
                _offer(found, "input", part.get("arguments"))
            for part in _parts(said.get("gen_ai.output.messages")):
                _offer(found, "output", part.get("response"))


def _offer(found: Findings, field: str, value: Json) -> None:
    if value is not None:
        found.offer(field, EVENT - 1, Made(value if isinstance(value, str) else to_json(value)))


def _parts(messages: Value) -> Iterator[dict[str, Json]]:
    read = structure(messages)
    for message in read if isinstance(read, list) else ():
        parts = message.get("parts") if isinstance(message, dict) else None
        yield from (part for part in (parts if isinstance(parts, list) else ()) if isinstance(part, dict))


ROWS = (
    Row("time_to_first", 9, "gen_ai.server.time_to_first_token", milliseconds, only=STRANDS),
    Row("level", 6, "gen_ai.tool.status", one_of({"error": "ERROR"})),
)

HOOKS = (
    Hook(trace_attributes, always=True, only=STRANDS),
    Hook(tool_call, events=((TOOL_MESSAGE, "input"), (CHOICE, "output"), (DETAILS, "input, output")), only=STRANDS),
)

VOCABULARY = Vocabulary("AWS Strands", ROWS, HOOKS)
