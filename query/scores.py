"""Scores, as they stand beside traces and sessions (reference: langfuse.md, section 4.5)."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from ..storage.selection import Condition, Row, Selection
from ..storage.store import Reader
from .cells import members, moment, number, text
from .page import EVERY

Target = Literal["trace_id", "session_id"]


class Score(TypedDict):
    """One score of a session, a trace or an observation."""

    id: str
    projectId: str
    traceId: str | None
    sessionId: str | None
    observationId: str | None
    name: str
    value: float | None
    stringValue: str | None
    dataType: str
    source: str
    comment: str | None
    metadata: dict[str, object]
    timestamp: str
    createdAt: str
    updatedAt: str
    environment: str


def scores_by(reader: Reader, target: Target, ids: list[str], project: str) -> dict[str, list[Score]]:
    """Return the scores on the traces or sessions `ids`, oldest first; every id has its list."""
    found: dict[str, list[Score]] = {one: [] for one in ids}
    if not ids:
        return found
    where = (Condition(target, "any of", tuple(ids)),)
    for row in reader.select(
        Selection("scores", project=project, where=where, order=(("timestamp", False),), limit=EVERY)
    ).rows:
        found[str(row[target])].append(_score(row))
    return found


def _score(row: Row) -> Score:
    at = moment(row["timestamp"])
    return {
        "id": str(row["id"]),
        "projectId": str(row["project_id"]),
        "traceId": text(row["trace_id"]),
        "sessionId": text(row["session_id"]),
        "observationId": text(row["observation_id"]),
        "name": str(row["name"]),
        "value": number(row["value"]),
        "stringValue": text(row["string_value"]),
        "dataType": text(row["data_type"]) or "NUMERIC",
        "source": text(row["source"]) or "API",
        "comment": text(row["comment"]),
        "metadata": members(row["metadata"]),
        "timestamp": at,
        "createdAt": at,
        "updatedAt": at,
        "environment": "default",
    }
