"""Changing one observation of a stored trace in place, where that comes to the same as making the trace anew.

Most that happens to a stored observation adds to it: an update brings its end, its output, its tokens. All that its
trace keeps of it (sums, claims, what is below) then only grows, or changes under the same rank. Where something is
taken back, or the order among spans is another, the trace is made anew from its spans.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Iterable
from dataclasses import dataclass

import orjson

from ...mapping.observation import Observation
from . import calls
from .claims import CONTESTED
from .lineage import Node, node_of
from .rows import LEVEL_NUMBER
from .traces import TraceRow

STATES = """
SELECT o.id, o.end_ns, o.level, o.hidden IS NOT NULL FROM json_each(?2) j
CROSS JOIN observation o ON o.trace_ref = ?1 AND o.id = j.value
"""


@dataclass(frozen=True, slots=True)
class Amended:
    """An observation of the file that gives way to another version of itself: its node, its end, level and place."""

    node: Node
    end_ns: int
    level: int
    hidden: bool


def load(db: sqlite3.Connection, trace_ref: int, nodes: Iterable[Node]) -> dict[str, Amended]:
    """Return what the file holds of these observations, by id."""
    by_id = {node.id: node for node in nodes}
    rows = db.execute(STATES, (trace_ref, orjson.dumps(list(by_id)).decode()))
    return {id: Amended(by_id[id], end_ns, level, bool(hidden)) for id, end_ns, level, hidden in rows}


def remove(db: sqlite3.Connection, amended: Iterable[Amended]) -> None:
    """Delete the rows of observations that others take the place of."""
    refs = [(one.node.ref,) for one in amended]
    db.executemany("DELETE FROM span WHERE ref = ?", refs)
    db.executemany("DELETE FROM observation WHERE ref = ?", refs)


def discount(row: TraceRow, one: Amended) -> None:
    """Take what an observation adds to its trace away again."""
    row.observation_count -= not one.hidden
    row.error_count -= one.level == LEVEL_NUMBER["ERROR"]
    row.warning_count -= one.level == LEVEL_NUMBER["WARNING"]
    row.count(-1, one.node, one.node.counted)


def fits(stored: Amended, was: Observation, now: Observation, known: Container[str]) -> bool:
    """Say whether an observation can take the place of a stored one (`was`: its meaning) and leave its trace standing.

    `known`: observations that the file has, the parent among them if it does.
    """
    parent_id = now.span.parent_span_id
    return (
        parent_id == stored.node.parent_id
        and (not parent_id or parent_id in known)
        and now.root_rank == was.root_rank
        and now.start_ns == stored.node.start_ns
        and now.end_ns >= stored.end_ns
        and LEVEL_NUMBER[now.level] >= stored.level
        and set(was.tags) <= set(now.tags)
        and not (was.evaluations or now.evaluations)
        and _claims_stand(was, now)
        and _reports_stand(stored.node, was, now)
    )


def _claims_stand(was: Observation, now: Observation) -> bool:
    """Say whether all that was claimed is claimed still, at least as explicitly."""
    for field, (tier, value) in was.claims.items():
        claim = now.claims.get(field)
        if claim is None or claim[0] > tier or (field in CONTESTED and claim[1] != value):
            return False
    return bool(now.name or "name" in now.claims or not was.name)


def _reports_stand(node: Node, was: Observation, now: Observation) -> bool:
    """Say whether what was reported of tokens and cost is so still, and shows above as before or for the first time."""
    new = node_of(now, 0)
    if was.response_id is not None or now.response_id is not None:
        # a call may have rivals elsewhere, so it must remain what it was
        same = (new.aggregate, new.input_tokens, new.output_tokens, new.total_tokens, new.cost) == (
            node.aggregate, node.input_tokens, node.output_tokens, node.total_tokens, node.cost,
        )  # fmt: skip
        kind = node.call_kind & ~calls.YIELDS if node.response_id is not None else calls.kind_of(now)
        return same and not now.native and was.response_id == now.response_id and kind == calls.kind_of(now)
    return not node.reports & ~new.reports and (new.pair == node.pair or not (node.pair or node.pairs))
