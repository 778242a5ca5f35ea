"""The names that filters and orders go by: those of the answers, and Langfuse's own (langfuse.md, section 4.7)."""

from __future__ import annotations

from typing import NamedTuple

from ..storage.aggregation import DERIVED
from ..storage.columns import COLUMNS, COMPUTED, Kind
from ..storage.selection import Operator, View


class Field(NamedTuple):
    """Where a field is stored: the column of the view, and how many of its units one unit of the field is.

    `number` is the column that filters of type number go by, where that is another one.
    """

    column: str
    scale: int = 1
    number: str = ""


_TOKENS = {
    "inputTokens": Field("input_tokens"),
    "outputTokens": Field("output_tokens"),
    "totalTokens": Field("total_tokens"),
    "tokens": Field("total_tokens"),
    "inputCost": Field("input_cost"),
    "outputCost": Field("output_cost"),
    "totalCost": Field("calculated_total_cost"),
    "latency": Field("latency_ms", 1000),
}
_SCORED = {
    "scores": Field("scores_avg"),
    "scores_avg": Field("scores_avg"),
    "score_categories": Field("score_categories"),
    "score_booleans": Field("score_booleans"),
    "commentCount": Field("comment_count"),
    "commentContent": Field("comment_content"),
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
    "traceTags": Field("tags"),
    "metadata": Field("metadata"),
    "countTraces": Field("trace_count"),
    "countObservations": Field("observation_count"),
    "errorCount": Field("error_count"),
    "models": Field("models"),
    "text": Field("text"),
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
        "defaultCount": Field("default_count"),
        "debugCount": Field("debug_count"),
        "countObservations": Field("observation_count"),
        "models": Field("models"),
        "text": Field("text"),
        **_TOKENS,
        **_SCORED,
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
        "promptVersion": Field("prompt_version", number="prompt_number"),
        "version": Field("version"),
        "environment": Field("environment"),
        "sessionId": Field("session_id"),
        "userId": Field("user_id"),
        "traceName": Field("trace_name"),
        "traceTags": Field("trace_tags"),
        "tags": Field("trace_tags"),
        "traceRelease": Field("trace_release"),
        "release": Field("trace_release"),
        "traceVersion": Field("trace_version"),
        "traceEnvironment": Field("trace_environment"),
        "bookmarked": Field("trace_bookmarked"),
        "public": Field("trace_public"),
        "isRootObservation": Field("is_root_observation"),
        "timeToFirstToken": Field("time_to_first_token_ms", 1000),
        "tokensPerSecond": Field("output_tokens_per_second"),
        "text": Field("text"),
        **_TOKENS,
        **_SCORED,
    },
    "sessions": {
        "userIds": Field("user_ids"),
        "bookmarked": Field("bookmarked"),
        "public": Field("public"),
        "sessionDuration": Field("duration_ms", 1000),
        "usage": Field("total_tokens"),
        **_TOTALS,
        **_SCORED,
    },
    "users": {
        "countSessions": Field("session_count"),
        "sessionIds": Field("session_ids"),
        "userId": Field("id"),
        **_TOTALS,
    },
    "scores": {
        "id": Field("id"),
        "name": Field("name"),
        "value": Field("value"),
        "stringValue": Field("string_value"),
        "dataType": Field("data_type"),
        "source": Field("source"),
        "comment": Field("comment"),
        "metadata": Field("metadata"),
        "timestamp": Field("timestamp"),
        "createdAt": Field("created_at"),
        "updatedAt": Field("updated_at"),
        "environment": Field("environment"),
        "configId": Field("config_id"),
        "queueId": Field("queue_id"),
        "traceId": Field("trace_id"),
        "sessionId": Field("session_id"),
        "observationId": Field("observation_id"),
        "userId": Field("trace_user_id"),
        "traceName": Field("trace_name"),
        "traceTags": Field("trace_tags"),
        "tags": Field("trace_tags"),
        "traceEnvironment": Field("trace_environment"),
    },
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
        "sessionId": ("sessionId", "="),
        "type": ("type", "="),
        "traceId": ("traceId", "="),
        "level": ("level", "="),
        "parentObservationId": ("parentObservationId", "="),
        "isRootObservation": ("isRootObservation", "="),
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
    "scores": {
        "userId": ("userId", "="),
        "name": ("name", "="),
        "fromTimestamp": ("timestamp", ">="),
        "toTimestamp": ("timestamp", "<"),
        "environment": ("environment", "any of"),
        "source": ("source", "="),
        "scoreIds": ("id", "any of"),
        "configId": ("configId", "="),
        "sessionId": ("sessionId", "="),
        "traceId": ("traceId", "="),
        "observationId": ("observationId", "any of"),
        "queueId": ("queueId", "="),
        "dataType": ("dataType", "="),
        "traceTags": ("traceTags", "all of"),
    },
}
"""The simple parameters of each list: the field and the operator that they stand for (sections 4.1 to 4.5)."""


def kind_of(view: View, column: str) -> Kind:
    """Return the kind of a column that a field is stored in."""
    return COLUMNS[view].get(column) or COMPUTED[view].get(column) or DERIVED[view][column]
