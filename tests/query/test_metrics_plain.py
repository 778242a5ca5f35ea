"""What metrics mean, as plain Python over the rows of a random file; random questions must get the same numbers."""

from __future__ import annotations

import json
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidetrace.mapping.mapper import Mapper
from sidetrace.proto.span import Resource, Scope, Span, Value
from sidetrace.query.metrics import TIME, MetricsQuestion, ask_metrics
from sidetrace.storage.aggregation import Function, Grain
from sidetrace.storage.selection import Row, Selection, View
from sidetrace.storage.sqlite.store import SqliteStore
from sidetrace.storage.store import NewScore

Key = tuple[Any, ...]
BEGUN = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
DAYS = 40
BINS = 7

STORED: dict[str, View] = {"traces": "traces", "observations": "observations", "scores-numeric": "scores"}
WHEN = {"traces": "timestamp", "observations": "start_time", "scores-numeric": "timestamp"}
GROUPED: dict[str, dict[str, str]] = {
    "traces": {
        "id": "id", "userId": "user_id", "sessionId": "session_id", "name": "name", "tags": "tags",
        "environment": "environment", "release": "release", "version": "version", "metadata.plan": "metadata",
    },
    "observations": {
        "userId": "user_id", "sessionId": "session_id", "traceName": "trace_name", "tags": "trace_tags",
        "environment": "environment", "traceRelease": "trace_release", "providedModelName": "model", "name": "name",
        "type": "type", "level": "level", "traceId": "trace_id",
    },
    "scores-numeric": {
        "name": "name", "source": "source", "userId": "trace_user_id", "tags": "trace_tags", "traceName": "trace_name",
    },
}  # fmt: skip
"""The column of each dimension."""

MEASURED: dict[str, dict[str, Callable[[Row], Any]]] = {
    "traces": {
        "count": lambda row: 1,
        "observationsCount": lambda row: row["observation_count"],
        "uniqueUserIds": lambda row: row["user_id"],
        "uniqueSessionIds": lambda row: row["session_id"],
        "latency": lambda row: row["latency_ms"],
        "totalTokens": lambda row: row["total_tokens"],
        "inputTokens": lambda row: row["input_tokens"],
        "totalCost": lambda row: row["calculated_total_cost"],
        "errorCount": lambda row: row["error_count"],
        "errorRate": lambda row: int(cast(int, row["error_count"]) > 0),
    },
    "observations": {
        "count": lambda row: 1,
        "uniqueTraceIds": lambda row: row["trace_id"],
        "uniqueSessionIds": lambda row: row["session_id"],
        "latency": lambda row: row["latency_ms"],
        "timeToFirstToken": lambda row: row["time_to_first_token_ms"],
        # what nobody reported is no 0 that an average would heed
        "totalTokens": lambda row: row["total_tokens"] if row["tokens_counted"] and row["usage_details"] else None,
        "outputTokens": lambda row: row["output_tokens"] if row["tokens_counted"] and row["usage_details"] else None,
        "totalCost": lambda row: row["calculated_total_cost"] if row["cost_counted"] else None,
        "errorCount": lambda row: int(row["level"] == "ERROR"),
        "errorRate": lambda row: int(row["level"] == "ERROR"),
    },
    "scores-numeric": {"count": lambda row: 1, "value": lambda row: row["value"]},
}
"""What each measure says of a row."""

TEXTS = ("uniqueUserIds", "uniqueSessionIds", "uniqueTraceIds")
FILTERS: dict[str, list[tuple[dict[str, Any], Callable[[Row], bool]]]] = {
    "traces": [
        (
            {"type": "stringOptions", "column": "environment", "operator": "any of", "value": ["production"]},
            lambda row: row["environment"] == "production",
        ),
        (
            {"type": "number", "column": "latency", "operator": ">", "value": 2.5},
            lambda row: cast(float, row["latency_ms"]) > 2500,
        ),
        (
            {"type": "arrayOptions", "column": "tags", "operator": "any of", "value": ["é", "b"]},
            lambda row: bool({"é", "b"} & set(cast("list[str]", row["tags"]))),
        ),
        (
            {"type": "stringObject", "column": "metadata", "key": "plan", "operator": "=", "value": "it's"},
            lambda row: cast("dict[str, Any]", row["metadata"]).get("plan") == "it's",
        ),
    ],
    "observations": [
        (
            {"type": "string", "column": "name", "operator": "=", "value": "call"},
            lambda row: row["name"] == "call",
        ),
        (
            {"type": "number", "column": "latency", "operator": "<=", "value": 1.5},
            lambda row: cast(float, row["latency_ms"]) <= 1500,
        ),
    ],
    "scores-numeric": [
        ({"type": "string", "column": "name", "operator": "=", "value": "tone"}, lambda row: row["name"] == "tone"),
    ],
}
"""Filter items, and what they mean."""


def spans(rng: random.Random) -> Iterator[Span]:
    """Yield the spans of 120 traces, with what is null, repeated, odd and failed among them."""

    def span(trace: int, number: int, start: datetime, lasts: float, said: dict[str, Value]) -> Span:
        begun = round(start.timestamp()) * 10**9
        failed = rng.random() < 0.15
        return Span(
            trace_id=f"{trace:032x}", span_id=f"{trace:08x}{number:08x}",
            parent_span_id=f"{trace:08x}{1:08x}" if number > 1 else "",
            name="call" if number > 1 else rng.choice(["ask", "sum 'up'", ""]), kind=1, start_ns=begun,
            end_ns=begun + round(lasts * 1000) * 10**6, attributes={key: it for key, it in said.items() if it != ""},
            resource=Resource({}), scope=Scope(), events=[], links=[], status_code=2 if failed else 0,
            status_message="broken" if failed else "",
        )  # fmt: skip

    for trace in range(1, 121):
        start = BEGUN + timedelta(seconds=rng.randrange(DAYS * 86400))
        lasts = rng.choice([0, 1, rng.random() * 9])
        usage = {"input": rng.randrange(90), "output": rng.randrange(40)}
        cost = rng.randrange(1000) / 1e4
        called: dict[str, Value] = {
            "langfuse.observation.type": "generation",
            "langfuse.observation.usage_details": json.dumps(usage),
            "langfuse.observation.cost_details": json.dumps({"total": cost}),
        }
        yield span(
            trace, 1, start, lasts,
            {
                "session.id": rng.choice(["s 1", 's"2', "ü", ""]), "user.id": rng.choice(["ann", "o'neil", "日本", ""]),
                "langfuse.trace.tags": rng.sample(["a", "b", "c d", "é"], rng.randrange(4)),
                "langfuse.trace.metadata.plan": rng.choice(["pro", "it's", 7, True, ""]),
                "langfuse.environment": rng.choice(["production", "staging"]),
                "langfuse.release": rng.choice(["r1", "r2", ""]), "langfuse.version": rng.choice(["1", ""]),
                # some roots repeat what their call says, and count nothing of it
                **(called if trace % 5 == 0 else {}), "langfuse.observation.type": "agent",
            },
        )  # fmt: skip
        for number in range(2, 2 + rng.randrange(4)):
            first = {"langfuse.observation.completion_start_time": (start + timedelta(seconds=0.25)).isoformat()}
            model = {"langfuse.observation.model.name": rng.choice(["gpt-4o", "claude", ""])}
            yield span(trace, number, start, lasts / 2, {**called, **model, **(first if rng.random() < 0.5 else {})})


def scores(rng: random.Random) -> list[NewScore]:
    """Return numeric scores, below zero too, of traces that are there and of one that is not."""
    return [
        NewScore(
            f"score-{number}", rng.choice(["tone", "it's"]), "NUMERIC",
            round(BEGUN.timestamp() + rng.randrange(DAYS * 86400)) * 10**9, rng.randrange(-4, 5) / 4,
            trace_id=f"{rng.randrange(1, 122):032x}", source=rng.choice(["API", "EVAL"]),
        )
        for number in range(150)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    rng, mapper = random.Random(7), Mapper()
    opened = SqliteStore.open(tmp_path_factory.mktemp("metrics") / "random.db", synchronous="off")
    opened.write("default", [mapper.map(each) for each in spans(rng)], []).result(60)
    opened.put_scores("default", scores(rng)).result(60)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def rows(store: SqliteStore) -> Callable[[str], list[Row]]:
    """Find the rows of a view."""
    found = {name: store.select(Selection(view, limit=5000)).rows for name, view in STORED.items()}
    return lambda view: found[view]


def told(question: MetricsQuestion, rows: list[Row]) -> dict[Key, dict[str, Any]]:
    """Return the numbers of each group: by its dimensions, then its piece of time."""
    groups: dict[Key, list[Row]] = defaultdict(list)
    if not question.dimensions and question.granularity is None:
        groups[()] = []
    for row in rows:
        moment = datetime.fromisoformat(str(row[WHEN[question.view]])).replace(tzinfo=UTC)
        if (question.since and moment < question.since) or (question.until and moment >= question.until):
            continue
        if not all(meets(row) for item, meets in FILTERS[question.view] if item in question.filters):
            continue
        members = [keys(row, question.view, name) for name in question.dimensions]
        piece = [[begin(moment, question.granularity)]] if question.granularity else []
        for key in product(*members, *piece):
            groups[key].append(row)
    return {
        key: {
            f"{function}_{measure}": NUMBERS[function](
                [value for row in of if (value := MEASURED[question.view][measure](row)) is not None]
            )
            for measure, function in question.metrics
        }
        for key, of in groups.items()
    }


def keys(row: Row, view: str, dimension: str) -> list[Any]:
    """Return the groups of a row: each member of a list, None where there is nothing."""
    value = row[GROUPED[view][dimension]]
    if isinstance(value, dict):
        member = value.get(dimension.removeprefix("metadata."))
        return [member if member is None or isinstance(member, str) else json.dumps(member)]
    if isinstance(value, list):
        return list(dict.fromkeys(value)) or [None]
    return [value]


def begin(moment: datetime, granularity: str) -> str:
    """Return how the piece of time of a moment is called."""
    match granularity:
        case "week":
            return f"{moment - timedelta(days=moment.weekday()):%Y-%m-%d}"
        case "month":
            return f"{moment:%Y-%m-01}"
        case "day":
            return f"{moment:%Y-%m-%d}"
        case "hour":
            return f"{moment:%Y-%m-%dT%H}:00:00Z"
    return f"{moment:%Y-%m-%dT%H:%M}:00Z"


def percentile(share: int) -> Callable[[list[Any]], Any]:
    """Return what finds a percentile, between two values in a straight line."""

    def of(values: list[Any]) -> Any:
        if not values:
            return None
        values = sorted(values)
        place = share * (len(values) - 1) / 100
        low, high = values[math.floor(place)], values[math.ceil(place)]
        return low + (high - low) * (place - math.floor(place))

    return of


def histogram(values: list[Any]) -> list[list[float]]:
    """Return [lower, upper, count] of bars of equal width; one bar where all values are the same."""
    if not values:
        return []
    low, high = min(values), max(values)
    if low == high:
        return [[low, high, len(values)]]
    width = (high - low) / BINS
    bars = [[low + bar * width, low + (bar + 1) * width, 0] for bar in range(BINS)]
    for value in values:
        bars[min(BINS - 1, int((value - low) * BINS / (high - low)))][2] += 1
    return bars


NUMBERS: dict[Function, Callable[[list[Any]], Any]] = {
    "count": len,
    "sum": lambda values: sum(values) if values else None,
    "avg": lambda values: sum(values) / len(values) if values else None,
    "min": lambda values: min(values, default=None),
    "max": lambda values: max(values, default=None),
    "uniq": lambda values: len(set(values)),
    "p50": percentile(50),
    "p75": percentile(75),
    "p90": percentile(90),
    "p95": percentile(95),
    "p99": percentile(99),
    "histogram": histogram,
}


def same(one: Any, other: Any) -> bool:
    """Say whether two numbers, or two lists of bars, are the same but for the last digits."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-6)


@st.composite
def questions(draw: st.DrawFn) -> MetricsQuestion:
    """Draw a question of one view, with up to two dimensions and three metrics."""
    view = draw(st.sampled_from(list(STORED)))
    since, until = sorted(draw(st.lists(st.integers(-1, DAYS * 86400), min_size=2, max_size=2, unique=True)))
    metrics = []
    for measure in draw(st.lists(st.sampled_from(list(MEASURED[view])), min_size=1, max_size=3, unique=True)):
        functions: list[Function] = ["count", "uniq"] if measure in TEXTS else list(NUMBERS)
        metrics.append((measure, draw(st.sampled_from(functions))))
    grains: list[Grain | None] = [None, "minute", "hour", "day", "week", "month"]
    return MetricsQuestion(
        cast(Any, view),
        draw(st.sampled_from([None, BEGUN + timedelta(seconds=since)])),
        draw(st.sampled_from([None, BEGUN + timedelta(seconds=until)])),
        dimensions=tuple(draw(st.lists(st.sampled_from(list(GROUPED[view])), max_size=2, unique=True))),
        metrics=tuple(metrics),
        filters=draw(st.lists(st.sampled_from([item for item, _ in FILTERS[view]]), max_size=2)),
        granularity=draw(st.sampled_from(grains)),
        bins=BINS,
    )


@settings(max_examples=300, deadline=None)
@given(questions())
def test_the_numbers_are_those_of_plain_python(
    store: SqliteStore, rows: Callable[[str], list[Row]], question: MetricsQuestion
) -> None:
    expected = told(question, rows(question.view))
    answer = ask_metrics(store, question)["data"]
    by = [*question.dimensions, *([TIME] if question.granularity else [])]
    found = {tuple(row[name] for name in by): row for row in answer}
    assert len(found) == len(answer)
    assert found.keys() == expected.keys()
    for key, numbers in expected.items():
        for name, number in numbers.items():
            assert same(found[key][name], number), (key, name, found[key][name], number)


@settings(max_examples=100, deadline=None)
@given(questions())
def test_rows_come_by_time_or_by_the_first_metric(store: SqliteStore, question: MetricsQuestion) -> None:
    answer = ask_metrics(store, question)["data"]
    measure, function = question.metrics[0]
    if question.granularity:
        pieces = [str(row[TIME]) for row in answer]
        assert pieces == sorted(pieces)
    elif function != "histogram":
        values = [cast("float | None", row[f"{function}_{measure}"]) for row in answer]
        assert values == sorted(values, key=lambda value: (value is None, -(value or 0)))
