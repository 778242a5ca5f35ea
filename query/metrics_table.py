"""What metrics can be asked about: the views, and of each its dimensions and measures (langfuse.md, section 4.6).

Latencies are milliseconds here, as in Langfuse; in filters they are seconds, as in all filters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias, get_args

from ..storage.aggregation import ROWS, Grain
from ..storage.selection import View
from .fields import FIELDS, Field

MetricsView: TypeAlias = Literal["traces", "observations", "scores-numeric", "scores-categorical", "scores-boolean"]
VIEWS: tuple[MetricsView, ...] = get_args(MetricsView)


class Source(NamedTuple):
    """Where the rows of a view come from: the stored view, the column that says when, the only type of score."""

    view: View
    time: str
    data_type: str = ""


class Dimension(NamedTuple):
    """What a dimension is: a column, or the piece of a time column that its first `digits` characters name."""

    column: str
    grain: Grain | None = None
    digits: int = 10


class Number(NamedTuple):
    """What a measure is: a column, with the boolean column that says where it counts."""

    column: str
    counted: str = ""


SOURCES: dict[MetricsView, Source] = {
    "traces": Source("traces", "timestamp"),
    "observations": Source("observations", "start_time"),
    "scores-numeric": Source("scores", "timestamp", "NUMERIC"),
    "scores-categorical": Source("scores", "timestamp", "CATEGORICAL"),
    "scores-boolean": Source("scores", "timestamp", "BOOLEAN"),
}

_OF_SCORES = {
    "id": Dimension("id"),
    "environment": Dimension("environment"),
    "name": Dimension("name"),
    "source": Dimension("source"),
    "dataType": Dimension("data_type"),
    "traceId": Dimension("trace_id"),
    "observationId": Dimension("observation_id"),
    "configId": Dimension("config_id"),
    "sessionId": Dimension("any_session_id"),
    "datasetRunId": Dimension("nothing"),
    "experimentId": Dimension("nothing"),
    "experimentName": Dimension("nothing"),
    "evaluatorId": Dimension("nothing"),
    "timestampMonth": Dimension("timestamp", "month", 7),
    "timestampDay": Dimension("timestamp", "day"),
    "traceName": Dimension("trace_name"),
    "userId": Dimension("trace_user_id"),
    "tags": Dimension("trace_tags"),
    "traceRelease": Dimension("trace_release"),
    "traceVersion": Dimension("trace_version"),
    "observationName": Dimension("observation_name"),
    "observationModelName": Dimension("observation_model"),
    "observationPromptName": Dimension("observation_prompt_name"),
    "observationPromptVersion": Dimension("observation_prompt_version"),
}

DIMENSIONS: dict[MetricsView, dict[str, Dimension]] = {
    "traces": {
        "id": Dimension("id"),
        "name": Dimension("name"),
        "tags": Dimension("tags"),
        "userId": Dimension("user_id"),
        "sessionId": Dimension("session_id"),
        "release": Dimension("release"),
        "version": Dimension("version"),
        "environment": Dimension("environment"),
        "timestampMonth": Dimension("timestamp", "month", 7),
    },
    "observations": {
        "id": Dimension("id"),
        "traceId": Dimension("trace_id"),
        "traceName": Dimension("trace_name"),
        "environment": Dimension("environment"),
        "parentObservationId": Dimension("parent_observation_id"),
        "type": Dimension("type"),
        "name": Dimension("name"),
        "level": Dimension("level"),
        "version": Dimension("version"),
        "tags": Dimension("trace_tags"),
        "providedModelName": Dimension("model"),
        "promptName": Dimension("prompt_name"),
        "promptVersion": Dimension("prompt_version"),
        "userId": Dimension("user_id"),
        "sessionId": Dimension("session_id"),
        "traceRelease": Dimension("trace_release"),
        "traceVersion": Dimension("trace_version"),
        "startTimeMonth": Dimension("start_time", "month", 7),
        "toolNames": Dimension("tool_names"),
        "calledToolNames": Dimension("called_tool_names"),
        "isRootObservation": Dimension("is_root_observation"),
    },
    "scores-numeric": {**_OF_SCORES, "value": Dimension("value")},
    "scores-categorical": {**_OF_SCORES, "stringValue": Dimension("string_value")},
    "scores-boolean": {**_OF_SCORES, "booleanValue": Dimension("boolean_value")},
}
"""A list (tags, tools) puts a row into the group of each member. What sidetrace has nothing of is null."""

METADATA = "metadata."
"""Before a key of the metadata, which is a dimension too."""

MEASURES: dict[MetricsView, dict[str, Number]] = {
    "traces": {
        "count": Number(ROWS),
        "observationsCount": Number("observation_count"),
        "scoresCount": Number("score_count"),
        "uniqueUserIds": Number("user_id"),
        "uniqueSessionIds": Number("session_id"),
        "latency": Number("latency_ms"),
        "inputTokens": Number("input_tokens"),
        "outputTokens": Number("output_tokens"),
        "totalTokens": Number("total_tokens"),
        "inputCost": Number("input_cost"),
        "outputCost": Number("output_cost"),
        "totalCost": Number("calculated_total_cost"),
        "errorCount": Number("error_count"),
        "errorRate": Number("failed"),
    },
    "observations": {
        "count": Number(ROWS),
        "latency": Number("latency_ms"),
        "streamingLatency": Number("streaming_latency_ms"),
        "inputTokens": Number("input_tokens", "tokens_counted"),
        "outputTokens": Number("output_tokens", "tokens_counted"),
        "totalTokens": Number("total_tokens", "tokens_counted"),
        "outputTokensPerSecond": Number("output_tokens_per_second"),
        "tokensPerSecond": Number("tokens_per_second"),
        "inputCost": Number("input_cost", "cost_counted"),
        "outputCost": Number("output_cost", "cost_counted"),
        "totalCost": Number("calculated_total_cost", "cost_counted"),
        "timeToFirstToken": Number("time_to_first_token_ms"),
        "countScores": Number("score_count"),
        "toolDefinitions": Number("tool_definition_count"),
        "toolCalls": Number("tool_call_count"),
        "errorCount": Number("errors"),
        "errorRate": Number("errors"),
        "uniqueTraceIds": Number("trace_id"),
        "uniqueUserIds": Number("user_id"),
        "uniqueSessionIds": Number("session_id"),
    },
    "scores-numeric": {"count": Number(ROWS), "value": Number("value")},
    "scores-categorical": {"count": Number(ROWS)},
    "scores-boolean": {"count": Number(ROWS), "value": Number("value")},
}
"""Tokens and cost count once, so that the sum over observations is that over their traces.

The average of `errorRate` is the share of the traces with an error, and of the observations of level ERROR.
"""

TEXTS = frozenset({"uniqueTraceIds", "uniqueUserIds", "uniqueSessionIds"})
"""Measures that are texts, of which there is only a number."""

MANY = frozenset({"id", "traceId", "userId", "sessionId", "parentObservationId"})
"""Dimensions with a value for nearly every row, which v2 takes only from those who ask for the largest few."""


def fields(view: MetricsView) -> Mapping[str, Field]:
    """Return what the filters of a view may name: its dimensions, and what the filters of lists may."""
    known = FIELDS[SOURCES[view].view]
    own = {
        name: Field(each.column)
        for name, each in DIMENSIONS[view].items()
        if each.grain is None and (name not in known or known[name].column != each.column)
    }
    return {**known, **own}
