"""The OpenAI Agents SDK, whichever instrumentation reports it.

It sends nothing by itself. Its own word for a conversation is a trace's group: Logfire sends it as `group_id`, the
OpenTelemetry contribution as `gen_ai.conversation.id` (read by the GenAI rows); OpenInference and OpenLLMetry drop it.
OpenInference gives the whole response object for the parameters of the call.
Source: attributes.md, sections 2, 2.1 and 5; logfire 5.4.0 `_internal/integrations/openai_agents.py`.
"""

from __future__ import annotations

from ...proto.span import Value
from ..observation import Json
from ..values import mapping, text
from ..vocabulary import Row, Vocabulary, scope

OPENINFERENCE = scope("openinference.instrumentation.openai_agents")
OPENAI_AGENTS = scope(
    "logfire.openai_agents",
    "openinference.instrumentation.openai_agents",
    "opentelemetry.instrumentation.openai_agents",
    "opentelemetry.instrumentation.genai.openai_agents",
)

PARAMETERS = (
    "temperature", "top_p", "top_k", "max_tokens", "max_output_tokens", "max_tool_calls", "frequency_penalty",
    "presence_penalty", "stop", "seed", "n", "top_logprobs", "tool_choice", "parallel_tool_calls", "reasoning", "text",
    "truncation", "service_tier", "store", "stream", "background", "response_format", "verbosity",
)  # fmt: skip


def parameters(value: Value) -> dict[str, Json] | None:
    """Return what a response object says of its request's parameters."""
    response = mapping(value) or {}
    return {key: response[key] for key in PARAMETERS if response.get(key) not in (None, {}, [])} or None


ROWS = (
    Row("session_id", 7, "group_id", text, only=OPENAI_AGENTS),
    # before OpenInference's own row of this tier, by the order of the files
    Row("model_parameters", 3, "llm.invocation_parameters", parameters, only=OPENINFERENCE),
)

VOCABULARY = Vocabulary("OpenAI Agents", ROWS)
