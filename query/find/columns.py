"""Which column of each view answers what a question is about, as tables."""

from __future__ import annotations

_TOTALS = {
    "latency": "latency", "duration": "duration", "cost": "totalCost", "tokens": "totalTokens",
    "input tokens": "inputTokens", "output tokens": "outputTokens", "errors": "errorCount", "traces": "countTraces",
    "observations": "countObservations", "time": "lastTimestamp", "start": "firstTimestamp",
}  # fmt: skip
MEASURES: dict[str, dict[str, str]] = {
    "traces": {
        "latency": "latency", "duration": "latency", "cost": "totalCost", "tokens": "totalTokens",
        "input tokens": "inputTokens", "output tokens": "outputTokens", "errors": "errorCount",
        "warnings": "warningCount", "observations": "countObservations", "time": "timestamp",
        "start": "timestamp",
    },
    "observations": {
        "latency": "latency", "duration": "latency", "cost": "totalCost", "tokens": "totalTokens",
        "input tokens": "inputTokens", "output tokens": "outputTokens", "first token": "timeToFirstToken",
        "token speed": "tokensPerSecond", "time": "startTime", "start": "startTime",
    },
    "sessions": _TOTALS,
    "users": {**_TOTALS, "sessions": "countSessions"},
}  # fmt: skip
"""The column of each measure; none where a view has none."""
UNITS = {"latency": "time", "duration": "time", "first token": "time", "cost": "money"}
"""What a measure is measured in; the others are plain numbers."""

MANY = frozenset({"userIds", "sessionIds", "tags", "models"})
"""Columns that are lists."""
FIELDS: dict[str, dict[str, str]] = {
    "traces": {
        "user": "userId", "session": "sessionId", "trace": "id", "environment": "environment", "tag": "tags",
        "name": "name", "model": "models", "version": "version", "release": "release", "level": "level",
        "input": "input", "output": "output", "id": "id",
    },
    "observations": {
        "user": "userId", "session": "sessionId", "trace": "traceId", "environment": "environment", "tag": "tags",
        "name": "name", "model": "model", "version": "version", "release": "release", "level": "level",
        "type": "type", "prompt": "promptName", "input": "input", "output": "output", "status": "statusMessage",
        "id": "id",
    },
    "sessions": {
        "user": "userIds", "session": "id", "environment": "environment", "tag": "tags", "model": "models", "id": "id",
    },
    "users": {
        "user": "id", "name": "id", "session": "sessionIds", "environment": "environment", "tag": "tags",
        "model": "models", "id": "id",
    },
}  # fmt: skip
"""The column of each field."""
ONLY_OBSERVATIONS = frozenset({"type", "prompt", "status", "first token", "token speed"})
"""Fields and measures that no other view has: a question about them that names no view asks observations."""
TIMES = {
    "traces": {"active": ("timestamp", "timestamp"), "started": ("timestamp", "timestamp"),
               "ended": ("endTimestamp", "endTimestamp")},
    "observations": {"active": ("startTime", "startTime"), "started": ("startTime", "startTime"),
                     "ended": ("endTime", "endTime")},
    "sessions": {"active": ("lastTimestamp", "firstTimestamp"), "started": ("firstTimestamp", "firstTimestamp"),
                 "ended": ("lastTimestamp", "lastTimestamp")},
    "users": {"active": ("lastTimestamp", "firstTimestamp"), "started": ("firstTimestamp", "firstTimestamp"),
              "ended": ("lastTimestamp", "lastTimestamp")},
}  # fmt: skip
"""What must not lie before a time's start, and what must lie before its end: sessions that were active in it."""
STATES = {
    "traces": {"errors": "errorCount", "warnings": "warningCount", "bookmarked": "bookmarked", "public": "public"},
    "observations": {"bookmarked": "bookmarked", "public": "public"},
    "sessions": {"errors": "errorCount", "bookmarked": "bookmarked", "public": "public"},
    "users": {"errors": "errorCount"},
}
SCORED = frozenset({"traces", "observations", "sessions"})
"""Views that have scores."""
