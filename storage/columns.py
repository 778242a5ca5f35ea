"""The public views, column by column: the one table that the SQL views, the selections and the docs come from.

Kinds: text, integer, real, boolean (0/1 in SQL), time (text `YYYY-MM-DD HH:MM:SS.sss`, UTC), list (JSON array),
object (JSON object), payload (text as it came, often JSON). Three more are only for conditions, by the name of a score:
averages (numbers), categories (texts, several of one name) and verdicts (booleans, several of one name).
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from .selection import View

Kind: TypeAlias = Literal[
    "text", "integer", "real", "boolean", "time", "list", "object", "payload", "averages", "categories", "verdicts"
]

BY_NAME: tuple[Kind, ...] = ("averages", "categories", "verdicts")
"""The kinds that are scores by name."""

COLUMNS: dict[View, dict[str, Kind]] = {
    "traces": {
        "id": "text", "project_id": "text", "timestamp": "time", "end_timestamp": "time", "name": "text",
        "session_id": "text", "user_id": "text", "tags": "list", "metadata": "object", "release": "text",
        "version": "text", "environment": "text", "public": "boolean", "bookmarked": "boolean", "level": "text",
        "input": "payload", "output": "payload", "latency_ms": "real", "calculated_total_cost": "real",
        "input_tokens": "integer", "output_tokens": "integer", "total_tokens": "integer",
        "observation_count": "integer", "error_count": "integer", "warning_count": "integer",
        "root_observation_id": "text", "start_time_unix_nano": "integer", "end_time_unix_nano": "integer",
    },
    "observations": {
        "id": "text", "project_id": "text", "trace_id": "text", "parent_observation_id": "text", "type": "text",
        "name": "text", "start_time": "time", "end_time": "time", "completion_start_time": "time",
        "latency_ms": "real", "level": "text", "status_message": "text", "model": "text",
        "model_parameters": "object", "input": "payload", "output": "payload", "metadata": "object",
        "attributes": "object", "usage_details": "object", "cost_details": "object",
        "calculated_total_cost": "real", "input_tokens": "integer", "output_tokens": "integer",
        "total_tokens": "integer", "prompt_name": "text", "prompt_version": "text", "version": "text",
        "environment": "text", "session_id": "text", "user_id": "text", "trace_name": "text",
        "trace_tags": "list", "trace_release": "text", "trace_version": "text", "trace_environment": "text",
        "trace_bookmarked": "boolean", "trace_public": "boolean", "is_root_observation": "boolean",
        "input_cost": "real", "output_cost": "real", "time_to_first_token_ms": "real",
        "output_tokens_per_second": "real", "tokens_counted": "boolean", "cost_counted": "boolean",
        "cost_source": "text", "response_id": "text", "span_name": "text", "kind": "integer",
        "status_code": "integer", "events": "list", "links": "list", "resource": "object", "scope_name": "text",
        "scope_version": "text", "start_time_unix_nano": "integer", "end_time_unix_nano": "integer",
    },
    "sessions": {
        "id": "text", "project_id": "text", "first_timestamp": "time", "last_timestamp": "time",
        "duration_ms": "real", "latency_ms": "real", "trace_count": "integer", "observation_count": "integer",
        "error_count": "integer", "user_ids": "list", "tags": "list", "metadata": "object", "environment": "text",
        "calculated_total_cost": "real", "input_tokens": "integer", "output_tokens": "integer",
        "total_tokens": "integer", "bookmarked": "boolean", "public": "boolean",
        "first_time_unix_nano": "integer", "last_time_unix_nano": "integer",
    },
    "users": {
        "id": "text", "project_id": "text", "first_timestamp": "time", "last_timestamp": "time",
        "duration_ms": "real", "latency_ms": "real", "trace_count": "integer", "session_count": "integer",
        "observation_count": "integer", "error_count": "integer", "session_ids": "list", "tags": "list",
        "metadata": "object", "environment": "text", "calculated_total_cost": "real", "input_tokens": "integer",
        "output_tokens": "integer", "total_tokens": "integer",
        "first_time_unix_nano": "integer", "last_time_unix_nano": "integer",
    },
    "logs": {
        "id": "text", "project_id": "text", "timestamp": "time", "trace_id": "text", "observation_id": "text",
        "event_name": "text", "severity_number": "integer", "severity_text": "text", "body": "payload",
        "attributes": "object", "resource": "object", "scope_name": "text", "scope_version": "text",
        "time_unix_nano": "integer",
    },
    "scores": {
        "id": "text", "project_id": "text", "name": "text", "value": "real", "string_value": "text",
        "data_type": "text", "source": "text", "comment": "text", "metadata": "object", "timestamp": "time",
        "session_id": "text", "trace_id": "text", "observation_id": "text", "environment": "text",
        "config_id": "text", "queue_id": "text", "created_at": "time", "updated_at": "time",
        "trace_name": "text", "trace_user_id": "text", "trace_session_id": "text", "trace_tags": "list",
        "trace_environment": "text", "time_unix_nano": "integer",
    },
}  # fmt: skip

_SCORED: dict[str, Kind] = {
    "scores_avg": "averages", "score_categories": "categories", "score_booleans": "verdicts",
    "comment_count": "integer", "comment_content": "text",
}  # fmt: skip
_COSTS: dict[str, Kind] = {"input_cost": "real", "output_cost": "real"}
_MODELS: dict[str, Kind] = {"models": "list"}
_TEXT: dict[str, Kind] = {"text": "list"}
"""The name, input and output, as far as there are any; of a session or user those of its traces."""

COMPUTED: dict[View, dict[str, Kind]] = {
    "traces": {**_SCORED, **_COSTS, **_MODELS, **_TEXT, "default_count": "integer", "debug_count": "integer"},
    "observations": {**_SCORED, **_TEXT, "prompt_number": "integer"},
    "sessions": {**_SCORED, **_COSTS, **_MODELS, **_TEXT},
    "users": {**_COSTS, **_MODELS, **_TEXT},
    "logs": {},
    "scores": {},
}
"""What conditions may name beside the view's columns (and orders, but for the scores): worked out from other rows, at
a cost that grows with the trace or session, so that it is in no view and no answer."""

INSTANTS: dict[View, dict[str, str]] = {
    "traces": {"timestamp": "start_time_unix_nano", "end_timestamp": "end_time_unix_nano"},
    "observations": {"start_time": "start_time_unix_nano", "end_time": "end_time_unix_nano"},
    "sessions": {"first_timestamp": "first_time_unix_nano", "last_timestamp": "last_time_unix_nano"},
    "users": {"first_timestamp": "first_time_unix_nano", "last_timestamp": "last_time_unix_nano"},
    "logs": {"timestamp": "time_unix_nano"},
    "scores": {"timestamp": "time_unix_nano"},
}
"""Time columns that have a twin in integer nanoseconds, which compares and sorts faster and finer."""
