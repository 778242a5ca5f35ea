"""Traces in Langfuse's shape, with totals beside it (reference: langfuse.md, section 4.1)."""

from __future__ import annotations

from collections.abc import Set
from typing import cast
from urllib.parse import quote

from typing_extensions import TypedDict

from ..errors import NotFound
from ..storage.selection import Condition, Row, Selection
from ..storage.store import Reader
from .cells import count, members, moment, number, payload, seconds, text, texts
from .observations import Observation, observations_of
from .page import EVERY, Meta, Question
from .scores import VERSION_1, Score, scores_by

COLUMNS = (
    "id", "project_id", "timestamp", "end_timestamp", "name", "session_id", "user_id", "tags", "metadata", "release",
    "version", "environment", "public", "bookmarked", "level", "input", "output", "latency_ms",
    "calculated_total_cost", "input_tokens", "output_tokens", "total_tokens", "observation_count", "error_count",
)  # fmt: skip

IO = ("input", "output", "metadata")

GROUPS = frozenset({"core", "io", "scores", "observations", "metrics"})
"""The groups of fields that a list can be cut down to; core always comes."""

LEFT_OUT = -1.0
"""What Langfuse answers for cost and latency when the metrics were left out."""


class Trace(TypedDict):
    """One trace: times ISO 8601, `latency` in seconds, `totalCost` in USD (null when nobody knows)."""

    id: str
    externalId: None
    timestamp: str
    endTimestamp: str
    name: str | None
    userId: str | None
    sessionId: str | None
    metadata: dict[str, object] | None
    release: str | None
    version: str | None
    projectId: str
    environment: str
    public: bool
    bookmarked: bool
    tags: list[str]
    input: object
    output: object
    level: str
    createdAt: str
    updatedAt: str
    countObservations: int
    errorCount: int
    inputTokens: int
    outputTokens: int
    totalTokens: int
    totalCost: float | None
    latency: float | None
    htmlPath: str


class ListedTrace(Trace):
    """A trace in a list, with the ids of its observations and scores."""

    observations: list[str]
    scores: list[str]


class FullTrace(Trace):
    """A trace with its observations, by start, and its scores (version 1: without corrections)."""

    observations: list[Observation]
    scores: list[Score]


class Traces(TypedDict):
    """A page of traces."""

    data: list[ListedTrace]
    meta: Meta


def list_traces(reader: Reader, question: Question, groups: Set[str] = GROUPS) -> Traces:
    """Return a page of traces, by default the latest first, with the fields of `groups`.

    Fields left out are null (input, output, metadata), empty (observations, scores) or -1 (totalCost, latency).
    """
    page = question.select(reader, "traces", _columns(groups), "timestamp")
    ids = [str(row["id"]) for row in page.rows]
    observations = _observation_ids(reader, ids, question.project) if "observations" in groups else {}
    scores = scores_by(reader, "trace_id", ids, question.project, VERSION_1) if "scores" in groups else {}
    data: list[ListedTrace] = []
    for one in map(trace, page.rows):
        if "metrics" not in groups:
            one["totalCost"] = one["latency"] = LEFT_OUT
        score_ids = [score["id"] for score in scores.get(one["id"], [])]
        data.append({**one, "observations": observations.get(one["id"], []), "scores": score_ids})
    return {"data": data, "meta": question.meta(page.total, page.at_least)}


def get_trace(reader: Reader, trace_id: str, project: str = "default", groups: Set[str] = GROUPS) -> FullTrace:
    """Return a trace with the fields of `groups`, left out as in a list. Raises NotFound."""
    where = (Condition("id", "=", trace_id),)
    selection = Selection("traces", project=project, where=where, columns=_columns(groups), limit=1, counted=False)
    rows = reader.select(selection).rows
    if not rows:
        raise NotFound(f"no trace has the id {trace_id!r}")
    one = trace(rows[0])
    if "metrics" not in groups:
        one["totalCost"] = one["latency"] = LEFT_OUT
    scores = scores_by(reader, "trace_id", [trace_id], project, VERSION_1) if "scores" in groups else {}
    return {
        **one,
        "observations": observations_of(reader, trace_id, project) if "observations" in groups else [],
        "scores": scores.get(trace_id, []),
    }


def traces_of(reader: Reader, session_id: str, project: str) -> list[Trace]:
    """Return all traces of a session, by start."""
    where = (Condition("session_id", "=", session_id),)
    order = (("timestamp", False),)
    selection = Selection(
        "traces", project=project, where=where, order=order, columns=COLUMNS, limit=EVERY, counted=False
    )
    return [trace(row) for row in reader.select(selection).rows]


def trace(row: Row) -> Trace:
    """Return a row of the view `traces` as an answer; columns of `IO` that were not selected are null."""
    project, trace_id = str(row["project_id"]), str(row["id"])
    start, end = moment(row["timestamp"]), moment(row["end_timestamp"])
    return {
        "id": trace_id,
        "externalId": None,
        "timestamp": start,
        "endTimestamp": end,
        "name": text(row["name"]),
        "userId": text(row["user_id"]),
        "sessionId": text(row["session_id"]),
        "metadata": members(row["metadata"]) if "metadata" in row else None,
        "release": text(row["release"]),
        "version": text(row["version"]),
        "projectId": project,
        "environment": text(row["environment"]) or "default",
        "public": bool(row["public"]),
        "bookmarked": bool(row["bookmarked"]),
        "tags": texts(row["tags"]),
        "input": payload(row.get("input")),
        "output": payload(row.get("output")),
        "level": str(row["level"]),
        "createdAt": start,
        "updatedAt": end,
        "countObservations": count(row["observation_count"]),
        "errorCount": count(row["error_count"]),
        "inputTokens": count(row["input_tokens"]),
        "outputTokens": count(row["output_tokens"]),
        "totalTokens": count(row["total_tokens"]),
        "totalCost": number(row["calculated_total_cost"]),
        "latency": seconds(row["latency_ms"]),
        "htmlPath": f"/project/{quote(project, safe='')}/traces/{quote(trace_id, safe='')}",
    }


def _columns(groups: Set[str]) -> tuple[str, ...]:
    return COLUMNS if "io" in groups else tuple(column for column in COLUMNS if column not in IO)


def _observation_ids(reader: Reader, trace_ids: list[str], project: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {trace_id: [] for trace_id in trace_ids}
    if found:
        where = (Condition("trace_id", "any of", tuple(trace_ids)),)
        selection = Selection(
            "observations", project=project, where=where, columns=("id", "trace_id"), limit=EVERY, counted=False
        )
        for row in reader.select(selection).rows:
            found[cast(str, row["trace_id"])].append(cast(str, row["id"]))
    return found
