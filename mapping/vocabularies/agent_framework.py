"""Microsoft Agent Framework, Python (scope `agent_framework`) and .NET (`Microsoft.Agents.AI*`): GenAI keys.

Its own are the spans of workflows. An agent's usage repeats the sum of its calls', the content in log records the
span's. Source: agent-framework-core 1.23 `observability.py`; attributes.md, sections 2 and 4.12.
"""

from __future__ import annotations

from ...proto.span import Span
from ..findings import Findings
from ..values import present, text
from ..vocabulary import Hook, Row, Vocabulary, scope

FRAMEWORK = scope(
    "agent_framework", "agent_framework.*", "Microsoft.Agents.AI*", "Experimental.Microsoft.Agents.AI*"
)  # fmt: skip

KINDS = {
    "workflow.run": "CHAIN", "workflow_invoke": "CHAIN", "workflow.session": "CHAIN", "executor.process": "CHAIN",
}  # fmt: skip
"""Types by the first word of the span's name."""


def kind(found: Findings, span: Span) -> None:
    """Offer the type of a workflow's span."""
    found.offer("type", 5, KINDS.get(span.name.partition(" ")[0]))


ROWS = (
    Row("trace_name", 3, "workflow.name", text, only=FRAMEWORK),
    Row("input", 35, "executor.input", present, only=FRAMEWORK),
    Row("input", 36, "message.content", present, only=FRAMEWORK),
    Row("output", 35, "executor.output", present, only=FRAMEWORK),
)

VOCABULARY = Vocabulary("Microsoft Agent Framework", ROWS, (Hook(kind, always=True, only=FRAMEWORK),))
