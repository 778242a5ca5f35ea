"""How a question was understood, in plain words: made from filter items alone, so that any filter can be worded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from .columns import MANY, TIMES
from .resolving import SCORES, VARIANTS, Item
from .understanding import Understanding

LABELS = {
    "totalCost": "cost", "inputCost": "input cost", "outputCost": "output cost", "totalTokens": "tokens",
    "inputTokens": "input tokens", "outputTokens": "output tokens", "errorCount": "errors", "warningCount": "warnings",
    "countTraces": "number of traces", "countSessions": "number of sessions",
    "countObservations": "number of observations", "userId": "user", "userIds": "user", "sessionId": "session",
    "sessionIds": "session", "traceId": "trace", "tags": "tag", "traceTags": "tag", "models": "model",
    "providedModelName": "model", "promptName": "prompt", "statusMessage": "status message",
    "timeToFirstToken": "time to first token", "tokensPerSecond": "tokens per second", "sessionDuration": "duration",
    "timestamp": "started", "startTime": "started", "endTime": "ended", "endTimestamp": "ended",
    "firstTimestamp": "started", "lastTimestamp": "active", "createdAt": "started", "updatedAt": "ended",
    "scores_avg": "score", "scores": "score", "score_categories": "score", "score_booleans": "score",
}  # fmt: skip
"""What columns are called; the others by their own name."""
IDS = {"sessions": "session", "users": "user", "traces": "trace"}
"""What the id of a view's row is called."""
SECONDS = frozenset({"latency", "duration", "sessionDuration", "timeToFirstToken"})
DOLLARS = frozenset({"totalCost", "inputCost", "outputCost"})
COUNTS = {
    "errorCount": "errors", "warningCount": "warnings", "countTraces": "traces", "countSessions": "sessions",
    "countObservations": "observations", "totalTokens": "tokens", "inputTokens": "input tokens",
    "outputTokens": "output tokens",
}  # fmt: skip
"""What there is where a count is more than none."""
FIRST = {
    "slowest": ("latency",), "longest": ("duration", "sessionDuration"), "most expensive": ("totalCost",),
    "newest": ("timestamp", "startTime", "firstTimestamp", "lastTimestamp", "createdAt", "updatedAt"),
}  # fmt: skip
LAST = {"slowest": "fastest", "longest": "shortest", "most expensive": "cheapest", "newest": "oldest"}
SUMMED = frozenset({"latency", "duration", "totalCost", "totalTokens", "inputTokens", "outputTokens", "errorCount",
                    "countTraces", "countSessions", "countObservations"})  # fmt: skip
"""What sessions and users have of all their time, not only of a time that was asked for."""


def words(understanding: Understanding, zone: tzinfo = UTC) -> str:
    """Return how a question was understood, with times in `zone`.

    "traces with latency > 5 s, started on 2026-11-24 (Europe/Berlin), slowest first, at most 10".
    """
    view = understanding.view
    worded = _Wording(zone, view)
    times = [item for item in understanding.filter if item.get("type") == "datetime"]
    others = [item for item in understanding.filter if item.get("type") != "datetime"]
    said = view
    for link, phrases in (
        ("with", [worded.item(one) for one in others if one.get("type") != "not"]),
        ("without", [worded.item(one["item"]) for one in others if one.get("type") == "not"]),
    ):
        said += (
            f" {link} {' and '.join(phrases) if link == 'with' else ' and without '.join(phrases)}" if phrases else ""
        )
    when = worded.times(times)
    if when or worded.timed:
        said += f"{',' if others and when else ''} {when}".rstrip() + f" ({_name(zone)})"
    if view in ("sessions", "users") and times and _sums(others, understanding.order):
        said += ", counted over all of their time"
    if understanding.order:
        said += f", {_order(*understanding.order)}"
    return said if understanding.limit is None else f"{said}, at most {understanding.limit}"


class _Wording:
    """Words for the items of one view."""

    def __init__(self, zone: tzinfo, view: str) -> None:
        self._zone = zone
        self._view = view
        self.timed = False
        self._id = IDS.get(view, "id")
        self._whose = " of a trace" if view in ("sessions", "users") else ""

    def times(self, items: Sequence[Item]) -> str:
        """Return what several times say together: at most one beginning and one end of one kind are one phrase."""
        left = list(items)
        phrases = []
        for kind, (after, before) in TIMES[self._view].items() if self._view in TIMES else ():
            begin = next((one for one in left if (one["column"], one["operator"]) == (after, ">=")), None)
            ends = [one for one in left if (one["column"], one["operator"]) == (before, "<")]
            end = next((one for one in ends if begin and one["value"] > begin["value"]), None)
            if begin and end:
                left = [one for one in left if one is not begin and one is not end]
                verb = LABELS[after] if after == before and kind == "active" else kind
                self.timed = True
                phrases.append(f"{verb} {self._between(begin['value'], end['value'])}")
        return " and ".join([*phrases, *map(self.item, left)])

    def item(self, item: Item) -> str:
        """Return one item, or a group of them, in words."""
        match item.get("type"):
            case "not":
                return f"not {self.item(item['item'])}"
            case "and" | "or":
                if all(one.get("type") == "datetime" for one in item["items"]) and item["type"] == "and":
                    return self.times(item["items"])
                alike = self._model(item) or _scored(item)
                return alike or "(" + f" {item['type']} ".join(map(self.item, item["items"])) + ")"
            case "datetime":
                self.timed = True
                last = "last " if item["column"] == "lastTimestamp" and item["operator"] in ("<", "<=") else ""
                return f"{last}{self._label(item)} {self._moment_after(item)}"
            case "number":
                return self._number(item)
            case "null":
                label = self._label(item)
                return (
                    f"no {label}" if item["operator"] == "is null" else f"{'an' if label[0] in 'aeio' else 'a'} {label}"
                )
            case "boolean":
                wanted = item["value"] == (item["operator"] == "=")
                return f"{self._label(item)} = {json.dumps(wanted)}"
            case "arrayOptions" | "stringOptions" | "categoryOptions":
                return f"{self._label(item)} {_options(item)}"
            case "string" if (item["column"], item["operator"]) == ("text", "contains"):
                return f"{_quoted(item['value'])} in name, input or output{self._whose}"
        if item.get("column") in MANY and (item.get("operator"), item.get("value")) == ("contains", ""):
            return f"a {self._label(item)}"
        sign = "" if item.get("operator") == "=" and item.get("type") == "string" else f"{item.get('operator')} "
        value = "" if item.get("operator") in ("is set", "is not set") else _quoted(item.get("value"))
        return f"{self._label(item)} {sign}{value}".strip()

    def _number(self, item: Item) -> str:
        column, value = item["column"], item["value"]
        if column in COUNTS and (item["operator"], value) == (">", 0):
            return COUNTS[column]
        amount = f"${value}" if column in DOLLARS else f"{value} s" if column in SECONDS else f"{value}"
        return f"{self._label(item)} {item['operator']} {amount}"

    def _model(self, item: Item) -> str:
        """A model with its dated variants is one phrase."""
        items = item["items"]
        names: list[Any] = [_first(one.get("value")) for one in items]
        if item["type"] != "or" or len(items) != 1 + len(VARIANTS) or not isinstance(names[0], str):
            return ""
        if names[1:] != [names[0] + end for end in VARIANTS] or len({one["column"] for one in items}) > 1:
            return ""
        return f"{self._label(items[0])} {_quoted(names[0])} (any date)"

    def _label(self, item: Item) -> str:
        column = str(item.get("column"))
        label = self._id if column == "id" else LABELS.get(column, column)
        return f"{label} {item['key']}" if item.get("key") else label

    def _moment_after(self, item: Item) -> str:
        sign = {">=": "since", ">": "after", "<": "before", "<=": "until"}[item["operator"]]
        return f"{sign} {self._moment(item['value'])}"

    def _between(self, begin: str, end: str) -> str:
        first, last = self._local(begin), self._local(end)
        if _midnight(first) and _midnight(last) and first < last:
            day = last.date() - timedelta(days=1)
            return f"on {day}" if day == first.date() else f"from {first.date()} to {day}"
        return f"from {self._moment(begin, True)} until {self._moment(end, True)}"

    def _moment(self, text: str, clock: bool = False) -> str:
        time = self._local(text)
        if _midnight(time) and not clock:
            return f"{time.date()}"
        return time.strftime("%Y-%m-%d %H:%M:%S" if time.second else "%Y-%m-%d %H:%M")

    def _local(self, text: str) -> datetime:
        time = datetime.fromisoformat(text)
        return (time.replace(tzinfo=UTC) if time.tzinfo is None else time).astimezone(self._zone)


def _sums(items: Sequence[Item], order: tuple[str, bool] | None) -> bool:
    """Say whether items or an order are about what sessions and users have of all their time."""
    if order and order[0] in SUMMED:
        return True
    for item in items:
        inner = item.get("items") or ([item["item"]] if item.get("type") == "not" else [])
        if item.get("column") in SUMMED or _sums(inner, None):
            return True
    return False


def _order(column: str, descending: bool) -> str:
    first = next((word for word, columns in FIRST.items() if column in columns), "")
    if first:
        return f"{first if descending else LAST[first]} first"
    return f"by {LABELS.get(column, column)}, {'highest' if descending else 'lowest'} first"


def _options(item: Item) -> str:
    values = [_quoted(value) for value in item["value"]]
    if item["operator"] == "none of":
        return f"none of {', '.join(values)}"
    return (" and " if item["operator"] == "all of" else " or ").join(values)


def _scored(item: Item) -> str:
    """A score of one name, of whatever kind, is one phrase."""
    asked = [(one.get("column"), one.get("operator")) for one in item["items"]]
    keys = {one.get("key") for one in item["items"]}
    named = asked == [(column, "is set") for column in SCORES.values()] and len(keys) == 1
    return f"a score {_quoted(keys.pop())}" if named else ""


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _midnight(time: datetime) -> bool:
    return (time.hour, time.minute, time.second, time.microsecond) == (0, 0, 0, 0)


def _name(zone: tzinfo) -> str:
    return str(getattr(zone, "key", None) or zone.tzname(None) or zone)
