"""The table of sentences, and the notation in which it says what each of them means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sidetrace.errors import BadParameter
from sidetrace.query.find import Understanding, understand

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 14, 30, tzinfo=BERLIN)
TABLE = Path(__file__).with_name("find_sentences.txt")


class Row(NamedTuple):
    """A sentence and what it means, in the notation that the table's head describes."""

    sentence: str
    meaning: str


def rows() -> Iterator[Row]:
    """Yield the rows of the table."""
    waiting: list[str] = []
    for line in TABLE.read_text("utf-8").splitlines():
        if line.startswith("    "):
            assert waiting, line
            yield from (Row(sentence, line.strip()) for sentence in waiting)
            waiting = []
        elif line and not line.startswith("#"):
            waiting.append(line)
    assert not waiting


def understood(sentence: str) -> Understanding | BadParameter:
    """Return what a sentence means, or how it is refused."""
    try:
        return understand(sentence, NOW)
    except BadParameter as refused:
        return refused


def leaves(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the items inside groups and negations."""
    for item in items:
        if item["type"] in ("and", "or"):
            yield from leaves(item["items"])
        elif item["type"] == "not":
            yield from leaves([item["item"]])
        else:
            yield item


def agrees(row: Row, answer: Understanding | BadParameter) -> bool:
    """Say whether an answer is what the table says."""
    if row.meaning.startswith("!"):
        return isinstance(answer, BadParameter) and row.meaning[1:].strip().lower() in str(answer).lower()
    if isinstance(answer, BadParameter):
        return False
    written = notation(answer)
    return sorted(row.meaning.split("; ")) == sorted(written.split("; "))


def notation(answer: Understanding) -> str:
    """Return an understanding as the table writes it."""
    parts = [answer.view, *_times(answer), *(_item(item) for item in answer.filter if item["type"] != "datetime")]
    if answer.order:
        parts.append(f"order {answer.order[0]} {'desc' if answer.order[1] else 'asc'}")
    if answer.limit is not None:
        parts.append(f"limit {answer.limit}")
    if answer.not_understood:
        parts.append("? " + " / ".join(answer.not_understood))
    if answer.hint:
        hints = [short.format(*found.groups()) for form, short in HINTS for found in re.finditer(form, answer.hint)]
        assert hints, answer.hint
        parts += hints
    return "; ".join(parts)


HINTS = (
    ("sidetrace metrics", "metrics"),
    (r"did you mean '(\w+)'\?", "maybe {0}"),
    (r"have no [\w ]+, but ([\w ,]+) do\.", "ask {0}"),
    (r"Name the key", "name the key"),
    (r"Compare the score", "compare the score"),
)
"""What a hint says, and how the table writes it."""


ACTIVE = {
    "traces": ("timestamp", "timestamp"),
    "observations": ("startTime", "startTime"),
    "sessions": ("lastTimestamp", "firstTimestamp"),
    "users": ("lastTimestamp", "firstTimestamp"),
}


def _times(answer: Understanding) -> Iterator[str]:
    times = [item for item in answer.filter if item["type"] == "datetime"]
    if not times:
        return
    sides = {item["operator"]: item for item in times}
    assert len(sides) == len(times), times
    after, before = sides.get(">="), sides.get("<")
    columns = tuple(item["column"] for item in (after, before) if item)
    active = tuple(column for column, item in zip(ACTIVE[answer.view], (after, before), strict=True) if item)
    kind = "" if columns == active else "started " if columns[0] == "firstTimestamp" else "ended "
    yield f"{kind}{_moment(after)}..{_moment(before)}"


def _moment(item: dict[str, Any] | None) -> str:
    if item is None:
        return ""
    here = datetime.fromisoformat(item["value"]).astimezone(BERLIN)
    form = "" if here.year == NOW.year else "%Y-"
    form += "%m-%d" if (here.hour, here.minute, here.second) == (0, 0, 0) else "%m-%dT%H:%M"
    return here.strftime(form)


def _item(item: dict[str, Any]) -> str:
    if item["type"] == "not":
        return f"not ({_item(item['item'])})"
    if item["type"] in ("and", "or"):
        items = item["items"]
        if item["type"] == "and" and all(one["type"] == "datetime" for one in items):
            return f"{_moment(items[0])}..{_moment(items[1])}"
        if item["type"] == "or" and (short := _short(items)):
            return short
        return "(" + f" {item['type']} ".join(map(_item, items)) + ")"
    column = f"{item['column']}.{item['key']}" if "key" in item else item["column"]
    if (item["column"], item["operator"]) == ("text", "contains"):
        return f"text ~ {item['value']}"
    if (item["operator"], item.get("value")) == ("contains", ""):
        return f"{column} any"
    return f"{column} {item['operator']} {_value(item.get('value'))}".strip()


def _short(items: list[dict[str, Any]]) -> str:
    columns, values = [item.get("column") for item in items], [item.get("value") for item in items]
    if set(columns) in ({"model"}, {"models"}) and len(items) == 3:
        name = str(values[1]).removesuffix("-2")
        assert _value(values[0]) in (name, f"[{name}]"), values
        return f"{columns[0]} ~ {name}"
    return ""


def _value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str):
        return f'"{value}"' if value.replace(".", "", 1).isdigit() else value
    return str(value)
