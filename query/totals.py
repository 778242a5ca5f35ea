"""The totals that a session and a user share: counts, times, tokens, cost."""

from __future__ import annotations

from typing_extensions import TypedDict

from ..storage.selection import Row
from .cells import count, members, moment, number, seconds, text, texts
from .scores import Score


class Totals(TypedDict):
    """What all traces of a session or of a user add up to.

    `duration` is the seconds from the first start to the last end, `latency` the sum of the traces' seconds;
    `totalCost` is USD, null when nobody knows; `createdAt` and `updatedAt` are the first and the last activity.
    """

    id: str
    projectId: str
    environment: str
    createdAt: str
    updatedAt: str
    firstTimestamp: str
    lastTimestamp: str
    duration: float | None
    latency: float | None
    userIds: list[str]
    countTraces: int
    countObservations: int
    errorCount: int
    inputTokens: int
    outputTokens: int
    totalTokens: int
    totalCost: float | None
    tags: list[str]
    metadata: dict[str, object]
    bookmarked: bool
    public: bool
    scores: list[Score]


def totals(row: Row, user_ids: list[str], scores: list[Score]) -> Totals:
    """Return a row of the view `sessions` or `users` as an answer."""
    first, last = moment(row["first_timestamp"]), moment(row["last_timestamp"])
    return {
        "id": str(row["id"]),
        "projectId": str(row["project_id"]),
        "environment": text(row["environment"]) or "default",
        "createdAt": first,
        "updatedAt": last,
        "firstTimestamp": first,
        "lastTimestamp": last,
        "duration": seconds(row["duration_ms"]),
        "latency": seconds(row["latency_ms"]),
        "userIds": user_ids,
        "countTraces": count(row["trace_count"]),
        "countObservations": count(row["observation_count"]),
        "errorCount": count(row["error_count"]),
        "inputTokens": count(row["input_tokens"]),
        "outputTokens": count(row["output_tokens"]),
        "totalTokens": count(row["total_tokens"]),
        "totalCost": number(row["calculated_total_cost"]),
        "tags": texts(row["tags"]),
        "metadata": members(row["metadata"]),
        "bookmarked": bool(row.get("bookmarked")),
        "public": bool(row.get("public")),
        "scores": scores,
    }
