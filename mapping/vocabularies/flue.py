"""Flue (scope `@flue/opentelemetry`): GenAI keys on the turns of a model, content and all else under `flue.*`.

Source: langfuse.md, sections 1.7 and 1.9.
"""

from __future__ import annotations

from ..readers import marks
from ..values import present, text
from ..vocabulary import Row, Vocabulary

ROWS = (
    Row("type", 8, "flue.tool.name", marks("TOOL")),
    Row("type", 8, "flue.task.id", marks("AGENT")),
    Row("type", 9, "flue.workflow.name", marks("CHAIN")),
    Row("name", 5, "flue.tool.name", text),
    *(
        Row("input", tier, f"flue.{key}", present)
        for tier, key in ((35, "turn.input"), (36, "tool.arguments"), (37, "task.prompt"), (38, "workflow.payload"))
    ),
    *(
        Row("output", tier, f"flue.{key}", present)
        for tier, key in (
            (35, "turn.output"), (36, "tool.result"), (37, "task.result"), (38, "operation.result"),
            (39, "workflow.result"),
        )
    ),
)  # fmt: skip

VOCABULARY = Vocabulary("Flue", ROWS)
