"""The names that filters and orders go by: those of the answers, and Langfuse's own (langfuse.md, section 4.7)."""

from __future__ import annotations

from typing import NamedTuple

from ..storage.columns import COLUMNS, Kind
from ..storage.selection import Operator, View


class Field(NamedTuple):
    """Where a field is stored: the column of the view, and how many of its units one unit of the field is."""

    column: str
    scale: int = 1


_TOKENS = {
    "inputTokens": Field("input_tokens"),
    "outputTokens": Field("output_tokens"),
    "totalTokens": Field("total_tokens"),
    "totalCost": Field("calculated_total_cost"),
    "latency": Field("latency_ms", 1000),
}
_TOTALS = {
    "id": Field("id"),
    "createdAt": Field("first_timestamp"),
    "updatedAt": Field("last_timestamp"),
    "firstTimestamp": Field("first_timestamp"),
    "lastTimestamp": Field("last_timestamp"),
    "duration": Field("duration_ms", 1000),
    "environment": Field("environment"),
    "tags": Field("tags"),
    "metadata": Field("metadata"),
    "countTraces": Field("trace_count"),
    "countObservations": Field("observation_count"),
    "errorCount": Field("error_count"),
    **_TOKENS,
}

FIELDS: dict[View, dict[str, Field]] = {
    "traces": {
        "id": Field("id"),
        "name": Field("name"),
        "timestamp": Field("timestamp"),
        "endTimestamp": Field("end_timestamp"),
        "createdAt": Field("timestamp"),
        "updatedAt": Field("end_timestamp"),
        "userId": Field("user_id"),
        "sessionId": Field("session_id"),
        "environment": Field("environment"),
        "version": Field("version"),
        "release": Field("release"),
        "tags": Field("tags"),
        "bookmarked": Field("bookmarked"),
        "public": Field("public"),
        "metadata": Field("metadata"),
        "input": Field("input"),
        "output": Field("output"),
        "level": Field("level"),
        "errorCount": Field("error_count"),
        "warningCount": Field("warning_count"),
        "countObservations": Field("observation_count"),
        "tokens": Field("total_tokens"),
        **_TOKENS,
    },
    "observations": {
        "id": Field("id"),
        "traceId": Field("trace_id"),
        "parentObservationId": Field("parent_observation_id"),
        "type": Field("type"),
        "name": Field("name"),
        "startTime": Field("start_time"),
        "endTime": Field("end_time"),
        "completionStartTime": Field("completion_start_time"),
        "level": Field("level"),
        "statusMessage": Field("status_message"),
        "model": Field("model"),
        "providedModelName": Field("model"),
        "modelParameters": Field("model_parameters"),
        "input": Field("input"),
        "output": Field("output"),
        "metadata": Field("metadata"),
        "attributes": Field("attributes"),
        "usageDetails": Field("usage_details"),
        "costDetails": Field("cost_details"),
        "promptName": Field("prompt_name"),
        "promptVersion": Field("prompt_version"),
        "version": Field("version"),
        "environment": Field("environment"),
        "sessionId": Field("session_id"),
        "userId": Field("user_id"),
        "traceName": Field("trace_name"),
        **_TOKENS,
    },
    "sessions": {
        "userIds": Field("user_ids"),
        "bookmarked": Field("bookmarked"),
        "public": Field("public"),
        "sessionDuration": Field("duration_ms", 1000),
        "usage": Field("total_tokens"),
        **_TOTALS,
    },
    "users": {
        "countSessions": Field("session_count"),
        "sessionIds": Field("session_ids"),
        **_TOTALS,
    },
    "scores": {},
}
"""Every field by the name that a filter item or `orderBy` calls it."""

SIMPLE: dict[View, dict[str, tuple[str, Operator]]] = {
    "traces": {
        "userId": ("userId", "="),
        "name": ("name", "="),
        "sessionId": ("sessionId", "="),
        "version": ("version", "="),
        "release": ("release", "="),
        "fromTimestamp": ("timestamp", ">="),
        "toTimestamp": ("timestamp", "<"),
        "tags": ("tags", "all of"),
        "environment": ("environment", "any of"),
    },
    "observations": {
        "name": ("name", "="),
        "userId": ("userId", "="),
        "type": ("type", "="),
        "traceId": ("traceId", "="),
        "level": ("level", "="),
        "parentObservationId": ("parentObservationId", "="),
        "version": ("version", "="),
        "fromStartTime": ("startTime", ">="),
        "toStartTime": ("startTime", "<"),
        "environment": ("environment", "any of"),
    },
    "sessions": {
        "fromTimestamp": ("createdAt", ">="),
        "toTimestamp": ("createdAt", "<"),
        "environment": ("environment", "any of"),
        "userId": ("userIds", "any of"),
        "tags": ("tags", "all of"),
    },
    "users": {
        "fromTimestamp": ("createdAt", ">="),
        "toTimestamp": ("createdAt", "<"),
        "environment": ("environment", "any of"),
        "userId": ("id", "="),
        "tags": ("tags", "all of"),
    },
    "scores": {},
}
"""The simple parameters of each list: the field and the operator that they stand for (sections 4.1 to 4.3)."""


def kind_of(view: View, field: Field) -> Kind:
    """Return the kind of the column that a field is stored in."""
    return COLUMNS[view][field.column]
