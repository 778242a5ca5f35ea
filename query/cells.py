"""From a stored cell to its place in an answer: times, seconds, dollars, payloads."""

from __future__ import annotations

from datetime import datetime

import orjson

from ..storage.selection import Cell, Row

DEEPEST = 200
"""Levels of nesting up to which payload text is opened; most JSON readers and writers end at 254 or 1,000."""

EPOCH = "1970-01-01T00:00:00.000Z"
"""The time of a span without times, which OTLP sends as 0."""


def text(cell: Cell) -> str | None:
    """Return a text cell; an empty text says as little as null."""
    return cell if isinstance(cell, str) and cell else None


def number(cell: Cell) -> float | None:
    """Return a number cell (a latency in ms, USD), or None where nothing is known."""
    return cell if isinstance(cell, int | float) and not isinstance(cell, bool) else None


def count(cell: Cell) -> int:
    """Return a count cell; nothing counted is 0."""
    return cell if isinstance(cell, int) else 0


def texts(cell: Cell) -> list[str]:
    """Return a list cell as its texts."""
    return [str(member) for member in cell] if isinstance(cell, list) else []


def members(cell: Cell) -> dict[str, object]:
    """Return an object cell."""
    return cell if isinstance(cell, dict) else {}


def numbers(cell: Cell) -> dict[str, int]:
    """Return the counts of an object cell (tokens by kind)."""
    return {key: value for key, value in members(cell).items() if isinstance(value, int)}


def amounts(cell: Cell) -> dict[str, float]:
    """Return the amounts of an object cell (USD by kind)."""
    return {key: float(value) for key, value in members(cell).items() if isinstance(value, int | float)}


def tokens_by_kind(row: Row) -> dict[str, int]:
    """Return an observation's tokens by kind with their `total`, which Langfuse completes (langfuse.md, section 8)."""
    kinds = numbers(row["usage_details"])
    return kinds if not kinds or "total" in kinds else {**kinds, "total": count(row["total_tokens"])}


def cost_by_kind(row: Row) -> dict[str, float]:
    """Return an observation's USD by kind with their `total`, likewise."""
    kinds, total = amounts(row["cost_details"]), number(row["calculated_total_cost"])
    return kinds if not kinds or "total" in kinds or total is None else {**kinds, "total": total}


def iso(cell: Cell) -> str | None:
    """Return a time cell (`2026-11-20 09:55:54.564`, UTC) as ISO 8601 (`2026-11-20T09:55:54.564Z`)."""
    stored = text(cell)
    return f"{stored.replace(' ', 'T', 1)}Z" if stored else None


def moment(cell: Cell) -> str:
    """Return a time cell as ISO 8601 where an answer must have a time: `EPOCH` for a span that came without one."""
    return iso(cell) or EPOCH


def seconds(cell: Cell) -> float | None:
    """Return a cell of milliseconds as seconds."""
    milliseconds = number(cell)
    return None if milliseconds is None else milliseconds / 1000


def between(start: Cell, end: Cell) -> float | None:
    """Return the seconds from one time cell to another, None where either is missing."""
    first, last = text(start), text(end)
    if first is None or last is None:
        return None
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()


def payload(cell: Cell) -> object:
    """Return input or output: text that is JSON as what it says, any other text as it came.

    Text stays text too where opening it would change or break it: a number that would print differently (an id of
    40 digits), and nesting beyond `DEEPEST`.
    """
    if not isinstance(cell, str):
        return cell
    try:
        value: object = orjson.loads(cell)
    except orjson.JSONDecodeError:
        return cell
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value if orjson.dumps(value).decode() == cell.strip() else cell
    if isinstance(value, list | dict) and cell.count("[") + cell.count("{") > DEEPEST and _depth(value) > DEEPEST:
        return cell
    return value


def _depth(value: list[object] | dict[str, object]) -> int:
    """Return how many lists and objects lie inside each other."""
    depth, level = 0, [value]
    while level:
        depth += 1
        children = (child for parent in level for child in (parent.values() if isinstance(parent, dict) else parent))
        level = [child for child in children if isinstance(child, list | dict)]
    return depth
