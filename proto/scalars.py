"""The values of OTLP/JSON, each checked: what a field may hold, and `Misfit` for everything else.

The rules are those of a Collector (lenient where it is): 64-bit integers as number or decimal text, floats as number
or text, null for absent, bytes in base64. Nothing here accepts null: the caller decides what absence means.
"""

from __future__ import annotations

import base64
import binascii
from math import isinf
from typing import Any

from ..errors import UndecodableBody

_SHOWN = 60

KINDS = {
    "SPAN_KIND_UNSPECIFIED": 0,
    "SPAN_KIND_INTERNAL": 1,
    "SPAN_KIND_SERVER": 2,
    "SPAN_KIND_CLIENT": 3,
    "SPAN_KIND_PRODUCER": 4,
    "SPAN_KIND_CONSUMER": 5,
}
"""Span.SpanKind by name (trace.proto)."""

STATUS_CODES = {"STATUS_CODE_UNSET": 0, "STATUS_CODE_OK": 1, "STATUS_CODE_ERROR": 2}
"""Status.StatusCode by name (trace.proto)."""

SEVERITIES = {"SEVERITY_NUMBER_UNSPECIFIED": 0} | {
    f"SEVERITY_NUMBER_{name}{step or ''}": first + max(step - 1, 0)
    for first, name in ((1, "TRACE"), (5, "DEBUG"), (9, "INFO"), (13, "WARN"), (17, "ERROR"), (21, "FATAL"))
    for step in (0, 2, 3, 4)
}
"""SeverityNumber by name (logs.proto): each level has four steps, of which the first has no digit."""


class Misfit(UndecodableBody):
    """A JSON value that cannot stand where it stands; the text says where, what was expected and what came."""

    def __init__(self, expected: str, got: object) -> None:
        super().__init__(expected)
        self.expected = expected
        self.got = _describe(got)
        self.path: list[str] = []

    def under(self, *steps: str) -> Misfit:
        """Return this error, found below `steps` (".key" or "[index]", outermost first)."""
        self.path[:0] = steps
        return self

    def __str__(self) -> str:
        path = "".join(self.path).lstrip(".")
        return f"{path or 'body'}: expected {self.expected}, got {self.got}"


def text(value: Any) -> str:
    """Return a string."""
    if type(value) is not str:
        raise Misfit("a string", value)
    return value


def boolean(value: Any) -> bool:
    """Return a bool; only true and false are."""
    if type(value) is not bool:
        raise Misfit("true or false", value)
    return value


def int32(value: Any) -> int:
    """Return a signed 32-bit integer."""
    return _whole(value, -(1 << 31), 1 << 31, "a 32-bit integer")


def uint32(value: Any) -> int:
    """Return an unsigned 32-bit integer."""
    return _whole(value, 0, 1 << 32, "an unsigned 32-bit integer")


def int64(value: Any) -> int:
    """Return a signed 64-bit integer."""
    return _whole(value, -(1 << 63), 1 << 63, "a 64-bit integer or its decimal text")


def uint64(value: Any) -> int:
    """Return an unsigned 64-bit integer."""
    return _whole(value, 0, 1 << 64, "an unsigned 64-bit integer or its decimal text")


def double(value: Any) -> float:
    """Return a float: from a number, or from text such as "0.5", "NaN", "Infinity", "-Infinity"."""
    kind = type(value)
    if kind is float:
        return value  # type: ignore[no-any-return]  # seen to be of that type above
    if kind is int:
        return float(value)
    if kind is str:
        try:
            number = float(value)
        except ValueError:
            raise Misfit("a number or its text", value) from None
        if isinf(number) and "inf" not in value.lower():
            raise Misfit("a number that a double can hold", value)
        return number
    raise Misfit("a number or its text", value)


def binary(value: Any) -> bytes:
    """Return bytes: from base64 of either alphabet, padded or not; bytes pass (they come from protobuf)."""
    if type(value) is bytes:
        return value
    encoded = text(value).rstrip("=").translate(_STANDARD_ALPHABET)
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Misfit("base64 text", value) from None


_STANDARD_ALPHABET = str.maketrans("-_", "+/")


def kind(value: Any) -> int:
    """Return a span kind, from its number or its name."""
    return _enum(value, KINDS)


def status_code(value: Any) -> int:
    """Return a status code, from its number or its name."""
    return _enum(value, STATUS_CODES)


def severity(value: Any) -> int:
    """Return a severity number, from its number or its name."""
    return _enum(value, SEVERITIES)


def array(value: Any) -> list[Any]:
    """Return a list; null is an empty one."""
    if value is None:
        return []
    if type(value) is not list:
        raise Misfit("an array", value)
    return value


def _whole(value: Any, low: int, high: int, expected: str) -> int:
    number = value
    if type(value) is str and value.removeprefix("-").isdecimal() and len(value) <= 20:
        number = int(value)
    if type(number) is not int or not low <= number < high:
        raise Misfit(expected, value)
    return number


def _enum(value: Any, names: dict[str, int]) -> int:
    if type(value) is str and value in names:
        return names[value]
    if type(value) is not int or not -(1 << 31) <= value < 1 << 31:
        raise Misfit("an integer or an enum name", value)
    return value


def _describe(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return repr(value if len(value) <= _SHOWN else value[:_SHOWN] + "…")
    if isinstance(value, int) and value.bit_length() > 128:
        return "a number of many digits"
    return repr(value)
