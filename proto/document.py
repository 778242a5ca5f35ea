"""A JSON document, parsed as generously as other OTLP receivers do: orjson first, the standard library if it refuses.

orjson is strict where others are not: text after the document, bytes that are not UTF-8, lone surrogates. Bytes and
surrogates that are no text become U+FFFD, the same as in protobuf bodies.
"""

from __future__ import annotations

import json
import re
from math import isinf
from typing import Any

import orjson

from ..errors import UndecodableBody

_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANK = " \t\r\n"


def parse(body: bytes) -> Any:
    """Return the JSON value that `body` begins with. Raises UndecodableBody where it begins with none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return parse_slowly(body)


def parse_slowly(body: bytes) -> Any:
    """Return what `parse` does, and where an object has two arrays of one name, both in one: orjson keeps the last."""
    text = body.decode("utf-8", "replace").lstrip(_BLANK)
    if not text:
        raise UndecodableBody("the body is empty, expected a JSON object")
    try:
        document, _ = _DECODER.raw_decode(text)
    except ValueError as error:
        raise UndecodableBody(f"the body is no JSON: {error}") from None
    except RecursionError:
        raise UndecodableBody("the body is JSON nested too deep to be read") from None
    return document


def _number(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError(f"{text} is more than a double can hold")
    return number


def _constant(text: str) -> float:
    raise ValueError(f"{text} is no JSON number (as text, in quotes, it is accepted)")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        before = found.get(name)
        if isinstance(before, list) and (value is None or isinstance(value, list)):
            value = before + (value or [])
        found[_clean(name)] = _clean(value) if isinstance(value, str) else value
    return found


def _clean(text: str) -> str:
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


_DECODER = json.JSONDecoder(parse_float=_number, parse_constant=_constant, object_pairs_hook=_object)
