"""LiveKit agents (scope `livekit-agents`): GenAI keys and `lk.*`, content under `lk.pii.*` from 1.8 on.

One trace is one call; types go by the span's name. The sums in `lk.llm_metrics` repeat the requests' usage and are not
counted. With `lk.input.delta` the messages are only those since the span `lk.input.base_span_id`.
Source: livekit-agents 1.8.9 `telemetry/trace_types.py`; attributes.md, sections 2, 3.1 and 4.15.
"""

from __future__ import annotations

from ...proto.span import Span, Value
from ..findings import Findings, Made
from ..observation import Json
from ..values import flag, present, seconds, structure, text, to_json
from ..vocabulary import Hook, Row, Vocabulary, scope

KINDS = {
    "agent_session": "AGENT", "agent_turn": "AGENT", "start_agent_activity": "AGENT", "llm_request": "GENERATION",
    "llm_node": "CHAIN", "function_tool": "TOOL",
}  # fmt: skip
"""Types by the span's name; what is not here is a span (speech in and out, ends of turns, attempts)."""

PREFIXES = ("lk.pii.", "lk.")


def kind(found: Findings, span: Span) -> None:
    """Offer the type that the span's name tells."""
    found.offer("type", 3, KINDS.get(span.name))


def answer(found: Findings, span: Span) -> None:
    """Offer what was said together with the tools that were called, as one message."""
    for prefix in PREFIXES:
        calls = structure(span.attributes.get(f"{prefix}response.function_calls"))
        if isinstance(calls, list) and calls:
            said = text(span.attributes.get(f"{prefix}response.text"))
            content: list[Json] = [{"type": "text", "text": said}] if said else []
            content += [{"type": "function_call", **call} if isinstance(call, dict) else call for call in calls]
            found.offer("output", 26, Made(to_json([{"role": "assistant", "content": content}])))


def failed(value: Value) -> str | None:
    """Return ERROR for a tool that says that its output is an error."""
    return "ERROR" if flag(value) else None


CONTENT = (
    ("input", 27, "chat_ctx"), ("input", 28, "user_input"), ("input", 29, "input_text"),
    ("input", 30, "user_transcript"), ("input", 31, "function_tool.arguments"),
    ("output", 27, "response.text"), ("output", 31, "function_tool.output"),
)  # fmt: skip
"""Field, tier and key behind either prefix."""

ROWS = (
    Row("session_id", 6, "livekit.session.id", text),
    Row("session_id", 7, "lk.room_sid", text),
    *(Row("session_id", 10, f"{prefix}room_name", text) for prefix in PREFIXES),
    Row("session_id", 11, "lk.job_id", text),
    *(Row("user_id", 14, f"{prefix}participant_identity", text) for prefix in PREFIXES),
    Row("user_id", 15, "lk.participant_id", text),
    Row("level", 6, "lk.function_tool.is_error", failed),
    Row("name", 5, "lk.function_tool.name", text),
    Row("time_to_first", 10, "lk.response.ttft", seconds),
    *(Row(field, tier, f"{prefix}{key}", present) for field, tier, key in CONTENT for prefix in PREFIXES),
)

HOOKS = (
    Hook(kind, always=True, only=scope("livekit-agents")),
    Hook(answer, reads=tuple((f"{prefix}response.function_calls", "output") for prefix in PREFIXES)),
)

VOCABULARY = Vocabulary("LiveKit", ROWS, HOOKS)
