"""The tree of a session: its traces, and inside each its observations, with the cost of every branch.

A trace's root observation is the trace's own line. Every other observation appears exactly once: under its parent,
or as a child of the trace where the parent is unknown or absent. Nothing here recurses: a chain of 100,000 spans is
a tree too.
"""

from __future__ import annotations

from collections.abc import Iterable

from typing_extensions import TypedDict

from ..errors import NotFound
from ..storage.selection import Condition, Row, Selection
from ..storage.store import Reader
from .cells import count, number, text
from .page import EVERY

NANO = 1_000_000_000
"""Costs are summed as whole nano-dollars, so that a sum does not depend on its order."""

TRACE_COLUMNS = ("id", "name", "latency_ms", "calculated_total_cost", "root_observation_id")
OBSERVATION_COLUMNS = (
    "id", "trace_id", "parent_observation_id", "type", "name", "start_time_unix_nano", "latency_ms",
    "calculated_total_cost", "cost_counted",
)  # fmt: skip


class Node(TypedDict):
    """An observation in the tree; `cost` is the USD of its whole branch, null when nothing in it has a cost."""

    id: str
    name: str
    type: str
    latencyMs: float | None
    cost: float | None
    children: list[Node]


class TraceNode(TypedDict):
    """A trace in the tree; `cost` is the trace's total in USD."""

    id: str
    name: str
    latencyMs: float | None
    cost: float | None
    children: list[Node]


class SessionTree(TypedDict):
    """A session's tree: `durationMs` from the first start to the last end, `latencyMs` the sum of its traces'."""

    id: str
    durationMs: float | None
    latencyMs: float | None
    cost: float | None
    traces: list[TraceNode]


def session_tree(reader: Reader, session_id: str, project: str = "default") -> SessionTree:
    """Return the tree of a session: traces by start, children by start, then id. Raises NotFound."""
    columns = ("id", "duration_ms", "latency_ms", "calculated_total_cost")
    rows = _select(
        reader, Selection("sessions", project, (Condition("id", "=", session_id),), columns=columns, counted=False)
    )
    if not rows:
        raise NotFound(f"no session has the id {session_id!r}")
    member = (Condition("session_id", "=", session_id),)
    return {
        "id": session_id,
        "durationMs": number(rows[0]["duration_ms"]),
        "latencyMs": number(rows[0]["latency_ms"]),
        "cost": number(rows[0]["calculated_total_cost"]),
        "traces": _trace_nodes(
            _select(
                reader,
                Selection("traces", project, member, (("timestamp", False),), TRACE_COLUMNS, EVERY, counted=False),
            ),
            _select(reader, Selection("observations", project, member, (), OBSERVATION_COLUMNS, EVERY, counted=False)),
        ),
    }


def trace_tree(reader: Reader, trace_id: str, project: str = "default") -> TraceNode:
    """Return the tree of one trace, as it stands in its session's. Raises NotFound."""
    where = (Condition("id", "=", trace_id),)
    traces = _select(reader, Selection("traces", project, where, columns=TRACE_COLUMNS, limit=1, counted=False))
    if not traces:
        raise NotFound(f"no trace has the id {trace_id!r}")
    where = (Condition("trace_id", "=", trace_id),)
    return _trace_nodes(
        traces,
        _select(reader, Selection("observations", project, where, (), OBSERVATION_COLUMNS, EVERY, counted=False)),
    )[0]


def _select(reader: Reader, selection: Selection) -> list[Row]:
    return reader.select(selection).rows


def _trace_nodes(traces: Iterable[Row], observations: Iterable[Row]) -> list[TraceNode]:
    by_trace: dict[str, list[Row]] = {}
    for row in observations:
        by_trace.setdefault(str(row["trace_id"]), []).append(row)
    return [
        {
            "id": str(row["id"]),
            "name": text(row["name"]) or str(row["id"]),
            "latencyMs": number(row["latency_ms"]),
            "cost": number(row["calculated_total_cost"]),
            "children": _branches(by_trace.get(str(row["id"]), []), text(row["root_observation_id"])),
        }
        for row in traces
    ]


def _branches(rows: list[Row], root: str | None) -> list[Node]:
    """Return the observations of one trace as the children of the trace."""
    rows.sort(key=lambda row: (count(row["start_time_unix_nano"]), str(row["id"])))
    nodes = {str(row["id"]): _node(row) for row in rows}
    parents = _parents(rows, root)
    top: list[Node] = []
    for node_id, node in nodes.items():
        if node_id != root:
            parent = parents[node_id]
            (top if parent is None else nodes[parent]["children"]).append(node)
    _roll_up(rows, nodes, parents)
    return top


def _node(row: Row) -> Node:
    return {
        "id": str(row["id"]),
        "name": text(row["name"]) or str(row["id"]),
        "type": str(row["type"]),
        "latencyMs": number(row["latency_ms"]),
        "cost": None,
        "children": [],
    }


def _parents(rows: list[Row], root: str | None) -> dict[str, str | None]:
    """Return each observation's parent inside the tree; None is the trace itself, for the root's children too.

    In a circle of parents, the observation that started first hangs on the trace.
    """
    known = {str(row["id"]) for row in rows}
    parents: dict[str, str | None] = {}
    for row in rows:
        parent = text(row["parent_observation_id"])
        own = str(row["id"]) == root
        parents[str(row["id"])] = parent if parent in known and parent != root and not own else None
    place = {node_id: rank for rank, node_id in enumerate(parents)}
    settled: set[str] = set()
    for start in parents:
        path: list[str] = []
        on_path: set[str] = set()
        step: str | None = start
        while step is not None and step not in settled and step not in on_path:
            path.append(step)
            on_path.add(step)
            step = parents[step]
        if step is not None and step in on_path:
            parents[min(path[path.index(step) :], key=place.__getitem__)] = None
        settled |= on_path
    return parents


def _roll_up(rows: list[Row], nodes: dict[str, Node], parents: dict[str, str | None]) -> None:
    """Set every node's cost to the sum of what counts in its branch."""
    costs: dict[str, int] = {
        str(row["id"]): round(cost * NANO)
        for row in rows
        if row["cost_counted"] and (cost := number(row["calculated_total_cost"])) is not None
    }
    waiting = dict.fromkeys(nodes, 0)
    for parent in parents.values():
        if parent is not None:
            waiting[parent] += 1
    ready = [node_id for node_id, children in waiting.items() if not children]
    while ready:
        node_id = ready.pop()
        cost, parent = costs.get(node_id), parents[node_id]
        if cost is not None:
            nodes[node_id]["cost"] = cost / NANO
        if parent is not None:
            if cost is not None:
                costs[parent] = costs.get(parent, 0) + cost
            waiting[parent] -= 1
            if not waiting[parent]:
                ready.append(parent)
