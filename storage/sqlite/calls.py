"""Model calls that are reported more than once: which report counts (reference: attributes.md, section 6, rule 3).

Reports of one trace with the same response id are one call: one of them counts, preferring an instrumentation's before
the provider's own ("native"), then one with content, then the earlier start, then the smaller span id. A native report
also yields to an instrumentation's report in any other trace of its project. Between instrumentations of different
traces nothing is decided, since a cached answer repeats its id lawfully.

Of each call the file marks at most two reports as chosen, for tokens and for cost, so that a report that arrives is
compared with these alone however many there are.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import orjson

from ...mapping.observation import Observation
from .lineage import COST, NODE, TOKENS, Node, nodes_of

WITHOUT_CONTENT, NATIVE, YIELDS = 1, 2, 4
"""Bits of `call_kind`; the smaller kind is preferred. `YIELDS`: a native report whose call is reported elsewhere."""

CHOSEN = (
    NODE
    + """FROM json_each(?2) j CROSS JOIN observation o INDEXED BY observation_by_response
    ON o.response_id = j.value AND o.call_kind IN (0, 1, 2, 3, 6, 7) AND o.trace_ref = ?1 AND o.chosen > 0"""
)

REPORTED = """
SELECT j.value FROM json_each(?2) j WHERE EXISTS (
    SELECT 1 FROM observation o INDEXED BY observation_by_response JOIN trace t ON t.ref = o.trace_ref
    WHERE o.response_id = j.value AND o.call_kind < 2 AND o.chosen > 0 AND t.project_ref = ?1)
"""
"""Of the given response ids, those that an instrumentation reports."""

NATIVES = """
SELECT t.id, o.id, o.response_id, o.call_kind FROM json_each(?2) j
CROSS JOIN observation o INDEXED BY observation_by_response
    ON o.response_id = j.value AND o.call_kind BETWEEN ?3 AND ?4 AND o.chosen > 0
JOIN trace t ON t.ref = o.trace_ref WHERE t.project_ref = ?1
"""


REPORT = """
SELECT t.id, o.id FROM observation o INDEXED BY observation_by_response JOIN trace t ON t.ref = o.trace_ref
WHERE o.response_id = ? AND o.chosen > 0 AND t.project_ref = ? ORDER BY o.call_kind & 3, t.id, o.chosen & 1 DESC LIMIT 1
"""


class Native(NamedTuple):
    """A native report in the file."""

    trace_id: str
    id: str
    response_id: str
    call_kind: int


def kind_of(o: Observation) -> int:
    """Return the `call_kind` of an observation with a response id."""
    content = o.input_key or o.output_key or o.input_made or o.output_made
    return (NATIVE if o.native else 0) | (0 if content else WITHOUT_CONTENT)


def chosen(db: sqlite3.Connection, trace_ref: int, response_ids: Iterable[str]) -> list[Node]:
    """Return the reports of these calls that the file has chosen in a trace."""
    return nodes_of(db.execute(CHOSEN, (trace_ref, orjson.dumps(list(response_ids)).decode())))


def choose(reports: Iterable[Node]) -> None:
    """Settle which of the reports of one trace count: `reports` are the new ones and those chosen so far."""
    calls: dict[str, list[Node]] = defaultdict(list)
    for node in reports:
        if node.response_id is not None:
            calls[node.response_id].append(node)
    for several in calls.values():
        for node in several:
            node.chosen = 0
        for bit in (TOKENS, COST):
            able = [node for node in several if node.reports & bit]
            if able:
                min(able, key=_preference).chosen |= bit


def _preference(node: Node) -> tuple[int, int, str]:
    return node.call_kind & ~YIELDS, node.start_ns, node.id


def reported(db: sqlite3.Connection, project_ref: int, response_ids: Iterable[str]) -> set[str]:
    """Return those of the response ids that an instrumentation reports in the file, in any trace of the project."""
    cursor = db.execute(REPORTED, (project_ref, orjson.dumps(list(response_ids)).decode()))
    return {row[0] for row in cursor}


def natives(db: sqlite3.Connection, project_ref: int, response_ids: Iterable[str], yielding: bool) -> list[Native]:
    """Return the native reports of these calls that yield, or those that do not."""
    low = NATIVE | YIELDS if yielding else NATIVE
    cursor = db.execute(NATIVES, (project_ref, orjson.dumps(list(response_ids)).decode(), low, low + 1))
    return [Native(*row) for row in cursor]


def report_of(db: sqlite3.Connection, project_ref: int, response_id: str) -> tuple[str, str] | None:
    """Return the trace and the observation that report a call, the preferred ones of several traces."""
    row = db.execute(REPORT, (response_id, project_ref)).fetchone()
    return None if row is None else (str(row[0]), str(row[1]))
