"""Traces of sixty days for questions in SQL: every kind of value that a Postgres question may stumble over."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sidetrace.proto.span import Resource, Scope, Span, Value

Row = dict[str, Any]
NOW = datetime(2026, 11, 20, 12, 51, 16, 123456, UTC)
COUNT = 80
NAMES = ("url_fetch", "Chat_main", "chat_main", "content analysis", "École Été", "a%b", "gpt-4o", "it's [x]*?")


def start(number: int) -> datetime:
    """When trace `number` (0 to 79) began: some at midnight, at ends of months, around a change of the clocks."""
    special = {
        3: datetime(2026, 10, 31, 23, 59, 59, 999000, UTC),
        4: datetime(2026, 11, 1, tzinfo=UTC),
        5: datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        6: datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        7: datetime(2026, 11, 20, tzinfo=UTC),
        8: datetime(2026, 9, 30, 12, tzinfo=UTC),
        9: datetime(2026, 10, 31, 12, tzinfo=UTC),
        10: datetime(2026, 11, 13, 12, 51, 16, 123000, UTC),
        11: datetime(2024, 2, 29, 8, 30, 15, 250000, UTC),
        12: datetime(2025, 12, 29, 5, tzinfo=UTC),
        13: datetime(2027, 1, 3, 5, tzinfo=UTC),
    }
    return special.get(number, NOW - timedelta(hours=17.37 * number + 1, milliseconds=number * 7))


def latency(number: int) -> float:
    """Seconds that trace `number` took, in whole milliseconds."""
    return ((number * 7919) % 5000 + 1) / 1000 if number % 9 else 0.0


def cost(number: int) -> float | None:
    """US dollars of trace `number`, none for every third."""
    return round((number * 31 % 50) / 100, 2) if number % 3 else None


def metadata(number: int) -> dict[str, Value]:
    """Metadata of trace `number`."""
    found: dict[str, Value] = {"n": number}
    if number % 4:
        found["content_type"] = ("article", "video", "Podcast", "true")[number % 3 if number != 79 else 3]
        found["agent_count"] = number % 6
        found["ratio"] = number / 8
        found["flag"] = number % 2 == 0
    if number % 5 == 0:
        found["deep"] = json.dumps({"a": {"b": f"v{number % 3}", "list": [1, number, "x"]}, "n": number})
        found["when"] = f"2026-11-{number % 28 + 1:02d}T10:00:00Z"
        found["number_text"] = str(number) if number % 2 else "none"
    return found


def tags(number: int) -> list[str]:
    """Tags of trace `number`."""
    return [
        tag
        for tag, every in (("production", 2), ("security", 3), ("v2-pipeline", 5), ("it's", 7))
        if number % every == 0
    ]


def user(number: int) -> str | None:
    """The user of trace `number`."""
    return f"user_{number % 6}" if number % 7 else None


def _span(number: int, part: int, attributes: dict[str, Value]) -> Span:
    begun = start(number)
    first = round(begun.timestamp() * 1000) * 1_000_000
    lasts = round(latency(number) * 1000) * 1_000_000
    return Span(
        trace_id=f"{number + 1:032x}", span_id=f"{number + 1:08x}{part:08x}",
        parent_span_id="" if part == 1 else f"{number + 1:08x}{1:08x}", name=NAMES[number % len(NAMES)], kind=1,
        start_ns=first, end_ns=first + (lasts if part == 1 else lasts // 2), attributes=attributes,
        resource=Resource({}), scope=Scope(), events=[], links=[],
        status_code=2 if number % 11 == 0 and part == 1 else 0,
    )  # fmt: skip


def spans() -> list[Span]:
    """Two spans for each trace: its root, and a generation that costs."""
    found: list[Span] = []
    for number in range(COUNT):
        root: dict[str, Value] = {
            "session.id": f"session_{number % 13}",
            "langfuse.trace.tags": list[Value](tags(number)),
            "langfuse.trace.public": number % 2 == 0,
            "langfuse.observation.input": json.dumps({"role": "user"}) if number % 2 else f"plain text {number}",
            **{f"langfuse.trace.metadata.{key}": value for key, value in metadata(number).items()},
        }
        if user(number):
            root["user.id"] = str(user(number))
        call: dict[str, Value] = {
            "langfuse.observation.type": "generation",
            "langfuse.observation.model.name": "house-model",
            "langfuse.observation.usage_details": json.dumps({"input": number * 10, "output": number}),
        }
        if cost(number) is not None:
            call["langfuse.observation.cost_details"] = json.dumps({"total": cost(number)})
        found += [_span(number, 1, root), _span(number, 2, call)]
    return found


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}"


def _row(number: int) -> Row:
    begun = start(number)
    begun = begun.replace(microsecond=round(begun.microsecond / 1000) * 1000)
    return {
        "n": number, "id": f"{number + 1:032x}", "at": begun, "timestamp": stamp(begun), "name": NAMES[number % 8],
        "latency_ms": latency(number) * 1000, "cost": cost(number), "user": user(number),
        "session": f"session_{number % 13}", "tags": sorted(tags(number)), "metadata": metadata(number),
        "public": number % 2 == 0, "errors": int(number % 11 == 0), "tokens": number * 11,
    }  # fmt: skip


ROWS = [_row(number) for number in range(COUNT)]


def ids(keep: Callable[[Row], Any]) -> list[str]:
    return sorted(row["id"] for row in ROWS if keep(row))


def grouped(key: Callable[[Row], Any], rows: list[Row] = ROWS) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def close(found: list[tuple[Any, ...]], wanted: list[tuple[Any, ...]]) -> bool:
    return [tuple(pytest.approx(cell) if isinstance(cell, float) else cell for cell in row) for row in wanted] == found


def nulls_last(value: Any) -> tuple[bool, Any]:
    return (value is None, value if value is not None else 0)
