"""Microsoft AutoGen (scopes `autogen-core`, `autogen <runtime>`): agents and tools in GenAI keys, and messages.

One run is many traces: each hop through the queue begins a new one. There are no spans of model calls, and the usage
inside of messages travels with them from agent to agent, so that it is not counted. `gen_ai.agent.id` and the topics
hold the runtime's own id, which is no session. Source: autogen-core 0.7.5; attributes.md, sections 2 and 4.12.
"""

from __future__ import annotations

from ..readers import unless
from ..values import mapping, present
from ..vocabulary import Row, Vocabulary, scope

AUTOGEN = scope("autogen-core", "autogen *")

ROWS = (
    Row("input", 35, "message", unless(present, "No Message"), only=AUTOGEN),
    Row("observation_metadata", 13, "message_context", mapping, only=AUTOGEN),
)

VOCABULARY = Vocabulary("AutoGen", ROWS)
