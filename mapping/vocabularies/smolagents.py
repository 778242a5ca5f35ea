"""smolagents, through OpenInference: the task of a run, and tool errors from which an agent recovered.

Types are OpenInference's: `X.run` is an agent with the sums of its calls, `Step N` a chain. The message roles
`tool-call` and `tool-response` are folded where messages are read (`mapping.messages`).
Source: openinference-instrumentation-smolagents 0.1.43; attributes.md, section 4.13.
"""

from __future__ import annotations

from ...proto.span import Span
from ..findings import Findings
from ..values import present, text
from ..vocabulary import Hook, Row, Vocabulary, scope

RECOVERY = "agent.step_recovery"


def recovered(found: Findings, span: Span) -> None:
    """Make a warning of an error that the agent took as an answer: the span's status is OK, an event tells it."""
    for event in span.events:
        if event.name == RECOVERY:
            found.offer("level", 4, "WARNING")
            found.offer("status_message", 4, text(event.attributes.get("message")))


ROWS = (Row("input", 30, "smolagents.task", present),)

HOOKS = (
    Hook(
        recovered,
        events=((RECOVERY, "level"), (RECOVERY, "status_message")),
        only=scope("openinference.instrumentation.smolagents"),
    ),
)

VOCABULARY = Vocabulary("smolagents", ROWS, HOOKS)
