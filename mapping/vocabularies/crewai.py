"""CrewAI, through OpenInference's (`crew_*`, `task_*`, `flow_*`) and OpenLLMetry's (`crewai.*`) instrumentations.

`crew_id`, `crew_key`, `task_id`, `flow_id` and their likes name a definition or one run of it: none is a session.
OpenLLMetry says `invoke_agent` at all three levels; agent and task have their own marker, the crew has not. The crew's
token usage (`crewai.crew.token_usage`, `.usage_metrics`) repeats what its model calls reported and is not read.
Source: openinference-instrumentation-crewai 1.1.21, opentelemetry-instrumentation-crewai 0.36.0; attributes.md,
sections 2, 3, 4.13 and 6.
"""

from __future__ import annotations

from ...proto.span import Span
from ..findings import Findings
from ..values import present, text
from ..vocabulary import Hook, Row, Vocabulary, scope

CREW = "crewai.workflow"


def crew(found: Findings, span: Span) -> None:
    """Tell the crew from its agents."""
    if span.name == CREW:
        found.offer("type", 2, "CHAIN")


ROWS = (
    Row("input", 30, "crew_inputs", present),
    Row("input", 30, "flow_inputs", present),
    Row("input", 30, "crewai.task.description", present),
    Row("output", 30, "crewai.crew.result", present),
    Row("output", 30, "crewai.flow.result", present),
    Row("model", 13, "crewai.agent.llm", text),
)

HOOKS = (
    Hook(
        crew, always=True, only=scope("opentelemetry.instrumentation.crewai", "opentelemetry.instrumentation.crewai.*")
    ),
)

VOCABULARY = Vocabulary("CrewAI", ROWS, HOOKS)
