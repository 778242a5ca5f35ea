"""Trees as lines: every observation of a trace in the order of reading, with how deep it lies.

Flat on purpose: a chain of 10,000 spans is no deeper for a browser than any other page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..query.tree import Node, trace_tree
from ..storage.selection import Condition, Row, Selection
from ..storage.store import Reader
from .texts import Block, Budget, Members

LINES = 1_000
"""Observations that a page shows."""

BATCH = 100
"""Observations whose texts are in memory together."""

DEEPEST = 12
"""Levels that are still indented further."""

COLUMNS = (
    "id", "type", "name", "start_time", "latency_ms", "level", "status_message", "model", "model_parameters",
    "metadata", "usage_details", "total_tokens", "input", "output", "attributes", "prompt_name", "prompt_version",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One observation: `level` from 1, `cost` the USD of its branch, `row` its columns, and its longer texts."""

    level: int
    id: str
    name: str
    type: str
    latency_ms: float | None
    cost: float | None
    row: Row | None = None
    sides: list[Block] = field(default_factory=list)
    details: dict[str, Members] = field(default_factory=dict)

    @property
    def indent(self) -> int:
        """The level that it is drawn at."""
        return min(self.level, DEEPEST)


@dataclass(frozen=True, slots=True)
class Outline:
    """The lines that a page shows, and how many observations it does not show."""

    lines: list[Line]
    more: int


def outline(reader: Reader, project: str, trace_id: str, root: str | None) -> Outline:
    """Return the observations of a trace below its root. Raises NotFound."""
    lines: list[Line] = []
    every = 0
    for level, node in _walk(trace_tree(reader, trace_id, project)["children"]):
        every += 1
        if every <= LINES:
            name, kind = node["name"], node["type"]
            lines.append(Line(level + (root is not None), node["id"], name, kind, node["latencyMs"], node["cost"]))
    return Outline(lines, every - len(lines))


def full_outline(reader: Reader, project: str, trace: Row, budget: Budget) -> Outline:
    """Return all observations of a trace, the root first, with their texts as far as the budget goes."""
    trace_id, root = str(trace["id"]), trace["root_observation_id"]
    below = outline(reader, project, trace_id, str(root) if root is not None else None)
    lines = below.lines
    if root is not None:
        cost = trace["calculated_total_cost"]
        lines = [Line(1, str(root), "", "", None, cost if isinstance(cost, float) else None), *lines]
    told: list[Line] = []
    for start in range(0, len(lines), BATCH):
        batch = lines[start : start + BATCH]
        rows = _rows(reader, project, trace_id, [line.id for line in batch])
        told += [_told(line, rows[line.id], budget) for line in batch if line.id in rows]
    return Outline(told[:LINES], below.more + max(0, len(told) - LINES))


def _walk(children: Sequence[Node]) -> Iterator[tuple[int, Node]]:
    waiting = [(1, child) for child in reversed(children)]
    while waiting:
        level, node = waiting.pop()
        yield level, node
        waiting.extend((level + 1, child) for child in reversed(node["children"]))


def _rows(reader: Reader, project: str, trace_id: str, ids: Sequence[str]) -> dict[str, Row]:
    where = (Condition("trace_id", "=", trace_id), Condition("id", "any of", tuple(ids)))
    found = reader.select(Selection("observations", project, where, columns=COLUMNS, limit=len(ids))).rows
    return {str(row["id"]): row for row in found}


def _told(line: Line, row: Row, budget: Budget) -> Line:
    sides = budget.sides(row["input"], row["output"], row["attributes"], str(row["type"]))
    details = {
        title: budget.members(cell)
        for title, cell in (
            ("Metadata", row["metadata"]), ("Model parameters", row["model_parameters"]),
            ("Usage", row["usage_details"]),
        )
        if isinstance(cell, dict) and cell
    }  # fmt: skip
    latency = row["latency_ms"]
    return Line(
        line.level, line.id, str(row["name"] or line.id), str(row["type"]),
        latency if isinstance(latency, float) else None, line.cost, row, sides, details,
    )  # fmt: skip
