"""How many messages or values a body holds, before it is parsed: parsed, each takes memory, however small it is.

Nine million empty spans fit into 18 MB, and 18 MB of zeros into a few kilobytes; parsed they would be two gigabytes.
"""

from __future__ import annotations

import re

from ..errors import TooLarge
from .fields import LENGTH, pieces
from .schema import MAX_DEPTH, MESSAGES

MAX_PARTS = 1_000_000
"""Messages of protobuf, or objects and arrays of JSON (or eight commas), that a body may hold: 100 to 300 MB, parsed.

Bodies of more than 16 MB may hold more in proportion. Telemetry has a part in 25 bytes at the densest.
"""
_BYTES_A_PART = 16
_USUAL = 7  # bytes to a possible message (`dense`); captured bodies have 8 and are not looked through
_SMALL = 256 * 1024
"""Bytes that are parsed unseen: they hold no more than 130,000 parts."""

_TOO_DEEP = 2 * MAX_DEPTH + 10  # the decoders refuse such a value; each of its levels is two messages

_CONTROLS = bytes(range(32))
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_STRINGS = re.compile(rb'(?:[^"]*+"[^"\\]*+(?:\\.[^"\\]*+)*+"){1,1000}+', re.DOTALL)
"""A thousand strings with what stands before each: so much at a time, the interpreter is not held up."""

_ENVELOPES = {
    "": {1: "group"},
    "group": {1: "Resource", 2: "part"},
    "part": {1: "InstrumentationScope", 2: "item"},
}
_CHILDREN: dict[str, dict[int, str]] = _ENVELOPES | {
    name: {number: field.kind for number, field in fields.items() if field.kind in MESSAGES}
    for name, fields in MESSAGES.items()
}


def check_parts(body: bytes, json: bool, item: str = "") -> None:
    """Raise TooLarge for a body of more parts than its size excuses; `item` is the message of `schema` it is made of.

    Bodies of ordinary density cost a nanosecond a byte here, the others one or two microseconds a part.
    """
    if len(body) <= _SMALL:
        return
    limit = max(MAX_PARTS, len(body) // _BYTES_A_PART)
    if json:
        if _marks(body) > limit:
            _walk_json(body, limit)
    elif dense(body) > max(MAX_PARTS, len(body) // _USUAL):
        _walk(body, item, limit)


def dense(body: bytes) -> int:
    """Return how many messages a protobuf body holds at most: each has a length below 32, or 32 bytes of its own."""
    return len(body) - len(body.translate(None, _CONTROLS)) + len(body) // 34 + 1


def _marks(text: bytes) -> int:
    return text.count(b"{") + text.count(b"[") + text.count(b",") // 8


def _walk_json(body: bytes, limit: int) -> None:
    """Count what stands between strings: a prompt may be full of braces and commas."""
    count = position = 0
    while strings := _STRINGS.match(body, position):  # searching, without a match, would take forever
        count += _marks(_STRING.sub(b"", strings[0]))
        if count > limit:
            raise _too_many(limit)
        position = strings.end()
    if count + _marks(body[position:]) > limit:
        raise _too_many(limit)


def _walk(body: bytes, item: str, limit: int) -> None:
    """Count the messages one by one. Raises UndecodableBody as `pieces`, for what it comes by."""
    open_ = [("", 0, len(body), 0)]
    count = 0
    while open_:
        message, start, end, depth = open_.pop()
        children = _CHILDREN[item if message == "item" else message]
        for piece in pieces(body, start, end):
            kind = children.get(piece.number)
            if kind is not None and piece.wire_type == LENGTH:
                count += 1
                if count > limit:
                    raise _too_many(limit)
                if piece.end - piece.start > 1 and depth < _TOO_DEEP:
                    open_.append((kind, piece.start, piece.end, depth + 1))


def _too_many(limit: int) -> TooLarge:
    return TooLarge(f"the body holds more than {limit:,} messages or values; send it in parts")
