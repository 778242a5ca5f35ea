"""The compact syntax: `user:alice cost:>0.10 -tag:staging tags:(a AND b) metadata.plan:pro has:error`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias, cast

from . import moments, quantities
from .clauses import AnyOf, Belongs, Clause, Compare, During, Keyed, Not, Order, State
from .spans import Calendar
from .trouble import Trouble
from .word import Word

FIELDS = {
    **dict.fromkeys(("user", "userid", "user_id"), "user"),
    **dict.fromkeys(("session", "sessionid", "session_id"), "session"),
    **dict.fromkeys(("trace", "traceid", "trace_id", "id"), "trace"),
    **dict.fromkeys(("environment", "env"), "environment"),
    **dict.fromkeys(("tag", "tags"), "tag"),
    "name": "name",
    "model": "model",
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
SORTED = {**MEASURES, "time": "time", "timestamp": "time"}
TIMES = frozenset({"since", "before", "after", "on", "until"})
PLACES = {"metadata": "metadata", "meta": "metadata", "score": "scores", "scores": "scores"}
SHOWN = ("user", "session", "trace", "tag", "name", "model", "env", "version", "release", "prompt", "level", "type",
         "text", "input", "output", "latency", "duration", "cost", "tokens", "errors", "traces", "has", "is", "since",
         "before", "on", "sort", "limit", "metadata.KEY", "scores.NAME")  # fmt: skip
UNLIKE = ("<>", "!=")

Said: TypeAlias = "Clause | Order"


def known(word: Word) -> bool:
    """Say whether there is an operator of this token's name."""
    return _reader(_match(word)["key"].lower()) is not None


def operator(word: Word, calendar: Calendar) -> Said:
    """Return what an operator says. Raises Trouble for an unknown name or a value that cannot be compared."""
    match = _match(word)
    reader = _reader(match["key"].lower())
    if reader is None:
        raise Trouble(f"no such operator; there are {', '.join(SHOWN)}", word.text)
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


def _field(match: re.Match[str], word: Word, _: Calendar) -> Clause:
    values, every = _values(match["value"], word)
    field = FIELDS[match["key"].lower()]
    said = Belongs(field, values, every, word, "contains" if field in INSIDE else "=")
    if match["operator"] in UNLIKE:
        return Not(said, word)
    if match["operator"] not in (None, "="):
        raise Trouble(f"{match['key']} is a text and cannot be compared by {match['operator']}", word.text)
    return said


def _measure(match: re.Match[str], word: Word, _: Calendar) -> Clause:
    measure, sign = MEASURES[match["key"].lower()], _sign(match)
    values, _every = _values(match["value"], word)
    compared: list[Clause] = []
    for value in values:
        quantity = quantities.whole(value.lower())
        if quantity is None:
            raise Trouble("is no number; for example cost:>0.10, latency:>5s, tokens:>5k", word.text)
        compared.append(Compare(measure, sign, quantity, word))
    return compared[0] if len(compared) == 1 else AnyOf(tuple(compared))


def _keyed(match: re.Match[str], word: Word, _: Calendar) -> Clause:
    prefix, _dot, key = match["key"].partition(".")
    place = PLACES[prefix.lower()]
    values, _every = _values(match["value"], word)
    sign = _sign(match)
    quantity = quantities.whole(values[0].lower()) if len(values) == 1 else None
    number = quantity.amount if quantity and quantity.unit == "number" else None
    if number is None and sign not in ("=", "<>"):
        raise Trouble("is no number; for example metadata.tier:>2, scores.relevance:<0.5", word.text)
    return Keyed((place,), key, sign, number, values, word)  # type: ignore[arg-type]


def _state(match: re.Match[str], word: Word, _: Calendar) -> Clause:
    (value, *others), _every = _values(match["value"], word)
    if others or match["operator"] or value.lower() not in STATES:
        raise Trouble(f"expected one of {', '.join(STATES)}", word.text)
    return State(STATES[value.lower()], word)


def _time(match: re.Match[str], word: Word, calendar: Calendar) -> Clause:
    written = f"{match['key']} {_unquoted(match['value'])}".lower()
    found = None if match["operator"] else moments.find(calendar, written, 0)
    if found is None or found.end != len(written):
        raise Trouble("no time that is known; for example since:yesterday, since:2026-11-03", word.text)
    return During(found.range, "active", word)


def _sort(match: re.Match[str], word: Word, _: Calendar) -> Order:
    measure, _dot, direction = _unquoted(match["value"]).lower().rpartition(".")
    if direction not in ("asc", "desc"):
        measure, direction = direction if not measure else f"{measure}.{direction}", "desc"
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
    """Return the values of `(a OR b)` or `(a AND b)` or a single one, and whether all are meant."""
    if not raw.startswith("("):
        return (_unquoted(raw),), True
    inside = raw[1:-1]
    parts = re.split(r"\s+AND\s+|\s+OR\s+|\s*,\s*", inside)
    values = tuple(_unquoted(part.strip()) for part in parts if part.strip())
    if not values:
        raise Trouble("there is nothing between the parentheses", word.text)
    return values, re.search(r"\sAND\s", inside) is not None


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] in "\"'" and text[-1] == text[0] else text
