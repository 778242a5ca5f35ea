"""What is asked: every filter that there is, and what else has a budget. A question is one HTTP request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson

from sidetrace.query.fields import FIELDS, Field, kind_of
from sidetrace.query.filters import TYPES
from sidetrace.storage.columns import Kind
from sidetrace.storage.selection import View

from .samples import KEYS, Column, Samples, Value, iso

LISTED: tuple[View, ...] = ("traces", "sessions")
ORDERS: dict[View, tuple[str, ...]] = {
    "traces": ("", "timestamp.asc"),
    "sessions": ("", "firstTimestamp.asc"),
}
"""Newest first, which is what a list does by itself, and oldest first."""
PAGE = 50
FILTER, SESSIONS, SQL, METRICS, TEXT = 50.0, 30.0, 500.0, 500.0, 100.0
"""Budgets in ms (issue: Speed)."""
TOOLS = "metrics of tools"
"""Apart, because Python reads every generation's messages for them."""


class Question(NamedTuple):
    """A request, the group that it is reported in, and what it may take in ms."""

    group: str
    name: str
    path: str
    budget: float
    body: bytes | None = None


def session_lists() -> Iterator[Question]:
    """The list of sessions: as it comes, further on, and by what people sort it by."""
    pages: tuple[dict[str, Any], ...] = ({}, {"page": 20}, {"page": 100})
    orders = ("lastTimestamp.desc", "totalCost.desc", "duration.desc", "latency.desc", "countTraces.desc")
    for parameters in (*pages, *({"orderBy": order} for order in (*orders, "totalTokens.desc", "errorCount.desc"))):
        name = ", ".join(f"{key} {value}" for key, value in parameters.items()) or "first page"
        yield _listed("list of 50 sessions", "sessions", name, parameters, SESSIONS)


def filters(samples: Samples) -> Iterator[Question]:
    """Every column of traces and of sessions by every type and operator, by common, rare and absent values."""
    for view in LISTED:
        for name, item in _items(samples, view):
            text = orjson.dumps([item]).decode()
            for order in ORDERS[view]:
                parameters = {"filter": text, **({"orderBy": order} if order else {})}
                yield _listed(f"one filter on {view}", view, f"{name} {order or 'newest'}", parameters, FILTER)


def _items(samples: Samples, view: View) -> Iterator[tuple[str, dict[str, Any]]]:
    seen = set()
    for field_name, field in FIELDS[view].items():
        if field.column in seen:
            continue  # another name of the same
        seen.add(field.column)
        kind = kind_of(view, field.column)
        for type_name, type in TYPES.items():
            if kind not in type.kinds:
                continue
            keys = KEYS[view].get(field.column, {}).get(type_name, ()) if type.keyed else ("",)
            for key in keys:
                column = samples.column(view, field.column, key)
                for operator in type.operators:
                    for value in _values(kind, type_name, operator, column):
                        item = {"type": type_name, "column": field_name, "operator": operator}
                        item |= {"key": key} if key else {}
                        item["value"] = _scaled(value.value, field, type_name)
                        label = f"{field_name}{f'.{key}' if key else ''} {operator}"
                        yield f"{label} ({value.share})" if value.share else label, item


def _values(kind: Kind, type: str, operator: str, column: Column) -> Iterator[Value]:
    if type == "null" or operator in ("is set", "is not set"):
        yield Value("", "")
    elif type in ("boolean", "booleanObject"):
        yield from (Value("true", True), Value("false", False))
    elif type == "datetime":
        yield from (Value(share, iso(value)) for share, value in column.numbers(operator))
    elif type in ("number", "numberObject"):
        yield from column.numbers(operator)
    elif type in ("stringOptions", "arrayOptions", "categoryOptions"):
        found = list(column.texts())
        yield from (Value(share, [value]) for share, value in found)
        if operator == "all of" and len(found) > 2:
            yield Value("two", [found[0].value, found[1].value])
    elif operator in ("contains", "does not contain", "matches", "starts with"):
        yield from column.pieces(begin=True)
    elif operator == "ends with":
        yield from column.pieces(begin=False)
    else:
        yield from column.texts()


def _scaled(value: Any, field: Field, type: str) -> Any:
    return value / field.scale if type == "number" and field.scale != 1 else value


def full_text(words: Sequence[str]) -> Iterator[Question]:
    """Words in names, inputs and outputs; `words` from the most common to the rarest."""
    common, often, rare = words[0], words[200], words[-100]
    for view in ("traces", "observations", "sessions"):
        for share, asked in (
            ("the commonest word", f"'{common}'"),
            ("a word", f"'{often}'"),
            ("a rare word", f"'{rare}'"),
            ("no such word", "'qxzzyq'"),
            ("a word and a user", f"'{often}' by user_1"),
        ):
            path = f"/api/find?{urlencode({'q': f'{view} containing {asked}', 'limit': PAGE})}"
            yield Question("full text", f"{view} containing {share}", path, TEXT)


def sql(folder: Path) -> Iterator[Question]:
    """The statements of the documents in a folder, word for word."""
    for document in sorted(folder.glob("*.md")) if folder.is_dir() else ():
        for place, query in enumerate(re.findall(r"```sql\n(.*?)```", document.read_text("utf-8"), re.DOTALL), 1):
            body = orjson.dumps({"query": query})
            yield Question("SQL of documents", f"{document.stem}, {place}", "/api/sql", SQL, body)


def metrics(samples: Samples) -> Iterator[Question]:
    """By user and day, and what else people draw."""
    first, last = samples.times()
    week = (datetime.fromisoformat(last) - timedelta(days=7)).isoformat().replace("+00:00", "Z")
    end = (datetime.fromisoformat(last) + timedelta(days=1)).isoformat().replace("+00:00", "Z")

    def ask(
        view: str, dimensions: Sequence[str], since: str, grain: str | None, *measures: tuple[str, str]
    ) -> Question:
        query = {
            "view": view, "dimensions": [{"field": name} for name in dimensions],
            "metrics": [{"measure": name, "aggregation": function} for name, function in measures],
            "timeDimension": {"granularity": grain} if grain else None, "filters": [],
            "fromTimestamp": since, "toTimestamp": end,
            "orderBy": [{"field": f"{measures[0][1]}_{measures[0][0]}", "direction": "desc"}],
            "config": {"row_limit": 1000},
        }  # fmt: skip
        what = ", ".join(f"{function} {name}" for name, function in measures)
        by = " and ".join((*dimensions, *([grain] if grain else [])))
        span = "a week" if since == week else "all time"
        path = f"/api/public/metrics?{urlencode({'query': orjson.dumps(query).decode()})}"
        return Question("metrics", f"{view}: {what} by {by}, {span}", path, METRICS)

    for since in (week, first):
        for measures in (
            [("count", "count")], [("totalCost", "sum")], [("latency", "p95")],
            [("count", "count"), ("latency", "avg"), ("totalCost", "sum"), ("errorRate", "avg")],
        ):  # fmt: skip
            yield ask("traces", ["userId"], since, "day", *measures)
        yield ask("traces", ["sessionId"], since, None, ("latency", "avg"))
        yield ask("traces", ["name"], since, None, ("latency", "p95"))
        yield ask("traces", ["tags"], since, "day", ("count", "count"))
        yield ask("traces", ["metadata.content_type"], since, None, ("totalCost", "sum"))
        yield ask("observations", ["userId"], since, "day", ("totalCost", "sum"))
        yield ask("observations", ["providedModelName"], since, "day", ("totalCost", "sum"), ("totalTokens", "sum"))
        yield ask("observations", ["name"], since, None, ("latency", "p95"))
        yield ask("observations", ["providedModelName"], since, None, ("inputCost", "sum"))
        tools = ask("observations", ["calledToolNames"], since, None, ("count", "count"))
        yield tools._replace(group=TOOLS)
        yield ask("scores-numeric", ["name"], since, "day", ("value", "avg"))
    yield Question("metrics", "daily", "/api/public/metrics/daily", METRICS)


def by_id(samples: Samples) -> Iterator[Question]:
    """One thing of each kind."""
    for place, id in enumerate(samples.ids("traces", 3)):
        yield Question("one by its id", f"trace {place}", f"/api/public/traces/{id}", FILTER)
    for place, id in enumerate(samples.ids("observations", 3)):
        yield Question("one by its id", f"observation {place}", f"/api/public/observations/{id}", FILTER)
    for place, id in enumerate(samples.ids("sessions", 3)):
        yield Question("one by its id", f"session {place}", f"/api/public/sessions/{id}", FILTER)
        yield Question("one by its id", f"tree of session {place}", f"/api/sessions/{id}/tree", FILTER)


def _listed(group: str, view: View, name: str, parameters: dict[str, Any], budget: float) -> Question:
    return Question(group, name, f"/api/public/{view}?{urlencode({'limit': PAGE, **parameters})}", budget)
