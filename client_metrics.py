"""What `Client.get_metrics` and `sidetrace metrics` understand: names of metrics and groups, as questions to metrics.

Both are tables: a metric may be told of traces and of observations, and a group is looked for among the traces first.
So a latency by user is that of traces, and a latency by model that of the model's calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from .errors import BadParameter

TRACES, OBSERVATIONS, SCORES, VERDICTS = "traces", "observations", "scores-numeric", "scores-boolean"
AGGREGATIONS = ("sum", "avg", "min", "max", "p50", "p75", "p90", "p95", "p99")
METADATA = "metadata."


class Metric(NamedTuple):
    """A metric: how its measure is called in each view that has it, how it is aggregated, and what it is."""

    views: Mapping[str, str]
    aggregation: str
    about: str


def _both(measure: str, aggregation: str, about: str) -> Metric:
    return Metric({TRACES: measure, OBSERVATIONS: measure}, aggregation, about)


COUNTS = {
    "trace_count": Metric({TRACES: "count", OBSERVATIONS: "uniqueTraceIds"}, "uniq", "traces"),
    "observation_count": Metric({TRACES: "observationsCount", OBSERVATIONS: "count"}, "sum", "observations"),
    "session_count": _both("uniqueSessionIds", "uniq", "different sessions"),
    "user_count": _both("uniqueUserIds", "uniq", "different users"),
    "error_count": _both("errorCount", "sum", "observations of level ERROR"),
    "score_count": Metric({TRACES: "scoresCount", OBSERVATIONS: "countScores"}, "sum", "scores of traces"),
}
"""Metrics that are one number."""

RATES = {"error_rate": _both("errorRate", "avg", "share, of traces or of observations, 0 to 1")}
"""Metrics that are a share of the rows; None where there is no row."""

AMOUNTS = {
    "total_cost": _both("totalCost", "sum", "USD"),
    "input_cost": _both("inputCost", "sum", "USD"),
    "output_cost": _both("outputCost", "sum", "USD"),
    "input_tokens": _both("inputTokens", "sum", "tokens"),
    "output_tokens": _both("outputTokens", "sum", "tokens"),
    "total_tokens": _both("totalTokens", "sum", "tokens"),
    "latency": _both("latency", "avg", "milliseconds"),
    "time_to_first_token": Metric({OBSERVATIONS: "timeToFirstToken"}, "avg", "milliseconds"),
    "tokens_per_second": Metric({OBSERVATIONS: "outputTokensPerSecond"}, "avg", "output tokens a second"),
}
"""Metrics of which there are also `NAME_sum`, `NAME_avg`, `NAME_min`, `NAME_max`, `NAME_p50` … `NAME_p99`."""

SHORT = {"cost": "total_cost", "tokens": "total_tokens"}
"""Other names of metrics, which have all of those too."""

BY_SCORE = {
    "score.": Metric({SCORES: "value"}, "avg", "numeric scores of that name"),
    "verdict.": Metric({VERDICTS: "value"}, "avg", "boolean scores of that name, true as 1 and false as 0"),
}
"""Metrics with the name of a score behind them."""

GROUPS: dict[str, Mapping[str, str]] = {
    "user_id": dict.fromkeys((TRACES, OBSERVATIONS, SCORES, VERDICTS), "userId"),
    "session_id": dict.fromkeys((TRACES, OBSERVATIONS, SCORES, VERDICTS), "sessionId"),
    "name": {TRACES: "name", OBSERVATIONS: "traceName", SCORES: "traceName", VERDICTS: "traceName"},
    "tag": dict.fromkeys((TRACES, OBSERVATIONS, SCORES, VERDICTS), "tags"),
    "environment": dict.fromkeys((TRACES, OBSERVATIONS, SCORES, VERDICTS), "environment"),
    "release": {TRACES: "release", OBSERVATIONS: "traceRelease", SCORES: "traceRelease", VERDICTS: "traceRelease"},
    "version": {TRACES: "version", OBSERVATIONS: "traceVersion", SCORES: "traceVersion", VERDICTS: "traceVersion"},
    "trace_id": {TRACES: "id", OBSERVATIONS: "traceId", SCORES: "traceId", VERDICTS: "traceId"},
    "model": {OBSERVATIONS: "providedModelName", SCORES: "observationModelName", VERDICTS: "observationModelName"},
    "observation_name": {OBSERVATIONS: "name", SCORES: "observationName", VERDICTS: "observationName"},
    "type": {OBSERVATIONS: "type"},
    "level": {OBSERVATIONS: "level"},
    "prompt_name": {OBSERVATIONS: "promptName", SCORES: "observationPromptName", VERDICTS: "observationPromptName"},
}
"""What a metric is grouped by, besides `metadata.KEY`, and how that is called in each view."""

SHORT_GROUPS = {"user": "user_id", "session": "session_id", "trace": "trace_id"}
"""Other names of groups."""


@dataclass(frozen=True, slots=True)
class MetricValue:
    """A number, None where nothing has one; `timestamp` is the beginning of its piece of time, None without pieces."""

    value: float | None
    timestamp: datetime | None = None


@dataclass(frozen=True, slots=True)
class MetricGroup:
    """A group and its values by time; those pieces of time are left out in which it had nothing.

    `key` is what the group has in common, None for what has none (and for all, without a `group_by`).
    """

    key: str | None
    values: list[MetricValue]


@dataclass(frozen=True, slots=True)
class MetricGroups:
    """The groups of a metric, the largest first (by the sum of its values), the one without a key last."""

    metric_name: str
    groups: list[MetricGroup]


@dataclass(frozen=True, slots=True)
class MetricQuestion:
    """A metric and a group in the words of the metrics endpoint."""

    view: str
    measure: str
    aggregation: str
    dimension: str | None
    score: str | None

    def query(
        self, since: str, until: str, granularity: str | None, filter: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Return the parameter `query`."""
        own = [{"type": "string", "column": "name", "operator": "=", "value": self.score}] if self.score else []
        return {
            "view": self.view,
            "metrics": [{"measure": self.measure, "aggregation": self.aggregation}],
            "dimensions": [{"field": self.dimension}] if self.dimension else [],
            "filters": [*own, *filter],
            "timeDimension": {"granularity": granularity} if granularity else None,
            "fromTimestamp": since,
            "toTimestamp": until,
        }


def question(metric_name: str, group_by: str | None, view: str | None = None) -> MetricQuestion:
    """Return what a metric by a group asks, of one view alone where that is given.

    Raises BadParameter naming the part that is not known, or that the view does not have.
    """
    metric, aggregation, score = _metric(metric_name)
    if view is not None:
        if view not in metric.views:
            raise BadParameter("view", f"{view} have no {metric_name}; there is one of {', '.join(metric.views)}")
        metric = metric._replace(views={view: metric.views[view]})
    if group_by is None:
        return _asked(next(iter(metric.views)), metric, aggregation, None, score)
    group_by = SHORT_GROUPS.get(group_by, group_by)
    if group_by.startswith(METADATA) and group_by != METADATA:
        return _asked(next(iter(metric.views)), metric, aggregation, group_by, score)
    if group_by not in GROUPS:
        raise BadParameter("group_by", f"unknown group {group_by!r}; there are {', '.join(GROUPS)}, {METADATA}KEY")
    for each in metric.views:
        if dimension := GROUPS[group_by].get(each):
            return _asked(each, metric, aggregation, dimension, score)
    fitting = [name for name, views in GROUPS.items() if views.keys() & metric.views.keys()]
    raise BadParameter("group_by", f"{metric_name} cannot be told by {group_by!r}, only by {', '.join(fitting)}")


def unit(metric_name: str) -> str:
    """Return what the values of a metric are, such as `USD`. Raises BadParameter for an unknown one."""
    return _metric(metric_name)[0].about


def _asked(view: str, metric: Metric, aggregation: str, dimension: str | None, score: str | None) -> MetricQuestion:
    measure = metric.views[view]
    # the rows of one view are what others count the different ids of
    return MetricQuestion(view, measure, "count" if measure == "count" else aggregation, dimension, score)


def _metric(name: str) -> tuple[Metric, str, str | None]:
    """Return the metric of a name, its aggregation, and the name of a score."""
    for prefix, metric in BY_SCORE.items():
        if name.startswith(prefix) and name != prefix:
            return metric, metric.aggregation, name.removeprefix(prefix)
    for table in (COUNTS, RATES, AMOUNTS):
        if found := table.get(SHORT.get(name, name)):
            return found, found.aggregation, None
    stem, _, aggregation = name.rpartition("_")
    if (found := AMOUNTS.get(SHORT.get(stem, stem))) and aggregation in AGGREGATIONS:
        return found, aggregation, None
    whole = ", ".join((*COUNTS, *RATES, *(f"{prefix}NAME" for prefix in BY_SCORE)))
    further = f"{', '.join((*AMOUNTS, *SHORT))}, which also end in _{', _'.join(AGGREGATIONS)}"
    raise BadParameter("metric_name", f"unknown metric {name!r}; there are {whole}; and {further}")


def grouped(metric_name: str, asked: MetricQuestion, rows: list[dict[str, Any]]) -> MetricGroups:
    """Return the rows of an answer as groups."""
    found: dict[str | None, list[MetricValue]] = {} if asked.dimension else {None: []}
    for row in rows:
        key = row.get(asked.dimension) if asked.dimension else None
        value = row[f"{asked.aggregation}_{asked.measure}"]
        if value is None and metric_name in COUNTS:
            value = 0
        moment = _moment(row.get("time_dimension"))
        found.setdefault(None if key is None else str(key), []).append(MetricValue(value, moment))
    groups = [MetricGroup(key, values) for key, values in found.items()]
    groups.sort(key=lambda group: (group.key is None, -sum(each.value or 0 for each in group.values)))
    return MetricGroups(metric_name, groups)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    time = datetime.fromisoformat(text)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time
