"""Who is whose parent inside a trace, settled span by span whatever the order they come in.

Two things follow from it: an orphan whose parent arrives becomes a child, and the tokens (and, apart from them, the
cost) of an agent, chain or plain span count only while no descendant reports any (reference: attributes.md, section
6). Each observation is marked at most once for either, so the walk up the tree costs a constant time per span.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from ...mapping.observation import AGGREGATES, Observation

TOKENS, COST = 1, 2
"""What is reported, below or counted, as bits of one number."""


@dataclass(slots=True)
class Node:
    """What matters of an observation for its family; `below` says in bits what its descendants report."""

    ref: int
    id: str
    parent_id: str
    start_ns: int
    aggregate: bool
    below: int
    input_tokens: int
    output_tokens: int
    total_tokens: int
    cost: int | None
    stored: bool

    @property
    def reports(self) -> int:
        """What the observation itself reports: nothing by counts of zero."""
        tokens = self.input_tokens or self.output_tokens or self.total_tokens
        return (TOKENS if tokens else 0) | (COST if self.cost else 0)

    @property
    def counted(self) -> int:
        """What of its own adds to the sums of its trace; a cost of zero does too, as a cost that is known."""
        own = TOKENS | (COST if self.cost is not None else 0)
        return own & ~self.below if self.aggregate else own


NODE = """
SELECT o.ref, o.id, COALESCE(o.parent_id, ''), o.start_ns, o.type IN ({aggregates}), o.usage_below,
    COALESCE(o.input_tokens, 0), COALESCE(o.output_tokens, 0), COALESCE(o.total_tokens, 0), o.cost
""".format(aggregates=", ".join(f"'{kind}'" for kind in sorted(AGGREGATES)))

# Without the hint SQLite would read all orphans of the trace for each parent.
WAITING = f"""
{NODE}, w.claims FROM json_each(?2) j
CROSS JOIN orphan w INDEXED BY orphan_by_parent ON w.trace_ref = ?1 AND w.parent_id = j.value
JOIN observation o ON o.ref = w.observation_ref
"""


def node_of(o: Observation, ref: int) -> Node:
    """Return the node of an observation that is about to be stored."""
    return Node(
        ref, o.span.span_id, o.span.parent_span_id, o.start_ns, o.type in AGGREGATES, 0,
        o.input_tokens, o.output_tokens, o.total_tokens, o.cost, False,
    )  # fmt: skip


def _nodes(rows: Iterable[tuple[Any, ...]]) -> list[Node]:
    return [Node(r[0], r[1], r[2], r[3], bool(r[4]), r[5], r[6], r[7], r[8], r[9], True) for r in rows]


def load(db: sqlite3.Connection, trace_ref: int, ids: Iterable[str]) -> dict[str, Node]:
    """Return those of the named observations of a trace that are in the file, by id."""
    cursor = db.execute(
        NODE + "FROM json_each(?2) j CROSS JOIN observation o ON o.trace_ref = ?1 AND o.id = j.value",
        (trace_ref, orjson.dumps(list(ids)).decode()),
    )
    return {node.id: node for node in _nodes(cursor)}


@dataclass(slots=True)
class Adopted:
    """A stored orphan whose parent has arrived, with the claims it made (`orphan.claims`)."""

    node: Node
    claims: str | None


def adopt(db: sqlite3.Connection, trace_ref: int, parent_ids: Iterable[str]) -> list[Adopted]:
    """Take the orphans that wait for these parents off the waiting list and return them."""
    wanted = (trace_ref, orjson.dumps(list(parent_ids)).decode())
    rows = db.execute(WAITING, wanted).fetchall()
    if rows:
        db.execute("DELETE FROM orphan WHERE trace_ref = ?1 AND parent_id IN (SELECT value FROM json_each(?2))", wanted)
    return [Adopted(node, row[-1]) for node, row in zip(_nodes(row[:-1] for row in rows), rows, strict=True)]


class Family:
    """The part of a trace that one commit touches."""

    def __init__(
        self, db: sqlite3.Connection, trace_ref: int, known: dict[str, Node], looked_up: set[str] | None
    ) -> None:
        """Start from the nodes of the file that are known, of those `looked_up`; None: the file holds none at all."""
        self._db = db
        self._trace_ref = trace_ref
        self._nodes = known
        self._looked_up = looked_up
        self.changed: list[Node] = []
        """Nodes of the file that were marked."""
        self.uncounted: list[tuple[Node, int]] = []
        """Nodes of the file, and what of theirs counted until now and does no longer."""

    def add(self, node: Node) -> None:
        """Add a new node. All new nodes must be in before `carry` is called."""
        self._nodes[node.id] = node

    def same(self, node: Node) -> Node:
        """Return the one record of a stored node: the one known already, else this one."""
        return self._nodes.setdefault(node.id, node)

    def knows(self, node_id: str) -> bool:
        """Say whether a parent is known, in the file or in this commit."""
        return node_id in self._nodes

    def carry(self, node: Node) -> None:
        """Mark the ancestors of a node with what it reports, or has below it."""
        news, above = node.reports | node.below, self._find(node.parent_id)
        while above is not None and (news := news & ~above.below):
            before = above.counted
            above.below |= news
            if above.stored:
                self.changed.append(above)
                self.uncounted.append((above, before & ~above.counted))
            above = self._find(above.parent_id)

    def _find(self, node_id: str) -> Node | None:
        if not node_id:
            return None
        node = self._nodes.get(node_id)
        if node is None and self._looked_up is not None and node_id not in self._looked_up:
            self._looked_up.add(node_id)
            found = load(self._db, self._trace_ref, (node_id,))
            node = found.get(node_id)
            if node is not None:
                self._nodes[node_id] = node
        return node
