"""Readers of attribute values: each takes a value as it came and returns what a field wants, or None for "no value".

Empty, redacted and null values are no values, so that they never overwrite (reference: attributes.md, section 0,
rules 1 to 4).
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

import orjson

from ..proto.span import Value
from .observation import Json

T = TypeVar("T")

ABSENT = frozenset({"", "None", "null", "undefined", "{}", "[REDACTED]", "<redacted>", "__REDACTED__"})
SCRUBBED = "[Scrubbed due to "
MAX_DEPTH = 100
"""Levels of nesting that are kept as structure; deeper JSON text stays text (orjson writes 254 levels at most)."""
MAX_COUNT = 10**12
"""Largest token count that is believed; nine million of them still fit a 64-bit sum."""
MAX_NANO_DOLLARS = 10**12
"""Largest cost of one observation that is believed: 1,000 USD."""

SHORT = 600
"""Characters of a JSON text that is remembered."""

CONTAINERS, NUMBERS = (dict, list), (int, float)
"""To be asked with `isinstance`, which would make a union each time."""
_PLAIN = frozenset({str, bool, int})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


_MEMORIES: list[Callable[[], None]] = []


def remembered(read: Callable[[str], T], most: int) -> Callable[[str], T]:
    """Return a reader that remembers what it read in that many texts, which should be `SHORT`.

    Nobody may change what it returns.
    """
    memory = lru_cache(most)(read)
    _MEMORIES.append(memory.cache_clear)
    return memory


def forget() -> None:
    """Empty all memories of texts, as a bench does that maps the same spans again."""
    for clear in _MEMORIES:
        clear()


def plain(value: Value) -> Json:
    """Return `value` as JSON can hold it: bytes as base64 text, NaN and infinities as text."""
    if value is None or value.__class__ in _PLAIN:
        return value  # type: ignore[return-value]  # it is of one of those classes
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list):
        return [plain(member) for member in value]
    return {key: plain(member) for key, member in value.items()}  # type: ignore[union-attr]  # as above


def to_json(value: Json) -> str:
    """Return compact JSON text with sorted keys, so that equal values have equal texts."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def storable(word: str) -> str:
    """Return `word` without NUL characters, at which SQLite's text functions end; they become U+FFFD."""
    return word.replace("\0", "\ufffd") if "\0" in word else word


def text(value: object) -> str | None:
    """Return an id, a name or another word; anything but text becomes JSON text."""
    if isinstance(value, str):
        if value in ABSENT or (value < "!" and value.isspace()) or (value[0] == "[" and value.startswith(SCRUBBED)):
            return None
        return value if "\0" not in value else storable(value)
    if value is None or value == [] or value == {}:
        return None
    return to_json(plain(value))  # type: ignore[arg-type]  # an attribute value or a part of one


def present(value: Value) -> bool | None:
    """Return True for any value that is not empty: for fields that only need to know which key holds them."""
    return None if value is None or value == "" or value == [] or value == {} else True


def nothing(_: Value) -> None:
    """Return no value: for a key that a prefix must not take. The dictionary leaves such rows out of every plan."""


def flag(value: Value) -> bool | None:
    """Return a boolean sent as one or as text."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None


def structure(value: Value) -> Json:
    """Return `value`, with JSON text of an object or array read as what it stands for; other text stays text.

    Short texts are remembered, since a trace's metadata comes with each of its spans; nobody may change what is
    returned.
    """
    if not isinstance(value, str):
        return plain(value)
    if not value:
        return None
    if value[0] not in "[{":
        return value
    if value[-1] in "}]":
        parsed = _parsed(value) if len(value) <= SHORT else parse(value)
        if isinstance(parsed, CONTAINERS):
            return parsed
    return None if value.startswith(SCRUBBED) else value


def encoded(value: Value) -> Json:
    """Return what JSON text stands for, scalars included: how Langfuse SDKs from version 5 send metadata."""
    if not isinstance(value, str):
        return plain(value)
    parsed = parse(value)
    if parsed is None:
        return None if value.strip() == "null" else structure(value)
    return None if parsed == "" else parsed


def quoted(value: Value) -> Json:
    """Return structure, and text without the JSON quotes that a newer SDK may have put around it."""
    if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] == '"':
        parsed = parse(value)
        if isinstance(parsed, str):
            return parsed or None
    return structure(value)


def parse(document: str) -> Json:
    """Return what a JSON text stands for; None where it is no JSON, null, or nested deeper than `MAX_DEPTH`."""
    if len(document) > MAX_DEPTH and _too_deep(document):
        return None
    try:
        parsed: Json = orjson.loads(document)
    except orjson.JSONDecodeError:
        return None
    return parsed


def _too_deep(document: str) -> bool:
    if document.count("[") + document.count("{") <= MAX_DEPTH:
        return False
    depth = 0
    for character in document:
        if character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif character in "]}":
            depth -= 1
    return False


def mapping(value: Value) -> dict[str, Json] | None:
    """Return an object sent as one or as JSON text."""
    read = structure(value)
    return read if isinstance(read, dict) and read else None


def numbers(value: Value) -> dict[str, Json] | None:
    """Return an object of numbers, sent as one or as JSON text; unlike `mapping` not safe to keep as it is."""
    if isinstance(value, str):
        try:
            read = orjson.loads(value)
        except orjson.JSONDecodeError:
            return None
    else:
        read = value
    return read if isinstance(read, dict) and read else None


def words(value: Value) -> list[str] | None:
    """Return tags sent as a list, JSON text of a list, comma-separated text or a single word.

    What short texts say is remembered, as in `structure`.
    """
    return _split(value) if isinstance(value, str) and len(value) <= SHORT else _words(value)


def _words(value: Value) -> list[str] | None:
    read: object = value if isinstance(value, list) else structure(value)
    found: list[str] = []
    for member in read.split(",") if isinstance(read, str) else read if isinstance(read, list) else ():
        word: object = member.strip() if member.__class__ is str else member
        # as `compiled.VALUES` has it: no call for the usual word
        if word.__class__ is not str or word < "\\" or word in ABSENT or "\0" in word:
            word = text(word)
        if word:
            found.append(word)
    return found or None


def count(value: object) -> int | None:
    """Return a token count sent as integer, whole number or text of one; None below zero or beyond belief."""
    if value.__class__ is int:
        return value if 0 <= value <= MAX_COUNT else None
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value) if len(value) <= 20 else None
        except ValueError:
            return None
    if isinstance(value, float):
        value = int(value) if math.isfinite(value) and value == int(value) else None
    return value if isinstance(value, int) and 0 <= value <= MAX_COUNT else None


def nano_dollars(value: object) -> int | None:
    """Return USD, sent as number or text, in nano-dollars; None below zero or beyond belief."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if not isinstance(value, NUMBERS) or not math.isfinite(value) or not 0 <= value <= MAX_NANO_DOLLARS / 1e9:
        return None
    return round(value * 1e9)


def number(value: object) -> float | None:
    """Return a finite number sent as one or as text."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return float(value) if isinstance(value, NUMBERS) and math.isfinite(value) else None


def scalar(value: Value) -> Json:
    """Return what JSON text stands for, scalars included; text that is no JSON stays text (`"\"gpt\""` is `gpt`)."""
    if not isinstance(value, str):
        return plain(value)
    if value == "null":
        return None
    if value[:1] == '"' == value[-1:] and value[1:-1].isidentifier():
        return value[1:-1]  # a plain word needs no parser
    parsed = parse(value)
    return value if parsed is None else parsed


def instant(value: Value) -> int | None:
    """Return an ISO 8601 time, with or without JSON quotes around it, in nanoseconds since the epoch."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip().strip('"'))
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    nanoseconds = (moment - _EPOCH) // timedelta(microseconds=1) * 1000
    return nanoseconds if nanoseconds > 0 else None


def seconds(value: object) -> int | None:
    """Return a duration in seconds, sent as number or text, in nanoseconds."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, NUMBERS) or not 0 <= value < 1e8:
        return None
    return round(value * 1e9)


_parsed = remembered(parse, 2048)
_split = remembered(_words, 2048)
