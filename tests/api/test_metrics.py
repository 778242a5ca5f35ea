"""Metrics over HTTP: numbers that a reader can add up by hand (reference: langfuse.md, section 4.6)."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sidetrace.proto.span import Span, Value
from sidetrace.query.metrics import MetricsQuestion, grain
from sidetrace.query.metrics_table import DIMENSIONS, MEASURES, VIEWS
from sidetrace.storage.store import NewScore

from .conftest import NOON, Api, part, span, span_id, trace_id

FIRST, LAST = "2026-09-21T00:00:00Z", "2026-10-21T00:00:00Z"
DAY = 86400.0
"""NOON is 2026-09-21T14:13:20Z, a Monday."""


def question(view: str, *metrics: str, by: str = "", **more: Any) -> str:
    """Return the parameter `query`: `metrics` are `aggregation_measure`, `by` the dimensions between blanks."""
    asked = {
        "view": view,
        "metrics": [dict(zip(("aggregation", "measure"), each.split("_"), strict=True)) for each in metrics],
        "dimensions": [{"field": name} for name in by.split()],
        "fromTimestamp": FIRST,
        "toTimestamp": LAST,
        **more,
    }
    return "query=" + part(json.dumps({name: value for name, value in asked.items() if value != ...}))


async def ask(api: Api, view: str, *metrics: str, by: str = "", v: str = "", **more: Any) -> list[dict[str, Any]]:
    """Return the rows of an answer."""
    answer = await api.get(f"/api/public{v}/metrics", question(view, *metrics, by=by, **more))
    assert answer.keys() == {"data"}
    rows: list[dict[str, Any]] = answer["data"]
    return rows


async def refused(api: Api, view: str, *metrics: str, by: str = "", v: str = "", **more: Any) -> str:
    """Return why a question is refused."""
    answer = await api.get(f"/api/public{v}/metrics", question(view, *metrics, by=by, **more), status=400)
    assert answer["error"] == "BadParameter"
    return str(answer["message"])


def call(trace: int, number: int, model: str, given: int, made: int, cost: float, **more: Any) -> Span:
    """Return a model call."""
    attributes: dict[str, Value] = {
        "langfuse.observation.type": "generation",
        "langfuse.observation.model.name": model,
        "langfuse.observation.usage_details": json.dumps({"input": given, "output": made, "total": given + made}),
        "langfuse.observation.cost_details": json.dumps({"input": cost / 4, "output": cost * 3 / 4, "total": cost}),
        **more.pop("attributes", {}),
    }
    return span(trace, number, attributes, name=f"call {model}", **more)


def root(trace: int, user: str, session: str, tags: list[str], kind: str, **more: Any) -> Span:
    """Return the root of a trace, with what a trace says of itself."""
    attributes: dict[str, Value] = {
        "user.id": user,
        "session.id": session,
        "langfuse.trace.tags": list(tags),
        "langfuse.trace.metadata.content_type": kind,
        "langfuse.observation.type": "agent",
    }
    return span(trace, 1, attributes, name=f"ask {user}", **more)


@pytest.fixture
async def world(api: Api) -> Api:
    """Three traces on two days: of ada (two, one with an error) and bob; models big and small."""
    await api.write(
        root(1, "ada", "s1", ["a", "b"], "article", lasts=10),
        call(1, 2, "big", 100, 10, 0.5, parent=1, at=1, lasts=2),
        call(1, 3, "small", 10, 5, 0.25, parent=1, at=3, lasts=1),
        root(2, "ada", "s2", ["b"], "tutorial", at=DAY, lasts=4),
        call(2, 2, "big", 300, 30, 0.125, parent=1, at=DAY, lasts=4, error="overloaded"),
        root(3, "bob", "s3", [], "article", at=DAY + 3600, lasts=6),
        call(3, 2, "small", 20, 2, 0.0625, parent=1, at=DAY + 3600, lasts=3),
    )
    return api


async def test_every_view_takes_every_dimension_and_every_aggregation(world: Api) -> None:
    every = ["sum", "avg", "count", "max", "min", "p50", "p75", "p90", "p95", "p99", "histogram", "uniq"]
    scores = [
        NewScore(kind, kind, kind, NOON, 1.0, None if kind == "NUMERIC" else "True", trace_id=trace_id(1))
        for kind in ("NUMERIC", "CATEGORICAL", "BOOLEAN")
    ]
    await asyncio.wrap_future(world.store.put_scores("default", scores))
    for view in VIEWS:
        for dimension in DIMENSIONS[view]:
            assert await ask(world, view, "count_count", by=dimension), (view, dimension)
        for measure in MEASURES[view]:
            for each in ("count", "uniq") if measure.startswith("unique") else every:
                (row,) = await ask(world, view, f"{each}_{measure}")
                assert list(row) == [f"{each}_{measure}"]


async def test_what_langfuse_names_is_there() -> None:
    """The table of the reference, word by word."""
    dimensions = {
        "traces": "id name tags userId sessionId release version environment timestampMonth",
        "observations": "id traceId traceName environment parentObservationId type name level version tags"
        " providedModelName promptName promptVersion userId sessionId traceRelease traceVersion startTimeMonth"
        " toolNames calledToolNames isRootObservation",
    }
    scores = (
        "id environment name source dataType traceId observationId configId sessionId datasetRunId experimentId"
        " experimentName evaluatorId timestampMonth timestampDay traceName userId tags traceRelease traceVersion"
        " observationName observationModelName observationPromptName observationPromptVersion "
    )
    values = {"numeric": "value", "categorical": "stringValue", "boolean": "booleanValue"}
    measures = {
        "traces": "count observationsCount scoresCount uniqueUserIds uniqueSessionIds latency totalTokens totalCost",
        "observations": "count latency streamingLatency inputTokens outputTokens totalTokens outputTokensPerSecond"
        " tokensPerSecond inputCost outputCost totalCost timeToFirstToken countScores toolDefinitions toolCalls",
        "scores-numeric": "count value",
    }
    for view in VIEWS:
        named = dimensions.get(view) or scores + values[view.removeprefix("scores-")]
        assert set(named.split()) == set(DIMENSIONS[view])
        assert set(measures.get(view, "count").split()) <= set(MEASURES[view])


async def test_cost_by_model_and_day(world: Api) -> None:
    rows = await ask(
        world, "observations", "sum_totalCost", "sum_totalTokens", by="providedModelName",
        timeDimension={"granularity": "day"},
        filters=[{"type": "stringOptions", "column": "type", "operator": "any of", "value": ["GENERATION"]}],
    )  # fmt: skip
    assert rows == [
        {"providedModelName": "big", "time_dimension": "2026-09-21", "sum_totalCost": 0.5, "sum_totalTokens": 110},
        {"providedModelName": "small", "time_dimension": "2026-09-21", "sum_totalCost": 0.25, "sum_totalTokens": 15},
        {"providedModelName": "big", "time_dimension": "2026-09-22", "sum_totalCost": 0.125, "sum_totalTokens": 330},
        {"providedModelName": "small", "time_dimension": "2026-09-22", "sum_totalCost": 0.0625, "sum_totalTokens": 22},
    ]


async def test_the_share_that_failed(world: Api) -> None:
    """Of the traces those with an error; of the observations those of level ERROR."""
    assert await ask(world, "traces", "avg_errorRate") == [{"avg_errorRate": 1 / 3}]
    assert await ask(world, "traces", "avg_errorRate", by="userId") == [
        {"userId": "ada", "avg_errorRate": 0.5},
        {"userId": "bob", "avg_errorRate": 0.0},
    ]
    assert await ask(world, "observations", "avg_errorRate", "sum_errorRate", by="providedModelName") == [
        {"providedModelName": "big", "avg_errorRate": 0.5, "sum_errorRate": 1},
        {"providedModelName": "small", "avg_errorRate": 0.0, "sum_errorRate": 0},
        {"providedModelName": None, "avg_errorRate": 0.0, "sum_errorRate": 0},
    ]


async def test_traces_by_user_come_with_the_most_first(world: Api) -> None:
    asked = ("count_count", "sum_totalCost", "avg_latency", "sum_observationsCount", "sum_errorCount")
    assert await ask(world, "traces", *asked, by="userId") == [
        {"userId": "ada", "count_count": 2, "sum_totalCost": 0.875, "avg_latency": 7000.0,
         "sum_observationsCount": 5, "sum_errorCount": 1},
        {"userId": "bob", "count_count": 1, "sum_totalCost": 0.0625, "avg_latency": 6000.0,
         "sum_observationsCount": 2, "sum_errorCount": 0},
    ]  # fmt: skip
    (row,) = await ask(world, "traces", "uniq_uniqueUserIds", "uniq_uniqueSessionIds", "count_uniqueUserIds")
    assert row == {"uniq_uniqueUserIds": 2, "uniq_uniqueSessionIds": 3, "count_uniqueUserIds": 3}


async def test_a_trace_counts_for_each_of_its_tags_and_for_null_without_any(world: Api) -> None:
    rows = await ask(world, "traces", "count_count", by="tags")
    assert rows == [
        {"tags": "b", "count_count": 2},
        {"tags": "a", "count_count": 1},
        {"tags": None, "count_count": 1},
    ]


async def test_metadata_is_a_dimension_and_a_filter_by_key(world: Api) -> None:
    rows = await ask(world, "traces", "count_count", by="metadata.content_type")
    assert rows == [
        {"metadata.content_type": "article", "count_count": 2},
        {"metadata.content_type": "tutorial", "count_count": 1},
    ]
    item = {"type": "stringObject", "column": "metadata", "key": "content_type", "operator": "=", "value": "article"}
    assert await ask(world, "traces", "count_count", filters=[item]) == [{"count_count": 2}]
    rows = await ask(world, "traces", "count_count", by="metadata.nothing")
    assert rows == [{"metadata.nothing": None, "count_count": 3}]


async def test_percentiles_are_exact_and_between_values_linear(api: Api) -> None:
    lasting = [1.0, 2.0, 3.0, 4.0, 10.0]
    await api.write(*(span(number, 1, lasts=each) for number, each in enumerate(lasting, 1)))
    (row,) = await ask(api, "observations", *(f"p{each}_latency" for each in (50, 75, 90, 95, 99)))
    assert row == pytest.approx(
        {"p50_latency": 3000, "p75_latency": 4000, "p90_latency": 7600, "p95_latency": 8800, "p99_latency": 9760}
    )
    await api.write(span(6, 1, lasts=20.0))
    (row,) = await ask(api, "observations", "p50_latency", "min_latency", "max_latency")
    assert row == {"p50_latency": 3500.0, "min_latency": 1000.0, "max_latency": 20000.0}


async def test_percentiles_take_no_notice_of_what_has_no_value(world: Api) -> None:
    rows = await ask(world, "observations", "p50_timeToFirstToken", "p90_totalTokens", by="type")
    assert {row["type"]: row["p50_timeToFirstToken"] for row in rows} == {"AGENT": None, "GENERATION": None}
    assert {row["type"]: row["p90_totalTokens"] for row in rows} == {"AGENT": None, "GENERATION": pytest.approx(264)}


async def test_a_histogram_has_bars_of_equal_width(api: Api) -> None:
    await api.write(*(span(number, 1, lasts=each) for number, each in enumerate((1, 1, 2, 3, 5), 1)))
    (row,) = await ask(api, "observations", "histogram_latency", config={"bins": 4})
    assert row["histogram_latency"] == [
        [1000.0, 2000.0, 2], [2000.0, 3000.0, 1], [3000.0, 4000.0, 1], [4000.0, 5000.0, 1]
    ]  # fmt: skip
    (row,) = await ask(api, "observations", "histogram_count")
    assert row["histogram_count"] == [[1, 1, 5]]
    (row,) = await ask(api, "observations", "histogram_inputCost")
    assert row["histogram_inputCost"] == []


async def test_pieces_of_time_begin_where_the_calendar_says(api: Api) -> None:
    await api.write(span(1, 1), span(2, 1, at=6 * DAY), span(3, 1, at=7 * DAY), span(4, 1, at=12 * DAY))
    expected = {
        "minute": ["2026-09-21T14:13:00Z", "2026-09-27T14:13:00Z", "2026-09-28T14:13:00Z", "2026-10-03T14:13:00Z"],
        "hour": ["2026-09-21T14:00:00Z", "2026-09-27T14:00:00Z", "2026-09-28T14:00:00Z", "2026-10-03T14:00:00Z"],
        "day": ["2026-09-21", "2026-09-27", "2026-09-28", "2026-10-03"],
        "week": ["2026-09-21", "2026-09-28"],
        "month": ["2026-09-01", "2026-10-01"],
        "auto": ["2026-09-21", "2026-09-27", "2026-09-28", "2026-10-03"],
    }
    for granularity, pieces in expected.items():
        rows = await ask(api, "traces", "count_count", timeDimension={"granularity": granularity})
        assert [row["time_dimension"] for row in rows] == pieces, granularity
    rows = await ask(api, "traces", "count_count", by="timestampMonth", orderBy=[])
    assert rows == [{"timestampMonth": "2026-09", "count_count": 3}, {"timestampMonth": "2026-10", "count_count": 1}]


@pytest.mark.parametrize(
    ("span_of_time", "expected"),
    [
        (timedelta(hours=1, minutes=59), "minute"), (timedelta(hours=2), "hour"), (timedelta(hours=72), "day"),
        (timedelta(days=60), "week"), (timedelta(days=365), "month"),
    ],
)  # fmt: skip
def test_auto_chooses_by_the_span_of_time(span_of_time: timedelta, expected: str) -> None:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    assert grain(MetricsQuestion("traces", begun, begun + span_of_time, granularity="auto")) == expected


async def test_only_the_asked_time_counts_from_its_first_moment_to_before_its_last(world: Api) -> None:
    noon = datetime.fromtimestamp(NOON / 1e9, UTC)
    window = {"fromTimestamp": noon.isoformat(), "toTimestamp": (noon + timedelta(days=1)).isoformat()}
    assert await ask(world, "traces", "count_count", **window) == [{"count_count": 1}]
    window["toTimestamp"] = (noon + timedelta(days=1, seconds=1)).isoformat()
    assert await ask(world, "traces", "count_count", **window) == [{"count_count": 2}]


async def test_orders_and_limits(world: Api) -> None:
    order = [{"field": "sum_totalTokens", "direction": "asc"}]
    rows = await ask(world, "observations", "sum_totalTokens", by="name", orderBy=order, config={"row_limit": 2})
    assert rows == [{"name": "call small", "sum_totalTokens": 37}, {"name": "call big", "sum_totalTokens": 440}]
    order = [{"field": "userId", "direction": "desc"}]
    assert [row["userId"] for row in await ask(world, "traces", "count_count", by="userId", orderBy=order)] == [
        "bob", "ada",
    ]  # fmt: skip


async def test_a_call_that_is_reported_twice_counts_once_as_in_its_trace(api: Api) -> None:
    """The agent repeats the sum of its calls, and one call is reported by two instrumentations."""
    twice: dict[str, Value] = {"gen_ai.response.id": "resp-1"}
    await api.write(
        call(1, 1, "big", 110, 15, 0.75, attributes={"langfuse.observation.type": "agent", "user.id": "ada"}),
        call(1, 2, "big", 100, 10, 0.5, parent=1, attributes=twice),
        call(1, 3, "big", 100, 10, 0.5, parent=1, attributes=twice),
        call(1, 4, "small", 10, 5, 0.25, parent=1),
        call(2, 1, "small", 1, 2, 0.1),
    )
    asked = [f"sum_{each}{kind}" for kind in ("Tokens", "Cost") for each in ("input", "output", "total")]
    (observations,) = await ask(api, "observations", *asked)
    (traces,) = await ask(api, "traces", *asked)
    assert observations == traces
    assert traces == {
        "sum_inputTokens": 111, "sum_outputTokens": 17, "sum_totalTokens": 128,
        "sum_inputCost": 0.2125, "sum_outputCost": 0.6375, "sum_totalCost": 0.85,
    }  # fmt: skip


async def test_sums_of_cost_are_exact(api: Api) -> None:
    """0.1 ten times over is 0.9999999999999999 in floating point numbers."""
    await api.write(*(call(1, number, "big", 1, 1, 0.1) for number in range(1, 11)))
    (row,) = await ask(api, "observations", "sum_totalCost")
    assert row == {"sum_totalCost": 1.0}


async def test_latencies_that_leave_64_bits_are_added_up_nearly(api: Api) -> None:
    """Spans that began in 1970, as broken clocks say, last 1.8e18 nanoseconds each."""
    age = NOON / 1e9 - 1
    await api.write(*(span(number, 1, at=-age, lasts=age) for number in range(1, 12)))
    since = {"fromTimestamp": "1969-12-31T00:00:00Z"}
    (row,) = await ask(api, "observations", "sum_latency", "avg_latency", **since)
    assert row == pytest.approx({"sum_latency": 11 * age * 1000, "avg_latency": age * 1000})


async def test_tools_that_were_offered_and_called(api: Api) -> None:
    offered = [{"type": "function", "function": {"name": name}} for name in ("search", "fetch")]
    said = {"role": "assistant", "content": None, "tool_calls": [
        {"id": str(each), "type": "function", "function": {"name": "search", "arguments": "{}"}} for each in (1, 2)
    ]}  # fmt: skip
    asked: dict[str, Value] = {
        "langfuse.observation.input": json.dumps({"messages": [{"role": "user", "content": "?"}], "tools": offered}),
        "langfuse.observation.output": json.dumps(said),
    }
    await api.write(call(1, 1, "big", 1, 1, 0.1, attributes=asked), call(1, 2, "big", 1, 1, 0.1), span(1, 3))
    assert await ask(api, "observations", "sum_toolDefinitions", "sum_toolCalls") == [
        {"sum_toolDefinitions": 2, "sum_toolCalls": 2}
    ]
    assert await ask(api, "observations", "count_count", by="calledToolNames") == [
        {"calledToolNames": "search", "count_count": 2}, {"calledToolNames": None, "count_count": 2},
    ]  # fmt: skip
    item = {"type": "arrayOptions", "column": "toolNames", "operator": "any of", "value": ["fetch"]}
    assert await ask(api, "observations", "count_count", filters=[item]) == [{"count_count": 1}]


async def test_scores_by_what_they_are_on(world: Api) -> None:
    scores = [
        NewScore("1", "accuracy", "NUMERIC", NOON, 0.5, trace_id=trace_id(1), observation_id=span_id(2)),
        NewScore("2", "accuracy", "NUMERIC", NOON, 1.0, trace_id=trace_id(2)),
        NewScore("3", "csat", "NUMERIC", NOON, 4.0, session_id="s1"),
        NewScore("4", "mood", "CATEGORICAL", NOON, string_value="glad", session_id="s1"),
        NewScore("5", "mood", "CATEGORICAL", NOON, string_value="sad", session_id="s2"),
        NewScore("6", "right", "BOOLEAN", NOON, 1.0, string_value="True", trace_id=trace_id(1)),
        NewScore("7", "right", "BOOLEAN", NOON, 0.0, string_value="False", trace_id=trace_id(9)),
    ]
    await asyncio.wrap_future(world.store.put_scores("default", scores))
    assert await ask(world, "scores-numeric", "avg_value", "count_count", by="name") == [
        {"name": "csat", "avg_value": 4.0, "count_count": 1},
        {"name": "accuracy", "avg_value": 0.75, "count_count": 2},
    ]
    assert await ask(world, "scores-numeric", "count_count", by="observationModelName", v="/v2") == [
        {"observationModelName": None, "count_count": 2}, {"observationModelName": "big", "count_count": 1},
    ]  # fmt: skip
    assert await ask(world, "scores-categorical", "count_count", by="stringValue sessionId evaluatorId") == [
        {"stringValue": "glad", "sessionId": "s1", "evaluatorId": None, "count_count": 1},
        {"stringValue": "sad", "sessionId": "s2", "evaluatorId": None, "count_count": 1},
    ]
    assert await ask(world, "scores-boolean", "count_count", by="booleanValue userId") == [
        {"booleanValue": False, "userId": None, "count_count": 1},
        {"booleanValue": True, "userId": "ada", "count_count": 1},
    ]
    item = {"type": "string", "column": "sessionId", "operator": "=", "value": "s1"}
    assert await ask(world, "scores-numeric", "sum_value", filters=[item]) == [{"sum_value": 4.5}]
    (row,) = await ask(world, "traces", "sum_scoresCount")
    assert row == {"sum_scoresCount": 3}


async def test_a_question_that_meets_nothing_has_one_row_without_groups_and_none_with(api: Api) -> None:
    assert await ask(api, "traces", "count_count", "sum_totalCost", "p95_latency") == [
        {"count_count": 0, "sum_totalCost": None, "p95_latency": None}
    ]
    assert await ask(api, "traces", "count_count", by="name") == []


async def test_v2_has_a_limit_of_its_own(api: Api) -> None:
    await api.write(*(span(number, 1, name=f"step {number}") for number in range(1, 131)))
    assert len(await ask(api, "observations", "count_count", by="name")) == 130
    assert len(await ask(api, "observations", "count_count", by="name", v="/v2")) == 100
    rows = await ask(api, "observations", "count_count", by="name", v="/v2", config={"row_limit": 130})
    assert len(rows) == 130


async def test_v2_refuses_to_group_by_what_has_many_values(world: Api) -> None:
    for name in ("id", "traceId", "userId", "sessionId", "parentObservationId"):
        said = await refused(world, "observations", "count_count", by=f"name {name}", v="/v2")
        assert said.startswith("dimensions.1.field: ")
    largest = {"orderBy": [{"field": "sum_totalCost", "direction": "desc"}], "config": {"row_limit": 1}}
    assert await ask(world, "observations", "sum_totalCost", by="userId", v="/v2", **largest) == [
        {"userId": "ada", "sum_totalCost": 0.875}
    ]
    for lacking in ("orderBy", "config"):
        less = {name: value for name, value in largest.items() if name != lacking}
        assert "row_limit" in await refused(world, "observations", "sum_totalCost", by="userId", v="/v2", **less)
    rising = {**largest, "orderBy": [{"field": "sum_totalCost", "direction": "asc"}]}
    assert "desc" in await refused(world, "observations", "sum_totalCost", by="userId", v="/v2", **rising)
    by_day = {**largest, "timeDimension": {"granularity": "day"}}
    assert "timeDimension" in await refused(world, "observations", "sum_totalCost", by="userId", v="/v2", **by_day)
    assert "v2 has no traces" in await refused(world, "traces", "count_count", v="/v2")


ITEM = {"type": "string", "column": "name", "operator": "=", "value": "x"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"view": "spans"}, "view: "),
        ({"view": ...}, "view: Field required"),
        ({"metrics": [{"measure": "count", "aggregation": "median"}]}, "metrics.0.aggregation: "),
        ({"metrics": [{"measure": "speed", "aggregation": "sum"}]}, "metrics.0.measure: "),
        ({"metrics": [{"aggregation": "sum"}]}, "metrics.0.measure: Field required"),
        ({"metrics": [{"measure": "uniqueUserIds", "aggregation": "sum"}]}, "metrics.0.aggregation: "),
        ({"metrics": "count"}, "metrics: "),
        ({"metrics": []}, "metrics: "),
        ({"metrics": [{"measure": "count", "aggregation": "sum"}] * 2}, "metrics: 'sum_count' is asked for twice"),
        ({"dimensions": [{"field": "colour"}]}, "dimensions.0.field: "),
        ({"dimensions": [{"field": "name"}, {"field": "name"}]}, "dimensions: 'name' is asked for twice"),
        ({"dimensions": [{"field": 7}]}, "dimensions.0.field: "),
        ({"dimensions": [{"field": "metadata."}]}, "dimensions.0.field: "),
        ({"dimensions": {"field": "name"}}, "dimensions: "),
        ({"timeDimension": {"granularity": "year"}}, "timeDimension.granularity: "),
        ({"timeDimension": "day"}, "timeDimension: "),
        ({"fromTimestamp": "yesterday"}, "fromTimestamp: "),
        ({"fromTimestamp": ...}, "fromTimestamp: Field required"),
        ({"toTimestamp": None}, "toTimestamp: "),
        ({"toTimestamp": FIRST}, "toTimestamp: must be after fromTimestamp"),
        ({"orderBy": [{"field": "sum_latency", "direction": "asc"}]}, "orderBy.0.field: "),
        ({"orderBy": [{"field": "count_count", "direction": "up"}]}, "orderBy.0.direction: "),
        ({"config": {"bins": 0}}, "config.bins: "),
        ({"config": {"bins": 101}}, "config.bins: "),
        ({"config": {"row_limit": 1001}}, "config.row_limit: "),
        ({"config": {"row_limit": "10"}}, "config.row_limit: "),
        ({"filters": {}}, "filters: "),
        ({"filters": [ITEM, {**ITEM, "column": "colour"}]}, "filters: item 2: "),
        ({"filters": [{**ITEM, "operator": "like"}]}, "filters: item 1: "),
        ({"filters": [7]}, "filters: item 1: "),
    ],
)  # fmt: skip
async def test_a_question_that_cannot_be_used_is_refused_by_its_part(api: Api, more: Any, said: str) -> None:
    asked = {"metrics": [{"measure": "count", "aggregation": "count"}], "view": "traces", **more}
    answer = await api.get("/api/public/metrics", question(asked.pop("view"), **asked), status=400)
    assert answer["message"].startswith(said), answer


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", '"traces"', "{}", "[" * 2000, '{"view": "\\ud800"}'])
@pytest.mark.parametrize("path", ["/api/public/metrics", "/api/public/v2/metrics"])
async def test_what_is_no_question_is_refused(api: Api, path: str, text: str) -> None:
    answer = await api.get(path, f"query={part(text)}", status=400)
    assert answer["error"] == "BadParameter"


async def test_numbers_beyond_64_bits_are_no_trouble(world: Api) -> None:
    item = {"type": "number", "column": "totalTokens", "operator": "<", "value": 2**70}
    assert await ask(world, "traces", "count_count", filters=[item]) == [{"count_count": 3}]


async def test_days_with_what_each_model_did(world: Api) -> None:
    answer = await world.get("/api/public/metrics/daily")
    nothing = {"inputUsage": 0, "outputUsage": 0, "totalUsage": 0, "totalCost": 0.0}
    assert answer == {
        "data": [
            {
                "date": "2026-09-22", "countTraces": 2, "countObservations": 4, "totalCost": 0.1875,
                "usage": [
                    {"model": "big", "inputUsage": 300, "outputUsage": 30, "totalUsage": 330, "countObservations": 1,
                     "countTraces": 1, "totalCost": 0.125},
                    {"model": "small", "inputUsage": 20, "outputUsage": 2, "totalUsage": 22, "countObservations": 1,
                     "countTraces": 1, "totalCost": 0.0625},
                    {"model": None, **nothing, "countObservations": 2, "countTraces": 2},
                ],
            },
            {
                "date": "2026-09-21", "countTraces": 1, "countObservations": 3, "totalCost": 0.75,
                "usage": [
                    {"model": "big", "inputUsage": 100, "outputUsage": 10, "totalUsage": 110, "countObservations": 1,
                     "countTraces": 1, "totalCost": 0.5},
                    {"model": "small", "inputUsage": 10, "outputUsage": 5, "totalUsage": 15, "countObservations": 1,
                     "countTraces": 1, "totalCost": 0.25},
                    {"model": None, **nothing, "countObservations": 1, "countTraces": 1},
                ],
            },
        ],
        "meta": {"page": 1, "limit": 50, "totalItems": 2, "totalPages": 1},
    }  # fmt: skip


async def test_days_are_paged_and_filtered_by_their_traces(world: Api) -> None:
    async def days(query: str) -> dict[str, int]:
        answer = await world.get("/api/public/metrics/daily", query)
        return {day["date"]: day["countTraces"] for day in answer["data"]}

    assert await days("limit=1&page=2") == {"2026-09-21": 1}
    assert await days("page=3&limit=1") == {}
    assert await days("userId=ada") == {"2026-09-22": 1, "2026-09-21": 1}
    assert await days("tags=a&tags=b") == {"2026-09-21": 1}
    assert await days("traceName=ask%20bob") == {"2026-09-22": 1}
    assert await days("environment=default") == {"2026-09-22": 2, "2026-09-21": 1}
    assert await days("environment=production") == {}
    assert await days(f"fromTimestamp={part('2026-09-22T00:00:00Z')}") == {"2026-09-22": 2}
    assert await days(f"toTimestamp={part('2026-09-22T00:00:00Z')}") == {"2026-09-21": 1}
    await world.get("/api/public/metrics/daily", "limit=101", status=400)
