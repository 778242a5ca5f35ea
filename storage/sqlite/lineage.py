"""Who is whose parent inside a trace, settled span by span whatever the order they come in.

Three things follow from it. An orphan whose parent arrives becomes a child. The tokens (and, apart from them, the
cost) of an agent, chain or plain span count only while no descendant reports any. And a report above another one with
the same tokens is the same call once more, and counts no more (reference: attributes.md, section 6, rules 1, 2 and 4).
Each observation is marked at most once for what is below it, and shown few different pairs of tokens, so the walk up
the tree is short; only tokens that fall from report to report in a deep tree lengthen it.
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


PAIRS = 8
"""Different pairs of tokens kept an observation; of more, those that come first as text."""


@dataclass(slots=True)
class Node:
    """What matters of an observation for its family and for what of it counts.

    `below` says in bits what its descendants report; `pairs` the tokens that the nearest reporting observations below
    it bring, as words like `42/17`, with an `i` behind where they have a response id. `response_id`, `call_kind` and
    `chosen`: see `calls`.
    """

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
    response_id: str | None = None
    call_kind: int = 0
    chosen: int = 0
    pairs: str = ""
    before: tuple[int, int, int, int, str] | None = None
    """The state as in the file, None for a new observation."""

    @property
    def stored(self) -> bool:
        """Whether the file has it."""
        return self.before is not None

    @property
    def reports(self) -> int:
        """What the observation itself reports: nothing by counts of zero."""
        tokens = self.input_tokens or self.output_tokens or self.total_tokens
        return (TOKENS if tokens else 0) | (COST if self.cost else 0)

    @property
    def pair(self) -> str:
        """The tokens that a reporting observation shows to those above; "" for one that lets others through."""
        if self.aggregate or not (self.input_tokens or self.output_tokens):
            return ""
        return f"{self.input_tokens}/{self.output_tokens}{'i' if self.response_id else ''}"

    @property
    def doubled(self) -> bool:
        """Whether an observation below reports the same tokens and, as far as ids tell, the same call."""
        if not self.pairs or not (pair := self.pair):
            return False
        there = self.pairs.split(" ")
        return pair.removesuffix("i") in there or (self.response_id is None and f"{pair}i" in there)

    @property
    def counted(self) -> int:
        """What of its own adds to the sums of its trace; a cost of zero does too, as a cost that is known.

        A report that is not chosen adds nothing.
        """
        own = TOKENS | (COST if self.cost is not None else 0)
        if self.aggregate:
            return own & ~self.below
        if self.response_id is not None:
            if self.call_kind >= 4 or not self.chosen:
                return 0  # a cost of zero neither, or it would count until the call is reported elsewhere
            own &= ~(self.reports & ~self.chosen)
        return own & ~self.below if self.doubled else own

    @property
    def state(self) -> tuple[int, int, int, int, str]:
        """What may change of it, in the order of the columns that `CHANGE` sets."""
        return self.below, self.counted, self.chosen, self.call_kind, self.pairs


CHANGE = """
UPDATE observation SET usage_below = ?1, counted = ?2, chosen = iif(call_kind IS NULL, NULL, ?3),
    call_kind = iif(call_kind IS NULL, NULL, ?4), pairs_below = NULLIF(?5, '') WHERE ref = ?6
"""

NODE = """
SELECT o.ref, o.id, COALESCE(o.parent_id, ''), o.start_ns, o.type IN ({aggregates}), o.usage_below,
    COALESCE(o.input_tokens, 0), COALESCE(o.output_tokens, 0), COALESCE(o.total_tokens, 0), o.cost,
    CASE WHEN o.call_kind IS NOT NULL THEN o.response_id END, COALESCE(o.call_kind, 0), COALESCE(o.chosen, 0),
    COALESCE(o.pairs_below, '')
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
        o.input_tokens, o.output_tokens, o.total_tokens, o.cost,
    )  # fmt: skip


def nodes_of(rows: Iterable[tuple[Any, ...]]) -> list[Node]:
    """Return the nodes that rows of `NODE` stand for."""
    nodes = []
    for row in rows:
        node = Node(*row)
        node.before = node.state
        nodes.append(node)
    return nodes


def load(db: sqlite3.Connection, trace_ref: int, ids: Iterable[str]) -> dict[str, Node]:
    """Return those of the named observations of a trace that are in the file, by id."""
    cursor = db.execute(
        NODE + "FROM json_each(?2) j CROSS JOIN observation o ON o.trace_ref = ?1 AND o.id = j.value",
        (trace_ref, orjson.dumps(list(ids)).decode()),
    )
    return {node.id: node for node in nodes_of(cursor)}


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
    return [Adopted(node, row[-1]) for node, row in zip(nodes_of(row[:-1] for row in rows), rows, strict=True)]


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
        """Show the ancestors of a node what it reports, or has below it."""
        news, pairs = node.reports | node.below, node.pair or node.pairs
        above = self._find(node.parent_id)
        while above is not None:
            news &= ~above.below
            if pairs:
                more = _merged(above.pairs, pairs)
                pairs = "" if more == above.pairs else pairs
                above.pairs = more
            if not news and not pairs:
                return
            above.below |= news
            if above.pair:
                pairs = ""
            above = self._find(above.parent_id)

    def changed(self) -> list[Node]:
        """Return the nodes of the file that are no longer as they were."""
        return [node for node in self._nodes.values() if node.before is not None and node.before != node.state]

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


def _merged(held: str, more: str) -> str:
    """Return the union of two sets of pairs, of which the first few are kept: the same in whatever order they come."""
    if not held or held == more:
        return more
    return " ".join(sorted({*held.split(" "), *more.split(" ")})[:PAIRS])
