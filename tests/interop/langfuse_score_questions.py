"""What is asked about scores and metrics through every Langfuse SDK, as `langfuse_questions.py` says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from .patterns import Check, Json, any_order, count, data, item, positive, refused, time, with_names

ACCURACY = {
    "id": "s-accuracy",
    "name": "accuracy",
    "value": 0.9,
    "dataType": "NUMERIC",
    "source": "API",
    "comment": "close",
    "metadata": {"by": "judge"},
    "environment": "testing",
}


def scores_v2() -> Iterable[tuple[str, Json, Json]]:
    yield (
        "by id",
        {"scoreIds": "s-accuracy,s-csat"},
        lambda answer: {each["id"] for each in answer["data"]} == {"s-accuracy", "s-csat"},
    )
    yield "with a name", {"name": "accuracy"}, data(
        ACCURACY | {"traceId": "$question", "observationId": None, "timestamp": time, "trace": {"userId": "ada"}},
        page=1, totalItems=1, totalPages=1,
    )  # fmt: skip
    yield "of a category", {"name": "tone"}, data(
        {"id": "s-tone", "stringValue": "friendly", "dataType": "CATEGORICAL", "traceId": "$question",
         "observationId": "$answer"}
    )  # fmt: skip
    yield (
        "of a boolean",
        {"name": "helpful"},
        data({"id": "s-helpful", "value": 0, "stringValue": "False", "dataType": "BOOLEAN", "traceId": "$question"}),
    )
    yield "of a session", {"sessionId": "chat-1"}, any_order("csat", "mood", "resolved")
    yield (
        "of a session, whole",
        {"sessionId": "chat-1", "name": "resolved"},
        data({"id": "s-resolved", "value": 1, "stringValue": "True", "dataType": "BOOLEAN", "sessionId": "chat-1"}),
    )
    yield "of a trace", {"traceId": "$question"}, any_order("accuracy", "grounded", "tone", "helpful", "exact")
    yield "of an observation", {"observationId": "$answer"}, any_order("tone", "exact")
    yield "of a user", {"userId": "bob"}, any_order("quality", "remark")
    yield "of a text", {"dataType": "TEXT"}, data({"id": "s-remark", "stringValue": "well said"})
    yield "above", {"operator": ">", "value": 2, "dataType": "NUMERIC"}, any_order("csat", "direct")
    yield "with tags", {"traceTags": ["weather"]}, any_order("accuracy", "grounded", "tone", "helpful", "exact")
    yield "of a source", {"source": "API", "name": "direct"}, data({"value": 2.5, "comment": "by hand"})
    yield "of no source", {"source": "ANNOTATION"}, data()
    yield "of an environment", {"environment": ["testing"], "name": "csat"}, data({"value": 4})
    yield (
        "of a time",
        {"fromTimestamp": "2026-03-01T11:00:00Z", "toTimestamp": "2026-03-01T13:00:00Z"},
        (lambda answer: {each["name"] for each in answer["data"]} <= {"accuracy"}),
    )
    yield (
        "a page",
        {"sessionId": "chat-1", "limit": 2, "page": 2},
        lambda answer: len(answer["data"]) == 1 and answer["meta"]["totalPages"] == 2,
    )
    yield "without their trace", {"name": "accuracy", "fields": "score"}, data({"id": "s-accuracy"})
    yield "of what is gone", {"name": "gone"}, data()


def scores_v3() -> Iterable[tuple[str, Json, Json]]:
    every = {"fields": "details,subject"}
    yield (
        "by id",
        {"id": "s-accuracy,s-csat"},
        lambda answer: {each["id"] for each in answer["data"]} == {"s-accuracy", "s-csat"},
    )
    yield "with names", {"name": "csat,mood"}, any_order("csat", "mood")
    yield (
        "whole",
        every | {"name": "accuracy"},
        data(ACCURACY | {"projectId": "default", "subject": {"kind": "trace", "id": "$question"}}),
    )
    yield "of a category", every | {"name": "tone"}, data(
        {"value": "friendly", "dataType": "CATEGORICAL",
         "subject": {"kind": "observation", "id": "$answer", "traceId": "$question"}}
    )  # fmt: skip
    yield "of a boolean", {"name": "helpful"}, data({"value": False, "dataType": "BOOLEAN"})
    yield (
        "of a true one",
        every | {"name": "resolved"},
        data({"value": True, "subject": {"kind": "session", "id": "chat-1"}}),
    )
    yield "of a text", {"dataType": "TEXT"}, data({"id": "s-remark", "value": "well said"})
    yield "of a correction", {"dataType": "CORRECTION"}, data({"id": "s-output", "name": "output", "value": "Yes."})
    yield "of a session", {"sessionId": "chat-1"}, any_order("csat", "mood", "resolved")
    yield "of a trace", {"traceId": "$question"}, _of_a_trace
    yield "of an observation", {"traceId": "$question", "observationId": "$answer"}, any_order("tone", "exact")
    yield "between", {"valueMin": 2, "valueMax": 3, "dataType": "NUMERIC"}, with_names("direct")
    yield "of values", {"dataType": "CATEGORICAL", "value": "friendly,sad"}, with_names("tone")
    yield "of a source", {"source": "API", "name": "direct"}, data({"value": 2.5})
    yield "of an environment", {"environment": "testing", "name": "csat"}, data({"value": 4})
    yield (
        "the first",
        {"sessionId": "chat-1", "limit": 2},
        lambda answer: len(answer["data"]) == 2 and answer["meta"]["limit"] == 2 and bool(answer["meta"]["cursor"]),
    )
    yield (
        "the next",
        {"sessionId": "chat-1", "limit": 2, "cursor": "@scores v3 the first"},
        lambda answer: len(answer["data"]) == 1 and not answer["meta"].get("cursor"),
    )
    yield "of what is gone", {"name": "gone"}, data()
    yield "of two subjects", {"traceId": "$question", "sessionId": "chat-1"}, refused(400)


def _of_a_trace(answer: Any) -> bool:
    """Langfuse gives a trace's own scores, and some versions those of its observations too."""
    names = {each["name"] for each in answer["data"]}
    return {"accuracy", "helpful"} <= names <= {"accuracy", "helpful", "grounded", "tone", "exact"}


def metrics(version: str) -> Iterable[tuple[str, Json, Json]]:
    def query(view: str, metrics: list[tuple[str, str]], *dimensions: str, **more: Json) -> Json:
        return {
            "query": {
                "view": view,
                "metrics": [{"measure": measure, "aggregation": how} for measure, how in metrics],
                "dimensions": [{"field": field} for field in dimensions],
                "filters": [item("stringOptions", "sessionId", "any of", ["chat-1"])],
                "fromTimestamp": "2020-01-01T00:00:00Z",
                "toTimestamp": "2040-01-01T00:00:00Z",
                **more,
            }
        }

    by_tokens = {"orderBy": [{"field": "sum_totalTokens", "direction": "desc"}]}
    yield "by name", query(
        "observations", [("count", "count"), ("totalTokens", "sum"), ("totalCost", "sum")], "name", **by_tokens,
        filters=[item("string", "type", "=", "GENERATION"), item("string", "name", "starts with", "answer")],
    ), data(
        {"name": "answer", "count_count": count(1), "sum_totalTokens": count(50), "sum_totalCost": _money(0.003)},
        {"name": "answer again", "count_count": count(1), "sum_totalTokens": count(25), "sum_totalCost": _money(0.004)},
    )  # fmt: skip
    yield (
        "latency",
        query("observations", [("latency", "p95"), ("latency", "avg")]),
        data({"p95_latency": positive, "avg_latency": positive}),
    )
    yield "by time", query(
        "observations", [("count", "count")], timeDimension={"granularity": "month"}, fromTimestamp="$before",
        toTimestamp="2040-01-01T00:00:00Z",
    ), lambda answer: sum(float(each["count_count"]) for each in answer["data"]) == 8  # fmt: skip
    yield "of scores", query(
        "scores-numeric", [("value", "avg"), ("count", "count")], "name",
        filters=[item("stringOptions", "name", "any of", ["accuracy", "csat"])],
        orderBy=[{"field": "avg_value", "direction": "desc"}],
    ), data({"name": "csat", "avg_value": count(4)}, {"name": "accuracy", "avg_value": _money(0.9)})  # fmt: skip
    yield "of categories", query(
        "scores-categorical", [("count", "count")], "name", "stringValue",
        filters=[item("string", "name", "=", "tone")],
    ), data({"name": "tone", "stringValue": "friendly", "count_count": count(1)})  # fmt: skip
    yield "of nothing known", query("weather", [("count", "count")]), refused(400, "view")
    if version == "v1":
        yield "of traces", query(
            "traces", [("count", "count"), ("totalCost", "sum")], "userId",
            orderBy=[{"field": "sum_totalCost", "direction": "desc"}],
        ), data(
            {"userId": "bob", "count_count": count(1), "sum_totalCost": _money(0.004)},
            {"userId": "ada", "count_count": count(1), "sum_totalCost": _money(0.003)},
        )  # fmt: skip
    else:
        yield "of traces", query("traces", [("count", "count")]), refused(400, "view")


def _money(number: float) -> Check:
    return lambda value: float(value) == pytest.approx(number)
