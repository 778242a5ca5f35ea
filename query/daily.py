"""Traces, observations, tokens and cost day by day: Langfuse's oldest metrics (langfuse.md, section 4.6).

A day is that of the trace's start, in UTC, of its observations too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import fsum

from typing_extensions import TypedDict

from ..storage.aggregation import ROWS, Aggregation, Group, Measure
from ..storage.selection import Condition, rewritten
from ..storage.store import Reader
from .cells import count, number, text
from .page import EVERY, Meta, Question


class Usage(TypedDict):
    """What one model did on a day; `model` is null for what names none."""

    model: str | None
    inputUsage: int
    outputUsage: int
    totalUsage: int
    countObservations: int
    countTraces: int
    totalCost: float


class Day(TypedDict):
    """A day (`YYYY-MM-DD`) that has traces. Costs are USD."""

    date: str
    countTraces: int
    countObservations: int
    totalCost: float
    usage: list[Usage]


class DailyMetrics(TypedDict):
    """Days with traces, the newest first."""

    data: list[Day]
    meta: Meta


OF_OBSERVATIONS = {
    "name": "trace_name", "user_id": "user_id", "tags": "trace_tags", "environment": "trace_environment",
    "timestamp": "trace_timestamp",
}  # fmt: skip
"""The columns of traces that are asked about, as those of their observations."""

USAGE = (
    Measure("inputUsage", "sum", "input_tokens", "tokens_counted"),
    Measure("outputUsage", "sum", "output_tokens", "tokens_counted"),
    Measure("totalUsage", "sum", "total_tokens", "tokens_counted"),
    Measure("countObservations", "count", ROWS),
    Measure("countTraces", "uniq", "trace_id"),
    Measure("totalCost", "sum", "calculated_total_cost", "cost_counted"),
)


def daily_metrics(reader: Reader, question: Question) -> DailyMetrics:
    """Return a page of days; `question` asks for traces."""
    traces = Aggregation(
        "traces",
        project=question.project,
        groups=(Group("date", "timestamp", grain="day"),),
        measures=(Measure("countTraces", "count", ROWS),),
        where=(*question.where, Condition("timestamp", "is not null")),
        order=(("date", True),),
        limit=EVERY,
    )
    days = {str(row["date"]): count(row["countTraces"]) for row in reader.aggregate(traces)}
    first = (question.page - 1) * question.limit
    shown = list(days)[first : first + question.limit]
    usage = _usage(reader, question, shown)
    return {"data": [_day(day, days[day], usage[day]) for day in shown], "meta": question.meta(len(days))}


def _of_observations(condition: Condition) -> Condition:
    """Return a condition on traces as one on their observations."""
    return replace(condition, column=OF_OBSERVATIONS[condition.column])


def _usage(reader: Reader, question: Question, days: list[str]) -> Mapping[str, list[Usage]]:
    found: dict[str, list[Usage]] = {day: [] for day in days}
    if not days:
        return found
    newest, oldest = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (days[0], days[-1]))
    asked = Aggregation(
        "observations",
        project=question.project,
        groups=(Group("date", "trace_timestamp", grain="day"), Group("model", "model")),
        measures=USAGE,
        where=(
            *(rewritten(each, _of_observations) for each in question.where),
            Condition("trace_timestamp", ">=", oldest),
            Condition("trace_timestamp", "<", newest + timedelta(days=1)),
        ),
        order=(("date", True), ("totalCost", True)),
        limit=EVERY,
    )
    for row in reader.aggregate(asked):
        found[str(row["date"])].append(
            {
                "model": text(row["model"]),
                "inputUsage": count(row["inputUsage"]),
                "outputUsage": count(row["outputUsage"]),
                "totalUsage": count(row["totalUsage"]),
                "countObservations": count(row["countObservations"]),
                "countTraces": count(row["countTraces"]),
                "totalCost": number(row["totalCost"]) or 0.0,
            }
        )
    return found


def _day(date: str, traces: int, usage: list[Usage]) -> Day:
    return {
        "date": date,
        "countTraces": traces,
        "countObservations": sum(each["countObservations"] for each in usage),
        "totalCost": fsum(each["totalCost"] for each in usage),
        "usage": usage,
    }
