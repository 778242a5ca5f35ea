"""Claude Code and the Claude Agent SDK (scope `com.anthropic.claude_code.tracing`): bare keys, and `span.type`.

One trace is one prompt: `claude_code.interaction` over `claude_code.llm_request` and `claude_code.tool`. Session and
user come under the general keys. Input tokens are those that were not cached. Content is there only when its sender
was asked for it; what it left out says `<REDACTED>`. `gen_ai.response.id` holds the id of the HTTP request.
Source: the product's monitoring reference, "Traces (beta)"; attributes.md, sections 1, 2 and 3.2.
"""

from __future__ import annotations

from ...proto.span import Span, Value
from ..findings import Findings, Made
from ..readers import milliseconds, one_of, unless
from ..values import count, flag, plain, present, text, to_json
from ..vocabulary import Hook, Row, Vocabulary, scope

CLAUDE_CODE = scope("com.anthropic.claude_code*")

TYPES = {
    "interaction": "AGENT", "llm_request": "GENERATION", "tool": "TOOL", "tool.blocked_on_user": "SPAN",
    "tool.execution": "SPAN", "hook": "SPAN",
}  # fmt: skip

told = unless(present, "<REDACTED>")
TOOL_OUTPUT = "tool.output"
BODIES = ("output", "content", "stdout")
"""What the body of a tool's result is called in the attributes of `TOOL_OUTPUT`."""

METADATA = (
    "query_source", "query_source_safe", "agent_id", "parent_agent_id", "subagent_type", "skill_name", "workflow.name",
    "workflow.run_id", "interaction.sequence", "decision", "source", "hook_event", "hook_name", "attempt",
    "stop_reason", "terminal.type", "app.entrypoint",
)  # fmt: skip
"""Keys that tell what a span was about."""


def uncached(value: Value) -> bool | None:
    """Return True for a model request: its input tokens leave out the cached ones."""
    return True if value == "llm_request" else None


def failed(value: Value) -> str | None:
    """Return ERROR for what did not succeed."""
    return "ERROR" if flag(value) is False else None


def name(found: Findings, span: Span) -> None:
    """Name a tool's span by its tool: all are `claude_code.tool` otherwise."""
    if span.attributes.get("span.type") == "tool":
        found.offer("name", 6, text(span.attributes.get("tool_name")))


def result(found: Findings, span: Span) -> None:
    """Take a tool's result from its event, which holds the tool's input beside it."""
    for event in span.events:
        if event.name != TOOL_OUTPUT:
            continue
        for key in BODIES:
            body = event.attributes.get(key)
            if told(body):
                found.offer("output", 28, Made(body if isinstance(body, str) else to_json(plain(body))))
                return


ROWS = (
    Row("type", 3, "span.type", one_of(TYPES), only=CLAUDE_CODE),
    Row("model", 15, "model", text, only=CLAUDE_CODE),
    Row("request_model", 3, "model", text, only=CLAUDE_CODE),
    Row("usage.input", 5, "input_tokens", count, only=CLAUDE_CODE),
    Row("usage.output", 5, "output_tokens", count, only=CLAUDE_CODE),
    Row("usage.cache_read", 8, "cache_read_tokens", count, only=CLAUDE_CODE),
    Row("usage.cache_write", 8, "cache_creation_tokens", count, only=CLAUDE_CODE),
    Row("cached_outside", 1, "span.type", uncached, only=CLAUDE_CODE),
    Row("time_to_first", 10, "ttft_ms", milliseconds, only=CLAUDE_CODE),
    Row("input", 28, "user_prompt", told, only=CLAUDE_CODE),
    Row("input", 28, "tool_input", told, only=CLAUDE_CODE),
    Row("input", 29, "full_command", told, only=CLAUDE_CODE),
    Row("input", 30, "file_path", told, only=CLAUDE_CODE),
    Row("input", 31, "new_context", told, only=CLAUDE_CODE),
    Row("output", 27, "response.model_output", told, only=CLAUDE_CODE),
    Row("level", 8, "success", failed, only=CLAUDE_CODE),
    Row("status_message", 5, "error", text, only=CLAUDE_CODE),
    Row("version", 3, "app.version", text, only=CLAUDE_CODE),
    Row("model_parameters.speed", 9, "speed", plain, only=CLAUDE_CODE),
    Row("model_parameters.effort", 9, "effort", plain, only=CLAUDE_CODE),
    *(Row(f"observation_metadata.{key}", 11, key, plain, only=CLAUDE_CODE) for key in METADATA),
)

HOOKS = (
    Hook(name, reads=(("tool_name", "name"),), only=CLAUDE_CODE),
    Hook(result, events=((TOOL_OUTPUT, "output"),), only=CLAUDE_CODE),
)

VOCABULARY = Vocabulary("Claude Code", ROWS, HOOKS)
