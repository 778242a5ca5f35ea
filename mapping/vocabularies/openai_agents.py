"""The OpenAI Agents SDK, whichever instrumentation reports it.

It sends nothing by itself. Its own word for a conversation is a trace's group: Logfire sends it as `group_id`, the
OpenTelemetry contribution as `gen_ai.conversation.id` (read by the GenAI rows); OpenInference and OpenLLMetry drop it.
OpenInference gives the whole response object for the parameters of the call, from which `openinference.py` takes them.
Source: attributes.md, sections 2, 2.1 and 5; logfire 5.4.0 `_internal/integrations/openai_agents.py`.
"""

from __future__ import annotations

from ..values import text
from ..vocabulary import Row, Vocabulary, scope

OPENAI_AGENTS = scope(
    "logfire.openai_agents",
    "openinference.instrumentation.openai_agents",
    "opentelemetry.instrumentation.openai_agents",
    "opentelemetry.instrumentation.genai.openai_agents",
)

ROWS = (Row("session_id", 7, "group_id", text, only=OPENAI_AGENTS),)

VOCABULARY = Vocabulary("OpenAI Agents", ROWS)
