"""The compact syntax: `user:alice cost:>0.10 -tag:staging tags:(a AND b) metadata.plan:pro has:error`."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import TypeAlias, cast

from . import moments, quantities
from .clauses import AllOf, AnyOf, Belongs, Clause, Compare, During, Keyed, Not, Order, Present, State
from .nearest import Known, deletions_of, nearest
from .spans import Calendar
from .trouble import Trouble
from .word import Quantity, Word

FIELDS = {
    **dict.fromkeys(("user", "userid", "user_id"), "user"),
    **dict.fromkeys(("session", "sessionid", "session_id"), "session"),
    **dict.fromkeys(("trace", "traceid", "trace_id"), "trace"),
    "id": "id",
    **dict.fromkeys(("environment", "env"), "environment"),
    **dict.fromkeys(("tag", "tags"), "tag"),
    "name": "name",
    **dict.fromkeys(("model", "models"), "model"),
    "version": "version",
    "release": "release",
    "prompt": "prompt",
    "level": "level",
    "type": "type",
    "input": "input",
    "output": "output",
    **dict.fromkeys(("text", "contains", "q"), "text"),
}
INSIDE = frozenset({"input", "output", "text"})
"""Fields of which a part is looked for."""
MEASURES = {
    "latency": "latency",
    "duration": "duration",
    **dict.fromkeys(("cost", "totalcost"), "cost"),
    **dict.fromkeys(("tokens", "totaltokens"), "tokens"),
    **dict.fromkeys(("inputtokens", "input_tokens"), "input tokens"),
    **dict.fromkeys(("outputtokens", "output_tokens"), "output tokens"),
    "errors": "errors",
    "warnings": "warnings",
    "traces": "traces",
    "sessions": "sessions",
    "observations": "observations",
}
STATES = {
    **dict.fromkeys(("error", "errors", "failed"), "errors"),
    **dict.fromkeys(("warning", "warnings"), "warnings"),
    **dict.fromkeys(("bookmark", "bookmarked"), "bookmarked"),
    **dict.fromkeys(("public", "published"), "public"),
}
PRESENT = {
    **{name: field for name, field in FIELDS.items() if field not in ("text", "id", "trace", "level", "type")},
    **dict.fromkeys(("score", "scores"), "score"),
    **dict.fromkeys(("cost", "tokens", "latency", "traces", "sessions", "observations"), ""),
    **dict.fromkeys(("metadata", "meta"), "metadata"),
}
"""What `has:` asks for beside the states; "" for a measure."""
SORTED = {**MEASURES, "time": "time", "timestamp": "time"}
TIMES = frozenset({"since", "before", "after", "on", "until", "last", "past", "during", "date", "when",
                   "day"})  # fmt: skip
SLIDING = {"since": "last", "after": "last", "before": "older than", "until": "older than"}
"""What a length of time behind an operator means: `since:24h`, `before:2h`."""
PLACES = {"metadata": "metadata", "meta": "metadata", "score": "scores", "scores": "scores"}
SHOWN = ("user", "session", "trace", "id", "tag", "name", "model", "env", "version", "release", "prompt", "level",
         "type", "text", "input", "output", "latency", "duration", "cost", "tokens", "errors", "traces", "has", "is",
         "since", "before", "on", "sort", "limit", "metadata.KEY", "scores.NAME")  # fmt: skip
SHORTEST = 3
"""Letters of a name that is compared with those of operators."""
UNLIKE = ("<>", "!=", "!")
RANGE = re.compile(r"([^.]*(?:\.\d+[^.]*)?)\.\.([^.]*(?:\.\d+[^.]*)?)(?<!^\.\.)")
UNIT = re.compile(r"[a-z%¢]+$", re.IGNORECASE)
LENGTH = re.compile(r"\d+\s*[a-z]+")
LISTED = re.compile(r""""[^"]*"|'[^']*'|[^,]+""")
DIRECTION = re.compile(r"[.:_\-](asc|desc)$")

Said: TypeAlias = "Clause | Order"


def known(word: Word) -> bool:
    """Say whether there is an operator of this token's name."""
    return _reader(_match(word)["key"].lower()) is not None


def operator(word: Word, calendar: Calendar) -> Said:
    """Return what an operator says. Raises Trouble for an unknown name or a value that cannot be compared."""
    match = _match(word)
    reader = _reader(match["key"].lower())
    if reader is None:
        meant = nearest(match["key"], _names(), SHORTEST)
        instead = f"did you mean {meant}:? " if meant else ""
        raise Trouble(f"no such operator; {instead}there are {', '.join(SHOWN)}", word.text)
    said = reader(match, word, calendar)
    if not match["minus"]:
        return said
    if isinstance(said, Order):
        raise Trouble("an order cannot be negated", word.text)
    return Not(said, word)


Reader: TypeAlias = Callable[["re.Match[str]", Word, Calendar], Said]


def _reader(name: str) -> Reader | None:
    if name in FIELDS:
        return _field
    if name in MEASURES:
        return _measure
    if name in TIMES:
        return _time
    prefix, _, key = name.partition(".")
    if prefix in PLACES and key:
        return _keyed
    return {"has": _state, "is": _state, "sort": _sort, "limit": _limit}.get(name)


@cache
def _names() -> Known:
    names = (*FIELDS, *MEASURES, *TIMES, *PLACES, "has", "is", "sort", "limit")
    return deletions_of((name for name in names if name.isalpha()), SHORTEST)


def _field(match: re.Match[str], word: Word, _: Calendar) -> Clause:
    values, every = _values(match["value"], word)
    field = FIELDS[match["key"].lower()]
    said: Clause = Belongs(field, values, every, word, "contains" if field in INSIDE else "=")
    if field not in INSIDE and any("*" in value for value in values) and not _is_quoted(match["value"]):
        clauses = tuple(_starred(field, value, word) for value in values)
        said = clauses[0] if len(clauses) == 1 else AllOf(clauses) if every else AnyOf(clauses)
    if match["operator"] in UNLIKE:
        return Not(said, word)
    if match["operator"] not in (None, "="):
        raise Trouble(f"{match['key']} is a text and cannot be compared by {match['operator']}", word.text)
    return said


def _starred(field: str, value: str, word: Word) -> Clause:
    """Return that a field begins with `chat*`, ends with `*chat`, contains `*chat*`, or with `*` alone is there."""
    inside = value.strip("*")
    if "*" in inside:
        raise Trouble("a * stands at the beginning or the end", word.text)
    if not inside:
        return Present(field, word)
    if inside == value:
        return Belongs(field, (value,), True, word)
    sign = "contains" if value.startswith("*") and value.endswith("*") else "starts with"
    return Belongs(field, (inside,), True, word, "ends with" if not value.endswith("*") else sign)


def _measure(match: re.Match[str], word: Word, _: Calendar) -> Clause:
    measure, sign = MEASURES[match["key"].lower()], _sign(match)
    raw = match["value"]
    values = _values(raw, word)[0] if raw.startswith("(") else (_unquoted(raw),)  # 0,10 is no list of two
    compared: list[Clause] = []
    for value in values:
        bounds = RANGE.fullmatch(value) if match["operator"] is None else None
        if bounds:
            compared.append(_between(measure, bounds, word))
        else:
            compared.append(Compare(measure, sign, _quantity(value, word), word))
    return compared[0] if len(compared) == 1 else AnyOf(tuple(compared))


def _between(measure: str, bounds: re.Match[str], word: Word) -> Clause:
    """Return that a measure is within `5..10s`, `5..`, `..10s`; a unit behind the second is that of both."""
    low, high = (_quantity(value, word) if value else None for value in bounds.groups())
    if low and high and low.unit == "number" and (unit := UNIT.search(bounds[2])):
        low = _quantity(f"{bounds[1]}{unit[0]}", word)
    if low and high and low.amount > high.amount:
        raise Trouble("this ends before it begins", word.text)
    parts = tuple(Compare(measure, sign, quantity, word) for sign, quantity in ((">=", low), ("<=", high)) if quantity)
    return parts[0] if len(parts) == 1 else AllOf(parts)


def _numbers(bounds: re.Match[str]) -> bool:
    return any(bounds.groups()) and all(re.fullmatch(r"-?\d+(?:\.\d+)?|", one) for one in bounds.groups())


def _quantity(text: str, word: Word) -> Quantity:
    quantity = quantities.whole(text.lower())
    if quantity is None:
        raise Trouble("is no number; for example cost:>0.10, latency:>5s, latency:1s..5s, tokens:>5k", word.text)
    return quantity


def _keyed(match: re.Match[str], word: Word, _: Calendar) -> Clause:
    prefix, _dot, key = match["key"].partition(".")
    place = PLACES[prefix.lower()]
    values, _every = _values(match["value"], word)
    sign = _sign(match)
    if match["operator"] is None and (bounds := RANGE.fullmatch(match["value"])) and _numbers(bounds):
        both = zip((">=", "<="), bounds.groups(), strict=True)
        parts = tuple(Keyed((place,), key, sign, float(one), (), word) for sign, one in both if one)  # type: ignore[arg-type]
        return parts[0] if len(parts) == 1 else AllOf(parts)
    quantity = quantities.whole(values[0].lower()) if len(values) == 1 else None
    number = quantity.amount if quantity and quantity.unit == "number" else None
    if number is None and sign not in ("=", "<>"):
        raise Trouble("is no number; for example metadata.tier:>2, scores.relevance:<0.5", word.text)
    return Keyed((place,), key, sign, number, values, word)  # type: ignore[arg-type]


def _state(match: re.Match[str], word: Word, _: Calendar) -> Clause:
    (value, *others), _every = _values(match["value"], word)
    name = value.lower()
    if not others and not match["operator"]:
        if name in STATES:
            return State(STATES[name], word)
        if match["key"].lower() == "has":
            if name in PRESENT:
                return Present(PRESENT[name] or name, word)
            place, _dot, key = value.partition(".")
            if key and place.lower() in PLACES:
                return Present("metadata" if PLACES[place.lower()] == "metadata" else "score", word, key)
    known = (*STATES, *PRESENT, "metadata.KEY") if match["key"].lower() == "has" else STATES
    raise Trouble(f"expected one of {', '.join(known)}", word.text)


def _time(match: re.Match[str], word: Word, calendar: Calendar) -> Clause:
    name, value = match["key"].lower(), _unquoted(match["value"]).lower()
    name = "on" if name in ("date", "when", "day") else name
    written = f"{SLIDING[name] if name in SLIDING and LENGTH.fullmatch(value) else name} {value}"
    found = None if match["operator"] else moments.find(calendar, written, 0)
    if found is None or found.end != len(written):
        raise Trouble("no time that is known; for example since:yesterday, since:24h, since:2026-11-03", word.text)
    return During(found.range, "active", word)


def _sort(match: re.Match[str], word: Word, _: Calendar) -> Order:
    value = _unquoted(match["value"]).lower()
    measure, direction = value, "desc"
    if ending := DIRECTION.search(value):
        measure, direction = value[: ending.start()], ending[1]
    elif value.startswith(("-", "+")):  # as Langfuse and others write a descending order
        measure, direction = value[1:], "asc" if value[0] == "+" else "desc"
    if match["operator"] or measure not in SORTED:
        raise Trouble(f"cannot be sorted by; there are {', '.join(sorted(set(SORTED.values())))}", word.text)
    return Order(SORTED[measure], direction == "desc", None, False, word)


def _limit(match: re.Match[str], word: Word, _: Calendar) -> Order:
    quantity = quantities.whole(match["value"])
    if match["operator"] or quantity is None:
        raise Trouble("is no number of rows", word.text)
    return Order("", True, quantity, False, word)


def _sign(match: re.Match[str]) -> str:
    return "<>" if match["operator"] in UNLIKE else match["operator"] or "="


def _match(word: Word) -> re.Match[str]:
    return cast("re.Match[str]", word.value)


def _values(raw: str, word: Word) -> tuple[tuple[str, ...], bool]:
    """Return the values of `(a OR b)`, `(a AND b)`, `a,b` (any of them) or a single one, and whether all are meant."""
    if not raw.startswith("("):
        listed = tuple(_unquoted(one) for one in LISTED.findall(raw))
        return listed, len(listed) == 1
    inside = raw[1:-1]
    parts = re.split(r"\s+AND\s+|\s+OR\s+|\s*,\s*", inside)
    values = tuple(_unquoted(part.strip()) for part in parts if part.strip())
    if not values:
        raise Trouble("there is nothing between the parentheses", word.text)
    return values, re.search(r"\sAND\s", inside) is not None


def _is_quoted(text: str) -> bool:
    return len(text) > 1 and text[0] in "\"'" and text[-1] == text[0]


def _unquoted(text: str) -> str:
    return text[1:-1] if _is_quoted(text) else text
