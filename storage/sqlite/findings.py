"""What `doctor` looks for in the file: models without a price, traces of two minds, sessions under other names."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict

import orjson

from ...mapping.values import text
from ..store import Conflict, Lookalike

EXAMPLES = 5
MODELS = 50
TRACES = 200
"""Newest traces without a session whose attributes are looked through."""
LONGEST_ID = 128
"""Longer values are texts, not ids."""
SPANS = 50
"""Spans of each at most."""

EXAMPLES_OF_KEYS = 10
SESSION_LIKE = re.compile(
    r"(?i)session|conv(o|ersation)?(?![a-z])|conversation|thread|dialog|interaction|\broom|(^|[._:-])chat($|[._:-]|_?id)"
    r"|(^|[._:-])sid$|group[._-]?id"
)
"""Keys that may name a session: by a word for one, whatever stands around it."""
NEVER = frozenset({
    "langsmith.trace.session_id", "langsmith.trace.session_name", "mcp.session.id", "anthropic.session.id",
    "litellm.trace_id", "gen_ai.agent.call.id", "gen_ai.response.id", "gen_ai.request.previous_response.id",
    "service.instance.id", "thread.id", "thread.name", "session.previous_id",
})  # fmt: skip
"""Keys that look like a session and never are one (attributes.md, section 2.1)."""

OWN = "(?1 IS NULL OR (SELECT project_ref FROM trace WHERE ref = {trace_ref}) = ?1)"
"""Whether a row belongs to the project, or all of them are wanted."""
UNPRICED = f"""
SELECT model, count(*) FROM observation INDEXED BY observation_unpriced
WHERE cost IS NULL AND total_tokens > 0 AND model IS NOT NULL AND {OWN.format(trace_ref="trace_ref")}
GROUP BY model ORDER BY 2 DESC, 1 LIMIT ?2
"""
CONFLICTING = f"SELECT count(DISTINCT trace_ref) FROM contender c WHERE {OWN.format(trace_ref='c.trace_ref')}"
CONFLICTS = f"""
SELECT t.ref, t.id, c.field, c.value, COALESCE(s.id, ''), COALESCE(u.id, '')
FROM (
    SELECT DISTINCT trace_ref, field FROM contender d WHERE {OWN.format(trace_ref="d.trace_ref")}
    ORDER BY trace_ref DESC LIMIT ?2
) f
JOIN contender c ON c.trace_ref = f.trace_ref AND c.field = f.field JOIN trace t ON t.ref = c.trace_ref
LEFT JOIN rollup s ON s.ref = t.session_ref LEFT JOIN rollup u ON u.ref = t.user_ref
ORDER BY c.trace_ref DESC, c.field, c.value
"""
SESSIONLESS = """
SELECT t.ref, x.attributes, r.attributes FROM (
    SELECT ref FROM trace WHERE session_ref IS NULL AND (?1 IS NULL OR project_ref = ?1) ORDER BY ref DESC LIMIT ?2
) t JOIN observation o ON o.ref IN (SELECT ref FROM observation WHERE trace_ref = t.ref LIMIT ?3)
JOIN span x ON x.ref = o.ref JOIN resource r ON r.ref = x.resource_ref
"""


WAITING = """
FROM event w WHERE w.project_ref IN (SELECT ref FROM project WHERE ?1 IS NULL OR ref = ?1) AND w.trace_id = ''
AND NOT EXISTS (SELECT 1 FROM event e INDEXED BY event_by_entity
    WHERE e.project_ref = w.project_ref AND e.entity_id = w.entity_id AND e.kind = w.kind AND e.trace_id > '')
"""
"""Updates without a trace id whose observation no other event puts into a trace."""


# Each looks at one project, or at all of them for None.


def unpriced(db: sqlite3.Connection, project_ref: int | None) -> list[tuple[str, int]]:
    """Return the models of observations with tokens and without a cost, the most frequent first, with how many."""
    return [(str(row[0]), int(row[1])) for row in db.execute(UNPRICED, (project_ref, MODELS))]


def waiting(db: sqlite3.Connection, project_ref: int | None) -> tuple[int, list[str]]:
    """Return how many ingestion events are about observations that are in no trace yet, and some of these."""
    (number,) = db.execute(f"SELECT count(*) {WAITING}", (project_ref,)).fetchone()
    rows = db.execute(f"SELECT DISTINCT w.entity_id {WAITING} LIMIT ?2", (project_ref, EXAMPLES))
    return int(number), [str(row[0]) for row in rows]


def conflicting(db: sqlite3.Connection, project_ref: int | None) -> int:
    """Return in how many traces the spans name different sessions or users."""
    return int(db.execute(CONFLICTING, (project_ref,)).fetchone()[0])


def conflicts(db: sqlite3.Connection, project_ref: int | None) -> list[Conflict]:
    """Return the newest of those traces, with what was chosen."""
    found: dict[tuple[int, str, str], tuple[str, list[str]]] = {}
    for ref, trace_id, field, value, session, user in db.execute(CONFLICTS, (project_ref, EXAMPLES)):
        chosen = session if field == "session_id" else user
        others = found.setdefault((ref, trace_id, field), (chosen, []))[1]
        if value != chosen:
            others.append(value)
    return [Conflict(trace_id, field, chosen, others) for (_, trace_id, field), (chosen, others) in found.items()]


def lookalikes(db: sqlite3.Connection, project_ref: int | None) -> list[Lookalike]:
    """Return attributes that may name a session, on the newest traces that have none, the most frequent first."""
    traces: dict[str, set[int]] = defaultdict(set)
    examples: dict[str, str] = {}
    for ref, *documents in db.execute(SESSIONLESS, (project_ref, TRACES, SPANS)):
        for document in documents:
            for key, value in orjson.loads(document).items():
                if key in NEVER or not SESSION_LIKE.search(key):
                    continue
                word = text(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
                if word is not None and len(word) <= LONGEST_ID and "\n" not in word:
                    traces[key].add(ref)
                    examples[key] = word
    found = [Lookalike(key, len(refs), examples[key]) for key, refs in traces.items()]
    return sorted(found, key=lambda one: (-one.traces, one.key))[:EXAMPLES_OF_KEYS]
